//! A server of a few lines that fails as it is told: what is sent again, what is not, and what bounds hold.

use super::*;
use crate::Rows;
use crate::epcis::{Document, OnFault};
use crate::pages::{EMPTY_PAGES_MAX, Pages};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, Response as Answer, StatusCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tracelight_api::rest::goods::Product;
use tracelight_api::rest::imports::ImportState;

/// What was called: method, path with query, `Idempotency-Key`.
type Seen = (String, String, Option<String>);

#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<Vec<(u16, &'static str)>>>,
    /// `Location` of every answer.
    location: Option<String>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

fn held<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(State(script): State<Script>, request: Request<Body>) -> Answer<Body> {
    let once = request.headers().get("idempotency-key").and_then(|value| value.to_str().ok().map(str::to_owned));
    held(&script.seen).push((request.method().to_string(), request.uri().to_string(), once));
    assert_eq!(request.headers()["authorization"], "Bearer tl_key");
    let mut answers = held(&script.answers);
    let (status, body) = if answers.is_empty() { (200, "{}") } else { answers.remove(0) };
    let mut response = Answer::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    if let Some(location) = &script.location {
        response.headers_mut().insert("location", location.parse().expect("text"));
    }
    response
}

async fn served(answers: &[(u16, &'static str)]) -> (Tracelight, Script) {
    served_at(answers, None).await
}

/// The same with a `Location` in every answer.
async fn served_at(answers: &[(u16, &'static str)], location: Option<&str>) -> (Tracelight, Script) {
    let answers = Arc::new(Mutex::new(answers.to_vec()));
    let script = Script { answers, location: location.map(str::to_owned), ..Script::default() };
    let router = Router::new().fallback(answer).with_state(script.clone());
    let (listener, server) = bound().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    (server, script)
}

async fn bound() -> (TcpListener, Tracelight) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}/", listener.local_addr().expect("it is bound"));
    (listener, Tracelight::new(&base, "tl_key").expect("a client"))
}

/// A server that reads each request to its end (bodies of these tests are `1` or absent), writes these bytes and closes. It counts.
async fn raw(answer: &'static [u8]) -> (Tracelight, Arc<AtomicUsize>) {
    let (listener, server) = bound().await;
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (mut request, mut byte) = (Vec::new(), [0]);
            while !request.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).await.is_ok() {
                request.extend_from_slice(&byte);
            }
            if request.windows(19).any(|part| part == b"content-length: 1\r\n") {
                stream.read_exact(&mut byte).await.expect("the body");
            }
            counted.fetch_add(1, Ordering::SeqCst);
            stream.write_all(answer).await.expect("the client reads");
        }
    });
    (server, count)
}

/// Attempts until a call ended, and its end.
async fn attempts(answers: &[(u16, &'static str)], call: Call) -> (usize, Result<serde_json::Value, Error>) {
    let (server, script) = served(answers).await;
    let end = server.read(call).await;
    let count = held(&script.seen).len();
    (count, end)
}

fn post(again: Again) -> Call {
    Call::post("/x".to_owned(), &1, again).expect("JSON")
}

#[tokio::test]
async fn only_what_is_harmless_is_sent_again() {
    let busy = &[(503, "{}")][..];
    assert_eq!(attempts(busy, Call::get("/x".to_owned())).await.0, 2);
    assert_eq!(attempts(busy, post(Again::Harmless)).await.0, 2);
    let (count, end) = attempts(busy, post(Again::Never)).await;
    assert!(count == 1 && end.as_ref().is_err_and(|error| !error.passes()), "it may have been done: {end:?}");
    assert_eq!(attempts(busy, Call::delete("/x".to_owned())).await.0, 1);
    let often = &[(429, "{\"type\":\"tracelight:too_often\",\"title\":\"x\",\"status\":429,\"retry_after_s\":1}")][..];
    assert_eq!(attempts(often, post(Again::Never)).await.0, 2, "nothing was done");
    let later = &[(429, "{\"type\":\"tracelight:too_often\",\"title\":\"x\",\"status\":429,\"retry_after_s\":31}")][..];
    let (count, end) = attempts(later, Call::get("/x".to_owned())).await;
    assert!(count == 1 && end.as_ref().is_err_and(|error| error.is("too_often") && error.passes()), "{end:?}");
    let (count, end) = attempts(later, post(Again::Never)).await;
    assert!(count == 1 && end.as_ref().is_err_and(Error::passes), "nothing was done: {end:?}");
    let (count, end) = attempts(&[(503, "{}"); 4], post(Again::Harmless)).await;
    assert!(count == 4 && end.as_ref().is_err_and(Error::passes), "{end:?}");
    let (count, end) = attempts(&[(409, "{}")], post(Again::Harmless)).await;
    assert!(count == 1 && end.as_ref().is_err_and(|error| !error.passes()), "{end:?}");
}

#[tokio::test]
async fn a_command_keeps_its_name_over_its_attempts() {
    let (server, script) = served(&[(502, ""), (200, "{}")]).await;
    let once = Once::named("erp-4711").expect("a name");
    let call = post(Again::Never).once(&once).expect("a header");
    server.read::<serde_json::Value>(call).await.expect("the second time");
    let seen = held(&script.seen).clone();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|(_, _, name)| name.as_deref() == Some("erp-4711")), "{seen:?}");
}

