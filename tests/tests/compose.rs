//! The production stack, as far as it can be tried without a container runtime: the file is what Debian's `docker-compose`
//! accepts, every container is locked down, and the broker's configuration does on a real broker, with certificates that
//! `make-secrets` made, what it says.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use tempfile::TempDir;
use tracelight_testkit::ports::free_port;
use tracelight_testkit::process::{Account, Child, program};

const BOUND: Duration = Duration::from_secs(60);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../compose")
}

/// `docker-compose config`: the file as it is understood, in one normal form.
fn config() -> String {
    let output = Command::new(program("docker-compose").expect("docker-compose"))
        .args(["--file", "compose.yaml", "config"])
        .current_dir(folder())
        .output()
        .expect("docker-compose runs");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaints.trim().is_empty(), "{complaints}");
    String::from_utf8(output.stdout).expect("text")
}

/// Services of the normal form, as (name, its lines).
fn services(config: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let after = config.lines().skip_while(|line| *line != "services:").skip(1);
    for line in after.take_while(|line| line.starts_with(' ')) {
        let name = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '));
        match (name, found.last_mut()) {
            (Some(name), _) => found.push((name.trim_end_matches(':').to_owned(), String::new())),
            (None, Some((_, lines))) => {
                lines.push_str(line);
                lines.push('\n');
            }
            (None, None) => panic!("a line before the first service: {line}"),
        }
    }
    found
}

#[test]
fn every_container_is_locked_down_and_pinned() {
    let services = services(&config());
    let names: Vec<&str> = services.iter().map(|(name, _)| name.as_str()).collect();
    for expect in ["chain-init", "migrate", "server", "device-gateway", "mosquitto", "db"] {
        assert!(names.contains(&expect), "{expect} is not in {names:?}");
    }
    let nodes = names.iter().filter(|name| name.starts_with("node-")).count();
    assert_eq!(nodes, 4, "{names:?}");
    for (name, lines) in &services {
        for line in ["read_only: true", "- no-new-privileges:true", "cap_drop:", "- ALL", "pids_limit:"] {
            assert!(lines.contains(line), "{name} lacks `{line}`:\n{lines}");
        }
        let user = value(lines, "user").unwrap_or_default();
        assert!(!user.is_empty() && !user.starts_with('0') && user != "root", "{name} runs as `{user}`");
        let image = value(lines, "image").unwrap_or_default();
        let tag = image.split_once(':').map(|(_, tag)| tag).unwrap_or_default();
        assert!(tag.contains('.') && tag != "latest", "{name}: image `{image}` is not pinned");
        let once = value(lines, "restart").is_some_and(|restart| restart.contains("no"));
        assert!(once || lines.contains("healthcheck:"), "{name} has no health check");
    }
}

fn value(lines: &str, key: &str) -> Option<String> {
    let found = lines.lines().find_map(|line| line.strip_prefix("    ")?.strip_prefix(key)?.strip_prefix(": "))?;
    Some(found.trim_matches(|quote| quote == '\'' || quote == '"').to_owned())
}

fn make_secrets(secrets: &Path, arguments: &[&str]) -> Output {
    Command::new(folder().join("make-secrets"))
        .args(arguments)
        .env("TRACELIGHT_SECRETS", secrets)
        .output()
        .expect("make-secrets runs")
}

/// Secrets and a broker with the stack's own configuration.
struct Broker {
    // Before the folder: the broker must be gone when it is removed.
    _child: Child,
    /// For devices: TLS and certificates.
    port: u16,
    /// For the gateway: its password.
    gateway_port: u16,
    scratch: TempDir,
}

