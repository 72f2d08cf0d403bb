//! What goods leave in the read model: the rows of one event after the other, each in a block of its own.

use super::tables::{NULL, Tables, or_null};
use tracelight_domain::gs1::{Gln, Sscc};
use tracelight_domain::ids::{BatchId, ShipmentId};
use tracelight_domain::rules::{DAY_MS, SETTLE_DAYS};
use tracelight_domain::state::{EventKind, Level, LogisticStatus, ObjectId, ShipmentStatus};
use tracelight_proof::codec::Canonical;

/// Company prefix of all numbers.
pub const PREFIX: &str = "6901234";
/// BFT time of block 0, milliseconds.
const BEGIN_MS: u64 = 1_790_000_000_000;
/// Milliseconds between two blocks.
const BLOCK_MS: u64 = 1_000;
/// Milliseconds of an open hand-over.
const DUE_MS: u64 = SETTLE_DAYS * DAY_MS;

/// Who takes part: two manufacturers, two carriers, eight pharmacies.
pub struct Cast {
    pub makers: [Gln; 2],
    pub carriers: [Gln; 2],
    pub pharmacies: [Gln; 8],
}

impl Cast {
    pub fn new() -> anyhow::Result<Self> {
        let gln = |number| Gln::build(PREFIX, number);
        Ok(Self {
            makers: [gln(100)?, gln(101)?],
            carriers: [gln(200)?, gln(201)?],
            pharmacies: [gln(300)?, gln(301)?, gln(302)?, gln(303)?, gln(304)?, gln(305)?, gln(306)?, gln(307)?],
        })
    }
}

/// One of a few, in turn.
pub fn one_of<T: Copy>(few: &[T], number: u64) -> Option<T> {
    few.iter().copied().cycle().nth(usize::try_from(number % few.len().max(1) as u64).ok()?)
}

/// Where an event stands.
#[derive(Clone)]
pub struct At {
    pub height: u64,
    pub ms: u64,
    /// Hexadecimal.
    pub tx: String,
}

/// Bytes that look like chance and are the same in every run, hexadecimal.
pub fn hash(kind: u64, number: u64, words: u64) -> String {
    let mut out = String::new();
    for word in 0..words {
        // SplitMix64.
        let mut z = ((kind << 56) | (word << 48) | number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        out.push_str(&format!("{:016x}", z ^ (z >> 31)));
    }
    out
}

/// The first byte of a canonical value, which is how the read model keeps an enum.
fn tag(value: &impl Canonical) -> u8 {
    value.to_bytes().first().copied().unwrap_or_default()
}

pub fn hex_key(object: &ObjectId) -> String {
    hex::encode(object.to_bytes())
}

/// A case or pallet as it stands now.
pub struct Unit<'a> {
    pub sscc: Sscc,
    pub level: Level,
    pub status: LogisticStatus,
    pub custodian: Gln,
    pub parent: Option<Sscc>,
    pub count: u64,
    pub made_by: Gln,
    pub made: &'a At,
    pub last: &'a At,
}

/// A hand-over as it stands now.
pub struct Handed<'a> {
    pub id: ShipmentId,
    pub from: Gln,
    pub to: Gln,
    pub status: ShipmentStatus,
    pub shipped: &'a At,
    pub answered: Option<&'a At>,
}

/// Writes rows, block after block.
pub struct Blocks<'t> {
    pub tables: &'t mut Tables,
    pub height: u64,
    events: u64,
    shipments: u64,
}

impl<'t> Blocks<'t> {
    pub fn new(tables: &'t mut Tables) -> Self {
        Self { tables, height: 0, events: 0, shipments: 0 }
    }

    /// The next block.
    pub fn next(&mut self) -> At {
        self.height += 1;
        At { height: self.height, ms: BEGIN_MS + self.height * BLOCK_MS, tx: hash(1, self.height, 4) }
    }

    pub fn next_shipment(&mut self) -> anyhow::Result<ShipmentId> {
        self.shipments += 1;
        let mut id = [0; 16];
        hex::decode_to_slice(hash(2, self.shipments, 2), &mut id)?;
        Ok(ShipmentId(id))
    }

    pub fn event(
        &mut self,
        object: &ObjectId,
        seq: u32,
        kind: EventKind,
        at: &At,
        (actor, peer): (Gln, Option<Gln>),
        container: Option<Sscc>,
    ) -> anyhow::Result<()> {
        self.events += 1;
        let (key, kind, At { height, ms, tx }) = (hex_key(object), tag(&kind), at);
        let (peer, container) = (or_null(peer), or_null(container));
        let row = format_args!("{key}\t{seq}\t{kind}\t{height}\t{ms}\t{actor}\t{peer}\t{container}\t{NULL}\t{tx}");
        self.tables.row("rm_event", row)
    }

