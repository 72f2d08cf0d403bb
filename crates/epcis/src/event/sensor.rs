//! What sensors said: metadata of a reading, and reports.

use super::Extension;
use crate::text::{Decimal, Timestamp, Uri};
use crate::vocabulary::Term;

/// One device's or one moment's reports.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SensorElement {
    pub metadata: Option<SensorMetadata>,
    /// At least one.
    pub reports: Vec<SensorReport>,
    pub extensions: Vec<Extension>,
}

/// Facts that hold for all reports of an element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SensorMetadata {
    pub time: Option<Timestamp>,
    pub start_time: Option<Timestamp>,
    pub end_time: Option<Timestamp>,
    pub device_id: Option<Uri>,
    pub device_metadata: Option<Uri>,
    pub raw_data: Option<Uri>,
    pub data_processing_method: Option<Uri>,
    pub biz_rules: Option<Uri>,
    pub extensions: Vec<Extension>,
}

/// One measurement or statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SensorReport {
    /// What was measured. The XSD would let it be absent; an event that XML brought has to be writable in JSON, which requires it.
    pub kind: Term,
    pub exception: Option<Term>,
    pub device_id: Option<Uri>,
    pub device_metadata: Option<Uri>,
    pub raw_data: Option<Uri>,
    pub data_processing_method: Option<Uri>,
    pub biz_rules: Option<Uri>,
    pub time: Option<Timestamp>,
    pub microorganism: Option<Uri>,
    pub chemical_substance: Option<Uri>,
    pub coordinate_reference_system: Option<Uri>,
    pub value: Option<Decimal>,
    pub component: Option<Term>,
    pub string_value: Option<String>,
    pub boolean_value: Option<bool>,
    pub hex_binary_value: Option<String>,
    pub uri_value: Option<Uri>,
    pub min_value: Option<Decimal>,
    pub max_value: Option<Decimal>,
    pub mean_value: Option<Decimal>,
    pub s_dev: Option<Decimal>,
    pub perc_rank: Option<Decimal>,
    pub perc_value: Option<Decimal>,
    /// UN/ECE Rec 20; the schema takes any text here.
    pub uom: Option<String>,
    pub extensions: Vec<Extension>,
}

impl SensorReport {
    /// The numbers of the report, by their names in the standard.
    pub fn numbers(&self) -> [(&'static str, Option<&Decimal>); 7] {
        [
            ("value", self.value.as_ref()),
            ("minValue", self.min_value.as_ref()),
            ("maxValue", self.max_value.as_ref()),
            ("meanValue", self.mean_value.as_ref()),
            ("sDev", self.s_dev.as_ref()),
            ("percRank", self.perc_rank.as_ref()),
            ("percValue", self.perc_value.as_ref()),
        ]
    }
}

/// The standard fields of sensor metadata, in both syntaxes; every other name is an extension.
pub(crate) const METADATA: [&str; 8] =
    ["time", "deviceID", "deviceMetadata", "rawData", "startTime", "endTime", "dataProcessingMethod", "bizRules"];
/// The standard fields of a sensor report.
pub(crate) const REPORT: [&str; 24] = [
    "type",
    "exception",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "bizRules",
    "time",
    "microorganism",
    "chemicalSubstance",
    "coordinateReferenceSystem",
    "value",
    "component",
    "stringValue",
    "booleanValue",
    "hexBinaryValue",
    "uriValue",
    "minValue",
    "maxValue",
    "meanValue",
    "sDev",
    "percRank",
    "percValue",
    "uom",
];
