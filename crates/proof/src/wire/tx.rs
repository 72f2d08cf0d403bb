//! Transactions. The tag of a body is its kind; tags are never reused.

use crate::codec::{Canonical, DecodeError, Reader, canonical_struct, canonical_tags, write_list, write_text};
use tracelight_domain::governance::WORDS_BYTES_MAX;
use tracelight_domain::gs1::Sscc;
use tracelight_domain::tx::{
    BATCHES_PER_CASE_MAX, Content, Correction, CorrectionReason, DisputeOutcome, DisputeReason, INPUTS_MAX, Input,
    OBJECTS_MAX, PATH_STEPS_MAX, Path, Product, ProductKind, RecallClass, Seal, ShortOutcome, SignedTx, TEXT_BYTES_MAX,
    Transform, Tx, TxBody, UnitAction, UnitTouch,
};

/// Version of the transaction format. History: 1 = first, 2 = votes, quotas and the remaining kinds (ADR 0009).
const TX_VERSION: u8 = 2;

canonical_tags!(ProductKind, "product kind": 1 = Medicine, 2 = Food);
canonical_tags!(ShortOutcome, "outcome": 1 = Found, 2 = Lost, 3 = Stolen);
canonical_tags!(UnitAction, "unit action":
    1 = Dispense, 2 = Sell, 3 = Sample, 4 = Destroy, 5 = ReportStolen, 6 = Export, 7 = Return);
canonical_tags!(RecallClass, "recall class": 1 = One, 2 = Two, 3 = Three);
canonical_tags!(DisputeReason, "dispute reason":
    1 = Delivery, 2 = WrongGoods, 3 = Damage, 4 = Condition, 5 = Documents);
canonical_tags!(DisputeOutcome, "dispute outcome": 1 = AsRecorded, 2 = ForShipper, 3 = ForReceiver);
canonical_tags!(CorrectionReason, "correction reason":
    1 = DidNotOccur, 2 = WrongObject, 3 = RecordedTwice, 4 = WrongDetail);
canonical_struct!(Seal { batch, tree_root, unit_count, count_salt, rejected, sampled, quota, quota_salt });
canonical_struct!(UnitTouch { unit, lot, salt, in_batch, count_commitment, in_case });
canonical_struct!(SignedTx { tx, signature });

impl Canonical for Path {
    fn write(&self, out: &mut Vec<u8>) {
        self.left.write(out);
        write_list(&self.siblings, out);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let left = u64::read(reader)?;
        let siblings = reader.list(PATH_STEPS_MAX, "path")?;
        // A bit beyond the last sibling would be a second spelling of the same path.
        if left >> siblings.len() != 0 {
            return Err(reader.invalid("path", 0));
        }
        Ok(Self { left, siblings })
    }
}

impl Canonical for Product {
    fn write(&self, out: &mut Vec<u8>) {
        self.gtin.write(out);
        for text in [&self.name_en, &self.name_zh, &self.detail, &self.approval, &self.hotline] {
            write_text(text, out);
        }
        self.kind.write(out);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            gtin: Canonical::read(reader)?,
            name_en: text(reader, "name")?,
            name_zh: text(reader, "name")?,
            detail: text(reader, "detail")?,
            approval: text(reader, "approval")?,
            hotline: text(reader, "hotline")?,
            kind: ProductKind::read(reader)?,
        })
    }
}

impl Canonical for Content {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Units { root, batches } => {
                out.push(1);
                root.write(out);
                write_list(batches, out);
            }
            Self::Cases(cases) => {
                out.push(2);
                write_list(cases, out);
            }
        }
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match u8::read(reader)? {
            1 => Ok(Self::Units {
                root: Canonical::read(reader)?,
                batches: reader.list(BATCHES_PER_CASE_MAX, "batches in a case")?,
            }),
            2 => Ok(Self::Cases(cases(reader)?)),
            _ => Err(reader.invalid("content", 1)),
        }
    }
}

impl Canonical for Input {
    fn write(&self, out: &mut Vec<u8>) {
        self.batch.write(out);
        write_list(&self.cases, out);
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { batch: Canonical::read(r)?, cases: cases(r)? })
    }
}

