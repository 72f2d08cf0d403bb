//! Own fields in XML.

use super::node::{Place, Reader, XSI, text_of};
use crate::error::Fault;
use crate::event::{Extension, Value};
use crate::name::Name;
use crate::text::shown;
use roxmltree::Node;

/// Levels of own fields that are read.
const DEPTH_MAX: usize = 32;

impl Reader<'_> {
    /// Elements of other namespaces as fields.
    pub(super) fn extensions(&mut self, nodes: &[Node<'_, '_>]) -> Vec<Extension> {
        nodes.iter().map(|node| self.extension(*node, DEPTH_MAX)).collect()
    }

    fn extension(&mut self, node: Node<'_, '_>, depth_left: usize) -> Extension {
        let name = name_of(node.tag_name().namespace(), node.tag_name().name());
        let attributes: Vec<(Name, String)> = node
            .attributes()
            .filter(|attribute| attribute.namespace() != Some(XSI))
            .map(|attribute| (name_of(attribute.namespace(), attribute.name()), attribute.value().to_owned()))
            .collect();
        let elements: Vec<Node<'_, '_>> = node.children().filter(Node::is_element).collect();
        if depth_left == 0 {
            self.findings.violation(&Place(node), Fault::NotForXml("nested too deeply"));
            return Extension { name, value: Value::Null };
        }
        let children: Vec<Extension> =
            elements.iter().map(|child| self.extension(*child, depth_left.saturating_sub(1))).collect();
        // Text beside elements is layout.
        let text = if children.is_empty() { text_of(node) } else { String::new() };
        let value = match (attributes.is_empty(), children.is_empty()) {
            (true, true) => Value::Text(text),
            (true, false) => Value::Tree(children),
            (false, _) => Value::Element { attributes, children, text },
        };
        Extension { name, value }
    }

    /// Attributes of other namespaces as fields: sensor metadata and reports have no elements.
    pub(super) fn attribute_extensions(&mut self, node: Node<'_, '_>, known: &[&str]) -> Vec<Extension> {
        let mut extensions = Vec::new();
        for attribute in node.attributes() {
            match attribute.namespace() {
                None if known.contains(&attribute.name()) => {}
                None => {
                    let place = format!("{}/@{}", Place(node), attribute.name());
                    self.findings.violation(&place, Fault::Unknown(shown(attribute.name())));
                }
                Some(XSI) => {}
                Some(namespace) => {
                    let name = Name::new(namespace, attribute.name());
                    extensions.push(Extension { name, value: Value::Text(attribute.value().trim().to_owned()) });
                }
            }
        }
        extensions
    }
}

fn name_of(namespace: Option<&str>, local: &str) -> Name {
    Name::new(namespace.unwrap_or_default(), local)
}
