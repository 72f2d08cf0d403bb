//! The program from outside: founding, configuration, and what it says when something is wrong.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};
use tracelight_proof::genesis::Genesis;
use tracelight_testkit::ports::free_ports;

fn chain_node(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_chain-node")).args(arguments).output().expect("the program starts")
}

fn found(dir: &Path) -> Output {
    let ports: Vec<String> = free_ports(8).expect("ports").iter().map(ToString::to_string).collect();
    let (p2p, rpc) = (ports[..4].join(","), ports[4..].join(","));
    chain_node(&["init-alliance", "--dir", &dir.to_string_lossy(), "--p2p-ports", &p2p, "--rpc-ports", &rpc])
}

#[track_caller]
fn fails_with(output: &Output, needles: &[&str]) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{text}");
    for needle in needles {
        assert!(text.contains(needle), "`{needle}` is missing in: {text}");
    }
}

#[test]
fn founding_writes_everything_once() {
    let scratch = tempfile::tempdir().expect("scratch");
    let dir = scratch.path().join("alliance");
    let output = found(&dir);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bytes = std::fs::read(dir.join("genesis.bin")).expect("a genesis");
    let genesis = Genesis::parse_checked(&bytes).expect("a sound genesis");
    assert_eq!(genesis.members.len(), 4);
    let alliance = std::fs::read(dir.join("alliance.json")).expect("alliance.json");
    let alliance: serde_json::Value = serde_json::from_slice(&alliance).expect("JSON");
    assert_eq!(alliance["chain_id"], genesis.chain_id().to_string());
    assert_eq!(alliance["members"][0]["name_zh"], "秦禾制药");
    for slug in ["manufacturer", "logistics", "pharmacy", "regulator"] {
        for key in ["validator.key", "operator.key", "approver.key"] {
            let path = dir.join(slug).join(key);
            let mode = std::fs::metadata(&path).expect("a key file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            assert_eq!(std::fs::read_to_string(&path).expect("a key").len(), 65);
        }
    }
    // A second time nothing is touched.
    fails_with(&found(&dir), &["is not empty", "alliance", "--dir"]);
    assert_eq!(std::fs::read(dir.join("genesis.bin")).expect("a genesis"), bytes);
}

#[test]
fn a_wrong_configuration_is_told_in_full() {
    let scratch = tempfile::tempdir().expect("scratch");
    let dir = scratch.path().join("alliance");
    assert!(found(&dir).status.success());
    let path = dir.join("manufacturer/node.toml");
    let good = std::fs::read_to_string(&path).expect("a configuration");
    let run = |text: &str| {
        std::fs::write(&path, text).expect("written");
        chain_node(&["run", "--config", &path.to_string_lossy()])
    };
    fails_with(&run(&good.replace("data_dir", "data_dri")), &["data_dri", "node.toml"]);
    let wrong = good
        .replace("heartbeat_ms = 1000", "heartbeat_ms = 1")
        .replace("rpc_calls_max = 512", "rpc_calls_max = 0")
        .replace("\"validator.key\"", "\"operator.key\"")
        .replace("\"../genesis.bin\"", "\"../nowhere.bin\"");
    let output = run(&wrong);
    fails_with(&output, &["3 fault(s)", "limits.heartbeat_ms", "limits.rpc_calls_max", "nowhere.bin"]);
    let not_ours = good.replace("\"validator.key\"", "\"operator.key\"");
    fails_with(&run(&not_ours), &["`validator_key`", "signs transactions"]);
    fails_with(&run(&good.replace("address = \"127.0.0.1:", "address = \"127.0.0.1;")), &["is not `host:port`"]);
    std::fs::write(&path, &good).expect("written");
    let config = path.to_string_lossy();
    fails_with(&chain_node(&["healthcheck", "--config", &config]), &["is not ready"]);
    fails_with(&chain_node(&["doctor", "--config", &config]), &["cannot open the store"]);
    fails_with(&chain_node(&["run", "--config", "/nowhere/node.toml"]), &["/nowhere/node.toml", "init-alliance"]);
}

#[test]
fn a_store_of_another_chain_stops_the_start() {
    let scratch = tempfile::tempdir().expect("scratch");
    let (one, two) = (scratch.path().join("one"), scratch.path().join("two"));
    assert!(found(&one).status.success() && found(&two).status.success());
    let genesis = Genesis::parse_checked(&std::fs::read(one.join("genesis.bin")).expect("a genesis")).expect("sound");
    let data = two.join("manufacturer/data/store");
    std::fs::create_dir_all(&data).expect("made");
    drop(
        tracelight_chain_node::store::Store::open(&data, &genesis).map_err(|error| error.to_string()).expect("a store"),
    );
    let config = two.join("manufacturer/node.toml");
    let output = chain_node(&["run", "--config", &config.to_string_lossy()]);
    fails_with(&output, &["belongs to chain", "choose another data folder"]);
    let output = chain_node(&["doctor", "--config", &config.to_string_lossy()]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains(&genesis.chain_id().to_string()), "{text}");
}
