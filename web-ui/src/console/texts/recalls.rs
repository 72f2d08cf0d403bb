//! Texts of recalls.

use crate::catalogue;

catalogue! {
    /// Texts of the recall pages.
    pub struct RecallTexts {
        title { zh: "召回", en: "Recalls" }
        line { zh: "{n} 项等待第二人批准，{m} 项进行中。", en: "Waiting for a second person: {n}. In force: {m}." }
        empty_title { zh: "没有召回", en: "No recalls" }
        empty { zh: "发起召回前会先显示哪些机构持有多少，也可以先演练。", en: "Before you open one you see who holds how much, and you can start with a drill." }
        new { zh: "发起召回", en: "Open recall" }
        lot { zh: "批号", en: "Lot" }
        product { zh: "产品", en: "Product" }
        state { zh: "状态", en: "State" }
        class { zh: "级别", en: "Class" }
        class_n { zh: "{n} 级", en: "Class {n}" }
        drill { zh: "演练", en: "Drill" }
        st_opened { zh: "等待第二人批准", en: "Waits for a second person" }
        st_approved { zh: "召回中", en: "In force" }
        st_closed { zh: "已结束", en: "Closed" }
        step { zh: "第 {n} 步，共 3 步：{what}", en: "Step {n} of 3, {what}" }
        scope_title { zh: "召回哪个批号", en: "Which lot to recall" }
        scope_line { zh: "下一步先显示影响范围，不会发出任何通知。", en: "The next step shows what it affects. Nothing is sent." }
        where_now { zh: "货物现在在哪里", en: "Where the packs are now" }
        p_stock { zh: "在库", en: "In stock" }
        p_transit { zh: "在途", en: "On the road" }
        p_short { zh: "到货时缺少", en: "Missing on arrival" }
        p_gone { zh: "已售出或已停用", en: "Dispensed, sold or taken out" }
        p_unknown { zh: "去向不明", en: "Not known" }
        stoppable { zh: "还可以在售出前拦下 {n}%。", en: "{n} % can still be stopped before a buyer gets them." }
        parts_differ { zh: "各项之和与封批数相差 {n}，请联系运维人员。", en: "The parts differ from the packs sealed by {n}. Tell operations." }
        unknown_title { zh: "我们不知道的", en: "What we do not know" }
        unknown_packs { zh: "{packs}没有装箱记录，不知道在谁手中。", en: "{packs} are in no case on record. Nobody can place them." }
        unknown_transit { zh: "{packs}已发出、尚未签收，不知道是否已到货。", en: "{packs} were shipped and not yet received. They may have arrived." }
        unknown_short { zh: "{packs}到货时缺少，由发货方说明。", en: "{packs} were missing on arrival. The shipper has to explain." }
        unknown_sealed { zh: "批次尚未封批，没有可核对的总数。", en: "The lot is not sealed, so there is no total to check against." }
        unknown_gone { zh: "{packs}已到消费者手中或已停用，只能通过扫码页和热线告知。", en: "{packs} are with buyers or out of use. Only the scan page and the hotline reach them." }
        unknown_none { zh: "每一盒都有记录。没有记录的转手我们看不到。", en: "Every pack has a record. What changed hands without one we cannot see." }
        by_company { zh: "按机构", en: "By holder" }
        company { zh: "机构", en: "Holder" }
        held { zh: "持有", en: "Packs held" }
        no_holders { zh: "没有机构持有这个批号。", en: "Nobody holds packs of this lot." }
        reason_en { zh: "给消费者的原因（英文）", en: "Reason for shoppers, in English" }
        reason_zh { zh: "给消费者的原因（中文）", en: "Reason for shoppers, in Chinese" }
        reason_hint { zh: "扫码的人会看到这句话。写明问题，不写个人信息。", en: "Whoever scans the code reads this. Name the fault, no persons." }
        advice { zh: "如果已经使用", en: "If someone has used it" }
        advice_zh { zh: "给已使用者的建议（中文）", en: "Advice to whoever has used it, in Chinese" }
        advice_en { zh: "给已使用者的建议（英文）", en: "Advice to whoever has used it, in English" }
        advice_hint { zh: "选填，两种语言都写或都不写。写明哪些症状、该怎么办。", en: "Optional; write both languages or none. Name the signs of harm, and what to do then." }
        class_1 { zh: "一级：可能严重危害健康", en: "Class 1: may do serious harm" }
        class_2 { zh: "二级：可能暂时或可逆地危害健康", en: "Class 2: may do passing harm" }
        class_3 { zh: "三级：一般不会危害健康", en: "Class 3: harm is unlikely" }
        as_drill { zh: "作为演练：消费者看到的内容不变", en: "As a drill: nothing changes for shoppers" }
        open_ask { zh: "对批号 {lot} 发起召回，涉及 {packs}？第二人批准后生效。", en: "Open a recall of lot {lot} with {packs}? It takes effect when a second person approves it." }
        open_ask_drill { zh: "对批号 {lot} 发起演练，涉及 {packs}？消费者不会看到变化。", en: "Open a drill for lot {lot} with {packs}? Shoppers see no change." }
        open_yes { zh: "签署并发起", en: "Sign and open" }
        one_title { zh: "召回批号 ", en: "Recall of lot " }
        one_drill { zh: "演练：召回批号 ", en: "Drill: recall of lot " }
        one_line { zh: "{class}。{product}。", en: "{class}. {product}." }
        waits { zh: "尚未生效：等待第二人批准。", en: "Not in force: it waits for a second person." }
        since { zh: "{time} 起消费者扫码可见。", en: "Shoppers have seen it since {time}." }
        since_drill { zh: "{time} 起演练中，消费者看不到。", en: "Drill since {time}. Shoppers do not see it." }
        closed { zh: "已结束。", en: "Closed." }
        k_holders { zh: "仍持有的机构", en: "Holders with packs" }
        k_reachable { zh: "仍可拦下", en: "Can still be stopped" }
        k_unknown { zh: "去向不明", en: "Not known" }
        of_packs { zh: "{n} / {m}", en: "{n} of {m}" }
        where_are { zh: "{packs}现在在哪里", en: "Where {packs} are" }
        next_step { zh: "下一步", en: "Next step" }
        next_hold { zh: "停止发货，隔离", en: "Stop shipping, set apart" }
        next_transit { zh: "通知接收方，到货后隔离", en: "Tell the receiver, set apart on arrival" }
        next_short { zh: "说明缺少原因", en: "Explain what was missing" }
        signed_by { zh: "签署", en: "Signed by" }
        opened { zh: "发起", en: "Opened" }
        approved { zh: "批准", en: "Approved" }
        reason { zh: "消费者看到的原因", en: "What shoppers read" }
        approve { zh: "批准召回", en: "Approve recall" }
        approve_ask { zh: "批准后，扫描这 {packs} 的人立即看到“已召回”。确定批准？", en: "When you approve, whoever scans one of {packs} reads “Recalled” at once. Approve?" }
        approve_ask_drill { zh: "批准这次涉及 {packs} 的演练？消费者不会看到变化。", en: "Approve this drill with {packs}? Shoppers see no change." }
        approve_yes { zh: "签署批准，{packs}", en: "Sign the approval of {packs}" }
        approve_other { zh: "由另一位有批准权限的人批准。", en: "Another person with the approver's role approves it." }
        close { zh: "结束召回", en: "Close recall" }
        close_ask { zh: "结束跟进？还有 {packs} 未收回。这批编码扫码时仍显示“已召回”。", en: "Stop following this recall? {packs} are still out. The codes of this lot go on reading “Recalled”." }
        close_ask_drill { zh: "结束演练？", en: "End the drill?" }
        close_yes { zh: "结束，{packs} 未收回", en: "Close with {packs} still out" }
    }
}
