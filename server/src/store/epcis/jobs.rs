//! Capture jobs.

use crate::store::convert::{bytes, int, uint, uuid};
use crate::store::{Store, StoreError, sql};
use sea_orm::{ConnectionTrait as _, FromQueryResult, Value};
use tracelight_domain::ids::{MemberId, TxId};
use uuid::Uuid;

const TABLE: &str = "epcis_job";
const COLUMNS: &str = "id, created_ms, finished_ms, behaviour, stored, known, log_size, user_id, user_name, errors";
/// Events of one job that are told one by one with what became of them on the ledger.
const EVENTS_TOLD_MAX: u64 = 1_000;

/// A job as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRow {
    /// Id.
    pub id: Uuid,
    /// When it came, milliseconds.
    pub created_ms: u64,
    /// When it was done.
    pub finished_ms: u64,
    /// Bad events did not keep the others out.
    pub proceed: bool,
    /// New entries of the log.
    pub stored: u64,
    /// Events that were there already.
    pub known: u64,
    /// The log's size after it.
    pub log_size: u64,
    /// Who.
    pub user: Uuid,
    /// Sign-in name at that time.
    pub user_name: String,
    /// JSON list.
    pub errors: Vec<u8>,
}

/// A place in the list of jobs, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobCursor {
    /// Time of the last one shown.
    pub created_ms: u64,
    /// Its id.
    pub id: Uuid,
}

/// What became of an event on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnLedger {
    /// Kept and anchored, nothing else.
    EvidenceOnly = 0,
    /// To be signed.
    Waits = 1,
    /// Signed and applied.
    Signed = 2,
    /// The key or the rules did not allow it: evidence only.
    Refused = 3,
}

impl OnLedger {
    /// From its code.
    pub(super) fn of(code: i16) -> Result<Self, StoreError> {
        Ok(match code {
            0 => Self::EvidenceOnly,
            1 => Self::Waits,
            2 => Self::Signed,
            3 => Self::Refused,
            other => return Err(StoreError::corrupt("epcis_event", "ledger", other)),
        })
    }

    /// As the job says it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::EvidenceOnly | Self::Refused => "evidence_only",
            Self::Waits => "to_be_signed",
            Self::Signed => "signed",
        }
    }
}

/// How one event of a job stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnLedgerCount {
    /// Entry of the log.
    pub seq: u64,
    /// State.
    pub state: OnLedger,
    /// Why, or what.
    pub note: String,
    /// The transaction.
    pub tx: Option<TxId>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Vec<u8>,
    created_ms: i64,
    finished_ms: i64,
    behaviour: i16,
    stored: i64,
    known: i64,
    log_size: i64,
    user_id: Vec<u8>,
    user_name: String,
    errors: Vec<u8>,
}

#[derive(FromQueryResult)]
struct LedgerRow {
    seq: i64,
    ledger: i16,
    ledger_note: String,
    ledger_tx: Option<Vec<u8>>,
}

fn job(row: Row) -> Result<JobRow, StoreError> {
    Ok(JobRow {
        id: Uuid::from_bytes(bytes(TABLE, "id", &row.id)?),
        created_ms: uint(row.created_ms),
        finished_ms: uint(row.finished_ms),
        proceed: row.behaviour != 0,
        stored: uint(row.stored),
        known: uint(row.known),
        log_size: uint(row.log_size),
        user: Uuid::from_bytes(bytes(TABLE, "user_id", &row.user_id)?),
        user_name: row.user_name,
        errors: row.errors,
    })
}

