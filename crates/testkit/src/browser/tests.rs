//! The browser is real and tells good pages from bad ones.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use serde_json::json;

use super::*;

/// Faulty on purpose: no `lang`, an image without text, pale text, wider than any window, an error on the console, and a
/// request to another host (which must fail here: nothing answers on that name).
const BAD: &str = "<!doctype html><html><title>Bad</title><h1>Bad page</h1><p style='color:#ccc;background:#fff'>pale</p>\
    <img src='/pixel'><div style='width:3000px'>wide</div><script>console.error('broken')</script>\
    <script src='http://elsewhere.invalid/x.js'></script></html>";

const GOOD: &str = "<!doctype html><html lang='en'><meta name='viewport' content='width=device-width'><title>Good</title>\
    <style>@media (prefers-color-scheme: dark) { body { background: #000; color: #fff } }</style><main><h1>Good page</h1>\
    <form action='/hello'><label>Name <input name='name' id='name'></label><button>Send</button></form>\
    <noscript><p>no script</p></noscript><p id='dynamic'></p></main>\
    <script>document.getElementById('dynamic').textContent = 'script ran'</script></html>";

/// Answers on loopback for as long as the test process lives.
fn site() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("listener");
    let origin = format!("http://{}", listener.local_addr().expect("address"));
    thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(thread::spawn(|| answer(stream)))));
    origin
}

fn answer(mut stream: TcpStream) {
    let mut request = [0; 4096];
    let Ok(count) = stream.read(&mut request) else {
        return;
    };
    let request = String::from_utf8_lossy(request.get(..count).unwrap_or_default()).into_owned();
    let line = request.lines().next().unwrap_or_default().to_owned();
    let body = match line.split(' ').nth(1).unwrap_or_default() {
        "/good" => GOOD.to_owned(),
        "/bad" => BAD.to_owned(),
        path if path.starts_with("/hello") => {
            let wants = |name: &str| request.lines().find(|l| l.to_ascii_lowercase().starts_with(name)).unwrap_or("-");
            let (cookie, language) = (wants("cookie:"), wants("accept-language:"));
            format!(
                "<!doctype html><html lang='en'><title>Hello</title><h1>{path}</h1><p>{cookie}</p><p>{language}</p></html>"
            )
        }
        _ => String::new(),
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

fn is_png(path: &Path) -> bool {
    fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"\x89PNG") && bytes.len() > 1000)
}

#[test]
fn a_good_page_is_reported_whole_and_without_faults() {
    let origin = site();
    let scratch = tempfile::tempdir().expect("scratch");
    let (phone, desk) = (scratch.path().join("phone.png"), scratch.path().join("desk.png"));
    let reports = pages(&json!([
        {"url": format!("{origin}/good"), "axe": true, "screenshot": phone},
        {"url": format!("{origin}/good"), "axe": true, "screenshot": desk, "width": 1440, "dark": true},
        {"url": format!("{origin}/good"), "axe": true, "js": false},
    ]))
    .expect("reports");
    assert_eq!(reports.len(), 3);
    for report in &reports {
        assert_eq!((report.status, report.title.as_str(), report.lang.as_str()), (200, "Good", "en"));
        assert_eq!(report.h1, ["Good page"]);
        assert!(!report.overflow);
        assert_eq!(report.axe.as_deref(), Some(&[][..]));
        assert_eq!(report.foreign_requests(&origin), Vec::<&str>::new());
        assert!(report.errors.is_empty(), "{:?}", report.errors);
        let page = report.requests.iter().find(|request| request.url.ends_with("/good")).expect("the document");
        assert_eq!(page.bytes, GOOD.len() as u64);
    }
    let texts: Vec<&str> = reports.iter().map(|report| report.text.as_str()).collect();
    assert!(texts.iter().take(2).all(|text| text.contains("script ran") && !text.contains("no script")), "{texts:?}");
    assert!(texts.last().is_some_and(|text| text.contains("no script") && !text.contains("script ran")), "{texts:?}");
    assert!(is_png(&phone) && is_png(&desk));
}

#[test]
fn a_bad_page_has_each_fault_named() {
    let origin = site();
    let reports = pages(&json!([
        {"url": format!("{origin}/bad"), "axe": true},
        {"url": format!("{origin}/bad"), "axe": true, "js": false},
    ]))
    .expect("reports");
    for report in &reports {
        let rules: Vec<&str> = report.axe.iter().flatten().map(|violation| violation.id.as_str()).collect();
        for rule in ["html-has-lang", "image-alt", "color-contrast"] {
            assert!(rules.contains(&rule), "{rule} is not in {rules:?}");
        }
        assert!(report.overflow);
    }
    let report = reports.first().expect("the page with scripts");
    assert!(report.errors.iter().any(|error| error.contains("broken")), "{:?}", report.errors);
    assert_eq!(report.foreign_requests(&origin), ["http://elsewhere.invalid/x.js"]);
}

#[test]
fn forms_cookies_languages_and_sessions_work() {
    let origin = site();
    let reports = pages(&json!([
        {
            "url": format!("{origin}/good"), "session": "one", "lang": "zh-CN",
            "cookies": [{"name": "who", "value": "me", "url": origin}],
            "steps": [{"fill": ["#name", "Ann"]}, {"click": "button"}, {"waitText": "Ann"}],
        },
        {"url": format!("{origin}/hello"), "session": "one"},
        {"url": format!("{origin}/hello")},
    ]))
    .expect("reports");
    let texts: Vec<&str> = reports.iter().map(|report| report.text.as_str()).collect();
    let [sent, same, other] = texts.as_slice() else { panic!("three reports, not {texts:?}") };
    assert!(sent.contains("/hello?name=Ann") && sent.contains("who=me") && sent.contains("zh-CN"), "{sent}");
    assert!(same.contains("who=me") && same.contains("zh-CN"), "{same}");
    assert!(!other.contains("who=me") && !other.contains("zh-CN"), "{other}");
}

#[test]
fn a_failing_step_says_which_and_what_the_page_showed() {
    let origin = site();
    let scratch = tempfile::tempdir().expect("scratch");
    let script = scratch.path().join("short.mjs");
    fs::write(
        &script,
        "export default async (session, { url }) => {\n\
           const open = await session.open({ url });\n\
           open.page.setDefaultTimeout(300);\n\
           await open.steps([{ click: '#missing' }]);\n\
         };\n",
    )
    .expect("script");
    let error = run(&script, &json!({"url": format!("{origin}/good")})).expect_err("there is no such element");
    let text = format!("{error:#}");
    assert!(text.contains("#missing") && text.contains("Good page"), "{text}");
}
