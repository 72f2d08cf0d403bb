//! The spool: readings on disk, in the order they came, until they are final on the chain. Format and nothing else.
//!
//! ```text
//! folder    segment*          named by the id of its first record, 20 decimal digits and `.seg`; ids run on without a gap
//! segment   record*           one file, about SEGMENT_BYTES_MAX, written by one writer
//! record    len u32 BE | crc32c u32 BE | id u64 BE | payload[len]        crc32c over len ‖ id ‖ payload
//! ```
//!
//! * **Durable point.** [`Spool::append`] writes, [`Spool::sync`] makes durable; several appends may share one sync (group
//!   commit). Nobody is told "stored" between the two.
//! * **Recovery.** Bytes at the end of the last segment that are no record are the torn tail of a write that was never
//!   acknowledged: they are cut off and reported. A bad record with a good one behind it, a bad record in an earlier
//!   segment, or a missing segment is damage to acknowledged data: the spool refuses to open and names segment and offset.
//! * **Bound.** The folder never grows over `total_bytes_max`; then, and when the disk itself is full, append answers
//!   [`SpoolError::Full`] and writes nothing. Nothing is ever dropped to make room.
//! * **Failure.** After any other failed write or sync the handle refuses further work until the spool is reopened: what
//!   a failed fsync left on the disk is not known.
//! * **Deletion** is by whole segments, and only when the caller says that everything in them is no longer needed.

mod disk;
mod record;
#[cfg(test)]
mod tests;

pub use disk::{Disk, DiskFile, Folder};
pub use record::{HEADER_BYTES, RECORD_BYTES_MAX, encode};

use record::{Parsed, parse, record_behind};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use thiserror::Error;

/// Bounds of a spool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A segment that has reached this is closed. Recovery holds one segment in memory.
    pub segment_bytes_max: u64,
    /// All segments together.
    pub total_bytes_max: u64,
}

/// Why the spool did not do as told.
#[derive(Debug, Error)]
pub enum SpoolError {
    /// No room: the caller refuses the reading.
    #[error("the spool is full ({bytes} of {max} bytes). Hint: is the chain reachable, and is there room on the disk?")]
    Full {
        /// Bytes in use.
        bytes: u64,
        /// The bound.
        max: u64,
    },
    /// Larger than a record may be.
    #[error("a record of {length} bytes is longer than {RECORD_BYTES_MAX}")]
    TooLarge {
        /// Its payload's length.
        length: usize,
    },
    /// Acknowledged data are damaged.
    #[error(
        "spool segment `{segment}` is corrupt at byte {offset}: {what}. Hint: restore the segment from a copy; \
         moving it away loses acknowledged readings"
    )]
    Corrupt {
        /// File name.
        segment: String,
        /// Offset of the record.
        offset: u64,
        /// What is wrong.
        what: String,
    },
    /// The disk said no.
    #[error("cannot {operation} spool segment `{segment}`: {source}")]
    Io {
        /// What was tried.
        operation: &'static str,
        /// File name, or the folder.
        segment: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// An earlier failure left the disk in doubt.
    #[error("the spool refuses further work after a failed write; reopen it")]
    Poisoned,
}

/// Takes one record at opening: id and payload. A sentence says why it is not understood.
pub type Visit<'a> = dyn FnMut(u64, &[u8]) -> Result<(), String> + 'a;

/// What opening found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Records that were read.
    pub records: u64,
    /// A tail that was cut off.
    pub torn: Option<Torn>,
}

/// Bytes of a write that was never acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// File name.
    pub segment: String,
    /// Where it was cut.
    pub offset: u64,
    /// How much was cut off.
    pub bytes: u64,
}

struct Segment {
    first: u64,
    bytes: u64,
}

/// An open spool. One writer.
pub struct Spool {
    disk: Arc<dyn Disk>,
    limits: Limits,
    /// Oldest first; the last is the one being written.
    segments: VecDeque<Segment>,
    writer: Option<Box<dyn DiskFile>>,
    next_id: u64,
    bytes: u64,
    dirty: bool,
    poisoned: bool,
}

