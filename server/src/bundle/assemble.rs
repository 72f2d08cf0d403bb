//! A bundle from a node's proofs. Pure: bytes in, bytes out.
//!
//! Nothing leaves here that the phone's checker would not accept: the finished bytes go through the very function that the
//! phone runs.

use std::sync::Arc;
use thiserror::Error;
use tracelight_api::chain::Proofs;
use tracelight_domain::gs1::Sscc;
use tracelight_domain::ids::ChainId;
use tracelight_domain::state::{Event, ObjectId};
use tracelight_domain::tx::UnitTouch;
use tracelight_proof::block::Header;
use tracelight_proof::bundle::{
    Anchor, BUNDLE_BYTES_MAX, BUNDLE_EVENTS_MAX, BUNDLE_OBJECTS_MAX, Behind, Bundle, BundleFault, BundleObject,
    Cosigned, FRESH_MS_MAX, Pin, ShortCertificate, ShortHeader, verify_under,
};
use tracelight_proof::codec::{Canonical as _, DecodeError};
use tracelight_proof::state_proof::{SIBLINGS_MAX, StateProof, VALUE_BYTES_MAX};

/// Bytes of one proof in a node's answer.
const PROOF_BYTES_MAX: usize = VALUE_BYTES_MAX + 64 + SIBLINGS_MAX * 33;
/// Bytes of one event.
const EVENT_BYTES_MAX: usize = 256;

/// Why a node's answer makes no bundle.
#[derive(Debug, Error)]
pub enum AssembleError {
    /// The node proved something else than it was asked for.
    #[error("the node's answer is about other objects than it was asked for")]
    OtherObjects,
    /// A part cannot be read.
    #[error("the node's answer: {0}")]
    Decode(#[from] DecodeError),
    /// More than a bundle may hold.
    #[error("the bundle would hold {found} {what}, at most {max} are allowed")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// How many.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// The certificate has another form.
    #[error("the node's certificate has an unknown form")]
    Certificate,
    /// The checker does not accept it.
    #[error("the finished bundle does not verify: {0}")]
    DoesNotVerify(#[from] BundleFault),
}

/// The objects of one bundle: batch, pack, case, and pallets, each once.
#[must_use]
pub fn objects_of(touch: &UnitTouch, hosts: &[Sscc]) -> Vec<ObjectId> {
    let batch = tracelight_domain::ids::BatchId { gtin: touch.unit.gtin, lot: touch.lot.clone() };
    let mut objects = vec![ObjectId::Batch(batch), ObjectId::Unit(touch.unit.clone())];
    objects.extend(touch.in_case.iter().map(|(case, _)| ObjectId::Logistic(*case)));
    for host in hosts {
        let object = ObjectId::Logistic(*host);
        if !objects.contains(&object) {
            objects.push(object);
        }
    }
    objects
}

/// The pallets that the case ever stood on, by the case's own events in the answer.
///
/// # Errors
/// [`AssembleError::Decode`].
pub fn hosts_in(touch: &UnitTouch, proofs: &Proofs) -> Result<Vec<Sscc>, AssembleError> {
    let Some((case, _)) = &touch.in_case else { return Ok(Vec::new()) };
    let case = ObjectId::Logistic(*case).to_bytes();
    let mut hosts = Vec::new();
    for proof in proofs.objects.iter().filter(|proof| proof.id.0 == case) {
        for event in events(&proof.events)? {
            if let Some(host) = event.container.filter(|host| !hosts.contains(host)) {
                hosts.push(host);
            }
        }
    }
    Ok(hosts)
}

/// What goes into a bundle beside the node's proofs.
pub struct Parts {
    /// Genesis and changes of the validators.
    pub anchor: Anchor,
    /// Does the bundle carry it?
    pub whole: bool,
    /// The header of the proofs, believed.
    pub header: Header,
    /// What witnesses said of its log, or of an older one.
    pub cosigned: Option<Cosigned>,
}

/// Puts the bundle together and checks it as the phone will. `behind` is what stood behind the header of the last one.
///
/// # Errors
/// [`AssembleError`].
pub fn assemble(
    parts: Parts,
    chain: ChainId,
    touch: UnitTouch,
    objects: &[ObjectId],
    proofs: &Proofs,
    now_ms: u64,
    behind: &mut Option<Arc<Behind>>,
) -> Result<Vec<u8>, AssembleError> {
    at_most("objects", objects.len(), BUNDLE_OBJECTS_MAX)?;
    let asked = objects.iter().map(|object| object.to_bytes());
    if proofs.objects.len() != objects.len() || !asked.zip(&proofs.objects).all(|(id, proof)| id == proof.id.0) {
        return Err(AssembleError::OtherObjects);
    }
    let objects = objects
        .iter()
        .zip(&proofs.objects)
        .map(|(id, proof)| {
            let events = events(&proof.events)?;
            let proof = StateProof::parse(&proof.proof.0, PROOF_BYTES_MAX, "state proof")?;
            Ok(BundleObject { id: id.clone(), proof, events })
        })
        .collect::<Result<Vec<_>, AssembleError>>()?;
    let (unit, lot) = (touch.unit.clone(), touch.lot.clone());
    let anchor = parts.anchor.to_bytes();
    let mut bundle = Bundle {
        anchor: None,
        header: ShortHeader::of(&parts.header),
        certificate: ShortCertificate::of(&proofs.certificate.0).ok_or(AssembleError::Certificate)?,
        cosigned: parts.cosigned,
        touch,
        objects,
    };
    if parts.whole {
        bundle.anchor = Some(parts.anchor);
    }
    let bytes = bundle.to_bytes();
    at_most("bytes", bytes.len(), BUNDLE_BYTES_MAX)?;
    let pin = Pin { chain, anchor: Some(&anchor), unit: &unit, lot: Some(&lot), now_ms, fresh_ms_max: FRESH_MS_MAX };
    verify_under(&bytes, &pin, behind)?;
    Ok(bytes)
}

fn events(encoded: &[tracelight_api::Base64]) -> Result<Vec<Event>, AssembleError> {
    at_most("events of one object", encoded.len(), BUNDLE_EVENTS_MAX)?;
    Ok(encoded.iter().map(|event| Event::parse(&event.0, EVENT_BYTES_MAX, "event")).collect::<Result<_, _>>()?)
}

fn at_most(what: &'static str, found: usize, max: usize) -> Result<(), AssembleError> {
    if found > max { Err(AssembleError::TooMuch { what, found, max }) } else { Ok(()) }
}
