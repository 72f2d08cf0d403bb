//! Walking the JSON tree: where one is, and taking a leaf or a list with its violation when it is wrong.

use super::value::Json;
use crate::document::Findings;
use crate::error::Fault;
use crate::limits::Policy;
use crate::name::Context;
use std::fmt;

/// A place in the tree; shown as a JSON pointer.
#[derive(Clone, Copy)]
pub(super) struct At<'p> {
    parent: Option<&'p At<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Root,
    Member(&'p str),
    Index(usize),
}

impl At<'_> {
    pub const ROOT: At<'static> = At { parent: None, step: Step::Root };

    pub fn member<'n>(&'n self, name: &'n str) -> At<'n> {
        At { parent: Some(self), step: Step::Member(name) }
    }

    pub fn index(&self, index: usize) -> At<'_> {
        At { parent: Some(self), step: Step::Index(index) }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Member(name) => write!(f, "/{}", name.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => write!(f, "/{index}"),
        }
    }
}

/// What is needed everywhere below an envelope.
pub(super) struct Reader<'r> {
    pub findings: &'r mut Findings,
    pub context: &'r Context,
    pub policy: Policy,
}

impl Reader<'_> {
    /// A text that has to parse.
    pub fn text<T>(&mut self, json: &Json, at: &At<'_>, parse: impl FnOnce(&str) -> Result<T, Fault>) -> Option<T> {
        let result = match json {
            Json::Text(text) => parse(text),
            other => Err(Fault::Type { expected: "a text", found: other.noun() }),
        };
        self.findings.take(at, result)
    }

    /// A member that may be absent, as text that has to parse.
    pub fn optional<T>(
        &mut self,
        object: &Json,
        name: &'static str,
        at: &At<'_>,
        parse: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        object.get(name).and_then(|json| self.text(json, &at.member(name), parse))
    }

    /// A member that has to be there.
    pub fn required<T>(
        &mut self,
        object: &Json,
        name: &'static str,
        at: &At<'_>,
        parse: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        if object.get(name).is_none() {
            self.findings.violation(at, Fault::Missing(name));
        }
        self.optional(object, name, at, parse)
    }

    /// A list, each member read by `each`; members that are wrong are left out (and are violations).
    pub fn list<T>(
        &mut self,
        object: &Json,
        name: &'static str,
        at: &At<'_>,
        mut each: impl FnMut(&mut Self, &Json, &At<'_>) -> Option<T>,
    ) -> Vec<T> {
        let Some(json) = object.get(name) else { return Vec::new() };
        let here = at.member(name);
        let Json::List(members) = json else {
            self.findings.violation(&here, Fault::Type { expected: "a list", found: json.noun() });
            return Vec::new();
        };
        let mut list = Vec::with_capacity(members.len());
        for (index, member) in members.iter().enumerate() {
            list.extend(each(self, member, &here.index(index)));
        }
        list
    }

    /// Is it an object? A violation when not.
    pub fn is_object(&mut self, json: &Json, at: &At<'_>) -> bool {
        let object = matches!(json, Json::Object(_));
        if !object {
            self.findings.violation(at, Fault::Type { expected: "an object", found: json.noun() });
        }
        object
    }

    /// Members beyond `known` are violations.
    pub fn only(&mut self, object: &Json, known: &[&str], at: &At<'_>) {
        let Json::Object(members) = object else { return };
        for (key, _) in members {
            if !known.contains(&key.as_str()) {
                self.findings.violation(&at.member(key), Fault::Unknown(crate::text::shown(key)));
            }
        }
    }
}
