//! `hologram.questions`: a person looks at the hologram and answers what they see.
//!
//! ```text
//! reference   questionnaire   the bytes of a Questionnaire
//! evidence    a.{question}    the chosen option; a question that is left out is not answered
//! body        the same bytes: they hold the right answers, and go to no page as they are
//!
//! questionnaire = version u8 = 1 | threshold u16 | count u8 | question*
//! question      = name text | points u8 | right u8 | count u8 | option text*        text = u8 length, bytes
//! ```
//! Names of questions and options are keys of the product's own texts and pictures; which option is shown first is the
//! page's to shuffle.
//!
//! | points | outcome |
//! |---|---|
//! | right answers reach the threshold | Genuine, weak, never fresh |
//! | with the questions that were left out they still could | Inconclusive: look again |
//! | they cannot | Suspect |
//!
//! **What we decided, and why.** It is never Counterfeit: people misjudge light, angle and colour, and a wrong accusation of a
//! true pack is a harm too. It is never more than a weak Genuine: imitation holograms are sold by the roll and show what
//! shoppers look for, the questions of a product become known, and the answers prove nothing about who gave them. Its
//! resistance is low, so no policy makes "genuine" of it; its worth is that it *finds* crude copies.

use crate::bytes::{DecodeError, Reader, put_text};
use crate::check::{Check, Context, EnrolError, Item, Reading, Resistance};
use crate::enrolment::Enrolment;
use crate::fields::Fields;
use crate::names::Kind;
use crate::outcome::{Confidence, Outcome, Reason, Verdict};
use crate::reasons;

/// The kind.
pub const KIND: Kind = Kind::ours("hologram.questions");
const ALGORITHM: u16 = 1;
const VERSION: u8 = 1;
const WHAT: &str = "questionnaire";
/// Bytes of a questionnaire.
pub const QUESTIONNAIRE_BYTES_MAX: usize = 4 * 1024;
/// Questions, at least: one is a coin toss.
pub const QUESTIONS_MIN: usize = 2;
/// Questions, at most: nobody answers more.
pub const QUESTIONS_MAX: usize = 12;
/// Options of a question, at most.
pub const OPTIONS_MAX: usize = 8;
/// Bytes of the name of a question or an option.
const NAME_BYTES_MAX: usize = 32;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its name, for the field `a.{name}` and for its text.
    pub name: String,
    /// What a right answer is worth, at least 1.
    pub points: u8,
    /// The options, 2 to [`OPTIONS_MAX`], by name.
    pub options: Vec<String>,
    /// Which of them a genuine hologram shows.
    pub right: u8,
}

/// The questions of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Questionnaire {
    questions: Vec<Question>,
    threshold: u16,
}

impl Questionnaire {
    /// Puts questions together. The threshold is in points, above half of all and not above all.
    ///
    /// # Errors
    /// [`EnrolError::Value`] names what cannot be.
    pub fn new(questions: Vec<Question>, threshold: u16) -> Result<Self, EnrolError> {
        let value = |field, expected| Err(EnrolError::Value { field, expected });
        if !(QUESTIONS_MIN..=QUESTIONS_MAX).contains(&questions.len()) {
            return value("questions", "2 to 12");
        }
        let names: Vec<&str> = questions.iter().map(|question| question.name.as_str()).collect();
        if !are_names(&names) {
            return value("question", "a different name for each, of 1 to 32 of a-z, 0-9 and _");
        }
        for question in &questions {
            let options: Vec<&str> = question.options.iter().map(String::as_str).collect();
            if !(2..=OPTIONS_MAX).contains(&options.len()) || !are_names(&options) {
                return value("options", "2 to 8 different names of 1 to 32 of a-z, 0-9 and _");
            }
            if usize::from(question.right) >= options.len() {
                return value("right", "the place of one of the options");
            }
            if question.points == 0 {
                return value("points", "at least 1");
            }
        }
        let all: u16 = questions.iter().map(|question| u16::from(question.points)).sum();
        if threshold > all || u32::from(threshold) * 2 <= u32::from(all) {
            return value("threshold", "above half of all points, and at most all of them");
        }
        Ok(Self { questions, threshold })
    }

