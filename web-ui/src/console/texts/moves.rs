//! Texts of stock, hand-overs, single packs and traces.

use crate::catalogue;

catalogue! {
    /// Texts of stock.
    pub struct StockTexts {
        title { zh: "库存", en: "Stock" }
        line { zh: "本页 {n} 个单元，共 {packs}，由您的机构负责。", en: "{n} cases and pallets on this page, {packs}, are yours to answer for." }
        empty_title { zh: "手中没有货物", en: "Nothing in your hands" }
        empty_maker { zh: "产线封批并装箱后，货箱会出现在这里。", en: "Cases appear here when a line has sealed a batch and packed it." }
        empty_other { zh: "接收交接后，货物会出现在这里。", en: "Goods appear here when you have received a hand-over." }
        to_handovers { zh: "查看交接", en: "Look at hand-overs" }
        to_batches { zh: "查看批次", en: "Look at batches" }
        choose { zh: "选择", en: "Choose" }
        object { zh: "SSCC", en: "SSCC" }
        kind { zh: "层级", en: "Level" }
        case { zh: "箱", en: "Case" }
        pallet { zh: "托盘", en: "Pallet" }
        lots { zh: "批号", en: "Lots" }
        state { zh: "状态", en: "State" }
        packs { zh: "数量", en: "Packs" }
        in_stock { zh: "在库", en: "In stock" }
        in_transit { zh: "在途", en: "On the way" }
        short { zh: "未到货", en: "Missing on arrival" }
        damaged { zh: "破损", en: "Damaged" }
        unpacked { zh: "已拆", en: "Unpacked" }
        lost { zh: "遗失", en: "Lost" }
        stolen { zh: "失窃", en: "Stolen" }
        consumed { zh: "已用于加工", en: "Used up" }
        recalled { zh: "含召回批次", en: "Holds a recalled lot" }
        on_pallet { zh: "在托盘 {sscc} 上", en: "on pallet {sscc}" }
        ship { zh: "发货", en: "Ship" }
        ship_title { zh: "发货给成员", en: "Ship to a member" }
        ship_hint { zh: "在上面的列表里勾选最外层的箱或托盘。", en: "Tick outermost cases or pallets in the list above." }
        receiver { zh: "接收方", en: "Receiver" }
        need_objects { zh: "请至少勾选一个箱或托盘。", en: "Tick at least one case or pallet." }
        need_receiver { zh: "请选择接收方。", en: "Choose a receiver." }
        ship_ask { zh: "向{to}发出 {n} 个单元，共 {packs}？对方确认接收前仍由您负责。", en: "Ship {packs} (cases and pallets: {n}) to {to}? They stay yours to answer for until the receiver has signed." }
        ship_yes { zh: "签署发货，{packs}", en: "Sign and ship {packs}" }
    }
}

catalogue! {
    /// Texts of hand-overs.
    pub struct HandoverTexts {
        title { zh: "交接", en: "Hand-overs" }
        line_open { zh: "{n} 件交接等您签收。", en: "Waiting for your signature: {n}." }
        line_none { zh: "没有交接等您签收。", en: "None waits for your signature." }
        empty_title { zh: "还没有交接", en: "No hand-overs yet" }
        empty { zh: "从库存里勾选货箱发给其他成员，或等对方发货给您。", en: "Tick cases in your stock and ship them, or wait until a member ships to you." }
        to_stock { zh: "查看库存", en: "Look at stock" }
        from { zh: "来自{who}，{packs}", en: "From {who}, {packs}" }
        due { zh: "请在 {time} 前签收", en: "To be settled by {time}" }
        overdue { zh: "已超期 {span}", en: "{span} overdue" }
        shipped { zh: "发货：", en: "Shipped: " }
        object { zh: "单元", en: "Case or pallet" }
        arrived { zh: "到货情况", en: "How it arrived" }
        ok { zh: "完好", en: "As sent" }
        short { zh: "未到货", en: "Missing" }
        damaged { zh: "破损", en: "Damaged" }
        cases { zh: "含 {n} 箱", en: "{n} cases" }
        receive { zh: "按原样签收", en: "Receive as sent" }
        remarks { zh: "有缺少或破损", en: "Something is missing or damaged" }
        receive_remarks { zh: "签收并注明", en: "Receive with remarks" }
        need_remark { zh: "请至少标出一个未到货或破损的单元，或按原样签收。", en: "Mark at least one as missing or damaged, or receive it as sent." }
        receive_ask { zh: "签收并注明：{short} 个未到货，{damaged} 个破损？未到货的仍由发货方负责。", en: "Sign with {short} missing and {damaged} damaged? What is missing stays the shipper's to explain." }
        refuse { zh: "拒收", en: "Refuse" }
        refuse_ask { zh: "拒收全部 {packs}？货物仍由发货方负责。", en: "Refuse all {packs}? They stay the shipper's to answer for." }
        refuse_yes { zh: "拒收 {packs}", en: "Refuse {packs}" }
        all { zh: "全部交接", en: "All hand-overs" }
        who { zh: "对方", en: "With" }
        to_who { zh: "发给{who}", en: "To {who}" }
        from_who { zh: "来自{who}", en: "From {who}" }
        state { zh: "状态", en: "State" }
        packs { zh: "数量", en: "Packs" }
        st_open { zh: "等待签收", en: "Not yet received" }
        st_received { zh: "已签收", en: "Received" }
        st_part { zh: "部分签收", en: "Received in part" }
        st_refused { zh: "已拒收", en: "Refused" }
        st_disputed { zh: "有争议", en: "In dispute" }
        st_settled { zh: "争议已了结", en: "Dispute settled" }
    }
}

