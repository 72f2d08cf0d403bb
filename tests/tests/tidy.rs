//! The laws of the house, read off the files: who may depend on whom, where the heavy libraries live, how long a file is.

use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// `design.md` section 2, plus the developers' programs. An edge that is not here is a design change.
const EDGES: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("migrations", &[]),
    ("epcis", &["domain"]),
    ("labels", &["domain"]),
    ("imports", &["domain"]),
    ("marks", &["domain"]),
    // Strangers' photos; knows nothing of ours.
    ("photos", &[]),
    ("regulatory", &["domain"]),
    // Where packs are checked; the only other room of H3 is the server's.
    ("map", &["api", "domain"]),
    ("proof", &["domain"]),
    ("api", &["domain", "proof"]),
    ("keys", &["proof", "domain"]),
    ("client", &["keys", "api", "proof", "domain"]),
    // A port within bounds; knows nothing of ours.
    ("listen", &[]),
    // What strangers build into their programs: the contract alone, no keys of the chain and no proofs of it.
    ("rest", &["api"]),
    ("consensus", &[]),
    ("chain-node", &["consensus", "keys", "listen", "api", "proof", "domain"]),
    ("sim-machine", &["consensus"]),
    ("sim", &["sim-machine", "consensus", "chain-node", "api", "proof", "domain"]),
    ("mqtt", &[]),
    ("simulator", &["mqtt", "client", "api", "domain"]),
    ("device-gateway", &["mqtt", "client", "listen", "api", "proof", "domain"]),
    ("web-ui", &["client", "api", "proof", "domain"]),
    ("hydrate", &["web-ui"]),
    ("verifier", &["proof", "domain"]),
    ("cli", &["simulator", "client", "api", "epcis", "proof", "domain"]),
    (
        "server",
        &[
            "client",
            "api",
            "epcis",
            "proof",
            "domain",
            "imports",
            "labels",
            "map",
            "marks",
            "migrations",
            "photos",
            "regulatory",
            "web-ui",
        ],
    ),
    ("testkit", &["domain", "epcis", "proof"]),
    ("decoders", &["api", "epcis", "imports", "proof", "domain"]),
    ("tests", &["client", "api", "proof", "domain", "testkit"]),
    ("xtask", &["client", "api", "proof", "domain", "testkit"]),
];

/// Libraries that one folder owns.
const OWNERS: &[(&str, &[&str])] = &[
    ("rocksdb", &["chain-node"]),
    ("sea-orm", &["server"]),
    ("sea-orm-migration", &["server", "migrations"]),
    ("rumqttc-v4-next", &["mqtt"]),
    ("rumqttd", &["device-gateway"]),
    ("cryptoki", &["keys"]),
    ("image", &["photos"]),
    (
        "serde",
        // epcis reads JSON into a tree of its own with it; its contracts are GS1's, not ours.
        &[
            "api",
            "keys",
            "client",
            "rest",
            "chain-node",
            "device-gateway",
            "simulator",
            "epcis",
            "server",
            "web-ui",
            "cli",
            "testkit",
            "decoders",
            "tests",
            "xtask",
        ],
    ),
];

/// Where within its crate a library may be named.
const ROOMS: &[(&str, &str, &[&str])] = &[
    ("rocksdb", "chain-node/src", &["chain-node/src/store"]),
    ("sea_orm", "server/src", &["server/src/store"]),
    ("rumqttc", "device-gateway", &["device-gateway/mqtt/src"]),
    ("rumqttd", "device-gateway/src", &["device-gateway/src/mqtt"]),
    ("cryptoki", "crates/keys/src", &["crates/keys/src/pkcs11"]),
];

/// Lines of one source file. Tables of standards are longer and are named here.
const LINES_MAX: usize = 800;
const TABLES: &[&str] = &["crates/domain/src/gs1/"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ stands in the workspace").to_owned()
}

fn packages() -> Vec<Package> {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata answers");
    metadata.packages
}

fn short(name: &str) -> String {
    name.trim_start_matches("tracelight-").to_owned()
}

fn normal_dependencies(package: &Package) -> BTreeSet<String> {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != DependencyKind::Development)
        .map(|dependency| dependency.name.clone())
        .collect()
}

#[test]
fn crates_depend_only_on_whom_they_may_know() {
    let packages = packages();
    let ours: BTreeSet<String> = packages.iter().map(|package| package.name.to_string()).collect();
    for package in &packages {
        let name = short(&package.name);
        let Some((_, allowed)) = EDGES.iter().find(|(from, _)| *from == name) else {
            panic!("`{name}` is not in the list of crates; add it to EDGES with whom it may know");
        };
        for dependency in normal_dependencies(package).intersection(&ours) {
            let to = short(dependency);
            assert!(allowed.contains(&to.as_str()), "`{name}` depends on `{to}`, which the design does not allow");
        }
    }
    assert_eq!(packages.len(), EDGES.len(), "EDGES names a crate that is gone");
}

