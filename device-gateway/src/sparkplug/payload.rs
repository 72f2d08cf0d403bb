//! Sparkplug B payloads: the messages of `sparkplug_b.proto` (Eclipse Tahu, EPL-2.0), written out for `prost`, so that no
//! compiler of protocol buffers is needed. Extensions and unknown fields are skipped.

use prost::Message;

/// Bytes of a payload that a host reads.
pub const PAYLOAD_BYTES_MAX: usize = 256 * 1024;
/// Metrics of one payload.
pub const METRICS_MAX: usize = 4_096;

/// One message.
#[derive(Clone, PartialEq, Message)]
pub struct Payload {
    /// When it was sent, milliseconds since 1970, UTC.
    #[prost(uint64, optional, tag = "1")]
    pub timestamp: Option<u64>,
    /// What it says.
    #[prost(message, repeated, tag = "2")]
    pub metrics: Vec<Metric>,
    /// 0 to 255, shared by an edge node and its devices.
    #[prost(uint64, optional, tag = "3")]
    pub seq: Option<u64>,
    /// Tells schemas of `body` apart.
    #[prost(string, optional, tag = "4")]
    pub uuid: Option<String>,
    /// Something else altogether.
    #[prost(bytes = "vec", optional, tag = "5")]
    pub body: Option<Vec<u8>>,
}

/// One value.
#[derive(Clone, PartialEq, Message)]
pub struct Metric {
    /// In births; in data only where no alias is used.
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    /// A number instead of the name.
    #[prost(uint64, optional, tag = "2")]
    pub alias: Option<u64>,
    /// When it was measured.
    #[prost(uint64, optional, tag = "3")]
    pub timestamp: Option<u64>,
    /// See [`DataType`].
    #[prost(uint32, optional, tag = "4")]
    pub datatype: Option<u32>,
    /// Stored and forwarded: not the present value.
    #[prost(bool, optional, tag = "5")]
    pub is_historical: Option<bool>,
    /// Not to be stored.
    #[prost(bool, optional, tag = "6")]
    pub is_transient: Option<bool>,
    /// There is no value.
    #[prost(bool, optional, tag = "7")]
    pub is_null: Option<bool>,
    /// About the value.
    #[prost(message, optional, tag = "8")]
    pub metadata: Option<MetaData>,
    /// More about the value.
    #[prost(message, optional, tag = "9")]
    pub properties: Option<PropertySet>,
    /// The value.
    #[prost(oneof = "metric::Value", tags = "10, 11, 12, 13, 14, 15, 16, 17, 18")]
    pub value: Option<metric::Value>,
}

/// The value of a metric.
pub mod metric {
    /// By its kind on the wire.
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum Value {
        /// Up to 32 bits; signed ones as two's complement.
        #[prost(uint32, tag = "10")]
        Int(u32),
        /// 64 bits; signed ones as two's complement.
        #[prost(uint64, tag = "11")]
        Long(u64),
        /// Single precision.
        #[prost(float, tag = "12")]
        Float(f32),
        /// Double precision.
        #[prost(double, tag = "13")]
        Double(f64),
        /// Yes or no.
        #[prost(bool, tag = "14")]
        Boolean(bool),
        /// Text.
        #[prost(string, tag = "15")]
        Text(String),
        /// Bytes, files, arrays.
        #[prost(bytes = "vec", tag = "16")]
        Bytes(Vec<u8>),
        /// A table, kept as its bytes: a line has no use for it.
        #[prost(bytes = "vec", tag = "17")]
        DataSet(Vec<u8>),
        /// A template, kept as its bytes.
        #[prost(bytes = "vec", tag = "18")]
        Template(Vec<u8>),
    }
}

/// About a value.
#[derive(Clone, PartialEq, Message)]
pub struct MetaData {
    /// One of several messages.
    #[prost(bool, optional, tag = "1")]
    pub is_multi_part: Option<bool>,
    /// Media type.
    #[prost(string, optional, tag = "2")]
    pub content_type: Option<String>,
    /// Bytes or characters.
    #[prost(uint64, optional, tag = "3")]
    pub size: Option<u64>,
    /// Which of several.
    #[prost(uint64, optional, tag = "4")]
    pub seq: Option<u64>,
    /// Name of a file.
    #[prost(string, optional, tag = "5")]
    pub file_name: Option<String>,
    /// Type of a file.
    #[prost(string, optional, tag = "6")]
    pub file_type: Option<String>,
    /// MD5 of the data.
    #[prost(string, optional, tag = "7")]
    pub md5: Option<String>,
    /// Anything.
    #[prost(string, optional, tag = "8")]
    pub description: Option<String>,
}

