//! RFC 6238's own vectors, what is kept, and what is read of what people type.

use super::*;
use crate::config::TotpKeyConfig;

fn keys(folder: &std::path::Path, ids: &[&str]) -> Result<TotpKeys, Vec<String>> {
    let totp_keys = ids.iter().map(|id| {
        let file = folder.join(format!("{id}.key"));
        if !file.exists() {
            std::fs::write(&file, hex::encode(sha256(id.as_bytes()).0)).expect("a scratch file");
        }
        TotpKeyConfig { id: (*id).to_owned(), file }
    });
    TotpKeys::read(&AccountsConfig { totp_keys: totp_keys.collect(), ..AccountsConfig::default() })
}

#[test]
fn m12_codes_are_those_of_rfc_6238() {
    // Appendix B, SHA-1: the last six of its eight digits.
    let secret = Zeroizing::new(b"12345678901234567890".to_vec());
    let totp = totp(&secret).expect("a good secret");
    for (seconds, digits) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        let step = seconds / 30;
        assert_eq!(totp.check(digits, seconds), Some(step), "{seconds}");
        for near in [seconds - 30, seconds + 30] {
            assert_eq!(totp.check(digits, near), Some(step), "one step of drift");
        }
        for far in [seconds.saturating_sub(90), seconds + 90] {
            assert!(
                totp.check(digits, far).is_none_or(|found| far == 0 && found == step),
                "two are too many: {seconds}"
            );
        }
    }
}

#[test]
fn m12_a_secret_is_kept_encrypted_for_its_account_and_read_with_an_older_key() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (old, user) = (keys(folder.path(), &["k1"]).expect("good keys"), Uuid::now_v7());
    let (id, sealed, offer) = old.offer(user, "林 maker:1").expect("offered");
    let secret = BASE32_NOPAD.decode(offer.secret.as_bytes()).expect("base 32");
    assert_eq!((id.as_str(), secret.len()), ("k1", SECRET_BYTES));
    assert!(offer.uri.starts_with("otpauth://totp/Tracelight:%E6%9E%97%20maker%3A1?secret="), "{}", offer.uri);
    assert!(offer.qr_svg.starts_with("<svg ") && offer.qr_svg.len() < 40_000, "{}", offer.qr_svg.len());
    assert!(!sealed.windows(SECRET_BYTES).any(|part| part == secret), "not in clear");
    assert!(!format!("{old:?}").contains(&hex::encode(sha256(b"k1").0)));

    let both = keys(folder.path(), &["k2", "k1"]).expect("good keys");
    let now_ms = 1_795_305_600_000;
    let secret = Zeroizing::new(secret);
    let code = totp(&secret).expect("a good secret").generate(now_ms / 1_000).to_string();
    assert_eq!(both.step_of(user, &id, &sealed, &code, now_ms).expect("read"), Some(now_ms / 30_000));
    assert_eq!(both.step_of(user, &id, &sealed, "12345", now_ms).expect("read"), None);
    let error = both.step_of(Uuid::now_v7(), &id, &sealed, &code, now_ms).expect_err("another account's");
    assert_eq!(error.0.status, 503);
    let error = keys(folder.path(), &["k2"]).expect("good keys").step_of(user, &id, &sealed, &code, now_ms);
    assert_eq!(error.expect_err("no key").0.kind, "tracelight:totp_key_missing");
    let error = TotpKeys::default().offer(user, "x").map(|_| ()).expect_err("no key at all");
    assert!(error.0.detail.expect("a way out").contains("[[accounts.totp_keys]]"));

    std::fs::write(folder.path().join("k3.key"), "not a key").expect("a scratch file");
    let faults = keys(folder.path(), &["k1", "k1", "k3"]).expect_err("two faults");
    assert_eq!(faults.len(), 2, "{faults:?}");
}

#[test]
fn m12_what_people_type_is_read_with_spaces_and_hyphens() {
    let (told, kept) = recovery_codes().expect("randomness");
    assert_eq!((told.len(), kept.len()), (RECOVERY_CODES, RECOVERY_CODES));
    for (code, hash) in told.iter().zip(&kept) {
        assert_eq!(code.len(), 19, "{code}");
        assert!(parse_code(code) == Some(Code::Recovery(*hash)));
        assert!(parse_code(&code.to_lowercase().replace('-', " ")) == Some(Code::Recovery(*hash)));
    }
    assert!(parse_code(" 123 456 ") == Some(Code::Digits("123456".to_owned())));
    for nothing in ["", "12345", "1234567", "ABCD-EFGH-IJKL", "12345x", &"A".repeat(65)] {
        assert!(parse_code(nothing).is_none(), "{nothing}");
    }
}
