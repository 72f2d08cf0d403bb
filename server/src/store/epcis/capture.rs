//! Storing what one call brought.

use super::{Kind, insert, insert_or_leave, marks, value_key};
use crate::store::convert::{bytes, int, uuid};
use crate::store::{Store, StoreError, sql};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult, Value};
use std::collections::BTreeSet;
use tracelight_domain::ids::MemberId;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::hash::{CAPTURED, hash, sha256};
use tracelight_proof::log::Frontier;
use uuid::Uuid;

/// Hashes of one question: below SQLite's bound on values.
const HASHES_PER_QUERY: usize = 1_000;
/// Bytes of a stored frontier: a size and 64 roots.
const FRONTIER_BYTES_MAX: usize = 8 + 64 * 32;
/// Documents of master data that one member keeps; further ones are not kept.
const MASTER_DOCUMENTS_MAX: i64 = 500;

/// One call.
#[derive(Clone, Debug)]
pub struct NewCapture {
    /// The job's id.
    pub job: Uuid,
    /// Whose.
    pub member: MemberId,
    /// Who, for the audit log: nil and the word `gateway` for a system.
    pub user: Uuid,
    /// Sign-in name at that time.
    pub user_name: String,
    /// Now, milliseconds: `recordTime` of its events.
    pub now_ms: u64,
    /// Bad events do not keep the others out.
    pub proceed: bool,
    /// SHA-256 of the body.
    pub document: [u8; 32],
    /// Header with master data, as a document without events.
    pub master: Option<String>,
    /// What is wrong with it so far (the JSON of each error).
    pub errors: Vec<String>,
}

/// One event, ready to be stored.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Where it stood in its document.
    pub pointer: String,
    /// Its event hash.
    pub event_hash: [u8; 32],
    /// All that it says ([`tracelight_epcis::Event::fingerprint`]).
    pub content: [u8; 32],
    /// SHA-256 of its id in comparable form.
    pub id_key: [u8; 32],
    /// The sender gave the id; otherwise it is the hash.
    pub given_id: bool,
    /// It withdraws the event of that id.
    pub declared: bool,
    /// When it happened, milliseconds.
    pub event_ms: i64,
    /// As JSON-LD, with id and record time.
    pub body: String,
    /// Drawn at random.
    pub salt: [u8; 16],
    /// What it names, in comparable form.
    pub names: BTreeSet<(Kind, String)>,
    /// Somebody shall sign what it asks the ledger.
    pub to_be_signed: bool,
    /// Why not, or what.
    pub ledger_note: String,
}

/// An event that is not stored, because its id belongs to another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Where it stood.
    pub pointer: String,
}

/// What became of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// New entries of the log.
    pub stored: u64,
    /// Events that had been stored before.
    pub known: u64,
    /// Conflicts.
    pub rejected: Vec<Rejected>,
}

/// What is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    event_hash: [u8; 32],
    content: [u8; 32],
    id_key: [u8; 32],
    declared: bool,
}

impl Known {
    fn of(event: &NewEvent) -> Self {
        let NewEvent { event_hash, content, id_key, declared, .. } = event;
        Self { event_hash: *event_hash, content: *content, id_key: *id_key, declared: *declared }
    }

    fn is(&self, event: &NewEvent) -> bool {
        let same = self.event_hash == event.event_hash && self.content == event.content;
        same && self.declared == event.declared && (!event.given_id || self.id_key == event.id_key)
    }

    fn holds_id_of(&self, event: &NewEvent) -> bool {
        self.id_key == event.id_key && self.declared == event.declared
    }
}

#[derive(FromQueryResult)]
struct KnownRow {
    event_hash: Vec<u8>,
    content: Vec<u8>,
    id_key: Vec<u8>,
    declared: i16,
}

impl Store {
    /// Stores the events of a call and its job. With conflicts and without `proceed` no event is stored, and the job says why.
    /// `error` makes the JSON of a conflict for the job.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is stored then.
    pub async fn epcis_capture(
        &self,
        mut call: NewCapture,
        events: Vec<NewEvent>,
        error: impl Fn(&Rejected) -> String + Send,
    ) -> Result<Captured, StoreError> {
        self.make_log(call.member, call.now_ms).await?;
        let txn = self.begin().await?;
        let mut log = locked_log(&txn, call.member, call.now_ms).await?;
        let known = known(&txn, call.member, &events).await?;
        let (new, mut captured) = sift(events, known);
        call.errors.extend(captured.rejected.iter().map(error));
        if captured.rejected.is_empty() || call.proceed {
            captured.stored = new.len() as u64;
            append(&txn, &call, &mut log, new).await?;
        } else {
            captured.known = 0;
        }
        keep_job(&txn, &call, &captured, log.size()).await?;
        txn.commit().await?;
        Ok(captured)
    }

