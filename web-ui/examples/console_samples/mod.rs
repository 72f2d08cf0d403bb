//! Canned answers of the REST interface, for the gallery and for the tests of the pages: one small alliance with a
//! batch in every stage. Times are relative to [`NOW_MS`].

#![allow(dead_code, reason = "the gallery and the tests each use a part")]

use std::sync::Arc;

use serde::Serialize;
use tracelight_api::problem::Problem;
use tracelight_api::rest::chain::{ChainView, NodeView};
use tracelight_api::rest::goods::{Batch, BatchStage, CodeCounts, Order, OrderState, Product, ProductKind};
use tracelight_api::rest::handover::{Level, LotCount, Shipment, ShipmentObject, StockItem, Trace, TraceStep};
use tracelight_api::rest::recall::{Holder, Holdings, Recall};
use tracelight_api::rest::session::{Member, MemberRole, Session, UserRole};
use tracelight_api::rest::{Evidence, Page};
use tracelight_web_ui::console::api::{Answering, ApiGateway, Client};

/// 2026-11-22 14:02:11 in China.
pub const NOW_MS: u64 = 1_795_327_331_000;
const GTIN: &str = "09521101530001";
const HOUR: u64 = 3_600_000;

pub fn evidence(height: u64, hours_ago: u64) -> Evidence {
    Evidence { tx_id: format!("{height:064x}"), height, time_ms: NOW_MS - hours_ago * HOUR }
}

pub fn members() -> Vec<Member> {
    let member =
        |gln: &str, en: &str, zh: &str, role| Member { gln: gln.into(), name_en: en.into(), name_zh: zh.into(), role };
    vec![
        member("9521101530016", "Qinhe Pharma", "秦禾制药", MemberRole::Manufacturer),
        member("9521101530023", "Anrui Distribution", "安瑞医药物流", MemberRole::Logistics),
        member("9521101530030", "Kangle Pharmacy", "康乐药店", MemberRole::Pharmacy),
        member("9521101530047", "Provincial regulator", "省药品监督管理局", MemberRole::Regulator),
    ]
}

pub fn session(role: MemberRole, user: UserRole) -> Session {
    let member = members().into_iter().find(|member| member.role == role).expect("each role has a member");
    Session { user: "lin".into(), role: user, member }
}

pub fn chain() -> ChainView {
    let node = |name: &str, height, problem: Option<&str>| NodeView {
        name: name.into(),
        height,
        peers: height.map(|_| 3),
        problem: problem.map(Into::into),
    };
    ChainView {
        chain_id: "9f2c".repeat(16),
        projected: 1_284_306,
        height: 1_284_306,
        time_ms: NOW_MS - 438,
        age_ms: 438,
        state: "moving".into(),
        nodes: vec![
            node("Qinhe Pharma", Some(1_284_306), None),
            node("Anrui Distribution", Some(1_284_306), None),
            node("Kangle Pharmacy", None, Some("does not answer: connection refused")),
            node("Provincial regulator", Some(1_284_305), None),
        ],
        members: members(),
    }
}

pub fn product() -> Product {
    Product {
        gtin: GTIN.into(),
        maker: "9521101530016".into(),
        name_en: "Paracetamol oral suspension".into(),
        name_zh: "对乙酰氨基酚口服混悬液".into(),
        detail: "100 ml".into(),
        approval: "国药准字 H20260001".into(),
        hotline: "400-000-0000".into(),
        kind: ProductKind::Medicine,
        evidence: evidence(1_200_001, 700),
    }
}

pub fn order(state: OrderState, made: u64) -> Order {
    Order {
        id: "0193a7c4e0b17d2a".into(),
        gtin: GTIN.into(),
        lot: "A24K08".into(),
        count: 1_000_000,
        made,
        state,
        rate_per_s: (state == OrderState::Running).then_some(8_400),
        eta_s: (state == OrderState::Running).then_some(43),
        error: (state == OrderState::Failed).then(|| "the disk is full".into()),
        created_ms: NOW_MS - 2 * HOUR,
    }
}

pub fn batch(lot: &str, stage: BatchStage) -> Batch {
    let coding = stage == BatchStage::Coding;
    let sealed = matches!(stage, BatchStage::Sealed | BatchStage::Shipped | BatchStage::Recalled);
    let issued = match stage {
        BatchStage::Registered => 0,
        BatchStage::Coding => 640_212,
        _ => 48_200,
    };
    Batch {
        gtin: GTIN.into(),
        lot: lot.into(),
        product_en: "Paracetamol oral suspension for children, 100 ml".into(),
        product_zh: "小儿对乙酰氨基酚口服混悬液 100 ml".into(),
        made_on: "2026-11-21".into(),
        expires_on: "2027-10".into(),
        maker: "9521101530016".into(),
        stage,
        quantity: Some(if coding { 1_000_000 } else { 48_000 }),
        codes: Some(CodeCounts {
            issued,
            unused: if sealed { 150 } else { issued },
            commissioned: if sealed { 48_000 } else { 0 },
            rejected: if sealed { 50 } else { 0 },
        }),
        recalled: stage == BatchStage::Recalled,
        registered: evidence(1_284_001, 5),
        sealed: sealed.then(|| evidence(1_284_200, 1)),
        orders: match stage {
            BatchStage::Registered => Vec::new(),
            BatchStage::Coding => vec![order(OrderState::Running, 640_212)],
            _ => vec![Order { count: 48_200, ..order(OrderState::Done, 48_200) }],
        },
    }
}

