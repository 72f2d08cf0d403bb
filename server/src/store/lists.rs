//! The lists of the consoles: what each can be narrowed by and sorted by. How a list is asked for stands in [`super::listing`].
//!
//! | list | words (`q`) are looked for in | order without a wish |
//! |---|---|---|
//! | products | GTIN, names | GTIN |
//! | batches | GTIN, lot, names of the product | GTIN, lot |
//! | stock | SSCC, lots inside | SSCC |
//! | hand-overs | labels that were shipped, the other side | the newest first |
//! | recalls | GTIN, lot, name of the product | the newest first |
//! | reports | number of the case, GTIN, lot, names of the product | the newest first |
//! | imports (`imports.rs`) | name of the file, who uploaded it | the newest first |
//! | alerts (`alerts.rs`) | number, kind, GTIN, lot, serial, names of the product | the newest first |
//!
//! Words are looked for anywhere, whatever their case; `%` and `_` stand for themselves.

use super::convert::{batch_id, sscc, tag};
use super::listing::{Column, Conditions, Holds, List, Place, Wanted};
use super::{Store, StoreError, contains};
use sea_orm::Value;
use tracelight_domain::gs1::{Gtin, Sscc};
use tracelight_domain::ids::{BatchId, MemberId, RecallId, ShipmentId};
use tracelight_domain::state::{LogisticStatus, RecallStatus, ShipmentStatus};

const fn text(sql: &'static str) -> Column {
    Column { sql, holds: Holds::Text }
}

const fn number(sql: &'static str) -> Column {
    Column { sql, holds: Holds::Int }
}

const fn raw(sql: &'static str) -> Column {
    Column { sql, holds: Holds::Bytes }
}

/// Products.
pub const PRODUCTS: List = List { from: "rm_product p", key: &[text("p.gtin")] };
/// Batches.
pub const BATCHES: List =
    List { from: "rm_batch b LEFT JOIN rm_product p ON p.gtin = b.gtin", key: &[text("b.gtin"), raw("b.lot")] };
/// Cases and pallets.
pub const STOCK: List =
    List { from: "rm_logistic l LEFT JOIN rm_logistic p ON p.sscc = l.parent", key: &[text("l.sscc")] };
/// Hand-overs.
pub const SHIPMENTS: List = List { from: "rm_shipment s", key: &[raw("s.id")] };
/// Recalls.
pub const RECALLS: List = List { from: "rm_recall r JOIN rm_product p ON p.gtin = r.gtin", key: &[raw("r.id")] };
/// Reports of suspected fakes.
pub const REPORTS: List = List {
    from: "scan_report r LEFT JOIN rm_product p ON p.gtin = r.gtin LEFT JOIN report_case c ON c.report_id = r.id",
    key: &[raw("r.id")],
};

/// Columns that lists can be sorted by, by the word of the address.
pub mod sorts {
    use super::{Column, number, raw, text};

    /// Of products.
    pub const PRODUCTS: &[(&str, Column)] =
        &[("gtin", text("p.gtin")), ("name", text("p.name_en")), ("registered", number("p.height"))];
    /// Of batches.
    pub const BATCHES: &[(&str, Column)] = &[
        ("gtin", text("b.gtin")),
        ("lot", raw("b.lot")),
        ("product", text("COALESCE(p.name_en, '')")),
        ("made_on", text("b.made_on")),
        ("expires_on", text("b.expires_on")),
        ("registered", number("b.reg_height")),
    ];
    /// Of cases and pallets.
    pub const STOCK: &[(&str, Column)] = &[("sscc", text("l.sscc")), ("changed", number("l.last_height"))];
    /// Of hand-overs.
    pub const SHIPMENTS: &[(&str, Column)] = &[("shipped", number("s.ship_height")), ("due", number("s.due_ms"))];
    /// Of recalls.
    pub const RECALLS: &[(&str, Column)] =
        &[("opened", number("r.open_height")), ("lot", raw("r.lot")), ("product", text("p.name_en"))];
    /// Of reports.
    pub const REPORTS: &[(&str, Column)] =
        &[("received", number("r.at_ms")), ("case", text("r.case_number")), ("gtin", text("r.gtin"))];
}