impl Spool {
    /// Opens the spool, hands every record to `visit` in order, and cuts a torn tail. An empty folder starts at
    /// `first_id`.
    ///
    /// # Errors
    /// [`SpoolError::Corrupt`] (also with the sentence of a `visit` that does not understand a record), [`SpoolError::Io`].
    pub fn open(
        disk: Arc<dyn Disk>,
        limits: Limits,
        first_id: u64,
        visit: &mut Visit<'_>,
    ) -> Result<(Self, Recovery), SpoolError> {
        let mut names = disk.list().map_err(failed("list", "folder"))?;
        names.retain(|name| segment_first(name).is_some());
        names.sort_unstable();
        let mut spool = Self {
            disk,
            limits,
            segments: VecDeque::new(),
            writer: None,
            next_id: first_id,
            bytes: 0,
            dirty: false,
            poisoned: false,
        };
        let mut recovery = Recovery::default();
        for (index, name) in names.iter().enumerate() {
            let last = index + 1 == names.len();
            spool.recover(name, last, visit, &mut recovery)?;
        }
        Ok((spool, recovery))
    }

    /// Writes a record and returns its id. It is not durable before [`Spool::sync`].
    ///
    /// # Errors
    /// [`SpoolError::Full`] (nothing was written, the spool can be used on), or any other: nothing was acknowledged.
    pub fn append(&mut self, payload: &[u8]) -> Result<u64, SpoolError> {
        self.usable()?;
        if payload.is_empty() || payload.len() > RECORD_BYTES_MAX {
            return Err(SpoolError::TooLarge { length: payload.len() });
        }
        let id = self.next_id;
        let bytes = encode(id, payload);
        let length = bytes.len() as u64;
        if self.bytes + length > self.limits.total_bytes_max {
            return Err(self.full());
        }
        self.writable_segment(length)?;
        let before = self.segments.back().map_or(0, |segment| segment.bytes);
        let Some(writer) = self.writer.as_mut() else { return Err(SpoolError::Poisoned) };
        if let Err(source) = writer.write(&bytes) {
            return Err(self.undo(before, source));
        }
        if let Some(segment) = self.segments.back_mut() {
            segment.bytes += length;
        }
        self.bytes += length;
        self.dirty = true;
        self.next_id += 1;
        Ok(id)
    }

    /// Makes everything appended so far durable. From here a crash recovers it.
    ///
    /// # Errors
    /// [`SpoolError::Io`]; the spool has to be reopened.
    pub fn sync(&mut self) -> Result<(), SpoolError> {
        self.usable()?;
        if !self.dirty {
            return Ok(());
        }
        let Some(writer) = self.writer.as_mut() else { return Err(SpoolError::Poisoned) };
        if let Err(source) = writer.sync() {
            self.poisoned = true;
            return Err(failed("sync", &self.current_name())(source));
        }
        self.dirty = false;
        Ok(())
    }

    /// Deletes the segments in which every id is below `below`. The one being written stays.
    ///
    /// # Errors
    /// [`SpoolError::Io`]; what was deleted is deleted.
    pub fn release(&mut self, below: u64) -> Result<usize, SpoolError> {
        let mut count = 0;
        while self.segments.get(1).is_some_and(|next| next.first <= below) {
            let Some(segment) = self.segments.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(segment.bytes);
            let name = segment_name(segment.first);
            self.disk.remove(&name).map_err(failed("remove", &name))?;
            count += 1;
        }
        if count > 0 {
            self.disk.sync_folder().map_err(failed("sync", "folder"))?;
        }
        Ok(count)
    }

    /// Id that the next record gets.
    #[must_use]
    pub const fn next_id(&self) -> u64 {
        self.next_id
    }

    /// Bytes in use.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether a write failed in a way that only reopening can mend.
    #[must_use]
    pub const fn is_poisoned(&self) -> bool {
        self.poisoned
    }

    const fn usable(&self) -> Result<(), SpoolError> {
        if self.poisoned { Err(SpoolError::Poisoned) } else { Ok(()) }
    }

    const fn full(&self) -> SpoolError {
        SpoolError::Full { bytes: self.bytes, max: self.limits.total_bytes_max }
    }