    /// A log without entries, if there is none. On its own, because two transactions that insert the same row and then change
    /// it lock each other out on MySQL.
    async fn make_log(&self, member: MemberId, now_ms: u64) -> Result<(), StoreError> {
        let row = vec![member.to_string().into(), Frontier::default().to_bytes().into(), int(now_ms).into()];
        let verb = insert_or_leave(self.writer());
        insert(self.writer(), verb, "epcis_log", "member, frontier, changed_ms", vec![row]).await
    }
}

/// Those that are new; the count of the others; the conflicts.
fn sift(events: Vec<NewEvent>, known: Vec<Known>) -> (Vec<NewEvent>, Captured) {
    let mut index: std::collections::BTreeMap<[u8; 32], Vec<Known>> = std::collections::BTreeMap::new();
    let mut note = |one: Known| {
        for key in BTreeSet::from([one.event_hash, one.id_key]) {
            index.entry(key).or_default().push(one.clone());
        }
    };
    known.into_iter().for_each(&mut note);
    let (mut new, mut captured) = (Vec::new(), Captured::default());
    for event in events {
        let near = |key: &[u8; 32]| index.get(key).into_iter().flatten();
        if near(&event.event_hash).any(|one| one.is(&event)) {
            captured.known += 1;
        } else if near(&event.id_key).any(|one| one.holds_id_of(&event)) {
            captured.rejected.push(Rejected { pointer: event.pointer });
        } else {
            let one = Known::of(&event);
            for key in BTreeSet::from([one.event_hash, one.id_key]) {
                index.entry(key).or_default().push(one.clone());
            }
            new.push(event);
        }
    }
    (new, captured)
}

/// The member's log. Its row is the lock: two captures of a member follow each other, on every engine.
async fn locked_log(txn: &DatabaseTransaction, member: MemberId, now_ms: u64) -> Result<Frontier, StoreError> {
    let touch = "UPDATE epcis_log SET changed_ms = ? WHERE member = ?";
    txn.execute_raw(sql(txn, touch, [int(now_ms).into(), member.to_string().into()])).await?;
    let text = "SELECT frontier FROM epcis_log WHERE member = ?";
    let row = txn.query_one_raw(sql(txn, text, [member.to_string().into()])).await?;
    let row = row.ok_or_else(|| StoreError::corrupt("epcis_log", "member", format!("{member} has no row")))?;
    let stored: Vec<u8> = row.try_get("", "frontier")?;
    frontier(member, &stored)
}

pub(super) fn frontier(member: MemberId, stored: &[u8]) -> Result<Frontier, StoreError> {
    Frontier::parse(stored, FRONTIER_BYTES_MAX, "frontier")
        .map_err(|error| StoreError::corrupt("epcis_log", "frontier", format!("{member}: {error}")))
}

async fn known(txn: &DatabaseTransaction, member: MemberId, events: &[NewEvent]) -> Result<Vec<Known>, StoreError> {
    let mut found = Vec::new();
    for column in ["event_hash", "id_key"] {
        let key = |event: &NewEvent| if column == "event_hash" { event.event_hash } else { event.id_key };
        let keys: Vec<[u8; 32]> = events.iter().map(key).collect::<BTreeSet<_>>().into_iter().collect();
        for chunk in keys.chunks(HASHES_PER_QUERY) {
            let text = format!(
                "SELECT event_hash, content, id_key, declared FROM epcis_event WHERE member = ? AND {column} IN ({})",
                marks(chunk.len())
            );
            let values = std::iter::once(Value::from(member.to_string()));
            let values = values.chain(chunk.iter().map(|key| Value::from(key.to_vec())));
            for row in KnownRow::find_by_statement(sql(txn, &text, values)).all(txn).await? {
                found.push(Known {
                    event_hash: bytes("epcis_event", "event_hash", &row.event_hash)?,
                    content: bytes("epcis_event", "content", &row.content)?,
                    id_key: bytes("epcis_event", "id_key", &row.id_key)?,
                    declared: row.declared != 0,
                });
            }
        }
    }
    Ok(found)
}