pub fn batches() -> Vec<Batch> {
    vec![
        batch("A24K07", BatchStage::Shipped),
        batch("A24K08", BatchStage::Coding),
        batch("B26H02", BatchStage::Recalled),
        batch("A24L01", BatchStage::Registered),
        batch("C26J19", BatchStage::Sealed),
        batch("A24K09", BatchStage::Coded),
    ]
}

pub fn stock() -> Vec<StockItem> {
    let item = |sscc: &str, level, status: &str, parent: Option<&str>, units| StockItem {
        sscc: sscc.into(),
        level,
        status: status.into(),
        parent: parent.map(Into::into),
        content_count: if level == Level::Pallet { 20 } else { 48 },
        unit_count: units,
        lots: vec![LotCount { gtin: GTIN.into(), lot: "A24K07".into(), count: units }],
        recalled: false,
        evidence: evidence(1_284_250, 1),
    };
    vec![
        item("395211015300000018", Level::Pallet, "in_stock", None, 960),
        item("395211015300000025", Level::Case, "in_stock", Some("395211015300000018"), 48),
        item("395211015300000032", Level::Case, "in_stock", None, 48),
        item("395211015300000049", Level::Case, "short", None, 48),
        StockItem { recalled: true, ..item("395211015300000056", Level::Case, "in_stock", None, 48) },
    ]
}

pub fn shipment(id: &str, from: usize, to: usize, status: &str) -> Shipment {
    let members = members();
    let object = |sscc: &str, level, cases: &[&str], unit_count| ShipmentObject {
        sscc: sscc.into(),
        level,
        cases: cases.iter().map(|case| (*case).to_owned()).collect(),
        unit_count,
        remarks: Vec::new(),
    };
    Shipment {
        id: id.repeat(16),
        from: members[from].gln.clone(),
        from_name: members[from].name_en.clone(),
        to: members[to].gln.clone(),
        to_name: members[to].name_en.clone(),
        status: status.into(),
        objects: vec![
            object("395211015300000018", Level::Pallet, &["395211015300000063", "395211015300000070"], 96),
            object("395211015300000087", Level::Case, &[], 48),
        ],
        due_ms: NOW_MS + 20 * HOUR,
        shipped: evidence(1_284_260, 1),
        answered: (status != "open").then(|| evidence(1_284_270, 0)),
    }
}

pub fn holdings() -> Holdings {
    let members = members();
    let holder = |index: usize, in_stock, in_transit, short| Holder {
        gln: members[index].gln.clone(),
        name_en: members[index].name_en.clone(),
        name_zh: members[index].name_zh.clone(),
        in_stock,
        in_transit,
        short,
    };
    Holdings {
        gtin: GTIN.into(),
        lot: "A24K07".into(),
        sealed: Some(48_000),
        holders: vec![holder(0, 8_400, 0, 0), holder(1, 17_700, 4_800, 48), holder(2, 12_000, 0, 0)],
        gone: 4_640,
        unknown: 412,
    }
}

pub fn recall(id: &str, status: &str) -> Recall {
    Recall {
        id: id.repeat(16),
        gtin: GTIN.into(),
        lot: "A24K07".into(),
        product_en: "Paracetamol oral suspension, 100 ml".into(),
        class: 1,
        reason_en: "The dosing cup shows wrong marks.".into(),
        reason_zh: "量杯刻度有误，可能导致用量过大。".into(),
        drill: false,
        status: status.into(),
        opened_by: "Qinhe Pharma, lin".into(),
        approved_by: (status != "opened").then(|| "Provincial regulator, wei".into()),
        opened: evidence(1_276_100, 4),
        approved: (status != "opened").then(|| evidence(1_276_114, 3)),
        holdings: holdings(),
    }
}

pub fn trace() -> Trace {
    let members = members();
    let step = |event: &str, actor: usize, peer: Option<usize>, container: Option<&str>, height, ago| TraceStep {
        object: format!("(01){GTIN}(10)A24K07"),
        event: event.into(),
        actor: members[actor].gln.clone(),
        actor_name: members[actor].name_en.clone(),
        peer_name: peer.map(|peer| members[peer].name_en.clone()),
        container: container.map(Into::into),
        withdrawn: false,
        evidence: evidence(height, ago),
    };
    let case = Some("395211015300000018");
    Trace {
        subject: format!("(01){GTIN}(10)A24K07"),
        steps: vec![
            step("registered", 0, None, None, 1_201_440, 400),
            step("sealed", 0, None, None, 1_202_018, 390),
            step("packed", 0, None, case, 1_202_020, 390),
            step("shipped", 0, Some(1), case, 1_214_877, 300),
            step("received", 1, Some(0), case, 1_215_206, 290),
            step("missing_on_arrival", 1, Some(0), Some("395211015300000049"), 1_215_206, 290),
        ],
        custodian: Some(members[1].gln.clone()),
    }
}

