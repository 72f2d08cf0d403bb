//! Texts of the pages of webhooks.

use crate::catalogue;

catalogue! {
    /// Texts of the pages of webhooks.
    pub struct HookTexts {
        title { zh: "事件通知", en: "Webhooks" }
        line { zh: "货物有变化时，由本服务器签名并通知您的系统（Webhook）。", en: "This server calls your systems when something happens to your goods, and signs each call." }
        docs { zh: "接口文档", en: "API reference" }
        new { zh: "新增地址", en: "New endpoint" }
        url { zh: "接收地址", en: "Address" }
        url_hint { zh: "以 https:// 开头的公网地址，例如 https://erp.example.com/tracelight", en: "Begins with https:// and can be reached from outside, for example https://erp.example.com/tracelight" }
        events { zh: "通知哪些事件", en: "What it is told" }
        events_missing { zh: "请至少选择一种事件", en: "Choose at least one event" }
        e_batch_sealed { zh: "本企业的批次已封批", en: "A batch of yours was sealed" }
        e_shipped { zh: "贵方发出，或发往贵方", en: "Goods were shipped, by you or to you" }
        e_received { zh: "对方或贵方已收货", en: "A shipment from you or to you was received" }
        e_refused { zh: "对方或贵方拒收", en: "A shipment from you or to you was refused" }
        e_opened { zh: "召回待第二人批准", en: "A recall waits for its second person" }
        e_approved { zh: "召回生效", en: "A recall is in force" }
        e_closed { zh: "召回结束", en: "A recall was wound up" }
        e_notice { zh: "召回通知：请清点并答复", en: "A recall asks you about packs" }
        e_reminder { zh: "召回催办：尚未答复完", en: "A recall reminds you of missing answers" }
        description { zh: "用途", en: "What it is for" }
        description_hint { zh: "选填，最多 {n} 个字。例如：ERP", en: "If you like, at most {n} characters. For example: ERP" }
        make { zh: "新增地址", en: "Add endpoint" }
        made { zh: "签名密钥。只显示这一次，请立即保存到接收系统：", en: "The secret that signs its calls. It is shown this once; store it in the receiving system now:" }
        stored { zh: "已保存", en: "I have stored it" }
        empty_title { zh: "还没有接收地址", en: "No endpoints yet" }
        empty { zh: "在上面填写您系统的地址，保存密钥，然后发送一次测试。", en: "Give the address of your system above, store the secret, then send a test." }
        first { zh: "填写第一个地址", en: "Give the first address" }
        st_on { zh: "已启用", en: "On" }
        st_failing { zh: "已启用，但自 {time} 起每次都失败", en: "On, but every attempt since {time} has failed" }
        st_off_failing { zh: "已停用：连续三天每次都失败", en: "Switched off: every attempt failed for three days" }
        st_off_gone { zh: "已停用：对方答复 410，不再接收", en: "Switched off: the address answered 410, it wants no more" }
        st_off_told { zh: "已由贵机构停用", en: "Switched off by your organisation" }
        st_off { zh: "已停用", en: "Switched off" }
        told { zh: "通知", en: "Told" }
        last { zh: "最近一次", en: "Last delivery" }
        last_line { zh: "{event} · {state} · {time}", en: "{event} · {state} · {time}" }
        nothing { zh: "还没有发送过", en: "Nothing sent yet" }
        since { zh: "新增于", en: "Made" }
        old { zh: "旧密钥在 {time} 之前也会签名。", en: "The old secret signs too until {time}." }
        log { zh: "发送记录", en: "Delivery log" }
        test { zh: "发送测试", en: "Send a test" }
        rotate { zh: "更换密钥", en: "Rotate secret" }
        rotate_ask { zh: "更换 {url} 的密钥？24 小时内新旧密钥同时签名。", en: "Rotate the secret of {url}? For 24 hours the old one signs too." }
        rotate_yes { zh: "更换密钥", en: "Rotate secret" }
        off { zh: "停用", en: "Switch off" }
        off_ask { zh: "停用 {url}（{n} 类事件）？等待发送的通知将放弃，停用期间的事件不再通知。", en: "Switch {url} off, with {n} kinds of events? What waits is given up, and what happens while it is off is not told later." }
        off_yes { zh: "停用", en: "Switch off" }
        on { zh: "启用", en: "Switch on" }
        delete { zh: "删除", en: "Delete" }
        delete_ask { zh: "删除 {url}（{n} 类事件）及其发送记录？等待发送的通知不再发送，不能恢复。", en: "Delete {url}, told of {n} kinds of events, with its log? What waits is not sent. This cannot be taken back." }
        delete_yes { zh: "删除地址", en: "Delete endpoint" }
        log_line { zh: "最近 {n} 条。已结束的记录保留 14 天。", en: "The newest {n}. Lines that ended are kept for 14 days." }
        log_empty_title { zh: "还没有发送记录", en: "Nothing was sent yet" }
        log_empty { zh: "发送一次测试，看看您的系统是否收到。", en: "Send a test, to see whether your system takes it." }
        look { zh: "刷新", en: "Look again" }
        h_event { zh: "事件", en: "Event" }
        h_state { zh: "状态", en: "State" }
        h_time { zh: "时间", en: "Time" }
        h_attempts { zh: "次数", en: "Attempts" }
        h_answer { zh: "答复", en: "Answer" }
        h_next { zh: "下次发送", en: "Next try" }
        h_again { zh: "操作", en: "Step" }
        d_new { zh: "即将发送", en: "On its way" }
        d_waits { zh: "没有收下，将再次发送", en: "Not taken, comes again" }
        d_done { zh: "已收下", en: "Taken" }
        d_given_up { zh: "已放弃", en: "Given up" }
        now { zh: "马上", en: "Now" }
        in_span { zh: "{span} 后", en: "In {span}" }
        again { zh: "再次发送", en: "Send again" }
    }
}