async fn append(
    txn: &DatabaseTransaction,
    call: &NewCapture,
    log: &mut Frontier,
    new: Vec<NewEvent>,
) -> Result<(), StoreError> {
    let member = call.member.to_string();
    let (mut rows, mut places, mut resources) = (Vec::new(), Vec::new(), Vec::new());
    for event in new {
        let seq = int(log.size());
        log.append(&hash(CAPTURED, &[&event.salt, &sha256(event.body.as_bytes()).0]).0);
        for (kind, value) in &event.names {
            let key = value_key(value).to_vec();
            let named: [Value; 3] = [member.clone().into(), (*kind as i16).into(), key.into()];
            places.push(named.iter().cloned().chain([seq.into()]).collect());
            if *kind != Kind::Object {
                resources.push(named.into_iter().chain([seq.into(), value.clone().into_bytes().into()]).collect());
            }
        }
        rows.push(vec![
            member.clone().into(),
            seq.into(),
            uuid(call.job),
            event.event_hash.to_vec().into(),
            event.content.to_vec().into(),
            event.id_key.to_vec().into(),
            i16::from(event.declared).into(),
            event.event_ms.into(),
            int(call.now_ms).into(),
            event.salt.to_vec().into(),
            event.body.into_bytes().into(),
            i16::from(event.to_be_signed).into(),
            event.ledger_note.chars().take(400).collect::<String>().into(),
        ]);
    }
    let columns = "member, seq, job_id, event_hash, content, id_key, declared, event_ms, record_ms, salt, body, ledger, \
                   ledger_note";
    insert(txn, "INSERT", "epcis_event", columns, rows).await?;
    insert(txn, "INSERT", "epcis_index", "member, kind, value_key, seq", places).await?;
    let columns = "member, kind, value_key, first_seq, value";
    insert(txn, insert_or_leave(txn), "epcis_resource", columns, resources).await?;
    if let Some(master) = &call.master {
        keep_master(txn, call, master).await?;
    }
    let text = "UPDATE epcis_log SET frontier = ? WHERE member = ?";
    txn.execute_raw(sql(txn, text, [log.to_bytes().into(), member.into()])).await?;
    Ok(())
}

async fn keep_master(txn: &DatabaseTransaction, call: &NewCapture, master: &str) -> Result<(), StoreError> {
    let text = "SELECT COUNT(*) AS kept FROM epcis_master WHERE member = ?";
    let row = txn.query_one_raw(sql(txn, text, [call.member.to_string().into()])).await?;
    let kept: i64 = row.map_or(Ok(0), |row| row.try_get("", "kept"))?;
    if kept >= MASTER_DOCUMENTS_MAX {
        tracing::warn!(member = %call.member, "Master data of {} is full and keeps no further header", call.member);
        return Ok(());
    }
    let digest = sha256(master.as_bytes()).0.to_vec();
    let row: Vec<Value> = vec![
        call.member.to_string().into(),
        digest.into(),
        int(call.now_ms).into(),
        master.to_owned().into_bytes().into(),
    ];
    insert(txn, insert_or_leave(txn), "epcis_master", "member, digest, at_ms, body", vec![row]).await
}

async fn keep_job(
    txn: &DatabaseTransaction,
    call: &NewCapture,
    captured: &Captured,
    log_size: u64,
) -> Result<(), StoreError> {
    let row: Vec<Value> = vec![
        uuid(call.job),
        call.member.to_string().into(),
        int(call.now_ms).into(),
        int(crate::clock::now_ms().max(call.now_ms)).into(),
        i16::from(call.proceed).into(),
        int(captured.stored).into(),
        int(captured.known).into(),
        int(log_size).into(),
        uuid(call.user),
        call.user_name.clone().into(),
        call.document.to_vec().into(),
        format!("[{}]", call.errors.join(",")).into_bytes().into(),
    ];
    let columns = "id, member, created_ms, finished_ms, behaviour, stored, known, log_size, user_id, user_name, document, \
                   errors";
    insert(txn, "INSERT", "epcis_job", columns, vec![row]).await
}
