//! Physical marks: policies of products, enrolments of items, and what checks found. What is used up: [`settle`].

mod overview;
mod settle;

use super::convert::{int, serial, uint};
use super::entity::{mark_enrolment, mark_outcome, mark_policy};
use super::{KEYS_PER_QUERY, ROWS_PER_INSERT, Store, StoreError, sql};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _,
    QueryFilter as _,
};
use tracelight_domain::gs1::{Gtin, Serial};
use tracelight_domain::ids::UnitId;
use tracelight_marks::{Carried, Confidence, Enrolment, Kind, Need, Policy, Record, Slot};

/// Outcomes that are kept of one item; later ones say nothing new, and anybody can make them.
const OUTCOMES_KEPT_MAX: u64 = 1_000;

/// A mark to be kept.
#[derive(Clone, Debug)]
pub struct NewMark {
    /// Of which item.
    pub unit: UnitId,
    /// What the check of its kind made at the line.
    pub enrolment: Enrolment,
    /// By what it is found when it names no item.
    pub finder: Option<Slot>,
}

/// What became of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKept {
    /// It is kept.
    Stored,
    /// The same bytes were there.
    Already,
    /// The item has another mark of this kind.
    Other,
    /// The tag is another item's.
    Taken,
}

impl Store {
    /// What a product carries; `None` where nobody has said so.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mark_policy(&self, gtin: Gtin) -> Result<Option<Policy>, StoreError> {
        let row = mark_policy::Entity::find_by_id(gtin.to_string()).one(self.reader()).await?;
        row.map(|row| policy(&row)).transpose()
    }

    /// Writes what a product carries, in place of what was said before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_mark_policy(
        &self,
        gtin: Gtin,
        policy: &Policy,
        user_name: &str,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let word = |carried: &Carried| match carried.need {
            Need::Required => format!("{}=required", carried.kind),
            Need::Optional => format!("{}=optional", carried.kind),
        };
        let row = mark_policy::Model {
            gtin: gtin.to_string(),
            kinds: policy.carried().iter().map(word).collect::<Vec<_>>().join(" "),
            good_for_ms: int(policy.good_for_ms()),
            confidence_min: i16::from(policy.confidence_min().as_percent()),
            changed_ms: int(now_ms),
            user_name: user_name.to_owned(),
        };
        use mark_policy::Column as C;
        let columns = [C::Kinds, C::GoodForMs, C::ConfidenceMin, C::ChangedMs, C::UserName];
        let newer = OnConflict::column(C::Gtin).update_columns(columns).to_owned();
        let insert = mark_policy::Entity::insert(row.into_active_model()).on_conflict(newer);
        insert.exec_without_returning(self.writer()).await?;
        Ok(())
    }

    /// The mark of a kind that an item carries.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mark(&self, unit: &UnitId, kind: &Kind) -> Result<Option<Enrolment>, StoreError> {
        let key = (unit.gtin.to_string(), unit.serial.as_bytes().to_vec(), kind.to_string());
        let row = mark_enrolment::Entity::find_by_id(key).one(self.reader()).await?;
        row.map(|row| enrolment(&row.enrolment)).transpose()
    }

    /// Whose mark it is, when the mark names no item.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn marked_unit(&self, finder: Slot) -> Result<Option<(UnitId, Enrolment)>, StoreError> {
        let finder = finder.as_bytes().to_vec();
        let found = mark_enrolment::Entity::find().filter(mark_enrolment::Column::Finder.eq(finder));
        let Some(row) = found.one(self.reader()).await? else { return Ok(None) };
        let unit = UnitId {
            gtin: super::convert::gtin("mark_enrolment", "gtin", &row.gtin)?,
            serial: serial("mark_enrolment", "serial", &row.serial)?,
        };
        Ok(Some((unit, enrolment(&row.enrolment)?)))
    }

    /// Keeps a mark. The first of a kind stays: what is on a pack in the field is not exchanged for something else.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_mark(&self, mark: &NewMark, now_ms: u64) -> Result<MarkKept, StoreError> {
        let bytes = mark.enrolment.to_bytes();
        let values = [
            mark.unit.gtin.to_string().into(),
            mark.unit.serial.as_bytes().to_vec().into(),
            mark.enrolment.kind().to_string().into(),
            mark.finder.map(|finder| finder.as_bytes().to_vec()).into(),
            bytes.clone().into(),
            int(now_ms).into(),
        ];
        let text = format!(
            "{} mark_enrolment (gtin, serial, kind, finder, enrolment, made_ms) VALUES (?, ?, ?, ?, ?, ?)",
            self.insert_if_absent()
        );
        if self.writer().execute_raw(sql(self.writer(), &text, values)).await?.rows_affected() == 1 {
            return Ok(MarkKept::Stored);
        }
        Ok(match self.mark(&mark.unit, mark.enrolment.kind()).await? {
            Some(there) if there.to_bytes() == bytes => MarkKept::Already,
            Some(_) => MarkKept::Other,
            None => MarkKept::Taken,
        })
    }

    /// Keeps new marks of items that have none of their kind, all of them or, when one has, none (false). With
    /// [`Again::Replace`] they take the place of those that are there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_new_marks(&self, marks: &[NewMark], again: Again, now_ms: u64) -> Result<bool, StoreError> {
        let txn = self.begin().await?;
        for part in marks.chunks(ROWS_PER_INSERT) {
            let rows = part.iter().map(|mark| {
                let row = mark_enrolment::Model {
                    gtin: mark.unit.gtin.to_string(),
                    serial: mark.unit.serial.as_bytes().to_vec(),
                    kind: mark.enrolment.kind().to_string(),
                    finder: mark.finder.map(|finder| finder.as_bytes().to_vec()),
                    enrolment: mark.enrolment.to_bytes(),
                    made_ms: int(now_ms),
                };
                row.into_active_model()
            });
            use mark_enrolment::Column as C;
            let insert = mark_enrolment::Entity::insert_many(rows);
            let key = [C::Gtin, C::Serial, C::Kind];
            let newer = OnConflict::columns(key).update_columns([C::Enrolment, C::MadeMs]).to_owned();
            let kept = match again {
                Again::Refuse => insert.exec_without_returning(&txn).await,
                Again::Replace => insert.on_conflict(newer).exec_without_returning(&txn).await,
            };
            match kept {
                Err(error) if is_twice(&error) => return Ok(false),
                kept => kept?,
            };
        }
        txn.commit().await?;
        Ok(true)
    }

    /// Which of these items have a mark of a kind.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn marked_among(&self, gtin: Gtin, serials: &[Serial], kind: &Kind) -> Result<Vec<Serial>, StoreError> {
        let mut found = Vec::new();
        for part in serials.chunks(KEYS_PER_QUERY) {
            let marks = super::marks(part.len());
            let text = format!("SELECT serial FROM mark_enrolment WHERE gtin = ? AND kind = ? AND serial IN ({marks})");
            let values = [gtin.to_string().into(), kind.to_string().into()]
                .into_iter()
                .chain(part.iter().map(|serial| serial.as_bytes().to_vec().into()));
            for row in self.reader().query_all_raw(sql(self.reader(), &text, values)).await? {
                let bytes: Vec<u8> = row.try_get("", "serial")?;
                found.push(serial("mark_enrolment", "serial", &bytes)?);
            }
        }
        Ok(found)
    }

    /// Both engines' words for an insert that leaves a row alone that is there.
    fn insert_if_absent(&self) -> &'static str {
        if self.is_sqlite() { "INSERT OR IGNORE INTO" } else { "INSERT IGNORE INTO" }
    }

    /// Keeps what a check found; false when there are [`OUTCOMES_KEPT_MAX`] of the item already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_outcome(&self, id: [u8; 16], unit: &UnitId, record: &Record) -> Result<bool, StoreError> {
        let (gtin, serial) = (unit.gtin.to_string(), unit.serial.as_bytes().to_vec());
        let kept = mark_outcome::Entity::find()
            .filter(mark_outcome::Column::Gtin.eq(gtin.clone()))
            .filter(mark_outcome::Column::Serial.eq(serial.clone()));
        if kept.count(self.reader()).await? >= OUTCOMES_KEPT_MAX {
            return Ok(false);
        }
        let row =
            mark_outcome::Model { id: id.to_vec(), gtin, serial, at_ms: int(record.at_ms), record: record.to_bytes() };
        mark_outcome::Entity::insert(row.into_active_model()).exec_without_returning(self.writer()).await?;
        Ok(true)
    }

    /// What checks of an item found, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mark_outcomes(&self, unit: &UnitId) -> Result<Vec<Record>, StoreError> {
        use sea_orm::{QueryOrder as _, QuerySelect as _};
        let rows = mark_outcome::Entity::find()
            .filter(mark_outcome::Column::Gtin.eq(unit.gtin.to_string()))
            .filter(mark_outcome::Column::Serial.eq(unit.serial.as_bytes().to_vec()))
            .order_by_asc(mark_outcome::Column::AtMs)
            .order_by_asc(mark_outcome::Column::Id)
            .limit(OUTCOMES_KEPT_MAX)
            .all(self.reader())
            .await?;
        let record = |bytes: &[u8]| Record::parse(bytes).map_err(|e| StoreError::corrupt("mark_outcome", "record", e));
        rows.iter().map(|row| record(&row.record)).collect()
    }
}

