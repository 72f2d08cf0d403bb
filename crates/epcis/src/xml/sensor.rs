//! Sensor elements of XML: everything but own fields of the element is an attribute.

use super::node::{Fields, Place, Reader, is_own};
use crate::error::Fault;
use crate::event::sensor::{METADATA, REPORT};
use crate::event::{SensorElement, SensorMetadata, SensorReport};
use crate::text::{Decimal, Timestamp, Uri, shown};
use crate::vocabulary::{List, Term};
use roxmltree::Node;

pub(super) fn list(reader: &mut Reader<'_>, list: Option<Node<'_, '_>>) -> Vec<SensorElement> {
    if let Some(node) = list
        && !node.children().any(|child| is_own(&child))
    {
        reader.findings.violation(&Place(node), Fault::Empty("sensorElementList"));
    }
    reader.list(list, "sensorElement", element)
}

fn element(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Option<SensorElement> {
    let fields = Fields::of(node);
    let mut metadata = None;
    let mut reports = Vec::new();
    for child in node.children().filter(is_own) {
        match child.tag_name().name() {
            "sensorMetadata" if metadata.is_none() => metadata = Some(read_metadata(reader, child)),
            "sensorReport" => reports.extend(read_report(reader, child)),
            "extension" => {}
            other => reader.findings.violation(&Place(child), Fault::Unknown(shown(other))),
        }
    }
    if !node.children().any(|child| is_own(&child) && child.tag_name().name() == "sensorReport") {
        reader.findings.violation(&Place(node), Fault::Missing("sensorReport"));
    }
    Some(SensorElement { metadata, reports, extensions: reader.extensions(&fields.others) })
}

fn read_metadata(reader: &mut Reader<'_>, node: Node<'_, '_>) -> SensorMetadata {
    SensorMetadata {
        time: reader.attribute(node, "time", Timestamp::parse),
        start_time: reader.attribute(node, "startTime", Timestamp::parse),
        end_time: reader.attribute(node, "endTime", Timestamp::parse),
        device_id: reader.attribute(node, "deviceID", Uri::parse),
        device_metadata: reader.attribute(node, "deviceMetadata", Uri::parse),
        raw_data: reader.attribute(node, "rawData", Uri::parse),
        data_processing_method: reader.attribute(node, "dataProcessingMethod", Uri::parse),
        biz_rules: reader.attribute(node, "bizRules", Uri::parse),
        extensions: reader.attribute_extensions(node, &METADATA),
    }
}

fn read_report(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Option<SensorReport> {
    let hex = |text: &str| {
        let holds = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if holds { Ok(text.to_owned()) } else { Err(Fault::NotHex(shown(text))) }
    };
    let boolean = |text: &str| match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        other => Err(Fault::NotBoolean(shown(other))),
    };
    let plain = |text: &str| Ok(text.to_owned());
    if node.attribute("type").is_none() {
        reader.findings.violation(&Place(node), Fault::Missing("type"));
    }
    let kind = reader.attribute(node, "type", |text| Term::parse(List::Measurement, text));
    Some(SensorReport {
        exception: reader.attribute(node, "exception", |text| Term::parse(List::SensorAlert, text)),
        device_id: reader.attribute(node, "deviceID", Uri::parse),
        device_metadata: reader.attribute(node, "deviceMetadata", Uri::parse),
        raw_data: reader.attribute(node, "rawData", Uri::parse),
        data_processing_method: reader.attribute(node, "dataProcessingMethod", Uri::parse),
        biz_rules: reader.attribute(node, "bizRules", Uri::parse),
        time: reader.attribute(node, "time", Timestamp::parse),
        microorganism: reader.attribute(node, "microorganism", Uri::parse),
        chemical_substance: reader.attribute(node, "chemicalSubstance", Uri::parse),
        coordinate_reference_system: reader.attribute(node, "coordinateReferenceSystem", Uri::parse),
        value: reader.attribute(node, "value", Decimal::parse),
        component: reader.attribute(node, "component", |text| Term::parse(List::Component, text)),
        string_value: reader.attribute(node, "stringValue", plain),
        boolean_value: reader.attribute(node, "booleanValue", boolean),
        hex_binary_value: reader.attribute(node, "hexBinaryValue", hex),
        uri_value: reader.attribute(node, "uriValue", Uri::parse),
        min_value: reader.attribute(node, "minValue", Decimal::parse),
        max_value: reader.attribute(node, "maxValue", Decimal::parse),
        mean_value: reader.attribute(node, "meanValue", Decimal::parse),
        s_dev: reader.attribute(node, "sDev", Decimal::parse),
        perc_rank: reader.attribute(node, "percRank", Decimal::parse),
        perc_value: reader.attribute(node, "percValue", Decimal::parse),
        uom: reader.attribute(node, "uom", plain),
        extensions: reader.attribute_extensions(node, &REPORT),
        kind: kind?,
    })
}