impl Broker {
    fn start() -> Self {
        let scratch = tempfile::tempdir().expect("scratch folder");
        let secrets = scratch.path().join("secrets");
        for arguments in [&[][..], &["device", "line-1"], &["device", "line-2"]] {
            let output = make_secrets(&secrets, arguments);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let (port, gateway_port) = (free_port().expect("port"), free_port().expect("port"));
        let data = scratch.path().join("data");
        fs::create_dir(&data).expect("data folder");
        let acl = scratch.path().join("acl");
        fs::copy(folder().join("mosquitto/acl"), &acl).expect("acl");
        let text = fs::read_to_string(folder().join("mosquitto/mosquitto.conf")).expect("configuration");
        let text = here(&text, &secrets)
            .replace("listener 8883", &format!("listener {port} 127.0.0.1"))
            .replace("listener 1883", &format!("listener {gateway_port} 127.0.0.1"))
            .replace("/mosquitto/config/acl", &acl.display().to_string())
            .replace("/mosquitto/data/", &format!("{}/", data.display()));
        let conf = scratch.path().join("mosquitto.conf");
        fs::write(&conf, text).expect("configuration");
        let account = Account::for_service("mosquitto").expect("account");
        if let Some(account) = &account {
            let inside = fs::read_dir(&secrets).expect("secrets").map(|entry| entry.expect("entry").path());
            let all = inside.chain([scratch.path().to_owned(), secrets.clone(), data, acl]);
            all.for_each(|path| account.own(&path).expect("owner"));
        }
        let mut command = Command::new(program("mosquitto").expect("mosquitto"));
        command.arg("-c").arg(&conf);
        let log = scratch.path().join("log");
        let mut child = Child::spawn_as("mosquitto", command, &log, account.as_ref()).expect("start");
        child
            .wait_for_tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), BOUND)
            .expect("the broker accepts its configuration");
        Self { _child: child, port, gateway_port, scratch }
    }

    fn secret(&self, name: &str) -> String {
        self.scratch.path().join("secrets").join(name).display().to_string()
    }

    /// Runs one of Mosquitto's clients under the certificate of `who` (or none) and returns (success, output).
    fn client(&self, tool: &str, who: Option<&str>, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new(program(tool).expect(tool));
        command.args(["-h", "localhost", "-p", &self.port.to_string(), "--cafile", &self.secret("mqtt_ca.pem")]);
        if let Some(who) = who {
            command.args(["--cert", &self.secret(&format!("{who}.pem"))]);
            command.args(["--key", &self.secret(&format!("{who}.key"))]);
        }
        let output = command.args(arguments).output().expect(tool);
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// As [`Broker::client`], for the gateway: its own listener and a password.
    fn gateway(&self, tool: &str, password: &str, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(program(tool).expect(tool))
            .args(["-h", "127.0.0.1", "-p", &self.gateway_port.to_string()])
            .args(["-u", "gateway", "-P", password])
            .args(arguments)
            .output()
            .expect(tool);
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn retain(&self, who: &str, topic: &str) {
        let (sent, output) = self.client("mosquitto_pub", Some(who), &["-q", "1", "-r", "-t", topic, "-m", "read"]);
        assert!(sent, "{who} cannot connect: {output}");
    }

    /// Retained messages that `who` may see.
    fn sees(&self, who: &str, topic: &str) -> String {
        self.client("mosquitto_sub", Some(who), &["-v", "-t", topic, "-W", "1"]).1
    }
}

/// The paths of a container's secrets, as paths of this test.
fn here(text: &str, secrets: &Path) -> String {
    [
        ("mqtt_ca", "mqtt_ca.pem"),
        ("mqtt_server_cert", "mqtt_server.pem"),
        ("mqtt_server_key", "mqtt_server.key"),
        ("mqtt_passwords", "mqtt_passwords"),
        ("mqtt_health_cert", "mqtt_health.pem"),
        ("mqtt_health_key", "mqtt_health.key"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (secret, file)| {
        text.replace(&format!("/run/secrets/{secret}"), &secrets.join(file).display().to_string())
    })
}

#[test]
fn the_broker_lets_each_device_speak_for_itself_only() {
    let broker = Broker::start();
    let (own, other) = ("tt/v1/acme/site/a/line-1/evt", "tt/v1/acme/site/a/line-2/evt");
    broker.retain("device-line-1", own);
    broker.retain("device-line-1", other);
    let password = fs::read_to_string(broker.secret("mqtt_gateway_password")).expect("password");
    let seen = broker.gateway("mosquitto_sub", &password, &["-v", "-t", "tt/v1/+/+/+/+/evt", "-W", "1"]).1;
    assert!(seen.contains(own), "the gateway hears the device: {seen}");
    assert!(!seen.contains(other), "line-1 has spoken as line-2: {seen}");

    let ack = "tt/v1/acme/site/a/line-1/ack";
    broker.retain("device-line-1", ack);
    assert!(!broker.sees("device-line-1", ack).contains("read"), "a device acknowledges nothing itself");
    let (sent, _) = broker.gateway("mosquitto_pub", &password, &["-q", "1", "-r", "-t", ack, "-m", "read"]);
    assert!(sent);
    assert!(broker.sees("device-line-1", ack).contains("read"), "a device hears its acknowledgements");
    assert!(!broker.sees("device-line-2", ack).contains("read"), "and nobody else's");

    let (connected, _) = broker.client("mosquitto_pub", None, &["-t", own, "-m", "x", "-q", "1"]);
    assert!(!connected, "nobody without a certificate is let in");
    let (connected, _) = broker.gateway("mosquitto_pub", "wrong", &["-t", ack, "-m", "x", "-q", "1"]);
    assert!(!connected, "nor the gateway without its password");
}

#[test]
fn the_brokers_health_check_passes_on_a_healthy_broker_and_fails_without_one() {
    let broker = Broker::start();
    let config = config();
    let words: Vec<String> = config
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != "- mosquitto_rr")
        .map_while(|line| line.strip_prefix("- "))
        .map(|word| word.trim_matches(|quote| quote == '\'' || quote == '"').to_owned())
        .collect();
    let check = |port: u16| {
        let words: Vec<String> = words
            .iter()
            .map(|word| here(word, &broker.scratch.path().join("secrets")).replace("8883", &port.to_string()))
            .collect();
        let (tool, arguments) = words.split_first().expect("a command");
        let output = Command::new(program(tool).expect(tool)).args(arguments).output().expect(tool);
        output.status.success()
    };
    assert!(check(broker.port));
    assert!(!check(free_port().expect("port")));
}

#[test]
fn secrets_are_made_once_and_device_names_are_checked() {
    let scratch = tempfile::tempdir().expect("scratch folder");
    let secrets = scratch.path().join("secrets");
    assert!(!make_secrets(&secrets, &["device", "line-1"]).status.success(), "there is no authority yet");
    assert!(make_secrets(&secrets, &[]).status.success());
    let before = fs::read(secrets.join("db_password")).expect("password");
    assert_eq!(before.len(), 48);
    let again = make_secrets(&secrets, &[]);
    assert!(!again.status.success());
    assert!(String::from_utf8_lossy(&again.stderr).contains("is there already"));
    assert_eq!(fs::read(secrets.join("db_password")).expect("password"), before);
    let marks = ["mark_pins_key", "mark_tags_meta_key", "mark_tags_file_key"];
    let key = |name: &str| fs::read(secrets.join(name)).expect(name);
    assert_eq!(marks.map(|name| key(name).len()), [64, 32, 32]);
    assert!(!make_secrets(&secrets, &["marks"]).status.success(), "packs in the field need them");
    // A stack of the time before there were any.
    marks.iter().for_each(|name| fs::remove_file(secrets.join(name)).expect(name));
    assert!(make_secrets(&secrets, &["marks"]).status.success());
    assert_eq!(marks.map(|name| key(name).len()), [64, 32, 32]);
    assert_eq!(key("totp_key").len(), 64);
    assert!(!make_secrets(&secrets, &["totp"]).status.success(), "second factors that are on need it");
    fs::remove_file(secrets.join("totp_key")).expect("it is there");
    assert!(make_secrets(&secrets, &["totp"]).status.success());
    for bad in ["", "a/b", "a+b", "#", "gateway", "health", "a b"] {
        assert!(!make_secrets(&secrets, &["device", bad]).status.success(), "{bad}");
    }
    use std::os::unix::fs::PermissionsExt;
    let mode = |name: &str| fs::metadata(secrets.join(name)).expect(name).permissions().mode() & 0o777;
    assert_eq!((mode(""), mode("mqtt_ca.key")), (0o700, 0o600));
}

/// The programs that `./scripts/test` builds before it runs the tests: beside the folder of this test.
fn built(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("own path");
    let file = own.ancestors().nth(2).expect("target folder").join(name);
    assert!(file.exists(), "`{}` is not built; run ./scripts/test, which builds it", file.display());
    file
}

fn init_alliance(out: &Path, scratch: &Path) -> Output {
    let programs = built("chain-node").parent().expect("a folder").display().to_string();
    let path = std::env::var("PATH").expect("PATH");
    Command::new("/bin/sh")
        .arg(folder().join("config/init-alliance.sh"))
        .env("OUT", out)
        .env("MADE", scratch.join("made"))
        .env("CONFIG", folder().join("config"))
        .env("PATH", format!("{programs}:{path}"))
        .output()
        .expect("the script runs")
}

const MEMBERS: [&str; 4] = ["manufacturer", "logistics", "pharmacy", "regulator"];

#[test]
fn the_alliance_is_made_once_with_addresses_that_containers_have() {
    let scratch = tempfile::tempdir().expect("scratch folder");
    let out = scratch.path().join("out");
    for folder in MEMBERS.iter().chain(&["public"]) {
        fs::create_dir_all(out.join(folder)).expect("volume");
    }
    let made = init_alliance(&out, scratch.path());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for (index, member) in MEMBERS.iter().enumerate() {
        let config = fs::read_to_string(out.join(member).join("node.toml")).expect("configuration");
        for (other, name) in MEMBERS.iter().enumerate() {
            let address = format!("address = \"node-{name}:{}\"", 7701 + other);
            assert!(config.contains(&address), "{member} lacks {address}:\n{config}");
        }
        for line in [
            "genesis = \"/public/genesis.bin\"".to_owned(),
            format!("rpc_listen = \"0.0.0.0:{}\"", 7801 + index),
            format!("p2p_listen = \"0.0.0.0:{}\"", 7701 + index),
        ] {
            assert!(config.contains(&line), "{member} lacks {line}:\n{config}");
        }
        assert!(out.join(member).join("validator.key").exists());
    }
    assert!(out.join("public/genesis.bin").exists());
    let token = fs::read(out.join("manufacturer/rpc.token")).expect("the node's token");
    assert_eq!(fs::read(out.join("gateway/rpc.token")).expect("the gateway's copy"), token);

    let key = fs::read(out.join("regulator/validator.key")).expect("key");
    let again = init_alliance(&out, scratch.path());
    assert!(again.status.success());
    assert_eq!(fs::read(out.join("regulator/validator.key")).expect("key"), key);

    fs::remove_file(out.join("public/complete")).expect("remove");
    let half = init_alliance(&out, scratch.path());
    assert!(!half.status.success() && String::from_utf8_lossy(&half.stderr).contains("is not empty"));
    assert_eq!(fs::read(out.join("regulator/validator.key")).expect("key"), key);
}

#[test]
fn the_servers_file_names_the_members_and_nodes_of_the_alliance() {
    let read = |name: &str| fs::read_to_string(folder().join("config").join(name)).expect(name);
    let (members, server, stack) = (read("members.toml"), read("server.toml"), config());
    let glns: Vec<&str> = members.lines().filter(|line| line.starts_with("gln = ")).collect();
    assert_eq!(glns.len(), MEMBERS.len());
    for gln in glns {
        assert!(server.contains(gln), "server.toml lacks {gln}");
    }
    for (index, name) in MEMBERS.iter().enumerate() {
        let url = format!("url = \"http://node-{name}:{}\"", 7801 + index);
        assert!(server.contains(&url), "server.toml lacks {url}");
        let token = format!("token_file = \"/members/{name}/rpc.token\"");
        assert!(server.contains(&token), "server.toml lacks {token}");
        assert!(stack.contains(&format!("  node-{name}:")), "compose.yaml lacks node-{name}");
    }
}

#[test]
fn every_secret_that_the_servers_file_names_is_given_to_it_and_made_and_its_migration_gets_the_databases_alone() {
    let server = fs::read_to_string(folder().join("config/server.toml")).expect("server.toml");
    let made = fs::read_to_string(folder().join("make-secrets")).expect("make-secrets");
    let services = services(&config());
    let named: Vec<&str> = server
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once("/run/secrets/"))
        .map(|(_, rest)| rest.trim_end_matches('"'))
        .collect();
    assert!(named.len() >= 5, "{named:?}");
    for secret in named {
        assert!(made.contains(&format!(">\"$folder/{secret}\"")), "make-secrets does not make {secret}");
        for (name, given) in [("server", true), ("migrate", secret == "db_dsn")] {
            let (_, lines) = services.iter().find(|(known, _)| known == name).expect("a service");
            assert_eq!(lines.contains(&format!("source: {secret}")), given, "{name} and {secret}:\n{lines}");
        }
    }
}
