//! Golden bytes, a model, truncation at every byte, damage, failing writes, and ends without a close.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Mutex;

const LIMITS: Limits = Limits { segment_bytes_max: 200, total_bytes_max: 100_000 };

/// Files in memory with what was synced and what was only written, and a switch that makes the n-th operation fail.
#[derive(Default)]
struct Memory {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    /// Write and sync operations until one fails; with what.
    fuse: Mutex<Option<(u32, io::ErrorKind)>>,
}

#[derive(Clone, Default)]
struct MemoryDisk(Arc<Memory>);

struct MemoryFile {
    disk: MemoryDisk,
    name: String,
}

impl MemoryDisk {
    fn burn(&self) -> io::Result<()> {
        let mut fuse = self.0.fuse.lock().expect("not poisoned");
        match fuse.as_mut() {
            Some((0, kind)) => {
                let kind = *kind;
                *fuse = None;
                Err(io::Error::from(kind))
            }
            Some((left, _)) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn with<T>(&self, change: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> T) -> T {
        change(&mut self.0.files.lock().expect("not poisoned"))
    }

    fn missing() -> io::Error {
        io::Error::from(io::ErrorKind::NotFound)
    }
}

impl Disk for MemoryDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.with(|files| files.keys().cloned().collect()))
    }
    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.with(|files| files.get(name).cloned()).ok_or_else(Self::missing)
    }
    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        self.burn()?;
        self.with(|files| files.insert(name.to_owned(), Vec::new()));
        self.open(name)
    }
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(MemoryFile { disk: self.clone(), name: name.to_owned() }))
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.with(|files| files.remove(name)).map(drop).ok_or_else(Self::missing)
    }
    fn sync_folder(&self) -> io::Result<()> {
        self.burn()
    }
}

impl DiskFile for MemoryFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let fate = self.disk.burn();
        // A write that fails has written half: that is what a full disk does.
        let written = if fate.is_ok() { bytes } else { &bytes[..bytes.len() / 2] };
        self.disk.with(|files| files.entry(self.name.clone()).or_default().extend_from_slice(written));
        fate
    }
    fn sync(&mut self) -> io::Result<()> {
        self.disk.burn()
    }
    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).expect("small");
        self.disk.with(|files| files.entry(self.name.clone()).or_default().truncate(length));
        Ok(())
    }
}

type Records = Vec<(u64, Vec<u8>)>;

fn open(disk: &MemoryDisk, limits: Limits) -> Result<(Spool, Recovery, Records), SpoolError> {
    let mut records = Records::new();
    let (spool, recovery) = Spool::open(Arc::new(disk.clone()), limits, 7, &mut |id, payload| {
        records.push((id, payload.to_vec()));
        Ok(())
    })?;
    Ok((spool, recovery, records))
}

fn fill(disk: &MemoryDisk, count: u64) -> Records {
    let (mut spool, ..) = open(disk, LIMITS).expect("opens");
    let records: Records =
        (0..count).map(|i| (7 + i, vec![u8::try_from(i % 251).expect("small"); 1 + (i % 40) as usize])).collect();
    for (id, payload) in &records {
        assert_eq!(spool.append(payload).expect("room"), *id);
    }
    spool.sync().expect("a good disk");
    records
}

#[test]
fn the_bytes_of_a_record_are_golden() {
    let golden = "0000000e71352f5600000000000000077472616365206f66206c69676874";
    assert_eq!(hex::encode(encode(7, b"trace of light")), golden, "a change is a new format version and an ADR");
}

#[test]
fn records_come_back_in_order_over_segments_and_ids_run_on() {
    let disk = MemoryDisk::default();
    let records = fill(&disk, 100);
    assert!(disk.with(|files| files.len()) > 10, "several segments");
    let (mut spool, recovery, found) = open(&disk, LIMITS).expect("opens");
    assert_eq!((found, recovery.torn), (records, None));
    assert_eq!(spool.append(b"next").expect("room"), 107);
}

