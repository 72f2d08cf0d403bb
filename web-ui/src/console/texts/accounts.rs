//! Texts of the pages of accounts: one's own, the member's people, invitations, the audit log.

use crate::catalogue;

catalogue! {
    /// Texts of the page of one's own account.
    pub struct AccountTexts {
        title { zh: "我的账号", en: "Your account" }
        line { zh: "{user} · {role}", en: "{user}, {role}" }
        password { zh: "密码", en: "Password" }
        password_line { zh: "修改后，您的其他登录会全部退出。", en: "A new password ends all your other sessions." }
        current { zh: "现在的密码", en: "Present password" }
        new { zh: "新密码", en: "New password" }
        new_hint { zh: "至少 {n} 个字符。常用词、您的用户名、年份和连续字符不计在内。", en: "At least {n} characters. Common words, your name, years and characters in a row do not count." }
        again { zh: "再输一次新密码", en: "New password again" }
        differ { zh: "两次输入的新密码不一致", en: "The two new passwords differ" }
        change { zh: "修改密码", en: "Change password" }
        changed { zh: "密码已修改，其他登录已全部退出。", en: "The password is changed. All your other sessions have ended." }
        totp { zh: "动态验证码", en: "Second factor" }
        totp_line { zh: "登录时除密码外，再输入身份验证器应用显示的六位数字。", en: "Besides the password, sign-in asks for six digits that an authenticator app shows." }
        totp_missing { zh: "本服务器还没有配置保存验证码密钥的密钥文件。请服务器管理员在配置的 [[accounts.totp_keys]] 里写上一个文件（openssl rand -hex 32）。", en: "This server has no key to keep second factors under. Its operator has to name a file in [[accounts.totp_keys]] of the configuration (openssl rand -hex 32)." }
        your_password { zh: "您的密码", en: "Your password" }
        begin { zh: "开始设置", en: "Set up" }
        scan { zh: "用身份验证器应用扫描二维码，或手工输入密钥。", en: "Scan this with your authenticator app, or type the secret." }
        qr { zh: "密钥的二维码", en: "QR code of the secret" }
        secret { zh: "密钥", en: "Secret" }
        code { zh: "验证码", en: "Code" }
        code_hint { zh: "应用现在显示的六位数字", en: "The six digits that the app shows now" }
        confirm { zh: "确认并启用", en: "Confirm and switch on" }
        recovery { zh: "恢复码。每个只能用一次，代替验证码登录。现在就抄下来，之后不再显示。", en: "Recovery codes. Each is good for one sign-in in place of a code. Write them down now; they are not shown again." }
        kept { zh: "我已保存", en: "I have stored them" }
        on_since { zh: "启用时间", en: "On since" }
        left { zh: "剩余恢复码", en: "Recovery codes left" }
        either { zh: "六位数字或恢复码", en: "Six digits, or a recovery code" }
        more { zh: "更换恢复码", en: "New recovery codes" }
        off { zh: "停用验证码", en: "Switch off" }
        off_line { zh: "停用后，登录只需要密码。", en: "Sign-in will ask for the password alone." }
        sessions { zh: "登录中的设备", en: "Sessions" }
        sessions_line { zh: "只记录浏览器类型和时间，不保存地址。", en: "Kind of browser and times only. No address is kept." }
        h_browser { zh: "浏览器", en: "Browser" }
        h_begun { zh: "开始", en: "Began" }
        h_seen { zh: "最近使用", en: "Last seen" }
        h_end { zh: "操作", en: "Action" }
        this { zh: "当前", en: "This one" }
        end { zh: "退出", en: "End" }
        end_others { zh: "退出其他全部登录", en: "Sign out everywhere else" }
        other_browser { zh: "其他", en: "Other" }
    }
}

