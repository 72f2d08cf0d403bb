//! The query of a Digital Link: attributes that are AIs, and what belongs to others.

use super::{Leniency, alternatives_of, element};
use crate::gs1::ai::Ai;
use crate::gs1::element_string::Located;
use crate::gs1::scan::{ELEMENTS_MAX, Mapped, ScanError};

/// Adds the query attributes to `located`, which holds the path; gives what is not ours.
pub(super) fn parse_query(
    query: &str,
    query_at: usize,
    leniency: Leniency,
    located: &mut Vec<Located>,
) -> Result<Vec<String>, ScanError> {
    let path_ais: Vec<Ai> = located.iter().map(|element| element.ai).collect();
    let mut other = Vec::new();
    let mut position = query_at;
    for parameter in query.split('&') {
        let at = position;
        position = position.saturating_add(parameter.len()).saturating_add(1);
        let Some((name, raw)) = parameter.split_once('=') else {
            other.extend((!parameter.is_empty()).then(|| parameter.to_owned()));
            continue;
        };
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_digit()) {
            other.push(parameter.to_owned());
            continue;
        }
        if located.len() >= ELEMENTS_MAX {
            return Err(ScanError::TooManyElements { position: at });
        }
        let Some(ai) = Ai::parse(name) else {
            return Err(ScanError::unknown_ai(at, name));
        };
        if !ai.entry().is_some_and(|entry| entry.flags.query) || belongs_into_path(ai, &path_ais) {
            let expected = "an attribute that may stand in the query";
            return Err(ScanError::Misplaced { ai, position: at, expected });
        }
        if located.iter().any(|earlier| earlier.ai == ai) {
            return Err(ScanError::Misplaced { ai, position: at, expected: "every attribute once" });
        }
        let raw_at = at.saturating_add(name.len()).saturating_add(1);
        located.push(element(ai, (raw, raw_at), at, Mapped::query_character, leniency)?);
    }
    Ok(other)
}

/// Could this AI be a qualifier beside those that the path holds? Then that is where it belongs.
fn belongs_into_path(ai: Ai, path: &[Ai]) -> bool {
    let Some((key, qualifiers)) = path.split_first() else {
        return false;
    };
    alternatives_of(*key).iter().any(|alternative| {
        alternative.contains(&ai.as_str()) && qualifiers.iter().all(|used| alternative.contains(&used.as_str()))
    })
}
