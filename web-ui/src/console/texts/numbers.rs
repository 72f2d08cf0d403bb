//! Texts of a batch's numbers, of a product's code rule and of logistic labels.

use crate::catalogue;

catalogue! {
    /// Texts of what became of a batch's codes: the sum, blocks of lines, closing the books.
    pub struct NumberTexts {
        accounted { zh: "每个编码都有去向", en: "Every number is accounted for" }
        where_it_is { zh: "去向", en: "Where it is" }
        codes { zh: "编码", en: "Codes" }
        issued { zh: "已发放", en: "Issued" }
        commissioned { zh: "已贴在合格品上", en: "Commissioned" }
        scrapped { zh: "剔除", en: "Scrapped" }
        sampled { zh: "取样", en: "Sampled" }
        returned { zh: "退回未用", en: "Returned" }
        invalid { zh: "作废", en: "Invalid" }
        open { zh: "尚无去向", en: "Open" }
        differs { zh: "各项之和与发放数相差 {n}。请先核对产线，再发货。", en: "The parts differ from the codes issued by {n}. Check the line before you ship." }
        seal_differs { zh: "链上封批记录为：合格 {good}，剔除 {scrapped}，取样 {sampled}，与上表不同。产线清单核对后才会一致；若一直不同，请检查网关。", en: "The seal on the chain counts {good} good, {scrapped} scrapped, {sampled} sampled, which is not the sum above. It will be once the line's list has been compared; if it stays so, look at the gateway." }
        hidden { zh: "编码数量只有生产企业可见。", en: "Only the maker sees how many codes there are." }
        none_issued { zh: "还没有编码。请在下面订购。", en: "There are no codes yet. Order them below." }
        by_line { zh: "按产线", en: "By line" }
        line { zh: "产线", en: "Line" }
        no_line { zh: "不在任何产线", en: "In no line's hands" }
        blocks { zh: "发给产线的编码段", en: "Blocks of codes" }
        block_open { zh: "共 {n}，尚无去向 {open}", en: "{n}, {open} open" }
        by_person { zh: "{user} · {time}", en: "{user} · {time}" }
        by_itself { zh: "产线自取 · {time}", en: "Taken by the line · {time}" }
        no_blocks { zh: "还没有产线领取编码。产线开始生产时会自动领取全部空闲编码；要分给几条产线，请先在这里分配。", en: "No line has taken codes yet. A line that starts takes all that are free; give blocks here first to share them between lines." }
        give_title { zh: "给产线分配编码", en: "Give a line a block of codes" }
        give_line { zh: "产线（厂区/产线）", en: "Line (site/line)" }
        give_line_hint { zh: "与网关配置一致，例如 xian/line-2。分配后，这条产线只用分给它的编码。", en: "As its gateway is configured, such as xian/line-2. From then on the line uses only codes that it was given." }
        give_count { zh: "数量", en: "How many codes" }
        give_count_hint { zh: "空闲 {n} 个", en: "{n} are free" }
        give_go { zh: "分配", en: "Give block" }
        take_back { zh: "收回", en: "Take back" }
        take_back_ask { zh: "收回 {line} 尚无去向的 {n} 个编码？收回后可分给其他产线；请先确认这条产线不再使用它们。", en: "Take {n} open codes back from {line}? Other lines may get them. First make sure that this line does not use them any more." }
        take_back_yes { zh: "收回 {n} 个编码", en: "Take {n} codes back" }
        no { zh: "返回", en: "Leave it" }
        declare_title { zh: "声明编码作废", en: "Declare codes invalid" }
        declare_whose { zh: "哪些编码", en: "Which codes" }
        declare_choice { zh: "{line}：{n} 个", en: "{line}: {n}" }
        declare_reason { zh: "原因", en: "Reason" }
        declare_reason_hint { zh: "与您的姓名一起保存", en: "Kept with your name" }
        declare_reason_missing { zh: "请写明原因", en: "Say why" }
        declare_go { zh: "声明作废", en: "Declare invalid" }
        declare_ask { zh: "声明 {line} 的 {n} 个编码作废？它们不能再使用，不能恢复。", en: "Declare {n} codes of {line} invalid? They cannot be used any more, and this cannot be taken back." }
        close_title { zh: "关账", en: "Close the books" }
        closed_line { zh: "{user} 已于 {time} 关账，编码不再变动。", en: "{user} closed the books on {time}. Nothing moves any more." }
        close_not_sealed { zh: "封批之后才能关账。", en: "The books can be closed once the batch is sealed." }
        close_open { zh: "还有 {n} 个编码没有去向，不能关账。请在产线上结束订单、收回编码段，或声明作废。最前面的是：", en: "{n} codes are open, so the books cannot be closed. End the order on its line, take the block back, or declare them invalid. The first are:" }
        close_ready { zh: "各项之和等于发放数，可以关账。", en: "The sum adds up; the books can be closed." }
        close_go { zh: "关账", en: "Close the books" }
        close_ask { zh: "关账后，{n} 个编码的去向不能再改。", en: "Once closed, what became of the {n} codes cannot be changed any more." }
        acts { zh: "人工操作记录", en: "What people did" }
        act { zh: "操作", en: "What" }
        reason { zh: "原因", en: "Reason" }
        who { zh: "操作人", en: "Who" }
        act_given { zh: "分配", en: "Gave a block" }
        act_returned { zh: "收回", en: "Took back" }
        act_invalidated { zh: "声明作废", en: "Declared invalid" }
        act_closed { zh: "关账", en: "Closed the books" }
    }
}

