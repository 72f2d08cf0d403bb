//! What the server knows about a scanned code, and what follows from it. Data and one decision; the store fills it.

use super::counting::{CountedCheck, earlier};
use super::journey::Happened;
use super::risk::{assessed, suspicion};
use crate::store::RecallText;
use tracelight_domain::gs1::{Date, Lot};
use tracelight_domain::ids::MemberId;
use tracelight_domain::risk::Record;
use tracelight_domain::state::UnitStatus;
use tracelight_domain::tx::{Product, RecallClass};
use tracelight_domain::verdict::{CodeKnowledge, SealedFacts};
use tracelight_web_ui::i18n::Lang;
use tracelight_web_ui::scan::model::Suspicion;

/// What is known of a code.
#[derive(Clone, Debug)]
pub enum Looked {
    /// Something that is needed for an answer is missing on this server: the maker keeps its lists elsewhere, or a
    /// sealed batch's list has not arrived. It says nothing about the pack.
    Unavailable {
        /// For the log.
        why: &'static str,
    },
    /// No member issued it.
    Unknown,
    /// It names a lot of a known product.
    Known(Box<PackFacts>),
}

/// A code of a registered product and batch.
#[derive(Clone, Debug)]
pub struct PackFacts {
    /// Master data as signed.
    pub product: Product,
    /// Its maker.
    pub maker: MemberId,
    /// Its lot.
    pub lot: Lot,
    /// AI 11.
    pub made_on: Date,
    /// AI 17.
    pub expires_on: Date,
    /// How far the code itself is.
    pub standing: Standing,
    /// What happened to the single pack.
    pub unit: UnitStatus,
    /// The gravest recall in force.
    pub recalled: Option<RecallClass>,
    /// The published notice of that recall, when this server keeps it.
    pub notice: Option<Notice>,
    /// Everything that happened to it and to what held it.
    pub events: Vec<Happened>,
    /// Where the goods were and are to be sold, as far as this server knows.
    pub record: Record,
    /// Checks that were counted, oldest first, at most [`CHECKS_MAX`].
    pub checks: Vec<CountedCheck>,
    /// All counted checks.
    pub checks_in_all: u32,
    /// The newest projected block.
    pub height: u64,
    /// Its time.
    pub as_of_ms: u64,
}

/// Checks of one code that are read for an answer.
pub const CHECKS_MAX: u64 = 200;

/// How far a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Issued; its batch is open, or the line never put it on a good pack.
    NotSealed,
    /// Its batch is sealed and does not hold it.
    NotInBatch,
    /// A leaf of its sealed batch.
    Sealed,
}

/// What was published with a recall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What shoppers read.
    pub text: RecallText,
    /// When the recall was opened, milliseconds.
    pub opened_ms: u64,
}

impl PackFacts {
    /// The checks before this one.
    #[must_use]
    pub fn earlier(&self, device: Option<&[u8; 32]>, now_ms: u64) -> Vec<&CountedCheck> {
        earlier(&self.checks, device, now_ms)
    }

    /// How many checks came before this one, unlisted ones included.
    #[must_use]
    pub fn earlier_count(&self, device: Option<&[u8; 32]>, now_ms: u64) -> u32 {
        let own = self.checks.len() - self.earlier(device, now_ms).len();
        self.checks_in_all.saturating_sub(u32::try_from(own).unwrap_or(u32::MAX))
    }

    /// Does the code look copied?
    #[must_use]
    pub fn is_suspicious(&self) -> bool {
        assessed(&self.checks, &self.record).reason().is_some()
    }

    /// The fact that makes the code look copied, for readers of this language.
    #[must_use]
    pub fn suspicion(&self, lang: Lang) -> Option<Suspicion> {
        suspicion(&self.checks, &self.record, lang)
    }
}

impl Looked {
    /// What the verdict is made from.
    #[must_use]
    pub fn knowledge(&self, device: Option<&[u8; 32]>, now_ms: u64) -> CodeKnowledge {
        let facts = match self {
            Self::Unavailable { .. } => return CodeKnowledge::Unavailable,
            Self::Unknown => return CodeKnowledge::Unknown,
            Self::Known(facts) => facts,
        };
        match facts.standing {
            Standing::NotSealed => CodeKnowledge::NotSealed,
            Standing::NotInBatch => CodeKnowledge::NotInBatch,
            Standing::Sealed => CodeKnowledge::Sealed(SealedFacts {
                recalled: facts.recalled.is_some(),
                expires_on: facts.expires_on,
                unit: facts.unit,
                earlier_checks: facts.earlier_count(device, now_ms),
                suspicious: facts.is_suspicious(),
            }),
        }
    }
}
