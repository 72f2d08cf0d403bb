//! Texts of the consoles, both languages side by side. One catalogue an area; this file holds what many pages share.

pub mod accounts;
pub mod alerts;
pub mod fsma204;
pub mod goods;
pub mod graph;
pub mod imports;
pub mod keys;
pub mod lists;
pub mod map;
pub mod marks;
pub mod moves;
pub mod notices;
pub mod numbers;
pub mod recall_cases;
pub mod recalls;
pub mod refusals;
pub mod reports;
pub mod search;
pub mod webhooks;

use crate::catalogue;

catalogue! {
    /// Texts that many pages use.
    pub struct CommonTexts {
        today { zh: "今天", en: "Today" }
        unit_s { zh: "秒", en: "s" }
        unit_min { zh: "分钟", en: "min" }
        unit_h { zh: "小时", en: "h" }
        unit_d { zh: "天", en: "d" }
        pack_one { zh: "{n} 盒", en: "{n} pack" }
        pack_many { zh: "{n} 盒", en: "{n} packs" }
        final_at { zh: "已确认，区块 {n} · {time}", en: "Final {n} · {time}" }
        evidence { zh: "凭证", en: "Evidence" }
        nav { zh: "栏目", en: "Sections" }
        menu { zh: "菜单", en: "Menu" }
        skip { zh: "跳到正文", en: "Skip to the content" }
        sign_out { zh: "退出登录", en: "Sign out" }
        read_only { zh: "只读账号，不能签署操作", en: "This account reads only" }
        needs_operator { zh: "由操作员签署。您的账号没有这项权限。", en: "An operator signs this. Your account may not." }
        no_script { zh: "本页可以查看。登记、发货等操作需要启用 JavaScript。", en: "This page can be read. To register, ship or sign, JavaScript has to be on." }
        sending { zh: "正在提交…", en: "Sending…" }
        printed { zh: "{user}（{org}）打印。页面生成于 {time}，联盟链区块 {n}。Tracelight", en: "Printed by {user}, {org}. Page of {time}, chain at block {n}. Tracelight" }
        next_page { zh: "下一页", en: "Next page" }
        first_page { zh: "回到第一页", en: "Back to the first page" }
        cancel { zh: "取消", en: "Cancel" }
        pick { zh: "请选择", en: "Choose" }
        grave_count { zh: "数量", en: "Count" }
        grave_count_differs { zh: "与要求的数量不符，请核对后重新输入", en: "This is not the count above. Look at it again and type that number." }
        grave_reason_missing { zh: "请写明原因", en: "Say why" }
        role_manufacturer { zh: "生产企业", en: "Manufacturer" }
        role_logistics { zh: "物流企业", en: "Logistics" }
        role_pharmacy { zh: "药店", en: "Pharmacy" }
        role_regulator { zh: "监管机构 · 查询均有记录", en: "Regulator. Each look-up is logged" }
        nav_batches { zh: "批次", en: "Batches" }
        nav_products { zh: "产品", en: "Products" }
        nav_lines { zh: "产线", en: "Lines" }
        nav_imports { zh: "导入", en: "Imports" }
        nav_labels { zh: "物流标签", en: "Logistic labels" }
        nav_keys { zh: "接口密钥", en: "API keys" }
        nav_webhooks { zh: "事件通知", en: "Webhooks" }
        nav_stock { zh: "库存", en: "Stock" }
        nav_handovers { zh: "交接", en: "Hand-overs" }
        nav_dispense { zh: "发药与销售", en: "Dispense" }
        nav_trace { zh: "追溯", en: "Trace" }
        nav_recalls { zh: "召回", en: "Recalls" }
        nav_alerts { zh: "药品警报", en: "Alerts" }
        nav_reports { zh: "举报", en: "Reports" }
        nav_map { zh: "查询地图", en: "Map" }
        nav_notices { zh: "召回通告", en: "Recall notices" }
        nav_users { zh: "人员", en: "People" }
        nav_audit { zh: "操作日志", en: "Audit log" }
        nav_account { zh: "我的账号", en: "Your account" }
        nav_chain { zh: "联盟链", en: "Chain" }
        chain_moving { zh: "联盟链运行正常", en: "Chain is moving" }
        chain_behind { zh: "页面数据滞后", en: "Pages lag behind the chain" }
        chain_stopped { zh: "联盟链已停止", en: "Chain has stopped" }
        chain_unknown { zh: "联盟链状态未知", en: "Chain state not known" }
        chain_line { zh: "区块 {n} · {age} 前", en: "Final {n} · {age}" }
        err_what { zh: "发生了什么", en: "What happened" }
        err_means { zh: "这意味着", en: "What it means" }
        err_do { zh: "您可以", en: "What you can do" }
        err_load { zh: "无法载入本页", en: "This page could not be loaded" }
        err_send { zh: "没有完成", en: "This was not done" }
        err_missing { zh: "没有找到", en: "Not found" }
        err_denied { zh: "您的账号不能查看", en: "Your account may not see this" }
        err_means_outage { zh: "是我们的问题。您的数据已在链上，没有丢失，缺的只是这一页。", en: "The fault is ours. Your data is safe on the chain; only this page is missing." }
        err_means_missing { zh: "没有这项记录，或您的机构无权查看。", en: "There is no such record, or it is not your organisation's to see." }
        err_means_denied { zh: "没有任何改动。", en: "Nothing has been changed." }
        err_means_refused { zh: "没有任何改动，联盟链上也没有写入。", en: "Nothing has been changed, and nothing was written to the chain." }
        err_means_unsure { zh: "不能确定操作是否已经写入。再次提交相同内容是安全的，不会重复写入。", en: "It is not certain whether this was written. Sending the same again is safe." }
        err_do_retry { zh: "请重试。若五分钟后仍然如此，请把下面的编号告诉运维人员。", en: "Try again. If it stays like this for 5 minutes, send the code below to operations." }
        err_do_check { zh: "请核对内容后重新提交。", en: "Check what you entered, then send it again." }
        err_do_back { zh: "请从左侧栏目重新进入，或检查网址。", en: "Start again from a section, or check the address." }
        err_do_sign_in { zh: "请重新登录。", en: "Sign in again." }
        err_do_person { zh: "请由有权限的同事操作。", en: "Ask a colleague who may do this." }
        try_again { zh: "重试", en: "Try again" }
        at_character { zh: "（第 {n} 个字符）", en: " (character {n})" }
        no_page { zh: "没有这个页面", en: "There is no such page" }
    }
}

