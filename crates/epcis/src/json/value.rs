//! JSON as a tree that keeps what the rules need: the order of members and numbers as written.
//!
//! serde_json reads; nesting and the number of values are bounded here while it reads, so that nothing is built of what will be
//! refused. Of a member that stands twice the last counts, as with every common reader; one of GS1's own examples has such a one.

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// What it is, for messages.
    pub const fn noun(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    pub fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Self::Object(members) => members.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads a whole text.
///
/// # Errors
/// What serde_json says, with line and column; too deep, too many values.
pub(crate) fn parse(text: &str, nodes_max: u32, depth_max: usize) -> Result<Json, String> {
    let left = Cell::new(nodes_max);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let seed = Seed { left: &left, depth: depth_max };
    let value = seed.deserialize(&mut deserializer).map_err(|error| error.to_string())?;
    deserializer.end().map_err(|error| error.to_string())?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Seed<'c> {
    /// Values that may still come.
    left: &'c Cell<u32>,
    /// Levels that may still come.
    depth: usize,
}

impl Seed<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Self { depth, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        let left = self.left.get().checked_sub(1).ok_or_else(|| D::Error::custom("too many values"))?;
        self.left.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        // The shortest text that reads back as this double: `1.0`, `0.05`, `1e300`.
        Ok(Json::Number(format!("{value:?}")))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let deeper = self.deeper()?;
        let mut list = Vec::new();
        while let Some(member) = members.next_element_seed(deeper)? {
            list.push(member);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let deeper = self.deeper()?;
        let mut object: Vec<(String, Json)> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        while let Some(key) = members.next_key::<String>()? {
            let value = members.next_value_seed(deeper)?;
            match places.get(&key).and_then(|place| object.get_mut(*place)) {
                Some((_, earlier)) => *earlier = value,
                None => {
                    places.insert(key.clone(), object.len());
                    object.push((key, value));
                }
            }
        }
        Ok(Json::Object(object))
    }
}

impl fmt::Display for Json {
    /// Compact JSON. Numbers are written as they are kept.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(number) => f.write_str(number),
            Self::Text(text) => quoted(f, text),
            Self::List(list) => {
                f.write_str("[")?;
                for (index, member) in list.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { "," })?;
                    member.fmt(f)?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (index, (key, value)) in members.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { "," })?;
                    quoted(f, key)?;
                    f.write_str(":")?;
                    value.fmt(f)?;
                }
                f.write_str("}")
            }
        }
    }
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str(&serde_json::to_string(text).map_err(|_| fmt::Error)?)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn bounds_hold_while_reading() {
        assert!(parse("[[[1]]]", 10, 3).is_ok());
        assert!(parse("[[[1]]]", 10, 2).is_err());
        assert!(parse("[1,2,3]", 3, 9).is_err());
        assert_eq!(parse("{\"a\":1,\"b\":2,\"a\":3}", 9, 9), parse("{\"a\":3,\"b\":2}", 9, 9));
        assert!(parse("{} {}", 9, 9).is_err());
    }

    #[test]
    fn what_is_written_reads_back() {
        for text in ["{\"a\":[1.0,-5,\"x\\n\\\"\",null,true],\"b\":{}}", "12.5", "\"é\""] {
            assert_eq!(parse(text, 99, 9).map(|json| json.to_string()).as_deref(), Ok(text));
        }
    }
}
