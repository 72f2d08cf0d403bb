//! The wrapper against small shell scripts: each way of ending, each bound.

use std::net::{Ipv4Addr, TcpListener};

use super::*;

fn shell(script: &str) -> (tempfile::TempDir, anyhow::Result<Child>) {
    let scratch = tempfile::tempdir().expect("scratch folder");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]);
    let child = Child::spawn("script", command, &scratch.path().join("log"));
    (scratch, child)
}

const SOON: Duration = Duration::from_secs(10);

fn runs(pid: u32) -> bool {
    // A zombie has an empty command line.
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}

#[test]
fn a_line_is_waited_for_and_returned_whole() {
    let (_scratch, child) = shell("printf 'listening on '; sleep 0.2; echo 4711; sleep 30");
    let line = child.expect("start").wait_for_line("listening", SOON).expect("line");
    assert_eq!(line, "listening on 4711");
}

#[test]
fn an_early_end_shows_status_and_log() {
    let (_scratch, child) = shell("echo no space left; exit 3");
    let error = child.expect("start").wait_for_line("ready", SOON).expect_err("it ended");
    let text = format!("{error:#}");
    assert!(text.contains("exit status: 3") && text.contains("no space left"), "{text}");
}

#[test]
fn a_wait_ends_at_its_bound() {
    let (_scratch, child) = shell("sleep 30");
    let started = Instant::now();
    let error = child.expect("start").wait_for_line("ready", Duration::from_millis(200)).expect_err("silent");
    assert!(format!("{error:#}").contains("did not reach"), "{error:#}");
    assert!(started.elapsed() < SOON);
}

#[test]
fn terminate_is_polite_first_and_firm_after() {
    let (_scratch, child) = shell("trap 'exit 7' TERM; echo up; while :; do sleep 0.05; done");
    let mut child = child.expect("start");
    child.wait_for_line("up", SOON).expect("up");
    assert_eq!(child.terminate(SOON).expect("ends").code(), Some(7));

    let (_scratch, child) = shell("trap '' TERM; echo up; while :; do sleep 0.05; done");
    let mut child = child.expect("start");
    child.wait_for_line("up", SOON).expect("up");
    let pid = child.pid();
    let error = child.terminate(Duration::from_millis(300)).expect_err("it ignores the signal");
    assert!(format!("{error:#}").contains("was killed"), "{error:#}");
    assert!(!runs(pid));
}

#[test]
fn kill9_and_drop_leave_nothing_behind() {
    let (_scratch, child) = shell("exec sleep 30");
    let mut child = child.expect("start");
    assert!(child.is_running().expect("state"));
    child.kill9().expect("kill");
    assert!(!child.is_running().expect("state"));
    child.kill9().expect("a second time is harmless");

    let (_scratch, child) = shell("exec sleep 30");
    let mut child = child.expect("start");
    let pid = child.pid();
    // In the middle of an exec the command line is empty for a moment.
    child.wait_until("its command line", SOON, |_| Ok(runs(pid).then_some(()))).expect("it runs");
    drop(child);
    assert!(!runs(pid));
}

#[test]
fn a_program_outlives_the_thread_that_asked_for_it() {
    let (_scratch, mut child) =
        thread::spawn(|| shell("exec sleep 30")).join().map(|(s, c)| (s, c.expect("start"))).expect("thread");
    thread::sleep(Duration::from_millis(200));
    assert!(child.is_running().expect("state"), "parent-death signal must follow the process, not the thread");
}

#[test]
fn a_missing_program_is_named_with_the_way_out() {
    let error = program("no-such-program-anywhere").expect_err("missing");
    assert!(error.to_string().contains("./scripts/test"), "{error}");
}

#[test]
fn http_get_reads_status_and_body() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("listener");
    let address = listener.local_addr().expect("address");
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("connection");
        // The whole request: closing with unread bytes resets the connection under the answer.
        let (mut request, mut byte) = (Vec::new(), [0; 1]);
        while !request.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).expect("request");
            request.extend(byte);
        }
        stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\nA: b\r\n\r\nnot yet").expect("answer");
    });
    let answer = http_get(address, "/readyz", SOON).expect("answer");
    server.join().expect("server");
    assert_eq!(answer, HttpAnswer { status: 503, body: b"not yet".to_vec() });
}

#[test]
fn a_failing_run_carries_its_output() {
    let scratch = tempfile::tempdir().expect("scratch folder");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "echo bad flag >&2; exit 2"]);
    let error = run("tool", command, &scratch.path().join("log"), SOON).expect_err("it fails");
    assert!(format!("{error:#}").contains("bad flag"), "{error:#}");
}