/// Named properties.
#[derive(Clone, PartialEq, Message)]
pub struct PropertySet {
    /// Names.
    #[prost(string, repeated, tag = "1")]
    pub keys: Vec<String>,
    /// As many values, each as its bytes.
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub values: Vec<Vec<u8>>,
}

/// Data types, with their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[expect(missing_docs, reason = "the names are Sparkplug's and say it all")]
pub enum DataType {
    Int8 = 1,
    Int16 = 2,
    Int32 = 3,
    Int64 = 4,
    UInt8 = 5,
    UInt16 = 6,
    UInt32 = 7,
    UInt64 = 8,
    Float = 9,
    Double = 10,
    Boolean = 11,
    String = 12,
    DateTime = 13,
    Text = 14,
    Uuid = 15,
    DataSet = 16,
    Bytes = 17,
    File = 18,
    Template = 19,
    /// 22 to 34: arrays of the types above, in bytes.
    Array = 22,
}

impl DataType {
    /// Of a number on the wire. 20 and 21 are for properties only.
    #[must_use]
    pub const fn of(number: u32) -> Option<Self> {
        Some(match number {
            1 => Self::Int8,
            2 => Self::Int16,
            3 => Self::Int32,
            4 => Self::Int64,
            5 => Self::UInt8,
            6 => Self::UInt16,
            7 => Self::UInt32,
            8 => Self::UInt64,
            9 => Self::Float,
            10 => Self::Double,
            11 => Self::Boolean,
            12 => Self::String,
            13 => Self::DateTime,
            14 => Self::Text,
            15 => Self::Uuid,
            16 => Self::DataSet,
            17 => Self::Bytes,
            18 => Self::File,
            19 => Self::Template,
            22..=34 => Self::Array,
            _ => return None,
        })
    }
}

/// A value as its type says it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// There is none.
    Null,
    /// Signed.
    Int(i64),
    /// Unsigned, and moments in milliseconds since 1970.
    UInt(u64),
    /// Not exact.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// Text.
    Text(String),
    /// Bytes, files, arrays, tables, templates: nothing that a line reads.
    Opaque(Vec<u8>),
}

impl Metric {
    /// The value, as a type says it. `None` when value and type do not fit.
    #[must_use]
    pub fn read(&self, datatype: DataType) -> Option<Value> {
        use metric::Value as Wire;
        if self.is_null == Some(true) {
            return Some(Value::Null);
        }
        // Libraries differ in which of the two widths they use for a whole number.
        let whole = match self.value {
            Some(Wire::Int(value)) => Some(u64::from(value)),
            Some(Wire::Long(value)) => Some(value),
            _ => None,
        };
        Some(match (datatype, self.value.as_ref()?) {
            (DataType::Int8, _) => Value::Int(i64::from(whole? as u8 as i8)),
            (DataType::Int16, _) => Value::Int(i64::from(whole? as u16 as i16)),
            (DataType::Int32, _) => Value::Int(i64::from(whole? as u32 as i32)),
            (DataType::Int64, Wire::Int(value)) => Value::Int(i64::from(*value as i32)),
            (DataType::Int64, _) => Value::Int(whole? as i64),
            (DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 | DataType::DateTime, _) => {
                Value::UInt(whole?)
            }
            (DataType::Float | DataType::Double, Wire::Float(value)) => Value::Float(f64::from(*value)),
            (DataType::Float | DataType::Double, Wire::Double(value)) => Value::Float(*value),
            (DataType::Boolean, Wire::Boolean(value)) => Value::Bool(*value),
            (DataType::String | DataType::Text | DataType::Uuid, Wire::Text(text)) => Value::Text(text.clone()),
            (
                DataType::Bytes | DataType::File | DataType::Array | DataType::DataSet | DataType::Template,
                Wire::Bytes(bytes) | Wire::DataSet(bytes) | Wire::Template(bytes),
            ) => Value::Opaque(bytes.clone()),
            _ => return None,
        })
    }
}

/// Reads a payload within its bounds.
///
/// # Errors
/// A sentence.
pub fn decode(bytes: &[u8]) -> Result<Payload, String> {
    if bytes.len() > PAYLOAD_BYTES_MAX {
        return Err(format!("{} bytes, at most {PAYLOAD_BYTES_MAX} are read", bytes.len()));
    }
    let payload = Payload::decode(bytes).map_err(|error| error.to_string())?;
    if payload.metrics.len() > METRICS_MAX {
        return Err(format!("{} metrics, at most {METRICS_MAX} are read", payload.metrics.len()));
    }
    let sizes = |set: &PropertySet| set.keys.len() == set.values.len();
    if !payload.metrics.iter().filter_map(|metric| metric.properties.as_ref()).all(sizes) {
        return Err("a property set has not as many keys as values".to_owned());
    }
    Ok(payload)
}