catalogue! {
    /// Texts of sign-in.
    pub struct SignInTexts {
        title { zh: "登录", en: "Sign in" }
        line { zh: "进入您所在机构的工作台", en: "To the console of your organisation" }
        user { zh: "用户名", en: "User name" }
        password { zh: "密码", en: "Password" }
        go { zh: "登录", en: "Continue" }
        code { zh: "验证码", en: "Code" }
        code_hint { zh: "身份验证器应用显示的六位数字，或一个恢复码", en: "Six digits that your authenticator app shows, or a recovery code" }
        suspended { zh: "此账号已停用。请联系本机构的管理员。", en: "This account is suspended. Ask an administrator of your organisation." }
        refused { zh: "用户名或密码不正确。请核对后重试；连续多次失败会暂停登录。", en: "User name or password is not right. Check both and try again; many failures pause sign-in." }
    }
}

catalogue! {
    /// Texts of the chain page.
    pub struct ChainTexts {
        moving { zh: "联盟链运行正常", en: "The chain is moving" }
        behind { zh: "页面数据滞后于联盟链", en: "The pages lag behind the chain" }
        stopped { zh: "联盟链已停止", en: "The chain has stopped" }
        line_moving { zh: "新记录约一秒内确认。", en: "New records are final within about a second." }
        line_behind { zh: "记录照常确认，本服务器还在读取，页面上的数字是稍早的。", en: "Records are made final as usual; this server is still reading, so the pages show an earlier moment." }
        line_stopped { zh: "新操作暂时不能确认。已有记录仍可查询，产线会保留读数，恢复后自动补传。", en: "New commands cannot be made final now. Records can still be read, and lines keep their reads and send them later." }
        height { zh: "最新区块", en: "Final height" }
        age { zh: "{age} 前", en: "{age} ago" }
        projected { zh: "本服务器已读到", en: "Read by this server" }
        lag { zh: "落后区块", en: "Blocks behind" }
        answering { zh: "应答的节点", en: "Nodes that answer" }
        of { zh: "{n} / {m}", en: "{n} of {m}" }
        nodes { zh: "节点", en: "Nodes" }
        node { zh: "节点", en: "Node" }
        state { zh: "状态", en: "State" }
        peers { zh: "已连节点", en: "Peers" }
        answers { zh: "应答正常", en: "Answers" }
        silent { zh: "没有应答", en: "Does not answer" }
        no_nodes { zh: "本服务器没有配置可查询的节点。请在服务器配置里写上节点地址。", en: "This server knows no node that it may ask. Name the nodes in its configuration." }
        members { zh: "成员", en: "Members" }
        member { zh: "成员", en: "Member" }
        role { zh: "角色", en: "Role" }
        chain_id { zh: "链标识（创世哈希）", en: "Chain id (genesis hash)" }
    }
}
