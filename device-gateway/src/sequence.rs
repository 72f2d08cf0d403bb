//! Which number of which boot of which device comes next. Pure.
//!
//! A device counts its readings from 0 without a gap, anew at each boot. A number that has been seen is compared by a
//! digest of its body: the same is a repetition, another is a conflict. Digests are kept for the last [`DIGESTS_MAX`]
//! numbers of the newest [`DIGEST_BOOTS_MAX`] boots, and with them why a number does not count: whoever lost the answer and
//! sends again has to learn it. An older repetition is taken as the same. Boots beyond [`BOOTS_MAX`] a device are forgotten,
//! oldest first.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use tracelight_api::line::LineReason;
use tracelight_proof::hash::sha256;

/// Boots remembered for each device. 1,024 boots of 100 B are 100 KB.
pub const BOOTS_MAX: usize = 1_024;
/// Numbers of a boot whose content is remembered: 64 KB.
pub const DIGESTS_MAX: usize = 4_096;
/// Boots of a device with remembered content.
pub const DIGEST_BOOTS_MAX: usize = 4;

/// Where a number stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The one that is expected.
    Next,
    /// Held already, with the same content as far as is known.
    Seen,
    /// Held already, with other content.
    Conflict,
    /// An earlier one is missing.
    Gap,
}

/// Digest of a body, enough to tell two apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

impl Digest {
    /// Of these bytes.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        Self(sha256(body).0.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }
}

#[derive(Clone, Debug, Default)]
struct Boot {
    name: String,
    /// Numbers held: 0 up to this, exclusive.
    held: u64,
    /// Of the last numbers held, each with why it does not count.
    digests: VecDeque<(Digest, Option<LineReason>)>,
}

impl Boot {
    fn remembered(&self, seq: u64) -> Option<&(Digest, Option<LineReason>)> {
        let back = usize::try_from(self.held.checked_sub(seq)?).unwrap_or(usize::MAX);
        self.digests.len().checked_sub(back).and_then(|index| self.digests.get(index))
    }
}

/// The numbers of all devices.
#[derive(Clone, Debug, Default)]
pub struct SequenceBook {
    /// Boots of each device, oldest first.
    devices: BTreeMap<String, VecDeque<Boot>>,
}

/// One boot, as it is kept when its readings are no longer on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BootMark {
    /// `org/site/line/device`.
    pub device: String,
    /// Boot id.
    pub boot: String,
    /// Numbers held: 0 up to this, exclusive.
    pub held: u64,
}

/// How far the readings of a boot are held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Its id.
    pub boot: String,
    /// The number up to which all are.
    pub contiguous: u64,
}

impl SequenceBook {
    fn boot(&self, device: &str, boot: &str) -> Option<&Boot> {
        self.devices.get(device)?.iter().rev().find(|known| known.name == boot)
    }

    /// Where a number stands.
    #[must_use]
    pub fn standing(&self, device: &str, boot: &str, seq: u64, digest: Digest) -> Standing {
        let Some(known) = self.boot(device, boot) else {
            return if seq == 0 { Standing::Next } else { Standing::Gap };
        };
        if seq >= known.held {
            return if seq == known.held { Standing::Next } else { Standing::Gap };
        }
        match known.remembered(seq) {
            Some((other, _)) if *other != digest => Standing::Conflict,
            _ => Standing::Seen,
        }
    }

    /// Why a number that is held does not count; `None` when it counts, or when that is no longer remembered.
    #[must_use]
    pub fn objection(&self, device: &str, boot: &str, seq: u64) -> Option<LineReason> {
        self.boot(device, boot)?.remembered(seq)?.1
    }

    /// Highest number up to which all are held; `None` before number 0.
    #[must_use]
    pub fn contiguous(&self, device: &str, boot: &str) -> Option<u64> {
        self.boot(device, boot).and_then(|known| known.held.checked_sub(1))
    }

    /// The newest boots of a device, oldest first, each with the number up to which all are held.
    #[must_use]
    pub fn newest(&self, device: &str, max: usize) -> Vec<Held> {
        let boots = self.devices.get(device).into_iter().flatten().rev().take(max);
        let held =
            boots.filter_map(|boot| Some(Held { boot: boot.name.clone(), contiguous: boot.held.checked_sub(1)? }));
        let mut held: Vec<Held> = held.collect();
        held.reverse();
        held
    }

