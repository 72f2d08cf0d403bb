//! Texts of the graph of a lot.

use crate::catalogue;

catalogue! {
    /// Texts of the graph of a lot.
    pub struct GraphTexts {
        title { zh: "批次关系图", en: "Graph of a lot" }
        line { zh: "一个批次由什么制成、去了哪里、哪些去向没有记录。", en: "What a lot was made from, where it went, and what has no record." }
        lot { zh: "批次 {lot}", en: "Lot {lot}" }
        counts { zh: "{lots} 个批次，{members} 家机构。", en: "{lots} lots, {members} companies." }
        counts_one { zh: "{lots} 个批次，1 家机构。", en: "{lots} lots, 1 company." }
        counts_packs { zh: "共 {packs}，", en: "{packs}, " }
        lost { zh: "{packs}没有去向记录。", en: "{packs} without a record of where they are." }
        lost_none { zh: "每一盒都有去向记录。", en: "Each pack has a record of where it is." }
        ask_gtin { zh: "GTIN", en: "GTIN" }
        ask_lot { zh: "批号", en: "Lot" }
        ask_go { zh: "画出关系图", en: "Show the graph" }
        open { zh: "关系图", en: "Graph" }
        history { zh: "全部事件", en: "Full history" }
        picture { zh: "来自哪里，去了哪里", en: "Where it came from, where it went" }
        label { zh: "批次 {lot} 的关系图：上游批次 {from} 个，下游批次 {into} 个，经手机构 {members} 家。下方表格内容相同。", en: "Graph of lot {lot}: {from} lots it was made from, {into} lots it was made into, {members} companies that it went to. The table below says the same." }
        no_picture { zh: "关系图无法排版。下方表格是完整的。", en: "The picture could not be laid out. The table below has everything." }
        cut { zh: "到达上限，图中不是全部批次。“没有记录”一栏写明在哪里截断。", en: "A bound was met: these are not all lots. “Not known” says where it was cut." }
        direction { zh: "方向", en: "Direction" }
        d_both { zh: "上游和下游", en: "Both ways" }
        d_back { zh: "上游", en: "Made from" }
        d_forward { zh: "下游", en: "Made into" }
        c_from { zh: "原料", en: "Made from" }
        c_subject { zh: "本批次", en: "This lot" }
        c_into { zh: "制成", en: "Made into" }
        c_handed { zh: "交接到", en: "Handed over to" }
        c_both { zh: "制成、交接到", en: "Made into, handed over to" }
        b_lots_of { zh: "{who}：{n} 个批次", en: "{who}: {n} lots" }
        b_others { zh: "其他 {n} 个批次", en: "{n} other lots" }
        b_companies { zh: "其他 {n} 家机构", en: "{n} other companies" }
        b_unknown { zh: "去向不明", en: "Not known" }
        b_unregistered { zh: "未登记的批次", en: "Not registered here" }
        b_no_record { zh: "{packs}，没有记录", en: "{packs}, no record" }
        b_recalled { zh: "已召回", en: "Recalled" }
        b_show { zh: "在表格中查看", en: "Show in the table" }
        k_made { zh: "制成", en: "Made into" }
        k_moved { zh: "已签收", en: "Handed over" }
        k_unsettled { zh: "未签收、拒收或有争议", en: "On its way, refused or disputed" }
        k_unknown { zh: "去向不明", en: "Not known" }
        grouped { zh: "图中有 {n} 个批次合并显示。", en: "{n} lots are drawn together with others." }
        show_others { zh: "在表格中查看全部批次", en: "Show all lots in the table" }
        table { zh: "同样的内容，以表格显示", en: "The same as a table" }
        p_moves { zh: "交接（{n}）", en: "Hand-overs ({n})" }
        p_lots { zh: "批次（{n}）", en: "Lots ({n})" }
        p_links { zh: "制成关系（{n}）", en: "Made from ({n})" }
        p_gaps { zh: "没有记录（{n}）", en: "Not known ({n})" }
        q { zh: "在表格中查找", en: "Find in this table" }
        find { zh: "查找", en: "Find" }
        clear { zh: "清除筛选", en: "Clear filters" }
        only_level { zh: "只显示距离 {n} 步的批次", en: "Only lots {n} steps away" }
        only_member { zh: "只显示{who}", en: "Only {who}" }
        none { zh: "没有符合条件的行", en: "No row has this" }
        none_all { zh: "没有", en: "There are none" }
        rows { zh: "共 {n} 行，第 {page} / {pages} 页", en: "{n} rows, page {page} of {pages}" }
        before { zh: "上一页", en: "Page before" }
        csv { zh: "CSV", en: "CSV" }
        xlsx { zh: "电子表格", en: "Spreadsheet" }
        epcis { zh: "EPCIS JSON", en: "EPCIS JSON" }
        h_lot { zh: "批次", en: "Lot" }
        h_from { zh: "发货方", en: "From" }
        h_to { zh: "收货方", en: "To" }
        h_status { zh: "状态", en: "State" }
        h_packs { zh: "数量", en: "Packs" }
        h_short { zh: "到货时缺少", en: "Missing" }
        h_first { zh: "首次发货", en: "First shipped" }
        h_last { zh: "最近记录", en: "Last record" }
        h_steps { zh: "步数", en: "Steps" }
        h_product { zh: "产品", en: "Product" }
        h_maker { zh: "生产企业", en: "Maker" }
        h_made { zh: "生产日期", en: "Made on" }
        h_sealed { zh: "封批数量", en: "Packs sealed" }
        h_input { zh: "投入", en: "What went in" }
        h_output { zh: "产出", en: "What came out" }
        h_used { zh: "投入数量", en: "Packs used" }
        h_what { zh: "缺少什么", en: "What is not known" }
        h_due { zh: "截止", en: "Due" }
        g_lot_unknown { zh: "关系中提到的批次没有在此登记", en: "A making names this lot, and it is not registered here" }
        g_not_sealed { zh: "尚未封批，没有总数", en: "Not sealed: there is no count" }
        g_in_no_case { zh: "已封批，但没有装箱", en: "Sealed, and in no case" }
        g_not_received { zh: "{from}发给{to}，逾期未签收", en: "{from} to {to}: past its day without an answer" }
        g_cut { zh: "到达上限，{n} 个相关批次没有列出", en: "A bound was met: {n} lots linked to it are left out" }
        not_told { zh: "–", en: "–" }
    }
}
