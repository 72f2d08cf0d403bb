//! The phone's checker: one function around [`tracelight_proof::bundle::verify`], the same code that `tracelight verify`
//! runs natively. It is loaded by the scan page on tap and trusts one thing: the genesis hash that the page pins.

use tracelight_domain::gs1::{Gtin, Lot, Serial};
use tracelight_domain::ids::{ChainId, UnitId};
use tracelight_proof::bundle::{Bundle, FRESH_MS_MAX, Part, Pin, Verified, verify};
use wasm_bindgen::prelude::wasm_bindgen;

/// Checks a bundle. `anchor` is the alliance's genesis with the changes of its validators, from anywhere, for a bundle that
/// leaves it out; empty for one that carries it. `code` is the pack's Digital Link path, `/01/{gtin}[/10/{lot}]/21/{serial}`, percent-encoded as in
/// the address bar; `now_ms` is the phone's clock.
///
/// Returns JSON: `{"ok":true,"facts":{…}}` or `{"ok":false,"part":"…","message":"…"}` with a part of
/// [`tracelight_proof::bundle::Part`].
#[wasm_bindgen]
#[must_use]
pub fn verify_bundle(bundle: &[u8], anchor: &[u8], genesis_hash_hex: &str, code: &str, now_ms: f64) -> String {
    match check(bundle, anchor, genesis_hash_hex, code, now_ms) {
        Ok(verified) => facts(&verified),
        Err((part, message)) => {
            format!(r#"{{"ok":false,"part":{},"message":{}}}"#, json_text(part.name()), json_text(&message))
        }
    }
}

/// What a bundle says of itself, **not checked**: `{"code":"/01/…/10/…/21/…","time_ms":…}`, for [`verify_bundle`] as of that time; empty when it
/// is no bundle.
#[wasm_bindgen]
#[must_use]
pub fn claims(bundle: &[u8]) -> String {
    let Ok(bundle) = Bundle::decode(bundle) else { return String::new() };
    let (unit, lot) = (&bundle.touch.unit, &bundle.touch.lot);
    let code =
        format!("/01/{}/10/{}/21/{}", unit.gtin, percent_encode(lot.as_str()), percent_encode(unit.serial.as_str()));
    format!(r#"{{"code":{},"time_ms":{}}}"#, json_text(&code), bundle.header.time_ms)
}

/// All but unreserved characters (RFC 3986 section 2.3).
fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn check(
    bundle: &[u8],
    anchor: &[u8],
    genesis_hash_hex: &str,
    code: &str,
    now_ms: f64,
) -> Result<Verified, (Part, String)> {
    let chain = ChainId::parse_hex(genesis_hash_hex)
        .ok_or_else(|| (Part::Genesis, "the page pins no genesis hash".to_owned()))?;
    let (unit, lot) = parse_code(code).ok_or_else(|| (Part::Subject, "the page names no code".to_owned()))?;
    let now_ms = if now_ms.is_finite() && now_ms > 0.0 { now_ms as u64 } else { 0 };
    let anchor = (!anchor.is_empty()).then_some(anchor);
    let pin = Pin { chain, anchor, unit: &unit, lot: lot.as_ref(), now_ms, fresh_ms_max: FRESH_MS_MAX };
    verify(bundle, &pin).map_err(|fault| (fault.part, fault.message))
}

/// Reads the three ids out of a Digital Link path. The whole Digital Link grammar would weigh more than the checker.
fn parse_code(code: &str) -> Option<(UnitId, Option<Lot>)> {
    let path = code.split(['?', '#']).next()?;
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let (gtin, lot, serial) = match parts.as_slice() {
        ["01", gtin, "10", lot, "21", serial] => (gtin, Some(lot), serial),
        ["01", gtin, "21", serial] => (gtin, None, serial),
        _ => return None,
    };
    let lot = match lot {
        Some(lot) => Some(Lot::parse(&percent_decode(lot)?).ok()?),
        None => None,
    };
    let unit = UnitId { gtin: Gtin::parse(gtin).ok()?, serial: Serial::parse(&percent_decode(serial)?).ok()? };
    Some((unit, lot))
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        out.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
    }
    String::from_utf8(out).ok()
}

fn facts(verified: &Verified) -> String {
    let custodian = verified.custodian.and_then(|gln| verified.genesis.member(gln));
    format!(
        r#"{{"ok":true,"facts":{{"height":{},"as_of_ms":{},"members_signed":{},"members":{},"steps":{},"witnesses":{},"witnesses_of":{},"recalled":{},"events":{},"unit":{},"expires_on":{},"made_on":{},"maker":{},"custodian":{}}}}}"#,
        verified.height,
        verified.as_of_ms,
        verified.signers.len(),
        verified.validators,
        verified.steps,
        verified.witnesses.len(),
        verified.genesis.witnesses.len(),
        verified.recalled.is_some(),
        verified.journey.len(),
        json_text(&format!("{:?}", verified.unit).to_lowercase()),
        json_text(&verified.expires_on.to_string()),
        json_text(&verified.made_on.to_string()),
        json_text(verified.genesis.member(verified.maker).map_or("", |member| &member.name_en)),
        json_text(custodian.map_or("", |member| &member.name_en)),
    )
}

/// A JSON string (RFC 8259 section 7).
fn json_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_from_its_path() {
        let (unit, lot) = parse_code("/01/09506000134352/10/A%2FB/21/7F3K%20X")
            .map_or_else(|| (None, None), |(unit, lot)| (Some(unit), lot));
        // A blank is not in GS1 character set 82, so the code is refused whole.
        assert_eq!((unit, lot), (None, None));
        let (unit, lot) = parse_code("/01/09506000134352/10/A%2FB/21/7F3K?17=271031").expect("a good path");
        assert_eq!(unit.serial.as_str(), "7F3K");
        assert_eq!(lot.expect("a lot").as_str(), "A/B");
        for bad in ["", "/01/0950600013435/21/A", "/01/09506000134352/21/%zz", "/01/09506000134352/21/%2", "/00/1"] {
            assert!(parse_code(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_is_encoded_is_read_back_and_noise_claims_nothing() {
        let text = "A/B-1%x\"&+_";
        assert_eq!(percent_decode(&percent_encode(text)).as_deref(), Some(text));
        assert_eq!(claims(&[1, 2, 3]), "");
        assert_eq!(claims(&[]), "");
    }

    #[test]
    fn strange_bytes_get_a_named_part_and_valid_json() {
        let hash = "00".repeat(32);
        for (hash, code, part) in [
            ("zz", "/01/09506000134352/21/A", "genesis"),
            (hash.as_str(), "nonsense", "subject"),
            (hash.as_str(), "/01/09506000134352/21/A", "format"),
        ] {
            let answer = verify_bundle(&[1, 2, 3], &[], hash, code, f64::NAN);
            assert!(answer.starts_with(&format!(r#"{{"ok":false,"part":"{part}""#)), "{answer}");
        }
        assert_eq!(json_text("a\"\\\u{1}"), "\"a\\\"\\\\\\u0001\"");
    }
}
