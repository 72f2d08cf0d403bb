//! The gateway without network and clock: payloads in, answers out, everything on disk in between.
//!
//! ```text
//! payload -> device known? -> readable? -> signed? -> number next? -> step allowed? -> spool -> step carried out
//!               |               |             |           |               |
//!          quarantine      quarantine    quarantine   refused /      quarantine (the number is used up)
//!                                                     already stored
//! ```
//! [`Core::handle`] writes, [`Core::sync`] makes durable; an answer goes out only after the sync. Opening plays the spool
//! through the same [`Line`] steps. After an error of `handle` or `sync` the core is dropped and opened again.
//!
//! | on disk | holds | who alters it can |
//! |---|---|---|
//! | `spool/` | readings until they are final | make up readings of devices that do not sign, and nothing else unseen |
//! | `quarantine/` | what does not count, with its reason, for people | remove evidence |
//! | `sheets/` | batches and their secrets | test guesses against published roots |
//! | `progress.json` | numbers and batches that are done with | make the gateway take a reading twice |
//! | `orders/` | what became of the numbers of closed orders, for people | hide what was scrapped or relabelled |
//! | `outbox/` | signed transactions ([`crate::uplink`]) | nothing: they are signed |

mod board;
mod intake;
mod lines;
mod view;

pub use board::{HELD_MAX, Synced};
pub use intake::{Incoming, Lookup};
pub use view::{LineView, Recent};

use crate::ballast::Ballast;
use crate::catalogue::{Catalogue, CatalogueError};
use crate::files;
use crate::journal::{Entry, Fate};
use crate::line::{Deed, Line, Report, Stamp};
use crate::progress::{CLOSED_MAX, LineMark, Progress};
use crate::reading::{self, Trust};
use crate::sequence::{Digest, SequenceBook};
use crate::spool::{Folder, Limits, RECORD_BYTES_MAX, Recovery, Spool, SpoolError, Visit};
use crate::topic::{LineKey, Place};
use board::Board;
use lines::{Ledger, Pending, Spans, Step};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;
use tokio::sync::watch;
use tracelight_api::line::codec::Unverified;
use tracelight_api::line::{LineReason, LineState};
use tracelight_domain::ids::BatchId;
use tracelight_proof::codec::Canonical as _;
use tracing::warn;

/// What the core is set up with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Folder of all data. It has to exist.
    pub folder: PathBuf,
    /// Who may report, and why it is believed.
    pub devices: BTreeMap<Place, Trust>,
    /// Bounds of the spool.
    pub spool: Limits,
    /// Bounds of the quarantine.
    pub quarantine: Limits,
}

/// Why the core stands still.
#[derive(Debug, Error)]
pub enum CoreError {
    /// Spool or quarantine.
    #[error("{what}: {source}")]
    Spool {
        /// Which of the two.
        what: &'static str,
        /// Why.
        #[source]
        source: SpoolError,
    },
    /// Batches.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// `progress.json`.
    #[error("cannot keep progress: {0}")]
    Progress(String),
    /// A reading in the spool can no longer be carried out.
    #[error("record {id} of the spool does not fit the state before it: {what}")]
    Replay {
        /// Which record.
        id: u64,
        /// What is wrong.
        what: String,
    },
    /// The folder of data cannot be used.
    #[error("cannot use `{}`: {source}", .path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

/// What opening found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// The spool.
    pub spool: Recovery,
    /// The quarantine.
    pub quarantine: Recovery,
    /// Deeds that have to be on the chain; some may be already.
    pub deeds: usize,
}

/// Numbers since the start, for log and health.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Readings that count.
    pub stored: u64,
    /// Repetitions.
    pub already: u64,
    /// In quarantine, by reason.
    pub quarantined: BTreeMap<LineReason, u64>,
    /// Not taken, by reason.
    pub refused: BTreeMap<LineReason, u64>,
}

/// The gateway's state and disk.
pub struct Core {
    setup: Setup,
    spool: Spool,
    quarantine: Spool,
    catalogue: Catalogue,
    book: SequenceBook,
    lines: BTreeMap<LineKey, Line>,
    ledger: Ledger,
    progress: Progress,
    tally: Tally,
    ballast: Ballast,
    board: Board,
    /// Something was handled since the last sync.
    unsynced: bool,
    /// The disk was full: only readings that end something are taken.
    starved: bool,
}