/// What a list is narrowed by. An empty part asks for nothing; what several parts name must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// Words.
    pub q: String,
    /// The state of a row, one of the list's words.
    pub status: Option<&'static str>,
    /// GTIN-14.
    pub gtin: Option<Gtin>,
    /// Lot, as it is written.
    pub lot: Option<Vec<u8>>,
}

/// Rows of a list by their keys, each with its whole place.
pub type Keyed<T> = Vec<(T, Vec<Place>)>;

impl Store {
    /// A column of bytes as text, so that words can be looked for in it.
    fn as_text(&self, column: &str) -> String {
        if self.is_sqlite() { format!("CAST({column} AS TEXT)") } else { format!("CONVERT({column} USING utf8mb4)") }
    }

    /// Words in columns, in columns of bytes and in names, whatever their case. The engines do not fold the same letters beyond
    /// those of ASCII: in a name, what is typed as it is registered is found in any case.
    pub(in crate::store) fn words(
        &self,
        q: &str,
        columns: &[&str],
        bytes: &[&str],
        names: &[&str],
    ) -> Option<(String, Vec<Value>)> {
        if q.is_empty() {
            return None;
        }
        let (whole, small) = (contains(q), contains(&q.to_lowercase()));
        let mut parts = Vec::new();
        let mut values: Vec<Value> = Vec::new();
        let all = columns.iter().chain(names).map(|column| (*column).to_owned());
        for column in all.chain(bytes.iter().map(|column| self.as_text(column))) {
            parts.push(format!("LOWER({column}) LIKE ? ESCAPE '!'"));
            values.push(small.clone().into());
        }
        for column in names {
            parts.push(format!("{column} LIKE ? ESCAPE '!'"));
            values.push(whole.clone().into());
        }
        Some((format!("({})", parts.join(" OR ")), values))
    }

