//! What must and what may not stand beside an AI, over all the data of one scan.

use super::{Ai, matches_pattern};

/// Why values that are right by themselves cannot stand together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssociationError {
    /// The two exclude each other.
    #[error("({ai}) may not stand beside ({other})")]
    Excludes { ai: Ai, other: Ai },
    /// Something that the AI needs is missing.
    #[error("({ai}) needs {} beside it", readable(.expected))]
    Requires { ai: Ai, expected: &'static str },
    /// The same AI twice, with two values.
    #[error("({ai}) occurs twice with different values")]
    Conflict { ai: Ai },
}

impl AssociationError {
    /// The AI that is out of place.
    #[must_use]
    pub const fn ai(&self) -> Ai {
        match self {
            Self::Excludes { ai, .. } | Self::Requires { ai, .. } | Self::Conflict { ai } => *ai,
        }
    }
}

/// `01+21,02` for people: `(01) with (21), or (02)`.
fn readable(groups: &str) -> String {
    let group = |group: &str| group.split('+').map(|ai| format!("({ai})")).collect::<Vec<_>>().join(" with ");
    groups.split(',').map(group).collect::<Vec<_>>().join(", or ")
}

/// Checks the values of one scan against each other.
///
/// # Errors
/// The first value that is out of place, in the order of the scan: exclusions and repetitions before requirements.
pub fn check_associations(elements: &[(Ai, String)]) -> Result<(), AssociationError> {
    for (index, (ai, value)) in elements.iter().enumerate() {
        let Some(entry) = ai.entry() else { continue };
        let exclusions = || entry.ex.split(',').filter(|pattern| !pattern.is_empty());
        for (other, _) in elements.iter().filter(|(other, _)| other != ai) {
            if exclusions().any(|pattern| matches_pattern(other.as_str(), pattern)) {
                return Err(AssociationError::Excludes { ai: *ai, other: *other });
            }
        }
        if elements.iter().take(index).any(|(other, earlier)| other == ai && earlier != value) {
            return Err(AssociationError::Conflict { ai: *ai });
        }
    }
    let present = |pattern: &str| elements.iter().any(|(other, _)| matches_pattern(other.as_str(), pattern));
    for (ai, _) in elements {
        let Some(entry) = ai.entry().filter(|entry| !entry.req.is_empty()) else {
            continue;
        };
        let satisfied = entry.req.split(',').any(|group| group.split('+').all(present));
        if !satisfied {
            return Err(AssociationError::Requires { ai: *ai, expected: entry.req });
        }
    }
    Ok(())
}
