//! Texts of the page for public recall notices.

use crate::catalogue;

catalogue! {
    /// Texts of the page for public recall notices.
    pub struct NoticeTexts {
        title { zh: "公开召回通告", en: "Recall notices" }
        line { zh: "美国 FDA 和 USDA 发布的召回通告，以及可能涉及的产品。匹配只是线索，不会自动召回。", en: "Recalls that the FDA and the USDA have published, and the products that they may concern. A match is a hint and recalls nothing." }
        upload { zh: "上传通告", en: "Upload notices" }
        file { zh: "文件", en: "File" }
        file_hint { zh: "FDA 召回表（CSV）、openFDA（CSV 或 JSON）或 FSIS（JSON），最大 8 MB", en: "A recall table of the FDA (CSV), openFDA (CSV or JSON) or FSIS (JSON), at most 8 MB" }
        file_missing { zh: "请选择文件", en: "choose a file" }
        check { zh: "上传并核对", en: "Upload and check" }
        check_line { zh: "先核对会有哪些变化，应用后才生效。", en: "You see what would change first. Nothing changes before you apply it." }
        no_name { zh: "未命名文件", en: "File without a name" }
        by { zh: "{user} 于 {time} 上传", en: "Uploaded by {user}, {time}" }
        st_checked { zh: "可以应用", en: "Ready to apply" }
        st_applied { zh: "已应用", en: "Applied" }
        rows { zh: "{n} 条记录", en: "{n} records" }
        c_new { zh: "新增", en: "New" }
        c_same { zh: "无变化", en: "The same" }
        c_changed { zh: "有变化", en: "Changed" }
        c_faults { zh: "有错误，不导入", en: "With faults, left out" }
        c_repeated { zh: "编号重复，全部保留", en: "With a number that repeats, all kept" }
        c_matches { zh: "可能涉及您的产品", en: "May concern your products" }
        counts { zh: "{fact} 条确定，{likely} 条很可能，{suggestion} 条待核对", en: "{fact} for certain, {likely} likely, {suggestion} to look at" }
        changes { zh: "变化的内容", en: "What changed" }
        key { zh: "编号", en: "Number" }
        field { zh: "字段", en: "Part" }
        before { zh: "原来", en: "Before" }
        now { zh: "现在", en: "Now" }
        faults { zh: "有错误的记录", en: "Records with faults" }
        row { zh: "行", en: "Row" }
        column { zh: "列", en: "Column" }
        what { zh: "问题", en: "What is wrong" }
        more { zh: "下面列出前 {n} 条。", en: "The first {n} are listed." }
        errors { zh: "下载错误文件", en: "Download error file" }
        apply { zh: "应用", en: "Apply" }
        apply_ask { zh: "把 {n} 条新增或变化的通告写入列表？", en: "Put {n} new or changed notices into the list?" }
        apply_yes { zh: "应用 {n} 条", en: "Apply {n} notices" }
        no { zh: "返回", en: "Not now" }
        empty_title { zh: "还没有通告", en: "No notices yet" }
        empty { zh: "从 FDA、openFDA 或 FSIS 网站下载召回清单，然后在这里上传。", en: "Download a list of recalls from the FDA, openFDA or FSIS, and upload it here." }
        none_title { zh: "没有符合条件的通告", en: "No notice fits" }
        none { zh: "换个词，或清除筛选条件。", en: "Try another word, or clear the filters." }
        clear { zh: "清除筛选", en: "Clear filters" }
        search { zh: "查找（产品、企业、编码、批号）", en: "Search (product, firm, code, lot)" }
        go { zh: "查找", en: "Search" }
        class { zh: "级别", en: "Class" }
        status { zh: "状态", en: "Status" }
        matched { zh: "与我们的产品", en: "Our products" }
        any { zh: "全部", en: "All" }
        m_any { zh: "可能涉及", en: "May be concerned" }
        m_likely { zh: "很可能涉及或确定", en: "Likely or certain" }
        m_fact { zh: "确定涉及", en: "Certain" }
        class_1 { zh: "一级", en: "Class I" }
        class_2 { zh: "二级", en: "Class II" }
        class_3 { zh: "三级", en: "Class III" }
        class_alert { zh: "健康警示", en: "Health alert" }
        class_none { zh: "未分级", en: "Not classified" }
        s_ongoing { zh: "进行中", en: "Ongoing" }
        s_completed { zh: "已完成", en: "Completed" }
        s_terminated { zh: "已终止", en: "Terminated" }
        s_unknown { zh: "状态不明", en: "Status not known" }
        only { zh: "只看可能涉及 GTIN {gtin} 的通告。", en: "Only notices that may concern GTIN {gtin}." }
        fact { zh: "通告写明了这个产品", en: "The notice names this product" }
        likely { zh: "很可能是这个产品", en: "Probably this product" }
        suggestion { zh: "可能有关，请核对", en: "Perhaps this product: please look" }
        w_gtin_stated { zh: "写明了它的 GTIN", en: "It states the GTIN" }
        w_gtin_inferred { zh: "有同样的数字，但没有写明是 GTIN", en: "It has the same digits, and does not say that they are a GTIN" }
        w_other_level { zh: "写的是同一商品另一包装层级的 GTIN：{value}", en: "It has the GTIN of another packaging level of the item: {value}" }
        w_doubtful_code { zh: "有一个校验位或长度不对的编码，可能是它：{value}", en: "It has a code with a wrong check digit or length that could be this one: {value}" }
        w_name_similar { zh: "名称里有相同的词：{value}", en: "Words of the name stand in it: {value}" }
        unknown { zh: "我们不知道的", en: "What we do not know" }
        u_no_lots_named { zh: "通告没有写批号，所有批号都可能涉及。", en: "It names no lots: all of ours may be meant." }
        u_extent_not_stated { zh: "通告没有写批号和日期，也没有写全部召回。", en: "It names neither lots nor dates, nor that everything is meant." }
        u_dates_not_compared { zh: "通告写了日期，请与批次的日期核对。", en: "It names dates. Compare them with those of the lots." }
        u_not_tied_to_product { zh: "通告有多个产品的编码，没有说明批号属于哪一个。", en: "It has codes of several products and does not tie its lots to one." }
        u_not_understood { zh: "通告中有未能读懂的内容，请看原文。", en: "Passages were not understood. Read its text." }
        u_own_lots_unknown { zh: "这个产品没有登记批号。", en: "No lots of this product are registered." }
        lots_named { zh: "写明的批号：", en: "Lots that it names:" }
        lots_maybe { zh: "可能涉及的批号：", en: "Lots that it may name:" }
        lots_not_named { zh: "未写明的批号：{n} 个。未写明不等于不涉及。", en: "Lots that it does not name: {n}. That clears none of them." }
        recall { zh: "发起召回", en: "Start a recall" }
        recall_lot { zh: "召回批号 {lot}", en: "Recall lot {lot}" }
        text { zh: "通告原文", en: "Text of the notice" }
        n_product { zh: "产品", en: "Product" }
        n_firm { zh: "企业", en: "Firm" }
        n_reason { zh: "原因", en: "Reason" }
        n_codes { zh: "编码和批号", en: "Codes and lots" }
        n_region { zh: "地区", en: "Region" }
        n_distribution { zh: "流向", en: "Distribution" }
        n_dates { zh: "开始 / 发布", en: "Begun / published" }
        n_gtins { zh: "读出的 GTIN", en: "GTINs that were read" }
        n_lots { zh: "读出的批号", en: "Lots that were read" }
        n_not_understood { zh: "未能读懂", en: "Not understood" }
        hint_one { zh: "1 条召回通告可能涉及", en: "1 recall notice may concern it" }
        hint { zh: "{n} 条召回通告可能涉及", en: "{n} recall notices may concern it" }
        hint_fact { zh: "{n} 条召回通告写明了它", en: "Named by recall notices: {n}" }
        hints_failed { zh: "暂时无法查看召回通告，不说明产品有无召回。", en: "Recall notices cannot be looked up now. This says nothing about the products." }
    }
}
