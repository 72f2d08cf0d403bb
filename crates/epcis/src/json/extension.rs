//! Own fields in JSON.

use super::reader::{At, Reader};
use super::value::Json;
use crate::event::{Extension, Value};
use crate::name::{Context, Name};
use crate::text::Decimal;

impl Reader<'_> {
    /// The members of `object` beyond the standard's. Their names need a namespace.
    pub(super) fn extensions(&mut self, object: &Json, known: &[&str], at: &At<'_>) -> Vec<Extension> {
        let Json::Object(members) = object else { return Vec::new() };
        let mut extensions = Vec::new();
        for (key, json) in members.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
            let here = at.member(key);
            if let Some(name) = self.findings.take(&here, self.context.name(key)) {
                extensions.push(Extension { name, value: value(self.context, json) });
            }
        }
        extensions
    }

    /// As [`Reader::extensions`], where the schema takes any name.
    pub(super) fn free_extensions(&mut self, object: &Json, known: &[&str]) -> Vec<Extension> {
        let Json::Object(members) = object else { return Vec::new() };
        let own = members.iter().filter(|(key, _)| !known.contains(&key.as_str()));
        own.map(|(key, json)| Extension { name: self.context.inner_name(key), value: value(self.context, json) })
            .collect()
    }
}

/// Anything at all. The depth was bounded when the text was read.
pub(super) fn value(context: &Context, json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Decimal::parse(number).map_or_else(|_| Value::Text(number.clone()), Value::Number),
        Json::Text(text) => Value::Text(text.clone()),
        Json::List(members) => Value::List(members.iter().map(|member| value(context, member)).collect()),
        Json::Object(members) => object(context, members),
    }
}

/// An object; one with members `@name` or `#text` was an XML element with attributes.
fn object(context: &Context, members: &[(String, Json)]) -> Value {
    let is_attribute = |key: &str, json: &Json| key.starts_with('@') && json.text().is_some();
    let is_text = |key: &str, json: &Json| key == "#text" && json.text().is_some();
    let mut attributes: Vec<(Name, String)> = Vec::new();
    let mut children = Vec::new();
    let mut text = None;
    for (key, json) in members {
        let plain = json.text().unwrap_or_default().to_owned();
        if is_attribute(key, json) {
            attributes.push((context.inner_name(key.strip_prefix('@').unwrap_or(key)), plain));
        } else if is_text(key, json) {
            text = Some(plain);
        } else {
            children.push(Extension { name: context.inner_name(key), value: value(context, json) });
        }
    }
    if attributes.is_empty() && text.is_none() {
        return Value::Tree(children);
    }
    Value::Element { attributes, children, text: text.unwrap_or_default() }
}