catalogue! {
    /// Texts of dispensing and of traces.
    pub struct PackTexts {
        title { zh: "发药与销售", en: "Dispense" }
        line { zh: "扫描包装上的编码，每次登记一盒。", en: "Scan the code on the pack. Each scan records one pack." }
        code { zh: "包装编码", en: "Code of the pack" }
        code_hint { zh: "用扫描枪，或输入二维码网址、(01)…(21)… 文本", en: "Use a scanner, or type the link or the (01)…(21)… text" }
        action { zh: "登记为", en: "What happens" }
        a_dispense { zh: "发给患者", en: "Dispensed to a patient" }
        a_sell { zh: "收银售出", en: "Sold at the till" }
        a_return { zh: "退回库存", en: "Back into stock" }
        a_sample { zh: "抽样", en: "Taken as a sample" }
        a_destroy { zh: "销毁", en: "Destroyed" }
        a_stolen { zh: "报失窃", en: "Reported stolen" }
        a_export { zh: "出口", en: "Left the market" }
        go { zh: "登记", en: "Record" }
        ask { zh: "将 1 盒登记为“{what}”？以后扫描这盒的人会看到停用提示。", en: "Record 1 pack as “{what}”? Whoever scans it later is told to stop." }
        yes { zh: "登记 1 盒", en: "Record 1 pack" }
        done { zh: "已登记", en: "Recorded" }
        already { zh: "此前已登记，没有重复写入", en: "It was recorded before; nothing was written twice" }
        need_code { zh: "请扫描或输入编码。", en: "Scan or type a code." }
        recent { zh: "本次登记", en: "Recorded on this page" }
        trace_title { zh: "追溯", en: "Trace" }
        trace_line { zh: "输入单盒编码、箱或托盘的 SSCC，或 (01)…(10)… 批号。", en: "Give the code of a pack, the SSCC of a case or pallet, or (01)…(10)… of a lot." }
        trace_code { zh: "编码", en: "Code" }
        trace_go { zh: "查询", en: "Trace" }
        trace_none { zh: "这个编码没有事件", en: "No events for this code" }
        trace_none_do { zh: "编码的格式正确，但联盟链上没有它的记录。请核对每个字符。", en: "The code is well formed, but the chain has no record of it. Check each character." }
        trace_count { zh: "{n} 个事件，{m} 个机构。", en: "{n} events, {m} organisations." }
        custodian { zh: "现由{who}负责。", en: "{who} answers for it now." }
        journey { zh: "经过", en: "Where it has been" }
        withdrawn { zh: "{what}（已撤回）", en: "{what} (withdrawn)" }
        table { zh: "全部事件", en: "The same as a table" }
        step { zh: "事件", en: "Step" }
        what { zh: "内容", en: "What" }
        object { zh: "对象", en: "Object" }
        evidence_file { zh: "凭证文件", en: "Evidence file" }
        open_recall { zh: "发起召回", en: "Open recall" }
    }
}

