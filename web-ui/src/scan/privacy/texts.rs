//! The texts about what is kept.

use crate::catalogue;

catalogue! {
    /// Texts about what is kept of a reader, and how long. Days come from whoever deletes.
    pub struct PrivacyTexts {
        title { zh: "我们保存什么", en: "What we keep" }
        lead { zh: "查询不需要姓名、帐号或电话号码，我们也不问。", en: "A check needs no name, no account and no telephone number, and we do not ask." }
        look { zh: "只是打开页面", en: "When you look at a page" }
        look_text { zh: "不记录任何与您有关的内容。您的网络地址只在内存中使用几分钟，用来限制频繁提交表单，不写入数据库和日志。页面不加载其他公司的任何内容。", en: "Nothing about you is written down. The address of your connection is used in memory for some minutes, so that nobody floods the forms; it goes into no database and no log. The page loads nothing from other companies." }
        check { zh: "计入一次查询时", en: "When a check is counted" }
        check_text { zh: "保存编码、时间、页面的结论和您的回答，以及当日随机数的两个哈希值：一个与编码绑定，用来判断同一编码是否被不同的人查询；一个用来在地图上统计人数。{n} 天后第二个被删除，此后无法再看出同一台设备还查询过哪些编码。", en: "We keep the code, the time, what the page said and what you answered, and two hashes of a random number of the day: one bound to the code, to tell whether different people check it, and one to count people on a map. After {n} days the second goes; from then on nothing shows which other codes the same device has checked." }
        place { zh: "您告诉大致区域时", en: "When you tell a rough area" }
        place_text { zh: "只保存约 20 公里宽的区域，{n} 天后删除。之后查询同一编码的人会看到最近的城市名称。", en: "Only an area about 20 km wide is kept, for {n} days. Whoever checks the same code later reads the name of the nearest large town." }
        report { zh: "您举报时", en: "When you report a fake" }
        report_text { zh: "保存您填写的内容。照片会重新生成，不含拍摄地点和设备信息。联系方式加密保存。结案 {n} 天后，最迟收到 {m} 天后，联系方式和照片被删除。", en: "We keep what you wrote. Photos are made anew, without their place and camera. Your contact is encrypted. Contact and photos are deleted {n} days after the case is closed, and {m} days after it came at the latest." }
        cookies { zh: "Cookie", en: "Cookies" }
        cookie_day { zh: "当日随机数：1 天", en: "A random number of the day: 1 day" }
        cookie_day_text { zh: "让同一天的重复查询只计一次。", en: "So that a second look on the same day is not a second person." }
        cookie_checked { zh: "已查询过的编码：{n} 天", en: "Codes that you have checked: {n} days" }
        cookie_checked_text { zh: "只发送到该编码自己的页面，用来认出那次查询是您本人。", en: "Sent to the page of that code alone, so that it knows your own check as yours." }
        cookie_lang { zh: "语言：1 年", en: "Your language: 1 year" }
        cookie_lang_text { zh: "只在您切换语言后保存。", en: "Only after you have chosen one." }
        chain { zh: "写入联盟链的内容", en: "What goes on the alliance's chain" }
        chain_text { zh: "只有企业的记录：批次、交接、召回。查询和举报从不写入。", en: "Records of companies: batches, hand-overs, recalls. Checks and reports never." }
        who { zh: "谁负责", en: "Who answers for it" }
        who_text { zh: "本页面由{alliance}的成员运营。", en: "A member of {alliance} runs this page." }
        who_ask { zh: "询问或要求删除：{contact}。请提供编码和查询时间，或举报编号；我们没有其他信息可以找到您的记录。", en: "Questions, and requests to delete: {contact}. Name the code and when you checked it, or your case number; we have nothing else to find you by." }
        who_maker { zh: "询问或要求删除，请联系包装上的生产企业，并提供编码和查询时间，或举报编号。", en: "For questions, and requests to delete, ask the maker named on the pack. Name the code and when you checked it, or your case number." }
    }
}
