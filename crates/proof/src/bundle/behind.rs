//! What stands behind a header: the anchor, a quorum's certificate, what witnesses say of its log. It is the same for every bundle under
//! that header, and nearly all of a check's time, which is spent on signatures.

use super::steps::{Followed, certify, follow};
use super::{
    Anchor, Bundle, BundleFault, Cosigned, FRESH_MS_MAX, Part, Pin, ShortCertificate, ShortHeader, Signer, Witnessed,
};
use crate::block::Header;
use crate::genesis::{Genesis, validators_hash};
use crate::log::{LogHead, verify_consistency};
use crate::note::{Checkpoint, verify_cosignature};
use tracelight_domain::ids::{ChainId, PublicKey};

/// What was found behind a header, and the parts of a bundle that it was found in. Made by a check alone.
#[derive(Clone, Debug)]
pub struct Behind {
    chain: ChainId,
    anchor: Anchor,
    short: ShortHeader,
    certificate: ShortCertificate,
    cosigned: Option<Cosigned>,
    /// Cosignatures dated later were refused.
    now_ms: u64,
    pub(super) header: Header,
    pub(super) signers: Vec<Signer>,
    pub(super) validators: usize,
    pub(super) steps: usize,
    pub(super) witnesses: Vec<Witnessed>,
    pub(super) genesis: Genesis,
}

impl Behind {
    /// Checks it, in the order of the head of [`super`].
    pub(super) fn check(bundle: &Bundle, anchor: Anchor, pin: &Pin<'_>) -> Result<Self, BundleFault> {
        let genesis = Genesis::parse_checked(&anchor.genesis).map_err(|error| Part::Genesis.fault(error))?;
        if genesis.chain_id() != pin.chain {
            return Err(Part::Genesis.fault("the bundle speaks for another alliance"));
        }
        let followed = follow(&genesis, &anchor.steps).map_err(|fault| Part::Steps.fault(fault))?;
        let (header, signers) = certified_header(&bundle.header, &bundle.certificate, &genesis, &followed)?;
        fresh(&header, pin)?;
        let witnesses = match &bundle.cosigned {
            None => Vec::new(),
            Some(cosigned) => witnessed(cosigned, &genesis, &header, pin)?,
        };
        Ok(Self {
            chain: pin.chain,
            short: bundle.header.clone(),
            certificate: bundle.certificate.clone(),
            cosigned: bundle.cosigned.clone(),
            now_ms: pin.now_ms,
            header,
            signers,
            validators: followed.validators.len(),
            steps: anchor.steps.len(),
            witnesses,
            genesis,
            anchor,
        })
    }

    /// Whether a check of this bundle would find the same. A clock that was set back could meet cosignatures from its future.
    pub(super) fn is_of(&self, bundle: &Bundle, anchor: &Anchor, pin: &Pin<'_>) -> bool {
        self.chain == pin.chain
            && self.now_ms <= pin.now_ms
            && self.short == bundle.header
            && self.certificate == bundle.certificate
            && self.cosigned == bundle.cosigned
            && self.anchor == *anchor
    }
}

/// The bundle's own anchor, or else the one that the checker was given.
pub(super) fn anchor(bundle: &Bundle, pin: &Pin<'_>) -> Result<Anchor, BundleFault> {
    match (&bundle.anchor, pin.anchor) {
        (Some(anchor), _) => Ok(anchor.clone()),
        (None, Some(bytes)) => Anchor::decode(bytes).map_err(|error| Part::Genesis.fault(error)),
        (None, None) => Err(Part::Genesis.fault("the bundle leaves out its genesis, and none was given with it")),
    }
}

/// The header in full, and who signed it.
pub(super) fn certified_header(
    short: &ShortHeader,
    certificate: &ShortCertificate,
    genesis: &Genesis,
    followed: &Followed,
) -> Result<(Header, Vec<Signer>), BundleFault> {
    let validators = &followed.validators;
    let header = short.expand(genesis.chain_id(), validators_hash(validators));
    if header.executed >= header.height {
        return Err(Part::Header.fault("the header speaks of a block that comes after it"));
    }
    if header.height <= followed.height {
        return Err(Part::Header.fault("the header is older than the last change of the validators"));
    }
    let signers = certify(&header, certificate, validators).map_err(|message| Part::Certificate.fault(message))?;
    let signer = |key: [u8; 32]| Signer {
        key: PublicKey(key),
        member: genesis.members.iter().find(|member| member.validator.0 == key).map(|member| member.gln),
    };
    Ok((header, signers.into_iter().filter_map(|index| validators.key(index)).map(signer).collect()))
}

fn witnessed(
    cosigned: &Cosigned,
    genesis: &Genesis,
    header: &Header,
    pin: &Pin<'_>,
) -> Result<Vec<Witnessed>, BundleFault> {
    let fault = |message: String| Part::Witness.fault(message);
    let newest = LogHead { size: header.executed.saturating_add(1), root: header.log_root };
    let head = match &cosigned.older {
        None => newest,
        Some(older) => {
            let size = newest.size.checked_sub(older.entries_fewer).filter(|_| older.entries_fewer > 0);
            let size = size.ok_or_else(|| fault("the cosigned log is not older than the header's".to_owned()))?;
            let head = LogHead { size, root: older.root };
            verify_consistency(&head, &newest, &older.proof)
                .map_err(|error| fault(format!("the header's log does not continue the cosigned one: {error}")))?;
            head
        }
    };
    if cosigned.cosignatures.is_empty() || !cosigned.cosignatures.is_sorted_by(|a, b| a.witness < b.witness) {
        return Err(fault("a witness is named twice, or none is".to_owned()));
    }
    let text = Checkpoint { chain: header.chain, head }.text();
    let one = |cosignature: &super::Cosignature| {
        let number = cosignature.witness;
        let witness = genesis.witnesses.get(usize::from(number));
        let witness = witness.ok_or_else(|| fault(format!("the alliance has no witness number {number}")))?;
        if cosignature.time_s.saturating_mul(1000) > pin.now_ms.saturating_add(FRESH_MS_MAX) {
            return Err(fault(format!("the cosignature of `{}` is dated in the future", witness.name)));
        }
        if !verify_cosignature(&witness.key, cosignature.time_s, &text, &cosignature.signature) {
            return Err(fault(format!(
                "the cosignature of `{}` is not its own, or of another checkpoint",
                witness.name
            )));
        }
        Ok(Witnessed { name: witness.name.clone(), time_s: cosignature.time_s })
    };
    cosigned.cosignatures.iter().map(one).collect()
}

pub(super) fn fresh(header: &Header, pin: &Pin<'_>) -> Result<(), BundleFault> {
    if header.time_ms > pin.now_ms.saturating_add(FRESH_MS_MAX) {
        return Err(Part::Freshness.fault("the header is dated in the future; is this clock right?"));
    }
    let age_ms = pin.now_ms.saturating_sub(header.time_ms);
    if age_ms > pin.fresh_ms_max {
        return Err(Part::Freshness.fault(format!("the header is {} seconds old", age_ms / 1000)));
    }
    Ok(())
}
