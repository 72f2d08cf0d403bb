//! Third-party data for tests: read in place, never copied into the project.
//!
//! The data lie in a folder beside the checkout (`../shared/data`), or in `$TRACELIGHT_SHARED/data` when that variable
//! is set. Not everybody who builds Tracelight has them, so a test without its data says on standard error that it was
//! skipped. In continuous integration (`CI=true`) a skip would be a lie, and it is a failure instead.

use std::env;
use std::path::{Path, PathBuf};

/// The variable that names the folder which holds `data/`, when it is not beside the checkout.
pub const SHARED_VARIABLE: &str = "TRACELIGHT_SHARED";

/// Where one file or folder of the shared data lies, such as `gs1-syntax/linters.json`.
///
/// `None`, with a line on standard error, when it is absent: return from the test.
///
/// # Panics
/// When it is absent and `CI=true`.
#[must_use]
pub fn shared_data(relative: &str) -> Option<PathBuf> {
    let root = env::var_os(SHARED_VARIABLE).map_or_else(beside_the_workspace, PathBuf::from);
    let in_ci = env::var_os("CI").is_some_and(|value| value == "true");
    locate(&root, relative, in_ci)
}

/// `../shared`, seen from the workspace root, which is two folders above this crate.
fn beside_the_workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared")
}

fn locate(root: &Path, relative: &str, in_ci: bool) -> Option<PathBuf> {
    let path = root.join("data").join(relative);
    if path.exists() {
        return Some(path);
    }
    let shown = path.display();
    assert!(!in_ci, "shared test data `{relative}` is not at `{shown}`. Hint: set {SHARED_VARIABLE}");
    eprintln!("skipped: shared test data `{relative}` is not at `{shown}`. Hint: set {SHARED_VARIABLE}");
    None
}

#[cfg(test)]
mod tests {
    use super::locate;

    #[test]
    fn finds_what_is_there() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir_all(folder.path().join("data/gs1")).expect("a folder in it");
        let found = locate(folder.path(), "gs1", true).expect("the folder was made");
        assert_eq!(found, folder.path().join("data/gs1"));
    }

    #[test]
    fn says_skipped_outside_of_ci() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(locate(folder.path(), "nothing/here.json", false), None);
    }

    #[test]
    #[should_panic(expected = "shared test data `nothing/here.json` is not at")]
    fn fails_in_ci() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let _ = locate(folder.path(), "nothing/here.json", true);
    }
}
