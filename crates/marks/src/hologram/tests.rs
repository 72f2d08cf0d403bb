use super::*;
use proptest::prelude::*;

fn question(name: &str, points: u8, right: u8) -> Question {
    let options = ["red", "green", "dark"].map(str::to_owned).to_vec();
    Question { name: name.to_owned(), points, options, right }
}

/// Ten points: tilt 5, edge 3, text 2. Seven are enough.
fn questionnaire() -> Questionnaire {
    let questions = vec![question("tilt", 5, 0), question("edge", 3, 1), question("text", 2, 2)];
    Questionnaire::new(questions, 7).expect("a questionnaire")
}

fn item() -> Item {
    Item::parse("A").expect("a name")
}

fn enrolled() -> Enrolment {
    let reference = Fields::new().with("questionnaire", questionnaire().to_bytes()).expect("a field");
    HologramQuestions.enrol(&item(), &reference, &[0; 32]).expect("enrolled")
}

fn answered(answers: &[(&str, &str)]) -> Outcome {
    let evidence =
        answers.iter().try_fold(Fields::new(), |fields, (name, option)| fields.with(&format!("a.{name}"), *option));
    let context = Context { item: &item(), now_ms: 0 };
    let reading = HologramQuestions.read(&enrolled(), &evidence.expect("fields"), context);
    reading.map_or_else(|outcome| outcome, |reading| reading.finding)
}

#[test]
fn points_decide() {
    for (answers, verdict, reason, points) in [
        (
            [("tilt", "red"), ("edge", "green"), ("text", "dark")].as_slice(),
            Verdict::Genuine,
            reasons::HOLOGRAM_FITS,
            Some(10),
        ),
        (&[("tilt", "red"), ("edge", "dark"), ("text", "dark")], Verdict::Genuine, reasons::HOLOGRAM_FITS, Some(7)),
        // Six could still become enough, had the third question been answered.
        (&[("tilt", "red"), ("edge", "dark")], Verdict::Inconclusive, reasons::HOLOGRAM_UNANSWERED, None),
        (&[], Verdict::Inconclusive, reasons::HOLOGRAM_UNANSWERED, None),
        (&[("tilt", "dark")], Verdict::Suspect, reasons::HOLOGRAM_DIFFERS, Some(0)),
        (&[("tilt", "red"), ("edge", "dark"), ("text", "red")], Verdict::Suspect, reasons::HOLOGRAM_DIFFERS, Some(5)),
        (&[("tilt", "violet")], Verdict::Inconclusive, reasons::EVIDENCE_UNREADABLE, None),
    ] {
        let outcome = answered(answers);
        let found = &outcome.reasons()[0];
        assert_eq!((outcome.verdict(), &found.id, found.number), (verdict, &reason, points), "{answers:?}");
    }
}

#[test]
fn all_right_is_weak_and_all_wrong_is_no_accusation() {
    let best = answered(&[("tilt", "red"), ("edge", "green"), ("text", "dark")]);
    assert!(best.confidence() <= Confidence::percent(30));
    assert_eq!((HologramQuestions.resistance(), best.freshness()), (Resistance::Low, crate::Freshness::None));
    let worst = answered(&[("tilt", "dark"), ("edge", "red"), ("text", "red")]);
    assert_eq!(worst.verdict(), Verdict::Suspect);
}

#[test]
fn what_cannot_be_a_questionnaire() {
    let good = || vec![question("tilt", 5, 0), question("edge", 5, 1)];
    let edit = |change: fn(&mut Question)| {
        let mut questions = good();
        questions.iter_mut().take(1).for_each(change);
        Questionnaire::new(questions, 10)
    };
    assert!(Questionnaire::new(good(), 10).is_ok());
    assert!(Questionnaire::new(good(), 6).is_ok(), "just above half");
    assert!(Questionnaire::new(good(), 5).is_err(), "half is what guessing may reach");
    assert!(Questionnaire::new(good(), 11).is_err(), "nobody can pass");
    assert!(Questionnaire::new(vec![question("tilt", 5, 0)], 5).is_err(), "one question");
    assert!(Questionnaire::new((0..13).map(|n| question(&format!("q{n}"), 1, 0)).collect(), 13).is_err());
    assert!(edit(|question| question.name = "edge".into()).is_err(), "a name twice");
    assert!(edit(|question| question.name = "Tilt".into()).is_err());
    assert!(edit(|question| question.options = vec!["red".into()]).is_err(), "no choice");
    assert!(edit(|question| question.options = vec!["red".into(), "red".into()]).is_err());
    assert!(edit(|question| question.options = (0..9).map(|n| format!("o{n}")).collect()).is_err());
    assert!(edit(|question| question.right = 3).is_err(), "no such option");
    assert!(edit(|question| question.points = 0).is_err());
}

#[test]
fn its_bytes_are_frozen() {
    let bytes = questionnaire().to_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let options = "0303726564 05677265656e 046461726b".replace(' ', "");
    let wanted =
        format!("01000703 0474696c74 0500{options} 0465646765 0301{options} 0474657874 0202{options}").replace(' ', "");
    assert_eq!(hex, wanted);
    assert_eq!(Questionnaire::parse(&bytes), Ok(questionnaire()));
    for length in 0..bytes.len() {
        assert!(Questionnaire::parse(&bytes[..length]).is_err(), "cut at {length}");
    }
    assert!(Questionnaire::parse(&[bytes, vec![0]].concat()).is_err());
}

#[test]
fn an_enrolment_that_holds_none_is_not_read() {
    for (algorithm, body) in [(1, vec![]), (1, vec![1, 0, 0, 0]), (2, questionnaire().to_bytes())] {
        let enrolment = Enrolment::new(KIND, algorithm, None, body).expect("short");
        let outcome = HologramQuestions.read(&enrolment, &Fields::new(), Context { item: &item(), now_ms: 0 });
        assert_eq!(outcome, Err(Outcome::inconclusive(reasons::ENROLMENT_UNREADABLE)));
    }
}

proptest! {
    #[test]
    fn whatever_is_answered_it_is_at_most_weak_and_never_counterfeit(
        answers in proptest::collection::btree_map("tilt|edge|text|other", "red|green|dark|x", 0..4),
    ) {
        let answers: Vec<(&str, &str)> = answers.iter().map(|(q, o)| (q.as_str(), o.as_str())).collect();
        let outcome = answered(&answers);
        prop_assert_ne!(outcome.verdict(), Verdict::Counterfeit);
        if outcome.verdict() == Verdict::Genuine {
            prop_assert!(outcome.confidence() <= Confidence::percent(30));
        }
    }

    #[test]
    fn bytes_that_are_read_are_written_again(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let mut bytes = bytes;
        bytes.insert(0, VERSION);
        if let Ok(read) = Questionnaire::parse(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }
}