#[test]
fn only_whole_segments_below_the_mark_go_and_the_rest_stays_readable() {
    let disk = MemoryDisk::default();
    let records = fill(&disk, 100);
    let (mut spool, ..) = open(&disk, LIMITS).expect("opens");
    let before = spool.bytes();
    assert!(spool.release(57).expect("removes") > 3);
    assert!(spool.bytes() < before);
    drop(spool);
    let (spool, _, found) = open(&disk, LIMITS).expect("opens");
    let first = found.first().expect("some are left").0;
    assert!(first <= 57, "record 57 is still there, the first is {first}");
    assert!(records.ends_with(&found));
    assert_eq!(spool.next_id(), 107);
    // Even when all is final the writing segment stays, and with it the count of ids.
    let (mut spool, ..) = open(&disk, LIMITS).expect("opens");
    spool.release(u64::MAX).expect("removes");
    drop(spool);
    assert_eq!(open(&disk, LIMITS).expect("opens").0.next_id(), 107);
}

#[test]
fn a_tail_cut_at_any_byte_loses_only_the_cut_record() {
    let disk = MemoryDisk::default();
    let records = fill(&disk, 9);
    let (name, whole) = disk.with(|files| files.last_key_value().map(|(n, b)| (n.clone(), b.clone()))).expect("a file");
    let kept_elsewhere = records.iter().filter(|(id, _)| *id < segment_first(&name).expect("a segment")).count();
    let ends: Vec<usize> = records
        .iter()
        .skip(kept_elsewhere)
        .scan(0, |at, (_, payload)| {
            *at += HEADER_BYTES + payload.len();
            Some(*at)
        })
        .collect();
    assert_eq!(ends.last(), Some(&whole.len()));
    for cut in 0..whole.len() {
        disk.with(|files| files.insert(name.clone(), whole[..cut].to_vec()));
        let good = kept_elsewhere + ends.iter().filter(|end| **end <= cut).count();
        let (mut spool, recovery, found) = open(&disk, LIMITS).expect("a torn tail is no damage");
        assert_eq!(found, records[..good], "cut at {cut}");
        let torn = !(cut == 0 || ends.contains(&cut));
        assert_eq!(recovery.torn.is_some(), torn, "cut at {cut}");
        // The next record takes the place of the lost one and is there after the next opening.
        let id = spool.append(b"again").expect("room");
        spool.sync().expect("a good disk");
        drop(spool);
        let (.., found) = open(&disk, LIMITS).expect("opens");
        assert_eq!(found.last(), Some(&(id, b"again".to_vec())));
        disk.with(|files| files.retain(|file, _| segment_first(file) <= segment_first(&name)));
    }
}

#[test]
fn a_changed_byte_in_acknowledged_data_stops_the_start_and_is_named() {
    let disk = MemoryDisk::default();
    fill(&disk, 32);
    let all = disk.with(|files| files.clone());
    for (name, bytes) in all.iter().take(all.len() - 1) {
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 0x40;
            disk.with(|files| files.insert(name.clone(), bad));
            match open(&disk, LIMITS).map(|(_, r, _)| r) {
                Err(SpoolError::Corrupt { segment, offset, .. }) => {
                    assert_eq!(&segment, name);
                    assert!(offset as usize <= at, "offset {offset} for byte {at}");
                }
                other => panic!("byte {at} of {name}: {other:?}"),
            }
        }
        disk.with(|files| files.insert(name.clone(), bytes.clone()));
    }
    // In the last segment, a bad record with a good one behind it is damage too.
    let (name, mut bytes) = all.last_key_value().map(|(n, b)| (n.clone(), b.clone())).expect("a file");
    let disk_bytes = bytes.clone();
    bytes[HEADER_BYTES] ^= 1;
    assert!(record_behind(&bytes, 0), "the segment holds more than one record");
    disk.with(|files| files.insert(name.clone(), bytes));
    assert!(matches!(open(&disk, LIMITS), Err(SpoolError::Corrupt { offset: 0, .. })));
    disk.with(|files| files.insert(name, disk_bytes));
    // A missing segment in the middle.
    let middle = all.keys().nth(1).cloned().expect("several");
    disk.with(|files| files.remove(&middle));
    assert!(matches!(open(&disk, LIMITS), Err(SpoolError::Corrupt { offset: 0, .. })));
}