catalogue! {
    /// Names of events.
    pub struct EventTexts {
        registered { zh: "登记", en: "Registered" }
        sealed { zh: "封批", en: "Sealed" }
        packed { zh: "装箱", en: "Packed" }
        unpacked { zh: "拆箱", en: "Unpacked" }
        shipped { zh: "发货", en: "Shipped" }
        received { zh: "签收", en: "Received" }
        received_damaged { zh: "签收，破损", en: "Received damaged" }
        missing_on_arrival { zh: "到货时缺少", en: "Missing on arrival" }
        refused { zh: "拒收", en: "Refused" }
        found { zh: "找回", en: "Found again" }
        lost { zh: "遗失", en: "Lost" }
        stolen { zh: "报失窃", en: "Reported stolen" }
        dispensed { zh: "发给患者", en: "Dispensed" }
        sold { zh: "售出", en: "Sold" }
        sampled { zh: "抽样", en: "Sampled" }
        destroyed { zh: "销毁", en: "Destroyed" }
        exported { zh: "出口", en: "Exported" }
        returned { zh: "退回", en: "Returned" }
        recall_opened { zh: "发起召回", en: "Recall opened" }
        recalled { zh: "召回生效", en: "Recalled" }
        recall_closed { zh: "结束召回", en: "Recall closed" }
        anchored { zh: "日志存证", en: "Log anchored" }
        transformed { zh: "加工为其他批次", en: "Made into another batch" }
        disputed { zh: "提出争议", en: "Disputed" }
        settlement_offered { zh: "提出了结方案", en: "Settlement offered" }
        dispute_settled { zh: "争议了结", en: "Dispute settled" }
        corrected { zh: "撤回一个事件", en: "An event withdrawn" }
        proposed { zh: "提出变更", en: "Change proposed" }
        voted_for { zh: "投赞成票", en: "Voted for" }
        voted_against { zh: "投反对票", en: "Voted against" }
        adopted { zh: "表决通过", en: "Adopted" }
        rejected { zh: "表决未通过", en: "Rejected" }
        suspended { zh: "成员暂停", en: "Member suspended" }
        reinstated { zh: "成员恢复", en: "Member reinstated" }
        removed { zh: "成员退出", en: "Member removed" }
        key_revoked { zh: "密钥停用", en: "Key revoked" }
        validator_approved { zh: "验证节点获准", en: "Validator approved" }
        validator_joined { zh: "验证节点加入", en: "Validator joined" }
        validator_replaced { zh: "验证节点替换", en: "Validator replaced" }
        validator_left { zh: "验证节点退出", en: "Validator left" }
    }
}

impl EventTexts {
    /// The words of an event; its own name when these texts do not know it.
    pub fn of_event<'a>(&'a self, name: &'a str) -> &'a str {
        match name {
            "registered" => self.registered,
            "sealed" => self.sealed,
            "packed" => self.packed,
            "unpacked" => self.unpacked,
            "shipped" => self.shipped,
            "received" => self.received,
            "received_damaged" => self.received_damaged,
            "missing_on_arrival" => self.missing_on_arrival,
            "refused" => self.refused,
            "found" => self.found,
            "lost" => self.lost,
            "stolen" => self.stolen,
            "dispensed" => self.dispensed,
            "sold" => self.sold,
            "sampled" => self.sampled,
            "destroyed" => self.destroyed,
            "exported" => self.exported,
            "returned" => self.returned,
            "recall_opened" => self.recall_opened,
            "recalled" => self.recalled,
            "recall_closed" => self.recall_closed,
            "anchored" => self.anchored,
            "transformed" => self.transformed,
            "disputed" => self.disputed,
            "settlement_offered" => self.settlement_offered,
            "dispute_settled" => self.dispute_settled,
            "corrected" => self.corrected,
            "proposed" => self.proposed,
            "voted_for" => self.voted_for,
            "voted_against" => self.voted_against,
            "adopted" => self.adopted,
            "rejected" => self.rejected,
            "suspended" => self.suspended,
            "reinstated" => self.reinstated,
            "removed" => self.removed,
            "key_revoked" => self.key_revoked,
            "validator_approved" => self.validator_approved,
            "validator_joined" => self.validator_joined,
            "validator_replaced" => self.validator_replaced,
            "validator_left" => self.validator_left,
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::EventTexts;
    use crate::i18n::Lang;
    use tracelight_domain::state::EventKind;

    #[test]
    fn every_event_has_words_in_both_languages() {
        for kind in EventKind::ALL {
            for lang in [Lang::Zh, Lang::En] {
                assert_ne!(EventTexts::of(lang).of_event(kind.name()), kind.name(), "{kind:?}");
            }
        }
    }
}
