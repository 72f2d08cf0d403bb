//! Histories and recalls, to read. Opening and approving a recall is for people.

use crate::call::{Call, Tracelight, asked, path, word};
use crate::error::Error;
use crate::rows::Rows;
use tracelight_api::rest::handover::Trace;
use tracelight_api::rest::recall::{Holdings, Recall};
use tracelight_api::rest::trace::{Direction, TraceGraph};

impl Tracelight {
    /// The history of a pack, case, pallet or lot, by its code as scanned or typed: element string, Digital Link, bracketed text.
    ///
    /// # Errors
    /// [`Error`]; `not_found` for what is unknown or not the member's to see.
    pub async fn trace(&self, code: &str) -> Result<Trace, Error> {
        self.read(Call::get(asked(&path(&["trace"])?, [("code", code)]))).await
    }

    /// The graph of a lot, by its GTIN and lot as scanned or typed: what it was made from and into, and how each lot went from
    /// hand to hand.
    ///
    /// # Errors
    /// [`Error`]; `not_found` for a lot that is unknown or another maker's.
    pub async fn trace_graph(&self, code: &str, direction: Direction) -> Result<TraceGraph, Error> {
        let direction = word(direction)?;
        let pairs = [("code", code), ("direction", direction.as_str())];
        self.read(Call::get(asked(&path(&["trace", "graph"])?, pairs))).await
    }

    /// Recalls that the member may see.
    #[must_use]
    pub fn recalls(&self) -> Rows<'_, Recall> {
        Rows::of(self, path(&["recalls"]))
    }

    /// One recall, with who holds how much now.
    ///
    /// # Errors
    /// [`Error`]; `not_found`.
    pub async fn recall(&self, id: &str) -> Result<Recall, Error> {
        self.read(Call::get(path(&["recalls", id])?)).await
    }

    /// Who holds how much of a lot.
    ///
    /// # Errors
    /// [`Error`]; `not_found` for a lot of another maker.
    pub async fn holdings(&self, gtin: &str, lot: &str) -> Result<Holdings, Error> {
        self.read(Call::get(asked(&path(&["recalls", "preview"])?, [("gtin", gtin), ("lot", lot)]))).await
    }
}
