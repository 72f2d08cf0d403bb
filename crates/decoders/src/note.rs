//! Notes, checkpoints and requests to witnesses; receipts of verdicts; base64.

use tracelight_domain::ids::PublicKey;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::log::Frontier;
use tracelight_proof::note::{AddCheckpoint, Checkpoint, Cosigner, Note, base64_decode, base64_encode};
use tracelight_proof::receipt::{RECEIPT_BYTES_MAX, Receipt, SignedReceipt};

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.encode().as_bytes(), bytes, "a second spelling");
        let cosigner = Cosigner { name: "lab.example", key: &PublicKey([3; 32]) };
        let _ = (cosigner.find(&note.text, &note.signatures), note.certification("lab.example"));
    }
    if let Ok(request) = AddCheckpoint::parse(bytes) {
        assert_eq!(request.encode().as_bytes(), bytes, "a second spelling");
    }
    if let Ok(frontier) = Frontier::parse(bytes, 1 << 16, "log") {
        assert_eq!(frontier.to_bytes(), bytes, "a second spelling");
        let _ = frontier.root();
    }
    if let Ok(receipt) = Receipt::parse(bytes, RECEIPT_BYTES_MAX, "receipt") {
        assert_eq!(receipt.to_bytes(), bytes, "a second spelling");
        let signed = SignedReceipt { receipt, signature: [7; 64] };
        assert_eq!(SignedReceipt::parse(&signed.text()).as_ref(), Ok(&signed));
        assert!(signed.verify(&PublicKey([3; 32])).is_err(), "a signature of sevens fits");
    }
    if let Ok(text) = core::str::from_utf8(bytes) {
        if let Ok(signed) = SignedReceipt::parse(text) {
            assert_eq!(signed.text(), text, "a second spelling");
        }
        if let Ok(checkpoint) = Checkpoint::parse(text) {
            assert_eq!(checkpoint.text(), text, "a second spelling");
        }
        if let Some(decoded) = base64_decode(text) {
            assert_eq!(base64_encode(&decoded), text, "a second spelling");
        }
    }
}