catalogue! {
    /// Texts of the page of the member's people.
    pub struct UserTexts {
        title { zh: "人员", en: "People" }
        line { zh: "本机构的账号。成为批准人或管理员，须由另一位批准人或管理员放行。", en: "Accounts of your organisation. To become approver or administrator, another approver or administrator has to release it." }
        invite { zh: "邀请", en: "Invite" }
        invite_line { zh: "生成一次性链接，七天内有效。受邀人自己设定用户名和密码。", en: "Makes a link that is good once, for seven days. The invited person chooses name and password." }
        label { zh: "给谁", en: "For whom" }
        label_hint { zh: "显示在列表里，例如“仓库夜班”，最多 {n} 个字", en: "Shown in the list, such as “Warehouse, night shift”, at most {n} characters" }
        role { zh: "角色", en: "Role" }
        r_operator { zh: "操作员", en: "Operator" }
        r_approver { zh: "批准人", en: "Approver" }
        r_viewer { zh: "只读", en: "Viewer" }
        r_operator_admin { zh: "操作员，兼管理员", en: "Operator and administrator" }
        r_viewer_admin { zh: "只读，兼管理员", en: "Viewer and administrator" }
        make { zh: "生成链接", en: "Make the link" }
        made { zh: "把链接交给受邀人。链接只显示这一次。", en: "Give this link to the person. It is shown only now." }
        given { zh: "已经交给对方", en: "I have passed it on" }
        invitations { zh: "邀请记录", en: "Invitations" }
        no_invitations { zh: "还没有邀请过人。", en: "Nobody has been invited yet." }
        no_label { zh: "未注明", en: "No name" }
        st_open { zh: "等待接受，{time} 前有效", en: "Open until {time}" }
        st_accepted { zh: "已接受：{user}", en: "Accepted as {user}" }
        st_revoked { zh: "已收回", en: "Taken back" }
        st_expired { zh: "已过期", en: "Expired" }
        by { zh: "{user} 于 {time} 邀请", en: "By {user}, {time}" }
        revoke { zh: "收回", en: "Take back" }
        h_for { zh: "邀请", en: "Invitation" }
        h_state { zh: "状态", en: "State" }
        h_action { zh: "操作", en: "Action" }
        active { zh: "可以登录", en: "May sign in" }
        suspended { zh: "已停用", en: "Suspended" }
        since { zh: "账号建立", en: "Since" }
        factor { zh: "动态验证码", en: "Second factor" }
        yes { zh: "已启用", en: "On" }
        no { zh: "未启用", en: "Off" }
        you { zh: "您自己", en: "You" }
        asked { zh: "{user} 申请改为“{role}”，等待另一人放行", en: "{user} asked for: {role}. Another person has to release it" }
        release { zh: "放行", en: "Release" }
        decline { zh: "不放行", en: "Do not release" }
        release_ask { zh: "放行后，{name} 立即成为“{role}”。您确认认识此人吗？", en: "{name} becomes {role} at once. Do you know this person?" }
        changes { zh: "更改", en: "Change" }
        make_role { zh: "改为“{role}”", en: "Make {role}" }
        role_ask { zh: "把 {name} 改为“{role}”？", en: "Make {name} {role}?" }
        role_ask_second { zh: "申请把 {name} 改为“{role}”？须由另一位批准人或管理员放行。", en: "Ask for {name} to become {role}? Another approver or administrator has to release it." }
        suspend { zh: "停用账号", en: "Suspend" }
        suspend_ask { zh: "停用 {name}？此人会立即退出，不能再登录。", en: "Suspend {name}? All sessions end at once, and nobody signs in with it." }
        reactivate { zh: "恢复账号", en: "Reactivate" }
        reactivate_ask { zh: "让 {name} 重新可以登录？", en: "Let {name} sign in again?" }
        totp_off { zh: "停用其验证码", en: "Switch off the second factor" }
        totp_off_ask { zh: "停用 {name} 的验证码？仅在其丢失验证器时使用，会记入日志。", en: "Switch off the second factor of {name}? For a lost authenticator only; it stands in the log." }
        go { zh: "确认", en: "Yes" }
    }
}

catalogue! {
    /// Texts of the page of an invitation.
    pub struct InvitationTexts {
        title { zh: "建立账号", en: "Make your account" }
        line { zh: "{member} 邀请您成为“{role}”", en: "{member} invites you as {role}" }
        until { zh: "链接在 {time} 前有效，只能用一次。", en: "The link is good once, until {time}." }
        name { zh: "用户名", en: "User name" }
        name_hint { zh: "登录时使用，整个服务器上不能重名", en: "For signing in; nobody else on this server may have it" }
        password { zh: "密码", en: "Password" }
        go { zh: "建立账号", en: "Make the account" }
        done { zh: "账号已建立", en: "The account is made" }
        waits { zh: "在另一位批准人或管理员放行之前，这个账号只能查看。", en: "It only reads until another approver or administrator has released its role." }
        sign_in { zh: "去登录", en: "Sign in" }
        bad_title { zh: "链接已失效", en: "This link is not good any more" }
        bad { zh: "链接已用过、被收回或已满七天。请向邀请您的人要一个新链接。", en: "It was used, taken back, or its seven days are over. Ask who invited you for a new one." }
    }
}

