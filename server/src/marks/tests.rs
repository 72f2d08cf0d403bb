use super::*;
use crate::config::{PepperConfig, ScoreServiceConfig, TagKeyConfig, TagsConfig};
use crate::testing::marks::{config, secret};
use tracelight_marks::pin;

fn faults(config: &MarksConfig) -> String {
    Marks::read(config).expect_err("it has faults").join("\n")
}

#[test]
fn keys_come_out_of_files() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut config = config(folder.path());
    let marks = Marks::read(&config).expect("good keys");
    assert!([pin::KIND, nfc::KIND].iter().all(|kind| marks.knows(kind)) && marks.tags().is_some());
    let all = "[Kind(hologram.questions), Kind(nfc.ntag424), Kind(pin.covered), Kind(rfid.tid)]";
    assert_eq!(format!("{marks:?}"), all, "no key is shown");
    config.tag_keys.clear();
    let marks = Marks::read(&config).expect("PINs alone");
    assert!(marks.knows(&pin::KIND) && !marks.knows(&nfc::KIND));
}

#[test]
fn every_fault_is_a_sentence_that_names_its_setting_and_no_key() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = |name: &str, text: &str| secret(folder.path(), name, text);
    let pepper = |id: &str, file| PepperConfig { id: id.to_owned(), file };
    let good = file("good", &"5a".repeat(32));
    let bad = MarksConfig {
        pin_peppers: vec![
            pepper("pins-1", good.clone()),
            pepper("pins-1", good),
            pepper("Pins", file("zero", &"00".repeat(32))),
            pepper("pins-2", file("short", "5a5a")),
            pepper("pins-3", folder.path().join("missing")),
            pepper("pins-4", file("long", &"5a".repeat(40))),
        ],
        tag_keys: vec![TagKeyConfig {
            id: "tags-1".to_owned(),
            meta_key_file: file("meta", &"00".repeat(16)),
            file_key_file: file("file", &"zz".repeat(16)),
            diversify_by: Some("3042F".to_owned()),
        }],
        tags: TagsConfig { tamper_at: Some(0), ..TagsConfig::default() },
        score_services: Vec::new(),
    };
    let faults = faults(&bad);
    for expected in [
        "marks.pin_peppers[1].id: `pins-1` stands twice",
        "marks.pin_peppers[2].id: `Pins`: a name is of lower-case segments",
        "marks.pin_peppers[2].file: the key is all zero",
        "marks.pin_peppers[3].file: `",
        "does not hold 64 hexadecimal digits",
        "marks.pin_peppers[4].file: ",
        "marks.pin_peppers[5].file: ",
        "marks.tag_keys[0].meta_key_file: the key is all zero",
        "marks.tag_keys[0].file_key_file: `",
        "marks.tag_keys[0].diversify_by: `3042F`",
        "marks.tags.tamper_at: needs layout",
    ] {
        assert!(faults.contains(expected), "`{expected}` in\n{faults}");
    }
    assert!(!faults.contains("5a5a") && !faults.contains("zzz"), "a key is never repeated: {faults}");
}

#[test]
fn an_empty_section_has_the_kinds_that_need_no_key_and_a_service_is_believed_by_its_key() {
    let marks = Marks::read(&MarksConfig::default()).expect("nothing is missing");
    assert_eq!(format!("{marks:?}"), "[Kind(hologram.questions), Kind(rfid.tid)]");
    let service = |id: &str, public: String| ScoreServiceConfig { id: id.to_owned(), public };
    let config = |score_services| MarksConfig { score_services, ..MarksConfig::default() };
    let one = config(vec![service("scores-1", "5a".repeat(32))]);
    assert!(Marks::read(&one).expect("a good key").knows(&tracelight_marks::score::KIND));
    let bad = config(vec![service("scores-1", "5a".repeat(31)), service("scores-1", "5b".repeat(32))]);
    let faults = faults(&bad);
    assert!(faults.contains("score_services[0].public: expected the 64"), "{faults}");
}
