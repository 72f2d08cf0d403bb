//! The inline style sheet of a page: the parts that it uses, minified once.
//!
//! ```text
//! file:   text before the first marker (dropped) | part*
//! part:   "/*@ name */" rules
//! page:   tokens `base`, tokens of its fields, scan parts, in the order asked for
//! ```
//!
//! The minifier knows only our own two files: no `url()`, no strings with braces, no `calc()`, no nested comments.

use std::sync::OnceLock;

const TOKENS: &str = include_str!("../tokens.css");
const RULES: &str = include_str!("scan.css");

/// Parts a page can ask for. The value of [`Part::name`] is the marker in the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A field's colours, by role class.
    Field(&'static str),
    /// The strip under the field.
    Strip,
    /// A field without a strip.
    Plain,
    /// The hazard tape.
    Tape,
    /// Buttons.
    Button,
    /// A drawing without a filled shape.
    Outline,
    /// The lens.
    Lens,
    /// Numbered dots.
    Dot,
    /// Numbered steps.
    Steps,
    /// The journey.
    Journey,
    /// A withdrawn step of a journey.
    Gone,
    /// A recalled step of a journey.
    Back,
    /// The record.
    Record,
    /// The result of the device's check.
    Proof,
    /// A disclosure.
    Open,
    /// Centred text.
    Middle,
    /// Space inside a form that stands in a card.
    Gap,
    /// The list of an outage.
    Until,
    /// The picture of the camera.
    Camera,
    /// Text fields.
    Form,
    /// The report form.
    Report,
    /// The drawing of two places.
    Fast,
    /// The list of links.
    Links,
}

impl Part {
    /// The marker's name.
    const fn name(self) -> &'static str {
        match self {
            Self::Field(class) => class,
            Self::Strip => "strip",
            Self::Plain => "plain",
            Self::Tape => "tape",
            Self::Button => "button",
            Self::Outline => "outline",
            Self::Lens => "lens",
            Self::Dot => "dot",
            Self::Steps => "steps",
            Self::Journey => "journey",
            Self::Gone => "gone",
            Self::Back => "back",
            Self::Record => "record",
            Self::Proof => "proof",
            Self::Open => "open",
            Self::Middle => "middle",
            Self::Gap => "gap",
            Self::Until => "until",
            Self::Camera => "camera",
            Self::Form => "form",
            Self::Report => "report",
            Self::Fast => "fast",
            Self::Links => "links",
        }
    }
}

/// The style sheet for these parts, each once, after the tokens and the rules of every page (header, field, cards, footer).
pub fn style_sheet(parts: &[Part]) -> String {
    let (tokens, rules) = sheets();
    let mut out = String::with_capacity(4096);
    out.push_str(part_of(tokens, "base"));
    out.push_str(part_of(rules, "base"));
    out.push_str(&parts_alone(parts));
    out
}

/// The rules of these parts, each once, for a page that has the rest already.
pub fn parts_alone(parts: &[Part]) -> String {
    let (tokens, rules) = sheets();
    let mut out = String::with_capacity(2048);
    let mut seen: Vec<&str> = Vec::new();
    for part in parts {
        if !seen.contains(&part.name()) {
            seen.push(part.name());
            out.push_str(part_of(if matches!(part, Part::Field(_)) { tokens } else { rules }, part.name()));
        }
    }
    out
}

type Sheet = Vec<(&'static str, String)>;

fn part_of<'a>(sheet: &'a Sheet, name: &str) -> &'a str {
    sheet.iter().find(|(known, _)| *known == name).map_or("", |(_, css)| css.as_str())
}

fn sheets() -> &'static (Sheet, Sheet) {
    static SHEETS: OnceLock<(Sheet, Sheet)> = OnceLock::new();
    SHEETS.get_or_init(|| (split(TOKENS), split(RULES)))
}

/// The parts of a file. Names of colours that stand in every page are cut short.
fn split(file: &'static str) -> Sheet {
    file.split("/*@ ")
        .skip(1)
        .filter_map(|part| part.split_once(" */"))
        .map(|(name, css)| {
            (name, minify(css).replace("--on-accent", "--on").replace("--accent", "--a").replace("--line", "--l"))
        })
        .collect()
}

/// Drops comments, and spaces that no rule of ours needs.
fn minify(css: &str) -> String {
    let mut bare = String::with_capacity(css.len());
    for (index, piece) in css.split("/*").enumerate() {
        bare.push_str(if index == 0 { piece } else { piece.split_once("*/").map_or("", |(_, tail)| tail) });
    }
    let mut out = String::with_capacity(bare.len());
    for c in bare.chars() {
        let c = if c.is_whitespace() { ' ' } else { c };
        let after_break = out.ends_with(['{', '}', ';', ':', ',', '>', '+', '~', ' ']) || out.is_empty();
        if c == ' ' && after_break {
            continue;
        }
        if matches!(c, '{' | '}' | ';' | ',' | '>' | '+' | '~') && out.ends_with(' ') {
            out.pop();
        }
        if c == '}' && out.ends_with(';') {
            out.pop();
        }
        out.push(c);
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minify_keeps_meaning() {
        assert_eq!(
            minify(" a , b > c { x: 1px 2px; y: z; } /* n */ .v :hover { q: 0 }"),
            "a,b>c{x:1px 2px;y:z}.v :hover{q:0}"
        );
        assert_eq!(minify(".a > * + * { b: c }"), ".a>*+*{b:c}");
        assert_eq!(minify("@media (min-width: 60rem) { .a { b: c } }"), "@media (min-width:60rem){.a{b:c}}");
    }

    #[test]
    fn every_part_has_rules() {
        let (tokens, rules) = sheets();
        for class in ["active", "ask", "warn", "stop", "none", "out", "paper"] {
            assert!(!part_of(tokens, class).is_empty(), "{class}");
        }
        for part in [
            Part::Outline,
            Part::Gone,
            Part::Back,
            Part::Open,
            Part::Middle,
            Part::Gap,
            Part::Strip,
            Part::Tape,
            Part::Button,
            Part::Lens,
            Part::Dot,
            Part::Steps,
            Part::Journey,
            Part::Record,
            Part::Proof,
            Part::Until,
            Part::Camera,
            Part::Form,
            Part::Report,
            Part::Fast,
            Part::Links,
        ] {
            assert!(!part_of(rules, part.name()).is_empty(), "{part:?}");
        }
    }
}