    /// GTINs of products. The states are kinds: `medicine`, `food`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_products(&self, narrowed: &Narrowed, wanted: &Wanted) -> Result<Keyed<String>, StoreError> {
        let mut conditions = Conditions::default();
        if let Some((part, values)) = self.words(&narrowed.q, &["p.gtin"], &[], &["p.name_en", "p.name_zh"]) {
            conditions.add(part, values);
        }
        let kind = match narrowed.status {
            Some("medicine") => Some(tracelight_domain::tx::ProductKind::Medicine),
            Some("food") => Some(tracelight_domain::tx::ProductKind::Food),
            _ => None,
        };
        if let Some(kind) = kind {
            conditions.add("p.kind = ?", [tag(&kind).into()]);
        }
        keyed(self.places(&PRODUCTS, wanted, conditions).await?, |key| match key {
            [Place::Text(gtin)] => Ok(gtin.clone()),
            _ => Err(odd("rm_product")),
        })
    }

    /// Batches: of one maker, or of all. The states are `open`, `sealed`, `recalled`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_batches(
        &self,
        maker: Option<MemberId>,
        narrowed: &Narrowed,
        wanted: &Wanted,
    ) -> Result<Keyed<BatchId>, StoreError> {
        let mut conditions = Conditions::default();
        if let Some(maker) = maker {
            conditions.add("b.maker = ?", [maker.to_string().into()]);
        }
        let names = ["COALESCE(p.name_en, '')", "COALESCE(p.name_zh, '')"];
        if let Some((part, values)) = self.words(&narrowed.q, &["b.gtin"], &["b.lot"], &names) {
            conditions.add(part, values);
        }
        match narrowed.status {
            Some("open") => conditions.add("b.seal_height IS NULL", []),
            Some("sealed") => conditions.add("b.seal_height IS NOT NULL", []),
            Some("recalled") => conditions.add("b.recalled IS NOT NULL", []),
            _ => {}
        }
        of_lot(&mut conditions, narrowed, "b.gtin", "b.lot");
        keyed(self.places(&BATCHES, wanted, conditions).await?, |key| match key {
            [Place::Text(gtin), Place::Bytes(lot)] => batch_id("rm_batch", gtin, lot),
            _ => Err(odd("rm_batch")),
        })
    }

    /// Cases and pallets that a member answers for. The states are those of a case; on a pallet the pallet's counts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_stock(
        &self,
        member: MemberId,
        narrowed: &Narrowed,
        wanted: &Wanted,
    ) -> Result<Keyed<Sscc>, StoreError> {
        let mut conditions = Conditions::default();
        let member = member.to_string();
        let own = "((l.parent IS NULL AND l.custodian = ?) OR p.custodian = ?) AND l.status NOT IN (?, ?)";
        let over = [tag(&LogisticStatus::Unpacked).into(), tag(&LogisticStatus::Consumed).into()];
        conditions.add(own, [member.clone().into(), member.into()].into_iter().chain(over));
        if let Some((part, mut values)) = self.words(&narrowed.q, &["l.sscc"], &[], &[]) {
            // A case holds lots by itself, a pallet by its cases.
            let lot = self.as_text("c.lot");
            let inside = format!(
                "EXISTS (SELECT 1 FROM rm_case_content c JOIN rm_logistic i ON i.sscc = c.sscc \
                 WHERE (i.sscc = l.sscc OR i.parent = l.sscc) AND LOWER({lot}) LIKE ? ESCAPE '!')"
            );
            values.push(contains(&narrowed.q.to_lowercase()).into());
            conditions.add(format!("({part} OR {inside})"), values);
        }
        let none = ShipmentId([0; ShipmentId::LEN]);
        let status = match narrowed.status {
            Some("in_stock") => Some(LogisticStatus::InStock),
            Some("in_transit") => Some(LogisticStatus::InTransit(none)),
            Some("short") => Some(LogisticStatus::Short(none)),
            Some("damaged") => Some(LogisticStatus::Damaged),
            Some("lost") => Some(LogisticStatus::Lost),
            Some("stolen") => Some(LogisticStatus::Stolen),
            _ => None,
        };
        if let Some(status) = status {
            conditions.add("COALESCE(p.status, l.status) = ?", [tag(&status).into()]);
        }
        keyed(self.places(&STOCK, wanted, conditions).await?, |key| match key {
            [Place::Text(label)] => sscc("rm_logistic", "sscc", label),
            _ => Err(odd("rm_logistic")),
        })
    }

    /// Hand-overs that a member sent or was sent. `named` are members whose name has the words.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_shipments(
        &self,
        member: MemberId,
        named: &[MemberId],
        narrowed: &Narrowed,
        wanted: &Wanted,
    ) -> Result<Keyed<ShipmentId>, StoreError> {
        let mut conditions = Conditions::default();
        let member = member.to_string();
        conditions.add("(s.sender = ? OR s.receiver = ?)", [member.clone().into(), member.clone().into()]);
        if !narrowed.q.is_empty() {
            let mut part = "EXISTS (SELECT 1 FROM rm_shipment_object o WHERE o.shipment = s.id \
                            AND o.sscc LIKE ? ESCAPE '!')"
                .to_owned();
            let mut values: Vec<Value> = vec![contains(&narrowed.q).into()];
            for other in named.iter().map(ToString::to_string).filter(|other| *other != member) {
                part.push_str(" OR s.sender = ? OR s.receiver = ?");
                values.extend([other.clone().into(), other.into()]);
            }
            conditions.add(format!("({part})"), values);
        }
        let status = match narrowed.status {
            Some("open") => Some(ShipmentStatus::Open),
            Some("received") => Some(ShipmentStatus::Received),
            Some("received_in_part") => Some(ShipmentStatus::ReceivedInPart),
            Some("refused") => Some(ShipmentStatus::Refused),
            Some("disputed") => Some(ShipmentStatus::Disputed),
            Some("settled") => Some(ShipmentStatus::Settled),
            _ => None,
        };
        if let Some(status) = status {
            conditions.add("s.status = ?", [tag(&status).into()]);
        }
        keyed(self.places(&SHIPMENTS, wanted, conditions).await?, |key| match key {
            [Place::Bytes(id)] => Ok(ShipmentId(super::convert::bytes("rm_shipment", "id", id)?)),
            _ => Err(odd("rm_shipment")),
        })
    }

    /// Recalls: of the lots of one maker, or all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_recalls(
        &self,
        maker: Option<MemberId>,
        narrowed: &Narrowed,
        wanted: &Wanted,
    ) -> Result<Keyed<RecallId>, StoreError> {
        let mut conditions = Conditions::default();
        if let Some(maker) = maker {
            conditions.add("p.maker = ?", [maker.to_string().into()]);
        }
        if let Some((part, values)) = self.words(&narrowed.q, &["r.gtin"], &["r.lot"], &["p.name_en", "p.name_zh"]) {
            conditions.add(part, values);
        }
        let status = match narrowed.status {
            Some("opened") => Some(RecallStatus::Opened),
            Some("approved") => Some(RecallStatus::Approved),
            Some("closed") => Some(RecallStatus::Closed),
            _ => None,
        };
        if let Some(status) = status {
            conditions.add("r.status = ?", [tag(&status).into()]);
        }
        of_lot(&mut conditions, narrowed, "r.gtin", "r.lot");
        keyed(self.places(&RECALLS, wanted, conditions).await?, |key| match key {
            [Place::Bytes(id)] => Ok(RecallId(super::convert::bytes("rm_recall", "id", id)?)),
            _ => Err(odd("rm_recall")),
        })
    }

    /// Reports: about products of one maker, or all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_reports(
        &self,
        maker: Option<MemberId>,
        narrowed: &Narrowed,
        wanted: &Wanted,
    ) -> Result<Keyed<[u8; 16]>, StoreError> {
        let mut conditions = Conditions::default();
        if let Some(maker) = maker {
            conditions.add("p.maker = ?", [maker.to_string().into()]);
        }
        let names = ["COALESCE(p.name_en, '')", "COALESCE(p.name_zh, '')"];
        let columns = ["r.case_number", "r.gtin"];
        if let Some((part, values)) = self.words(&narrowed.q, &columns, &["COALESCE(r.lot, '')"], &names) {
            conditions.add(part, values);
        }
        match narrowed.status {
            Some("received") => conditions.add("(c.status IS NULL OR c.status = 'received')", []),
            Some(status) => conditions.add("c.status = ?", [status.into()]),
            None => {}
        }
        of_lot(&mut conditions, narrowed, "r.gtin", "r.lot");
        keyed(self.places(&REPORTS, wanted, conditions).await?, |key| match key {
            [Place::Bytes(id)] => super::convert::bytes("scan_report", "id", id),
            _ => Err(odd("scan_report")),
        })
    }
}

