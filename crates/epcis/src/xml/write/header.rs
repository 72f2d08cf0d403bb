//! The header: a StandardBusinessDocumentHeader and master data.

use super::element::Element;
use super::{Build, WriteError, uris};
use crate::document::Header;

/// Sender, receiver and instance in a StandardBusinessDocumentHeader; master data in the extension.
pub(super) fn header(build: &mut Build, header: &Header) -> Result<Option<Element>, WriteError> {
    let mut out = Element::new("EPCISHeader");
    if header.sender.is_some() || header.receiver.is_some() || header.instance.is_some() {
        let mut sbdh = Element::new("sbdh:StandardBusinessDocumentHeader");
        sbdh.leaf("sbdh:HeaderVersion", "1.0");
        for (name, party) in [("sbdh:Sender", &header.sender), ("sbdh:Receiver", &header.receiver)] {
            let mut inner = Element::new(name);
            inner.leaf("sbdh:Identifier", party.as_deref().unwrap_or_default());
            sbdh.children.push(inner);
        }
        let mut document = Element::new("sbdh:DocumentIdentification");
        document.leaf("sbdh:Standard", "EPCglobal");
        document.leaf("sbdh:TypeVersion", "2.0");
        document.leaf("sbdh:InstanceIdentifier", header.instance.as_deref().unwrap_or_default());
        document.leaf("sbdh:Type", "Events");
        document.leaf("sbdh:CreationDateAndTime", "1970-01-01T00:00:00Z");
        sbdh.children.push(document);
        out.children.push(sbdh);
    }
    if !header.master_data.is_empty() {
        let mut list = Element::new("VocabularyList");
        for vocabulary in &header.master_data {
            let mut inner = Element::new("Vocabulary");
            inner.attribute("type", vocabulary.kind.as_str());
            let mut elements = Vec::new();
            for element in &vocabulary.elements {
                let mut one = Element::new("VocabularyElement");
                one.attribute("id", element.id.as_str());
                for (id, value) in &element.attributes {
                    let mut attribute = Element::new("attribute");
                    attribute.attribute("id", id.as_str());
                    attribute.children = build.fields(value.children())?;
                    if attribute.children.is_empty() {
                        attribute.text = value.text().unwrap_or_default();
                    }
                    one.children.push(attribute);
                }
                one.list("children", uris("id", &element.children));
                elements.push(one);
            }
            inner.list("VocabularyElementList", elements);
            list.children.push(inner);
        }
        let mut master = Element::new("EPCISMasterData");
        master.children.push(list);
        let mut extension = Element::new("extension");
        extension.children.push(master);
        out.children.push(extension);
    }
    Ok((!out.children.is_empty()).then_some(out))
}