impl Core {
    /// Opens the disk and plays it.
    ///
    /// # Errors
    /// [`CoreError`].
    pub fn open(setup: Setup) -> Result<(Self, Opened), CoreError> {
        let progress = Progress::load(&setup.folder.join("progress.json")).map_err(CoreError::Progress)?;
        let (quarantine, quarantined) =
            open_spool(&setup.folder, "quarantine", setup.quarantine, 1, &mut |_, _| Ok(()))?;
        let mut book = SequenceBook::default();
        progress.boots.iter().for_each(|mark| book.restore(mark));
        let mut player = Player {
            catalogue: Catalogue::open(&setup.folder.join("sheets"))?,
            book,
            lines: BTreeMap::new(),
            ledger: Ledger { closed: closed_batches(&progress), ..Ledger::default() },
            progress,
        };
        let first = player.progress.next_id;
        let (spool, recovery) =
            open_spool(&setup.folder, "spool", setup.spool, first, &mut |id, payload| player.play(id, payload))?;
        let Player { catalogue, book, lines, ledger, progress } = player;
        let opened = Opened { spool: recovery, quarantine: quarantined, deeds: ledger.deeds.len() };
        let tally = Tally::default();
        let ballast = Ballast::of(&setup.folder);
        let starved = ballast.is_given() || !ballast.restore();
        let (board, unsynced) = (Board::of(&setup.devices), false);
        let mut core = Self {
            setup,
            spool,
            quarantine,
            catalogue,
            book,
            lines,
            ledger,
            progress,
            tally,
            ballast,
            board,
            unsynced,
            starved,
        };
        core.keep_reports();
        core.show();
        Ok((core, opened))
    }

    /// Makes everything handled so far durable. From here a crash recovers it, and its answers may go out.
    ///
    /// # Errors
    /// [`CoreError::Spool`]; the core has to be opened again.
    pub fn sync(&mut self) -> Result<(), CoreError> {
        self.quarantine.sync().map_err(spool_error("quarantine"))?;
        self.spool.sync().map_err(spool_error("spool"))?;
        self.unsynced = false;
        self.show();
        self.keep_reports();
        Ok(())
    }

    /// What each terminal is shown, to be waited for.
    #[must_use]
    pub fn shown(&self) -> BTreeMap<Place, watch::Receiver<Arc<Synced>>> {
        self.board.readers()
    }

    fn show(&mut self) {
        let mut board = std::mem::take(&mut self.board);
        board.show(|line| self.view(line), |place| self.book.newest(&place.to_string(), HELD_MAX));
        self.board = board;
    }

    /// Writes what is kept of closed orders, as far as the disk takes it. A file that is there is of an earlier end of this
    /// program.
    fn keep_reports(&mut self) {
        let folder = self.setup.folder.join("orders");
        for report in std::mem::take(&mut self.ledger.reports) {
            let Ok(batch) = crate::line::batch_id(&report.gtin, &report.lot) else { continue };
            let path = folder.join(Report::file_name(&batch));
            let kept = || -> std::io::Result<()> {
                std::fs::create_dir_all(&folder)?;
                if path.exists() {
                    return Ok(());
                }
                files::replace(&path, &serde_json::to_vec(&report).map_err(std::io::Error::other)?)
            };
            if let Err(why) = kept() {
                warn!(batch.id = %batch, "The report of order {batch} waits, cannot write `{}`: {why}", path.display());
                self.ledger.reports.push(report);
            }
        }
    }

    /// What the chain has to be told, oldest record first, as far as `wanted` says.
    pub fn deeds_where(&self, wanted: impl Fn(u64) -> bool, max: usize) -> Vec<(u64, Arc<Deed>)> {
        let wanted = self.ledger.deeds.iter().filter(|(record, _)| wanted(**record));
        wanted.take(max).map(|(record, pending)| (*record, Arc::clone(&pending.deed))).collect()
    }

    /// One deed.
    #[must_use]
    pub fn deed(&self, record: u64) -> Option<Arc<Deed>> {
        self.ledger.deeds.get(&record).map(|pending| Arc::clone(&pending.deed))
    }

    /// Deeds that are not done.
    #[must_use]
    pub fn deeds_waiting(&self) -> usize {
        self.ledger.deeds.len()
    }

    /// A deed is final on the chain and its list is with the server.
    pub fn done(&mut self, record: u64) {
        if let Some(Pending { line, .. }) = self.ledger.deeds.remove(&record)
            && let Some(spans) = self.ledger.spans.get_mut(&line)
        {
            spans.done(record);
            self.board.changed(&line);
            // What was handled meanwhile is shown after its sync, and this with it.
            if !self.unsynced {
                self.show();
            }
        }
    }

    /// Deletes what is final from the disk. Returns the record below which nothing is needed any more.
    ///
    /// # Errors
    /// [`CoreError`].
    pub fn tidy(&mut self) -> Result<u64, CoreError> {
        let next_id = self.spool.next_id();
        // A line without an unfinished batch needs nothing that is on disk, also when it has been idle since the start.
        let known = self.progress.lines.iter().map(|mark| LineKey { site: mark.site.clone(), line: mark.line.clone() });
        let keys: BTreeSet<LineKey> = known.chain(self.ledger.spans.keys().cloned()).collect();
        let mark = |key: LineKey| {
            let from = self.ledger.spans.get(&key).and_then(Spans::floor).unwrap_or(next_id);
            LineMark { site: key.site, line: key.line, from }
        };
        let lines: Vec<LineMark> = keys.into_iter().map(mark).collect();
        let floor = lines.iter().map(|mark| mark.from).min().unwrap_or(self.progress.next_id);
        // A mark of an idle line moves with every reading of the others; only the end of a batch is worth a file.
        let moved = lines.iter().any(|mark| {
            let key = LineKey { site: mark.site.clone(), line: mark.line.clone() };
            self.ledger.spans.get(&key).is_some_and(|spans| spans.ended_after(self.progress.line_from(&key)))
        });
        if moved {
            self.sync()?;
            if !self.ledger.reports.is_empty() {
                return Ok(self.released());
            }
            let closed =
                self.ledger.closed.iter().map(|batch| (batch.gtin.to_string(), batch.lot.to_string())).collect();
            let progress = Progress { next_id, lines, boots: self.book.marks(), closed, ..Progress::default() };
            progress.store(&self.setup.folder.join("progress.json")).map_err(CoreError::Progress)?;
            self.progress = progress;
            self.spool.release(floor).map_err(spool_error("spool"))?;
        }
        if self.starved && self.ballast.restore() {
            self.starved = false;
        }
        Ok(self.released())
    }

