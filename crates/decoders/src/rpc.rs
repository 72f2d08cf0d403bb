//! RPC of a chain-node, both ends: what it takes from strangers, and what its callers take from it (`crates/api/src/chain.rs`).

use core::fmt::{Debug, Display};
use core::str::FromStr;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracelight_api::Text;
use tracelight_api::chain::{
    Blocks, CertifiedHeader, Consistency, NodeStatus, Proofs, ProveRequest, Receipts, Steps, TXS_PER_CALL_MAX,
    Validators, split_call,
};
use tracelight_api::problem::Problem;
use tracelight_domain::gs1::{Date, Gln, Gtin, Lot, Serial, Sscc};
use tracelight_domain::ids::{ChainId, Hash, ProposalId, PublicKey, RecallId, ShipmentId, TxId};
use tracelight_domain::tx::TX_BYTES_MAX;
use tracelight_proof::block::encode_body;

/// What is read from JSON is written and read again as the same.
pub fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(bytes: &[u8]) {
    if let Ok(value) = serde_json::from_slice::<T>(bytes) {
        let text = serde_json::to_string(&value).expect("what was read can be written");
        let again = serde_json::from_str::<T>(&text).expect("what was written can be read");
        assert_eq!(again, value, "it changes when it is written");
    }
}

fn one_text<T: FromStr + Display>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        assert_eq!(value.to_string(), text, "a second spelling");
    }
}

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    if let Ok(items) = split_call(bytes) {
        assert!(items.len() <= TXS_PER_CALL_MAX && items.iter().flatten().all(|item| item.len() <= TX_BYTES_MAX));
        if let Some(all) = items.into_iter().collect::<Option<Vec<&[u8]>>>() {
            assert_eq!(encode_body(&all), bytes, "a second spelling");
        }
    }
    comes_back::<ProveRequest>(bytes);
    comes_back::<Receipts>(bytes);
    comes_back::<NodeStatus>(bytes);
    comes_back::<Validators>(bytes);
    comes_back::<Steps>(bytes);
    comes_back::<Blocks>(bytes);
    comes_back::<CertifiedHeader>(bytes);
    comes_back::<Consistency>(bytes);
    comes_back::<Proofs>(bytes);
    comes_back::<Problem>(bytes);
    if let Ok(text) = core::str::from_utf8(bytes) {
        texts(text);
    }
}

/// Ids in paths, queries and fields.
fn texts(text: &str) {
    one_text::<Text<Hash>>(text);
    one_text::<Text<ChainId>>(text);
    one_text::<Text<TxId>>(text);
    one_text::<Text<PublicKey>>(text);
    one_text::<Text<ShipmentId>>(text);
    one_text::<Text<RecallId>>(text);
    one_text::<Text<ProposalId>>(text);
    one_text::<Text<Gtin>>(text);
    one_text::<Text<Gln>>(text);
    one_text::<Text<Sscc>>(text);
    one_text::<Text<Lot>>(text);
    one_text::<Text<Serial>>(text);
    one_text::<Text<Date>>(text);
}
