//! Tests in the sources of this repository, and the points that their names begin with.

use anyhow::Context as _;
use std::path::{Path, PathBuf};

/// Folders that hold no sources of ours.
const SKIPPED: [&str; 3] = ["target", "node_modules", ".git"];

/// Tests that carry criteria of another list under the same letters: GS1's of resolvers.
const OTHER_LIST: &str = "server/src/resolver/tests/criteria.rs";

/// A test that carries points.
#[derive(Clone, Debug)]
pub struct Carrier {
    /// Its points, such as `C9`.
    pub points: Vec<String>,
    /// Where it stands, from the root of the repository.
    pub file: String,
    /// Its name.
    pub name: String,
}

/// All of them, in the order of their files.
///
/// # Errors
/// A folder or file that cannot be read.
pub fn carriers(root: &Path) -> anyhow::Result<Vec<Carrier>> {
    let (mut files, mut found) = (Vec::new(), Vec::new());
    sources(root, &mut files)?;
    files.sort();
    for path in files {
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let file = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        if file == OTHER_LIST {
            continue;
        }
        found.extend(in_file(&text).into_iter().map(|(points, name)| Carrier { points, file: file.clone(), name }));
    }
    Ok(found)
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !SKIPPED.contains(&name.as_str()) {
            sources(&path, out)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
    Ok(())
}

/// Functions below a `#[test]` whose names begin with points.
fn in_file(text: &str) -> Vec<(Vec<String>, String)> {
    let mut found = Vec::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some(name) = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn ")) {
            let name = name.split('(').next().unwrap_or_default();
            let points: Vec<String> = name.split('_').map_while(point).collect();
            if is_test && !points.is_empty() {
                found.push((points, name.to_owned()));
            }
            is_test = false;
        }
    }
    found
}

/// `c9` is C9.
fn point(word: &str) -> Option<String> {
    let (letter, number) = word.split_at_checked(1)?;
    let is_point = "clmrod".contains(letter) && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_point.then(|| word.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tests_whose_names_begin_with_points_carry_them() {
        let text = "#[test]\nfn c9_l10_it_holds() {}\nfn c1_no_test() {}\n#[tokio::test(flavor = \"x\")]\n#[ignore]\n\
                    async fn m2_m() {}\n#[test]\nfn it_holds_c3() {}\n#[test]\nfn cold_1() {}";
        let found = in_file(text);
        let expected = [(vec!["C9", "L10"], "c9_l10_it_holds"), (vec!["M2"], "m2_m")];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for ((points, name), (want, of)) in found.iter().zip(expected) {
            assert!(points.iter().eq(want.iter()) && name == of, "{found:?}");
        }
    }
}