impl Canonical for Transform {
    fn write(&self, out: &mut Vec<u8>) {
        self.output.write(out);
        self.made_on.write(out);
        self.expires_on.write(out);
        self.quota.write(out);
        write_list(&self.inputs, out);
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let transform = Self {
            output: Canonical::read(r)?,
            made_on: Canonical::read(r)?,
            expires_on: Canonical::read(r)?,
            quota: Canonical::read(r)?,
            inputs: r.list(INPUTS_MAX, "inputs")?,
        };
        let cases = transform.inputs.iter().map(|input| input.cases.len()).sum::<usize>();
        if cases > OBJECTS_MAX {
            return Err(DecodeError::TooLong { what: "objects", length: cases as u64, max: OBJECTS_MAX });
        }
        Ok(transform)
    }
}

impl Canonical for Correction {
    fn write(&self, out: &mut Vec<u8>) {
        self.object.write(out);
        self.seq.write(out);
        self.tx.write(out);
        self.reason.write(out);
        self.replaced_by.write(out);
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            object: Canonical::read(r)?,
            seq: Canonical::read(r)?,
            tx: Canonical::read(r)?,
            reason: Canonical::read(r)?,
            replaced_by: Canonical::read(r)?,
        })
    }
}

fn cases(reader: &mut Reader<'_>) -> Result<Vec<Sscc>, DecodeError> {
    reader.list(OBJECTS_MAX, "objects")
}

impl Canonical for Tx {
    fn write(&self, out: &mut Vec<u8>) {
        TX_VERSION.write(out);
        self.chain.write(out);
        self.key.write(out);
        self.nonce.write(out);
        self.expires_at.write(out);
        self.body.write(out);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if u8::read(reader)? != TX_VERSION {
            return Err(reader.invalid("transaction version", 1));
        }
        Ok(Self {
            chain: Canonical::read(reader)?,
            key: Canonical::read(reader)?,
            nonce: Canonical::read(reader)?,
            expires_at: Canonical::read(reader)?,
            body: Canonical::read(reader)?,
        })
    }
}

impl Canonical for TxBody {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::RegisterDevice { device, label } => {
                out.push(1);
                device.write(out);
                write_text(label, out);
            }
            Self::RegisterProduct(product) => {
                out.push(2);
                product.write(out);
            }
            Self::RegisterBatch { batch, made_on, expires_on, quota } => {
                out.push(3);
                batch.write(out);
                made_on.write(out);
                expires_on.write(out);
                quota.write(out);
            }
            Self::SealBatch(seal) => {
                out.push(4);
                seal.write(out);
            }
            Self::Pack { parent, content } => {
                out.push(5);
                parent.write(out);
                content.write(out);
            }
            Self::Unpack { parent, cases } => {
                out.push(6);
                parent.write(out);
                write_list(cases, out);
            }
            Self::Ship { shipment, to, objects } => {
                out.push(7);
                shipment.write(out);
                to.write(out);
                write_list(objects, out);
            }
            Self::Receive { shipment, short, damaged } => {
                out.push(8);
                shipment.write(out);
                write_list(short, out);
                write_list(damaged, out);
            }
            Self::Refuse { shipment } => {
                out.push(9);
                shipment.write(out);
            }
            Self::ResolveShort { sscc, outcome } => {
                out.push(10);
                sscc.write(out);
                outcome.write(out);
            }
            Self::UnitAction { touch, action } => {
                out.push(11);
                touch.write(out);
                action.write(out);
            }
            Self::OpenRecall { recall, batch, class, drill, notice } => {
                out.push(12);
                recall.write(out);
                batch.write(out);
                class.write(out);
                drill.write(out);
                notice.write(out);
            }
            Self::ApproveRecall { recall } => {
                out.push(13);
                recall.write(out);
            }
            Self::CloseRecall { recall } => {
                out.push(14);
                recall.write(out);
            }
            Self::Anchor { log, size, root } => {
                out.push(15);
                log.write(out);
                size.write(out);
                root.write(out);
            }
            Self::Transform(_)
            | Self::Dispute { .. }
            | Self::SettleDispute { .. }
            | Self::Correct(_)
            | Self::Propose { .. }
            | Self::Vote { .. }
            | Self::ValidatorReady { .. } => write_later(self, out),
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match u8::read(r)? {
            1 => Self::RegisterDevice { device: Canonical::read(r)?, label: text(r, "label")? },
            2 => Self::RegisterProduct(Canonical::read(r)?),
            3 => Self::RegisterBatch {
                batch: Canonical::read(r)?,
                made_on: Canonical::read(r)?,
                expires_on: Canonical::read(r)?,
                quota: Canonical::read(r)?,
            },
            4 => Self::SealBatch(Canonical::read(r)?),
            5 => Self::Pack { parent: Canonical::read(r)?, content: Canonical::read(r)? },
            6 => Self::Unpack { parent: Canonical::read(r)?, cases: cases(r)? },
            7 => Self::Ship { shipment: Canonical::read(r)?, to: Canonical::read(r)?, objects: cases(r)? },
            8 => Self::Receive { shipment: Canonical::read(r)?, short: cases(r)?, damaged: cases(r)? },
            9 => Self::Refuse { shipment: Canonical::read(r)? },
            10 => Self::ResolveShort { sscc: Canonical::read(r)?, outcome: Canonical::read(r)? },
            11 => Self::UnitAction { touch: Canonical::read(r)?, action: Canonical::read(r)? },
            12 => Self::OpenRecall {
                recall: Canonical::read(r)?,
                batch: Canonical::read(r)?,
                class: Canonical::read(r)?,
                drill: Canonical::read(r)?,
                notice: Canonical::read(r)?,
            },
            13 => Self::ApproveRecall { recall: Canonical::read(r)? },
            14 => Self::CloseRecall { recall: Canonical::read(r)? },
            15 => Self::Anchor { log: Canonical::read(r)?, size: Canonical::read(r)?, root: Canonical::read(r)? },
            tag @ 16..=23 => read_later(tag, r)?,
            _ => return Err(r.invalid("transaction kind", 1)),
        })
    }
}

