//! Texts of recall cases: scope, text, preview, approval, what came of it.

use crate::catalogue;

catalogue! {
    /// Texts of the pages of a recall case.
    pub struct CaseTexts {
        cases { zh: "召回案件", en: "Recall cases" }
        by_lot { zh: "按批号", en: "By lot" }
        asked_of_you { zh: "请您答复", en: "Asked of you" }
        new { zh: "发起召回", en: "Open recall" }
        untitled { zh: "未命名", en: "Without a title" }
        h_title { zh: "名称", en: "Title" }
        h_lots { zh: "批号数", en: "Lots" }
        h_reach { zh: "已答复", en: "Answered" }
        h_changed { zh: "更新", en: "Changed" }
        drill { zh: "演练", en: "Drill" }
        st_draft { zh: "草稿", en: "Draft" }
        st_opening { zh: "正在发起", en: "Being opened" }
        st_opened { zh: "等待第二人批准", en: "Waits for a second person" }
        st_approving { zh: "正在批准", en: "Being approved" }
        st_approved { zh: "召回中", en: "In force" }
        st_drill { zh: "演练中", en: "Drill under way" }
        st_closing { zh: "正在结束", en: "Being closed" }
        st_closed { zh: "已结束", en: "Closed" }
        st_withdrawing { zh: "正在撤回", en: "Being withdrawn" }
        st_withdrawn { zh: "已撤回", en: "Withdrawn" }
        step { zh: "第 {n} 步，共 5 步：{what}", en: "Step {n} of 5, {what}" }
        s_scope { zh: "范围", en: "scope" }
        s_text { zh: "原因与发布", en: "reason and publication" }
        s_check { zh: "预览并发起", en: "preview and opening" }
        s_approve { zh: "第二人批准", en: "second approval" }
        s_follow { zh: "通知、答复、结束", en: "notices, answers, end" }
        scope_title { zh: "召回哪些批号", en: "Which lots to recall" }
        scope_line { zh: "按任一条件查找，勾选后存入草稿。不会发出任何通知。", en: "Search by any of these, tick, and keep a draft. Nothing is sent." }
        f_words { zh: "产品名称或批号中的文字", en: "Words of a product or lot" }
        f_lot { zh: "批号", en: "Lot" }
        f_made_from { zh: "生产日期从", en: "Made from" }
        f_made_to { zh: "到", en: "to" }
        f_expires_from { zh: "有效期从", en: "Expires from" }
        f_serial_from { zh: "序列号从（需填 GTIN）", en: "Serials from (needs the GTIN)" }
        f_line { zh: "产线、工厂或 GLN", en: "Line, site or GLN" }
        f_ingredient_gtin { zh: "原料 GTIN", en: "Ingredient GTIN" }
        f_ingredient_lot { zh: "原料批号", en: "Ingredient lot" }
        f_supplier { zh: "供应商 GLN", en: "Supplier GLN" }
        more_terms { zh: "日期、序列号、产线、原料", en: "Dates, serials, line, ingredients" }
        search { zh: "查找", en: "Search" }
        found { zh: "找到的批号", en: "Lots found" }
        found_none { zh: "没有找到符合全部条件的批号。", en: "No lot fits all of this." }
        found_none_do { zh: "去掉一个条件再查找。", en: "Take one condition away and search again." }
        found_more { zh: "只显示前 {n} 个批号，还有更多。请缩小范围，或分成几个案件。", en: "These are the first {n} lots, and there are more. Ask for less, or make several cases." }
        found_cut { zh: "原料去向没有追完，可能还有批号不在这里。", en: "The lineage was not followed to its end. Lots may be missing here." }
        in_case { zh: "草稿中的批号", en: "Lots of the draft" }
        take { zh: "勾选", en: "Take" }
        h_product { zh: "产品", en: "Product" }
        h_packs { zh: "盒数", en: "Packs" }
        h_reachable { zh: "可拦下", en: "Can be stopped" }
        h_unknown { zh: "不明", en: "Not known" }
        in_range { zh: "其中 {n} 个序列号在范围内", en: "{n} serials in the range" }
        keep_lots { zh: "保存并继续", en: "Keep these and go on" }
        pick_one { zh: "至少勾选一个批号", en: "Tick at least one lot" }
        n_unsealed { zh: "未封批，盒数不明", en: "Not sealed: packs not counted" }
        unsealed_lots { zh: "{n} 个批号尚未封批，盒数不明。", en: "Lots without a count, because they are not sealed: {n}." }
        n_unplaced { zh: "有盒装不知在谁手中", en: "Packs that nobody can place" }
        n_on_the_way { zh: "有盒装在途，不知是否到货", en: "Packs on their way" }
        n_serials { zh: "本服务器没有它的序列号清单，可能涉及", en: "Its serials are not on this server: it may be concerned" }
        n_line { zh: "不知由哪条产线封批", en: "Sealed by no known line" }
        n_hotline { zh: "没有消费者热线", en: "No number for shoppers" }
        recalled_already { zh: "已在 {n} 级召回中", en: "In a class {n} recall already" }
        text_title { zh: "原因与发布", en: "Reason and publication" }
        text_line { zh: "草稿随时可以保存，之后再改。", en: "Keep the draft whenever you like, and change it later." }
        t_title { zh: "名称", en: "Title" }
        t_title_hint { zh: "内部和持有机构可见，消费者看不到", en: "For you and the holders. Shoppers do not see it." }
        t_region { zh: "适用地区", en: "Region" }
        t_publication { zh: "其他发布渠道", en: "Published elsewhere" }
        t_publication_hint { zh: "扫码页、召回列表和订阅源总会发布；演练从不发布", en: "The scan page, the list of recalls and its feeds always show it; a drill never" }
        t_keep { zh: "保存并预览", en: "Keep and preview" }
        check_line { zh: "尚未发出任何通知。", en: "Nothing has been sent." }
        check_lots { zh: "{n} 个批号", en: "{n} lots" }
        check_lots_one { zh: "1 个批号", en: "1 lot" }
        check_title { zh: "{packs}，{lots}", en: "{packs} in {lots}" }
        missing { zh: "还缺：{what}", en: "Still missing: {what}" }
        shoppers { zh: "消费者会看到", en: "What shoppers read" }
        hotline { zh: "热线", en: "Number to call" }
        shoppers_drill { zh: "演练：消费者看不到任何变化。", en: "A drill: nothing changes for shoppers." }
        open { zh: "发起召回", en: "Open recall" }
        open_drill { zh: "发起演练", en: "Open drill" }
        open_ask { zh: "对 {lots}、{packs} 发起召回？第二人批准后生效。", en: "Open a recall of {lots} with {packs}? It takes effect when a second person approves it." }
        open_ask_drill { zh: "对 {lots}、{packs} 发起演练？消费者不会看到变化。", en: "Open a drill for {lots} with {packs}? Shoppers see no change." }
        open_yes { zh: "签署并发起", en: "Sign and open" }
        discard { zh: "删除草稿", en: "Discard draft" }
        discard_ask { zh: "删除这份含 {lots} 的草稿？不能恢复。", en: "Discard this draft with {lots}? It cannot be brought back." }
        discard_yes { zh: "删除", en: "Discard" }
        no_draft { zh: "它已不是草稿，不能再改。", en: "It is no draft any more and cannot be changed." }
        to_case { zh: "查看案件", en: "See the case" }
        edit_scope { zh: "修改范围", en: "Change scope" }
        edit_text { zh: "修改文字", en: "Change text" }
        one_line { zh: "{class}，{lots}，{packs}。", en: "{class}, {lots}, {packs}." }
        one_drill { zh: "演练：", en: "Drill: " }
        progress { zh: "{n} / {m} 个批号已上链", en: "{n} of {m} lots are on the chain" }
        progress_note { zh: "中断后会从这里继续，不会重复发送。", en: "It goes on from here after an interruption. Nothing is sent twice." }
        stands_still { zh: "这一步停住了", en: "This step stands still" }
        again { zh: "再试一次", en: "Go on" }
        again_ask { zh: "继续这一步？已完成的批号不会重复。", en: "Go on with this step? Lots that are done are left alone." }
        approve { zh: "批准召回", en: "Approve recall" }
        approve_drill { zh: "批准演练", en: "Approve drill" }
        approve_ask { zh: "批准后，扫描这 {packs} 的人立即看到“已召回”，持有机构立即收到通知。", en: "When you approve, whoever scans one of {packs} reads “Recalled” at once, and the holders are told." }
        approve_ask_drill { zh: "批准这次涉及 {packs} 的演练。持有机构会收到通知，消费者看不到变化。", en: "Approve this drill with {packs}. The holders are told; shoppers see no change." }
        approve_yes { zh: "签署批准", en: "Sign the approval" }
        approve_other { zh: "由另一位有批准权限的人批准。", en: "Another person with the approver's role approves it." }
        type_packs { zh: "请输入盒数以确认：{n}", en: "Type the number of packs to confirm: {n}" }
        reason { zh: "原因", en: "Reason" }
        withdraw { zh: "撤回", en: "Withdraw" }
        withdraw_ask { zh: "撤回这个尚未生效的召回（{lots}）？", en: "Withdraw this recall of {lots}? It was never in force." }
        withdraw_yes { zh: "撤回", en: "Withdraw" }
        close { zh: "结束召回", en: "Close recall" }
        close_drill { zh: "结束演练", en: "Close drill" }
        close_ask { zh: "结束跟进？{n} 家机构尚未答复完，{packs} 没有交代。编码扫码时仍显示“已召回”。", en: "Stop following this recall? Holders without a full answer: {n}; packs without one: {packs}. The codes go on reading “Recalled”." }
        close_ask_drill { zh: "结束演练？{n} 家机构尚未答复完，{packs} 没有交代。", en: "End the drill? Holders without a full answer: {n}; packs without one: {packs}." }
        close_yes { zh: "签署并结束", en: "Sign and close" }
        end_reason { zh: "结束原因", en: "Why it ended" }
        where_are { zh: "{packs}现在在哪里", en: "Where {packs} are" }
        answers_title { zh: "持有机构的答复", en: "What holders answered" }
        a_found { zh: "找到，未隔离", en: "Found" }
        a_quarantined { zh: "已隔离", en: "Set apart" }
        a_sold { zh: "已售出", en: "Sold" }
        a_unaccounted { zh: "找不到", en: "Not found" }
        a_not_answered { zh: "未答复", en: "Not answered" }
        a_not_explained { zh: "未说明", en: "Not explained" }
        beyond { zh: "另有 {packs} 超出链上记录，持有机构已说明来由。", en: "{packs} more were answered than the chain knows of; the holders say why." }
        k_reach { zh: "已打开通知", en: "Opened the notice" }
        k_answered { zh: "已答复完", en: "Answered in full" }
        k_quarantined { zh: "已隔离", en: "Set apart" }
        of { zh: "{n} / {m}", en: "{n} of {m}" }
        unreached { zh: "尚未打开通知的机构", en: "Not reached" }
        unreached_none { zh: "所有机构都打开了通知。", en: "Every holder has opened its notice." }
        holders { zh: "机构", en: "Holders" }
        h_held { zh: "持有", en: "Packs held" }
        h_seen { zh: "打开通知", en: "Opened" }
        h_answered { zh: "答复", en: "Answered" }
        h_reminded { zh: "催办", en: "Reminded" }
        not_yet { zh: "尚未", en: "Not yet" }
        reminded_n { zh: "{n} 次，最近 {time}", en: "{n} ×, last {time}" }
        lots_n { zh: "{n} / {m} 批", en: "{n} of {m} lots" }
        stopwatch { zh: "用时", en: "Stopwatch" }
        w_opened { zh: "从起草到发起", en: "Draft to opened" }
        w_approved { zh: "到批准", en: "To approved" }
        w_seen { zh: "到全部打开通知", en: "To opened by every holder" }
        w_answered { zh: "到全部答复", en: "To answered by every holder" }
        w_closed { zh: "到结束", en: "To closed" }
        seconds { zh: "{n} 秒", en: "{n} s" }
        signed { zh: "签署", en: "Signed by" }
        d_open { zh: "发起", en: "Opened" }
        d_approve { zh: "批准", en: "Approved" }
        d_close { zh: "结束", en: "Closed" }
        d_withdraw { zh: "撤回", en: "Withdrawn" }
        lots { zh: "批号", en: "Lots" }
        task_title { zh: "召回通知", en: "Recall notice" }
        task_line { zh: "{by} 正在召回您持有或曾持有的批号。", en: "{by} recalls lots that you hold or held." }
        task_line_drill { zh: "{by} 的演练：请照真的做，消费者看不到变化。", en: "A drill by {by}: do as if it were real. Shoppers see no change." }
        task_ended { zh: "案件已结束，不再接受答复。", en: "The case has ended and takes no more answers." }
        task_none { zh: "没有召回通知", en: "No recall notices" }
        task_none_words { zh: "您持有或曾持有的批号被召回时会显示在这里。", en: "When a lot that you hold or held is recalled, it stands here." }
        what_to_do { zh: "停止销售，清点，隔离，然后按批号填写。四项互不重复。", en: "Stop selling, count, set apart, then fill in each lot. The four counts exclude each other." }
        chain_says { zh: "链上记录", en: "The chain says" }
        note { zh: "说明", en: "Note" }
        note_hint { zh: "超过链上记录的数量时必填", en: "Needed for more packs than the chain says" }
        answer { zh: "签署答复", en: "Sign the answer" }
        answer_ask { zh: "以贵机构名义签署这份答复？之后可以更正，每次答复都会保留。", en: "Sign this answer in the name of your organisation? You can correct it later; every answer is kept." }
        answered_before { zh: "已提交的答复", en: "Answers so far" }
        answers_none { zh: "还没有答复。", en: "No answer yet." }
        revision { zh: "第 {n} 次 · {user}", en: "Answer {n}, {user}" }
        on_its_way { zh: "已签署，正在上链", en: "Signed, on its way to the chain" }
        told { zh: "收到通知", en: "Told" }
        reminded_at { zh: "最近催办：{time}", en: "Last reminder: {time}" }
        bad_count { zh: "请填写整数，没有就填 0", en: "Fill in whole numbers, 0 for none" }
        not_explained_n { zh: "未说明 {n}", en: "Not explained: {n}" }
        by { zh: "发起机构", en: "Recalled by" }
        report_pdf { zh: "报告 PDF", en: "Report (PDF)" }
        record_json { zh: "封存记录", en: "Sealed record" }
        record_tx { zh: "签名", en: "Signature" }
        record { zh: "封存记录", en: "Sealed record" }
        record_line { zh: "整个案件的 JSON。它的 SHA-256 已上链：", en: "The whole case as JSON. Its SHA-256 is on the chain:" }
    }
}