catalogue! {
    /// Texts of the audit log.
    pub struct AuditTexts {
        title { zh: "操作日志", en: "Audit log" }
        line { zh: "本机构人员的操作，以及监管机构对本机构货物的查询、导出、召回和办案。只增不改，到期删除。", en: "What your people did, and what regulators did about your goods. Lines are added, never changed, and dropped when their time is over." }
        action { zh: "操作", en: "Action" }
        all { zh: "全部", en: "All" }
        user { zh: "用户名", en: "User name" }
        from { zh: "从", en: "From" }
        to { zh: "到", en: "To" }
        day_hint { zh: "例如 2026-11-01", en: "Such as 2026-11-01" }
        show { zh: "筛选", en: "Show" }
        clear { zh: "清除筛选", en: "Clear filters" }
        csv { zh: "下载这些记录", en: "Download these rows" }
        h_time { zh: "时间", en: "Time" }
        h_who { zh: "谁", en: "Who" }
        h_what { zh: "操作", en: "Action" }
        h_object { zh: "对象", en: "Of what" }
        server { zh: "服务器管理员", en: "Operator of the server" }
        refused { zh: "未成功", en: "Refused" }
        empty_title { zh: "还没有记录", en: "Nothing yet" }
        empty { zh: "登录、导出、人员变动等会记在这里。", en: "Sign-ins, exports and changes of accounts will stand here." }
        empty_filtered { zh: "没有符合条件的记录。", en: "No row fits these filters." }
        a_sign_in { zh: "登录", en: "Sign-in" }
        a_sign_out { zh: "退出登录", en: "Sign-out" }
        a_recovery_code_used { zh: "使用恢复码", en: "Recovery code used" }
        a_password_changed { zh: "修改密码", en: "Password changed" }
        a_totp_on { zh: "启用动态验证码", en: "Second factor on" }
        a_totp_off { zh: "停用动态验证码", en: "Second factor off" }
        a_recovery_codes_made { zh: "更换恢复码", en: "New recovery codes" }
        a_session_ended { zh: "退出一处登录", en: "Session ended" }
        a_sessions_ended { zh: "退出其他全部登录", en: "All other sessions ended" }
        a_invitation_made { zh: "发出邀请", en: "Invitation made" }
        a_invitation_revoked { zh: "收回邀请", en: "Invitation taken back" }
        a_invitation_accepted { zh: "接受邀请", en: "Invitation accepted" }
        a_user_set { zh: "服务器管理员设定账号", en: "Account set on the server" }
        a_user_changed { zh: "更改角色", en: "Role changed" }
        a_role_asked { zh: "申请角色", en: "Role asked for" }
        a_role_released { zh: "放行角色", en: "Role released" }
        a_role_declined { zh: "不放行角色", en: "Role not released" }
        a_user_suspended { zh: "停用账号", en: "Account suspended" }
        a_user_reactivated { zh: "恢复账号", en: "Account reactivated" }
        a_user_totp_off { zh: "停用他人验证码", en: "Second factor of another switched off" }
        a_key_made { zh: "新建接口密钥", en: "API key made" }
        a_key_rotated { zh: "更换接口密钥", en: "API key rotated" }
        a_key_revoked { zh: "吊销接口密钥", en: "API key revoked" }
        a_webhook_made { zh: "新建事件通知", en: "Webhook made" }
        a_webhook_changed { zh: "更改事件通知", en: "Webhook changed" }
        a_webhook_deleted { zh: "删除事件通知", en: "Webhook deleted" }
        a_codes_exported { zh: "导出编码", en: "Codes exported" }
        a_labels_exported { zh: "导出标签", en: "Labels exported" }
        a_pins_made { zh: "生成防伪 PIN", en: "PINs made" }
        a_table_exported { zh: "下载表格", en: "Table downloaded" }
        a_fsma204_exported { zh: "导出 FSMA 204 记录", en: "FSMA 204 records exported" }
        a_audit_exported { zh: "导出操作日志", en: "Audit log exported" }
        a_searched { zh: "监管查询", en: "Looked up" }
        a_recall_opened { zh: "发起召回", en: "Recall opened" }
        a_recall_approved { zh: "批准召回", en: "Recall approved" }
        a_recall_closed { zh: "结束召回", en: "Recall closed" }
        a_alert_step { zh: "药品警报办理", en: "Step in an alert" }
        a_report_step { zh: "举报办理", en: "Step in a case" }
        a_notices_imported { zh: "导入召回通告", en: "Recall notices imported" }
    }
}
