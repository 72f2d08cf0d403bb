//! Texts of the tools of lists.

use crate::catalogue;

catalogue! {
    /// Texts of the tools of lists.
    pub struct ListTexts {
        q { zh: "查找", en: "Find" }
        state { zh: "状态", en: "State" }
        all { zh: "全部", en: "All" }
        go { zh: "查找", en: "Find" }
        clear { zh: "清除筛选", en: "Clear filters" }
        csv { zh: "CSV", en: "CSV" }
        xlsx { zh: "电子表格", en: "Spreadsheet" }
        none { zh: "没有符合条件的行", en: "No row has this" }
        none_do { zh: "请换一个词，或清除筛选。", en: "Try another word, or clear the filters." }
        open { zh: "未封批", en: "Not sealed" }
        sealed { zh: "已封批", en: "Sealed" }
        recalled { zh: "已召回", en: "Recalled" }
        opened { zh: "等待批准", en: "Waits for approval" }
        approved { zh: "生效中", en: "In force" }
        closed { zh: "已结束", en: "Closed" }
    }
}
