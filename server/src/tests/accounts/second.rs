//! The second factor through the router: enrolment, sign-in in two steps, codes that are good once, recovery, off.

use super::{call, cookie_of, get, id_of, log, on_mariadb, try_sign_in};
use crate::testing::{PASSWORD, World};
use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

/// The code of a step.
fn code(secret: &str, step: u64) -> String {
    let bytes: [u8; 20] = BASE32_NOPAD.decode(secret.as_bytes()).expect("base 32").try_into().expect("20 bytes");
    let totp = Builder::new().with_secret(Secret::new_stack(bytes)).build().expect("a good secret");
    totp.generate(30 * step).to_string()
}

/// The step of this moment. Tests take the codes around one moment, because they may go on into the next step.
fn step_now() -> u64 {
    crate::clock::now_ms() / 30_000
}

/// Switches the second factor of the maker on; its secret and recovery codes.
async fn switched_on(world: &World, who: &str, step: u64) -> (String, Vec<String>) {
    let offer = call(world, who, "POST", "/account/totp", json!({ "password": PASSWORD }), 200).await;
    let secret = offer["secret"].as_str().expect("a secret").to_owned();
    assert!(offer["uri"].as_str().expect("an address").contains(&secret));
    let confirmed =
        call(world, who, "POST", "/account/totp/confirm", json!({ "code": code(&secret, step) }), 200).await;
    let codes = confirmed["codes"].as_array().expect("codes");
    (secret, codes.iter().map(|code| code.as_str().expect("a code").to_owned()).collect())
}

#[tokio::test]
async fn m12_a_second_factor_is_asked_for_and_each_code_is_good_once() {
    from_enrolment_to_off(World::start().await).await;
}

#[tokio::test]
async fn m12_a_second_factor_is_asked_for_on_mariadb() {
    from_enrolment_to_off(on_mariadb().await).await;
}

async fn from_enrolment_to_off(world: World) {
    let maker = world.sign_in("maker").await;
    let wrong = call(&world, &maker, "POST", "/account/totp", json!({ "password": "wrong" }), 403).await;
    assert_eq!(wrong["field"], "password");
    call(&world, &maker, "POST", "/account/totp/confirm", json!({ "code": "123456" }), 409).await;
    let offer = call(&world, &maker, "POST", "/account/totp", json!({ "password": PASSWORD }), 200).await;
    assert!(offer["qr_svg"].as_str().expect("a picture").starts_with("<svg "));
    call(&world, &maker, "POST", "/account/totp/confirm", json!({ "code": "000000" }), 400).await;
    world.sign_in("maker").await;
    assert_eq!(get(&world, &maker, "/account").await["totp"]["on_since_ms"], Value::Null, "it counts for nothing yet");

    let step = step_now();
    let (secret, recovery) = switched_on(&world, &maker, step - 1).await;
    let account = get(&world, &maker, "/account").await;
    assert!(account["totp"]["on_since_ms"].is_u64() && account["totp"]["recovery_left"] == 10, "{account}");
    assert!(!account.to_string().contains(&secret));
    call(&world, &maker, "POST", "/account/totp", json!({ "password": PASSWORD }), 409).await;

    let attempt = async |password: &str, code: Option<&str>| {
        let mut form = json!({ "user": "maker", "password": password });
        if let Some(code) = code {
            form["code"] = json!(code);
        }
        try_sign_in(&world, form).await
    };
    assert_eq!(attempt("wrong password", None).await.expect(401).problem(), "wrong_credentials");
    assert_eq!(attempt(PASSWORD, None).await.expect(401).problem(), "code_needed");
    assert_eq!(attempt(PASSWORD, Some("000000")).await.expect(401).problem(), "wrong_code");
    assert_eq!(
        attempt(PASSWORD, Some(&code(&secret, step - 1))).await.expect(401).problem(),
        "wrong_code",
        "used before"
    );
    let now = code(&secret, step);
    get(&world, &cookie_of(&attempt(PASSWORD, Some(&now)).await.expect(200)), "/session").await;
    assert_eq!(attempt(PASSWORD, Some(&now)).await.expect(401).problem(), "wrong_code", "a code is good once");
    attempt(PASSWORD, Some(&recovery[0].to_lowercase())).await.expect(200);
    assert_eq!(attempt(PASSWORD, Some(&recovery[0])).await.expect(401).problem(), "wrong_code");
    assert_eq!(get(&world, &maker, "/account").await["totp"]["recovery_left"], 9);

    let both = |password: &str, code: &str| json!({ "password": password, "code": code });
    let more = call(&world, &maker, "POST", "/account/totp/recovery", both(PASSWORD, &recovery[1]), 200).await;
    assert_eq!(more["codes"].as_array().map(Vec::len), Some(10));
    let off = "/account/totp/off";
    assert_eq!(
        call(&world, &maker, "POST", off, both("wrong", &code(&secret, step + 1)), 403).await["field"],
        "password"
    );
    assert_eq!(call(&world, &maker, "POST", off, both(PASSWORD, &recovery[2]), 403).await["field"], "code", "replaced");
    call(&world, &maker, "POST", off, both(PASSWORD, &code(&secret, step + 1)), 204).await;
    call(&world, &maker, "POST", off, both(PASSWORD, "000000"), 409).await;
    world.sign_in("maker").await;

    let admin = world.sign_in("maker-admin").await;
    let lines = log(&world, &admin, "?user=maker").await.join("\n");
    for line in ["totp_on", "recovery_code_used", "recovery_codes_made", "totp_off", "sign_in [] refused"] {
        assert!(lines.contains(line), "{line} in {lines}");
    }
    for hidden in [secret.as_str(), recovery[0].as_str(), "wrong", now.as_str()] {
        assert!(!lines.contains(hidden), "no password and no code");
    }
}

#[tokio::test]
async fn m12_an_administrator_switches_off_a_lost_second_factor_and_tries_are_limited() {
    let world = World::start().await;
    let (maker, admin) = (world.sign_in("maker").await, world.sign_in("maker-admin").await);
    switched_on(&world, &maker, step_now()).await;
    let id = id_of(&world, &admin, "maker").await;
    let form = json!({ "user": "maker", "password": PASSWORD, "code": "000000" });
    for _ in 0..10 {
        assert_eq!(try_sign_in(&world, form.clone()).await.expect(401).problem(), "wrong_code");
    }
    assert_eq!(try_sign_in(&world, form).await.expect(429).problem(), "too_many_attempts");
    world.state.sign_in_limit.forgive("maker");
    let now = call(&world, &admin, "POST", &format!("/users/{id}/totp-off"), Value::Null, 200).await;
    assert_eq!(now["totp"], false);
    call(&world, &admin, "POST", &format!("/users/{id}/totp-off"), Value::Null, 409).await;
    world.sign_in("maker").await;
    assert_eq!(log(&world, &admin, "?action=user_totp_off").await, ["maker-admin user_totp_off [maker] done"]);
}

#[tokio::test]
async fn m12_a_server_without_a_key_says_how_to_configure_one() {
    let world = World::configured(|config| config.accounts.totp_keys.clear()).await;
    let maker = world.sign_in("maker").await;
    assert_eq!(get(&world, &maker, "/account").await["totp"]["available"], false);
    let refused = call(&world, &maker, "POST", "/account/totp", json!({ "password": PASSWORD }), 409).await;
    assert!(refused["detail"].as_str().expect("a way out").contains("openssl rand -hex 32"), "{refused}");
}