#[tokio::test]
async fn nobody_is_an_error_after_a_few_attempts_and_tells_no_query() {
    let (listener, server) = bound().await;
    drop(listener);
    let call = Call::act("/x?secret=1".to_owned(), Again::Never);
    let error = server.read::<serde_json::Value>(call).await.expect_err("nobody is there");
    assert!(matches!(error, Error::NoAnswer { attempts: ATTEMPTS_MAX, harmless: true, .. }), "{error:?}");
    assert!(error.passes(), "nobody was reached");
    let told = format!("{error} {error:?}");
    assert!(told.contains("POST /x ") && !told.contains("secret"), "{told}");
}

#[tokio::test]
async fn what_was_perhaps_done_is_sent_again_only_when_that_is_harmless() {
    let (server, count) = raw(b"").await;
    let error = server.read::<serde_json::Value>(post(Again::Never)).await.expect_err("no answer");
    assert!(matches!(error, Error::NoAnswer { attempts: 1, harmless: false, .. }), "{error:?}");
    assert!(!error.passes(), "a caller that sends it again may do it twice");
    assert_eq!(count.load(Ordering::SeqCst), 1);
    let error = server.read::<serde_json::Value>(post(Again::Harmless)).await.expect_err("no answer");
    assert!(matches!(error, Error::NoAnswer { attempts: ATTEMPTS_MAX, harmless: true, .. }), "{error:?}");
    assert!(error.passes());
    assert_eq!(count.load(Ordering::SeqCst), 1 + ATTEMPTS_MAX as usize);
}

