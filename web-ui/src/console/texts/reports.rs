//! Texts of the pages of reports.

use crate::catalogue;

catalogue! {
    /// Texts of the pages of reports.
    pub struct ReportTexts {
        title { zh: "举报", en: "Reports" }
        line { zh: "消费者对疑似假冒商品的举报。请在三天内查看。", en: "What shoppers report as a suspected fake. Look at each within three days." }
        all { zh: "全部", en: "All" }
        filter { zh: "按状态筛选", en: "Filter by state" }
        st_received { zh: "待查看", en: "Not looked at" }
        st_in_work { zh: "核查中", en: "In work" }
        st_closed { zh: "已结束", en: "Closed" }
        overdue { zh: "已超期 {span}", en: "Overdue by {span}" }
        due { zh: "还有 {span}", en: "Due in {span}" }
        f_fake { zh: "是假冒", en: "A fake" }
        f_no_fake { zh: "不是假冒", en: "No fake" }
        f_cannot_tell { zh: "无法判定", en: "Cannot be told" }
        f_duplicate { zh: "重复举报", en: "Duplicate" }
        w_looks { zh: "包装看起来不一样", en: "The pack looks different" }
        w_print { zh: "批号或有效期不符", en: "Lot or expiry does not match" }
        w_seal { zh: "封口已开或破损", en: "The seal was open or damaged" }
        w_seller { zh: "购买渠道可疑", en: "Where it was sold" }
        w_other { zh: "其他", en: "Something else" }
        h_case { zh: "编号", en: "Case" }
        h_product { zh: "产品", en: "Product" }
        h_what { zh: "问题", en: "What is wrong" }
        h_state { zh: "状态", en: "State" }
        h_received { zh: "收到", en: "Received" }
        no_code { zh: "没有扫码", en: "Without a code" }
        unknown_product { zh: "未登记的产品", en: "A product that nobody has registered" }
        same { zh: "同一代码 {n} 次", en: "This code {n} times" }
        empty_title { zh: "没有举报", en: "No reports" }
        empty { zh: "消费者在验证页面上举报后会显示在这里。", en: "What shoppers report on the page of a code will stand here." }
        empty_filtered { zh: "没有这种状态的举报。", en: "None in this state." }
        reported { zh: "举报内容", en: "What was reported" }
        code { zh: "代码", en: "Code" }
        lot { zh: "批号", en: "Lot" }
        place { zh: "购买地点", en: "Bought at" }
        contact { zh: "联系方式", en: "Contact" }
        contact_none { zh: "未留，或已按期删除", en: "None given, or deleted when its time was over" }
        contact_not_yours { zh: "仅监管部门可见", en: "Only the regulator sees it" }
        contact_kept { zh: "结束 30 天后删除，最长保留 180 天。", en: "Deleted 30 days after the end, at the latest after 180 days." }
        photos_title { zh: "照片", en: "Photos" }
        photo { zh: "第 {n} 张照片", en: "Photo {n}" }
        photos_kept { zh: "已去除位置和相机信息。与联系方式同时删除。", en: "Without place and camera data. Deleted together with the contact." }
        see_trace { zh: "查看追溯", en: "Trace this pack" }
        see_recall { zh: "召回这一批", en: "Recall this lot" }
        same_title { zh: "同一代码的其他举报", en: "Other reports of this code" }
        step_title { zh: "下一步", en: "Next step" }
        status { zh: "状态", en: "State" }
        finding { zh: "结果", en: "Finding" }
        finding_hint { zh: "结束时填写。认定假冒后，扫这个编码的人都会看到“疑似被复制”；认定不是假冒后，之前的查询不再作为可疑依据。", en: "When you close the case. After “a fake” every scan of this code says “possible copy”; after “no fake” the checks until now are not held against it." }
        finding_none { zh: "还没有结果", en: "None yet" }
        reply { zh: "给举报人的答复", en: "Answer to the person" }
        reply_hint { zh: "凭编号可见，最多 {n} 个字。结束时必填。", en: "Shown under the case number, at most {n} characters. A closed case needs one." }
        note { zh: "内部备注", en: "Note" }
        note_hint { zh: "只有经办人员可见，最多 {n} 个字", en: "For those who work on the case, at most {n} characters" }
        save { zh: "保存", en: "Save" }
        finding_missing { zh: "结束时请选择结果", en: "Choose a finding to close the case" }
        log { zh: "经过", en: "What was done" }
        log_empty { zh: "还没有人查看。", en: "Nobody has looked at it yet." }
        rules_title { zh: "规则的判断与查验结果", en: "What the rules had said, and what was found" }
        rules_line { zh: "有结果的案件：假冒 {fake} 件，不是假冒 {no_fake} 件。", en: "Cases with a finding: fakes {fake}, no fakes {no_fake}." }
        h_rule { zh: "规则", en: "Rule" }
        r_disowned { zh: "有人否认查询过，或印刷不符", en: "Somebody disowned a check, or the print differed" }
        r_too_many { zh: "一天内设备过多", en: "Many devices within a day" }
        r_too_fast { zh: "两地间隔时间过短", en: "Too far apart for the time between" }
        r_too_far { zh: "几天内出现在相距很远的地区", en: "In areas far apart within days" }
        r_strangers { zh: "查询的陌生人过多", en: "More strangers than one pack meets" }
        r_wrong_market { zh: "在没有发往的地区", en: "Outside its market" }
        r_before_sale { zh: "上市前在别处", en: "Elsewhere before it was on sale" }
        r_after_sale { zh: "售出很久之后", en: "Long after its sale" }
        r_burst { zh: "同箱其他商品出现在别处", en: "Others of its case elsewhere" }
        r_none { zh: "没有规则提示", en: "No rule had said anything" }
        by { zh: "{user} · {member}", en: "{user}, {member}" }
    }
}
