//! Reports with photos: what is kept of them, what is refused with which words, who sees them, and when they go.

use crate::scan::story::{GTIN, Story};
use crate::scan::tests::{Phone, text, token};
use crate::store::{CONTACT_MS_MAX, NewReport, ReportFilter};
use crate::testing::{Reply, World};
use axum::body::Body;
use axum::http::header;
use serde_json::json;
use tracelight_testkit::services::MariaDb;

/// What a phone made: EXIF with GPS 39 deg 54' N and the maker `ACME`, orientation 6, a comment, a trailer. 120 by 60 pixels.
const PHONE_JPEG: &[u8] = include_bytes!("phone.jpg");
const BOUNDARY: &str = "----tracelight";

/// Parts of a form as browsers send them (RFC 7578).
struct Form(Vec<u8>);

impl Form {
    fn new(token: &str) -> Self {
        Self(Vec::new()).text("token", token)
    }

    fn text(mut self, name: &str, value: &str) -> Self {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        self.0.extend(head.as_bytes());
        self
    }

    fn photo(mut self, name: &str, bytes: &[u8]) -> Self {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        self.0.extend(head.as_bytes());
        self.0.extend(bytes);
        self.0.extend(b"\r\n");
        self
    }

    /// The form of somebody who chose what is wrong, these files, and typed the rest.
    fn filled(token: &str, files: &[(&str, &[u8])]) -> Self {
        let start = Self::new(token).text("what", "seal");
        let with = files.iter().fold(start, |form, (name, bytes)| form.photo(name, bytes));
        with.text("where", "market hall").text("contact", "")
    }

    async fn send(mut self, world: &World, phone: &Phone) -> Reply {
        self.0.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
        self.send_torn(world, phone).await
    }

    async fn send_torn(self, world: &World, phone: &Phone) -> Reply {
        let request = phone
            .request("POST", "/scan/report", &[("sec-fetch-site", "same-origin")])
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"));
        world.send(request.body(Body::from(self.0)).expect("a request")).await
    }
}

fn case_of(reply: &Reply) -> String {
    let html = text(reply);
    let rest = html.split("TL-").nth(1).expect("a case number");
    format!("TL-{}", rest.chars().take(12).collect::<String>())
}

async fn opened(world: &World) -> (Story, Phone, String) {
    let story = Story::sealed(world, "A24K07").await;
    let mut phone = Phone::default();
    let page = phone.get(world, &format!("/scan/report?code={}", story.path(0))).await.expect(200);
    let token = token(&page);
    (story, phone, token)
}

