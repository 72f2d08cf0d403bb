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
        "nothing_to_return" => "只有已发出或售出的单盒可以退回，并且由供应它的成员办理。",
        "return_too_late" => "超过十天，不能再退回。",
        "unknown_recall" => "没有这项召回。",
        "same_person" => "召回必须由另一位有批准密钥的人批准。",
        "recall_settled" => "召回所处的状态不允许这一步。",
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
