//! JSON of the two HTTP interfaces, and the body of a submit call.

use crate::Seeds;
use crate::chain::chains;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracelight_api::chain::{
    Blocks, CertifiedHeader, Consistency, NodeStatus, ObjectProof, PendingValidator, Proofs, ProveRequest, Receipt,
    Receipts, Steps, TxOutcome, ValidatorSeat, Validators, split_call,
};
use tracelight_api::problem::Problem;
use tracelight_api::rest::Evidence;
use tracelight_api::rest::device::{Device, DeviceState, NewDevice};
use tracelight_api::rest::goods::{NewBatch, NewProduct, Order, OrderState, ProductKind};
use tracelight_api::rest::handover::{Done, NewShipment, ReceiveShipment, UnitAction, UnitActionRequest};
use tracelight_api::rest::line::Manifest;
use tracelight_api::rest::recall::NewRecall;
use tracelight_api::rest::session::{Member, MemberRole, Session, SignIn, UserRole};
use tracelight_api::{Base64, Text};
use tracelight_domain::ids::{Hash, TxId};
use tracelight_domain::state::ObjectId;
use tracelight_proof::block::encode_body;
use tracelight_proof::codec::Canonical as _;
use tracelight_testkit::alliance::{batch, bundle_over, genesis, gln, gtin, public, sscc, state};

fn put<T: Serialize + DeserializeOwned>(seeds: &mut Seeds, target: &'static str, name: &str, value: &T) {
    let bytes = serde_json::to_vec(value).expect("a value of constants");
    assert!(serde_json::from_slice::<T>(&bytes).is_ok(), "{name} reads back");
    seeds.insert((target, name.to_owned()), bytes);
}

/// RPC of a node: requests and answers.
pub fn rpc(seeds: &mut Seeds) {
    let call = encode_body(&[b"one".as_slice(), b"two"]);
    assert!(split_call(&call).is_ok_and(|items| items.len() == 2));
    seeds.insert(("rpc", "submit".into()), call);
    seeds.insert(("rpc", "hash".into()), Hash([0xab; 32]).to_string().into_bytes());
    seeds.insert(("rpc", "gtin".into()), gtin().to_string().into_bytes());
    let [_, (_, chain)] = chains();
    let block = chain.blocks_from(7, 1);
    let first = block.first().expect("a block");
    let certificate = first.certificate.clone().expect("it is certified");
    let header = first.header.clone();
    put(seeds, "rpc", "blocks", &Blocks { blocks: block.clone() });
    put(seeds, "rpc", "steps", &Steps { steps: chain.steps() });
    put(seeds, "rpc", "checkpoint", &CertifiedHeader { header, certificate });
    put(seeds, "rpc", "consistency", &Consistency { hashes: vec![Text(Hash([1; 32])), Text(Hash([2; 32]))] });
    let object = ObjectId::Batch(batch());
    let id = Base64(object.to_bytes());
    put(seeds, "rpc", "prove", &ProveRequest { objects: vec![id.clone()], at: Some(12) });
    let bundle = bundle_over(&state(false), 2);
    let proof = Base64(state(false).prove(&object).to_bytes());
    let proofs = Proofs {
        header: Base64(bundle.header.to_bytes()),
        certificate: Base64(vec![1, 2, 3]),
        objects: vec![ObjectProof { id, proof, events: vec![Base64(vec![4])] }],
    };
    put(seeds, "rpc", "proofs", &proofs);
    let receipt = |outcome, refusal: Option<&str>| Receipt {
        tx_id: Some(Text(TxId([3; 32]))),
        outcome,
        already: false,
        height: Some(9),
        refusal: refusal.map(str::to_owned),
        detail: None,
    };
    let receipts = vec![receipt(TxOutcome::Applied, None), receipt(TxOutcome::Refused, Some("already_exists"))];
    put(seeds, "rpc", "receipts", &Receipts { receipts });
    put(seeds, "rpc", "problem", &Problem::new(400, "tx_id", "not a transaction id").field("id").detail("64 digits"));
    node(seeds);
}

