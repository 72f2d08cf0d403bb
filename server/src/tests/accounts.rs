//! Accounts: administrators, roles that need two persons, invitations, second factors, sessions.

mod second;

use crate::testing::{PASSWORD, Reply, World};
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tracelight_testkit::services::MariaDb;

/// A password that is strong enough.
const GOOD: &str = "winter barge melon tuk";

async fn call(world: &World, who: &str, method: &str, path: &str, body: Value, status: u16) -> Value {
    let body = Some(body).filter(|body| !body.is_null());
    world.call(method, &format!("/api/v1{path}"), Some(who), body).await.expect(status).json()
}

async fn get(world: &World, who: &str, path: &str) -> Value {
    call(world, who, "GET", path, Value::Null, 200).await
}

async fn try_sign_in(world: &World, form: Value) -> Reply {
    world.call("POST", "/api/v1/session", None, Some(form)).await
}

fn cookie_of(reply: &Reply) -> String {
    let cookie = reply.headers["set-cookie"].to_str().expect("text");
    format!("cookie: {}", cookie.split(';').next().expect("a cookie"))
}

async fn id_of(world: &World, who: &str, name: &str) -> String {
    let users = get(world, who, "/users").await;
    let rows = users["items"].as_array().expect("rows");
    let row = rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name} in {users}"));
    row["id"].as_str().expect("an id").to_owned()
}

/// Actions of a member's log, newest first, with who and what.
async fn log(world: &World, who: &str, query: &str) -> Vec<String> {
    let rows = get(world, who, &format!("/audit{query}")).await;
    let line = |row: &Value| {
        let text = |name: &str| row[name].as_str().unwrap_or("-").to_owned();
        format!("{} {} [{}] {}", text("user"), text("action"), text("object"), text("outcome"))
    };
    rows["items"].as_array().expect("rows").iter().map(line).collect()
}

async fn on_mariadb() -> World {
    let database = tokio::task::spawn_blocking(|| {
        MariaDb::shared().expect("MariaDB starts. Hint: install mariadb-server").fresh_database().expect("a database")
    });
    let scratch = tempfile::tempdir().expect("a scratch folder");
    World::on(&database.await.expect("it ran").dsn, scratch).await
}

#[tokio::test]
async fn m12_an_administrator_invites_changes_and_suspends() {
    from_an_invitation_to_a_suspension(World::start().await).await;
}

#[tokio::test]
async fn m12_an_administrator_invites_changes_and_suspends_on_mariadb() {
    from_an_invitation_to_a_suspension(on_mariadb().await).await;
}

