//! What is in the bundle, case and pallet that are open, for displays. Each item comes with a code of its own: whoever takes it
//! out again, on whatever terminal, has to be able to name it without having it in hand. Pure.

use super::Line;
use super::boxes::{Level, Member};
use super::code::Label;
use super::order::Open;
use serde::Serialize;
use tracelight_domain::gs1::{Gtin, Lot, Serial};

/// A thing inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// A code that names it to the line: an element string.
    pub raw: String,
    /// What people call it: its serial, or its label.
    pub name: String,
}

/// The newest things of each level, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Inside {
    /// Packs.
    pub bundle: Vec<Item>,
    /// Packs or bundles.
    pub case: Vec<Item>,
    /// Cases.
    pub pallet: Vec<Item>,
}

impl Line {
    /// What was put last into what is open, at most `max` of each level.
    #[must_use]
    pub fn inside(&self, max: usize) -> Inside {
        let Some(open) = &self.open else { return Inside::default() };
        let of = |level| open.boxes.open(level).iter().rev().take(max).filter_map(|member| open.item(member)).collect();
        Inside { bundle: of(Level::Bundle), case: of(Level::Case), pallet: of(Level::Pallet) }
    }
}

impl Open {
    fn item(&self, member: &Member) -> Option<Item> {
        let batch = &self.sheet.batch;
        match member {
            Member::Own(serial) => Some(pack(batch.gtin, None, serial)),
            Member::Guest(lot, serial) => Some(pack(batch.gtin, Some(lot), serial)),
            Member::Box(index) => match &self.boxes.get(*index)?.label {
                Label::Sscc(sscc) => Some(Item { raw: format!("]C100{sscc}"), name: sscc.to_string() }),
                Label::Bundle(serial) => self.spec.bundle_gtin.map(|gtin| pack(gtin, None, serial)),
            },
        }
    }
}

/// The last field of an element string needs no end, so the serial stands there.
fn pack(gtin: Gtin, lot: Option<&Lot>, serial: &Serial) -> Item {
    let lot = lot.map(|lot| format!("10{lot}\u{1d}")).unwrap_or_default();
    Item { raw: format!("]d201{gtin}{lot}21{serial}"), name: serial.to_string() }
}
