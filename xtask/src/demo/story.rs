//! The story, told through the public API: from a registered product to a recall. Every step checks what came of it.

use super::alliance::Alliance;
use super::line::{self, Line, LineRun, NAMED_ANSWERS};
use super::sheets;
use super::web::Person;
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tracelight_api::rest::Page;
use tracelight_api::rest::goods::{
    Batch, BatchStage, NewBatch, NewOrder, NewProduct, Order, OrderState, Product, ProductKind,
};
use tracelight_api::rest::handover::{
    Done, NewShipment, ReceiveShipment, Shipment, StockItem, Trace, UnitAction, UnitActionRequest,
};
use tracelight_api::rest::recall::{Holdings, NewRecall, Recall};

/// Packs in the story's batch: two cases of [`CASE_PACKS`] on one pallet.
pub const PACKS: u64 = 24;
/// Packs in a case.
pub const CASE_PACKS: u64 = 12;
/// Codes ordered: more than are used, as on a real line.
pub const CODES: u64 = 40;

/// The people of the story.
pub struct Cast {
    pub maker: Person,
    pub carrier: Person,
    pub pharmacy: Person,
    pub watch: Person,
    pub watch_second: Person,
}

/// A lot on its way.
pub struct Lot {
    pub gtin: String,
    pub lot: String,
    pub run: LineRun,
}

impl Lot {
    /// The page of pack `index`, in the order of commissioning.
    pub fn path(&self, index: usize) -> String {
        format!("/01/{}/10/{}/21/{}", self.gtin, self.lot, self.run.commissioned[index])
    }
}

/// Registers the product unless an earlier lot of this demo did.
pub async fn register_product(cast: &Cast, gtin: &str) -> anyhow::Result<()> {
    let bad = cast.maker.try_post::<Value>("/products", &product("06901234567893")).await?;
    let refused = bad.err().context("a GTIN with a wrong check digit was accepted")?;
    ensure!(refused.status == 400, "a wrong check digit is status 400, not {}", refused.status);
    let problem = refused.problem.context("a refusal carries a problem document")?;
    ensure!(problem.field.as_deref() == Some("gtin"), "the problem names the field: {problem:?}");
    ensure!(problem.position == Some(14), "the problem names the position: {problem:?}");
    let registered: Product = cast.maker.post("/products", &product(gtin)).await?;
    ensure!(registered.evidence.height > 0, "the registration is on the chain");
    Ok(())
}

fn product(gtin: &str) -> NewProduct {
    NewProduct {
        gtin: gtin.into(),
        name_en: "Paracetamol oral suspension for children".into(),
        name_zh: "对乙酰氨基酚混悬液（儿童）".into(),
        detail: "100 ml, 2.4 g".into(),
        approval: "国药准字 H20260000".into(),
        hotline: "400 000 0000".into(),
        kind: ProductKind::Medicine,
    }
}

