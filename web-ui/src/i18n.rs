//! Languages and texts of everything that people read: zh-CN and English.
//!
//! A text lives in a *catalogue*: a struct with one `&'static str` per key, declared with [`catalogue!`], which takes
//! both languages side by side. A key without its second language does not match the macro, and a key that a page uses
//! but no catalogue declares is an unknown field: in both cases the build fails. The reasons for this form are in
//! `docs/adr/0004-text-catalogue.md`.
//!
//! ```text
//! text:         plain characters and placeholders `{name}`, never HTML
//! placeholder:  ASCII letters and `_`; both languages of a key use the same set (a test compares them)
//! ```

/// A language of the pages. There are exactly two; a third is a design change because every catalogue has to grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lang {
    /// Chinese as written in mainland China.
    Zh,
    /// English.
    En,
}

/// Parts of an `Accept-Language` header that are read; the rest is ignored. Browsers send fewer than ten.
const ACCEPT_PARTS_MAX: usize = 32;

impl Lang {
    /// Both languages, in the order of the switch.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// BCP 47 tag for `lang` attributes.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The other language, which the switch names.
    pub const fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    /// The language's name in itself, as on the switch.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Zh => "中文",
            Self::En => "English",
        }
    }

    /// Reads a language tag or cookie value: the primary subtag decides (`zh`, `zh-TW`, `en-GB`).
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("zh") {
            Some(Self::Zh)
        } else if primary.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }

    /// Chooses from an `Accept-Language` header value. The highest weight wins, the first of equals. A reader who
    /// names neither language gets English; no header, or an empty one, gets Chinese (the home market).
    pub fn negotiate(accept_language: Option<&str>) -> Self {
        let Some(header) = accept_language.map(str::trim).filter(|h| !h.is_empty()) else {
            return Self::Zh;
        };
        let mut best: Option<(Self, u16)> = None;
        for part in header.split(',').take(ACCEPT_PARTS_MAX) {
            let mut pieces = part.split(';');
            let Some(lang) = pieces.next().and_then(Self::from_tag) else {
                continue;
            };
            let weight = pieces.find_map(weight_of).unwrap_or(1000);
            if weight > 0 && best.is_none_or(|(_, held)| weight > held) {
                best = Some((lang, weight));
            }
        }
        best.map_or(Self::En, |(lang, _)| lang)
    }
}

/// Reads ` q=0.8` as thousandths. A weight that is no number counts as 0: the part is then not chosen.
fn weight_of(piece: &str) -> Option<u16> {
    let value = piece.trim().strip_prefix("q=")?;
    let weight: f32 = value.parse().unwrap_or(0.0);
    // Finite and within 0..=1 after the clamp, so the cast keeps the value.
    Some((weight.clamp(0.0, 1.0) * 1000.0) as u16)
}

/// Puts values into a text. Each `{name}` is replaced once; a value is never searched for placeholders, so that a
/// stranger's text cannot pull in another value. A name that is not given stays as it is written.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let named = after.split_once('}').and_then(|(name, tail)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((*value, tail))
        });
        if let Some((value, tail)) = named {
            out.push_str(value);
            rest = tail;
        } else {
            out.push('{');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// The names of the placeholders in a text, sorted, each once.
pub fn placeholders(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> =
        text.split('{').skip(1).filter_map(|tail| tail.split_once('}').map(|(name, _)| name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// True for the ideographs and full-width forms that only a Chinese run holds.
pub fn is_cjk(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFF}')
}

/// The `lang` that a run of foreign data needs on a page of language `page`: `None` when it is the page's own.
/// Data carry no language of their own (a product name is what the maker registered), so the script decides.
pub fn run_lang(text: &str, page: Lang) -> Option<&'static str> {
    let chinese = text.chars().any(is_cjk);
    let latin_words = text.split(|c: char| !c.is_ascii_alphabetic()).any(|word| word.len() >= 3);
    match page {
        Lang::En if chinese => Some(Lang::Zh.tag()),
        Lang::Zh if !chinese && latin_words => Some(Lang::En.tag()),
        Lang::En | Lang::Zh => None,
    }
}

/// Declares a catalogue: a struct of texts, its two languages, and a list of all entries for tests.
///
/// ```text
/// catalogue! {
///     /// Texts of one page.
///     pub struct PageTexts {
///         title { zh: "登记信息", en: "On record" }
///     }
/// }
/// let t = PageTexts::of(Lang::En);
/// ```
#[macro_export]
macro_rules! catalogue {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($key:ident { zh: $zh:literal, en: $en:literal })* }) => {
        $(#[$meta])*
        #[derive(Debug)]
        $vis struct $name { $(
            #[doc = $en]
            pub $key: &'static str,
        )* }

        impl $name {
            const ZH: Self = Self { $($key: $zh,)* };
            const EN: Self = Self { $($key: $en,)* };

            /// Key, Chinese, English of every text, for the tests that compare the languages.
            pub const ENTRIES: &'static [(&'static str, &'static str, &'static str)] =
                &[$((stringify!($key), $zh, $en),)*];

            /// The texts in one language.
            pub const fn of(lang: $crate::i18n::Lang) -> &'static Self {
                match lang {
                    $crate::i18n::Lang::Zh => &Self::ZH,
                    $crate::i18n::Lang::En => &Self::EN,
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c17_accept_language_is_weighed() {
        for (header, want) in [
            (None, Lang::Zh),
            (Some(""), Lang::Zh),
            (Some("en-GB,en;q=0.9"), Lang::En),
            (Some("zh-CN,zh;q=0.9,en;q=0.8"), Lang::Zh),
            (Some("fr-FR, en;q=0.3, zh-TW;q=0.7"), Lang::Zh),
            (Some("zh;q=0, en;q=0.1"), Lang::En),
            (Some("fr"), Lang::En),
            (Some("zh;q=NaN, en;q=x, zh;q=0.2"), Lang::Zh),
            (Some(",,;;q=,"), Lang::En),
        ] {
            assert_eq!(Lang::negotiate(header), want, "{header:?}");
        }
    }

    #[test]
    fn fill_replaces_each_name_once_and_never_searches_a_value() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "2")]), "{b} and 2");
        assert_eq!(fill("{x} {", &[("a", "1")]), "{x} {");
        assert_eq!(fill("{{a}}", &[("a", "1")]), "{1}");
    }

    #[test]
    fn foreign_runs_are_named() {
        assert_eq!(run_lang("国药准字 H20260000", Lang::En), Some("zh-CN"));
        assert_eq!(run_lang("Paracetamol", Lang::Zh), Some("en"));
        assert_eq!(run_lang("100 ml", Lang::Zh), None);
        assert_eq!(run_lang("Qinhe Pharma", Lang::En), None);
    }
}
