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
    assert!(
        output.status.success() && complaints.trim().is_empty(),
        "{complaints}"
    );
    String::from_utf8(output.stdout).expect("text")
}

/// Services of the normal form, as (name, its lines).
fn services(config: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let after = config
        .lines()
        .skip_while(|line| *line != "services:")
        .skip(1);
    for line in after.take_while(|line| line.starts_with(' ')) {
        let name = line
            .strip_prefix("  ")
            .filter(|rest| !rest.starts_with(' '));
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
    for expect in [
        "chain-init",
        "migrate",
        "server",
        "device-gateway",
        "mosquitto",
        "db",
    ] {
        assert!(names.contains(&expect), "{expect} is not in {names:?}");
    }
    let nodes = names
        .iter()
        .filter(|name| name.starts_with("node-"))
        .count();
    assert_eq!(nodes, 4, "{names:?}");
    for (name, lines) in &services {
        for line in [
            "read_only: true",
            "- no-new-privileges:true",
            "cap_drop:",
            "- ALL",
            "pids_limit:",
        ] {
            assert!(lines.contains(line), "{name} lacks `{line}`:\n{lines}");
        }
        let user = value(lines, "user").unwrap_or_default();
        assert!(
            !user.is_empty() && !user.starts_with('0') && user != "root",
            "{name} runs as `{user}`"
        );
        let image = value(lines, "image").unwrap_or_default();
        let tag = image
            .split_once(':')
            .map(|(_, tag)| tag)
            .unwrap_or_default();
        assert!(
            tag.contains('.') && tag != "latest",
            "{name}: image `{image}` is not pinned"
        );
        let once = value(lines, "restart").is_some_and(|restart| restart.contains("no"));
        assert!(
            once || lines.contains("healthcheck:"),
            "{name} has no health check"
        );
    }
}

fn value(lines: &str, key: &str) -> Option<String> {
    let found = lines.lines().find_map(|line| {
        line.strip_prefix("    ")?
            .strip_prefix(key)?
            .strip_prefix(": ")
    })?;
    Some(
        found
            .trim_matches(|quote| quote == '\'' || quote == '"')
            .to_owned(),
    )
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
    port: u16,
    scratch: TempDir,
}

impl Broker {
    fn start() -> Self {
        let scratch = tempfile::tempdir().expect("scratch folder");
        let secrets = scratch.path().join("secrets");
        for arguments in [&[][..], &["device", "line-1"], &["device", "line-2"]] {
            let output = make_secrets(&secrets, arguments);
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        let port = free_port().expect("port");
        let data = scratch.path().join("data");
        fs::create_dir(&data).expect("data folder");
        let acl = scratch.path().join("acl");
        fs::copy(folder().join("mosquitto/acl"), &acl).expect("acl");
        let text =
            fs::read_to_string(folder().join("mosquitto/mosquitto.conf")).expect("configuration");
        let text = here(&text, &secrets)
            .replace("listener 8883", &format!("listener {port} 127.0.0.1"))
            .replace("/mosquitto/config/acl", &acl.display().to_string())
            .replace("/mosquitto/data/", &format!("{}/", data.display()));
        let conf = scratch.path().join("mosquitto.conf");
        fs::write(&conf, text).expect("configuration");
        let account = Account::for_service("mosquitto").expect("account");
        if let Some(account) = &account {
            let inside = fs::read_dir(&secrets)
                .expect("secrets")
                .map(|entry| entry.expect("entry").path());
            let all = inside.chain([scratch.path().to_owned(), secrets.clone(), data, acl]);
            all.for_each(|path| account.own(&path).expect("owner"));
        }
        let mut command = Command::new(program("mosquitto").expect("mosquitto"));
        command.arg("-c").arg(&conf);
        let log = scratch.path().join("log");
        let mut child =
            Child::spawn_as("mosquitto", command, &log, account.as_ref()).expect("start");
        child
            .wait_for_tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), BOUND)
            .expect("the broker accepts its configuration");
        Self {
            _child: child,
            port,
            scratch,
        }
    }

    fn secret(&self, name: &str) -> String {
        self.scratch
            .path()
            .join("secrets")
            .join(name)
            .display()
            .to_string()
    }

    /// Runs one of Mosquitto's clients under the certificate of `who` (or none) and returns (success, output).
    fn client(&self, tool: &str, who: Option<&str>, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new(program(tool).expect(tool));
        command.args([
            "-h",
            "localhost",
            "-p",
            &self.port.to_string(),
            "--cafile",
            &self.secret("mqtt_ca.pem"),
        ]);
        if let Some(who) = who {
            command.args(["--cert", &self.secret(&format!("{who}.pem"))]);
            command.args(["--key", &self.secret(&format!("{who}.key"))]);
        }
        let output = command.args(arguments).output().expect(tool);
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    }

    fn retain(&self, who: &str, topic: &str) {
        let (sent, output) = self.client(
            "mosquitto_pub",
            Some(who),
            &["-q", "1", "-r", "-t", topic, "-m", "read"],
        );
        assert!(sent, "{who} cannot connect: {output}");
    }

    /// Retained messages that `who` may see.
    fn sees(&self, who: &str, topic: &str) -> String {
        self.client("mosquitto_sub", Some(who), &["-v", "-t", topic, "-W", "1"])
            .1
    }
}

