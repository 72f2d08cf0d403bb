//! Reading the third-party vectors.

use serde_json::Value;
use std::fs;

/// The cases of one vector file; `None` (with a printed line) when the shared data are absent.
///
/// A file with fewer cases than it had when the test was written fails: a test that silently checks less is worse than
/// none.
pub(super) fn cases(relative: &str, at_least: usize) -> Option<Vec<Value>> {
    let path = tracelight_testkit::shared_data(relative)?;
    let text = fs::read_to_string(&path).expect("the vector file is readable");
    let mut file: Value = serde_json::from_str(&text).expect("the vector file is JSON");
    let Value::Array(cases) = file["cases"].take() else { panic!("{relative} has no list `cases`") };
    assert!(cases.len() >= at_least, "{relative} has {} cases, expected at least {at_least}", cases.len());
    Some(cases)
}

/// A member that is text; empty when it is absent or null.
pub(super) fn text<'c>(case: &'c Value, name: &str) -> &'c str {
    case[name].as_str().unwrap_or_default()
}

/// The vectors write FNC1 as `^`; an element string begins with one. `None` when it does not.
pub(super) fn from_carets(data: &str) -> Option<String> {
    data.strip_prefix('^').map(|rest| rest.replace('^', "\u{1d}"))
}
