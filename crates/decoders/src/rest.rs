//! REST v1, both ends: bodies that consoles, partners and gateways send to a server, and its answers (`crates/api/src/rest/`).

use crate::rpc::comes_back;
use tracelight_api::rest::Page;
use tracelight_api::rest::chain::ChainView;
use tracelight_api::rest::device::{Device, NewDevice, label, place};
use tracelight_api::rest::goods::{Batch, NewBatch, NewProduct, Order, Product};
use tracelight_api::rest::handover::{
    Done, NewShipment, ReceiveShipment, Shipment, StockItem, Trace, UnitActionRequest,
};
use tracelight_api::rest::line::{LineBatch, Manifest, ManifestStored};
use tracelight_api::rest::numbers::{HeldByLine, Invalidate, LineName, NewBlock, Numbers, TakeBlock};
use tracelight_api::rest::recall::{Holdings, NewRecall, Recall};
use tracelight_api::rest::recall_case::{AskStep, CaseDraft, LotsFound, RecallCase};
use tracelight_api::rest::recall_task::{AnswerDocument, NewAnswer, RecallTask};
use tracelight_api::rest::session::{Session, SignIn};

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    // Requests.
    if let Ok(sign_in) = serde_json::from_slice::<SignIn>(bytes) {
        let text = serde_json::to_vec(&sign_in).expect("what was read can be written");
        assert!(serde_json::from_slice::<SignIn>(&text).is_ok_and(|again| again == sign_in));
    }
    comes_back::<NewProduct>(bytes);
    comes_back::<NewBatch>(bytes);
    comes_back::<NewDevice>(bytes);
    comes_back::<NewShipment>(bytes);
    comes_back::<ReceiveShipment>(bytes);
    comes_back::<UnitActionRequest>(bytes);
    comes_back::<NewRecall>(bytes);
    comes_back::<CaseDraft>(bytes);
    comes_back::<AskStep>(bytes);
    comes_back::<NewAnswer>(bytes);
    comes_back::<Manifest>(bytes);
    comes_back::<TakeBlock>(bytes);
    comes_back::<NewBlock>(bytes);
    comes_back::<Invalidate>(bytes);
    // Answers.
    comes_back::<Session>(bytes);
    comes_back::<Page<Product>>(bytes);
    comes_back::<Page<Batch>>(bytes);
    comes_back::<Order>(bytes);
    comes_back::<Device>(bytes);
    comes_back::<Page<Device>>(bytes);
    comes_back::<Page<StockItem>>(bytes);
    comes_back::<Page<Shipment>>(bytes);
    comes_back::<Done>(bytes);
    comes_back::<Trace>(bytes);
    comes_back::<Holdings>(bytes);
    comes_back::<Page<Recall>>(bytes);
    comes_back::<LotsFound>(bytes);
    comes_back::<RecallCase>(bytes);
    comes_back::<RecallTask>(bytes);
    // A document is kept as it was hashed.
    comes_back::<AnswerDocument>(bytes);
    comes_back::<LineBatch>(bytes);
    comes_back::<HeldByLine>(bytes);
    comes_back::<Numbers>(bytes);
    comes_back::<ManifestStored>(bytes);
    comes_back::<ChainView>(bytes);
    if let Ok(text) = core::str::from_utf8(bytes) {
        assert!(LineName::parse(text).is_none_or(|line| line.as_str() == text), "a line's name is kept as it is");
        let (line, site) = place(text);
        assert!(site.is_empty() || label(line, site) == text, "a label says something else when it is read");
    }
}