async fn from_an_invitation_to_a_suspension(world: World) {
    let admin = world.sign_in("maker-admin").await;
    let form = json!({ "role": "operator", "label": "Warehouse" });
    let made = call(&world, &admin, "POST", "/invitations", form, 201).await;
    let link = made["link"].as_str().expect("a link");
    let (base, token) = link.split_once("/console/invitation?token=").expect("a link");
    assert_eq!((base, token.len()), (world.state.config.public_base_url.as_str(), 52));
    let look = json!({ "token": token });
    let seen = world.call("POST", "/api/v1/invitations/look", None, Some(look.clone())).await.expect(200).json();
    assert_eq!((&seen["role"], &seen["member"]["role"]), (&json!("operator"), &json!("manufacturer")));
    assert!(!get(&world, &admin, "/invitations").await.to_string().contains(token), "told once");

    let accept = async |name: &str, password: &str, status: u16| {
        let form = json!({ "token": token, "name": name, "password": password });
        world.call("POST", "/api/v1/invitations/accept", None, Some(form)).await.expect(status).json()
    };
    assert_eq!(accept("night", "short", 400).await["field"], "password");
    assert_eq!(accept("night", "password1234", 400).await["type"], "tracelight:password_common");
    assert_eq!(accept(" ", GOOD, 400).await["field"], "name");
    assert_eq!(accept("key tl_x", GOOD, 400).await["field"], "name");
    assert_eq!(accept("carrier", GOOD, 409).await["type"], "tracelight:name_taken");
    assert_eq!(accept("night", GOOD, 201).await, json!({ "user": "night", "waits": false }));
    accept("again", GOOD, 404).await;
    world.call("POST", "/api/v1/invitations/look", None, Some(look)).await.expect(404);

    let night = cookie_of(&try_sign_in(&world, json!({ "user": "night", "password": GOOD })).await.expect(200));
    let id = id_of(&world, &admin, "night").await;
    let viewer = json!({ "role": "viewer" });
    let now = call(&world, &admin, "PUT", &format!("/users/{id}"), viewer, 200).await;
    assert_eq!((&now["role"], &now["asked"]), (&json!("viewer"), &Value::Null));
    assert_eq!(get(&world, &night, "/session").await["role"], "viewer", "at once");

    call(&world, &admin, "POST", &format!("/users/{id}/suspend"), Value::Null, 200).await;
    call(&world, &night, "GET", "/session", Value::Null, 401).await;
    let refused = try_sign_in(&world, json!({ "user": "night", "password": GOOD })).await.expect(403);
    assert_eq!(refused.problem(), "suspended");
    call(&world, &admin, "POST", &format!("/users/{id}/suspend"), Value::Null, 409).await;
    call(&world, &admin, "POST", &format!("/users/{id}/reactivate"), Value::Null, 200).await;
    call(&world, &night, "GET", "/session", Value::Null, 401).await;
    try_sign_in(&world, json!({ "user": "night", "password": GOOD })).await.expect(200);

    let lines = log(&world, &admin, "").await;
    let expected = [
        "night sign_in [] done",
        "maker-admin user_reactivated [night] done",
        "night sign_in [] refused",
        "maker-admin user_suspended [night] done",
        "maker-admin user_changed [night: viewer] done",
        "night sign_in [] done",
        "night invitation_accepted [Warehouse: operator, invited by maker-admin] done",
        "maker-admin invitation_made [Warehouse: operator] done",
        "maker-admin sign_in [] done",
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn m12_an_invitation_is_taken_back_and_runs_out() {
    let world = World::start().await;
    let admin = world.sign_in("maker-admin").await;
    let made = call(&world, &admin, "POST", "/invitations", json!({ "role": "viewer" }), 201).await;
    let id = made["invitation"]["id"].as_str().expect("an id").to_owned();
    let token = made["link"].as_str().expect("a link").split_once("token=").expect("a token").1.to_owned();
    let row = call(&world, &admin, "POST", &format!("/invitations/{id}/revoke"), Value::Null, 200).await;
    assert_eq!(row["state"], "revoked");
    call(&world, &admin, "POST", &format!("/invitations/{id}/revoke"), Value::Null, 409).await;
    let form = json!({ "token": token, "name": "x", "password": GOOD });
    world.call("POST", "/api/v1/invitations/accept", None, Some(form)).await.expect(404);
    for bad in ["", "A", &"A".repeat(52), &"é".repeat(26)] {
        world.call("POST", "/api/v1/invitations/look", None, Some(json!({ "token": bad }))).await.expect(404);
    }
    let row = &world.state.store.invitations(world.node.chain().member(tracelight_client::testing::MAKER).gln).await;
    let row = &row.as_ref().expect("read")[0];
    let fresh = crate::store::InvitationRow { revoked_ms: None, ..row.clone() };
    assert!(fresh.is_open(fresh.expires_ms - 1) && !fresh.is_open(fresh.expires_ms), "seven days");
    assert_eq!(fresh.expires_ms - fresh.made_ms, 7 * 24 * 60 * 60 * 1_000);
}

#[tokio::test]
async fn m12_who_becomes_approver_or_administrator_needs_two_persons() {
    two_persons(World::start().await).await;
}

#[tokio::test]
async fn m12_who_becomes_approver_needs_two_persons_on_mariadb() {
    two_persons(on_mariadb().await).await;
}

async fn two_persons(world: World) {
    let (admin, approver) = (world.sign_in("maker-admin").await, world.sign_in("maker2").await);
    // Invited as approver, it reads until another guard has released it.
    let made = call(&world, &admin, "POST", "/invitations", json!({ "role": "approver" }), 201).await;
    let token = made["link"].as_str().expect("a link").split_once("token=").expect("a token").1.to_owned();
    let form = json!({ "token": token, "name": "second", "password": GOOD });
    let accepted = world.call("POST", "/api/v1/invitations/accept", None, Some(form)).await.expect(201).json();
    assert_eq!(accepted["waits"], true);
    let second = cookie_of(&try_sign_in(&world, json!({ "user": "second", "password": GOOD })).await.expect(200));
    assert_eq!(get(&world, &second, "/session").await["role"], "viewer");
    let id = id_of(&world, &admin, "second").await;
    let release = format!("/users/{id}/release");
    call(&world, &admin, "POST", &release, Value::Null, 403).await;
    call(&world, &second, "POST", &release, Value::Null, 403).await;
    let carrier = world.sign_in("carrier").await;
    call(&world, &carrier, "POST", &release, Value::Null, 403).await;
    let users = get(&world, &approver, "/users").await;
    let row = users["items"].as_array().expect("rows").iter().find(|row| row["name"] == "second").expect("it is there");
    assert_eq!((&row["asked"]["yours_to_release"], &row["asked"]["by"]), (&json!(true), &json!("maker-admin")));
    let now = call(&world, &approver, "POST", &release, Value::Null, 200).await;
    assert_eq!((&now["role"], &now["asked"]), (&json!("approver"), &Value::Null));
    call(&world, &approver, "POST", &release, Value::Null, 409).await;

    // A raise of an account is asked for and declined; an approver is never an administrator.
    let maker = id_of(&world, &admin, "maker").await;
    let up = json!({ "role": "operator", "administrator": true });
    let now = call(&world, &admin, "PUT", &format!("/users/{maker}"), up, 200).await;
    assert_eq!((&now["administrator"], &now["asked"]["administrator"]), (&json!(false), &json!(true)));
    call(&world, &second, "POST", &format!("/users/{maker}/decline"), Value::Null, 200).await;
    call(&world, &approver, "POST", &format!("/users/{maker}/release"), Value::Null, 409).await;
    let both = json!({ "role": "approver", "administrator": true });
    assert_eq!(call(&world, &admin, "PUT", &format!("/users/{maker}"), both, 400).await["field"], "administrator");

    // One's own account is another's to change, and nobody but an administrator changes any.
    let own = id_of(&world, &admin, "maker-admin").await;
    let down = json!({ "role": "viewer" });
    let refused = call(&world, &admin, "PUT", &format!("/users/{own}"), down.clone(), 409).await;
    assert_eq!(refused["type"], "tracelight:own_account");
    call(&world, &approver, "PUT", &format!("/users/{maker}"), down.clone(), 403).await;
    let regulator = world.sign_in("regulator-admin").await;
    call(&world, &regulator, "PUT", &format!("/users/{maker}"), down, 404).await;
    let lines = log(&world, &approver, "?user=maker2").await;
    assert_eq!(lines[0], "maker2 role_released [second: approver] done");
}

#[tokio::test]
async fn m12_the_last_administrator_stays() {
    let world = World::start().await;
    let (admin, approver) = (world.sign_in("maker-admin").await, world.sign_in("maker2").await);
    let maker = id_of(&world, &admin, "maker").await;
    let up = json!({ "role": "operator", "administrator": true });
    call(&world, &admin, "PUT", &format!("/users/{maker}"), up, 200).await;
    call(&world, &approver, "POST", &format!("/users/{maker}/release"), Value::Null, 200).await;
    let own = id_of(&world, &admin, "maker-admin").await;
    let second = world.sign_in("maker").await;
    // Two suspend each other at the same moment: one of them stays.
    let suspend = async |who: &str, id: &str| {
        world.call("POST", &format!("/api/v1/users/{id}/suspend"), Some(who), None).await.status.as_u16()
    };
    let (one, other) = tokio::join!(suspend(&admin, &maker), suspend(&second, &own));
    let done = [one, other].iter().filter(|status| **status == 200).count();
    assert_eq!(done, 1, "{one} and {other}");
    let (left, id) = if one == 200 { (&admin, &own) } else { (&second, &maker) };
    let users = get(&world, left, "/users").await;
    let able = |row: &&Value| row["administrator"] == true && row["suspended_ms"].is_null();
    assert_eq!(users["items"].as_array().expect("rows").iter().filter(able).count(), 1);
    let row = world.state.store.user_by_id(uuid::Uuid::parse_str(id).expect("an id")).await.expect("read");
    let row = row.expect("there");
    let user = crate::auth::User {
        id: row.id,
        name: row.name.clone(),
        member: row.member,
        member_role: tracelight_domain::state::MemberRole::Manufacturer,
        role: row.role,
        administrator: true,
        shown: crate::auth::Shown::Session,
    };
    let line = crate::audit::line(&user, tracelight_api::rest::audit::AuditAction::UserSuspended, "");
    let step = world.state.store.suspend_user(&row, line, 1).await.expect("it works");
    assert_eq!(step, crate::store::UserStep::LastAdministrator);
}

#[tokio::test]
async fn m12_sessions_are_listed_and_ended_one_by_one_everywhere_and_by_a_new_password() {
    sessions_from_the_first_to_the_last(World::start().await).await;
}

#[tokio::test]
async fn m12_sessions_are_listed_and_ended_on_mariadb() {
    sessions_from_the_first_to_the_last(on_mariadb().await).await;
}

async fn sessions_from_the_first_to_the_last(world: World) {
    let with_agent = async |agent: &str| {
        let form = json!({ "user": "maker", "password": PASSWORD }).to_string();
        let request = Request::post("/api/v1/session")
            .header("content-type", "application/json")
            .header("user-agent", agent)
            .body(Body::from(form));
        cookie_of(&world.send(request.expect("a good request")).await.expect(200))
    };
    let first = with_agent("Mozilla/5.0 Firefox/132.0").await;
    let second = with_agent("Mozilla/5.0 Chrome/131.0 Safari/537.36").await;
    let third = with_agent("curl/8").await;
    let rows = get(&world, &first, "/account/sessions").await;
    let rows = rows["items"].as_array().expect("rows");
    let told: Vec<_> = rows.iter().map(|row| (row["browser"].as_str().expect("a word"), row["this"] == true)).collect();
    assert_eq!(told.len(), 3);
    assert!(told.contains(&("Firefox", true)) && told.contains(&("Chrome", false)) && told.contains(&("other", false)));
    assert!(rows.iter().all(|row| row["seen_ms"].as_u64() >= Some(row["begun_ms"].as_u64().expect("a time") - 60_000)));

    let chrome = rows.iter().find(|row| row["browser"] == "Chrome").expect("it is there");
    let path = format!("/account/sessions/{}", chrome["id"].as_str().expect("an id"));
    let carrier = world.sign_in("carrier").await;
    call(&world, &carrier, "DELETE", &path, Value::Null, 404).await;
    call(&world, &first, "DELETE", &path, Value::Null, 204).await;
    call(&world, &second, "GET", "/session", Value::Null, 401).await;
    let ended = call(&world, &first, "POST", "/account/sessions/end-others", Value::Null, 200).await;
    assert_eq!(ended, json!({ "ended": 1 }));
    call(&world, &third, "GET", "/session", Value::Null, 401).await;

    let other = with_agent("curl/8").await;
    let change = async |current: &str, new: &str, status: u16| {
        let form = json!({ "current": current, "new": new });
        call(&world, &first, "POST", "/account/password", form, status).await
    };
    assert_eq!(change("wrong", GOOD, 403).await["field"], "current");
    assert_eq!(change(PASSWORD, "maker-maker-maker", 400).await["type"], "tracelight:password_common");
    change(PASSWORD, GOOD, 204).await;
    call(&world, &other, "GET", "/session", Value::Null, 401).await;
    get(&world, &first, "/session").await;
    try_sign_in(&world, json!({ "user": "maker", "password": PASSWORD })).await.expect(401);
    try_sign_in(&world, json!({ "user": "maker", "password": GOOD })).await.expect(200);
}

#[tokio::test]
async fn m12_an_account_has_so_many_sessions_and_a_sign_in_beyond_ends_the_oldest() {
    let world = World::start().await;
    let first = world.sign_in("carrier").await;
    let id = world.state.store.user_by_name("carrier").await.expect("read").expect("there").id;
    for _ in 0..tracelight_api::rest::account::SESSIONS_MAX {
        world.sign_in("carrier").await;
    }
    call(&world, &first, "GET", "/session", Value::Null, 401).await;
    let rows = world.state.store.sessions_of(id, crate::clock::now_ms()).await.expect("read");
    assert_eq!(rows.len() as u64, tracelight_api::rest::account::SESSIONS_MAX);
}