    /// The questions, with their right answers: not for a page.
    #[must_use]
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Counts are below 13 by `new`.
        let count = |length: usize| u8::try_from(length).unwrap_or(u8::MAX);
        let mut out = vec![VERSION];
        out.extend(self.threshold.to_be_bytes());
        out.push(count(self.questions.len()));
        for question in &self.questions {
            put_text(&mut out, &question.name);
            out.extend([question.points, question.right, count(question.options.len())]);
            question.options.iter().for_each(|option| put_text(&mut out, option));
        }
        out
    }

    /// Reads what [`Questionnaire::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(WHAT, bytes, QUESTIONNAIRE_BYTES_MAX)?;
        reader.version(VERSION)?;
        let threshold = reader.u16()?;
        let count = reader.byte()?;
        let questions = (0..count).map(|_| read_question(&mut reader)).collect::<Result<_, _>>()?;
        reader.end()?;
        let wrong = DecodeError::Value { what: WHAT, field: "questions" };
        Self::new(questions, threshold).map_err(|_| wrong)
    }
}

fn read_question(reader: &mut Reader<'_>) -> Result<Question, DecodeError> {
    let name = reader.text("name")?.to_owned();
    let (points, right, count) = (reader.byte()?, reader.byte()?, reader.byte()?);
    let options = (0..count).map(|_| reader.text("option").map(str::to_owned)).collect::<Result<_, _>>()?;
    Ok(Question { name, points, options, right })
}

fn are_names(names: &[&str]) -> bool {
    let form = |name: &str| {
        (1..=NAME_BYTES_MAX).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    names.iter().enumerate().all(|(index, name)| form(name) && !names.iter().skip(index + 1).any(|other| other == name))
}

/// The check. It has no keys.
#[derive(Clone, Copy, Debug, Default)]
pub struct HologramQuestions;

impl Check for HologramQuestions {
    fn kind(&self) -> Kind {
        KIND
    }

    fn resistance(&self) -> Resistance {
        Resistance::Low
    }

    fn enrol(&self, _: &Item, reference: &Fields, _: &[u8; 32]) -> Result<Enrolment, EnrolError> {
        let wrong =
            |_| EnrolError::Value { field: "questionnaire", expected: "a questionnaire in its canonical bytes" };
        let questionnaire = Questionnaire::parse(reference.bytes("questionnaire")?).map_err(wrong)?;
        Ok(Enrolment::new(KIND, ALGORITHM, None, questionnaire.to_bytes())?)
    }

    fn read(&self, enrolment: &Enrolment, evidence: &Fields, _: Context<'_>) -> Result<Reading, Outcome> {
        let unreadable = || Outcome::inconclusive(reasons::ENROLMENT_UNREADABLE);
        if enrolment.kind() != &KIND || enrolment.algorithm() != ALGORITHM {
            return Err(unreadable());
        }
        let questionnaire = Questionnaire::parse(enrolment.body()).map_err(|_| unreadable())?;
        let (mut earned, mut open) = (0u16, 0u16);
        for question in &questionnaire.questions {
            let answer = evidence.get(&format!("a.{}", question.name));
            let right = question.options.get(usize::from(question.right));
            match answer {
                None => open += u16::from(question.points),
                Some(given) if right.is_some_and(|right| right.as_bytes() == given) => {
                    earned += u16::from(question.points);
                }
                Some(given) if question.options.iter().any(|option| option.as_bytes() == given) => {}
                Some(_) => return Err(Outcome::inconclusive(reasons::EVIDENCE_UNREADABLE)),
            }
        }
        let points = |id| Reason { id, number: Some(u64::from(earned)) };
        let finding = if earned >= questionnaire.threshold {
            Outcome::new(Verdict::Genuine, Confidence::percent(30), points(reasons::HOLOGRAM_FITS))
        } else if earned + open >= questionnaire.threshold {
            Outcome::inconclusive(reasons::HOLOGRAM_UNANSWERED)
        } else {
            Outcome::new(Verdict::Suspect, Confidence::percent(60), points(reasons::HOLOGRAM_DIFFERS))
        };
        Ok(Reading::of(finding))
    }
}

#[cfg(test)]
mod tests;
