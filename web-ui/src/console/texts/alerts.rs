//! Texts of alerts of medicine packs.

use crate::catalogue;

catalogue! {
    /// Texts of alerts of medicine packs.
    pub struct AlertTexts {
        title { zh: "药品警报", en: "Alerts" }
        line { zh: "发药或停用药品时，编码未知、已停用或印刷内容不符。警报是线索，不是结论。", en: "Packs of medicines that were unknown, inactive or printed otherwise than registered when somebody wanted to supply them. An alert is a lead, not a verdict." }
        empty_title { zh: "没有警报", en: "No alerts" }
        empty { zh: "贵公司处理过的药品和贵公司的产品都没有触发警报。", en: "None was raised by your company or about its products." }
        h_number { zh: "编号", en: "Alert" }
        h_what { zh: "情况", en: "What" }
        h_state { zh: "状态", en: "State" }
        h_product { zh: "产品", en: "Product" }
        h_last { zh: "最近一次", en: "Last" }
        h_times { zh: "次数", en: "Times" }
        times { zh: "{n} 次", en: "{n} times" }
        st_open { zh: "待说明", en: "Open" }
        st_explained { zh: "已说明", en: "Explained" }
        st_suspicious { zh: "可疑", en: "Suspicious" }
        k_a1 { zh: "产品编码未知", en: "Unknown product code" }
        k_a3 { zh: "序列号未知", en: "Unknown serial" }
        k_a4 { zh: "超过十天才撤销", en: "Taken back after ten days" }
        k_a10 { zh: "同一地点重复操作", en: "The same again at the same place" }
        k_a24 { zh: "这盒已停用", en: "Inactive already" }
        k_a52 { zh: "有效期不符", en: "Another expiry" }
        k_a68 { zh: "批号不符", en: "Another lot" }
        g_handling { zh: "多为操作失误", en: "Most often a mistake in handling" }
        g_data { zh: "多为登记数据有误", en: "Most often wrong registered data" }
        g_falsification { zh: "可能是假药，请隔离这盒", en: "May be falsified: keep the pack apart" }
        c_lot_03 { zh: "批号未知", en: "unknown lot" }
        c_lot_12 { zh: "有效期不符", en: "the expiry is another one" }
        c_lot_13 { zh: "批号不符", en: "the lot is another one" }
        c_pc_02 { zh: "序列号未知", en: "unknown serial" }
        c_pck_06 { zh: "当前状态与要撤销的不符", en: "the pack is not in the state that is to be undone" }
        c_pck_19 { zh: "已是该状态", en: "the pack has that state already" }
        c_pck_20 { zh: "撤销超过十天", en: "undone after ten days" }
        c_pck_21 { zh: "由他人或他处撤销", en: "undone by somebody else or elsewhere" }
        c_pck_22 { zh: "这盒已停用", en: "the pack is inactive already" }
        c_pck_27 { zh: "其他市场未能执行", en: "another market could not do it" }
        code { zh: "返回码", en: "Return code" }
        alert { zh: "警报", en: "Alert" }
        alert_raised { zh: "已触发警报，请隔离这盒：", en: "Raised. Keep the pack apart: " }
        scanned { zh: "扫到的内容", en: "What was scanned" }
        gtin { zh: "产品编码", en: "GTIN" }
        serial { zh: "序列号", en: "Serial" }
        lot { zh: "批号", en: "Lot" }
        expiry { zh: "有效期", en: "Expiry" }
        registered { zh: "{text}（登记为 {held}）", en: "{text} (registered: {held})" }
        none { zh: "无", en: "None" }
        wanted { zh: "想做什么", en: "What was wanted" }
        at { zh: "在哪里", en: "Where" }
        first { zh: "第一次", en: "First" }
        see_trace { zh: "查看追溯", en: "See its trace" }
        stands { zh: "处理", en: "Where it stands" }
        nobody { zh: "还没有人说明。", en: "Nobody has said what it was." }
        said { zh: "{member}，{time}", en: "{member}, {time}" }
        step_title { zh: "下一步", en: "Next step" }
        status { zh: "状态", en: "State" }
        note { zh: "原因", en: "Why" }
        note_hint { zh: "说明或可疑都要写原因，最多 {n} 个字。药店、生产企业和监管机构都能看到，请不要写个人姓名。", en: "Needed for explained and suspicious; at most {n} characters. The pharmacy, the maker and the regulator read it: name no person." }
        save { zh: "保存", en: "Save" }
    }
}