catalogue! {
    /// Texts of a product's code rule.
    pub struct RuleTexts {
        title { zh: "编码规则", en: "Code rule" }
        line { zh: "下一批生成的编码起生效；已生成的编码不变。", en: "Holds from the next codes on. Codes that were made stay as they are." }
        now { zh: "当前规则", en: "The rule now" }
        alphabet { zh: "字符", en: "Characters" }
        readable { zh: "易读字符（数字和大写字母，无易混字符）", en: "Readable: digits and capitals that cannot be mistaken" }
        digits { zh: "数字", en: "Digits" }
        hexadecimal { zh: "十六进制（0-9、A-F）", en: "Hexadecimal (0-9, A-F)" }
        length { zh: "总长度（字符）", en: "Length in all" }
        length_hint { zh: "最多 20；前缀之后的随机部分必须足够长，使编码无法被猜中", en: "At most 20; behind the prefix enough must be random that nobody can guess a code" }
        length_wrong { zh: "请填 1 至 20 的整数", en: "A whole number from 1 to 20" }
        prefix { zh: "固定前缀", en: "Fixed beginning" }
        prefix_hint { zh: "可不填", en: "May be empty" }
        none { zh: "无", en: "None" }
        save { zh: "保存规则", en: "Save rule" }
    }
}

catalogue! {
    /// Texts of logistic labels.
    pub struct LabelTexts {
        title { zh: "物流标签", en: "Logistic labels" }
        line { zh: "箱和托盘的 SSCC 号码，以及符合 GS1 指南的标签。", en: "SSCCs for cases and pallets, and their labels by the GS1 guideline." }
        new { zh: "领取新号码", en: "New numbers" }
        count { zh: "数量", en: "How many" }
        count_hint { zh: "1 至 {n}；每次领取的都是新号码", en: "1 to {n}; each request gives new ones" }
        digit { zh: "扩展位", en: "Extension digit" }
        digit_hint { zh: "0 至 9，号码的首位；可用来区分厂区", en: "0 to 9, the first digit; free to use, for the site for example" }
        digit_wrong { zh: "请填 0 至 9 的一位数字", en: "One digit from 0 to 9" }
        go { zh: "领取号码", en: "Get numbers" }
        got { zh: "已领取 {n} 个号码，此扩展位还剩 {left} 个。请保存这份清单：", en: "{n} new numbers; {left} are left with this digit. Keep this list:" }
        list { zh: "新号码", en: "New numbers" }
        first_label { zh: "看第一张标签", en: "Label of the first" }
        one { zh: "一张标签", en: "A label" }
        sscc { zh: "SSCC", en: "SSCC" }
        sscc_hint { zh: "18 位数字，含校验位：您领取的号码，或您包装或经手的箱、托盘", en: "18 digits with the check digit: one that you got, or of a case or pallet that you made or hold" }
        stock { zh: "标签尺寸", en: "Label" }
        dpi { zh: "打印机分辨率（dpi）", en: "Printer, dpi" }
        to { zh: "收货方（可不填）", en: "To (may be empty)" }
        show { zh: "预览", en: "Show" }
        picture { zh: "标签预览，SSCC {sscc}", en: "The label of SSCC {sscc}" }
        zpl { zh: "下载 ZPL", en: "Download ZPL" }
        pdf { zh: "下载 PDF", en: "Download PDF" }
    }
}