    /// Counts a number that [`SequenceBook::standing`] called next, and keeps why it does not count, if so. Any other changes
    /// nothing.
    pub fn record(&mut self, device: &str, boot: &str, seq: u64, digest: Digest, objection: Option<LineReason>) {
        if self.standing(device, boot, seq, digest) != Standing::Next {
            return;
        }
        let known = self.boot_mut(device, boot);
        known.held = seq + 1;
        known.digests.push_back((digest, objection));
        if known.digests.len() > DIGESTS_MAX {
            known.digests.pop_front();
        }
    }

    /// Takes over what is known of a boot whose readings are no longer on disk.
    pub fn restore(&mut self, mark: &BootMark) {
        let known = self.boot_mut(&mark.device, &mark.boot);
        known.held = known.held.max(mark.held);
    }

    /// All boots, oldest first for each device.
    #[must_use]
    pub fn marks(&self) -> Vec<BootMark> {
        let mark = |device: &String, boot: &Boot| BootMark {
            device: device.clone(),
            boot: boot.name.clone(),
            held: boot.held,
        };
        self.devices.iter().flat_map(|(device, boots)| boots.iter().map(move |boot| mark(device, boot))).collect()
    }

    fn boot_mut(&mut self, device: &str, name: &str) -> &mut Boot {
        let boots = self.devices.entry(device.to_owned()).or_default();
        let index = match boots.iter().position(|known| known.name == name) {
            Some(index) => index,
            None => {
                boots.push_back(Boot { name: name.to_owned(), ..Boot::default() });
                if boots.len() > BOOTS_MAX {
                    boots.pop_front();
                }
                if let Some(old) = boots.len().checked_sub(DIGEST_BOOTS_MAX + 1).and_then(|i| boots.get_mut(i)) {
                    old.digests = VecDeque::new();
                }
                boots.len() - 1
            }
        };
        &mut boots[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_each_other_and_repetitions_are_told_from_conflicts() {
        let mut book = SequenceBook::default();
        let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
        assert_eq!(book.standing("d", "x", 1, a), Standing::Gap);
        for seq in 0..5_000 {
            assert_eq!(book.standing("d", "x", seq, a), Standing::Next);
            book.record("d", "x", seq, a, (seq == 4_998).then_some(LineReason::Duplicate));
        }
        assert_eq!(book.contiguous("d", "x"), Some(4_999));
        assert_eq!(book.standing("d", "x", 5_001, a), Standing::Gap);
        assert_eq!(book.standing("d", "x", 4_999, a), Standing::Seen);
        assert_eq!(book.standing("d", "x", 4_999, b), Standing::Conflict);
        assert_eq!(book.standing("d", "x", 3, b), Standing::Seen, "too old to compare");
        assert_eq!(book.objection("d", "x", 4_998), Some(LineReason::Duplicate), "why it does not count");
        for seq in [3, 4_997, 4_999, 5_000, u64::MAX] {
            assert_eq!(book.objection("d", "x", seq), None);
        }
        assert_eq!(book.standing("d", "y", 0, a), Standing::Next, "a new boot");
        assert_eq!(book.standing("e", "x", 0, a), Standing::Next, "another device");
        book.record("d", "x", 9_999, a, None);
        assert_eq!(book.contiguous("d", "x"), Some(4_999), "a gap is never counted");
    }

    #[test]
    fn marks_restore_the_numbers_and_boots_are_bounded() {
        let mut book = SequenceBook::default();
        for boot in 0..BOOTS_MAX + 10 {
            book.record("d", &format!("{boot:016x}"), 0, Digest::of(b"a"), None);
        }
        let marks = book.marks();
        assert_eq!(marks.len(), BOOTS_MAX);
        let mut again = SequenceBook::default();
        marks.iter().for_each(|mark| again.restore(mark));
        assert_eq!(again.marks(), marks);
        assert_eq!(again.standing("d", &format!("{:016x}", 20), 0, Digest::of(b"b")), Standing::Seen);
    }
}