#[tokio::test]
async fn c13_photos_are_kept_without_place_or_camera_shown_to_the_case_and_go_with_the_contact() {
    let world = World::start().await;
    let (_, mut phone, form) = opened(&world).await;
    let page = phone.get(&world, "/scan/report").await.expect(200);
    let html = text(&page);
    assert!(html.contains("multipart/form-data") && html.contains("accept=\"image/jpeg,image/png,image/webp\""));
    let files = [("IMG_39.9087_116.3975.jpg", PHONE_JPEG), ("2.jpg", PHONE_JPEG)];
    let first = Form::filled(&form, &files).send(&world, &phone).await.expect(200);
    let again = Form::filled(&form, &files).send(&world, &phone).await.expect(200);
    assert_eq!(case_of(&first), case_of(&again), "the same form is the same case, with the same photos");

    let case = case_of(&first);
    let (maker, regulator) = (world.sign_in("maker").await, world.sign_in("regulator").await);
    let shown = world.call("GET", &format!("/api/v1/reports/{case}"), Some(&maker), None).await.expect(200).json();
    assert_eq!(shown["photos"], 2);
    let path = |number: u32| format!("/api/v1/reports/{case}/photos/{number}");
    let picture = world.call("GET", &path(1), Some(&regulator), None).await.expect(200);
    let head = |name: &str| picture.headers[name].to_str().expect("ASCII").to_owned();
    assert_eq!((head("content-type"), head("x-content-type-options")), ("image/jpeg".into(), "nosniff".into()));
    assert_eq!(
        (head("content-security-policy"), head("cache-control")),
        ("default-src 'none'; sandbox".into(), "no-store".into())
    );
    // What is stored is what is shown: read from the database itself.
    let stored = world.state.store.report_photo(&case, 1).await.expect("asked").expect("kept");
    assert_eq!(stored, picture.body);
    let holds = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    for secret in [&b"Exif"[..], b"ACME", b"Zhang", b"39.9087", b"116.3975"] {
        let name = String::from_utf8_lossy(secret).into_owned();
        assert!(holds(PHONE_JPEG, secret), "{name} is in what the phone sends");
        assert!(!holds(&stored, secret), "{name} is kept");
    }
    for file in std::fs::read_dir(world.scratch()).expect("the folder").flatten() {
        let bytes = std::fs::read(file.path()).unwrap_or_default();
        for secret in [&b"Zhang Wei"[..], b"116.3975"] {
            assert!(!holds(&bytes, secret), "{} holds {}", file.path().display(), String::from_utf8_lossy(secret));
        }
    }
    world.call("GET", &path(3), Some(&maker), None).await.expect(404);
    world.call("GET", &path(1), Some(&world.sign_in("carrier").await), None).await.expect(403);
    world.call("GET", &path(1), None, None).await.expect(401);

    let told = text(&first);
    assert!(told.contains("Photos: 2") && told.contains("/scan/case/receipt.pdf?number="), "{told}");
    for lang in ["en", "zh"] {
        let path = format!("/scan/case/receipt.pdf?number={case}&lang={lang}");
        let pdf = phone.get(&world, &path).await.expect(200);
        assert!(pdf.body.starts_with(b"%PDF-") && pdf.headers[header::CONTENT_TYPE] == "application/pdf");
        assert!(pdf.headers[header::CACHE_CONTROL] == "no-store" && pdf.headers["x-robots-tag"] == "noindex");
    }
    phone.get(&world, "/scan/case/receipt.pdf?number=TL-26-ZZZZZZ-99").await.expect(404);

    let step = json!({ "revision": 0, "status": "closed", "finding": "fake", "reply": "x" });
    world.call("PUT", &format!("/api/v1/reports/{case}"), Some(&maker), Some(step)).await.expect(200);
    let (store, now, day) = (&world.state.store, crate::clock::now_ms(), 24 * 60 * 60 * 1_000);
    assert!(store.photo_bytes().await.expect("asked") > 0);
    assert_eq!(store.forget_photos(now + 29 * day).await.expect("asked"), 0);
    assert_eq!(store.forget_photos(now + 31 * day).await.expect("asked"), 2);
    assert_eq!(store.photo_bytes().await.expect("asked"), 0);
    world.call("GET", &path(1), Some(&maker), None).await.expect(404);
}

#[tokio::test]
async fn c13_each_mistake_is_told_beside_the_field_and_what_was_typed_stays() {
    let world = World::start().await;
    let (_, phone, form) = opened(&world).await;
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
    let large = vec![0xff; tracelight_photos::SENT_BYTES_MAX + 1];
    let good = ("a.jpg", PHONE_JPEG);
    for (files, words) in [
        (vec![good, ("b.heic", &heic[..])], "Photo 2: HEIC files cannot be taken."),
        (vec![("b.jpg", &b"GIF89a"[..])], "Photo 1: it is no JPEG, PNG or WebP picture."),
        (vec![("b.jpg", &PHONE_JPEG[..40])], "Photo 1: it is damaged"),
        (vec![good, ("b.jpg", &large[..])], "Photo 2: it has more than 8 MB."),
        (vec![good; 6], "At most 5 photos are taken."),
    ] {
        let html = text(&Form::filled(&form, &files).send(&world, &phone).await.expect(422));
        for shown in [words, "value=\"market hall\"", "value=\"seal\" required checked", "photos-e photos-h"] {
            assert!(html.contains(shown), "`{shown}` for `{words}`: {html}");
        }
    }
    let none = Form::new(&form).photo("a.jpg", PHONE_JPEG).text("where", "market hall");
    let html = text(&none.send(&world, &phone).await.expect(422));
    assert!(html.contains("Please choose what is wrong.") && html.contains("market hall"));
    assert_eq!(world.state.store.photo_bytes().await.expect("asked"), 0, "nothing is kept of a form with a mistake");
    // A browser sends one nameless file when none was chosen.
    Form::filled(&form, &[("", b"")]).send(&world, &phone).await.expect(200);
}

#[tokio::test]
async fn c13_a_busy_desk_takes_the_report_without_photos() {
    let world = World::start().await;
    let (_, phone, form) = opened(&world).await;
    let desk = &world.state.shop.photos;
    let places: Vec<_> = std::iter::from_fn(|| desk.place()).collect();
    assert_eq!(places.len(), 4);
    let busy = Form::filled(&form, &[("a.jpg", PHONE_JPEG)]).send(&world, &phone).await.expect(503);
    assert_eq!(busy.headers[header::RETRY_AFTER], "60");
    assert!(text(&busy).contains("Too many photos are arriving just now.") && text(&busy).contains("market hall"));
    Form::filled(&form, &[]).send(&world, &phone).await.expect(200);
    drop(places);
    Form::filled(&form, &[("a.jpg", PHONE_JPEG)]).send(&world, &phone).await.expect(200);
}

