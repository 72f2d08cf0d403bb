//! Commands of the program that run where not everything is: the production stack's migration has the database and nothing else.

use std::path::Path;
use std::process::{Command, Output};

/// The program with the production stack's file, where none of the secrets lie that it names.
fn production(command: &str, folder: &Path) -> Output {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../compose/config/server.toml");
    let database = format!("sqlite:{}?mode=rwc", folder.join("server.db").display());
    let mut program = Command::new(env!("CARGO_BIN_EXE_server"));
    program.args([command, "--config", file, "--database-url", &database]).output().expect("the program starts")
}

#[test]
fn a_migration_asks_for_no_members_key_and_a_check_names_each_that_is_missing() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let migrated = production("migrate", folder.path());
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    assert!(folder.path().join("server.db").is_file());
    let checked = production("check", folder.path());
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(!checked.status.success() && said.contains("nodes[0].token_file"), "{said}");
}