/// Answers of the REST interface for one reader.
pub struct Canned {
    /// Who is signed in.
    pub session: Option<Session>,
    /// Every list is empty.
    pub empty: bool,
    /// Every call of a page answers with this.
    pub problem: Option<Problem>,
}

impl Canned {
    /// A client for a reader of this role.
    pub fn client(role: MemberRole, user: UserRole) -> Client {
        Self { session: Some(session(role, user)), empty: false, problem: None }.into_client()
    }

    /// The client.
    pub fn into_client(self) -> Client {
        Client::Server { gateway: Arc::new(self), cookie: Some("tl_session=x".into()) }
    }

    fn rows<T: Serialize>(&self, items: Vec<T>) -> (u16, Vec<u8>) {
        json(&Page { items: if self.empty { Vec::new() } else { items }, next: None::<String> })
    }

    fn answer(&self, path: &str) -> (u16, Vec<u8>) {
        let path = path.strip_prefix("/api/v1").unwrap_or(path);
        let (path, _) = path.split_once('?').unwrap_or((path, ""));
        if path == "/session" {
            return match &self.session {
                Some(session) => json(session),
                None => fail(&Problem::new(401, "not_signed_in", "sign in first")),
            };
        }
        if path == "/chain" {
            return json(&chain());
        }
        if let Some(problem) = &self.problem {
            return fail(problem);
        }
        match path {
            "/products" => self.rows(vec![product()]),
            "/batches" => self.rows(batches()),
            "/stock" => self.rows(stock()),
            "/shipments" => self.rows(vec![
                shipment("a1", 0, 1, "open"),
                shipment("b2", 1, 2, "open"),
                shipment("c3", 1, 2, "received_in_part"),
            ]),
            "/recalls" => self.rows(vec![recall("c1", "closed"), recall("a2", "approved"), recall("b3", "opened")]),
            "/recalls/preview" => json(&holdings()),
            "/trace" => json(&trace()),
            other => self.one(other),
        }
    }

    fn one(&self, path: &str) -> (u16, Vec<u8>) {
        let last = path.rsplit('/').next().unwrap_or_default();
        if path.starts_with("/batches/")
            && let Some(batch) = batches().into_iter().find(|batch| batch.lot == last)
        {
            return json(&batch);
        }
        if let Some(recall) =
            [recall("a2", "approved"), recall("b3", "opened")].into_iter().find(|recall| recall.id == last)
        {
            return json(&recall);
        }
        fail(&Problem::new(404, "not_found", "there is no such thing"))
    }
}

impl ApiGateway for Canned {
    fn call(&self, _: &'static str, path: String, _: Option<String>, _: Option<String>) -> Answering {
        let answer = self.answer(&path);
        Box::pin(async move { answer })
    }
}

fn json<T: Serialize>(value: &T) -> (u16, Vec<u8>) {
    (200, serde_json::to_vec(value).expect("api types are JSON"))
}

fn fail(problem: &Problem) -> (u16, Vec<u8>) {
    (problem.status, serde_json::to_vec(problem).expect("a problem is JSON"))
}

/// Every page with the reader that it is for, and a name for files.
pub fn gallery() -> Vec<(&'static str, String, MemberRole, UserRole)> {
    use MemberRole::{Logistics, Manufacturer, Pharmacy, Regulator};
    let operator = UserRole::Operator;
    let page = |name, path: &str, role| (name, format!("/console{path}"), role, operator);
    vec![
        page("sign-in", "/sign-in", Manufacturer),
        page("products", "/products", Manufacturer),
        page("product-new", "/products/new", Manufacturer),
        page("batches", "/batches", Manufacturer),
        page("batch-new", "/batches/new", Manufacturer),
        page("batch-coding", "/batches/09521101530001/A24K08", Manufacturer),
        page("batch-sealed", "/batches/09521101530001/C26J19", Manufacturer),
        page("stock", "/stock", Manufacturer),
        page("handovers", "/handovers", Logistics),
        page("dispense", "/dispense", Pharmacy),
        page("trace-ask", "/trace", Regulator),
        page("trace", "/trace?code=%2801%2909521101530001%2810%29A24K07", Regulator),
        page("recalls", "/recalls", Regulator),
        page("recall-scope", "/recalls/new", Regulator),
        page("recall-preview", "/recalls/new?gtin=09521101530001&lot=A24K07", Regulator),
        page("recall", &format!("/recalls/{}", "a2".repeat(16)), Regulator),
        ("recall-approve", format!("/console/recalls/{}", "b3".repeat(16)), Regulator, UserRole::Approver),
        page("chain", "/chain", Logistics),
        page("nowhere", "/nowhere", Logistics),
    ]
}
