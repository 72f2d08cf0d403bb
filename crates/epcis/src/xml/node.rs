//! Walking the XML tree: where one is, and taking a leaf with its violation when it is wrong.

use crate::document::Findings;
use crate::error::Fault;
use crate::limits::Policy;
use crate::text::shown;
use roxmltree::Node;
use std::fmt;

/// The namespace of XML Schema instances: `xsi:nil`, `xsi:schemaLocation`.
pub(super) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Where a node is, as an XPath of local names: `/EPCISDocument/EPCISBody/EventList`; within an event from there on:
/// `/sensorElementList/sensorElement[2]`. The place of the event itself is put before it once (`Findings::below`).
pub(super) struct Place<'n, 'i>(pub Node<'n, 'i>);

impl fmt::Display for Place<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let within = self.0.ancestors().take_while(|node| !is_in_list(node)).filter(Node::is_element);
        let mut path: Vec<Node<'_, '_>> = within.collect();
        path.reverse();
        for node in path {
            let name = node.tag_name();
            write!(f, "/{}", name.name())?;
            let same = |other: &Node<'_, '_>| other.is_element() && other.tag_name() == name;
            let before = node.prev_siblings().skip(1).filter(same).count();
            let after = node.next_siblings().skip(1).any(|other| same(&other));
            if before > 0 || after {
                write!(f, "[{}]", before.saturating_add(1))?;
            }
        }
        Ok(())
    }
}

/// Is it an event: a member of an `EventList`, or of an `extension` of one?
fn is_in_list(node: &Node<'_, '_>) -> bool {
    let named = |node: &Node<'_, '_>, name: &str| is_own(node) && node.tag_name().name() == name;
    if named(node, "extension") {
        return false;
    }
    let mut around = node.ancestors().skip(1).skip_while(|node| named(node, "extension"));
    around.next().is_some_and(|node| named(&node, "EventList"))
}

/// What is needed everywhere below an envelope.
pub(super) struct Reader<'r> {
    pub findings: &'r mut Findings,
    pub policy: Policy,
}

/// An element without namespace: one of the standard's own.
pub(super) fn is_own(node: &Node<'_, '_>) -> bool {
    node.is_element() && node.tag_name().namespace().is_none()
}

/// The text of an element that has no elements, without white space around it.
pub(super) fn text_of(node: Node<'_, '_>) -> String {
    let texts = node.children().filter(Node::is_text).filter_map(|child| child.text());
    texts.collect::<String>().trim().to_owned()
}

impl Reader<'_> {
    /// The text of an element, which has to parse.
    pub fn text<T>(&mut self, node: Node<'_, '_>, parse: impl FnOnce(&str) -> Result<T, Fault>) -> Option<T> {
        if let Some(child) = node.children().find(Node::is_element) {
            self.findings.violation(&Place(child), Fault::Unknown(shown(child.tag_name().name())));
            return None;
        }
        self.findings.take(&Place(node), parse(&text_of(node)))
    }

    /// An attribute without namespace, which has to parse when it is there.
    pub fn attribute<T>(
        &mut self,
        node: Node<'_, '_>,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        let text = node.attribute(name)?;
        let place = format!("{}/@{name}", Place(node));
        self.findings.take(&place, parse(text.trim()))
    }

    /// The elements of a list that may hold only `member`s; each is read by `each`.
    pub fn list<T>(
        &mut self,
        list: Option<Node<'_, '_>>,
        member: &'static str,
        mut each: impl FnMut(&mut Self, Node<'_, '_>) -> Option<T>,
    ) -> Vec<T> {
        let mut out = Vec::new();
        let Some(list) = list else { return out };
        for child in list.children().filter(Node::is_element) {
            if is_own(&child) && child.tag_name().name() == member {
                out.extend(each(self, child));
            } else {
                self.findings.violation(&Place(child), Fault::Unknown(shown(child.tag_name().name())));
            }
        }
        out
    }
}

/// The elements of one parent: the standard's by name, the others in order.
pub(super) struct Fields<'n, 'i> {
    parent: Node<'n, 'i>,
    own: Vec<Node<'n, 'i>>,
    pub others: Vec<Node<'n, 'i>>,
}

/// `extension` in `extension` in …: EPCIS 1.x has two.
const WRAPPERS_MAX: usize = 4;

impl<'n, 'i> Fields<'n, 'i> {
    /// Sorts the children; looks through `extension` and `baseExtension`, which EPCIS 1.x wraps around later fields.
    pub fn of(parent: Node<'n, 'i>) -> Self {
        let mut fields = Self { parent, own: Vec::new(), others: Vec::new() };
        fields.gather(parent, WRAPPERS_MAX);
        fields
    }

    fn gather(&mut self, parent: Node<'n, 'i>, wrappers_left: usize) {
        for child in parent.children().filter(Node::is_element) {
            if !is_own(&child) {
                self.others.push(child);
            } else if matches!(child.tag_name().name(), "extension" | "baseExtension") && wrappers_left > 0 {
                self.gather(child, wrappers_left.saturating_sub(1));
            } else {
                self.own.push(child);
            }
        }
    }

    pub fn get(&self, name: &str) -> Option<Node<'n, 'i>> {
        self.own.iter().copied().find(|node| node.tag_name().name() == name)
    }

    /// Elements that are not in `order` and elements twice are violations; another order is weighed.
    pub fn check(&self, reader: &mut Reader<'_>, order: &[&str]) {
        let mut reached = 0;
        let mut seen: Vec<&str> = Vec::new();
        for node in &self.own {
            let name = node.tag_name().name();
            let Some(index) = order.iter().position(|known| *known == name) else {
                reader.findings.violation(&Place(*node), Fault::Unknown(shown(name)));
                continue;
            };
            if seen.contains(&name) {
                reader.findings.violation(&Place(*node), Fault::Repeated(shown(name)));
            }
            seen.push(name);
            if index < reached && node.parent() == Some(self.parent) {
                reader.findings.weighed(reader.policy.element_order, &Place(*node), Fault::Order(shown(name)));
            }
            reached = reached.max(index);
        }
    }

    pub fn optional<T>(
        &self,
        reader: &mut Reader<'_>,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        self.get(name).and_then(|node| reader.text(node, parse))
    }

    pub fn required<T>(
        &self,
        reader: &mut Reader<'_>,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        if self.get(name).is_none() {
            reader.findings.violation(&Place(self.parent), Fault::Missing(name));
        }
        self.optional(reader, name, parse)
    }
}
