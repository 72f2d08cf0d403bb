use super::*;

const GOOD: &str = r#"
org = "9506000134376"
data_dir = "data"
[broker]
url = "mqtt://127.0.0.1:1883"
[chain]
chain_id = "0707070707070707070707070707070707070707070707070707070707070707"
nodes = ["http://127.0.0.1:9000"]
key_file = "gateway.key"
[server]
url = "http://127.0.0.1:8080"
token_file = "token"
[[device]]
site = "xian"
line = "line-2"
id = "scan-1"
public_key = "0808080808080808080808080808080808080808080808080808080808080808"
"#;

fn load(text: &str) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().expect("a scratch folder");
    std::fs::create_dir(folder.path().join("data")).expect("our folder");
    for name in ["gateway.key", "token"] {
        std::fs::write(folder.path().join(name), "x").expect("our folder");
    }
    let path = folder.path().join("gateway.toml");
    std::fs::write(&path, text).expect("our folder");
    Config::load(&path)
}

#[test]
fn a_good_file_is_taken_and_paths_are_relative_to_it() {
    let config = load(GOOD).expect("a good file");
    assert!(config.data_dir.is_absolute());
    assert_eq!(config.broker.address(), Some(("127.0.0.1".to_owned(), 1883)));
    assert_eq!(config.places().len(), 1);
}

#[test]
fn an_unknown_key_stops_the_start_and_is_named() {
    for (place, key) in [("[broker]", "retries"), ("[[device]]", "colour"), ("[server]", "token")] {
        let text = GOOD.replace(place, &format!("{place}\n{key} = 1"));
        let error = load(&text).expect_err("an unknown key").to_string();
        assert!(error.contains(key), "{error}");
    }
}

#[test]
fn a_node_with_a_token_is_a_table_and_its_token_is_read() {
    let entry = "[\"http://127.0.0.1:9000\", { url = \"http://127.0.0.1:9001\", token_file = \"TOKEN\" }]";
    let with = |file: &str| GOOD.replace("[\"http://127.0.0.1:9000\"]", &entry.replace("TOKEN", file));
    let Err(ConfigError::Faults { faults, .. }) = load(&with("nowhere")) else { panic!("faults") };
    assert!(
        faults.len() == 1 && faults[0].starts_with("chain.nodes[1]") && faults[0].contains("nowhere"),
        "{faults:?}"
    );
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = scratch.path().join("rpc.token");
    let token = Token::generate().expect("random");
    token.write_new(&file).expect("our folder");
    let config = load(&with(&file.display().to_string())).expect("a good file");
    let access = config.chain.nodes[1].access().expect("a token");
    assert!(access.token.is_some_and(|read| read.is(token.reveal())));
    assert!(config.chain.nodes[0].access().expect("none needed").token.is_none());
}

#[test]
fn every_fault_is_reported_not_the_first() {
    let text = GOOD
        .replace("9506000134376", "9506000134377")
        .replace("mqtt://127.0.0.1:1883", "http://x")
        .replace("key_file = \"gateway.key\"", "key_file = \"nowhere\"")
        .replace("scan-1", "a/b")
        .replace("[\"http://127.0.0.1:9000\"]", "[]");
    let Err(ConfigError::Faults { faults, .. }) = load(&text) else { panic!("faults") };
    for name in ["org", "broker.url", "chain.key_file", "device.id", "chain.nodes"] {
        assert!(faults.iter().any(|fault| fault.starts_with(name)), "{name} in {faults:?}");
    }
    assert_eq!(faults.len(), 5, "{faults:?}");
}

#[test]
fn the_example_parses() {
    let config: Config = toml::from_str(include_str!("../../gateway.example.toml")).expect("the example");
    assert_eq!(config.spool, SpoolConfig::default());
    assert!(config.broker.address().is_some());
}
