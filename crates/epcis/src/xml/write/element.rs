//! A tree of elements, and quick-xml writing it: every text is escaped and checked here.

use super::WriteError;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event as Token};

#[derive(Default)]
pub(super) struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
    pub text: String,
}

impl Element {
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub fn with_text(name: &str, text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::new(name) }
    }

    pub fn attribute(&mut self, name: &str, value: &str) {
        self.attributes.push((name.to_owned(), value.to_owned()));
    }

    pub fn optional_attribute(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            self.attribute(name, &value);
        }
    }

    pub fn leaf(&mut self, name: &str, text: &str) {
        self.children.push(Self::with_text(name, text));
    }

    pub fn optional(&mut self, name: &str, text: Option<String>) {
        if let Some(text) = text {
            self.leaf(name, &text);
        }
    }

    /// A list element with its members; nothing when there are none.
    pub fn list(&mut self, name: &str, members: Vec<Element>) {
        if !members.is_empty() {
            self.children.push(Self { children: members, ..Self::new(name) });
        }
    }
}

/// Characters of XML 1.0.
pub(super) fn is_xml(text: &str) -> bool {
    text.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..))
}

fn checked(text: &str) -> Result<&str, WriteError> {
    if is_xml(text) {
        Ok(text)
    } else {
        Err(WriteError::Character(crate::text::shown(&text.escape_debug().to_string())))
    }
}

pub(super) fn serialise(root: &Element) -> Result<String, WriteError> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
    // Writing into memory cannot fail.
    let _ = writer.write_event(Token::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    emit(&mut writer, root)?;
    String::from_utf8(writer.into_inner()).map_err(|_| WriteError::Character("the document".to_owned()))
}

fn emit(writer: &mut Writer<Vec<u8>>, element: &Element) -> Result<(), WriteError> {
    let mut start = BytesStart::new(element.name.as_str());
    for (name, value) in &element.attributes {
        start.push_attribute((name.as_str(), checked(value)?));
    }
    if element.children.is_empty() && element.text.is_empty() {
        let _ = writer.write_event(Token::Empty(start));
        return Ok(());
    }
    let _ = writer.write_event(Token::Start(start));
    if element.children.is_empty() {
        let _ = writer.write_event(Token::Text(BytesText::new(checked(&element.text)?)));
    }
    for child in &element.children {
        emit(writer, child)?;
    }
    let _ = writer.write_event(Token::End(BytesEnd::new(element.name.as_str())));
    Ok(())
}

/// A name without colon, of letters that every XML reader knows.
pub(super) fn is_ncname(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    first && characters.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}
