//! The texts of kept answers.

use crate::catalogue;

catalogue! {
    /// Texts of receipts of verdicts.
    pub struct KeptTexts {
        keep_title { zh: "保留这个结果", en: "Keep this answer" }
        keep_text { zh: "生成一份带签名和时间的凭证。任何人都能核验它，其中没有您的个人信息。", en: "Makes a signed and dated receipt that anyone can check. Nothing about you is in it." }
        keep_button { zh: "生成凭证", en: "Make a receipt" }
        ours { zh: "凭证有效", en: "The receipt is ours" }
        ours_line { zh: "它证明我们说过什么，不证明商品", en: "It proves what we said, not the goods" }
        not_ours { zh: "不是我们的凭证", en: "Not a receipt of ours" }
        not_ours_line { zh: "它被改动过，或不是本服务器出具的", en: "It was changed, or another server made it" }
        not_ours_text { zh: "请不要相信它所说的内容，请直接扫描包装上的码。", en: "Do not rely on anything it says. Scan the code on the pack instead." }
        why { zh: "{when}，本服务器给出的结果是：{word}。", en: "On {when} this server said: {word}." }
        then_title { zh: "当时的结果", en: "What we said then" }
        then_when { zh: "时间", en: "When" }
        then_word { zh: "结果", en: "Answer" }
        then_code { zh: "编码", en: "Code" }
        then_block { zh: "依据的区块", en: "Block" }
        now_title { zh: "现在的结果", en: "What the code says now" }
        now_same { zh: "与当时相同。", en: "The same as then." }
        now_none { zh: "现在无法查询。这不说明商品好或坏。", en: "It cannot be checked now. This says nothing about the pack." }
        now_open { zh: "查看最新结果", en: "Open the code’s page" }
        save_title { zh: "请保存", en: "Save it" }
        save_text { zh: "收藏本页网址，或给二维码截图。打开它就能看到凭证是否有效，以及编码现在的结果。", en: "Bookmark this address, or take a screenshot of the QR code. Whoever opens it sees whether the receipt is ours, and what the code says now." }
        save_qr { zh: "凭证的二维码", en: "QR code of the receipt" }
        save_open { zh: "打开凭证", en: "Open the receipt" }
        save_bundle { zh: "保存证明文件", en: "Save the proof" }
        save_how { zh: "离线核验：tracelight verify-receipt，公钥见 {key}", en: "Off line: tracelight verify-receipt, with the key from {key}" }
    }
}
