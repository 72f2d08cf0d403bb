//! Texts of the page for the FSMA 204 spreadsheet. Names of sheets and columns are the regulation's, in English.

use crate::catalogue;

catalogue! {
    /// Texts of the page for the FSMA 204 spreadsheet.
    pub struct FsmaTexts {
        title { zh: "可排序电子表格（FSMA 204）", en: "Sortable spreadsheet (FSMA 204)" }
        line { zh: "美国 FDA 可要求在 24 小时内提供的食品追溯记录。先选择范围，核对数量，再下载。", en: "The food records that the FDA may ask for within 24 hours. Choose a range, look at the counts, then download." }
        line_own { zh: "包含您机构自己的批号，以及由您发出或接收的交接。", en: "It holds your own lots, and hand-overs that you shipped or received." }
        line_all { zh: "包含所有成员的记录。", en: "It holds the records of all members." }
        choose { zh: "选择范围", en: "What to export" }
        all_hint { zh: "留空的条件不作限制。", en: "A field that is left empty selects everything." }
        gtin { zh: "食品（GTIN）", en: "Food (GTIN)" }
        gtin_hint { zh: "8 至 14 位数字", en: "8 to 14 digits" }
        tlc { zh: "追溯批次码（GTIN 和批号）", en: "Traceability lot code (GTIN and lot)" }
        tlc_hint { zh: "例如 (01)06901234000771(10)C26K28，也可以扫码", en: "Such as (01)06901234000771(10)C26K28, or a scan" }
        from { zh: "起始日期", en: "First day" }
        to { zh: "截止日期", en: "Last day" }
        date_hint { zh: "年-月-日，例如 2026-11-01", en: "Year-month-day, such as 2026-11-01" }
        place { zh: "地点（成员的 GLN 或英文名称）", en: "Place (GLN or English name of a member)" }
        zone { zh: "日期所用时区", en: "Time zone of the days" }
        show { zh: "核对数量", en: "Show the counts" }
        found { zh: "找到 {n} 条记录", en: "{n} records" }
        found_one { zh: "找到 1 条记录", en: "1 record" }
        found_none { zh: "没有符合条件的记录", en: "No records in this range" }
        none_do { zh: "放宽日期，或清空食品、批次码和地点。没有登记为食品的产品不在其中。", en: "Choose more days, or empty food, lot code and place. Products that are not registered as food are not among them." }
        as_of { zh: "依据截至 {time} 的区块；日期按 {zone}。", en: "From blocks until {time}; days are of {zone}." }
        event { zh: "关键追溯事件", en: "Event" }
        records { zh: "记录", en: "Records" }
        rows { zh: "行", en: "Rows" }
        csv { zh: "CSV", en: "CSV" }
        xlsx { zh: "下载电子表格（XLSX）", en: "Download spreadsheet (XLSX)" }
        e_initial_packing { zh: "初次包装：登记的批号", en: "Initial packing: lots that were registered" }
        e_shipping { zh: "发货", en: "Shipping" }
        e_receiving { zh: "收货", en: "Receiving" }
        e_transformation { zh: "加工转化：由其他批号制成的批号", en: "Transformation: lots made from others" }
        gaps { zh: "我们没有的数据", en: "What is missing" }
        gaps_line { zh: "法规要求而这里没有记录的数据项，共 {n} 处。表格里留空，并在 Gaps 工作表中按条款列出。请在提交前补齐。", en: "Key data elements that the rule asks for and that are not recorded here: {n}. Their cells are empty, and the sheet “Gaps” lists them by paragraph. Fill them in before you hand it over." }
        gaps_none { zh: "法规要求的数据项都有记录。", en: "Every key data element that the rule asks for is there." }
        kde { zh: "数据项", en: "Key data element" }
        paragraph { zh: "条款", en: "Paragraph" }
        parts { zh: "缺少 {parts}", en: "without {parts}" }
        findings { zh: "有 {n} 处批次码规则不成立，见 TLC checks 工作表。", en: "Rules of lot codes that do not hold: {n}. See the sheet “TLC checks”." }
        zone_cst { zh: "UTC+08:00（中国）", en: "UTC+08:00 (China)" }
        zone_utc { zh: "UTC", en: "UTC" }
        zone_est { zh: "UTC-05:00（美国东部，冬季）", en: "UTC-05:00 (US East, winter)" }
        zone_edt { zh: "UTC-04:00（美国东部，夏季）", en: "UTC-04:00 (US East, summer)" }
        zone_pst { zh: "UTC-08:00（美国太平洋，冬季）", en: "UTC-08:00 (US Pacific, winter)" }
        zone_pdt { zh: "UTC-07:00（美国太平洋，夏季）", en: "UTC-07:00 (US Pacific, summer)" }
    }
}