/// The paths of a container's secrets, as paths of this test.
fn here(text: &str, secrets: &Path) -> String {
    [
        ("mqtt_ca", "mqtt_ca.pem"),
        ("mqtt_server_cert", "mqtt_server.pem"),
        ("mqtt_server_key", "mqtt_server.key"),
        ("mqtt_gateway_cert", "mqtt_gateway.pem"),
        ("mqtt_gateway_key", "mqtt_gateway.key"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (secret, file)| {
        text.replace(
            &format!("/run/secrets/{secret}"),
            &secrets.join(file).display().to_string(),
        )
    })
}

#[test]
fn the_broker_lets_each_device_speak_for_itself_only() {
    let broker = Broker::start();
    let (own, other) = (
        "tt/v1/acme/site/a/line-1/evt",
        "tt/v1/acme/site/a/line-2/evt",
    );
    broker.retain("device-line-1", own);
    broker.retain("device-line-1", other);
    let seen = broker.sees("mqtt_gateway", "tt/v1/+/+/+/+/evt");
    assert!(seen.contains(own), "the gateway hears the device: {seen}");
    assert!(!seen.contains(other), "line-1 has spoken as line-2: {seen}");

    let ack = "tt/v1/acme/site/a/line-1/ack";
    broker.retain("device-line-1", ack);
    assert!(
        !broker.sees("device-line-1", ack).contains("read"),
        "a device acknowledges nothing itself"
    );
    broker.retain("mqtt_gateway", ack);
    assert!(
        broker.sees("device-line-1", ack).contains("read"),
        "a device hears its acknowledgements"
    );
    assert!(
        !broker.sees("device-line-2", ack).contains("read"),
        "and nobody else's"
    );

    let (connected, _) = broker.client("mosquitto_pub", None, &["-t", own, "-m", "x", "-q", "1"]);
    assert!(!connected, "nobody without a certificate is let in");
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
        .map(|word| {
            word.trim_matches(|quote| quote == '\'' || quote == '"')
                .to_owned()
        })
        .collect();
    let check = |port: u16| {
        let words: Vec<String> = words
            .iter()
            .map(|word| {
                here(word, &broker.scratch.path().join("secrets"))
                    .replace("8883", &port.to_string())
            })
            .collect();
        let (tool, arguments) = words.split_first().expect("a command");
        let output = Command::new(program(tool).expect(tool))
            .args(arguments)
            .output()
            .expect(tool);
        output.status.success()
    };
    assert!(check(broker.port));
    assert!(!check(free_port().expect("port")));
}

#[test]
fn secrets_are_made_once_and_device_names_are_checked() {
    let scratch = tempfile::tempdir().expect("scratch folder");
    let secrets = scratch.path().join("secrets");
    assert!(
        !make_secrets(&secrets, &["device", "line-1"])
            .status
            .success(),
        "there is no authority yet"
    );
    assert!(make_secrets(&secrets, &[]).status.success());
    let before = fs::read(secrets.join("db_password")).expect("password");
    assert_eq!(before.len(), 48);
    let again = make_secrets(&secrets, &[]);
    assert!(!again.status.success());
    assert!(String::from_utf8_lossy(&again.stderr).contains("is there already"));
    assert_eq!(
        fs::read(secrets.join("db_password")).expect("password"),
        before
    );
    for bad in ["", "a/b", "a+b", "#", "gateway", "a b"] {
        assert!(
            !make_secrets(&secrets, &["device", bad]).status.success(),
            "{bad}"
        );
    }
    use std::os::unix::fs::PermissionsExt;
    let mode = |name: &str| {
        fs::metadata(secrets.join(name))
            .expect(name)
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!((mode(""), mode("mqtt_ca.key")), (0o700, 0o600));
}
