//! What the page of a kept answer shows.

use super::super::model::{CodeFacts, Frame, Verdict};
use crate::verdict_text::ProductKind;

/// The form under a verdict that makes a receipt of it.
#[derive(Clone, Debug)]
pub struct KeepForm {
    /// POST target.
    pub post_url: String,
    /// The page's token: what was said, and when.
    pub token: String,
}

/// The page of one receipt.
#[derive(Clone, Debug)]
pub struct KeptPage {
    /// Reader and links.
    pub frame: Frame,
    /// What the receipt says; `None`: it is not ours.
    pub said: Option<Said>,
    /// What is said now; `None`: nobody can say.
    pub now: Option<Verdict>,
    /// Medicine or food, for the words.
    pub kind: ProductKind,
    /// Just made: what to keep.
    pub keep: Option<Keep>,
}

/// What a receipt says.
#[derive(Clone, Debug)]
pub struct Said {
    /// The verdict.
    pub verdict: Verdict,
    /// When, milliseconds since 1970.
    pub said_ms: i64,
    /// About which code.
    pub code: CodeFacts,
    /// The block that it rested on.
    pub height: u64,
}

/// What to keep of a receipt that was just made.
#[derive(Clone, Debug)]
pub struct Keep {
    /// Its address.
    pub url: String,
    /// The QR code of the address: its width in modules, quiet zone included, and its dark modules as an SVG path.
    pub qr: Option<(usize, String)>,
    /// The bundle as base64, to be saved beside it.
    pub bundle: Option<String>,
}
