//! Who holds how many packs of a lot. The arithmetic is pure ([`add_up`]); the query beside it fills it.
//!
//! ```text
//! sealed = holders (in stock + in transit + short) + gone + unknown
//! holder    a case counts with whoever answers for it; on a pallet the pallet's custodian and status count
//! damaged   is in stock: the goods stand there, and a recall wants them
//! gone      dispensed, sold, sampled, destroyed, exported
//! unknown   in no case, or in a case that is lost or stolen, or a pack reported stolen
//! ```

use super::convert::{from_tag, gln, sscc, uint};
use super::entity::rm_batch;
use super::{Store, StoreError, sql};
use sea_orm::{EntityTrait as _, FromQueryResult};
use std::collections::BTreeMap;
use tracelight_domain::gs1::Sscc;
use tracelight_domain::ids::{BatchId, MemberId};
use tracelight_domain::state::{LogisticStatus, UnitStatus};
use tracelight_proof::codec::Canonical as _;

/// Packs of the lot in one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseShare {
    /// The case.
    pub case: Sscc,
    /// Packs of this lot that were packed into it.
    pub units: u64,
    /// Who answers for it.
    pub custodian: MemberId,
    /// Where it is.
    pub status: LogisticStatus,
}

/// Packs that something has happened to, counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitGroup {
    /// The case they were taken from.
    pub case: Option<Sscc>,
    /// What happened.
    pub status: UnitStatus,
    /// Who answers for them.
    pub custodian: MemberId,
    /// How many.
    pub count: u64,
}

/// One holder's packs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// In stock.
    pub in_stock: u64,
    /// On the way to somebody else.
    pub in_transit: u64,
    /// Missing on arrival.
    pub short: u64,
}

impl Held {
    /// All packs the member has to answer for.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.in_stock + self.in_transit + self.short
    }
}

/// Where the packs of a lot are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LotHoldings {
    /// Packs sealed, once the lot is sealed.
    pub sealed: Option<u64>,
    /// By holder.
    pub holders: BTreeMap<MemberId, Held>,
    /// Out of trade.
    pub gone: u64,
    /// Cannot be placed.
    pub unknown: u64,
}

/// Adds up.
#[must_use]
pub fn add_up(sealed: Option<u64>, cases: &[CaseShare], units: &[UnitGroup]) -> LotHoldings {
    let mut out = LotHoldings { sealed, ..LotHoldings::default() };
    let mut taken: BTreeMap<Sscc, u64> = BTreeMap::new();
    for group in units {
        if let Some(case) = group.case {
            *taken.entry(case).or_default() += group.count;
        }
        match group.status {
            UnitStatus::Active => out.holders.entry(group.custodian).or_default().in_stock += group.count,
            UnitStatus::Stolen => out.unknown += group.count,
            UnitStatus::Dispensed
            | UnitStatus::Sold
            | UnitStatus::Sampled
            | UnitStatus::Destroyed
            | UnitStatus::Exported => out.gone += group.count,
        }
    }
    for case in cases {
        let left = case.units.saturating_sub(taken.get(&case.case).copied().unwrap_or(0));
        let held = out.holders.entry(case.custodian).or_default();
        match case.status {
            LogisticStatus::InStock | LogisticStatus::Damaged => held.in_stock += left,
            LogisticStatus::InTransit(_) => held.in_transit += left,
            LogisticStatus::Short(_) => held.short += left,
            LogisticStatus::Consumed => out.gone += left,
            LogisticStatus::Lost | LogisticStatus::Stolen | LogisticStatus::Unpacked => out.unknown += left,
        }
    }
    out.holders.retain(|_, held| held.total() > 0);
    let placed = out.holders.values().map(Held::total).sum::<u64>() + out.gone + out.unknown;
    // Packs in no case: sealed, but never packed. A lot whose cases claim more packs than were sealed keeps its parts.
    out.unknown += sealed.unwrap_or(placed).saturating_sub(placed);
    out
}

#[derive(FromQueryResult)]
struct CaseRow {
    sscc: String,
    units: i64,
    custodian: String,
    status: i16,
    shipment: Option<Vec<u8>>,
}

#[derive(FromQueryResult)]
struct UnitRow {
    case_sscc: Option<String>,
    status: i16,
    custodian: String,
    packs: i64,
}

