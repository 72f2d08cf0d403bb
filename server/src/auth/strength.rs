//! Is a new password one that others would guess? At least [`PASSWORD_CHARS_MIN`] characters, and [`LEFT_MIN`] of them have to
//! be left when everything is taken out that a guesser tries first:
//!
//! ```text
//! folded        capitals, and the usual digits for letters (0 o, 1 i, 3 e, 4 a, 5 s, 7 t, @ a, $ s)
//! taken out     common words and names of keys in a row, the account's own name and this product's, years
//! taken out     runs of three and more: the same character again, one up, one down (aaaa, 1234, dcba), but for the first of each
//! ```
//! Whatever is left is counted, each character once: `aZ-aZ-aZ-aZ-` has three.

use crate::http::{ApiError, ApiResult};
use std::collections::BTreeSet;
use tracelight_api::rest::account::PASSWORD_CHARS_MIN;

use super::PASSWORD_BYTES_MAX;

/// Different characters that have to be left.
const LEFT_MIN: usize = 6;
/// Characters of a run. Shorter ones stand in every word.
const RUN_MIN: usize = 3;
/// Characters of a user's name that are looked for in the password.
const NAME_CHARS_MIN: usize = 3;

/// Parts of the passwords that stand on top of every list of leaked ones, folded; longer ones before what they contain.
const COMMON: &[&str] = &[
    "qwertyuiop",
    "asdfghjkl",
    "administrator",
    "trustnoi",
    "tracelight",
    "woainima",
    "password",
    "passwort",
    "letmein",
    "welcome",
    "iloveyou",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "starwars",
    "zaqixsw",
    "iqazxsw",
    "qazwsx",
    "iqaz",
    "computer",
    "changeme",
    "whatever",
    "zxcvbnm",
    "qwertz",
    "qwerty",
    "azerty",
    "asdfgh",
    "zxcvbn",
    "monkey",
    "dragon",
    "master",
    "shadow",
    "michael",
    "jordan",
    "summer",
    "winter",
    "spring",
    "autumn",
    "secret",
    "wodemima",
    "woaini",
    "mima",
    "admin",
    "login",
    "guest",
    "hello",
    "passw",
    "asdf",
    "qwer",
    "zxcv",
    "test",
    "demo",
    "user",
    "root",
    "pass",
];

/// Checks a new password.
///
/// # Errors
/// 400 naming `field`, what is wrong, and what would be right.
pub fn must_be_strong(field: &str, password: &str, user: &str) -> ApiResult<()> {
    let chars = password.chars().count();
    if chars < PASSWORD_CHARS_MIN {
        let detail = format!("{chars} characters, expected at least {PASSWORD_CHARS_MIN}");
        return Err(wrong("password_short", field, detail));
    }
    if password.len() > PASSWORD_BYTES_MAX {
        let detail = format!("{} bytes, expected at most {PASSWORD_BYTES_MAX}", password.len());
        return Err(ApiError::invalid(field, detail));
    }
    if left(password, user) < LEFT_MIN {
        let detail = "it is too easy to guess: common words, your name, years and characters in a row do not count. \
                      Four words that do not belong together are good";
        return Err(wrong("password_common", field, detail));
    }
    Ok(())
}

fn wrong(name: &str, field: &str, detail: impl Into<String>) -> ApiError {
    let title = "the new password is too weak";
    ApiError::new(axum::http::StatusCode::BAD_REQUEST, name, title).field(field).detail(detail)
}

fn folded(text: &str) -> String {
    let fold = |character: char| match character {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    text.to_lowercase().chars().map(fold).collect()
}

/// How many different characters are worth something.
fn left(password: &str, user: &str) -> usize {
    // Runs and years are looked for before digits become letters.
    let mut rest = password.to_lowercase();
    for year in 1950..2060 {
        rest = rest.replace(&year.to_string(), " ");
    }
    let mut rest = folded(&without_runs(&rest));
    let name = folded(user);
    if name.chars().count() >= NAME_CHARS_MIN {
        rest = rest.replace(&name, " ");
    }
    for word in COMMON {
        rest = rest.replace(word, " ");
    }
    let worth = |character: &char| !character.is_whitespace();
    rest.chars().filter(worth).collect::<BTreeSet<char>>().len()
}

/// The text with the first character of each run in the place of the run.
fn without_runs(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut rest = chars.as_slice();
    while let [first, ..] = rest {
        out.push(*first);
        let run = [-1, 0, 1].into_iter().map(|step| run_of(rest, step)).max().unwrap_or(1);
        let taken = if run >= RUN_MIN { run } else { 1 };
        rest = rest.get(taken..).unwrap_or_default();
    }
    out
}

/// How many characters at the beginning follow each other by this step.
fn run_of(chars: &[char], step: i64) -> usize {
    let follows = |(one, next): &(&char, &char)| i64::from(u32::from(**next)) - i64::from(u32::from(**one)) == step;
    1 + chars.iter().zip(chars.iter().skip(1)).take_while(follows).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m12_a_password_that_others_would_guess_is_refused_with_its_reason() {
        let name = |password: &str| must_be_strong("new", password, "maker").err().map(|error| error.0.kind.clone());
        for weak in [
            "password1234",
            "P@ssw0rd2024!",
            "123456789012",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "qwertyuiop12",
            "tracelight-demo-2026",
            "Makermaker-2026",
            "Admin-Login-Test",
            "iloveyou123456",
            "000000000000",
        ] {
            assert_eq!(name(weak).as_deref(), Some("tracelight:password_common"), "{weak}");
        }
        assert_eq!(name("aB3-xyz").as_deref(), Some("tracelight:password_short"));
        assert_eq!(name(&"ä".repeat(129)).as_deref(), Some("tracelight:invalid_field"));
        for good in ["correct horse battery", "winter barge melon 1987 tuk", "纸鸢飞过旧城墙看见海浪吧", "vK4#tqLw9z!P"]
        {
            assert_eq!(name(good), None, "{good}");
        }
    }
}