/// Registers a batch, orders its codes and waits for them.
pub async fn order_codes(cast: &Cast, gtin: &str, lot: &str, count: u64) -> anyhow::Result<Order> {
    let batch = NewBatch {
        gtin: gtin.into(),
        lot: lot.into(),
        made_on: "2026-11-03".into(),
        expires_on: "2028-10".into(),
        quantity: count,
    };
    let batch: Batch = cast.maker.post("/batches", &batch).await?;
    ensure!(batch.stage == BatchStage::Registered, "a new batch is registered");
    let mut order: Order =
        cast.maker.post(&format!("/batches/{gtin}/{lot}/orders"), &NewOrder { count, signed: false }).await?;
    let began = Instant::now();
    while order.state != OrderState::Done {
        ensure!(!matches!(order.state, OrderState::Failed | OrderState::Cancelled), "the order ended: {order:?}");
        ensure!(began.elapsed() < Duration::from_secs(60), "the codes are not made after a minute: {order:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
        order = cast.maker.get(&format!("/orders/{}", order.id)).await?;
    }
    ensure!(order.made == count, "the order made {} of {count} codes", order.made);
    Ok(order)
}

/// Downloads the labels and reads them: the CSV, and every code of the PDF with a foreign decoder.
pub async fn labels(cast: &Cast, order: &Order, folder: &Path, decode: bool) -> anyhow::Result<(PathBuf, usize)> {
    let text = cast.maker.get_bytes(&format!("/orders/{}/labels.csv", order.id)).await?;
    let csv = folder.join(format!("labels-{}.csv", order.lot));
    std::fs::write(&csv, &text)?;
    let text = String::from_utf8(text).context("the CSV is UTF-8")?;
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let header: Vec<&str> = lines.next().context("the CSV has a header")?.split(',').collect();
    let column =
        header.iter().position(|name| name.trim_matches('"') == "digital_link").context("a digital_link column")?;
    let printed: BTreeSet<String> =
        lines.filter_map(|line| line.split(',').nth(column)).map(|cell| cell.trim_matches('"').to_owned()).collect();
    ensure!(printed.len() as u64 == order.count, "the CSV has {} of {} codes", printed.len(), order.count);
    if !decode {
        return Ok((csv, 0));
    }
    let pdf = cast.maker.get_bytes(&format!("/orders/{}/labels.pdf?first=0&count={}", order.id, order.count)).await?;
    let file = folder.join(format!("labels-{}.pdf", order.lot));
    std::fs::write(&file, pdf)?;
    let read = tokio::task::spawn_blocking(move || sheets::read_codes(&file)).await??;
    ensure!(read == printed, "zxing-cpp read {} of {} printed codes", read.len(), printed.len());
    Ok((csv, read.len()))
}

/// Runs the line: commission, pack, stack, close; with bad reads on purpose when `faults` says so.
pub async fn run_line(
    line: &mut Line,
    cast: &Cast,
    order: &Order,
    labels: &Path,
    packs: u64,
    faults: bool,
) -> anyhow::Result<Lot> {
    let (gtin, lot) = (order.gtin.as_str(), order.lot.as_str());
    let sscc_first = lot.bytes().fold(0u64, |sum, byte| sum * 31 % 900_000 + u64::from(byte)) * 100;
    let run = line.play(&line::Batch { gtin, lot, labels, packs, sscc_first, faults })?;
    if faults {
        for name in NAMED_ANSWERS {
            let answered = run.answers.iter().any(|(answer, count)| answer.ends_with(name) && *count > 0);
            ensure!(answered, "no reading was answered `{name}`: {:?}", run.answers);
        }
    }
    ensure!(run.commissioned.len() as u64 == packs, "the line commissioned {} packs", run.commissioned.len());
    let began = Instant::now();
    loop {
        let batch: Batch = cast.maker.get(&format!("/batches/{gtin}/{lot}")).await?;
        let counted = batch.codes.is_some_and(|codes| codes.commissioned == packs);
        if batch.sealed.is_some() && counted {
            break;
        }
        ensure!(began.elapsed() < Duration::from_secs(60), "the batch is not sealed after a minute: {batch:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // The lists of the cases follow their transactions; then nobody has to say "not known" of a single pack.
    loop {
        let preview: Holdings = cast.watch.get(&format!("/recalls/preview?gtin={gtin}&lot={lot}")).await?;
        if preview.unknown == 0 && preview.sealed == Some(packs) {
            break;
        }
        ensure!(began.elapsed() < Duration::from_secs(60), "packs stay unplaced after a minute: {preview:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(Lot { gtin: gtin.to_owned(), lot: lot.to_owned(), run })
}

/// The hand-overs: maker, carrier, pharmacy; one case short; one pack dispensed.
pub async fn hand_over(alliance: &Alliance, cast: &Cast, lot: &Lot) -> anyhow::Result<()> {
    let (carrier, pharmacy) = (alliance.gln("logistics")?, alliance.gln("pharmacy")?);
    let pallet = lot.run.pallet.clone();
    let early = NewShipment { to: pharmacy.clone(), objects: vec![pallet.clone()] };
    let refused = cast.carrier.try_post::<Value>("/shipments", &early).await?.err();
    let refused = refused.context("somebody who is not the custodian could ship")?;
    ensure!(refused.name() == "not_the_custodian", "the rule is named: {refused:?}");

    let first: Shipment =
        cast.maker.post("/shipments", &NewShipment { to: carrier, objects: vec![pallet.clone()] }).await?;
    receive(&cast.carrier, &first.id, &[]).await?;
    let second: Shipment =
        cast.carrier.post("/shipments", &NewShipment { to: pharmacy, objects: vec![pallet.clone()] }).await?;
    let short = lot.run.cases.last().context("there are cases")?.clone();
    let answered = receive(&cast.pharmacy, &second.id, std::slice::from_ref(&short)).await?;
    ensure!(answered.status == "received_in_part", "a short delivery is a state of its own: {answered:?}");

    let stock: Page<StockItem> = cast.pharmacy.get("/stock").await?;
    ensure!(stock.items.iter().any(|item| item.sscc == pallet), "the pallet is in the pharmacy's stock");
    ensure!(!stock.items.iter().any(|item| item.sscc == short), "the missing case is not");
    let carriers: Page<StockItem> = cast.carrier.get("/stock").await?;
    let missing = carriers.items.iter().find(|item| item.sscc == short);
    ensure!(missing.is_some_and(|item| item.status == "short"), "the carrier has to explain the missing case");

    dispense(cast, lot, 0).await?;
    let twice = UnitActionRequest { code: lot.path(0), action: UnitAction::Dispense };
    let twice = cast.pharmacy.try_post::<Value>("/units/actions", &with_host(twice)).await?.err();
    ensure!(twice.is_some_and(|refused| refused.name() == "unit_gone"), "a pack is dispensed once");
    let trace: Trace = cast.watch.get(&format!("/trace?code={}", percent(&element_string(lot, 0)))).await?;
    ensure!(trace.steps.iter().any(|step| step.event == "dispensed"), "the trace ends with the dispensing: {trace:?}");
    Ok(())
}

async fn receive(by: &Person, shipment: &str, short: &[String]) -> anyhow::Result<Shipment> {
    let answer = ReceiveShipment { short: short.to_vec(), damaged: vec![] };
    by.post(&format!("/shipments/{shipment}/receive"), &answer).await
}

/// The pharmacy supplies pack `index`.
pub async fn dispense(cast: &Cast, lot: &Lot, index: usize) -> anyhow::Result<()> {
    let request = UnitActionRequest { code: lot.path(index), action: UnitAction::Dispense };
    let done: Done = cast.pharmacy.post("/units/actions", &with_host(request)).await?;
    ensure!(done.evidence.height > 0, "the dispensing is on the chain");
    Ok(())
}

/// A scanner sends whole links; the host is not ours to check.
fn with_host(request: UnitActionRequest) -> UnitActionRequest {
    UnitActionRequest { code: format!("https://t.example{}", request.code), ..request }
}

fn element_string(lot: &Lot, index: usize) -> String {
    format!("(01){}(10){}(21){}", lot.gtin, lot.lot, lot.run.commissioned[index])
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// The recall: preview, opened by one person, approved by another; returns it and the moment of approval.
pub async fn recall(cast: &Cast, lot: &Lot) -> anyhow::Result<(Recall, Instant)> {
    let opened: Recall = cast
        .watch
        .post(
            "/recalls",
            &NewRecall {
                gtin: lot.gtin.clone(),
                lot: lot.lot.clone(),
                class: 1,
                reason_en: "Some bottles may hold twice the stated strength.".into(),
                reason_zh: "部分瓶装药液浓度可能为标示值的两倍。".into(),
                advice_en:
                    "Nausea, pain in the upper belly or unusual tiredness: see a doctor today and take the pack along."
                        .into(),
                advice_zh: "如出现恶心、上腹疼痛或异常疲倦，请当天就医，并带上包装。".into(),
                drill: false,
            },
        )
        .await?;
    ensure!(opened.status == "opened", "a recall waits for its second person");
    let held: u64 = opened.holdings.holders.iter().map(|h| h.in_stock + h.in_transit + h.short).sum();
    let sealed = opened.holdings.sealed.context("the lot is sealed")?;
    ensure!(held + opened.holdings.gone + opened.holdings.unknown == sealed, "the parts add up: {:?}", opened.holdings);
    let path = format!("/recalls/{}/approve", opened.id);
    let alone = cast.watch.try_post::<Value>(&path, &json!({})).await?.err();
    ensure!(alone.is_some_and(|r| r.status == 403), "who opened a recall may not approve it");
    let approved: Recall = cast.watch_second.post(&path, &json!({})).await?;
    ensure!(approved.status == "approved", "the second person puts it into force");
    Ok((approved, Instant::now()))
}
