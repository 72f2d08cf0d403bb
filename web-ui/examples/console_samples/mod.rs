//! Canned answers of the REST interface, for the gallery and for the tests of the pages: one small alliance with a
//! batch in every stage. Times are relative to [`NOW_MS`].

#![allow(dead_code, reason = "the gallery and the tests each use a part")]

mod accounts;
mod alerts;
mod graph;
mod maps;
mod marks;
mod recalls;
mod regulatory;

use std::sync::Arc;

use serde::Serialize;
use tracelight_api::problem::Problem;
use tracelight_api::rest::chain::{ChainView, NodeView};
use tracelight_api::rest::device::{Device, DeviceState};
use tracelight_api::rest::goods::{
    Batch, BatchStage, CodeAlphabet, CodeCounts, CodeRule, Order, OrderState, Product, ProductKind,
};
use tracelight_api::rest::handover::{Level, LotCount, Shipment, ShipmentObject, StockItem, Trace, TraceStep};
use tracelight_api::rest::imports::{Import, ImportFault, ImportKind, ImportState};
use tracelight_api::rest::key::{ApiKey, KeyState, Scope};
use tracelight_api::rest::numbers::{Block, LineNumbers, NumberAct, NumberActKind, Numbers, OpenNumber, SealNumbers};
use tracelight_api::rest::recall::{Holder, Holdings, Recall};
use tracelight_api::rest::report::{Finding, LOOK_WITHIN_MS, Report, ReportCase, ReportStatus, ReportStep};
use tracelight_api::rest::session::{Member, MemberRole, Session, UserRole};
use tracelight_api::rest::webhook::{DeliveryState, EventType, OffReason, Webhook, WebhookDelivery, WebhookState};
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
    Session { user: "lin".into(), role: user, administrator: user != UserRole::Approver, member }
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
        signed: false,
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
        codes: Some(counts(issued, sealed)),
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

fn counts(issued: u64, sealed: bool) -> CodeCounts {
    if !sealed {
        return CodeCounts { issued, open: issued, ..CodeCounts::default() };
    }
    CodeCounts { issued, commissioned: 48_000, scrapped: 40, sampled: 10, returned: 137, invalid: 10, open: 3 }
}

