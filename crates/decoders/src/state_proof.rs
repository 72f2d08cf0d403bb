//! State proofs, and the states and events in them.

use tracelight_domain::ids::Hash;
use tracelight_domain::state::{Event, ObjectId, ObjectState};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::state_proof::{StateProof, verify};

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    if let Ok(proof) = StateProof::parse(bytes, 1 << 16, "proof") {
        assert_eq!(proof.to_bytes(), bytes, "a second spelling");
        assert!(verify(&proof, &Hash([1; 32]), &ObjectId::Key(tracelight_domain::ids::PublicKey([2; 32]))).is_err());
    }
    if let Ok(state) = ObjectState::parse(bytes, 1 << 16, "state") {
        assert_eq!(state.to_bytes(), bytes, "a second spelling");
    }
    if let Ok(event) = Event::parse(bytes, 1 << 16, "event") {
        assert_eq!(event.to_bytes(), bytes, "a second spelling");
    }
    if let Ok(id) = ObjectId::parse(bytes, 1 << 16, "object id") {
        assert_eq!(id.to_bytes(), bytes, "a second spelling");
    }
}
