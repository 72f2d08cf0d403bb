//! Texts of the imports page.

use crate::catalogue;

catalogue! {
    /// Texts of the imports page.
    pub struct ImportTexts {
        title { zh: "导入", en: "Imports" }
        line { zh: "上传表格，核对结果，然后应用。有一处错误就什么都不改。", en: "Upload a table, look at the result, then apply it. One fault, and nothing is changed." }
        new { zh: "上传表格", en: "Upload a table" }
        kind { zh: "内容", en: "What it holds" }
        products { zh: "产品", en: "Products" }
        partners { zh: "往来单位", en: "Partners" }
        codes { zh: "编码", en: "Codes" }
        file { zh: "文件", en: "File" }
        file_hint { zh: "CSV（UTF-8 或 GB18030）或 XLSX，最大 8 MB", en: "CSV (UTF-8 or GB18030) or XLSX, at most 8 MB" }
        file_missing { zh: "请选择文件", en: "choose a file" }
        check { zh: "上传并核对", en: "Upload and check" }
        template { zh: "下载模板", en: "Take the template" }
        templates { zh: "模板：", en: "Templates:" }
        empty_title { zh: "还没有导入", en: "No imports yet" }
        empty { zh: "先下载模板，用表格软件填写，再上传。", en: "Take a template, fill it in with a spreadsheet, and upload it." }
        no_name { zh: "未命名文件", en: "File without a name" }
        by { zh: "{user} 于 {time} 上传", en: "Uploaded by {user}, {time}" }
        rows { zh: "{n} 行", en: "{n} rows" }
        wrong { zh: "{n} 处错误，涉及 {rows} 行", en: "{n} faults in {rows} rows" }
        more { zh: "下面列出前 {n} 处，其余见错误文件。", en: "The first {n} are listed; the error file has them all marked." }
        st_checked { zh: "可以应用", en: "Ready to apply" }
        st_refused { zh: "有错误", en: "Has faults" }
        st_applying { zh: "已完成 {n} 行", en: "{n} rows done" }
        st_applied { zh: "已应用", en: "Applied" }
        st_undone { zh: "已撤销", en: "Taken back" }
        row { zh: "行", en: "Row" }
        column { zh: "列", en: "Column" }
        found { zh: "内容", en: "Found" }
        what { zh: "问题", en: "What is wrong" }
        expected { zh: "应为", en: "Expected" }
        errors { zh: "下载错误文件", en: "Download error file" }
        f_applying { zh: "应用中", en: "Being applied" }
        apply { zh: "应用", en: "Apply" }
        apply_ask { zh: "应用这 {n} 行？", en: "Apply these {n} rows?" }
        apply_chain { zh: "将 {n} 个产品登记到联盟链？登记后不能删除。", en: "Register {n} products on the chain? They cannot be deleted." }
        apply_yes { zh: "应用 {n} 行", en: "Apply {n} rows" }
        undo { zh: "撤销", en: "Take back" }
        undo_ask { zh: "撤销这 {n} 行？已使用的编码不能撤销。", en: "Take these {n} rows back? Codes that were used cannot be." }
        undo_yes { zh: "撤销 {n} 行", en: "Take {n} rows back" }
        no { zh: "返回", en: "Not now" }
    }
}
