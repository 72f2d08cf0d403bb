//! The bookkeeping around the build. The build itself is tried by every test that opens a page.

use super::*;

fn put(folder: &Path, name: &str, bytes: [usize; 3]) -> (String, Size) {
    for (suffix, count) in ["", ".br", ".gz"].iter().zip(bytes) {
        fs::write(folder.join(format!("{name}{suffix}")), vec![b'x'; count]).expect("file");
    }
    (name.to_owned(), Size::of(folder, name).expect("sizes"))
}

fn filled(folder: &Path) -> Manifest {
    let mut manifest = Manifest::default();
    let verifier = [put(folder, "verifier-1.js", [30, 10, 12]), put(folder, "verifier-1.wasm", [300, 100, 120])];
    let hydrate = [put(folder, "hydrate-1.js", [40, 20, 22]), put(folder, "hydrate-1.wasm", [400, 200, 220])];
    manifest.replace("verifier", "one".to_owned(), verifier);
    manifest.replace("hydrate", "one".to_owned(), hydrate);
    manifest
}

#[test]
fn a_manifest_is_read_back_as_written() {
    let folder = tempfile::tempdir().expect("folder");
    let manifest = filled(folder.path());
    assert_eq!(Manifest::read(folder.path()), None);
    manifest.write(folder.path()).expect("write");
    assert_eq!(Manifest::read(folder.path()), Some(manifest.clone()));
    assert_eq!(manifest.checker_bytes(), 110);
    assert_eq!(manifest.hydrate_js, "hydrate-1.js");
}

#[test]
fn a_program_is_current_until_its_source_or_a_file_changes() {
    let folder = tempfile::tempdir().expect("folder");
    let manifest = filled(folder.path());
    assert!(manifest.is_current("verifier", "one", folder.path()));
    assert!(!manifest.is_current("verifier", "two", folder.path()));
    assert!(!Manifest::default().is_current("verifier", "", folder.path()));
    fs::write(folder.path().join("verifier-1.wasm.gz"), "cut").expect("damage");
    assert!(!manifest.is_current("verifier", "one", folder.path()));
    assert!(manifest.is_current("hydrate", "one", folder.path()));
}

#[test]
fn replaced_files_go_and_named_ones_stay() {
    let folder = tempfile::tempdir().expect("folder");
    let mut manifest = filled(folder.path());
    let new = [put(folder.path(), "verifier-2.js", [1, 1, 1]), put(folder.path(), "verifier-2.wasm", [2, 2, 2])];
    manifest.replace("verifier", "two".to_owned(), new);
    manifest.write(folder.path()).expect("write");
    remove_unnamed(folder.path(), &manifest).expect("clean");
    let mut names: Vec<String> = fs::read_dir(folder.path())
        .expect("list")
        .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names.len(), 4 * 3 + 1, "{names:?}");
    assert!(!names.iter().any(|name| name.starts_with("verifier-1")), "{names:?}");
}

#[test]
fn a_checker_over_its_limit_is_refused() {
    let mut manifest = Manifest::default();
    let size = |br| Size { raw: br, br, gz: br };
    let files = |wasm| [("a.js".to_owned(), size(1)), ("a.wasm".to_owned(), size(wasm))];
    manifest.replace("verifier", String::new(), files(CHECKER_BYTES_MAX - 1));
    check_size(&manifest).expect("just within");
    manifest.replace("verifier", String::new(), files(CHECKER_BYTES_MAX));
    let error = check_size(&manifest).expect_err("one byte over");
    assert!(error.to_string().contains("1 over its limit"), "{error}");
}
