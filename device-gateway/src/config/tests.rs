use super::*;
use crate::terminal::listen::TERMINALS_MAX;

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

#[test]
fn a_device_that_cannot_sign_says_how_it_is_known_and_sparkplug_needs_a_host() {
    let key = "public_key = \"0808080808080808080808080808080808080808080808080808080808080808\"";
    let metric = "sparkplug = { group = \"g\", node = \"e\", device = \"d\", metric = \"Read\" }";
    let host = "\n[sparkplug]\nhost_id = \"h\"\n";
    for (instead, more, fault) in [
        ("station = \"pack\"".to_owned(), "", None),
        ("trust = \"broker\"".to_owned(), "", None),
        (format!("station = \"commission\"\n{metric}"), host, None),
        (String::new(), "", Some("needs one of")),
        (format!("{key}\nstation = \"pack\""), "", Some("needs one of")),
        ("trust = \"broker\"\nstation = \"pack\"".to_owned(), "", Some("needs one of")),
        (format!("station = \"commission\"\n{metric}"), "", Some("no [sparkplug]")),
        (format!("{key}\n{metric}"), host, Some("needs a `station`")),
        (format!("station = \"pack\"\n{}", metric.replace("\"e\"", "\"e/x\"")), host, Some("Sparkplug ids")),
        ("station = \"pack\"".to_owned(), "\n[sparkplug]\nhost_id = \"a+b\"\n", Some("sparkplug.host_id")),
    ] {
        let text = GOOD.replace(key, &instead) + more;
        match (load(&text), fault) {
            (Ok(config), None) => assert_eq!(config.places().len(), 1),
            (Err(error), Some(fault)) => assert!(error.to_string().contains(fault), "{error}"),
            (found, expected) => panic!("{text}: {found:?}, expected {expected:?}"),
        }
    }
}

#[test]
fn tls_needs_the_authority_and_a_certificate_its_key() {
    let url = "url = \"mqtt://127.0.0.1:1883\"";
    for (instead, fault) in [
        ("url = \"mqtts://127.0.0.1:8883\"\nca_file = \"token\"", None),
        ("url = \"mqtts://127.0.0.1:8883\"", Some("`ca_file`")),
        ("url = \"mqtt://127.0.0.1:1883\"\nca_file = \"token\"", Some("`ca_file`")),
        ("url = \"mqtts://127.0.0.1:8883\"\nca_file = \"nowhere\"", Some("broker.ca_file")),
        ("url = \"mqtts://127.0.0.1:8883\"\nca_file = \"token\"\nclient_cert_file = \"token\"", Some("go together")),
    ] {
        match (load(&GOOD.replace(url, instead)), fault) {
            (Ok(config), None) => assert!(config.broker.tls().is_some_and(|tls| tls.ca.is_absolute())),
            (Err(error), Some(fault)) => assert!(error.to_string().contains(fault), "{error}"),
            (found, expected) => panic!("{instead}: {found:?}, expected {expected:?}"),
        }
    }
}

#[test]
fn a_terminal_has_a_token_of_its_own_in_a_file_and_a_page_to_come_from() {
    let key = "public_key = \"0808080808080808080808080808080808080808080808080808080808080808\"";
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let file = scratch.path().join("t.token");
    Token::generate().expect("random").write_new(&file).expect("our folder");
    let token = format!("token_file = {:?}", file.display().to_string());
    let page = "\n[terminal]\nlisten = \"127.0.0.1:8443\"\n";
    let open = page.replace("127.0.0.1", "0.0.0.0");
    let others = (0..TERMINALS_MAX)
        .map(|number| format!("\n[[device]]\nsite = \"xian\"\nline = \"line-9\"\nid = \"t-{number}\"\n{token}\n"));
    let many = others.collect::<String>() + page;
    for (instead, more, fault) in [
        (token.clone(), page.to_owned(), None),
        (token.clone(), format!("{open}plain_http = true\n"), None),
        (token.clone(), format!("{open}cert_file = \"token\"\nkey_file = \"token\"\n"), None),
        (token.clone(), open.clone(), Some("without TLS")),
        (token.clone(), format!("{page}cert_file = \"token\"\n"), Some("go together")),
        (token.clone(), format!("{page}cert_file = \"nowhere\"\nkey_file = \"token\"\n"), Some("terminal.cert_file")),
        (token.clone(), page.replace("8443", "0"), Some("port 0")),
        (token.clone(), many, Some("33 devices have a `token_file`, at most 32")),
        (token.clone(), String::new(), Some("no [terminal]")),
        (key.to_owned(), page.to_owned(), Some("no device is a terminal")),
        (format!("{token}\n{key}"), page.to_owned(), Some("needs one of")),
        ("token_file = \"nowhere\"".to_owned(), page.to_owned(), Some("token_file")),
    ] {
        let text = GOOD.replace(key, &instead) + &more;
        match (load(&text), fault) {
            (Ok(config), None) => {
                assert_eq!(config.terminals().count(), 1);
                assert_eq!(config.places().into_values().collect::<Vec<_>>(), [Trust::Terminal]);
            }
            (Err(error), Some(fault)) => assert!(error.to_string().contains(fault), "{error}"),
            (found, expected) => panic!("{text}: {found:?}, expected {expected:?}"),
        }
    }
}
