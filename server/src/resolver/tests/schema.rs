//! GS1's JSON schema of linksets, as far as it goes: each keyword and each pattern that it has is known here, and one that it
//! does not have fails the test, so that a new edition is not passed by what it no longer says.

use serde_json::Value;
use tracelight_testkit::data::shared_data;

/// Faults of a document by GS1's schema; `None` without the shared data.
pub fn faults(document: &Value) -> Option<Vec<String>> {
    let path = shared_data("gs1-resolver/linkset/gs1-linkset-schema.json")?;
    let schema: Value = serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON");
    let mut faults = Vec::new();
    check(&schema, document, "$", &mut faults);
    Some(faults)
}

fn check(schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    for (keyword, rule) in schema.as_object().expect("a schema is an object") {
        let good = match keyword.as_str() {
            "$schema" | "@id" | "title" | "name" | "description" => true,
            "type" => match rule.as_str().expect("one type") {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "boolean" => value.is_boolean(),
                other => panic!("type {other} is new"),
            },
            "pattern" => matches(rule.as_str().expect("a pattern"), value.as_str().unwrap_or_default()),
            "required" => {
                rule.as_array().expect("names").iter().all(|name| value.get(name.as_str().expect("a name")).is_some())
            }
            "items" => {
                let items = value.as_array().into_iter().flatten().enumerate();
                items.for_each(|(index, item)| check(rule, item, &format!("{at}[{index}]"), faults));
                true
            }
            "properties" | "patternProperties" | "additionalProperties" => true,
            other => panic!("keyword {other} is new"),
        };
        if !good {
            faults.push(format!("{at}: {keyword} {rule} is not met by {value}"));
        }
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        let at = format!("{at}.{name}");
        let named = schema["properties"].get(name);
        let patterned = schema["patternProperties"].as_object().into_iter().flatten();
        let found: Vec<&Value> =
            named.into_iter().chain(patterned.filter(|(p, _)| matches(p, name)).map(|(_, s)| s)).collect();
        if found.is_empty() && schema.get("additionalProperties") == Some(&Value::Bool(false)) {
            faults.push(format!("{at} has no place"));
        }
        found.into_iter().for_each(|schema| check(schema, member, &at, faults));
    }
}

/// The four patterns of the schema. `A-z` is as it stands there: it takes in the characters between the alphabets.
fn matches(pattern: &str, text: &str) -> bool {
    let in_class = |c: char| matches!(c, 'a'..='z' | 'A'..='z' | '0'..='9' | '.' | '/');
    let after_scheme = |text: &str| {
        text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).map(str::to_owned).unwrap_or_default()
    };
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let two = |part: &str| part.chars().count() == 2 && part.chars().all(word);
    match pattern {
        "^https?://[a-zA-z0-9./]+" => after_scheme(text).starts_with(in_class),
        "(?!(anchor|itemDescription))^([a-z-]+$)|(^https?://[a-zA-z0-9./]+$)" => {
            let plain = !text.starts_with("anchor")
                && !text.is_empty()
                && text.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            let rest = after_scheme(text);
            plain || (!rest.is_empty() && rest.chars().all(in_class))
        }
        "(^\\w{2}$)|(^\\w{2}-\\w{2}$)" => text.split_once('-').map_or_else(|| two(text), |(a, b)| two(a) && two(b)),
        "\\w+/[-+.\\w]+" => text.split_once('/').is_some_and(|(kind, rest)| {
            kind.ends_with(word) && rest.starts_with(|c| word(c) || matches!(c, '-' | '+' | '.'))
        }),
        other => panic!("pattern {other} is new"),
    }
}

#[test]
fn gs1s_own_example_is_good_and_faults_are_found() {
    let Some(path) = shared_data("gs1-resolver/linkset/valid-gs1-example.json") else { return };
    let example: Value = serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON");
    assert_eq!(faults(&example).expect("the schema lies beside it"), Vec::<String>::new());
    for (at, wrong) in [
        ("/linkset/0/anchor", Value::from("urn:x")),
        ("/linkset/0/next/0/title", Value::Null),
        ("/linkset/0/next/0/hreflang/0", Value::from("eng")),
        ("/linkset/0/next", Value::from("x")),
    ] {
        let mut changed = example.clone();
        *changed.pointer_mut(at).expect("it is there") = wrong;
        assert_ne!(faults(&changed).expect("the schema"), Vec::<String>::new(), "{at}");
    }
}
