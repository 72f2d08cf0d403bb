//! The questions about a hologram as people write them, and back.
//!
//! ```text
//! ? 转动时圆环怎样变色 | Which way does the ring change its colour    a question, in Chinese and in English
//! + 由金变绿 | From gold to green                                     the answer that a genuine one gives, once a question
//! - 不变 | Not at all                                                 another answer
//! ```
//! Empty lines stand for nothing. Every fault names its line.

use tracelight_api::rest::marks::{HologramOption, HologramQuestion};

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// It begins with none of `?`, `+` and `-`.
    Sign,
    /// No `|` between two texts.
    Languages,
    /// An answer before the first question.
    NoQuestion,
    /// A second right answer.
    TwoRight,
    /// A question without a right answer; the line is the question's.
    NoRight,
}

/// Reads the questions; a fault with its line, from 1.
///
/// # Errors
/// The first fault.
pub fn parse(text: &str) -> Result<Vec<HologramQuestion>, (usize, LineFault)> {
    let mut out: Vec<(usize, HologramQuestion, bool)> = Vec::new();
    for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())) {
        let Some(sign) = line.chars().next() else { continue };
        let rest = line.strip_prefix(['?', '？', '+', '＋', '-', '－']).ok_or((number, LineFault::Sign))?;
        let (zh, en) = rest.split_once(['|', '｜']).ok_or((number, LineFault::Languages))?;
        let (zh, en) = (zh.trim().to_owned(), en.trim().to_owned());
        if zh.is_empty() || en.is_empty() {
            return Err((number, LineFault::Languages));
        }
        if matches!(sign, '?' | '？') {
            out.push((number, HologramQuestion { zh, en, options: Vec::new(), right: 0 }, false));
            continue;
        }
        let Some((_, question, has_right)) = out.last_mut() else { return Err((number, LineFault::NoQuestion)) };
        if matches!(sign, '+' | '＋') {
            if *has_right {
                return Err((number, LineFault::TwoRight));
            }
            *has_right = true;
            question.right = u32::try_from(question.options.len()).unwrap_or(u32::MAX);
        }
        question.options.push(HologramOption { zh, en });
    }
    let done = |(number, question, has_right): (usize, HologramQuestion, bool)| {
        if has_right { Ok(question) } else { Err((number, LineFault::NoRight)) }
    };
    out.into_iter().map(done).collect()
}

/// The questions as [`parse`] reads them.
pub fn written(questions: &[HologramQuestion]) -> String {
    let mut out = String::new();
    for question in questions {
        out.push_str(&format!("? {} | {}\n", question.zh, question.en));
        for (place, option) in (0..).zip(&question.options) {
            let sign = if place == question.right { '+' } else { '-' };
            out.push_str(&format!("{sign} {} | {}\n", option.zh, option.en));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_and_faults_name_their_line() {
        let text = "? 颜色 | Colour\n+ 由金变绿 | Gold to green\n- 不变 | None\n? 边线 | Edge\n- 实线 | Plain\n+ 小字 | Letters\n";
        let questions = parse(text).expect("good");
        assert_eq!((questions[0].right, questions[1].right), (0, 1));
        assert_eq!(written(&questions), text);
        assert_eq!(parse("\n  ？甲｜A\n ＋乙｜B \n－丙｜C").expect("full width, too")[0].options.len(), 2);
        assert_eq!(parse(""), Ok(Vec::new()));
        for (text, fault) in [
            ("Colour", (1, LineFault::Sign)),
            ("? 颜色", (1, LineFault::Languages)),
            ("? 颜色 | ", (1, LineFault::Languages)),
            ("\n+ 甲 | A", (2, LineFault::NoQuestion)),
            ("? 甲 | A\n+ 乙 | B\n+ 丙 | C", (3, LineFault::TwoRight)),
            ("? 甲 | A\n- 乙 | B", (1, LineFault::NoRight)),
        ] {
            assert_eq!(parse(text), Err(fault), "{text}");
        }
    }
}
