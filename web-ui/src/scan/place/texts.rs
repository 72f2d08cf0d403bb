//! The texts about the rough place.

use crate::catalogue;

catalogue! {
    /// Texts about the rough place.
    pub struct PlaceTexts {
        title { zh: "您大概在哪里？", en: "Roughly where are you?" }
        text { zh: "选填。只保存约 20 公里宽的大致区域，30 天后删除，用来发现同一编码在相距很远的地方出现。监管机构和生产企业看到的是各区域的查询次数和可疑编码，看不到是谁。之后查询同一编码的人会看到最近的城市名称。不会保存您的精确位置。", en: "Optional. We keep only an area about 20 km wide, for 30 days, to notice a code that turns up far apart. The regulator and the maker see how many checks an area had and which codes look copied, never who. Whoever checks the same code later reads the name of the nearest large town. Your exact place is never kept." }
        button { zh: "告诉大致区域", en: "Tell the rough area" }
        refused { zh: "没有得到位置，这没有关系。查询结果不变。", en: "No place was given, and that is fine. The answer stays the same." }
        told { zh: "已记下", en: "Noted" }
        told_line { zh: "只保存大致区域", en: "Only the rough area is kept" }
        told_near { zh: "之后查询这个编码的人会看到“{place}附近”。30 天后自动删除。", en: "Whoever checks this code later reads “near {place}”. It is deleted after 30 days." }
        told_text { zh: "30 天后自动删除。", en: "It is deleted after 30 days." }
    }
}
