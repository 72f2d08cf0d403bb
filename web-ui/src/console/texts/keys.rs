//! Texts of the page of keys.

use crate::catalogue;

catalogue! {
    /// Texts of the page of keys.
    pub struct KeyTexts {
        title { zh: "接口密钥", en: "API keys" }
        line { zh: "供您的系统调用接口。密钥只显示一次，请立即保存。", en: "For programs that call this server. A secret is shown once; store it at once." }
        docs { zh: "接口文档", en: "API reference" }
        new { zh: "新建密钥", en: "New key" }
        name { zh: "用途", en: "What it is for" }
        name_hint { zh: "例如：ERP 收货", en: "For example: goods receipt in the ERP" }
        scopes { zh: "权限", en: "What it may do" }
        scopes_missing { zh: "请至少选择一项权限", en: "Choose at least one" }
        s_goods_read { zh: "查看产品、批次、库存和交接", en: "Read products, batches, stock and shipments" }
        s_goods_write { zh: "登记产品和批次，申请编码，导入表格", en: "Register products and batches, order codes, import tables" }
        s_handover_write { zh: "发货、收货、拒收，处理单盒", en: "Ship, receive, refuse; steps of single packs" }
        s_trace_read { zh: "查看追溯和召回", en: "Read histories and recalls" }
        s_epcis_capture { zh: "上报 EPCIS 事件", en: "Capture EPCIS events" }
        s_epcis_query { zh: "查询和订阅 EPCIS 事件", en: "Query EPCIS events and subscribe" }
        s_webhooks { zh: "管理 Webhook", en: "Manage webhooks" }
        expiry { zh: "有效期", en: "Valid for" }
        days_90 { zh: "90 天", en: "90 days" }
        days_365 { zh: "一年", en: "1 year" }
        no_end { zh: "不过期", en: "No end" }
        make { zh: "生成密钥", en: "Make key" }
        made { zh: "新密钥。只显示这一次，离开本页后无法再查看：", en: "The new secret. It is shown this once; after you leave this page nobody can show it again:" }
        stored { zh: "已保存", en: "I have stored it" }
        empty_title { zh: "还没有密钥", en: "No keys yet" }
        empty { zh: "密钥让您的系统代表本机构调用接口，不需要个人密码。", en: "A key lets a program act for your organisation without a person's password." }
        st_active { zh: "有效", en: "Active" }
        st_expired { zh: "已过期", en: "Expired" }
        st_revoked { zh: "已停用", en: "Revoked" }
        by { zh: "{user} 于 {time} 生成", en: "Made by {user}, {time}" }
        prefix { zh: "密钥开头", en: "Begins with" }
        used { zh: "最近使用", en: "Last used" }
        never { zh: "从未使用", en: "Never" }
        until { zh: "有效至", en: "Valid until" }
        old { zh: "旧密钥 {prefix} 在 {time} 之前仍然有效。", en: "The old secret {prefix} is good until {time}." }
        rotate { zh: "更换", en: "Rotate" }
        rotate_ask { zh: "更换密钥“{name}”？旧密钥再有效 24 小时。", en: "Rotate the key “{name}”? The old secret stays good for 24 hours." }
        rotate_yes { zh: "更换密钥", en: "Rotate key" }
        revoke { zh: "停用", en: "Revoke" }
        revoke_ask { zh: "立即停用密钥“{name}”（{n} 项权限，最近使用：{day}）？使用它的系统会马上被拒绝，不能恢复。", en: "Revoke the key “{name}” with its {n} scopes, last used {day}? Programs that use it are refused at once. This cannot be taken back." }
        revoke_yes { zh: "停用密钥", en: "Revoke key" }
    }
}
