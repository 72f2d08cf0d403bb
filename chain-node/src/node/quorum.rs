//! What a vote would do to the quorum, before a member's own client sends it away.
//!
//! The ledger cannot see who is on line, so this is one node's view and no rule: a change after which the validators that
//! this node sees could not decide is taken from a client only when the proposal carries its words. What peers pass on is
//! not judged again, and the ledger's own rules hold for all.

use super::Node;
use crate::store::StoreError;
use std::collections::BTreeSet;
use tracelight_domain::governance::{GovernanceChange, preview};
use tracelight_domain::ids::PublicKey;
use tracelight_domain::state::{ObjectId, StateBody};
use tracelight_domain::tx::{Tx, TxBody};

impl Node {
    /// Why the transaction is not taken from a client: it proposes, or votes for, a change that would stop the chain by what
    /// this node sees, and nobody wrote the words that force it.
    pub(super) fn would_stop(&self, tx: &Tx) -> Result<Option<String>, StoreError> {
        use crate::ledger::View as _;
        let change = match &tx.body {
            TxBody::Propose { change, forced, .. } if forced.is_empty() => change.clone(),
            TxBody::Vote { proposal, approve: true } => {
                match self.store.object(&ObjectId::Proposal(*proposal))?.map(|state| state.body) {
                    Some(StateBody::Proposal { change, forced, .. }) if forced.is_empty() => change,
                    _ => return Ok(None),
                }
            }
            _ => return Ok(None),
        };
        let seats_change = matches!(
            change,
            GovernanceChange::AddValidator { .. }
                | GovernanceChange::ReplaceValidator { .. }
                | GovernanceChange::RemoveValidator { .. }
        );
        let body = self.store.object(&ObjectId::Validators)?.map(|state| state.body);
        let Some(StateBody::Validators { seats, .. }) = body.filter(|_| seats_change) else { return Ok(None) };
        let own = self.term().votes.then_some(self.identity.validator);
        let online: BTreeSet<PublicKey> = self.connected().into_iter().chain(own).collect();
        let shown = preview(&seats, &change, &online);
        let way_out =
            format!("{}; to do it all the same, propose it with the words `{}`", shown.sentence, shown.force_words);
        Ok((!shown.safe).then_some(way_out))
    }
}
