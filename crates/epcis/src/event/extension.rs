//! Own fields: anything under a name of somebody's namespace.
//!
//! ```text
//! JSON                                XML                                     here
//! "a:b": "x"                          <a:b>x</a:b>                            Text
//! "a:b": 1.50                         <a:b>1.50</a:b>                         Number; Text from XML
//! "a:b": {"a:c": 1}                   <a:b><a:c>1</a:c></a:b>                 Tree
//! "a:b": [1, 2]                       <a:b>1</a:b><a:b>2</a:b>                List; two fields from XML
//! "a:b": {"@c": "d", "#text": "x"}    <a:b c="d">x</a:b>                      Element
//! ```
//! [`super::Event::same`] sees no difference between the two columns.

use crate::name::Name;
use crate::text::Decimal;

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    pub name: Name,
    pub value: Value,
}

/// Its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(String),
    List(Vec<Value>),
    Tree(Vec<Extension>),
    /// An XML element with attributes; a JSON object with members `@name` and `#text`.
    Element {
        attributes: Vec<(Name, String)>,
        children: Vec<Extension>,
        text: String,
    },
}

impl Value {
    /// The text of a simple value.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Bool(value) => Some(value.to_string()),
            Self::Number(number) => Some(number.as_str().to_owned()),
            Self::Text(text) | Self::Element { text, .. } => Some(text.clone()),
            Self::Null | Self::List(_) | Self::Tree(_) => None,
        }
    }

    /// Fields inside of it.
    #[must_use]
    pub fn children(&self) -> &[Extension] {
        match self {
            Self::Tree(children) | Self::Element { children, .. } => children,
            _ => &[],
        }
    }

    /// Attributes of its element.
    #[must_use]
    pub fn attributes(&self) -> &[(Name, String)] {
        match self {
            Self::Element { attributes, .. } => attributes,
            _ => &[],
        }
    }

    /// Its members when it is a list, else itself; lists in lists are flattened, as XML has to.
    #[must_use]
    pub fn flat(&self) -> Vec<&Value> {
        match self {
            Self::List(values) => values.iter().flat_map(Value::flat).collect(),
            other => vec![other],
        }
    }
}
