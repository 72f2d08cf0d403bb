//! The kinds that this server knows.

use crate::check::{Check, Context, EnrolError, Item, Reading, Resistance};
use crate::enrolment::Enrolment;
use crate::fields::Fields;
use crate::names::Kind;
use crate::outcome::Outcome;
use crate::reasons;
use std::collections::BTreeMap;
use thiserror::Error;

/// Why a kind cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RegistryError {
    /// Two checks of one kind: which one would speak?
    #[error("kind `{0}` has a check already")]
    Twice(Kind),
    /// No check of that kind.
    #[error("there is no check of kind `{0}` here. Hint: is its plug-in installed?")]
    Unknown(Kind),
    /// The check refused the reference.
    #[error(transparent)]
    Enrol(#[from] EnrolError),
}

/// Checks by kind.
#[derive(Default)]
pub struct Registry(BTreeMap<Kind, Box<dyn Check>>);

impl Registry {
    /// No kinds yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds a check.
    ///
    /// # Errors
    /// [`RegistryError::Twice`].
    pub fn with(mut self, check: Box<dyn Check>) -> Result<Self, RegistryError> {
        let kind = check.kind();
        if self.0.contains_key(&kind) {
            return Err(RegistryError::Twice(kind));
        }
        self.0.insert(kind, check);
        Ok(self)
    }

    /// The kinds, in the order of their names.
    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.0.keys()
    }

    /// How hard a kind is to copy; one that is not known here carries nothing.
    #[must_use]
    pub fn resistance(&self, kind: &Kind) -> Resistance {
        self.0.get(kind).map_or(Resistance::None, |check| check.resistance())
    }

    /// Enrols a mark of a kind.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`], [`RegistryError::Enrol`].
    pub fn enrol(
        &self,
        kind: &Kind,
        item: &Item,
        reference: &Fields,
        random: &[u8; 32],
    ) -> Result<Enrolment, RegistryError> {
        let check = self.0.get(kind).ok_or_else(|| RegistryError::Unknown(kind.clone()))?;
        Ok(check.enrol(item, reference, random)?)
    }

    /// Reads evidence by the check of the enrolment's kind.
    ///
    /// # Errors
    /// The outcome at once; for a kind that is not known here it is Inconclusive, and is to be kept like any other.
    pub fn read(&self, enrolment: &Enrolment, evidence: &Fields, context: Context<'_>) -> Result<Reading, Outcome> {
        let Some(check) = self.0.get(enrolment.kind()) else {
            return Err(Outcome::inconclusive(reasons::UNKNOWN_KIND));
        };
        check.read(enrolment, evidence, context)
    }
}
