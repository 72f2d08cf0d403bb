//! The broker is real: Mosquitto's own command-line clients talk to it.

use super::*;

const BOUND: Duration = Duration::from_secs(20);

fn client(broker: &Mosquitto, name: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new(program(name)?);
    command.args(["-h", "127.0.0.1", "-p", &broker.port().to_string()]).args(arguments);
    let log = tempfile::NamedTempFile::new()?;
    process::run(name, command, log.path(), BOUND)
}

fn retain(broker: &Mosquitto, message: &str) {
    client(broker, "mosquitto_pub", &["-q", "1", "-r", "-t", "a/b", "-m", message]).expect("publish");
}

/// The retained message, or nothing after a second.
fn retained(broker: &Mosquitto) -> String {
    client(broker, "mosquitto_sub", &["-t", "a/b", "-C", "1", "-W", "1"]).unwrap_or_default()
}

#[test]
fn data_survive_a_polite_restart() {
    let mut broker = Mosquitto::start(&MosquittoConfig::default()).expect("broker");
    retain(&broker, "kept");
    broker.restart().expect("restart");
    assert!(retained(&broker).contains("kept"), "{}", broker.log());
}

#[test]
fn a_kill_loses_what_was_not_saved() {
    let mut broker = Mosquitto::start(&MosquittoConfig::default()).expect("broker");
    retain(&broker, "kept");
    broker.kill9().expect("kill");
    broker.restart().expect("restart");
    assert!(!retained(&broker).contains("kept"));
}

#[test]
fn a_kill_loses_nothing_that_was_saved() {
    let config = MosquittoConfig { save_every_change: true, ..MosquittoConfig::default() };
    let mut broker = Mosquitto::start(&config).expect("broker");
    retain(&broker, "kept");
    let file = broker.scratch.path().join("mosquitto.db");
    let child = broker.child.as_mut().expect("it runs");
    child
        .wait_until("the message in its file", BOUND, |_| {
            let bytes = fs::read(&file).unwrap_or_default();
            Ok(bytes.windows(4).any(|part| part == b"kept").then_some(()))
        })
        .expect("saved");
    broker.kill9().expect("kill");
    broker.restart().expect("restart");
    assert!(retained(&broker).contains("kept"), "{}", broker.log());
}

#[test]
fn users_and_acl_are_enforced() {
    let config = MosquittoConfig {
        users: vec![("line".to_owned(), "secret".to_owned())],
        acl: Some(Acl("user line\ntopic readwrite own/#\n".to_owned())),
        ..MosquittoConfig::default()
    };
    let broker = Mosquitto::start(&config).expect("broker");
    assert!(client(&broker, "mosquitto_pub", &["-t", "own/a", "-m", "x", "-q", "1"]).is_err(), "no name, no entry");
    assert!(client(&broker, "mosquitto_pub", &["-u", "line", "-P", "wrong", "-t", "own/a", "-m", "x"]).is_err());
    let sign_in = ["-u", "line", "-P", "secret"];
    let publish =
        |topic| client(&broker, "mosquitto_pub", &[&sign_in[..], &["-q", "1", "-r", "-t", topic, "-m", "x"]].concat());
    publish("own/a").expect("its own topic");
    publish("other/a").expect("MQTT 3.1.1 has no word for `refused`: the broker drops it");
    let read = |topic| client(&broker, "mosquitto_sub", &[&sign_in[..], &["-t", topic, "-C", "1", "-W", "1"]].concat());
    assert!(read("own/a").is_ok_and(|text| text.contains('x')));
    assert!(!read("other/a").is_ok_and(|text| text.contains('x')));
}

#[test]
fn a_refused_configuration_shows_the_brokers_own_words() {
    let config = MosquittoConfig { lines: vec!["no_such_option 1".to_owned()], ..MosquittoConfig::default() };
    let error = Mosquitto::start(&config).expect_err("refused");
    assert!(format!("{error:#}").contains("no_such_option"), "{error:#}");
}