    /// The record below which nothing is needed any more.
    fn released(&self) -> u64 {
        self.progress.lines.iter().map(|mark| mark.from).min().unwrap_or(0)
    }

    /// State of every line that has a device.
    #[must_use]
    pub fn line_states(&self) -> BTreeMap<LineKey, LineState> {
        let keys = self.setup.devices.keys().map(Place::line_key);
        keys.map(|key| {
            let state = self.line_state(&key);
            (key, state)
        })
        .collect()
    }

    fn line_state(&self, key: &LineKey) -> LineState {
        let shown = self.lines.get(key).map(Line::shown).unwrap_or_default();
        let waiting = self.ledger.spans.get(key).map_or(0, Spans::readings);
        LineState { waiting, ..shown }
    }

    /// Numbers since the start.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Bytes in the spool.
    #[must_use]
    pub const fn spool_bytes(&self) -> u64 {
        self.spool.bytes()
    }

    /// Good packs counted in all open batches; for tests and health.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.ledger.spans.values().map(Spans::readings).sum()
    }
}

/// State while the spool is played.
struct Player {
    catalogue: Catalogue,
    book: SequenceBook,
    lines: BTreeMap<LineKey, Line>,
    ledger: Ledger,
    progress: Progress,
}

impl Player {
    fn play(&mut self, id: u64, payload: &[u8]) -> Result<(), String> {
        let entry = Entry::parse(payload, RECORD_BYTES_MAX, "entry").map_err(|error| error.to_string())?;
        let place = Place::of_event(&entry.topic).ok_or_else(|| format!("topic `{}`", entry.topic))?;
        let Unverified { signed, body, .. } = reading::parse(&entry.payload).map_err(|objection| objection.detail)?;
        let objection = match entry.fate {
            Fate::Quarantined(reason) => Some(reason),
            Fate::Stored { .. } => None,
        };
        self.book.record(&place.to_string(), &body.boot, body.seq, Digest::of(&signed), objection);
        let key = place.line_key();
        self.ledger.remember(&key, Recent::of(&place, &body.op, objection, entry.received_ms));
        let Fate::Stored { salt } = entry.fate else { return Ok(()) };
        if id < self.progress.line_from(&key) {
            return Ok(());
        }
        let line = self.lines.entry(key.clone()).or_default();
        let catalogue = &self.catalogue;
        let step = line
            .plan(&body.op, |batch| match catalogue.load(batch) {
                Ok(Some(sheet)) => Ok(Arc::new(sheet)),
                Ok(None) => Err(no_sheet(format!("batch {batch} is not in `sheets`"))),
                Err(error) => Err(no_sheet(error.to_string())),
            })
            .map_err(|objection| format!("record {id} does not fit the state before it: {}", objection.detail))?;
        let batch = lines::order_of(line, &body.op);
        let done = line.commit(step, Stamp { record: id, salt });
        let received_ms = entry.received_ms;
        self.ledger.account(Step { id, received_ms, key, op: &body.op, line, batch, done });
        Ok(())
    }
}

fn no_sheet(detail: String) -> reading::Objection {
    reading::Objection::new(LineReason::ServerUnreachable, detail)
}

fn closed_batches(progress: &Progress) -> VecDeque<BatchId> {
    let parse = |(gtin, lot): &(String, String)| crate::line::batch_id(gtin, lot).ok();
    progress.closed.iter().filter_map(parse).take(CLOSED_MAX).collect()
}

fn open_spool(
    folder: &Path,
    what: &'static str,
    limits: Limits,
    first: u64,
    visit: &mut Visit<'_>,
) -> Result<(Spool, Recovery), CoreError> {
    let path = folder.join(what);
    let disk = Folder::open(&path).map_err(|source| CoreError::Folder { path, source })?;
    Spool::open(Arc::new(disk), limits, first, visit).map_err(spool_error(what))
}

fn spool_error(what: &'static str) -> impl FnOnce(SpoolError) -> CoreError {
    move |source| CoreError::Spool { what, source }
}

#[cfg(test)]
mod tests;
