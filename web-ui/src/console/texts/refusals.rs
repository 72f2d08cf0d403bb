//! The chain's refusals and the server's common problems in Chinese. English readers get the sentence of the answer
//! itself. A name that is not here is shown as the answer says it, marked as English.

/// What the problem of this name means and what to do, in Chinese.
pub fn zh(name: &str) -> Option<&'static str> {
    Some(match name {
        "wrong_chain" => "操作是为另一个联盟签署的，请用本链标识重新签署。",
        "bad_signature" => "签名与内容或密钥不符。",
        "expired" => "已过可提交的最晚区块，请重新签署。",
        "expiry_too_far" => "有效区块设得太远，最多 100,000 个区块。",
        "unknown_key" => "没有成员登记过这把密钥。",
        "key_inactive" => "这把密钥已停用。",
        "member_inactive" => "成员已被暂停，或许可已过期。",
        "nonce_gap" => "设备的操作必须按顺序到达，前面缺少一条。",
        "nonce_used" => "这个序号已用于另一条操作。",
        "wrong_purpose" => "这类密钥不能签署这类操作。",
        "wrong_role" => "成员的角色不允许这项操作。",
        "already_exists" => "已有相同标识的记录。",
        "unknown_product" => "产品尚未登记，请先登记产品。",
        "not_the_maker" => "只有登记该产品的企业可以这样做。",
        "unknown_batch" => "批次尚未登记，请先登记批次。",
        "batch_sealed" => "批次已封，不能再改动。",
        "batch_not_sealed" => "批次尚未封批，请先在产线上结束批次。",
        "batch_recalled" => "批次已召回，请隔离货物，不要转手。",
        "batch_expired" => "批次已过有效期，不得供应。",
        "dates_in_order" => "有效期必须晚于生产日期。",
        "count_out_of_range" => "数量必须至少为 1，且不超过规定的上限。",
        "duplicate" => "同一个单元在一次操作里出现了两次。",
        "unknown_logistic_unit" => "没有这个 SSCC 的箱或托盘。",
        "not_the_custodian" => "只有现在负责这些货物的成员可以这样做。",
        "inside_another" => "这个箱在托盘上：请填托盘，或先把箱取下。",
        "not_in_stock" => "货物不在库（在途、缺少、破损或已拆）。",
        "wrong_level" => "托盘装箱，箱装单盒，层级不符。",
        "not_inside" => "这个箱不属于所填的托盘或交接。",
        "unknown_member" => "接收方不是联盟成员。",
        "to_yourself" => "不能发货给自己。",
        "unknown_shipment" => "没有这件交接。",
        "not_the_receiver" => "只有接收方可以答复。",
        "shipment_closed" => "这件交接已经答复过。",
        "not_short" => "这个箱没有被报告为缺少。",
        "not_in_batch" => "这盒不在该批次的封批清单里。",
        "not_in_case" => "这盒不在该箱的清单里。",
        "no_case" => "请填装这盒的箱；散盒只有生产企业可以操作。",
        "unit_gone" => "这盒已发给患者、售出或停用。",
        "nothing_to_return" => "只有已发出、售出、抽样或出口的单盒可以退回，并且由办理它的成员退回。",
        "return_too_late" => "超过十天，不能再退回。",
        "unknown_recall" => "没有这项召回。",
        "same_person" => "召回必须由另一位有批准密钥的人批准。",
        "recall_settled" => "召回所处的状态不允许这一步。",
        "key_not_yet" => "这把密钥要到之后的区块才能使用，请等待。",
        "key_taken" => "这把密钥已登记。一把密钥只有一个持有者和一种用途，请另建一把。",
        "bad_key" => "这不是可用的 ed25519 密钥，请另建一把。",
        "wrong_quota" => "配额或其盐值与批次登记时的不符。",
        "quota_exceeded" => "合格、剔除和抽样的数量合计超过了批次配额。",
        "lineage_full" => "这个批次已用于 128 个其他批次，请把剩余部分登记为新的批次。",
        "not_a_party" => "只有发货方和收货方可以这样做。",
        "shipment_disputed" => "这件交接有争议，须先由双方了结。",
        "not_disputed" => "这件交接没有争议。",
        "dispute_too_late" => "已过提出争议的期限，请在链外处理。",
        "other_side" => "您已提出过这一方案，须由对方同意。",
        "unknown_object" => "没有这个标识的记录。",
        "not_correctable" => "这类事件不能撤回：召回永远不能，表决结果只能由新的表决改变。",
        "not_the_signer" => "只有签署该事件的成员可以撤回它。",
        "not_in_history" => "该位置没有这个事件，或记录已有新增。请重新读取后再签署。",
        "unknown_proposal" => "没有这项提案。",
        "proposal_closed" => "这项提案已有结果。",
        "proposal_lapsed" => "这项提案未能按时表决，请重新提出。",
        "already_voted" => "贵机构已对这项提案表决。每个成员一票。",
        "wrong_words" => "这段文字不能强制执行该变更。请照预览原样填写，或留空。",
        "closes_out_of_range" => "提案的截止区块必须在将来，最多 5,000,000 个区块之后。",
        "too_few_validators" => "验证节点再少就不能容错：请先增加一个，或改为替换。",
        "too_many_validators" => "一个联盟最多 128 个验证节点。",
        "too_many_changes" => "本周期和下一周期不能再变更席位，请过后再发。",
        "too_many_pending" => "等待上线的验证节点过多：请启动它们，或撤销一些。",
        "unknown_validator" => "没有使用这把密钥的验证节点。",
        "nothing_pending" => "没有使用这把密钥且等待上线的验证节点。",
        "not_in_step" => "所报区块不是本链最近 600 个之一，请让节点先追上。",
        "member_has_validator" => "该成员仍有验证节点，请先移除它。",
        "validator_key" => "验证节点的密钥只能随节点的替换或移除而停用。",
        "bad_address" => "地址的格式是 主机:端口。",
        "wrong_standing" => "该成员所处的状态不允许这一步。",
        "too_few_members" => "至少须保留一个有效成员。",
        "too_many_members" => "一个联盟最多接纳 512 个成员。",
        "not_signed_in" => "请先登录。",
        "wrong_credentials" => "用户名或密码不正确。",
        "not_allowed" => "您的账号没有这项权限。",
        "not_found" => "没有这项记录，或您的机构无权查看。",
        "cannot_check_now" => "服务器暂时不能查询。",
        "chain_unreachable" => "联盟链的节点没有正常应答。",
        "order_finished" => "订单已经结束。",
        "no_answer" => "服务器没有应答。",
        "unreadable_answer" => "服务器的应答无法读取。",
        "fault" => "是我们的问题。",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::zh;
    use tracelight_domain::rules::Refusal;

    #[test]
    fn every_refusal_has_chinese_words() {
        for refusal in Refusal::ALL {
            assert!(zh(refusal.name()).is_some(), "{}", refusal.name());
        }
        assert_eq!(zh("something_new"), None);
    }
}