    fn current_name(&self) -> String {
        segment_name(self.segments.back().map_or(self.next_id, |segment| segment.first))
    }

    /// Makes sure that there is an open segment with room for `length` more bytes.
    fn writable_segment(&mut self, length: u64) -> Result<(), SpoolError> {
        let roomy = self
            .segments
            .back()
            .is_some_and(|last| last.bytes == 0 || last.bytes + length <= self.limits.segment_bytes_max);
        if roomy && self.writer.is_some() {
            return Ok(());
        }
        // The old segment is durable before a new one exists, so only the last one can ever be torn.
        self.sync()?;
        let name = segment_name(self.next_id);
        let created = self.disk.create(&name).and_then(|file| self.disk.sync_folder().map(|()| file));
        match created {
            Ok(file) => {
                self.writer = Some(file);
                self.segments.push_back(Segment { first: self.next_id, bytes: 0 });
                Ok(())
            }
            Err(source) if is_full(&source) && self.disk.remove(&name).is_ok() => Err(self.full()),
            Err(source) => {
                self.poisoned = true;
                Err(failed("create", &name)(source))
            }
        }
    }

    /// Takes back a write that failed half way.
    fn undo(&mut self, length: u64, source: io::Error) -> SpoolError {
        let undone = self.writer.as_mut().is_some_and(|writer| writer.truncate(length).is_ok());
        if undone && is_full(&source) {
            return self.full();
        }
        self.poisoned = true;
        failed("write", &self.current_name())(source)
    }

    fn recover(
        &mut self,
        name: &str,
        last: bool,
        visit: &mut Visit<'_>,
        recovery: &mut Recovery,
    ) -> Result<(), SpoolError> {
        let corrupt =
            |offset: usize, what: String| SpoolError::Corrupt { segment: name.to_owned(), offset: offset as u64, what };
        let first = segment_first(name).unwrap_or(0);
        if !self.segments.is_empty() && first != self.next_id {
            return Err(corrupt(0, format!("it begins with record {first}, expected {}", self.next_id)));
        }
        self.next_id = first;
        let bytes = self.disk.read(name).map_err(failed("read", name))?;
        let mut at = 0;
        loop {
            match parse(bytes.get(at..).unwrap_or_default()) {
                Parsed::End => break,
                Parsed::Record { id, payload, length } => {
                    if id != self.next_id {
                        return Err(corrupt(at, format!("record {id} where {} belongs", self.next_id)));
                    }
                    visit(id, payload).map_err(|what| corrupt(at, what))?;
                    recovery.records += 1;
                    self.next_id += 1;
                    at += length;
                }
                Parsed::Bad(what) => {
                    let rest = bytes.get(at..).unwrap_or_default();
                    if !last || record_behind(rest, self.next_id) {
                        return Err(corrupt(at, what.to_owned()));
                    }
                    recovery.torn =
                        Some(Torn { segment: name.to_owned(), offset: at as u64, bytes: rest.len() as u64 });
                    break;
                }
            }
        }
        self.segments.push_back(Segment { first, bytes: at as u64 });
        self.bytes += at as u64;
        if last {
            self.reopen(name, at as u64, recovery.torn.is_some())?;
        }
        Ok(())
    }

    fn reopen(&mut self, name: &str, length: u64, torn: bool) -> Result<(), SpoolError> {
        let mut file = self.disk.open(name).map_err(failed("open", name))?;
        if torn {
            file.truncate(length).map_err(failed("truncate", name))?;
        }
        // What a killed program had written but not synced has been handed to `visit`: it must not be lost afterwards.
        file.sync().map_err(failed("sync", name))?;
        self.writer = Some(file);
        Ok(())
    }
}

fn failed(operation: &'static str, segment: &str) -> impl FnOnce(io::Error) -> SpoolError {
    let segment = segment.to_owned();
    move |source| SpoolError::Io { operation, segment, source }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn segment_name(first: u64) -> String {
    format!("{first:020}.seg")
}

fn segment_first(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".seg")?;
    if digits.len() == 20 { digits.parse().ok() } else { None }
}
