//! The server is real, its data survive a crash, and it is gone when its owner is.

use super::*;

#[test]
fn databases_are_created_and_read_back() {
    let server = MariaDb::shared().expect("server");
    let database = server.fresh_database().expect("database");
    server.query(&database.name, "CREATE TABLE t (serial VARCHAR(20) PRIMARY KEY)").expect("table");
    server.query(&database.name, "INSERT INTO t VALUES ('aB1')").expect("row");
    assert_eq!(server.query(&database.name, "SELECT serial, 7 FROM t").expect("rows"), "aB1\t7\n");
    // What the head of the module promises: the default collation does not tell `aB1` from `Ab1`.
    let error = server.query(&database.name, "INSERT INTO t VALUES ('Ab1')").expect_err("duplicate");
    assert!(format!("{error:#}").contains("Duplicate entry"), "{error:#}");
}

#[test]
fn each_database_is_its_own() {
    let server = MariaDb::shared().expect("server");
    let (one, two) = (server.fresh_database().expect("one"), server.fresh_database().expect("two"));
    assert_ne!(one, two);
    assert!(one.dsn.ends_with(&one.name) && one.dsn.contains(&server.port().to_string()));
    assert!(server.create_database(&one.name).is_err(), "a name is used once");
    for bad in ["", "a-b", "a`b", "Upper", &"x".repeat(65)] {
        assert!(server.create_database(bad).is_err(), "{bad}");
    }
}

#[test]
fn committed_rows_survive_a_kill_and_the_folder_goes_with_the_owner() {
    let mut server = MariaDb::start().expect("server");
    let database = server.fresh_database().expect("database");
    server.query(&database.name, "CREATE TABLE t (n INT) ENGINE=InnoDB").expect("table");
    server.query(&database.name, "INSERT INTO t VALUES (42)").expect("row");
    server.kill9().expect("kill");
    assert!(server.query(&database.name, "SELECT n FROM t").is_err(), "nobody answers");
    server.restart().expect("restart");
    assert_eq!(server.query(&database.name, "SELECT n FROM t").expect("rows"), "42\n");
    let folder = server.scratch.path().to_owned();
    drop(server);
    assert!(!folder.exists());
}

/// Runs itself as another process, which starts the shared server and ends: nobody drops that server, so the kernel must
/// end it.
#[test]
fn a_shared_server_ends_with_its_process() {
    const ANSWER: &str = "TRACELIGHT_TEST_ANSWER_FILE";
    if let Some(answer) = std::env::var_os(ANSWER) {
        let server = MariaDb::shared().expect("server");
        let pid = server.child.as_ref().expect("it runs").pid();
        fs::write(answer, pid.to_string()).expect("answer");
        return;
    }
    let answer = tempfile::NamedTempFile::new().expect("answer file");
    let status = Command::new(std::env::current_exe().expect("own path"))
        .args(["--exact", "services::mariadb::tests::a_shared_server_ends_with_its_process"])
        .env(ANSWER, answer.path())
        .status()
        .expect("the other process");
    assert!(status.success());
    let pid = fs::read_to_string(answer.path()).expect("answer");
    let line = Path::new("/proc").join(&pid).join("cmdline");
    let gone = || fs::read(&line).map_or(true, |line| line.is_empty());
    for _ in 0..250 {
        if !pid.is_empty() && gone() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("mariadbd {pid} still runs 5 s after the process that started it");
}
