use super::*;
use axum::Router;
use axum::routing::get;
use clap::Parser;
use tracelight_api::Text;
use tracelight_testkit::alliance::{gln, public};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    propose: ProposeArgs,
}

/// A node that knows of four validators, of which the first `online` answer.
fn node(online: usize) -> String {
    let seat = |number: u8, connected: bool| ValidatorSeat {
        key: Text(public(10 + number)),
        member: Text(gln(u64::from(number))),
        address: String::new(),
        connected,
        this_node: number == 1,
    };
    let seats: Vec<_> = (1..=4u8).map(|number| seat(number, usize::from(number) <= online)).collect();
    let all = Validators {
        epoch: 0,
        first_height: 0,
        last_height: 599,
        quorum: 3,
        online: u32::try_from(online).expect("few"),
        now: seats.clone(),
        next: seats,
        pending: Vec::new(),
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("as the runtime wants it");
    let address = listener.local_addr().expect("bound");
    let app = Router::new().route("/v1/validators", get(move || async move { axum::Json(all) }));
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            axum::serve(listener, app).await.expect("it serves until the test ends");
        });
    });
    format!("http://{address}")
}

/// Without a key nothing is signed: the tool says what it would do.
fn ask(online: usize, force: Option<&str>, change: &[&str]) -> (Verdict, String) {
    let node = node(online);
    let mut line = vec!["tracelight", "--node", node.as_str()];
    line.extend(force.iter().flat_map(|words| ["--force", words]));
    line.extend(change);
    let mut out = Vec::new();
    let verdict = propose(&Line::parse_from(line).propose, &mut out).expect("the node answers");
    (verdict, String::from_utf8(out).expect("text"))
}

#[test]
fn a_change_that_would_stop_the_chain_wants_its_own_words() {
    let old = public(11).to_string();
    let new = public(15).to_string();
    let change = ["replace-validator", "--old", old.as_str(), "--new", new.as_str()];
    // Three of four on line, one of them leaves for one that does not answer.
    let (verdict, told) = ask(3, None, &change);
    assert_eq!(verdict, Verdict::DoesNotHold);
    assert!(told.contains("2 of 4 would remain on line and 3 votes are needed: the chain would stop"), "{told}");
    let words = told.split('"').nth(1).expect("the words stand in quotes").to_owned();
    assert!(words.starts_with("replace validator "), "{words}");
    let (verdict, _) = ask(3, Some(&words), &change);
    assert_eq!(verdict, Verdict::Holds);
    let (verdict, _) = ask(3, Some("yes, do it"), &change);
    assert_eq!(verdict, Verdict::DoesNotHold);
    let (verdict, told) = ask(4, None, &change);
    assert_eq!(verdict, Verdict::Holds);
    assert!(told.contains("3 of 4 would remain on line"), "{told}");
}

#[test]
fn every_change_can_be_written_on_a_command_line() {
    let (gln, key, other) = (gln(5).to_string(), public(21).to_string(), public(22).to_string());
    let (gln, key, other) = (gln.as_str(), key.as_str(), other.as_str());
    let names = ["--name-en", "Fifth", "--name-zh", "第五", "--place-en", "Chengdu", "--place-zh", "成都"];
    let admit = [&["admit-member", "--gln", gln, "--role", "pharmacy"], &names[..]].concat();
    let lines: [Vec<&str>; 10] = [
        [&admit[..], &["--operator", key, "--approver", other]].concat(),
        vec!["suspend-member", gln],
        vec!["reinstate-member", gln],
        vec!["remove-member", gln],
        vec!["add-validator", "--member", gln, "--validator", key, "--address", "node.example:4900"],
        vec!["replace-validator", "--old", key, "--new", other],
        vec!["remove-validator", key],
        vec!["add-key", "--member", gln, "--new", key, "--purpose", "approver"],
        vec!["rotate-key", "--old", key, "--new", other, "--at", "900"],
        vec!["revoke-key", "--old", key],
    ];
    for words in lines {
        let line: Vec<&str> = ["tracelight", "--node", "http://127.0.0.1:1"].into_iter().chain(words.clone()).collect();
        let change = Line::try_parse_from(line).expect("it parses").propose.change.change().expect("a change");
        assert_eq!(change.name().replace('_', "-"), words[0]);
    }
}
