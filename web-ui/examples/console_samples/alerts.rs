//! Canned alerts of medicine packs.

use tracelight_api::rest::alert::{Alert, AlertGravity, AlertStatus};
use tracelight_api::rest::handover::UnitAction;

use super::{GTIN, HOUR, NOW_MS, members, product};

pub fn alerts() -> Vec<Alert> {
    let alert = |number: &str, gravity, code: &str, hours: u64| Alert {
        number: number.into(),
        kind: number.split('-').next().unwrap_or_default().into(),
        gravity,
        code: code.into(),
        gtin: GTIN.into(),
        serial: "7F3K9QXW2M".into(),
        lot: "A24K07".into(),
        expires_on: "2027-10".into(),
        held_lot: "A24K07".into(),
        held_expires_on: "2027-10".into(),
        product_en: product().name_en,
        product_zh: product().name_zh,
        member: members()[2].gln.clone(),
        action: UnitAction::Dispense,
        first_ms: NOW_MS - hours * HOUR,
        last_ms: NOW_MS - hours * HOUR / 2,
        times: 2,
        status: AlertStatus::Open,
        note: String::new(),
        decided_by: String::new(),
        decided_ms: None,
        revision: 0,
    };
    let mut differs = alert("A52-K2M9QX7FTB", AlertGravity::Data, "NMVS_FE_LOT_12", 3);
    differs.expires_on = "2028-10".into();
    let mut unknown = alert("A1-9HWX3C41QZ", AlertGravity::Data, "", 20);
    (unknown.gtin, unknown.product_en, unknown.product_zh) = ("06901234999991".into(), String::new(), String::new());
    (unknown.held_lot, unknown.held_expires_on, unknown.times) = (String::new(), String::new(), 1);
    let mut gone = alert("A24-7F3K9Q2XMB", AlertGravity::Falsification, "NMVS_NC_PCK_22", 30);
    (gone.status, gone.revision) = (AlertStatus::Suspicious, 1);
    (gone.decided_by, gone.decided_ms) = (members()[0].gln.clone(), Some(NOW_MS - HOUR));
    gone.note = "The print of the lot is blurred on the photo; the pharmacy sends us the pack.".into();
    let mut again = alert("A10-3QZ8FTK2M9", AlertGravity::Handling, "NMVS_NC_PCK_19", 50);
    (again.status, again.revision, again.times) = (AlertStatus::Explained, 2, 14);
    (again.decided_by, again.decided_ms) = (members()[2].gln.clone(), Some(NOW_MS - 40 * HOUR));
    again.note = "Scanned at the counter and again by the robot.".into();
    vec![differs, unknown, gone, again]
}