/// The kinds 16 to 23, without 19: that was a correction which proved its event against the newest history head (ADR 0013).
/// Numbers are never used again.
fn write_later(body: &TxBody, out: &mut Vec<u8>) {
    macro_rules! put {
        ($tag:literal $(, $part:expr)+) => {{ out.push($tag); $($part.write(out);)+ }};
    }
    match body {
        TxBody::Transform(transform) => put!(16, transform),
        TxBody::Dispute { shipment, reason, evidence } => put!(17, shipment, reason, evidence),
        TxBody::SettleDispute { shipment, outcome } => put!(18, shipment, outcome),
        TxBody::Correct(correction) => put!(23, correction),
        TxBody::Propose { proposal, change, closes_at, forced } => {
            put!(20, proposal, change, closes_at);
            write_text(forced, out);
        }
        TxBody::Vote { proposal, approve } => put!(21, proposal, approve),
        TxBody::ValidatorReady { height, block } => put!(22, height, block),
        _ => {}
    }
}

fn read_later(tag: u8, r: &mut Reader<'_>) -> Result<TxBody, DecodeError> {
    Ok(match tag {
        16 => TxBody::Transform(Canonical::read(r)?),
        17 => TxBody::Dispute {
            shipment: Canonical::read(r)?,
            reason: Canonical::read(r)?,
            evidence: Canonical::read(r)?,
        },
        18 => TxBody::SettleDispute { shipment: Canonical::read(r)?, outcome: Canonical::read(r)? },
        20 => TxBody::Propose {
            proposal: Canonical::read(r)?,
            change: Canonical::read(r)?,
            closes_at: Canonical::read(r)?,
            forced: r.text(WORDS_BYTES_MAX, "words")?.to_owned(),
        },
        21 => TxBody::Vote { proposal: Canonical::read(r)?, approve: Canonical::read(r)? },
        22 => TxBody::ValidatorReady { height: Canonical::read(r)?, block: Canonical::read(r)? },
        23 => TxBody::Correct(Canonical::read(r)?),
        _ => return Err(r.invalid("transaction kind", 1)),
    })
}

fn text(reader: &mut Reader<'_>, what: &'static str) -> Result<String, DecodeError> {
    reader.text(TEXT_BYTES_MAX, what).map(str::to_owned)
}