#[tokio::test]
async fn a_form_of_nobody_has_no_picture_decoded_and_a_torn_one_is_refused() {
    let world = World::start().await;
    let (_, phone, form) = opened(&world).await;
    let late = Form(Vec::new()).photo("a.jpg", PHONE_JPEG).text("token", &form).text("what", "seal");
    let refused = late.send(&world, &phone).await.expect(400);
    assert_eq!((refused.json()["field"].as_str(), refused.problem()), (Some("token"), "invalid_field".to_owned()));
    Form::filled("AAAA.AAAA", &[("a.jpg", PHONE_JPEG)]).send(&world, &phone).await.expect(400);
    let torn = Form::new(&form).text("what", "seal").photo("a.jpg", PHONE_JPEG).send_torn(&world, &phone).await;
    assert_eq!(torn.expect(400).json()["field"], "form");
    let long = format!("token={form}&what=seal&where={}", "x".repeat(9_000));
    phone.post(&world, "/scan/report", &long, &[]).await.expect(413);
}

/// Browsers without `Sec-Fetch-Site` (iOS before 16.4) post from pages without a referrer with `Origin: null`.
#[tokio::test]
async fn c18_every_form_for_shoppers_is_taken_from_a_browser_that_says_no_site() {
    let world = World::start().await;
    let (story, phone, form) = opened(&world).await;
    for (path, expected) in [("/scan/check", 204), ("/scan/report", 422), ("/scan/pin", 303)] {
        let request = phone
            .request("POST", path, &[("origin", "null"), ("host", "t.example")])
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(format!("token={form}&pin=1234")));
        let reply = world.send(request.expect("a request")).await;
        assert_eq!(reply.status.as_u16(), expected, "{path}: {}", String::from_utf8_lossy(&reply.body));
    }
    assert_eq!(story.batch.gtin.to_string(), GTIN);
    // Whatever has a session stays closed to it.
    let request = phone.request("POST", "/api/v1/session", &[("origin", "null"), ("host", "t.example")]);
    world.send(request.body(Body::from("{}")).expect("a request")).await.expect(403);
}

#[tokio::test]
async fn c13_photos_contacts_and_their_end_are_the_same_on_mariadb() {
    let database = tokio::task::spawn_blocking(|| {
        MariaDb::shared().expect("MariaDB starts. Hint: install mariadb-server").fresh_database().expect("a database")
    });
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let world = World::on(&database.await.expect("it ran").dsn, scratch).await;
    let (store, now) = (&world.state.store, crate::clock::now_ms());
    // As large as a picture may be, and five of them.
    let photos = vec![vec![7; tracelight_photos::KEPT_BYTES_MAX]; tracelight_photos::COUNT_MAX];
    let contact = "电话 139 0000 7341 ".repeat(12);
    let report = NewReport {
        subject: None,
        at_ms: now,
        what: "looks",
        detail: "",
        contact: &contact,
        nonce: [1; 16],
        id: [2; 16],
        case_number: "TL-26-AAAAAA-01",
        photos: &photos,
    };
    assert_eq!(store.keep_report(&report).await.expect("kept").photos, 5);
    assert_eq!(store.keep_report(&report).await.expect("the same").photos, 5);
    assert_eq!(store.photo_bytes().await.expect("asked"), 5 * tracelight_photos::KEPT_BYTES_MAX as u64);
    assert_eq!(store.report_photo("TL-26-AAAAAA-01", 5).await.expect("asked"), Some(photos[4].clone()));
    let filter = ReportFilter { case_number: Some("TL-26-AAAAAA-01".to_owned()), ..ReportFilter::default() };
    let case = store.report(&filter).await.expect("asked").expect("kept");
    assert_eq!((case.contact.as_str(), case.photos), (contact.as_str(), 5));
    assert_eq!(store.forget_photos(now + CONTACT_MS_MAX + 1_000).await.expect("asked"), 5);
    assert_eq!(store.forget_contacts(now + CONTACT_MS_MAX + 1_000).await.expect("asked"), 1);
    assert_eq!(store.photo_bytes().await.expect("asked"), 0);
}