impl Store {
    /// Where the packs of a lot are now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn holdings(&self, batch: &BatchId) -> Result<LotHoldings, StoreError> {
        let (gtin, lot) = (batch.gtin.to_string(), batch.lot.as_bytes().to_vec());
        let row = rm_batch::Entity::find_by_id((gtin.clone(), lot.clone())).one(self.reader()).await?;
        let sealed = row.and_then(|row| row.unit_count).map(uint);
        Ok(add_up(sealed, &self.case_shares(&gtin, &lot).await?, &self.unit_groups(&gtin, &lot).await?))
    }

    async fn case_shares(&self, gtin: &str, lot: &[u8]) -> Result<Vec<CaseShare>, StoreError> {
        // A case on a pallet is where the pallet is.
        let text = "SELECT c.sscc, c.units, COALESCE(p.custodian, l.custodian) AS custodian, \
                    COALESCE(p.status, l.status) AS status, \
                    CASE WHEN p.sscc IS NULL THEN l.shipment ELSE p.shipment END AS shipment \
                    FROM rm_case_content c JOIN rm_logistic l ON l.sscc = c.sscc \
                    LEFT JOIN rm_logistic p ON p.sscc = l.parent WHERE c.gtin = ? AND c.lot = ?";
        let statement = sql(self.reader(), text, [gtin.into(), lot.to_vec().into()]);
        let rows = CaseRow::find_by_statement(statement).all(self.reader()).await?;
        rows.into_iter()
            .map(|row| {
                Ok(CaseShare {
                    case: sscc("rm_case_content", "sscc", &row.sscc)?,
                    units: uint(row.units),
                    custodian: gln("rm_logistic", "custodian", &row.custodian)?,
                    status: logistic_status(row.status, row.shipment.as_deref())?,
                })
            })
            .collect()
    }

    async fn unit_groups(&self, gtin: &str, lot: &[u8]) -> Result<Vec<UnitGroup>, StoreError> {
        let text = "SELECT case_sscc, status, custodian, COUNT(*) AS packs FROM rm_unit \
                    WHERE gtin = ? AND lot = ? GROUP BY case_sscc, status, custodian";
        let statement = sql(self.reader(), text, [gtin.into(), lot.to_vec().into()]);
        let rows = UnitRow::find_by_statement(statement).all(self.reader()).await?;
        rows.into_iter()
            .map(|row| {
                Ok(UnitGroup {
                    case: row.case_sscc.as_deref().map(|text| sscc("rm_unit", "case_sscc", text)).transpose()?,
                    status: from_tag("rm_unit", "status", row.status)?,
                    custodian: gln("rm_unit", "custodian", &row.custodian)?,
                    count: uint(row.packs),
                })
            })
            .collect()
    }
}

/// A logistic unit's status from its two columns.
pub(in crate::store) fn logistic_status(status: i16, shipment: Option<&[u8]>) -> Result<LogisticStatus, StoreError> {
    let corrupt = |why: String| StoreError::corrupt("rm_logistic", "status", why);
    let mut bytes = vec![u8::try_from(status).map_err(|error| corrupt(error.to_string()))?];
    bytes.extend(shipment.unwrap_or_default());
    LogisticStatus::parse(&bytes, 17, "logistic status").map_err(|error| corrupt(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracelight_domain::gs1::{Gln, check_digit};
    use tracelight_domain::ids::ShipmentId;

    fn member(number: u64) -> MemberId {
        Gln::build("9521101", number).expect("a valid GLN")
    }

    fn case(number: u8, units: u64, custodian: u64, status: LogisticStatus) -> CaseShare {
        CaseShare { case: label(number), units, custodian: member(custodian), status }
    }

    fn label(number: u8) -> Sscc {
        let payload = format!("0952110153000{number:04}");
        let check = check_digit(payload.as_bytes()).expect("digits");
        Sscc::parse(&format!("{payload}{}", char::from(check))).expect("a valid SSCC")
    }

    fn group(case: Option<u8>, status: UnitStatus, custodian: u64, count: u64) -> UnitGroup {
        UnitGroup { case: case.map(label), status, custodian: member(custodian), count }
    }

    fn parts(held: &LotHoldings) -> u64 {
        held.holders.values().map(Held::total).sum::<u64>() + held.gone + held.unknown
    }

    #[test]
    fn the_parts_add_up_to_what_was_sealed() {
        let shipment = ShipmentId([1; 16]);
        let cases = [
            case(1, 24, 1, LogisticStatus::InStock),
            case(2, 24, 1, LogisticStatus::InTransit(shipment)),
            case(3, 24, 0, LogisticStatus::Short(shipment)),
            case(4, 24, 2, LogisticStatus::Damaged),
            case(5, 24, 2, LogisticStatus::Lost),
        ];
        let units = [
            group(Some(4), UnitStatus::Dispensed, 2, 3),
            group(Some(4), UnitStatus::Active, 2, 1),
            group(Some(4), UnitStatus::Stolen, 2, 1),
            group(None, UnitStatus::Sampled, 0, 2),
        ];
        let held = add_up(Some(130), &cases, &units);
        assert_eq!(parts(&held), 130);
        assert_eq!(held.holders[&member(1)], Held { in_stock: 24, in_transit: 24, short: 0 });
        assert_eq!(held.holders[&member(0)], Held { in_stock: 0, in_transit: 0, short: 24 });
        assert_eq!(held.holders[&member(2)], Held { in_stock: 24 - 5 + 1, in_transit: 0, short: 0 });
        assert_eq!(held.gone, 5);
        // 130 - 5 * 24 = 10 in no case, 2 of them sampled; a lost case and a stolen pack on top.
        assert_eq!(held.unknown, 8 + 24 + 1);
    }

    #[test]
    fn an_empty_case_has_no_holder_and_an_open_lot_has_no_unknown() {
        let cases = [case(1, 2, 1, LogisticStatus::InStock)];
        let held = add_up(Some(2), &cases, &[group(Some(1), UnitStatus::Dispensed, 1, 2)]);
        assert!(held.holders.is_empty());
        assert_eq!((held.gone, held.unknown), (2, 0));
        let open = add_up(None, &cases, &[]);
        assert_eq!((open.sealed, open.unknown, parts(&open)), (None, 0, 2));
    }
}
