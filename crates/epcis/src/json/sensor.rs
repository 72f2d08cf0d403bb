//! Sensor elements of JSON-LD.

use super::event::number;
use super::reader::{At, Reader};
use super::value::Json;
use crate::error::Fault;
use crate::event::sensor::{METADATA, REPORT};
use crate::event::{SensorElement, SensorMetadata, SensorReport};
use crate::text::{Timestamp, Uri, shown};
use crate::vocabulary::{List, Term};

pub(super) fn read(reader: &mut Reader<'_>, json: &Json, at: &At<'_>) -> Option<SensorElement> {
    if !reader.is_object(json, at) {
        return None;
    }
    let metadata = json.get("sensorMetadata").and_then(|value| metadata(reader, value, &at.member("sensorMetadata")));
    let reports = reader.list(json, "sensorReport", at, report);
    match json.get("sensorReport") {
        None => reader.findings.violation(at, Fault::Missing("sensorReport")),
        Some(Json::List(members)) if members.is_empty() => {
            reader.findings.violation(&at.member("sensorReport"), Fault::Empty("sensorReport"));
        }
        Some(_) => {}
    }
    let extensions = reader.extensions(json, &["sensorMetadata", "sensorReport"], at);
    Some(SensorElement { metadata, reports, extensions })
}

fn metadata(reader: &mut Reader<'_>, json: &Json, at: &At<'_>) -> Option<SensorMetadata> {
    if !reader.is_object(json, at) {
        return None;
    }
    Some(SensorMetadata {
        time: reader.optional(json, "time", at, Timestamp::parse),
        start_time: reader.optional(json, "startTime", at, Timestamp::parse),
        end_time: reader.optional(json, "endTime", at, Timestamp::parse),
        device_id: reader.optional(json, "deviceID", at, Uri::parse),
        device_metadata: reader.optional(json, "deviceMetadata", at, Uri::parse),
        raw_data: reader.optional(json, "rawData", at, Uri::parse),
        data_processing_method: reader.optional(json, "dataProcessingMethod", at, Uri::parse),
        biz_rules: reader.optional(json, "bizRules", at, Uri::parse),
        extensions: reader.extensions(json, &METADATA, at),
    })
}

fn report(reader: &mut Reader<'_>, json: &Json, at: &At<'_>) -> Option<SensorReport> {
    if !reader.is_object(json, at) {
        return None;
    }
    let hex = |text: &str| {
        let holds = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if holds { Ok(text.to_owned()) } else { Err(Fault::NotHex(shown(text))) }
    };
    let boolean = match json.get("booleanValue") {
        Some(Json::Bool(value)) => Some(*value),
        Some(other) => {
            let fault = Fault::Type { expected: "a boolean", found: other.noun() };
            reader.findings.violation(&at.member("booleanValue"), fault);
            None
        }
        None => None,
    };
    let kind = reader.required(json, "type", at, |text| Term::parse_json(List::Measurement, text));
    Some(SensorReport {
        exception: reader.optional(json, "exception", at, |text| Term::parse_json(List::SensorAlert, text)),
        device_id: reader.optional(json, "deviceID", at, Uri::parse),
        device_metadata: reader.optional(json, "deviceMetadata", at, Uri::parse),
        raw_data: reader.optional(json, "rawData", at, Uri::parse),
        data_processing_method: reader.optional(json, "dataProcessingMethod", at, Uri::parse),
        biz_rules: reader.optional(json, "bizRules", at, Uri::parse),
        time: reader.optional(json, "time", at, Timestamp::parse),
        microorganism: reader.optional(json, "microorganism", at, Uri::parse),
        chemical_substance: reader.optional(json, "chemicalSubstance", at, Uri::parse),
        coordinate_reference_system: reader.optional(json, "coordinateReferenceSystem", at, Uri::parse),
        value: number(reader, json, "value", at),
        component: reader.optional(json, "component", at, |text| Term::parse_json(List::Component, text)),
        string_value: reader.optional(json, "stringValue", at, |text| Ok(text.to_owned())),
        boolean_value: boolean,
        hex_binary_value: reader.optional(json, "hexBinaryValue", at, hex),
        uri_value: reader.optional(json, "uriValue", at, Uri::parse),
        min_value: number(reader, json, "minValue", at),
        max_value: number(reader, json, "maxValue", at),
        mean_value: number(reader, json, "meanValue", at),
        s_dev: number(reader, json, "sDev", at),
        perc_rank: number(reader, json, "percRank", at),
        perc_value: number(reader, json, "percValue", at),
        uom: reader.optional(json, "uom", at, |text| Ok(text.to_owned())),
        extensions: reader.extensions(json, &REPORT, at),
        kind: kind?,
    })
}