pub(in crate::store) fn of_lot(conditions: &mut Conditions, narrowed: &Narrowed, gtin: &str, lot: &str) {
    if let Some(wanted) = narrowed.gtin {
        conditions.add(format!("{gtin} = ?"), [wanted.to_string().into()]);
    }
    if let Some(wanted) = &narrowed.lot {
        conditions.add(format!("{lot} = ?"), [wanted.clone().into()]);
    }
}

/// The keys of places: what stands behind the value of the order.
pub(in crate::store) fn keyed<T>(
    places: Vec<Vec<Place>>,
    key: impl Fn(&[Place]) -> Result<T, StoreError>,
) -> Result<Keyed<T>, StoreError> {
    places.into_iter().map(|place| Ok((key(place.get(1..).unwrap_or_default())?, place))).collect()
}

pub(in crate::store) fn odd(table: &'static str) -> StoreError {
    StoreError::corrupt(table, "key", "not what the question asked for")
}

/// Rows in the order of their keys; a row that is gone meanwhile is left out.
pub(in crate::store) fn in_order<K: PartialEq, T>(keys: &[K], mut rows: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut out = Vec::with_capacity(rows.len());
    for wanted in keys {
        if let Some(at) = rows.iter().position(|row| key(row) == *wanted) {
            out.push(rows.swap_remove(at));
        }
    }
    out
}
