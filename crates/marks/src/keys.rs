//! Keys by name: the one that new enrolments are made with, and older ones that are still read.

use crate::names::KeyId;
use std::collections::BTreeMap;

/// The keys of one check. An enrolment names its key, so a key can be replaced while packs of the old one are in the field.
#[derive(Clone, Debug)]
pub struct Keys<K> {
    current: (KeyId, K),
    older: BTreeMap<KeyId, K>,
}

impl<K> Keys<K> {
    /// The key for new enrolments.
    #[must_use]
    pub const fn new(id: KeyId, key: K) -> Self {
        Self { current: (id, key), older: BTreeMap::new() }
    }

    /// Adds a key that enrolments were made with earlier. The current one's name is not given away.
    #[must_use]
    pub fn with_older(mut self, id: KeyId, key: K) -> Self {
        self.older.insert(id, key);
        self
    }

    /// The key for new enrolments.
    pub const fn current(&self) -> (&KeyId, &K) {
        (&self.current.0, &self.current.1)
    }

    /// The key of that name.
    #[must_use]
    pub fn get(&self, id: &KeyId) -> Option<&K> {
        if self.current.0 == *id { Some(&self.current.1) } else { self.older.get(id) }
    }

    /// All of them, the current one first.
    pub fn all(&self) -> impl Iterator<Item = &K> {
        std::iter::once(&self.current.1).chain(self.older.values())
    }
}