impl Store {
    /// A member's job.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_job(&self, member: MemberId, id: Uuid) -> Result<Option<JobRow>, StoreError> {
        let text = format!("SELECT {COLUMNS} FROM epcis_job WHERE member = ? AND id = ?");
        let values: [Value; 2] = [member.to_string().into(), uuid(id)];
        let row = Row::find_by_statement(sql(self.reader(), &text, values)).one(self.reader()).await?;
        row.map(job).transpose()
    }

    /// A member's jobs, newest first, behind `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_jobs(
        &self,
        member: MemberId,
        after: Option<JobCursor>,
        limit: u64,
    ) -> Result<Vec<JobRow>, StoreError> {
        let (ms, id) = after.map_or((i64::MAX, Vec::new()), |at| (int(at.created_ms), at.id.as_bytes().to_vec()));
        let text = format!(
            "SELECT {COLUMNS} FROM epcis_job WHERE member = ? AND (created_ms < ? OR (created_ms = ? AND id < ?)) \
             ORDER BY created_ms DESC, id DESC LIMIT ?"
        );
        let values: [Value; 5] = [member.to_string().into(), ms.into(), ms.into(), id.into(), int(limit).into()];
        let rows = Row::find_by_statement(sql(self.reader(), &text, values)).all(self.reader()).await?;
        rows.into_iter().map(job).collect()
    }

    /// The newest job that stored something up to this size of the log: who stands behind its anchor.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_author(&self, member: MemberId) -> Result<Option<(Uuid, String)>, StoreError> {
        let newest = self.epcis_jobs(member, None, 1).await?;
        Ok(newest.into_iter().next().map(|job| (job.user, job.user_name)))
    }

    /// How the events of a job stand on the ledger, the first thousand.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_on_ledger(&self, member: MemberId, job: Uuid) -> Result<Vec<OnLedgerCount>, StoreError> {
        let text = "SELECT seq, ledger, ledger_note, ledger_tx FROM epcis_event WHERE member = ? AND job_id = ? \
                    ORDER BY seq LIMIT ?";
        let values: [Value; 3] = [member.to_string().into(), uuid(job), int(EVENTS_TOLD_MAX).into()];
        let rows = LedgerRow::find_by_statement(sql(self.reader(), text, values)).all(self.reader()).await?;
        let one = |row: LedgerRow| {
            let tx = row.ledger_tx.map(|tx| bytes("epcis_event", "ledger_tx", &tx).map(TxId)).transpose()?;
            Ok(OnLedgerCount { seq: uint(row.seq), state: OnLedger::of(row.ledger)?, note: row.ledger_note, tx })
        };
        rows.into_iter().map(one).collect()
    }

    /// The next events that wait for a signature, of any member, oldest first: member, entry, body, job.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_to_be_signed(
        &self,
        member: MemberId,
        limit: u64,
    ) -> Result<Vec<(u64, Vec<u8>, Uuid)>, StoreError> {
        let text = "SELECT seq, body, job_id FROM epcis_event WHERE ledger = 1 AND member = ? ORDER BY seq LIMIT ?";
        let values: [Value; 2] = [member.to_string().into(), int(limit).into()];
        let rows = self.reader().query_all_raw(sql(self.reader(), text, values)).await?;
        rows.iter()
            .map(|row| {
                let (seq, body): (i64, Vec<u8>) = (row.try_get("", "seq")?, row.try_get("", "body")?);
                let job: Vec<u8> = row.try_get("", "job_id")?;
                Ok((uint(seq), body, Uuid::from_bytes(bytes("epcis_event", "job_id", &job)?)))
            })
            .collect()
    }

    /// Says what became of an event.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_settled(
        &self,
        member: MemberId,
        seq: u64,
        state: OnLedger,
        note: &str,
        tx: Option<TxId>,
    ) -> Result<(), StoreError> {
        let text = "UPDATE epcis_event SET ledger = ?, ledger_note = ?, ledger_tx = ? WHERE member = ? AND seq = ?";
        let values: [Value; 5] = [
            (state as i16).into(),
            note.chars().take(400).collect::<String>().into(),
            tx.map(|tx| tx.0.to_vec()).into(),
            member.to_string().into(),
            int(seq).into(),
        ];
        self.writer().execute_raw(sql(self.writer(), text, values)).await?;
        Ok(())
    }
}
