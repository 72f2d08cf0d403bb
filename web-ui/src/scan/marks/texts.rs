//! The texts of the card of marks. Chinese is written, not translated.

use crate::catalogue;

catalogue! {
    /// Texts about NFC tags and covered PINs.
    pub struct MarkTexts {
        pin_title { zh: "核对涂层密码", en: "Check the covered PIN" }
        pin_text { zh: "刮开涂层，输入下面的密码。只有第一次输入能证明它此前没有被看过。", en: "Scratch the layer off and type what is under it. Only its first showing proves that nobody saw it before." }
        pin_label { zh: "涂层下的密码", en: "PIN under the layer" }
        pin_hint { zh: "6 至 32 位数字或字母，空格和横线不计。", en: "6 to 32 digits or letters. Spaces and dashes do not count." }
        pin_button { zh: "核对密码", en: "Check the PIN" }
        pin_fault { zh: "这不是密码：应为 6 至 32 位数字或字母。没有算作一次尝试。", en: "This is no PIN: it has 6 to 32 digits or letters. It did not count as a try." }
        pin_left { zh: "密码不符，还可以试 {n} 次。", en: "It does not fit. Tries left: {n}." }
        pin_none_left { zh: "次数已用完，一天之后可以再试。", en: "No tries are left. They come back after a day." }
        pin_first { zh: "密码相符，首次核对", en: "PIN fits, first time" }
        pin_first_text { zh: "这是这个编码的密码，此前没有人输入过。", en: "It is the PIN of this code, and nobody had shown it before." }
        pin_first_next { zh: "请再核对下面的批号和日期。", en: "Now compare the lot and the date below with the pack." }
        pin_before { zh: "密码此前已输入过", en: "PIN was shown before" }
        pin_before_text { zh: "这是这个编码的密码，首次输入是在 {when}，连同这次共 {n} 次。如果那不是您本人，编码可能已被复制。", en: "It is the PIN of this code. It was first shown on {when}; with this time, {n} times. If that was not you, the code may have been copied." }
        pin_before_next { zh: "不是我，举报", en: "It was not me: report it" }
        pin_differs { zh: "密码不符", en: "PIN does not fit" }
        pin_differs_text { zh: "这不是这个编码的密码，可能是输入有误。", en: "It is not the PIN of this code. It may be a typing slip." }
        pin_spent { zh: "密码暂不核对", en: "PIN is not checked now" }
        pin_spent_text { zh: "这个编码的密码输错次数太多，现在不论对错都不回答。", en: "The PIN of this code was typed wrongly too often. No answer is given now, right or wrong." }
        pin_spent_next { zh: "一天之后可以再试。", en: "Try again after a day." }
        pin_unknown { zh: "没有登记密码", en: "No PIN on record" }
        pin_unknown_text { zh: "这个编码没有登记密码，这不说明它好或坏。", en: "This code has no PIN on record. That says nothing about it, good or bad." }
        pin_unknown_next { zh: "请核对下面的批号和日期。", en: "Compare the lot and the date below with the pack." }
        tag_fresh { zh: "标签相符", en: "Tag fits" }
        tag_fresh_text { zh: "标签为这次读取给出了新的应答，它是这个编码的标签。", en: "The tag gave a new answer for this tap, and it is the tag of this code." }
        tag_fresh_next { zh: "请看标签是否被移动过，再核对下面的批号和日期。", en: "Look whether the tag was moved, then compare the lot and the date below with the pack." }
        tag_used { zh: "这次读取已用过", en: "This tap was used already" }
        tag_used_text { zh: "标签的这个应答在 {when} 已打开过。刷新页面也会这样，这不是复制的迹象。", en: "This answer of the tag was opened on {when}. Reloading the page does that too; it is no sign of a copy." }
        tag_used_next { zh: "请把{d}再靠近标签一次。", en: "Hold your {d} to the tag again." }
        tag_opened { zh: "封口线已断", en: "Seal was cut" }
        tag_opened_text { zh: "标签报告它的封口线已被切断，这个编码的包装可能被打开过。", en: "The tag of this code says that its seal was cut. The pack may have been opened." }
        tag_differs { zh: "标签不符", en: "Tag does not fit" }
        tag_differs_text { zh: "标签的应答与这个编码登记的不一致。", en: "The tag’s answer is not the one on record for this code." }
        tag_unread { zh: "标签无法判断", en: "Tag cannot be judged" }
        tag_unread_text { zh: "标签的应答不完整，这不说明编码好或坏。", en: "The tag’s answer is not complete. That says nothing about the code, good or bad." }
        tag_fresh_next_plain { zh: "请核对下面的批号和日期。", en: "Compare the lot and the date below with the pack." }
        holo_title { zh: "核对全息图", en: "Compare the hologram" }
        holo_text { zh: "这个产品带有全息图。回答几个问题，可以发现粗糙的仿制品。", en: "This product carries a hologram. A few questions about it find crude copies." }
        holo_open { zh: "开始核对", en: "Answer the questions" }
        holo_lead { zh: "请在明亮处慢慢转动包装，按您看到的回答。", en: "Tilt the pack slowly in bright light, and answer what you see." }
        holo_skip { zh: "看不清的可以不答。", en: "Leave out what you cannot see." }
        holo_button { zh: "提交", en: "Send" }
        holo_back { zh: "返回查询结果", en: "Back to the answer" }
        holo_empty { zh: "请至少回答一个问题。", en: "Answer at least one question." }
        holo_fits { zh: "全息图的样子相符", en: "It looks like the hologram" }
        holo_fits_text { zh: "您看到的与这个编码登记的全息图相符。仿制的全息图也可能很像，所以这不能证明商品本身。", en: "What you saw fits the hologram on record for this code. Imitations can look like it too, so it proves nothing about the goods." }
        holo_differs { zh: "全息图的样子不符", en: "It does not look like the hologram" }
        holo_differs_text { zh: "您看到的与这个编码登记的全息图不同。可能是光线或角度的原因，也可能是仿制品。", en: "What you saw is not what the hologram on record for this code shows. The light or the angle may be the cause, or it is a copy." }
        holo_unsure { zh: "回答太少，无法判断", en: "Too few answers to say" }
        holo_unsure_text { zh: "这不说明编码好或坏。", en: "That says nothing about the code, good or bad." }
        holo_unsure_next { zh: "请在更亮的地方再看一次。", en: "Look again in brighter light." }
        not_now { zh: "暂时无法核对", en: "This cannot be checked now" }
        not_now_text { zh: "是我们的服务没有完成核对，这不说明编码好或坏。", en: "The fault is ours: the check did not come to an end. That says nothing about the code." }
        not_now_next { zh: "请稍后再试。", en: "Try again in a while." }
        too_often { zh: "尝试太频繁", en: "Too many tries at once" }
        too_often_text { zh: "密码没有核对，上面的查询结果不受影响。", en: "The PIN was not checked. The answer above stands." }
        too_often_next { zh: "请在 {n} 秒后再试。", en: "Try again in {n} s." }
        outranked { zh: "以上面的提示为准", en: "What stands above counts" }
        outranked_text { zh: "标签或密码不能改变它，请照上面的提示做。", en: "No tag and no PIN changes it. Follow it." }
        report { zh: "举报", en: "Report it" }
    }
}
