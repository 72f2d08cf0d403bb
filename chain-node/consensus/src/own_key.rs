//! Finding out that somebody else signs with this node's key.
//!
//! Two nodes with one key rarely meet: each peer keeps one connection a key. What both see are certificates, which say who
//! signed. A certificate that counts a vote of this node's key that this node did not cast means that the key is used on
//! another host (or that the votes cast earlier were lost); either way this node must not vote on.
//!
//! The engine reports a node's own votes in the order in which they were cast, also those it reads from its disk at the
//! start, but a certificate may be reported before the node's own vote that is in it. So a strange vote is only counted when a
//! later vote of this node has been reported; a node that has not voted at all since the start waits for [`STRANGE_VIEWS`].

use commonware_cryptography::sha256::Digest;
use std::collections::{BTreeMap, BTreeSet};

/// Views of which the own votes are remembered. A certificate of an older view says nothing.
const VIEWS_KEPT: usize = 256;

/// Views with strange votes after which a node that has cast none believes it.
const STRANGE_VIEWS: usize = 5;

/// One vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Vote {
    /// For a block.
    Notarize(Digest),
    /// For its being final.
    Finalize(Digest),
    /// For skipping the view.
    Nullify,
}

/// The votes of this node in one epoch, as far as it cast them itself.
#[derive(Debug, Default)]
pub(crate) struct OwnVotes {
    cast: BTreeMap<u64, BTreeSet<Vote>>,
    /// Views with a vote in a certificate that this node did not cast, or not yet as far as was reported.
    strange: BTreeMap<u64, BTreeSet<Vote>>,
}

impl OwnVotes {
    /// This node cast a vote. Answers the view of a vote that somebody else cast with its key.
    pub fn cast(&mut self, view: u64, vote: Vote) -> Option<u64> {
        self.cast.entry(view).or_default().insert(vote);
        while self.cast.len() > VIEWS_KEPT {
            self.cast.pop_first();
        }
        self.judge()
    }

    /// A certificate counts this vote of this node's key.
    pub fn counted(&mut self, view: u64, vote: Vote) -> Option<u64> {
        let before_memory = self.cast.first_key_value().is_some_and(|(first, _)| view < *first);
        if before_memory || self.cast.get(&view).is_some_and(|votes| votes.contains(&vote)) {
            return None;
        }
        self.strange.entry(view).or_default().insert(vote);
        while self.strange.len() > VIEWS_KEPT {
            self.strange.pop_first();
        }
        self.judge()
    }

    fn judge(&mut self) -> Option<u64> {
        let Some((newest, _)) = self.cast.last_key_value() else {
            let all = self.strange.len() >= STRANGE_VIEWS;
            return self.strange.first_key_value().filter(|_| all).map(|(view, _)| *view);
        };
        let newest = *newest;
        let cast = &self.cast;
        self.strange.retain(|view, votes| {
            votes.retain(|vote| !cast.get(view).is_some_and(|own| own.contains(vote)));
            !votes.is_empty()
        });
        self.strange.first_key_value().map(|(view, _)| *view).filter(|view| *view < newest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Vote = Vote::Notarize(Digest([1; 32]));
    const TWO: Vote = Vote::Notarize(Digest([2; 32]));

    #[test]
    fn own_votes_in_certificates_are_no_surprise_in_either_order() {
        let mut votes = OwnVotes::default();
        assert_eq!(votes.cast(1, ONE), None);
        assert_eq!(votes.counted(1, ONE), None);
        // The certificate is reported before the vote in it.
        assert_eq!(votes.counted(2, TWO), None);
        assert_eq!(votes.cast(2, TWO), None);
        assert_eq!(votes.cast(3, Vote::Nullify), None);
        assert_eq!(votes.counted(3, Vote::Nullify), None);
        assert_eq!(votes.cast(4, ONE), None);
    }

    #[test]
    fn another_vote_in_ones_own_name_is_found_when_its_view_is_over() {
        let mut votes = OwnVotes::default();
        assert_eq!(votes.cast(7, ONE), None);
        assert_eq!(votes.counted(7, TWO), None, "the own vote may still come");
        assert_eq!(votes.cast(8, ONE), Some(7));
        let mut votes = OwnVotes::default();
        votes.cast(9, ONE);
        assert_eq!(votes.counted(8, TWO), None, "older than this node's memory");
    }

    #[test]
    fn a_node_without_memory_believes_after_some_views() {
        let mut votes = OwnVotes::default();
        for view in 1..5 {
            assert_eq!(votes.counted(view, ONE), None);
        }
        assert_eq!(votes.counted(5, ONE), Some(1));
    }
}
