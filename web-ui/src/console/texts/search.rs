//! Texts of the search and of the page of a company.

use crate::catalogue;

catalogue! {
    /// Texts of the search and of the page of a company.
    pub struct SearchTexts {
        title { zh: "查找", en: "Search" }
        line { zh: "输入单盒编码、箱码、批号、产品、机构名称或案件编号。", en: "A code, a lot, a product, a company, or the number of a case." }
        label { zh: "编码、批号、产品、机构或案件", en: "Code, lot, product, company or case" }
        go { zh: "查找", en: "Search" }
        found { zh: "找到 {n} 项", en: "{n} found" }
        found_one { zh: "找到 1 项", en: "1 found" }
        more { zh: "还有更多。请再多输入几个字符。", en: "There is more. Type more characters." }
        none { zh: "没有找到", en: "Nothing found" }
        none_do { zh: "请核对每个字符。批号区分大小写，并且从开头查找。", en: "Check each character. Lots are looked for from their beginning, and capital letters count." }
        h_what { zh: "内容", en: "What" }
        h_kind { zh: "类别", en: "Kind" }
        h_name { zh: "名称", en: "Name" }
        h_more { zh: "关联", en: "See also" }
        k_code { zh: "编码的全部事件", en: "History of this code" }
        k_lot { zh: "批次", en: "Lot" }
        k_product { zh: "产品", en: "Product" }
        k_company { zh: "机构", en: "Company" }
        k_report { zh: "举报", en: "Report" }
        k_recall { zh: "召回", en: "Recall" }
        recalled { zh: "已召回", en: "Recalled" }
        graph { zh: "关系图", en: "Graph" }
        batch { zh: "批次资料", en: "Batch" }
        company_line { zh: "手中的货物和经手的交接，以联盟链为准。", en: "What it holds and what it handed over, as the chain has it." }
        holds { zh: "手中的箱和托盘", en: "What it holds" }
        holds_none { zh: "手中没有箱或托盘。", en: "It holds no case and no pallet." }
        shipped { zh: "发出和收到的交接", en: "What it sent and was sent" }
        shipped_none { zh: "没有交接。", en: "There are no hand-overs." }
        h_label { zh: "SSCC", en: "SSCC" }
        h_level { zh: "层级", en: "Level" }
        h_lots { zh: "批次", en: "Lots" }
        h_packs { zh: "数量", en: "Packs" }
        case { zh: "箱", en: "Case" }
        pallet { zh: "托盘", en: "Pallet" }
        more_stock { zh: "后面的箱和托盘", en: "More cases and pallets" }
        more_shipments { zh: "更早的交接", en: "Earlier hand-overs" }
    }
}
