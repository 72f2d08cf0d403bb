//! Which requests are a person looking at a pack.
//!
//! * A GET or HEAD never counts: link previews, prefetching browsers and virus scanners open addresses too (trap 15).
//! * A POST from the page counts, unless it comes from a program that says that it is one.
//! * The same device counts once in [`WINDOW_MS`]; a page's token counts once for good,
//!   for each device.

/// The same device within this time is the same check.
pub const WINDOW_MS: u64 = 10 * 60 * 1000;

/// Parts of user agents of programs that open links by themselves, lower case.
const PROGRAMS: &[&str] = &[
    "bot",
    "crawl",
    "spider",
    "slurp",
    "preview",
    "facebookexternalhit",
    "whatsapp",
    "telegram",
    "discord",
    "embedly",
    "headless",
    "curl/",
    "wget/",
    "python-requests",
    "go-http-client",
    "java/",
    "okhttp",
    "scan/",
    "monitor",
    "validator",
];

/// Does the `User-Agent` belong to a program that opens links by itself? No user agent at all counts as one.
#[must_use]
pub fn is_program(user_agent: &str) -> bool {
    let lower = user_agent.to_ascii_lowercase();
    lower.is_empty() || PROGRAMS.iter().any(|name| lower.contains(name))
}

/// Is the request a guess of the browser that the person may come here?
#[must_use]
pub fn is_speculative(sec_purpose: Option<&str>, purpose: Option<&str>) -> bool {
    let says = |value: Option<&str>| {
        value.is_some_and(|value| {
            let lower = value.to_ascii_lowercase();
            lower.contains("prefetch") || lower.contains("prerender") || lower.contains("preview")
        })
    };
    says(sec_purpose) || says(purpose)
}

/// A check that was counted before, as far as the rules need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedCheck {
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// Hash of the device's cookie of that day, if it had one.
    pub device: Option<[u8; 32]>,
    /// Roughly where, as a cell of H3, if the person shared it.
    pub cell: Option<u64>,
    /// What the person answered.
    pub answer: Option<String>,
}

/// The checks that happened before this one: without this very device's own of the last minutes.
#[must_use]
pub fn earlier<'a>(checks: &'a [CountedCheck], device: Option<&[u8; 32]>, now_ms: u64) -> Vec<&'a CountedCheck> {
    checks.iter().filter(|check| !is_same(check, device, now_ms)).collect()
}

fn is_same(check: &CountedCheck, device: Option<&[u8; 32]>, now_ms: u64) -> bool {
    device.is_some() && check.device.as_ref() == device && now_ms.saturating_sub(check.at_ms) < WINDOW_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(at_ms: u64, device: Option<u8>) -> CountedCheck {
        CountedCheck { at_ms, device: device.map(|byte| [byte; 32]), cell: None, answer: None }
    }

    #[test]
    fn a_reload_is_not_an_earlier_check_and_another_device_is() {
        let checks = [check(0, Some(1)), check(1_000, Some(2)), check(2_000, None)];
        let now = WINDOW_MS - 1;
        assert_eq!(earlier(&checks, Some(&[1; 32]), now).len(), 2);
        assert_eq!(earlier(&checks, Some(&[1; 32]), WINDOW_MS).len(), 3, "the window is over");
        assert_eq!(earlier(&checks, None, now).len(), 3, "no cookie, no way to tell");
    }

    #[test]
    fn programs_say_so() {
        for agent in
            ["", "facebookexternalhit/1.1", "Mozilla/5.0 (compatible; Googlebot/2.1)", "curl/8.5.0", "WhatsApp/2"]
        {
            assert!(is_program(agent), "{agent}");
        }
        for agent in [
            "Mozilla/5.0 (iPhone; CPU iPhone OS 15_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.50",
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36 AlipayClient/10.5",
        ] {
            assert!(!is_program(agent), "{agent}");
        }
        assert!(is_speculative(Some("prefetch;prerender"), None));
        assert!(is_speculative(None, Some("preview")));
        assert!(!is_speculative(None, None));
    }
}