    pub fn product(&mut self, gtin: impl std::fmt::Display, maker: Gln) -> anyhow::Result<()> {
        let At { height, ms, tx } = self.next();
        let row = format_args!("{gtin}\t{maker}\tAmoxicillin\t阿莫西林\t250 mg\t\t\t1\t{tx}\t{height}\t{ms}");
        self.tables.row("rm_product", row)
    }

    /// A lot that is registered, and sealed with a count.
    pub fn lot(&mut self, id: &BatchId, maker: Gln, made: (EventKind, &At), units: u64) -> anyhow::Result<()> {
        let (kind, at) = made;
        let seal = self.next();
        let (root, salt) = (hash(3, at.height, 4), hash(4, at.height, 2));
        let (gtin, lot) = (id.gtin, &id.lot);
        self.tables.row(
            "rm_batch",
            format_args!(
                "{gtin}\t{lot}\t{maker}\t2026-09-01\t2028-08-31\t{}\t{}\t{}\t{}\t{}\t{}\t{root}\t{units}\t{salt}\t0\t0",
                at.tx, at.height, at.ms, seal.tx, seal.height, seal.ms
            ),
        )?;
        let object = ObjectId::Batch(id.clone());
        self.event(&object, 1, kind, at, (maker, None), None)?;
        self.event(&object, 2, EventKind::Sealed, &seal, (maker, None), None)
    }

    pub fn unit(&mut self, unit: &Unit<'_>) -> anyhow::Result<()> {
        let Unit { sscc, level, status, custodian, parent, count, made_by, made, last } = unit;
        let shipment = match status {
            LogisticStatus::InTransit(id) | LogisticStatus::Short(id) => hex::encode(id.0),
            _ => NULL.to_owned(),
        };
        let (level, status, parent, root) = (tag(level), tag(status), or_null(*parent), hash(5, made.height, 4));
        self.tables.row(
            "rm_logistic",
            format_args!(
                "{sscc}\t{level}\t{status}\t{shipment}\t{custodian}\t{parent}\t{root}\t{count}\t{made_by}\t{}\t{}\t{}\t{}\t{}",
                made.tx, made.height, last.tx, last.height, last.ms
            ),
        )
    }

    /// A hand-over with its own events, of cases or pallets whose history has so many events before it. Their events too.
    pub fn hand_over(&mut self, handed: &Handed<'_>, objects: &[(Sscc, u32)]) -> anyhow::Result<()> {
        let Handed { id, from, to, status, shipped, answered } = handed;
        let due_ms = answered.map_or(shipped.ms, |at| at.ms) + DUE_MS;
        let (answer_tx, answer_height) = (or_null(answered.map(|at| &at.tx)), or_null(answered.map(|at| at.height)));
        let (key, answer_ms, status) = (hex::encode(id.0), or_null(answered.map(|at| at.ms)), tag(status));
        let At { height, ms, tx } = shipped;
        let row = format_args!(
            "{key}\t{from}\t{to}\t{status}\t{due_ms}\t{tx}\t{height}\t{ms}\t{answer_tx}\t{answer_height}\t{answer_ms}"
        );
        self.tables.row("rm_shipment", row)?;
        let all = objects.iter().map(|(sscc, before)| (ObjectId::Logistic(*sscc), *before));
        for (object, before) in all.chain([(ObjectId::Shipment(*id), 0)]) {
            self.event(&object, before + 1, EventKind::Shipped, shipped, (*from, Some(*to)), None)?;
            if let Some(at) = answered {
                self.event(&object, before + 2, EventKind::Received, at, (*to, Some(*from)), None)?;
            }
        }
        for (idx, (sscc, _)) in objects.iter().enumerate() {
            self.tables.row("rm_shipment_object", format_args!("{key}\t{idx}\t{sscc}"))?;
        }
        Ok(())
    }

    /// The cases that stand on a pallet as it is shipped.
    pub fn on_board(&mut self, shipment: ShipmentId, pallet: Sscc, cases: &[Sscc]) -> anyhow::Result<()> {
        let key = hex::encode(shipment.0);
        for case in cases {
            self.tables.row("rm_shipment_case", format_args!("{key}\t{pallet}\t{case}"))?;
        }
        Ok(())
    }

    /// The place of the projection: the newest block.
    pub fn marker(&mut self) -> anyhow::Result<()> {
        let (At { height, ms, tx }, events) = (self.next(), self.events);
        self.tables.row("rm_marker", format_args!("1\t{height}\t{tx}\t{tx}\t{ms}\t{events}"))
    }
}