fn node(seeds: &mut Seeds) {
    let status = NodeStatus {
        chain_id: Text(genesis().chain_id()),
        validator: Text(public(11)),
        version: "0.1.0".into(),
        height: 12,
        executed: 11,
        time_ms: 1_795_305_600_000,
        events: 40,
        peers: 3,
        pruned: 0,
        pending: 2,
        stall: Some("waits for a quorum: 2 of 4 answer".into()),
        epoch: 1,
        votes: true,
        notice: None,
    };
    put(seeds, "rpc", "status", &status);
    let seat = |number: u8| ValidatorSeat {
        key: Text(public(number)),
        member: Text(gln(u64::from(number) - 10)),
        address: "node.example:4900".into(),
        connected: true,
        this_node: number == 11,
    };
    let validators = Validators {
        epoch: 1,
        first_height: 8,
        last_height: 15,
        quorum: 3,
        online: 4,
        now: vec![seat(11), seat(12)],
        next: vec![seat(11)],
        pending: vec![PendingValidator { seat: seat(13), replaces: Some(Text(public(12))), since: 9 }],
    };
    put(seeds, "rpc", "validators", &validators);
}

/// REST of a server: what is sent to it, and some of its answers.
pub fn rest(seeds: &mut Seeds) {
    let (gtin, lot) = (gtin().to_string(), batch().lot.to_string());
    put(seeds, "rest", "sign-in", &SignIn { user: "maker".into(), password: "correct horse".into(), code: None });
    let product = NewProduct {
        gtin: gtin.clone(),
        name_en: "Amoxicillin".into(),
        name_zh: "阿莫西林".into(),
        detail: "100 ml".into(),
        approval: String::new(),
        hotline: String::new(),
        kind: ProductKind::Medicine,
    };
    put(seeds, "rest", "product", &product);
    let dates = ("2026-11-03".to_owned(), "2027-10".to_owned());
    let new =
        NewBatch { gtin: gtin.clone(), lot: lot.clone(), made_on: dates.0, expires_on: dates.1, quantity: 48_000 };
    put(seeds, "rest", "batch", &new);
    put(seeds, "rest", "device", &NewDevice { key: "ab".repeat(32), line: "line 2".into(), site: "Xi'an".into() });
    let case = sscc(1).to_string();
    put(seeds, "rest", "shipment", &NewShipment { to: gln(2).to_string(), objects: vec![case.clone()] });
    put(seeds, "rest", "receive", &ReceiveShipment { short: vec![case.clone()], damaged: vec![] });
    let code = format!("(01){gtin}(10){lot}(21)7F3K9QX2M4TB0002");
    put(seeds, "rest", "unit", &UnitActionRequest { code, action: UnitAction::Dispense });
    let reason = "Wrong dose".to_owned();
    let recall = NewRecall {
        gtin: gtin.clone(),
        lot: lot.clone(),
        class: 1,
        reason_en: reason,
        reason_zh: "剂量错误".into(),
        advice_en: String::new(),
        advice_zh: String::new(),
        drill: false,
    };
    put(seeds, "rest", "recall", &recall);
    let units = vec![(lot.clone(), "7F3K9QX2M4TB0002".to_owned())];
    put(seeds, "rest", "case", &Manifest::Case { sscc: case, tx_id: "0c".repeat(32), gtin: gtin.clone(), units });
    answers(seeds, gtin, lot);
}

fn answers(seeds: &mut Seeds, gtin: String, lot: String) {
    let member = Member {
        gln: gln(1).to_string(),
        name_en: "Qinhe Pharma".into(),
        name_zh: "秦禾制药".into(),
        role: MemberRole::Manufacturer,
    };
    put(
        seeds,
        "rest",
        "session",
        &Session { user: "maker".into(), role: UserRole::Operator, administrator: false, member },
    );
    let evidence = Evidence { tx_id: "0d".repeat(32), height: 12, time_ms: 1_795_305_600_000 };
    put(seeds, "rest", "done", &Done { evidence: evidence.clone(), already: false });
    let order = Order {
        id: "0193a7c4".into(),
        gtin,
        lot,
        count: 1_000,
        made: 400,
        signed: false,
        state: OrderState::Running,
        rate_per_s: Some(90_000),
        eta_s: Some(1),
        error: None,
        created_ms: 1_795_305_600_000,
    };
    put(seeds, "rest", "order", &order);
    let device = Device {
        key: "ab".repeat(32),
        line: "line 2".into(),
        site: "Xi'an".into(),
        state: DeviceState::Active,
        until: None,
        last_sequence: Some(41),
        last_seen: Some(evidence.clone()),
        registered: evidence,
    };
    put(seeds, "rest", "device-view", &device);
}
