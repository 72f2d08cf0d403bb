//! What an order asks for, checked once when it opens. Pure.

use super::CASE_UNITS_MAX;
use crate::reading::{Objection, shown};
use tracelight_api::line::{Aggregation, LineReason, Order};
use tracelight_domain::gs1::Gtin;
use tracelight_domain::tx::OBJECTS_MAX;

/// Characters of a reason that a person gives.
const REASON_CHARS_MAX: usize = 200;

/// An order's levels and checks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spec {
    /// Packs in a bundle; `None` without bundles.
    pub(super) bundle: Option<u32>,
    /// GTIN of a bundle's code.
    pub(super) bundle_gtin: Option<Gtin>,
    /// Packs, or bundles, in a case; `None` when nobody counts.
    pub(super) case: Option<u32>,
    /// Cases on a pallet; `None` when nobody counts.
    pub(super) pallet: Option<u32>,
    /// Lowest grade of a label.
    pub(super) grade_min: Option<Grade>,
    /// Cases and pallets wait for quality assurance.
    pub(super) hold_for_release: bool,
}

impl Spec {
    /// Checks what a device asks for.
    ///
    /// # Errors
    /// [`LineReason::Malformed`], naming the field and what it may be.
    pub(super) fn of(product: Gtin, order: &Order) -> Result<Self, Objection> {
        let malformed = |detail: String| Err(Objection::new(LineReason::Malformed, detail));
        let bundle = count("bundle", order.bundle.as_ref(), CASE_UNITS_MAX)?;
        let case = count("case", order.case.as_ref(), CASE_UNITS_MAX)?;
        let pallet = count("pallet", order.pallet.as_ref(), OBJECTS_MAX)?;
        let packs = u64::from(bundle.unwrap_or(1)) * u64::from(case.unwrap_or(1));
        if packs > CASE_UNITS_MAX as u64 {
            return malformed(format!("order: a case would hold {packs} packs, at most {CASE_UNITS_MAX} are allowed"));
        }
        for (level, named) in [("case", &order.case), ("pallet", &order.pallet)] {
            if named.as_ref().is_some_and(|level| level.gtin.is_some()) {
                return malformed(format!("order.{level}.gtin: the chain knows a {level} by its SSCC; leave it out"));
            }
        }
        let bundle_gtin = match order.bundle.as_ref().and_then(|bundle| bundle.gtin.as_deref()) {
            None => None,
            Some(text) => match Gtin::parse(text) {
                Ok(gtin) if gtin != product => Some(gtin),
                Ok(_) => return malformed("order.bundle.gtin: is the product's own GTIN".to_owned()),
                Err(error) => return malformed(format!("order.bundle.gtin: {error}")),
            },
        };
        let grade_min = match order.grade_min.as_deref().map(|text| (text, Grade::parse(text))) {
            None => None,
            Some((_, Some(grade))) => Some(grade),
            Some((text, None)) => return malformed(format!("order.grade_min: `{}` is no grade", shown(text))),
        };
        Ok(Self { bundle, bundle_gtin, case, pallet, grade_min, hold_for_release: order.hold_for_release })
    }
}

fn count(level: &str, aggregation: Option<&Aggregation>, max: usize) -> Result<Option<u32>, Objection> {
    let Some(aggregation) = aggregation else { return Ok(None) };
    if aggregation.count == 0 || aggregation.count as usize > max {
        let detail = format!("order.{level}.count: {} is not 1 to {max}", aggregation.count);
        return Err(Objection::new(LineReason::Malformed, detail));
    }
    Ok(Some(aggregation.count))
}

/// A grade of ISO/IEC 15415 and 15416 in tenths: `A` is 3.5 and better, `B` 2.5, `C` 1.5, `D` 0.5, `F` below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Grade(u8);

impl Grade {
    /// Reads `A` to `D`, `F`, or `0.0` to `4.0`. A letter means the lowest number that earns it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let tenths = match text.as_bytes() {
            b"A" => 35,
            b"B" => 25,
            b"C" => 15,
            b"D" => 5,
            b"F" => 0,
            [whole @ b'0'..=b'4', b'.', tenth @ b'0'..=b'9'] => (whole - b'0') * 10 + (tenth - b'0'),
            _ => return None,
        };
        (tenths <= 40).then_some(Self(tenths))
    }
}

impl std::fmt::Display for Grade {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

/// The reason that a person gave.
///
/// # Errors
/// [`LineReason::Malformed`].
pub(super) fn reason(text: &str) -> Result<String, Objection> {
    let fits = !text.trim().is_empty() && text.chars().count() <= REASON_CHARS_MAX;
    if fits && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    let detail = format!("reason: give one of 1 to {REASON_CHARS_MAX} printable characters");
    Err(Objection::new(LineReason::Malformed, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_compare_by_their_numbers_and_nothing_else_is_one() {
        let grade = |text: &str| Grade::parse(text).expect("a grade");
        assert!(
            grade("A") > grade("B") && grade("B") > grade("C") && grade("C") > grade("D") && grade("D") > grade("F")
        );
        assert_eq!((grade("3.5"), grade("2.4") < grade("B"), grade("4.0") > grade("A")), (grade("A"), true, true));
        for bad in ["", "E", "a", "4.1", "5.0", "1", "1.55", "-1.0", "A "] {
            assert_eq!(Grade::parse(bad), None, "`{bad}`");
        }
    }

    #[test]
    fn an_order_that_makes_no_sense_is_refused_by_field() {
        let product = Gtin::parse("09506000134352").expect("a GTIN");
        let level = |count, gtin: Option<&str>| Some(Aggregation { count, gtin: gtin.map(str::to_owned) });
        for (order, field) in [
            (Order { bundle: level(0, None), ..Order::default() }, "bundle.count"),
            (Order { case: level(20_001, None), ..Order::default() }, "case.count"),
            (Order { pallet: level(513, None), ..Order::default() }, "pallet.count"),
            (Order { bundle: level(200, None), case: level(101, None), ..Order::default() }, "20200 packs"),
            (Order { bundle: level(10, Some("09506000134352")), ..Order::default() }, "bundle.gtin"),
            (Order { bundle: level(10, Some("123")), ..Order::default() }, "bundle.gtin"),
            (Order { case: level(10, Some("19506000134359")), ..Order::default() }, "case.gtin"),
            (Order { grade_min: Some("Z".to_owned()), ..Order::default() }, "grade_min"),
        ] {
            let objection = Spec::of(product, &order).expect_err("refused");
            assert!(objection.detail.contains(field), "{}", objection.detail);
            assert_eq!(objection.reason, LineReason::Malformed);
        }
        assert_eq!(Spec::of(product, &Order::default()), Ok(Spec::default()));
    }
}