#[tokio::test]
async fn an_answer_that_breaks_off_tells_no_query() {
    let (server, _) = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{").await;
    for (call, passes) in
        [(Call::get("/x?secret=1".to_owned()), true), (Call::act("/x?secret=1".to_owned(), Again::Never), false)]
    {
        let name = call.name();
        let error = server.read::<serde_json::Value>(call).await.expect_err("half an answer");
        let told = format!("{error} {error:?}");
        assert!(told.contains(&name) && told.contains("broke off") && !told.contains("secret"), "{told}");
        assert_eq!(error.passes(), passes, "{told}");
    }
}

#[tokio::test]
async fn the_key_goes_nowhere_else() {
    let (listener, _) = bound().await;
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let location = format!("http://{}/x", listener.local_addr().expect("it is bound"));
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    for status in [301, 302, 303, 307, 308] {
        let (server, _) = served_at(&[(status, ""), (status, "")], Some(&location)).await;
        for call in [Call::get("/x".to_owned()), post(Again::Harmless)] {
            let error = server.read::<serde_json::Value>(call).await.expect_err("led elsewhere");
            assert_eq!(error.refused().map(|refused| refused.problem.status), Some(status), "{error}");
        }
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_refusal_is_typed_whatever_its_body_is() {
    let body = "{\"type\":\"epcisException:ValidationException\",\"title\":\"no\",\"status\":200,\
                \"violations\":[{\"pointer\":\"/a\",\"fault\":\"b\"}]}";
    let (_, end) = attempts(&[(400, body)], Call::get("/x?secret=1".to_owned())).await;
    let error = end.expect_err("it was refused");
    let refused = error.refused().expect("a refusal");
    assert_eq!((refused.name(), refused.problem.status), ("ValidationException", 400), "the line of the answer counts");
    assert_eq!(refused.violations.first().map(|one| one.pointer.as_str()), Some("/a"));
    assert!(error.to_string().starts_with("GET /x was refused (400 ValidationException)"), "{error}");
    for (status, body) in [(404, "<html>"), (302, ""), (404, "{\"type\":1}")] {
        let (_, end) = attempts(&[(status, body)], Call::get("/x".to_owned())).await;
        let error = end.expect_err("it was refused");
        assert!(error.is("http") && error.is_not_found() == (status == 404), "{error}");
    }
    let (_, end) = attempts(&[(200, "{")], Call::get("/x".to_owned())).await;
    assert!(matches!(end, Err(Error::BadAnswer { .. })), "{end:?}");
}

#[tokio::test]
async fn an_answer_has_an_end() {
    let (server, _) = served(&[(200, "12345")]).await;
    let call = Call::get("/x".to_owned());
    let response = server.send(&call).await.expect("an answer");
    assert!(matches!(bounded(&call, response, 4).await, Err(Error::TooLong { max: 4, .. })));
    // One that does not say beforehand how long it is.
    let (server, _) =
        raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n123\r\n2\r\n45\r\n0\r\n\r\n").await;
    for (max, good) in [(4, false), (5, true)] {
        let response = server.send(&call).await.expect("an answer");
        assert_eq!(response.content_length(), None);
        let end = bounded(&call, response, max).await;
        assert_eq!(end.as_ref().is_ok_and(|bytes| bytes == b"12345"), good, "{end:?}");
        assert_eq!(matches!(end, Err(Error::TooLong { max: 4, .. })), !good, "{end:?}");
    }
    let (server, _) = served(&[(200, "12345")]).await;
    let mut out = Vec::new();
    assert_eq!(server.download(call, &mut out).await.expect("it fits"), 5);
    assert_eq!(out, b"12345");
}

#[tokio::test]
async fn a_list_is_read_page_by_page_and_not_in_a_circle() {
    let two = "{\"items\":[1,2],\"next\":\"a b&c\"}";
    let (server, script) =
        served(&[(200, two), (200, "{\"items\":[],\"next\":\"d\"}"), (200, "{\"items\":[3]}")]).await;
    let rows: Rows<'_, u64> = Rows::of(&server, path(&["x"]));
    assert_eq!(rows.first(10).await.expect("rows"), [1, 2, 3]);
    let urls: Vec<String> = held(&script.seen).iter().map(|(_, url, _)| url.clone()).collect();
    assert_eq!(urls, ["/api/v1/x", "/api/v1/x?cursor=a%20b%26c", "/api/v1/x?cursor=d"]);
    let (server, script) = served(&[(200, two), (200, two)]).await;
    let circle: Result<Vec<u64>, _> = Rows::of(&server, path(&["x"])).first(10).await;
    assert!(matches!(circle, Err(Error::BadAnswer { .. })), "{circle:?}");
    let mut few: Rows<'_, u64> = Rows::of(&server, path(&["x", ".."]));
    assert!(matches!(few.next().await, Err(Error::BadPart { .. })));
    assert!(matches!(few.next().await, Ok(None)), "told once");
    assert_eq!(held(&script.seen).len(), 2, "nothing was sent for it");
}

#[tokio::test]
async fn a_list_ends_however_long_its_circle_is_and_without_rows() {
    let pages = ["a", "b", "c", "d", "e"].map(|token| format!("{{\"items\":[1],\"next\":\"{token}\"}}"));
    let pages = pages.map(|page| (200, &*page.leak()));
    let circle: Vec<_> = pages.iter().chain(pages.iter().skip(2).cycle().take(40)).copied().collect();
    let (server, script) = served(&circle).await;
    let rows: Result<Vec<u64>, _> = Rows::of(&server, path(&["x"])).first(1_000).await;
    assert!(matches!(rows, Err(Error::BadAnswer { .. })), "{rows:?}");
    assert!(held(&script.seen).len() < 20, "{}", held(&script.seen).len());
    let mut pages = Pages::of(path(&["x"]), "cursor");
    for number in 0..EMPTY_PAGES_MAX {
        assert!(pages.next().is_ok_and(|call| call.is_some()));
        assert!(pages.turned(0, Some(number.to_string())).is_ok(), "{number}");
    }
    assert!(pages.next().is_ok_and(|call| call.is_some()));
    assert!(
        matches!(pages.turned(0, Some("on".to_owned())), Err(Error::BadAnswer { call, .. }) if call == "GET /api/v1/x")
    );
    assert!(matches!(pages.next(), Ok(None)), "it ended");
    let mut pages = Pages::of(path(&["x"]), "cursor");
    for number in 0..2 * EMPTY_PAGES_MAX {
        assert!(pages.next().is_ok_and(|call| call.is_some()));
        assert!(pages.turned(usize::from(number % 2 == 0), Some(number.to_string())).is_ok(), "{number}");
    }
}

#[tokio::test]
async fn events_are_read_page_by_page_through_their_links() {
    let page = "{\"epcisBody\":{\"queryResults\":{\"resultsBody\":{\"eventList\":[1]}}}}";
    let answer = |link: &str| {
        let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n";
        format!("{head}content-length: {}\r\n{link}\r\n{page}", page.len()).leak().as_bytes()
    };
    let (server, _) = raw(answer("")).await;
    assert_eq!(server.events(&[]).first(9).await.expect("one page").len(), 1);
    // The same page again and again is a circle; one that cannot be asked for is not the end.
    for link in ["link: <x?nextPageToken=1>; rel=\"next\"\r\n", "link: <x>; rel=\"next\"\r\n"] {
        let (server, count) = raw(answer(link)).await;
        let events = server.events(&[]).first(9).await;
        assert!(matches!(events, Err(Error::BadAnswer { .. })), "{events:?}");
        assert!(count.load(Ordering::SeqCst) <= 2);
    }
}

#[tokio::test]
async fn a_document_that_is_sent_again_is_waited_for_all_the_same() {
    const COVERED: &str = "{\"captureID\":\"j1\",\"createdAt\":\"\",\"running\":false,\"success\":true,\"tracelight:evidence\":\
        {\"stored\":0,\"alreadyStored\":2,\"anchor\":{\"size\":2,\"root\":\"00\",\"txId\":\"00\",\"height\":7,\"timeMs\":1}}}";
    const OPEN: &str = "{\"captureID\":\"j1\",\"createdAt\":\"\",\"running\":false,\"success\":true,\"tracelight:evidence\":\
        {\"stored\":0,\"alreadyStored\":2,\"anchor\":null}}";
    const NOTHING: &str = "{\"captureID\":\"j1\",\"createdAt\":\"\",\"running\":false,\"success\":false,\"tracelight:evidence\":\
        {\"stored\":0,\"alreadyStored\":0,\"anchor\":null}}";
    // The first answer is lost, and the second finds all events captured.
    let (server, script) =
        served_at(&[(502, ""), (202, ""), (200, OPEN), (200, COVERED)], Some("/epcis/capture/j1")).await;
    let id = server.capture(Document::Json(b"{}"), OnFault::Proceed).await.expect("a job");
    let job = server.wait_for_anchor(&id, Duration::from_secs(30)).await.expect("covered");
    assert_eq!(job.evidence.and_then(|evidence| evidence.anchor).map(|anchor| anchor.height), Some(7));
    let urls: Vec<String> = held(&script.seen).iter().map(|(_, url, _)| url.clone()).collect();
    assert_eq!(urls, ["/epcis/capture", "/epcis/capture", "/epcis/capture/j1", "/epcis/capture/j1"]);
    let (server, script) = served(&[(200, NOTHING)]).await;
    let job = server.wait_for_anchor("j1", Duration::from_secs(30)).await.expect("there is nothing to wait for");
    assert!(job.evidence.is_some_and(|evidence| evidence.anchor.is_none()) && held(&script.seen).len() == 1);
}

#[tokio::test]
async fn an_import_is_applied_with_pauses() {
    const APPLYING: &str = "{\"id\":\"i1\",\"kind\":\"products\",\"name\":\"p.csv\",\"state\":\"applying\",\"rows\":2,\"rows_refused\":0,\
        \"faults_count\":0,\"faults\":[],\"applied\":1,\"user\":\"ERP\",\"created_ms\":1}";
    let applied = APPLYING.replace("applying", "applied").leak();
    let (server, script) = served(&[(200, APPLYING), (200, applied)]).await;
    let began = Instant::now();
    let import = server.apply_import("i1", Duration::from_secs(30)).await.expect("applied");
    assert_eq!(import.state, ImportState::Applied);
    assert!(began.elapsed() >= LOOK_EVERY);
    let calls: Vec<_> = held(&script.seen).iter().map(|(method, url, _)| format!("{method} {url}")).collect();
    assert_eq!(calls, ["POST /api/v1/imports/i1/apply"; 2]);
}

#[tokio::test]
async fn a_wait_looks_at_once_then_with_pauses_and_goes_on_over_what_passes() {
    let passing = || Error::NoAnswer { call: "GET /x".to_owned(), attempts: 4, harmless: true, why: "gone".to_owned() };
    let began = Instant::now();
    let mut looks = 0;
    let found = until(Duration::from_secs(60), "it".to_owned(), || {
        looks += 1;
        let look = match looks {
            1 => Err(passing()),
            2 => Ok(None),
            _ => Ok(Some(looks)),
        };
        std::future::ready(look)
    });
    assert_eq!(found.await.expect("the third look"), 3);
    assert!(began.elapsed() >= 2 * LOOK_EVERY);
    let at_once = until(Duration::from_secs(60), "it".to_owned(), || std::future::ready(Ok(Some(1))));
    assert_eq!(at_once.await.expect("the first look"), 1);
    let fatal =
        until(Duration::from_secs(60), "it".to_owned(), || std::future::ready(Err::<Option<u8>, _>(Error::BadKey)));
    assert!(matches!(fatal.await, Err(Error::BadKey)));
    let late =
        until(Duration::from_millis(50), "it".to_owned(), || std::future::ready(Err::<Option<u8>, _>(passing())));
    let error = late.await.expect_err("nothing came");
    assert!(
        matches!(&error, Error::NotInTime { last: Some(last), .. } if last.passes()) && error.passes(),
        "{error:?}"
    );
    assert!(!error.to_string().contains("gone"), "its source says so");
}

#[test]
fn addresses_and_keys_are_looked_at_before_anything_is_sent() {
    for (good, base) in [
        ("https://trace.example.com", "https://trace.example.com"),
        (" HTTPS://Trace.example.com:8443/ ", "https://trace.example.com:8443"),
        ("https://trace.example.com:443", "https://trace.example.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("HTTP://localhost:8080/", "http://localhost:8080"),
        ("http://127.8.0.1", "http://127.8.0.1"),
        ("http://[::1]", "http://[::1]"),
        ("http://[::ffff:127.0.0.1]", "http://[::ffff:7f00:1]"),
    ] {
        assert_eq!(Tracelight::new(good, "tl_key").expect(good).base, base);
    }
    for bad in [
        "",
        "trace.example.com",
        "ftp://x",
        "https://x/api",
        "https://x?y",
        "https://x#y",
        "https://a:hidden@x",
        "https://:hidden@x",
        "https://hidden@x",
        "https://hidden:x",
        "https://",
    ] {
        for error in [Tracelight::new(bad, "tl_key"), Tracelight::over_plain_http(bad, "tl_key")] {
            let error = error.expect_err(bad);
            assert!(
                matches!(error, Error::BadUrl) && !format!("{error} {error:?}").contains("hidden"),
                "{bad}: {error}"
            );
        }
    }
    for plain in ["http://trace.example.com", "HTTP://10.0.0.1:8080", "http://localhost.example.com", "http://[::2]"] {
        let refused = Tracelight::new(plain, "tl_key");
        assert!(matches!(refused, Err(Error::PlainHttp { .. })), "{plain}: {refused:?}");
        assert!(Tracelight::over_plain_http(plain, "tl_key").is_ok(), "{plain}");
    }
    assert!(matches!(Tracelight::new("https://x", "tl_\nkey"), Err(Error::BadKey)));
    let client = Tracelight::new("https://x", "tl_secret").expect("a client");
    assert!(!format!("{client:?}").contains("secret"));
    assert_eq!(path(&["batches", "1", "A/24%K &08"]).expect("a path"), "/api/v1/batches/1/A%2F24%25K%20%2608");
    for bad in ["", ".", ".."] {
        assert!(matches!(path(&["batches", bad]), Err(Error::BadPart { .. })), "{bad}");
    }
}

#[tokio::test]
async fn a_row_that_is_not_of_the_contract_is_an_error() {
    let (server, _) = served(&[(200, "{\"items\":[{}]}")]).await;
    let rows: Result<Vec<Product>, _> = server.products().first(1).await;
    assert!(matches!(rows, Err(Error::BadAnswer { .. })), "{rows:?}");
}