/// The numbers of a batch: nothing is open of one that was shipped, three codes of one that is sealed.
pub fn numbers(lot: &str) -> Numbers {
    let batch = batches().into_iter().find(|batch| batch.lot == lot).expect("a batch of the samples");
    let counts = batch.codes.expect("the maker sees counts");
    let sealed = batch.sealed.is_some();
    let none = CodeCounts::default();
    let first = CodeCounts { issued: 48_100, returned: 40, open: 0, ..counts };
    let second = CodeCounts { issued: counts.issued.saturating_sub(48_100), returned: 97, open: 3, ..none };
    let line = |name: &str, counts| LineNumbers { line: Some(name.into()), counts };
    let lines = if sealed {
        vec![line("xian/line-1", first), line("xian/line-2", second)]
    } else {
        vec![LineNumbers { line: None, counts }]
    };
    let block = |id: &str, line: &str, given_by: Option<&str>, codes, open| Block {
        id: id.into(),
        line: line.into(),
        given_by: given_by.map(Into::into),
        codes,
        open,
        taken_ms: NOW_MS - 2 * HOUR,
    };
    let act = |kind, line: Option<&str>, codes, reason: &str| NumberAct {
        kind,
        line: line.map(Into::into),
        codes,
        reason: reason.into(),
        user: "lin".into(),
        at_ms: NOW_MS - HOUR,
    };
    let open = ["7F3K9QX2M4TB", "NBTS68R5F47V", "U6H7V5965TSG"]
        .map(|serial| OpenNumber { serial: serial.into(), line: Some("xian/line-2".into()) });
    Numbers {
        gtin: GTIN.into(),
        lot: lot.into(),
        counts,
        lines,
        blocks: if sealed {
            vec![block("b2", "xian/line-2", Some("lin"), 100, 3), block("b1", "xian/line-1", None, 48_100, 0)]
        } else {
            Vec::new()
        },
        open: if sealed { open.into() } else { Vec::new() },
        seal: sealed.then_some(SealNumbers { commissioned: 48_000, scrapped: 40, sampled: 10 }),
        acts: if sealed {
            vec![
                act(NumberActKind::Invalidated, Some("xian/line-2"), 10, "the reel was burnt"),
                act(NumberActKind::Given, Some("xian/line-2"), 100, ""),
            ]
        } else {
            Vec::new()
        },
        closed: None,
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

pub fn keys() -> Vec<ApiKey> {
    let key = ApiKey {
        id: "5a".repeat(16),
        name: "ERP 收货".into(),
        prefix: "tl_4f0k2m9x".into(),
        scopes: vec![Scope::GoodsRead, Scope::HandoverWrite],
        state: KeyState::Active,
        created_by: "lin".into(),
        created_ms: NOW_MS - 86_400_000,
        expires_ms: Some(NOW_MS + 90 * 86_400_000),
        revoked_ms: None,
        last_used_on: Some("2026-11-27".into()),
        old_prefix: Some("tl_7c1h8w0q".into()),
        old_until_ms: Some(NOW_MS + 3_600_000),
    };
    let over = ApiKey {
        id: "6b".repeat(16),
        name: "Test".into(),
        prefix: "tl_0a1b2c3d".into(),
        scopes: vec![Scope::EpcisCapture],
        state: KeyState::Revoked,
        revoked_ms: Some(NOW_MS),
        last_used_on: None,
        old_prefix: None,
        old_until_ms: None,
        ..key.clone()
    };
    vec![key, over]
}

/// Three endpoints: one that is well, one that fails, one that wants no more.
pub fn webhooks() -> Vec<Webhook> {
    let well = Webhook {
        id: "1c".repeat(16),
        url: "https://erp.example.com/tracelight".into(),
        events: vec![EventType::ShipmentShipped, EventType::RecallApproved],
        description: "ERP 收货".into(),
        state: WebhookState::Active,
        off_because: None,
        created_ms: NOW_MS - 86_400_000,
        failing_since_ms: None,
        old_secret_until_ms: Some(NOW_MS + HOUR),
        last_delivery: deliveries().into_iter().nth(1),
    };
    let failing = Webhook {
        id: "2d".repeat(16),
        url: "https://wms.example.com/hook".into(),
        description: String::new(),
        failing_since_ms: Some(NOW_MS - 5 * HOUR),
        old_secret_until_ms: None,
        last_delivery: deliveries().into_iter().next(),
        ..well.clone()
    };
    let gone = Webhook {
        id: "3e".repeat(16),
        url: "https://old.example.com/hook".into(),
        state: WebhookState::Disabled,
        off_because: Some(OffReason::Gone),
        last_delivery: None,
        ..failing.clone()
    };
    vec![well, failing, gone]
}

/// A delivery in each state.
pub fn deliveries() -> Vec<WebhookDelivery> {
    let waits = WebhookDelivery {
        id: "7a".repeat(16),
        event: "recall.approved".into(),
        state: DeliveryState::Waits,
        created_ms: NOW_MS - HOUR,
        attempts: 3,
        status: Some(500),
        note: "answered 500".into(),
        delivered_ms: None,
        next_ms: Some(NOW_MS + 600_000),
    };
    let line = |id: &str, event: &str, state, attempts, status, note: &str| WebhookDelivery {
        id: id.repeat(16),
        event: event.into(),
        state,
        attempts,
        status,
        note: note.into(),
        delivered_ms: (state == DeliveryState::Delivered).then_some(NOW_MS - HOUR),
        next_ms: (state == DeliveryState::Waits).then_some(NOW_MS),
        ..waits.clone()
    };
    vec![
        waits.clone(),
        line("7b", "shipment.shipped", DeliveryState::Delivered, 1, Some(204), ""),
        line("7c", "webhook.test", DeliveryState::GivenUp, 8, None, "no answer in time, 8 times"),
        line("7d", "webhook.test", DeliveryState::Waits, 0, None, ""),
    ]
}

pub fn imports() -> Vec<Import> {
    let import = |name: &str, kind, state| Import {
        id: "0192".repeat(8),
        kind,
        name: name.into(),
        state,
        rows: 1_250,
        rows_refused: 0,
        faults_count: 0,
        faults: Vec::new(),
        applied: 0,
        user: "lin".into(),
        created_ms: NOW_MS - HOUR,
    };
    let fault = ImportFault {
        row: 7,
        column: "gtin".into(),
        letters: Some("A".into()),
        message_zh: "表格软件把长数字写成了“6.95211E+12”，后面的位数已丢失".into(),
        message_en: "a spreadsheet wrote the long number as `6.95211E+12`, and its last digits are lost".into(),
        expected_zh: "8、12、13 或 14 位数字，末位为校验码".into(),
        expected_en: "8, 12, 13 or 14 digits, the last a check digit".into(),
        found: "6.95211E+12".into(),
    };
    let refused = import("products.xlsx", ImportKind::Products, ImportState::Refused);
    vec![
        Import { rows_refused: 31, faults_count: 40, faults: vec![fault], ..refused },
        import("codes.csv", ImportKind::Codes, ImportState::Checked),
        import("partners.csv", ImportKind::Partners, ImportState::Applied),
        Import { applied: 300, ..import("products.csv", ImportKind::Products, ImportState::Applying) },
        import("", ImportKind::Partners, ImportState::Undone),
    ]
}

pub fn devices() -> Vec<Device> {
    let device = |key: &str, line: &str, site: &str| Device {
        key: key.repeat(32),
        line: line.into(),
        site: site.into(),
        state: DeviceState::Active,
        until: None,
        last_sequence: None,
        last_seen: None,
        registered: evidence(1_200_400, 600),
    };
    let seen = Evidence { time_ms: NOW_MS - 61_000, ..evidence(1_284_300, 0) };
    vec![
        Device { last_sequence: Some(18_401), last_seen: Some(seen), ..device("4f", "Line 1", "Xi'an") },
        device("a9", "2 号线", "西安"),
        Device {
            state: DeviceState::Revoked,
            until: Some(1_250_000),
            last_sequence: Some(902),
            last_seen: Some(evidence(1_249_998, 120)),
            ..device("c0", "", "")
        },
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

/// A lot with ingredients, products, hand-overs, and packs that nobody can place.
pub fn picture() -> tracelight_api::rest::trace_picture::TracePicture {
    graph::picture()
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
        advice_en: "Drowsiness or vomiting: call a doctor the same day and take the pack along.".into(),
        advice_zh: "如出现嗜睡或呕吐，请当天联系医生，并带上包装。".into(),
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
        place_en: if actor == 0 { "Xi'an".into() } else { String::new() },
        place_zh: if actor == 0 { "西安".into() } else { String::new() },
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

pub fn reports() -> Vec<Report> {
    let report = |case_number: &str, hours: u64, status, finding, code: Option<&str>| Report {
        case_number: case_number.into(),
        received_ms: NOW_MS - hours * 3_600_000,
        gtin: code.map(|_| GTIN.into()),
        lot: code.map(|_| "A24K07".into()),
        serial: code.map(Into::into),
        product_en: code.map(|_| product().name_en).unwrap_or_default(),
        product_zh: code.map(|_| product().name_zh).unwrap_or_default(),
        what: "print".into(),
        status,
        finding,
        same_code: if code.is_some() { 2 } else { 1 },
        due_ms: (status == ReportStatus::Received).then(|| NOW_MS - hours * 3_600_000 + LOOK_WITHIN_MS),
    };
    vec![
        report("TL-26-9HWX3C-41", 2, ReportStatus::Received, None, None),
        report("TL-26-6BQJ8N-07", 80, ReportStatus::Received, None, Some("7F3K-9QXW-2M")),
        report("TL-26-4K7M2P-93", 100, ReportStatus::InWork, None, Some("7F3K-9QXW-2M")),
        report("TL-26-2DD5VZ-66", 400, ReportStatus::Closed, Some(Finding::Fake), Some("8Z2R")),
    ]
}

pub fn report_case(report: Report) -> ReportCase {
    ReportCase {
        place: "西安市，火车站后面的市场".into(),
        contact: "+86 139 0000 0000".into(),
        photos: 0,
        reply: String::new(),
        revision: 1,
        same: vec!["TL-26-6BQJ8N-07".into()],
        steps: vec![ReportStep {
            time_ms: NOW_MS - 20 * 3_600_000,
            user: "lin".into(),
            member: members()[0].gln.clone(),
            status: ReportStatus::InWork,
            finding: None,
            note: "Asked the pharmacy for the pack.".into(),
        }],
        report,
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
            "/devices" => self.rows(devices()),
            "/imports" => self.rows(imports()),
            "/api-keys" => self.rows(keys()),
            "/webhooks" => self.rows(webhooks()),
            "/stock" => self.rows(stock()),
            "/shipments" => self.rows(vec![
                shipment("a1", 0, 1, "open"),
                shipment("b2", 1, 2, "open"),
                shipment("c3", 1, 2, "received_in_part"),
            ]),
            "/recalls" => self.rows(vec![recall("c1", "closed"), recall("a2", "approved"), recall("b3", "opened")]),
            "/recalls/preview" => json(&holdings()),
            "/recall-cases" => self.rows(recalls::rows()),
            "/recall-lots" => json(&recalls::found()),
            "/recall-tasks" => self.rows(recalls::tasks()),
            "/alerts" => self.rows(alerts::alerts()),
            "/reports" => self.rows(reports()),
            "/account" => json(&accounts::account(self.session.as_ref().map_or(UserRole::Viewer, |who| who.role))),
            "/account/sessions" => self.rows(accounts::sessions()),
            "/users" => self.rows(accounts::users()),
            "/invitations" => self.rows(accounts::invitations()),
            "/invitations/look" if self.empty => fail(&Problem::new(404, "invitation_not_open", "not good any more")),
            "/invitations/look" => json(&accounts::invitation()),
            "/audit" => self.rows(accounts::audit()),
            "/trace" => json(&trace()),
            "/search" => json(&graph::found()),
            "/trace/graph/picture" => json(&picture()),
            "/map" if self.empty => json(&maps::placeless()),
            "/map" => json(&maps::map(None)),
            "/trace/fsma204" => json(&regulatory::summary()),
            "/recall-notices" => self.rows(regulatory::notices()),
            "/recall-notices/hints" => self.rows(regulatory::hints()),
            "/recall-notices/imports" => self.rows(regulatory::notice_imports()),
            other => self.one(other),
        }
    }

    fn one(&self, path: &str) -> (u16, Vec<u8>) {
        let last = path.rsplit('/').next().unwrap_or_default();
        if let Some(lot) = path.strip_suffix("/numbers").and_then(|path| path.rsplit('/').next()) {
            return json(&numbers(lot));
        }
        if path.ends_with("/deliveries") {
            return self.rows(deliveries());
        }
        if path.starts_with("/webhooks/")
            && let Some(hook) = webhooks().into_iter().find(|hook| hook.id == last)
        {
            return json(&hook);
        }
        if path.starts_with("/alerts/")
            && let Some(alert) = alerts::alerts().into_iter().find(|alert| alert.number == last)
        {
            return json(&alert);
        }
        if path.starts_with("/reports/")
            && let Some(report) = reports().into_iter().find(|report| report.case_number == last)
        {
            return json(&report_case(report));
        }
        if path.starts_with("/recall-tasks/") {
            return json(&recalls::task());
        }
        if path.starts_with("/recall-cases/")
            && let Some(case) = recalls::case(last)
        {
            return json(&case);
        }
        if path.ends_with("/marks/overview") {
            return json(&marks::overview());
        }
        if last == "code-rule" {
            return json(&CodeRule { alphabet: CodeAlphabet::Digits, length: 18, prefix: "X-".into() });
        }
        if let Some(sscc) = path.strip_prefix("/logistic-units/").and_then(|path| path.strip_suffix("/label")) {
            return match sscc {
                "395211015300000018" => (200, b"<svg/>".to_vec()),
                "395211015300000025" => fail(&Problem::new(404, "not_found", "your member has no such case")),
                _ => {
                    let problem = Problem::new(400, "invalid_field", "a field is wrong").field("sscc");
                    fail(&problem.detail("17 digits, expected 18"))
                }
            };
        }
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
        page("lines", "/lines", Manufacturer),
        page("line-new", "/lines/new", Manufacturer),
        page("imports", "/imports", Manufacturer),
        page("marks", "/products/09521101530001/marks", Manufacturer),
        page("code-rule", "/products/09521101530001/code-rule", Manufacturer),
        page("labels", "/labels", Manufacturer),
        page("label", "/labels?sscc=395211015300000018&stock=a5&dpi=203&to=Anrui", Manufacturer),
        page("keys", "/keys", Manufacturer),
        page("webhooks", "/webhooks", Manufacturer),
        page("webhook", &format!("/webhooks/{}", "2d".repeat(16)), Logistics),
        page("stock", "/stock", Manufacturer),
        page("handovers", "/handovers", Logistics),
        page("dispense", "/dispense", Pharmacy),
        page("search", "/search?q=A24K", Regulator),
        page("company", "/companies/9521101530023", Regulator),
        page("trace-ask", "/trace", Regulator),
        page("trace", "/trace?code=%2801%2909521101530001%2810%29A24K07", Regulator),
        page("graph-ask", "/trace/graph", Manufacturer),
        page("graph", "/trace/graph?gtin=09521101530001&lot=A24K07", Regulator),
        page("fsma204-ask", "/trace/fsma204", Manufacturer),
        page("fsma204", "/trace/fsma204?show=1&utc_offset=-05:00", Regulator),
        page("notices", "/notices", Manufacturer),
        page("notices-filtered", "/notices?gtin=09521101530001&strength=fact", Regulator),
        page("recalls", "/recalls", Regulator),
        page("recalls-holder", "/recalls", Pharmacy),
        page("recall-task", "/recalls/tasks/c-approved", Pharmacy),
        page("recall-scope", "/recalls/new", Regulator),
        page("recall-found", "/recalls/new?gtin=09521101530001&lot=A24K07", Regulator),
        page("recall-draft-scope", "/recalls/cases/c-draft/scope?words=para", Regulator),
        page("recall-text", "/recalls/cases/c-draft/text", Regulator),
        page("recall-check", "/recalls/cases/c-draft/check", Regulator),
        page("recall-case-opened", "/recalls/cases/c-opened", Regulator),
        ("recall-case-approve", "/console/recalls/cases/c-opened".into(), Regulator, UserRole::Approver),
        page("recall-case-stopped", "/recalls/cases/c-opening", Regulator),
        page("recall-case", "/recalls/cases/c-approved", Regulator),
        page("recall-case-closed", "/recalls/cases/c-closed", Regulator),
        page("recall", &format!("/recalls/{}", "a2".repeat(16)), Regulator),
        ("recall-approve", format!("/console/recalls/{}", "b3".repeat(16)), Regulator, UserRole::Approver),
        page("map", "/map", Regulator),
        page("map-area", &format!("/map?cell={}&days=7&outcome=copy", maps::first()), Manufacturer),
        page("alerts", "/alerts", Pharmacy),
        page("alert", "/alerts/A52-K2M9QX7FTB", Pharmacy),
        page("alert-decided", "/alerts/A24-7F3K9Q2XMB", Regulator),
        page("reports", "/reports", Regulator),
        page("report", "/reports/TL-26-4K7M2P-93", Manufacturer),
        page("account", "/account", Manufacturer),
        ("account-totp", "/console/account".to_owned(), Regulator, UserRole::Approver),
        ("account-no-key", "/console/account".to_owned(), Pharmacy, UserRole::Viewer),
        page("users", "/users", Manufacturer),
        ("users-approver", "/console/users".to_owned(), Manufacturer, UserRole::Approver),
        page("audit", "/audit", Manufacturer),
        page("invitation", "/invitation?token=X", Manufacturer),
        page("chain", "/chain", Logistics),
        page("nowhere", "/nowhere", Logistics),
    ]
}

/// The gravest area of the canned map.
pub fn first_area() -> String {
    maps::first()
}