#[test]
fn heavy_libraries_stay_in_their_crates() {
    for package in packages() {
        let name = short(&package.name);
        let dependencies = normal_dependencies(&package);
        for (library, owners) in OWNERS {
            let allowed = owners.contains(&name.as_str());
            assert!(allowed || !dependencies.contains(*library), "`{name}` depends on `{library}`");
        }
        // The simulation runs the same engine on another machine, and is in no product.
        if name != "consensus" && name != "sim-machine" {
            let engine = dependencies.iter().find(|dependency| dependency.starts_with("commonware"));
            assert_eq!(engine, None, "`{name}` names the consensus engine");
        }
    }
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "target" && name != "node_modules" && name != ".git" {
            sources(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}

#[test]
fn heavy_libraries_stay_in_their_rooms() {
    for (library, within, rooms) in ROOMS {
        let mut files = Vec::new();
        sources(&root().join(within), &mut files);
        assert!(!files.is_empty(), "{within} has no sources");
        for file in files {
            let inside = file.strip_prefix(root()).expect("under the root").display().to_string();
            if rooms.iter().any(|room| inside.starts_with(room)) {
                continue;
            }
            let text = std::fs::read_to_string(&file).expect("a source file");
            let named = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .any(|line| line.contains(&format!("{library}::")) || line.contains(&format!("use {library}")));
            assert!(!named, "{inside} names `{library}`, which belongs into {rooms:?}");
        }
    }
}

#[test]
fn files_stay_readable_and_say_what_they_are() {
    let mut files = Vec::new();
    sources(&root(), &mut files);
    assert!(files.len() > 50, "the sources were found");
    for file in files {
        let inside = file.strip_prefix(root()).expect("under the root").display().to_string();
        let text = std::fs::read_to_string(&file).expect("a source file");
        let lines = text.lines().count();
        let table = TABLES.iter().any(|table| inside.starts_with(table));
        assert!(table || lines <= LINES_MAX, "{inside} has {lines} lines; at most {LINES_MAX}");
        // Test modules stand beside a head that speaks for them.
        if inside.ends_with("/tests.rs") || inside.contains("/tests/") {
            continue;
        }
        let first = text.lines().find(|line| !line.starts_with("#![")).unwrap_or_default();
        assert!(first.starts_with("//!") || first.starts_with("// "), "{inside} does not begin by saying what it is");
    }
}

#[test]
fn nothing_names_a_machine_or_a_registry() {
    let tracked = std::process::Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    let hosts = ["crates", "npmjs", "pypi", "debian"].map(|name| match name {
        "crates" => format!("static.{name}.io"),
        "debian" => format!("deb.{name}.org"),
        other => format!("registry.{other}.org"),
    });
    for name in tracked.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let name = String::from_utf8_lossy(name).to_string();
        let Ok(text) = std::fs::read_to_string(root().join(&name)) else { continue };
        for host in &hosts {
            assert!(!text.contains(host.as_str()), "{name} names a registry's host");
        }
        let machine = ["work", "brief"].map(|folder| format!("/{folder}/")).map(|path| text.contains(&path));
        assert!(name.ends_with(".lock") || machine == [false, false], "{name} names a path of one machine");
    }
}

#[test]
fn every_dependency_on_the_engine_is_pinned_exactly() {
    let consensus = packages().into_iter().find(|package| package.name.as_str() == "tracelight-consensus");
    for dependency in consensus.expect("the consensus crate exists").dependencies {
        if dependency.name.starts_with("commonware") {
            assert!(dependency.req.to_string().starts_with('='), "{} is not pinned", dependency.name);
        }
    }
}

/// A `latest` in a lock file is asked of the registry again at each set-up: it fails on the day of the next release, and npm 9.2 of
/// Debian 12 can overrule none (`tests/browser/package.json`).
#[test]
fn npm_installs_what_the_lock_file_names_and_nothing_newer() {
    for folder in ["tests/browser", "tests/foreign", "tests/foreign-epcis"] {
        let lock = std::fs::read_to_string(root().join(folder).join("package-lock.json")).expect("a lock file");
        let moving: Vec<_> = lock.lines().filter(|line| line.contains("\": \"latest\"")).collect();
        assert!(
            moving.is_empty(),
            "{folder}/package-lock.json names no version: {moving:?}. Hint: write the version that it holds"
        );
    }
}

/// Names of tables as the steps of the migrations write them: `table("STEP", "TABLE", …)` or `Ddl::Table { table: "TABLE", … }`.
fn tables() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let folder = std::fs::read_dir(root().join("migrations/src")).expect("the migrations");
    for file in folder.map(|entry| entry.expect("a file").path()) {
        let text = std::fs::read_to_string(file).expect("a source file");
        for call in text.split("    table(\n").skip(1).chain(text.split("    table(\"").skip(1)) {
            // Step and table are its first two texts.
            let named = call.split('"').filter(|part| part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
            names.extend(named.filter(|part| !part.is_empty()).nth(1).map(str::to_owned));
        }
    }
    names
}

#[test]
fn every_table_stands_in_the_threat_model() {
    let text = std::fs::read_to_string(root().join("docs/threat-model.md")).expect("the threat model");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| SQL "));
    let named: Vec<&str> =
        rows.flat_map(|row| row.split('|').next().unwrap_or_default().split('`').skip(1).step_by(2)).collect();
    let tables = tables();
    assert!(tables.len() > 60, "the tables were found: {tables:?}");
    let is_named = |table: &str| {
        named.iter().any(|name| name.strip_suffix('*').map_or(*name == table, |start| table.starts_with(start)))
    };
    let missing: Vec<&String> = tables.iter().filter(|table| !is_named(table)).collect();
    assert!(missing.is_empty(), "docs/threat-model.md does not say whether these are trusted: {missing:?}");
}