#[test]
fn at_its_bound_the_spool_refuses_and_goes_on_when_there_is_room() {
    let disk = MemoryDisk::default();
    let limits = Limits { segment_bytes_max: 100, total_bytes_max: 330 };
    let (mut spool, ..) = open(&disk, limits).expect("opens");
    let mut stored = 0;
    while spool.append(&[1; 24]).is_ok() {
        stored += 1;
    }
    assert_eq!(stored, 8);
    assert!(matches!(spool.append(&[1; 24]), Err(SpoolError::Full { bytes: 320, max: 330 })));
    spool.sync().expect("a good disk");
    assert_eq!(spool.release(9).expect("removes"), 1);
    assert_eq!(spool.append(&[1; 24]).expect("room again"), 15);
}

/// Fails the n-th operation for n = 0, 1, 2 … until the run succeeds; after each failure everything that was reported
/// synced is there, and nothing that was not written.
#[test]
fn no_failing_write_loses_what_was_synced() {
    for kind in [io::ErrorKind::StorageFull, io::ErrorKind::Other] {
        for fuse in 0..200 {
            let disk = MemoryDisk::default();
            *disk.0.fuse.lock().expect("not poisoned") = Some((fuse, kind));
            let (mut spool, ..) = open(&disk, LIMITS).expect("opens");
            let (mut acked, mut written) = (Records::new(), Records::new());
            let mut failed = false;
            for i in 0..20u8 {
                match spool.append(&[i; 20]) {
                    Ok(id) => written.push((id, vec![i; 20])),
                    Err(SpoolError::Full { .. }) if kind == io::ErrorKind::StorageFull => failed = true,
                    Err(_) => {
                        failed = true;
                        assert!(spool.is_poisoned());
                        assert!(matches!(spool.append(b"x"), Err(SpoolError::Poisoned)));
                        break;
                    }
                }
                if spool.sync().is_err() {
                    failed = true;
                    assert!(matches!(spool.sync(), Err(SpoolError::Poisoned)));
                    break;
                }
                acked.clone_from(&written);
            }
            drop(spool);
            *disk.0.fuse.lock().expect("not poisoned") = None;
            let (.., found) = open(&disk, LIMITS).expect("recovers");
            assert!(found.starts_with(&acked), "{kind:?} at {fuse}");
            assert!(written.starts_with(&found), "{kind:?} at {fuse}: nothing appears that was not written");
            if !failed {
                assert_eq!(acked.len(), 20);
                break;
            }
            assert!(fuse < 199, "the run never succeeded");
        }
    }
}

#[derive(Clone, Debug)]
enum Op {
    Append(Vec<u8>),
    Sync,
    Release(u64),
    Reopen,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        6 => proptest::collection::vec(any::<u8>(), 1..60).prop_map(Op::Append),
        3 => Just(Op::Sync),
        1 => (0u64..60).prop_map(Op::Release),
        1 => Just(Op::Reopen),
    ];
    proptest::collection::vec(op, 0..120)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    /// The model is a list. A reopening without a close must give back exactly the list's end.
    #[test]
    fn the_spool_is_a_list_that_forgets_only_whole_segments(ops in ops()) {
        let disk = MemoryDisk::default();
        let (mut spool, ..) = open(&disk, LIMITS).expect("opens");
        let mut model = Records::new();
        let mut mark = 0;
        for op in ops {
            match op {
                Op::Append(payload) => model.push((spool.append(&payload).expect("room"), payload)),
                Op::Sync => spool.sync().expect("a good disk"),
                Op::Release(below) => {
                    spool.release(below).expect("removes");
                    mark = mark.max(below);
                }
                Op::Reopen => {
                    drop(spool);
                    let (again, recovery, found) = open(&disk, LIMITS).expect("opens");
                    prop_assert_eq!(recovery.torn, None);
                    prop_assert!(model.ends_with(&found));
                    let gone = model.len() - found.len();
                    prop_assert!(model[..gone].iter().all(|(id, _)| *id < mark));
                    spool = again;
                }
            }
        }
    }

    #[test]
    fn no_bytes_make_recovery_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let disk = MemoryDisk::default();
        disk.with(|files| files.insert(segment_name(7), bytes));
        let _ = open(&disk, LIMITS);
    }
}
