//! Texts of the map.

use crate::catalogue;

catalogue! {
    /// Texts of the map.
    pub struct MapTexts {
        title { zh: "查询地图", en: "Map" }
        line { zh: "近 {days} 天：{n} 次可疑查询已告知位置，分布在 {areas} 个区域。", en: "Last {days} days: {n} suspicious checks with a place, in {areas} areas." }
        line_none { zh: "近 {days} 天：没有已告知位置的可疑查询。", en: "Last {days} days: no suspicious check has a place." }
        gtin { zh: "GTIN", en: "GTIN" }
        lot { zh: "批号", en: "Lot" }
        days { zh: "时间", en: "Time" }
        d_one { zh: "今天", en: "Today" }
        d_many { zh: "近 {n} 天", en: "Last {n} days" }
        outcome { zh: "查询结果", en: "Result" }
        all { zh: "全部", en: "All" }
        o_first { zh: "首次查询", en: "First check" }
        o_before { zh: "此前查询过", en: "Checked before" }
        o_copy { zh: "疑似被复制", en: "Possible copy" }
        o_stopped { zh: "召回、过期、停用", en: "Recalled, expired, stopped" }
        o_not_released { zh: "尚未放行的编码", en: "Code not released yet" }
        go { zh: "显示", en: "Show" }
        clear { zh: "清除筛选", en: "Clear filters" }
        csv { zh: "CSV", en: "CSV" }
        xlsx { zh: "电子表格", en: "Spreadsheet" }
        picture { zh: "可疑查询在哪里", en: "Where suspicious checks are" }
        picture_of { zh: "这些查询在哪里", en: "Where these checks are" }
        label { zh: "地图：{areas} 个区域，{checks} 次查询，其中可疑 {n} 次。旁边的表格内容相同。", en: "Map: {areas} areas, {checks} checks, {n} of them suspicious. The table beside it says the same." }
        back { zh: "显示全部区域", en: "Show all areas" }
        km { zh: "{n} 公里", en: "{n} km" }
        north { zh: "北", en: "N" }
        key_none { zh: "没有", en: "none" }
        key_suspicious { zh: "可疑查询次数：", en: "Suspicious checks:" }
        key_checks { zh: "查询次数：", en: "Checks:" }
        key_rest { zh: "虚线：较大区域的其余部分", en: "Dashed: the rest of a larger area" }
        small { zh: "每个区域在同一天至少有 {n} 台设备查询过。不足的并入较大的区域；仍不足的不显示位置：{m} 次。", en: "Each area had at least {n} devices on one day. Fewer are counted in a larger area. Checks shown nowhere, because there were too few people around: {m}." }
        no_place { zh: "另有 {n} 次查询没有告知位置。", en: "{n} more checks told no place." }
        cut { zh: "已告知位置的查询过多，只显示最新的 {n} 次。请缩小筛选范围。", en: "There are more checks with a place than are looked at: the newest {n} are shown. Narrow the filter." }
        table { zh: "各区域", en: "Areas" }
        h_area { zh: "区域中心", en: "Middle of the area" }
        near { zh: "{place}附近", en: "Near {place}" }
        h_suspicious { zh: "可疑", en: "Suspicious" }
        h_checks { zh: "查询", en: "Checks" }
        h_reports { zh: "举报", en: "Reports" }
        rest { zh: "其余部分", en: "rest" }
        across { zh: "宽约 {n} 公里", en: "about {n} km across" }
        rows { zh: "第 {page} / {pages} 页，共 {n} 个区域", en: "Page {page} of {pages}, {n} areas" }
        clusters { zh: "聚集区", en: "Clusters" }
        clusters_none { zh: "没有区域出现可疑查询。", en: "No area has a suspicious check." }
        cluster { zh: "聚集区 {n}", en: "Cluster {n}" }
        cluster_line { zh: "{codes} 个可疑编码，{n} 次可疑查询，{reports} 件举报", en: "Suspicious codes: {codes}, suspicious checks: {n}, reports: {reports}" }
        cluster_days { zh: "{from} 至 {to}，{areas} 个区域", en: "{from} to {to}, areas: {areas}" }
        closer { zh: "放大查看", en: "Look closer" }
        see_codes { zh: "查看编码", en: "See the codes" }
        see_reports { zh: "查看举报", en: "See reports" }
        codes { zh: "该区域的可疑编码", en: "Suspicious codes of this area" }
        codes_none { zh: "该区域没有可疑编码。", en: "This area has no suspicious code." }
        h_code { zh: "编码", en: "Code" }
        chart { zh: "每天的查询", en: "Checks of each day" }
        chart_label { zh: "柱状图：{from} 至 {to}，共 {n} 次查询，最多的一天 {max} 次。下方表格内容相同。", en: "Bars: {from} to {to}, {n} checks, at most {max} on one day. The table below says the same." }
        chart_table { zh: "以表格显示", en: "The same as a table" }
        h_day { zh: "日期", en: "Day" }
        no_checks { zh: "没有查询", en: "No checks" }
        no_checks_do { zh: "在这段时间里没有符合条件的查询。请清除筛选，或选择更长的时间。", en: "Nothing was checked in this time that the filter finds. Clear the filter or choose a longer time." }
        empty_title { zh: "还没有人告知位置", en: "Nobody has told a place yet" }
        empty { zh: "位置由消费者自愿提供：查询并回答问题后，点击“告知大致位置”。只保存约 250 平方公里的区域，30 天后删除。", en: "Places come from people who check a pack: after the answer they may tell roughly where. Only an area of some 250 square kilometres is kept, for 30 days." }
        few { zh: "有 {n} 次查询告知了位置，但没有任何区域在同一天达到 {k} 台设备。", en: "{n} checks told a place, but no area had {k} devices on one day." }
        within_none { zh: "这里没有可以显示的区域。", en: "There is no area to show here." }
    }
}
