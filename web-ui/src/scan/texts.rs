//! The texts of the scan pages. `{d}` is the word for the reader's machine ([`ScanTexts::phone`] or
//! [`ScanTexts::device`]); the other placeholders are named where they are filled. Chinese is written, not translated.

use crate::catalogue;

catalogue! {
    /// Texts of the verdict pages, the report and the code entry.
    pub struct ScanTexts {
        phone { zh: "手机", en: "phone" }
        device { zh: "设备", en: "device" }
        colon { zh: "：", en: ": " }

        // --- header, strip and footer
        footer_host { zh: "当前网址 {host}，如有疑问请手动输入。", en: "You are on {host}. Unsure? Type it yourself." }
        footer_report { zh: "举报问题", en: "Report a problem" }
        footer_type { zh: "手动输入编码", en: "Type a code" }
        footer_recalls { zh: "召回公告", en: "Recalls" }
        footer_privacy { zh: "不保存姓名和精确位置", en: "We keep no name and no exact place" }
        strip_server { zh: "以上为服务器的回答，您的{d}尚未核验。", en: "The server says this. Your {d} has not checked it yet." }
        strip_server_only { zh: "以上为服务器的回答。", en: "The server says this." }
        strip_judges { zh: "这是服务器的判断，您的{d}只能核验记录。", en: "The server judges this. Your {d} can check the record, not the judgement." }
        strip_nobody { zh: "没有收到回答，本页不是查询结果。", en: "Nobody has answered. This page is not a result." }
        strip_checked { zh: "您的{d}已核验", en: "Your {d} has checked this" }
        strip_checked_at { zh: " · 今天 {time}", en: " · today {time}" }
        strip_part { zh: "您的{d}已核验记录。", en: "Your {d} has checked the record." }
        strip_part_count { zh: "查询次数由服务器提供。", en: "The number of checks is the server’s word." }
        strip_part_judge { zh: "判断由服务器作出。", en: "The judgement is the server’s." }
        strip_failed { zh: "您的{d}未能证实", en: "Your {d} could not confirm" }
        strip_failed_rest { zh: "服务器的回答", en: " what the server said" }
        strip_not_run { zh: "您的{d}无法进行核验，以上仍为服务器的回答。", en: "Your {d} could not run the check. This is still the server’s word." }
        strip_recall_ahead { zh: "您的{d}核验的记录中还没有这次召回，仍请按召回处理。", en: "The record your {d} checked does not show this recall yet. Follow it all the same." }

        // --- why
        why_first { zh: "由{maker}赋码，未召回，未过期。", en: "Issued by {maker}. Not recalled, not expired." }
        why_first_plain { zh: "未召回，未过期。", en: "Not recalled, not expired." }
        why_before_one { zh: "此前查询过 1 次：{when}。", en: "1 earlier check, on {when}." }
        why_before { zh: "此前查询过 {n} 次。首次：{when}。", en: "{n} earlier checks. The first was on {when}." }
        why_before_plain { zh: "此前查询过 {n} 次。", en: "Earlier checks: {n}." }
        near_in_sentence { zh: "，{place}附近", en: ", near {place}" }
        why_sold { zh: "登记的售出时间：{when}。", en: "Its sale was recorded on {when}." }
        why_sold_plain { zh: "它的售出已有登记。", en: "Its sale is on record." }
        why_out { zh: "是我们的服务没有响应。", en: "The fault is ours: our service did not answer." }
        why_not_activated { zh: "企业还没有放行这一批。", en: "Its maker has not released this batch." }
        why_unknown { zh: "可能是输入有误、非联盟商品，或编造的编码。", en: "It may be a typing slip, a pack from outside the alliance, or invented." }
        why_false { zh: "这一批确有其事，但企业封存的编码中没有这一个。", en: "The batch exists, but this code is not among those its maker sealed." }
        why_recalled { zh: "{reason}{when}起召回。", en: "{reason} Recalled on {when}." }
        why_recalled_plain { zh: "这一批已被召回。", en: "Its batch is recalled." }
        why_expired { zh: "有效期至 {expiry}。", en: "It expired on {expiry}." }
        why_expired_food { zh: "保质期至 {expiry}。", en: "Its best-before date was {expiry}." }
        why_expired_plain { zh: "它的有效期已过。", en: "Its date has passed." }
        why_stolen { zh: "持有它的企业已报失窃。", en: "The company that held it has reported it stolen." }
        why_taken_out { zh: "它已抽检、销毁或出口，不应再出售。", en: "It was sampled, destroyed or exported, and should not be on sale." }
        why_found_fake { zh: "带有此编码的一件商品经查验是假冒的。", en: "An item that carried this code was examined and was a fake." }
        why_too_fast { zh: "同一编码几乎同时在两地被查询。", en: "The same code was checked in two places at nearly the same time." }
        why_too_many { zh: "{hours} 小时内被查询 {count} 次。", en: "It was checked {count} times within {hours} hours." }
        why_strangers { zh: "已有 {devices} 部不同的手机查询过它。", en: "{devices} different phones have checked it." }
        why_too_far { zh: "几天之内，它在相距很远的 {areas} 个地区被查询过。", en: "Within days it was checked in {areas} areas far apart." }
        why_before_sale { zh: "它还没有到销售点，就在别处被查询过。", en: "It was checked elsewhere before it had come to an outlet." }
        why_wrong_market { zh: "它在{place}附近被查询，但没有发往那里。", en: "It was checked near {place}, where it was never sent." }
        why_wrong_market_far { zh: "它在没有发往的地区被查询。", en: "It was checked in a region where it was never sent." }
        why_after_sale { zh: "售出之后，又有别人查询。", en: "Other people checked it after it had been sold." }
        why_burst { zh: "{neighbours} 个相邻编码同时被查询。", en: "{neighbours} neighbouring codes were checked at the same time." }
        why_disowned { zh: "此前有人报告包装不一致，或不是本人查询。", en: "Somebody reported that the print differs, or that a check was not theirs." }
        why_suspicious_plain { zh: "查询记录显示它可能被复制。", en: "The pattern of checks does not fit one pack." }

        // --- the lens
        lens_first { zh: "请核对包装上的两处", en: "Now compare two things" }
        lens_two { zh: "请核对两处", en: "Compare two things" }
        lens_pack { zh: "核对包装", en: "Compare the pack" }
        lens_included { zh: "这一件在召回范围内", en: "This pack is included" }
        lot { zh: "批号", en: "Lot" }
        expiry { zh: "有效期至", en: "Expiry" }
        best_before { zh: "保质期至", en: "Best before" }
        both_match { zh: "两处一致", en: "Both match" }
        one_differs { zh: "不一致", en: "One differs" }
        it_matches { zh: "一致", en: "It matches" }
        it_differs { zh: "不一致", en: "It differs" }

        // --- the device's check
        check_title { zh: "不必相信我们，自己核验", en: "Check it without trusting us" }
        check_text { zh: "您的{d}可以核验这个回答背后的证明。无需安装应用，不上传任何信息，需加载 {kb} KB。", en: "Your {d} can check the proof behind this answer. It needs no app, sends nothing and loads {kb} KB." }
        check_text_download { zh: "您可以下载这个回答背后的证明，自行核验。", en: "You can download the proof behind this answer and check it yourself." }
        check_button { zh: "用这台{d}核验", en: "Check on this {d}" }
        check_busy { zh: "正在核验…", en: "Checking…" }
        check_download { zh: "下载证明", en: "Download the proof" }
        check_offline { zh: "保存为离线页，无网络也能核验", en: "Keep it as a page that checks itself offline" }
        offline_page { zh: "保存离线核验页：无网络时核验已保存的证明", en: "Keep a page that checks saved proofs without a network" }
        check_as_of { zh: "依据第 {height} 个区块，{when}。", en: "As of block {height}, {when}." }
        checked_title { zh: "您的{d}已核验", en: "Your {d} has checked" }
        ok_signed { zh: "联盟成员已签名", en: "Signed by the alliance" }
        ok_fresh { zh: "数据是最新的", en: "Up to date" }
        ok_complete { zh: "记录完整", en: "Complete" }
        ok_pack { zh: "就是这一件", en: "This pack" }
        ok_witness { zh: "外部见证", en: "Seen by witnesses" }
        ok_witness_text { zh: "{witnesses_of} 家见证方中 {witnesses} 家", en: "{witnesses} of {witnesses_of} witnesses" }
        ok_signed_text { zh: "{members} 家成员中 {signed} 家", en: "{signed} of {members} members" }
        ok_fresh_s { zh: "核验时为 {n} 秒前", en: "{n} s old when checked" }
        ok_fresh_min { zh: "核验时为 {n} 分钟前", en: "{n} min old when checked" }
        ok_fresh_h { zh: "核验时为 {n} 小时前", en: "{n} h old when checked" }
        ok_complete_text { zh: "共 {n} 个环节，无法隐去任何一个", en: "Steps on record: {n}. None can be left out" }
        ok_pack_text { zh: "记录与地址栏中的编码相符", en: "The record is about the code in the address bar" }
        limit { zh: "这证明的是记录，不是实物。被复制的编码同样能通过，所以请核对包装。", en: "This proves the record, not the goods. A copied code passes too, so compare the pack." }
        show_proof { zh: "查看证明", en: "Show the proof" }
        proof_block { zh: "区块", en: "Block" }
        proof_time { zh: "区块时间", en: "Block time" }
        proof_genesis { zh: "联盟创世哈希", en: "Alliance genesis" }

        // --- the device could not confirm
        failed_word { zh: "未能证实", en: "Not confirmed" }
        failed_line { zh: "请不要相信这个回答", en: "Do not rely on this answer" }
        failed_why { zh: "服务器回答“{word}”，但它给出的证明对不上。", en: "The server said “{word}”. The proof it sent does not fit." }
        failed_do { zh: "请换一个网络再试一次。若仍未通过，请勿使用，并告诉我们。", en: "Try once more on another network. If it fails again, do not use the pack, and tell us." }
        failed_again { zh: "再核验一次", en: "Check again" }
        failed_report { zh: "举报", en: "Report this" }
        failed_found { zh: "您的{d}发现", en: "What your {d} found" }
        failed_fake { zh: "我这盒是假的吗？", en: "Is my pack a fake?" }
        failed_fake_text { zh: "还不能确定。我们的服务故障也会造成这种情况。请看浏览器地址栏，应为：", en: "We do not know. A fault on our side can cause this too. Look at the address bar: it must read" }
        part_certificate { zh: "签名不成立", en: "Signatures do not hold" }
        part_certificate_text { zh: "没有足够的联盟成员签署这个区块。", en: "Not enough members of the alliance have signed this block." }
        part_steps { zh: "验证人变更不成立", en: "A change of validators does not hold" }
        part_steps_text { zh: "变更没有得到原验证人的签署。", en: "The validators before it did not sign it." }
        part_witness { zh: "见证不成立", en: "A witness did not sign" }
        part_witness_text { zh: "见证方的签名不属于这份记录。", en: "A witness's signature does not belong to this record." }
        part_header { zh: "区块头不符", en: "Block header does not fit" }
        part_header_text { zh: "区块头与成员签署的内容不一致。", en: "The block header is not the one the members signed." }
        part_freshness { zh: "数据过旧", en: "Out of date" }
        part_freshness_text { zh: "服务器给出的记录太旧，或时间在未来。", en: "The record is too old, or its time lies in the future." }
        part_state_proof { zh: "状态证明不成立", en: "State proof does not hold" }
        part_state_proof_text { zh: "服务器所说的状态不在联盟签署的记录中。", en: "The state the server showed is not the one the alliance has signed." }
        part_history { zh: "记录不完整", en: "Not complete" }
        part_history_text { zh: "服务器给出的环节与联盟签署的不一致。", en: "The steps the server showed are not those the alliance has signed." }
        part_batch_path { zh: "不属于这一批", en: "Not in this batch" }
        part_batch_path_text { zh: "这个编码不在企业封存的批次中。", en: "The code is not under the batch its maker sealed." }
        part_containment { zh: "装箱关系不符", en: "Packing does not fit" }
        part_containment_text { zh: "这一件与所说的箱或托盘对不上。", en: "The pack is not in the case or pallet that the server named." }
        part_genesis { zh: "不是这个联盟", en: "Another alliance" }
        part_genesis_text { zh: "证明属于另一个联盟。", en: "The proof belongs to a different alliance." }
        part_subject { zh: "不是这一件", en: "Another pack" }
        part_subject_text { zh: "证明说的是另一个编码。", en: "The proof is about a different code." }
        part_format { zh: "证明无法读取", en: "Proof cannot be read" }
        part_format_text { zh: "服务器给出的证明格式有误。", en: "The proof the server sent is malformed." }
        part_recalled { zh: "记录显示已召回", en: "The record says recalled" }
        part_recalled_text { zh: "联盟的记录显示这一批已召回，服务器没有说。请勿使用。", en: "The alliance’s record says this batch is recalled, and the server did not. Do not use it." }

        // --- journey
        journey_title { zh: "它到过哪里", en: "Where it has been" }
        step_made { zh: "{place}生产", en: "Made in {place}" }
        step_made_plain { zh: "生产", en: "Made" }
        step_sealed { zh: "放行，批次封存", en: "Released, batch sealed" }
        step_way { zh: "运输途中", en: "On the way" }
        step_way_from { zh: "运输途中，{place}发出", en: "On the way from {place}" }
        step_at { zh: "{place}，{role}", en: "{role}, {place}" }
        step_sold { zh: "已售出，{role}", en: "Sold, {role}" }
        step_sold_at { zh: "已售出，{place}{role}", en: "Sold, {role}, {place}" }
        step_recalled { zh: "批次召回", en: "Batch recalled" }
        step_taken_out { zh: "注销", en: "Taken out of use" }
        since { zh: "{when} 起", en: "Since {when}" }
        signed_line { zh: "产线相机读取", en: "read by line camera" }
        signed_both { zh: "双方均已签名", en: "both sides signed" }
        signed_one { zh: "一方已签名", en: "one side signed" }
        state_withdrawn { zh: "已撤回", en: "withdrawn" }
        role_maker { zh: "企业", en: "Maker" }
        role_wholesaler { zh: "批发企业", en: "Wholesaler" }
        role_logistics { zh: "物流企业", en: "Logistics" }
        role_pharmacy { zh: "药店", en: "Pharmacy" }
        role_hospital { zh: "医院", en: "Hospital" }
        role_shop { zh: "商店", en: "Shop" }
        role_regulator { zh: "监管部门", en: "Regulator" }

        // --- record
        record_title { zh: "登记信息", en: "On record" }
        record_maker { zh: "上市许可持有人", en: "Maker" }
        record_maker_food { zh: "生产企业", en: "Maker" }
        record_approval { zh: "批准文号", en: "Approval" }
        record_approval_food { zh: "生产许可证", en: "Licence" }
        record_made { zh: "生产日期", en: "Made" }
        record_checks { zh: "查询记录", en: "Earlier checks" }
        record_checks_none { zh: "首次查询", en: "None" }
        record_checks_n { zh: "{n} 次", en: "{n}" }
        record_gtin { zh: "GTIN", en: "GTIN" }
        record_serial { zh: "序列号", en: "Serial" }

        // --- questions
        ask_before { zh: "您或家人查过吗？", en: "Did you, or someone at home, check it?" }
        ask_before_yes { zh: "是，我们查的", en: "Yes, it was" }
        ask_before_no { zh: "不是我们", en: "No, not us" }
        ask_before_text { zh: "回答“是”很正常，很多人会在家再查一次。“不是”可能意味着编码被复制，我们会告诉您怎么办。", en: "Yes is normal: many people check again at home. No may mean that the code was copied; we then tell you what to do." }
        ask_sold { zh: "是卖给您或家人的吗？", en: "Was it sold to you, or to someone at home?" }
        ask_sold_yes { zh: "是，我们买的", en: "Yes, to us" }
        ask_sold_no { zh: "不是我们", en: "No, not us" }
        ask_sold_text { zh: "回答“是”很正常，售出时已作登记。“不是”可能意味着编码被复制，或包装被重新出售。", en: "Yes is normal: the sale was recorded at the till. No may mean that the code was copied or the pack sold again." }
        earlier_title { zh: "查询记录", en: "Earlier checks" }
        earlier_near { zh: "{place}附近", en: "Near {place}" }
        earlier_unknown { zh: "位置未知", en: "Place unknown" }
        earlier_first { zh: "首次查询", en: "first check" }
        earlier_more { zh: "另有 {n} 次未列出", en: "{n} more not listed" }
        earlier_now { zh: "您，刚刚", en: "You, now" }

        // --- what to do
        do_now { zh: "现在请这样做", en: "What to do now" }
        do_title { zh: "请这样做", en: "What to do" }
        do_show { zh: "请把本页出示给药师，或告诉我们，只需一分钟。", en: "Show this page to the pharmacist, or tell us. It takes a minute." }
        do_show_food { zh: "请把本页出示给销售者，或告诉我们，只需一分钟。", en: "Show this page to the seller, or tell us. It takes a minute." }
        do_false { zh: "请勿使用，留下包装和购物凭证，并告诉我们。", en: "Do not use it. Keep the pack and your proof of purchase, and tell us." }
        do_stolen { zh: "请勿使用。告诉我们您在哪里得到它，这能帮助别人。", en: "Do not use it. Tell us where you got it: that helps others." }
        do_taken_out { zh: "请勿使用。它本不该到您手中，请告诉我们在哪里得到它。", en: "Do not use it. It should not have reached you, so tell us where you got it." }
        do_report { zh: "举报这一件", en: "Report this pack" }
        do_report_place { zh: "举报购买地点", en: "Report where you got it" }
        why_title { zh: "为什么这样判断", en: "Why we say this" }
        too_fast_text { zh: "同一件商品不可能这么快到达。", en: "One pack cannot travel that fast." }
        too_fast_label { zh: "{minutes} 分钟 {km} 公里", en: "{km} km in {minutes} min" }
        too_fast_note { zh: "其中一件不是原件，我们无法判断是哪一件。位置为粗略区域，误差约 40 公里。", en: "One of these packs is not the original. We cannot tell which. Places are coarse, within about 40 km." }
        suspicious_note { zh: "原件和复制件的编码相同，我们无法判断您手中的是哪一件。", en: "An original and its copy carry the same code. We cannot tell which one you hold." }
        recall_step_stop { zh: "立即停用，外观完好也一样。", en: "Stop using it, also if the pack looks fine." }
        recall_step_stop_food { zh: "立即停止食用，外观完好也一样。", en: "Stop eating it, also if the pack looks fine." }
        recall_step_keep { zh: "保留包装，不要丢弃。", en: "Keep the pack. Do not throw it away." }
        recall_step_back { zh: "退回购买处，或拨打企业热线询问。", en: "Take it back to where you got it, or ask the maker by phone." }
        recall_call { zh: "拨打{maker}免费热线", en: "Call {maker}, free" }
        recall_harm { zh: "如果已经使用", en: "If someone has used it" }
        recall_harm_food { zh: "如果已经食用", en: "If someone has eaten it" }
        recall_class_i { zh: "一级召回", en: "Class I recall" }
        recall_class_ii { zh: "二级召回", en: "Class II recall" }
        recall_class_iii { zh: "三级召回", en: "Class III recall" }
        recall_lots { zh: "{class}，批号 {lots}。{when}开始。", en: "{class} of lots {lots}. Opened on {when}." }
        recall_lot { zh: "{class}，批号 {lots}。{when}开始。", en: "{class} of lot {lots}. Opened on {when}." }
        recall_no_lots { zh: "{class}。{when}开始。", en: "{class}. Opened on {when}." }
        list_and { zh: " 和 ", en: " and " }
        list_comma { zh: "、", en: ", " }
        dispose_title { zh: "已过期的商品", en: "An expired pack" }
        dispose_text { zh: "过期后，没有人能保证它安全有效。", en: "After its date nobody can promise that it is safe or works." }
        dispose_medicine { zh: "把剩余药品送到设有过期药品回收点的药店，不要倒入下水道。撕毁或涂划包装上的编码。", en: "Take what is left to a pharmacy that collects old medicines. Do not pour it down the drain. Cross out the code on the pack." }
        dispose_food { zh: "连同包装丢弃，并涂划包装上的编码。若是刚买的，请退回购买处。", en: "Throw it away in its pack, and cross out the code. If you have just bought it, take it back." }
        seller_title { zh: "先问一问销售者", en: "Ask the seller first" }
        seller_text { zh: "企业可能只是登记晚了，也可能是商品提前流出。", en: "The maker may only be late with its record, or the pack left too early." }
        seller_ask { zh: "请出示本页，询问进货来源和到货日期。得到答复之前请勿使用。", en: "Show this page. Ask where the pack came from and when it arrived. Do not use it before you have an answer." }

        // --- no answer
        out_tried { zh: "上次尝试：今天 {time} · 通常几分钟内恢复", en: "Last tried today {time} · usually back within minutes" }
        out_until { zh: "在此之前", en: "Until then" }
        out_look { zh: "看包装", en: "Look at the pack" }
        out_look_text { zh: "封口是否完好？批号、有效期是否清晰且未过期？", en: "Is the seal whole? Are lot and expiry printed, and not in the past?" }
        out_ask { zh: "问一问", en: "Ask" }
        out_ask_text { zh: "询问药师，或拨打包装上的电话", en: "Your pharmacist, or the number printed on the pack" }
        out_keep { zh: "保存编码", en: "Keep the code" }
        out_number { zh: "来电时请提供编号：", en: "If you call us, name this number: " }

        // --- typing a code
        typed_title { zh: "是手动输入的吗？", en: "Did you type it?" }
        typed_label { zh: "二维码下方印的编码", en: "Code as printed under the QR" }
        typed_hint { zh: "例如 (01)09521101530001(21)7F3K9QX2M4TB，空格会被忽略。", en: "For example (01)09521101530001(21)7F3K9QX2M4TB. Spaces are ignored." }
        typed_button { zh: "重新查询", en: "Check again" }
        entry_title { zh: "输入编码", en: "Type a code" }
        entry_text { zh: "编码印在二维码旁边或下方。", en: "It is printed beside or below the QR code." }
        entry_button { zh: "查询", en: "Check this code" }
        fault_empty { zh: "请输入编码。", en: "Please enter the code." }
        fault_digit { zh: "最后一位对不上。", en: "The last digit does not fit." }
        fault_digit_rest { zh: "若前 {n} 位正确，应为 {expected}，而不是 {found}。", en: " If the other {n} are right, it is {expected}, not {found}." }
        fault_char { zh: "第 {n} 个字符不对。", en: "Character {n} does not fit." }
        fault_char_rest { zh: "这里不会出现“{found}”。", en: " No code has “{found}” there." }
        fault_length { zh: "位数不对。", en: "The number of digits does not fit." }
        fault_length_rest { zh: "有 {found} 位，应为 {expected} 位。", en: " There are {found}; it should be {expected}." }
        fault_no_serial { zh: "缺少序列号。", en: "The serial is missing." }
        fault_no_serial_rest { zh: "请把 (21) 后面的字符也输入。", en: " Type the characters after (21) as well." }
        links_title { zh: "相关链接", en: "Links" }
        links_none { zh: "企业没有提供链接。", en: "Its maker has given no links." }
        links_unknown { zh: "没有登记这个商品，或没有这类链接。", en: "No such product is registered, or it has no such link." }
        links_pack { zh: "要查验某一件商品，请扫描包装上的码或输入编码。", en: "To check one pack, scan its code or type it." }
        links_check { zh: "输入编码", en: "Type a code" }
        scanned_title { zh: "是扫描包装得到的吗？", en: "Did you scan it from the pack?" }
        scanned_text { zh: "那么请当心：生产企业可能未加入联盟，也可能是编造的编码。询问销售者或企业之前，请勿使用。", en: "Then be careful. The maker may not take part in Tracelight, or the code may be invented. Do not use it before you have asked the seller or the maker." }
        means_title { zh: "这并不说明", en: "What this does not mean" }
        means_text { zh: "这不是假货的证据，但也不是好消息。", en: "It is not proof of a fake. It is also not good news." }

        // --- recalls for everybody
        recalls_title { zh: "召回公告", en: "Recalls" }
        recalls_lead { zh: "联盟中已公布的召回，最新的在前。", en: "Every recall that this alliance has published, newest first." }
        recalls_search { zh: "查找", en: "Look for" }
        recalls_search_hint { zh: "编码、批号、商品或企业名称", en: "A code, a lot, a product or a company" }
        recalls_search_button { zh: "查找召回", en: "Find recalls" }
        recalls_none { zh: "还没有公布过召回。", en: "No recall has been published yet." }
        recalls_none_fit { zh: "没有与之相符的召回公告。这不说明某一件商品没有问题，请扫描包装上的码或输入编码。", en: "No published recall fits that. It does not mean that a pack is good: scan its code, or type it." }
        recalls_lot { zh: "，批号 ", en: ", lot " }
        recalls_published { zh: "{when}公布", en: "published on {when}" }
        recalls_closed { zh: "{when}办结。这一批仍属召回，请勿使用。", en: "Wound up on {when}. The lot stays recalled: do not use it." }
        recalls_out { zh: "这不说明没有召回", en: "This does not mean that there is no recall" }
        recalls_older { zh: "更早的召回", en: "Older recalls" }
        recalls_follow { zh: "订阅：", en: "Follow:" }
        recalls_feed_item { zh: "召回：{product}，批号 {lot}", en: "Recall: {product}, lot {lot}" }

        // --- after an answer
        answer_match { zh: "已记下", en: "Noted" }
        answer_match_line { zh: "您看到的与登记一致", en: "What you see fits the record" }
        answer_match_text { zh: "再看一眼封口是否完好。仔细仿制的包装也可能印着同样的内容。", en: "Look once more at the seal. A careful copy can carry the same print." }
        answer_mine { zh: "已记下", en: "Noted" }
        answer_mine_line { zh: "那就是正常的", en: "Then that is normal" }
        answer_mine_text { zh: "仍请核对批号和有效期是否与登记一致。", en: "Still compare lot and expiry with the record." }
        answer_differs { zh: "请先别用", en: "Do not use it yet" }
        answer_differs_line { zh: "包装与登记不一致", en: "The pack does not fit the record" }
        answer_differs_text { zh: "包装可能被仿制，也可能是登记有误。请留好包装并告诉我们。", en: "The pack may be a copy, or the record may be wrong. Keep the pack and tell us." }
        answer_not_mine { zh: "疑似被复制", en: "Possible copy" }
        answer_not_mine_line { zh: "核实之前请勿使用", en: "Do not use it until someone has looked at it" }
        answer_not_mine_text { zh: "别人用过同一个编码。请留好包装和购物凭证，并告诉我们。", en: "Somebody else has used the same code. Keep the pack and your proof of purchase, and tell us." }
        answer_back { zh: "返回查询结果", en: "Back to the answer" }
        answer_next { zh: "接下来", en: "What now" }

        // --- report and receipt
        report_title { zh: "举报问题", en: "Report a problem" }
        report_lead { zh: "大约一分钟，只有第一项必填。", en: "Takes about a minute. Only the first question is needed." }
        report_about { zh: "关于 ", en: "About " }
        report_lot { zh: " · 批号 {lot}", en: " · lot {lot}" }
        report_what { zh: "1. 哪里不对？", en: "1. What is wrong?" }
        report_looks { zh: "包装看起来不一样", en: "The pack looks different" }
        report_print { zh: "批号或有效期不一致", en: "Lot or expiry does not match" }
        report_seal { zh: "封口已开或破损", en: "The seal was open or damaged" }
        report_seller { zh: "购买渠道可疑", en: "Where it was sold worries me" }
        report_other { zh: "其他", en: "Something else" }
        report_photos { zh: "2. 照片", en: "2. Photos" }
        report_photos_hint { zh: "选填，最多 5 张", en: "optional, up to 5" }
        report_photos_button { zh: "拍照或选择照片", en: "Take or choose photos" }
        report_photos_text { zh: "我们保存之前会去除照片中的位置和相机信息。", en: "Place and camera data are removed before we keep them." }
        report_where_3 { zh: "3. 在哪里买到的？", en: "3. Where did you get it?" }
        report_where_2 { zh: "2. 在哪里买到的？", en: "2. Where did you get it?" }
        report_where_hint { zh: "选填：店名和城市，或网店", en: "optional: shop and city, or web shop" }
        report_contact { zh: "告诉我处理结果", en: "Tell me the outcome" }
        report_optional { zh: "选填", en: "optional" }
        report_contact_label { zh: "电话或电子邮箱", en: "Phone or e-mail" }
        report_send { zh: "提交举报", en: "Send report" }
        report_goes { zh: "将提交给生产企业和监管部门。联系方式仅监管部门可见。", en: "Goes to the maker and the regulator. Your contact, if you give one, only to the regulator." }
        report_fault_choose { zh: "请选择哪里不对。", en: "Please choose what is wrong." }
        report_fault_long { zh: "文字太长，请缩短到 {n} 个字符以内。", en: "A text is too long. Please keep it within {n} characters." }
        photo_number { zh: "第 {n} 张：", en: "Photo {n}: " }
        photo_too_many { zh: "最多 5 张照片。", en: "At most 5 photos are taken." }
        photo_too_large { zh: "超过 8 MB，请把它缩小，或改为截屏。", en: "it has more than 8 MB. Make it smaller, or take a screenshot of it." }
        photo_heic { zh: "HEIC 格式无法接收。请把相机格式设为“兼容性最佳”重新拍摄，或改用截屏。", en: "HEIC files cannot be taken. Set the camera to “Most Compatible” and take it again, or send a screenshot of it." }
        photo_no_picture { zh: "不是 JPEG、PNG 或 WebP 图片。", en: "it is no JPEG, PNG or WebP picture." }
        photo_pixels { zh: "像素超过 5100 万，请降低相机的分辨率，或改用截屏。", en: "it has more than 51 million pixels. Take it with a smaller camera setting, or send a screenshot of it." }
        photo_damaged { zh: "文件已损坏，无法读取。", en: "it is damaged and cannot be read." }
        photo_busy { zh: "现在上传照片的人太多。请稍后再试，或不带照片提交。", en: "Too many photos are arriving just now. Try again in a minute, or send the report without photos." }
        photo_full { zh: "现在没有存放照片的空间。请不带照片提交。", en: "There is no room for photos now. Please send the report without them." }
        photo_again { zh: "其余内容已保留，照片请重新选择。", en: "What you wrote is kept; please choose the photos again." }
        receipt_title { zh: "已收到举报", en: "Report received" }
        receipt_line { zh: "谢谢您的细心", en: "Thank you for looking closely" }
        receipt_case { zh: "受理编号 ", en: "Case number " }
        receipt_next { zh: "接下来", en: "What happens next" }
        receipt_received { zh: "已收到", en: "Received" }
        receipt_looked { zh: "核查", en: "Looked at" }
        receipt_looked_text { zh: "由企业与监管部门核查", en: "By the maker and the regulator" }
        receipt_answered { zh: "答复", en: "Answered" }
        receipt_answered_text { zh: "可随时凭编号查看进度", en: "Open this case with its number at any time" }
        receipt_answered_plain { zh: "来电时请提供编号", en: "Name this number when you call us" }
        receipt_open { zh: "查看处理进度", en: "Open this case" }
        receipt_keep { zh: "请保留", en: "What to keep" }
        receipt_keep_text { zh: "包装、内容物和购物凭证，退款时可能需要。请勿使用该商品。", en: "The pack, what is in it, and your proof of purchase. You may need them for a refund. Do not use the product." }
        receipt_photos { zh: "照片张数", en: "Photos" }
        receipt_code { zh: "编码", en: "Code" }
        receipt_pdf_note { zh: "本文件没有签名，以网页上的进度为准。", en: "This file is not signed: what counts is the case under its number." }
        receipt_pdf { zh: "保存回执（PDF）", en: "Save the receipt (PDF)" }
        case_title { zh: "举报进度", en: "Your report" }
        case_text { zh: "输入回执上的受理编号，查看处理进度。", en: "Enter the case number of your receipt to see how it stands." }
        case_hint { zh: "例如 TL-26-4K7M2P-93", en: "For example TL-26-4K7M2P-93" }
        case_button { zh: "查看", en: "Look it up" }
        case_another { zh: "查看另一份举报", en: "Look up another report" }
        case_label { zh: "受理编号", en: "Case number" }
        case_unknown { zh: "没有这个编号的举报", en: "No report has this number" }
        case_unknown_rest { zh: "，请对照回执核对。", en: ". Compare it with your receipt." }
        case_outage { zh: "现在无法查询，请稍后再试。", en: "This cannot be looked up now. Try again later." }
        case_waits { zh: "已收到，等待核查", en: "Received, waiting for a look" }
        case_in_work { zh: "正在核查", en: "Being looked at" }
        case_fake { zh: "核查结果：是假冒", en: "Finding: a fake" }
        case_no_fake { zh: "核查结果：不是假冒", en: "Finding: not a fake" }
        case_cannot_tell { zh: "核查结果：无法判定", en: "Finding: it cannot be told" }
        case_duplicate { zh: "与同一件商品的另一份举报合并处理", en: "Goes on with another report of the same pack" }
        case_steps { zh: "处理进度", en: "How it stands" }
        case_reply { zh: "答复", en: "Answer" }
        case_no_reply { zh: "还没有答复，有结果后会显示在这里。", en: "Nobody has answered yet. The answer will stand here." }
        receipt_hotline { zh: "消费者热线 {n}", en: "Consumer hotline {n}" }
    }
}