/// What is done about marks that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// Nothing is kept.
    Refuse,
    /// The new ones take their place.
    Replace,
}

/// Another row has the key.
fn is_twice(error: &sea_orm::DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}

fn enrolment(bytes: &[u8]) -> Result<Enrolment, StoreError> {
    Enrolment::parse(bytes).map_err(|error| StoreError::corrupt("mark_enrolment", "enrolment", error))
}

fn policy(row: &mark_policy::Model) -> Result<Policy, StoreError> {
    let corrupt = |why: String| StoreError::corrupt("mark_policy", "kinds", format!("{}: {why}", row.gtin));
    let carried = |word: &str| {
        let (kind, need) = word.split_once('=').ok_or_else(|| corrupt(format!("`{word}`")))?;
        let kind = Kind::parse(kind).map_err(|error| corrupt(error.to_string()))?;
        let need = match need {
            "required" => Need::Required,
            "optional" => Need::Optional,
            other => return Err(corrupt(format!("`{other}`"))),
        };
        Ok(Carried { kind, need })
    };
    let kinds = row.kinds.split_whitespace().map(carried).collect::<Result<Vec<_>, StoreError>>()?;
    let confidence = Confidence::percent(u8::try_from(row.confidence_min).unwrap_or(u8::MAX));
    Policy::new(kinds, uint(row.good_for_ms), confidence).map_err(|error| corrupt(error.to_string()))
}
