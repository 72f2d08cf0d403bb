//! The records. Every KDE may be missing: what a partner did not send is a gap, not an error.

use tracelight_domain::gs1::Date;

/// A lot code or an amount that cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Empty, too long, or with control characters.
    #[error("a traceability lot code has 1 to {most} characters and no line ends, found {found}")]
    Tlc {
        /// Its characters.
        found: usize,
        /// The bound.
        most: usize,
    },
    /// No decimal number of at most 12 digits and three decimals.
    #[error("`{0}` is no amount, expected such as 12 or 12.5")]
    Amount(String),
}

/// A traceability lot code, in the words of whoever assigned it: most often GTIN and lot. Compared character by character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tlc(Box<str>);

impl Tlc {
    /// The longest, in characters.
    pub const LENGTH_MAX: usize = 200;

    /// Takes the text as it is.
    ///
    /// # Errors
    /// Empty or only white space, longer than [`Tlc::LENGTH_MAX`], a control character.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let found = text.chars().count();
        let fits = !text.trim().is_empty() && found <= Self::LENGTH_MAX && !text.chars().any(char::is_control);
        if fits { Ok(Self(text.into())) } else { Err(TextError::Tlc { found, most: Self::LENGTH_MAX }) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An amount in thousandths: exact, where a float would not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(u64);

impl Amount {
    /// The largest: 12 digits and three decimals, which a spreadsheet's number still holds exactly.
    pub const THOUSANDTHS_MAX: u64 = 999_999_999_999_999;

    /// Reads `12` or `12.5`.
    ///
    /// # Errors
    /// Signs, exponents, more than 12 digits or three decimals.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let wrong = || TextError::Amount(text.chars().take(40).collect());
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits(whole, 12) || !digits(decimals, 3) {
            return Err(wrong());
        }
        let number: u64 = format!("{whole}{decimals:0<3}").parse().map_err(|_| wrong())?;
        Ok(Self(number))
    }

    /// As a spreadsheet's number.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "fifteen digits are below 2^53")]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 1_000.0
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, decimals) = (self.0 / 1_000, self.0 % 1_000);
        if decimals == 0 {
            return write!(f, "{whole}");
        }
        write!(f, "{whole}.{}", format!("{decimals:03}").trim_end_matches('0'))
    }
}

/// How much.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quantity {
    /// The number.
    pub amount: Option<Amount>,
    /// The unit of measure.
    pub uom: String,
}

/// A location description, 21 CFR 1.1310. An empty text is a missing part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// A GLN, an FDA registration number or another code; may be empty.
    pub code: String,
    /// Business name.
    pub name: String,
    /// Telephone number.
    pub phone: String,
    /// Street address, or geographic coordinates.
    pub street: String,
    /// City.
    pub city: String,
    /// State, or a region abroad.
    pub state: String,
    /// ZIP code, or what is like it abroad.
    pub postal: String,
    /// Country; may be empty for the United States.
    pub country: String,
}

/// A product description, 21 CFR 1.1310.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductDescription {
    /// Product name, with brand, commodity and variety where there are such.
    pub name: String,
    /// Packaging size.
    pub size: String,
    /// Packaging style.
    pub style: String,
}

/// A reference document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Its type: invoice, bill of lading, ...
    pub kind: String,
    /// Its number.
    pub number: String,
}

/// Where a lot code was assigned, or a reference to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlcSource {
    /// The place.
    Location(Location),
    /// GLN, FDA registration number, web address or GGN.
    Reference(String),
}

/// Harvesting, 1.1325(a).
/// Fields are the KDEs of `Cte::Harvesting`, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Harvesting {
    pub recipient: Option<Location>,
    pub commodity: String,
    pub variety: String,
    pub quantity: Quantity,
    pub harvest_location: Option<Location>,
    pub field: String,
    pub harvest_date: Option<Date>,
    pub document: Document,
}

/// Cooling before initial packing, 1.1325(b).
/// Fields are the KDEs of `Cte::Cooling`, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cooling {
    pub recipient: Option<Location>,
    pub commodity: String,
    pub variety: String,
    pub quantity: Quantity,
    pub cooling_location: Option<Location>,
    pub cooling_date: Option<Date>,
    pub harvest_location: Option<Location>,
    pub document: Document,
}

/// Initial packing, 1.1330(a). Creates a lot code.
/// Fields are the KDEs of `Cte::InitialPacking`, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InitialPacking {
    pub commodity: String,
    pub variety: String,
    pub received: Option<Date>,
    pub quantity_received: Quantity,
    pub harvest_location: Option<Location>,
    pub field: String,
    pub harvester: String,
    pub harvester_phone: String,
    pub harvest_date: Option<Date>,
    pub cooling_location: Option<Location>,
    pub cooling_date: Option<Date>,
    pub tlc: Option<Tlc>,
    pub product: ProductDescription,
    pub quantity_packed: Quantity,
    pub packing_location: Option<Location>,
    pub source_reference: String,
    pub packed: Option<Date>,
    pub document: Document,
}

/// Seeds of a lot of sprouts, 1.1330(b): kept besides the record of their initial packing, which creates the lot code.
/// Fields are the KDEs of `Cte::SproutPacking`, in their order, behind the linked lot code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SproutPacking {
    /// The lot of sprouts; the table has no column for it, the sheet of records has.
    pub tlc: Option<Tlc>,
    pub grower: Option<Location>,
    pub seed_harvest_date: Option<Date>,
    pub conditioner: Option<Location>,
    pub seed_lot: String,
    pub conditioned: Option<Date>,
    pub packinghouse: Option<Location>,
    pub packed_seed_lot: String,
    pub seed_packed: Option<Date>,
    pub supplier: Option<Location>,
    pub supplier_lot: String,
    pub sprouter_lot: String,
    pub description: String,
    pub seed_type: String,
    pub taxonomic_name: String,
    pub growing: String,
    pub packaging: String,
    pub antimicrobial: String,
    pub received: Option<Date>,
    pub document: Document,
}

/// Initial packing of food received from a person to whom the subpart does not apply, 1.1330(c). Creates a lot code.
/// Fields are the KDEs of `Cte::ExemptPacking`, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExemptPacking {
    pub commodity: String,
    pub variety: String,
    pub received: Option<Date>,
    pub quantity_received: Quantity,
    pub received_from: Option<Location>,
    pub tlc: Option<Tlc>,
    pub product: ProductDescription,
    pub quantity_packed: Quantity,
    pub packing_location: Option<Location>,
    pub source_reference: String,
    pub packed: Option<Date>,
    pub document: Document,
}

/// First land-based receiving of food from a fishing vessel, 1.1335. Creates a lot code.
/// Fields are the KDEs of `Cte::Landing`, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Landing {
    pub tlc: Option<Tlc>,
    pub species: String,
    pub quantity: Quantity,
    pub harvest_first: Option<Date>,
    pub harvest_last: Option<Date>,
    pub harvest_locations: String,
    pub location: Option<Location>,
    pub source_reference: String,
    pub landed: Option<Date>,
    pub document: Document,
}

/// Shipping, 1.1340(a).
/// Fields are the KDEs of `Cte::Shipping`, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shipping {
    pub tlc: Option<Tlc>,
    pub quantity: Quantity,
    pub product: ProductDescription,
    pub ship_to: Option<Location>,
    pub ship_from: Option<Location>,
    pub shipped: Option<Date>,
    pub source: Option<TlcSource>,
    pub document: Document,
}

/// From whom food was received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Supplier {
    /// Somebody who keeps records, and assigned the lot code or passed it on: 1.1345(a).
    #[default]
    Covered,
    /// Somebody who is exempt: the receiver assigns a lot code when there is none, 1.1345(b).
    Exempt,
}

/// Receiving, 1.1345.
/// Fields are the KDEs of `Cte::Receiving`, in their order, behind the supplier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receiving {
    pub supplier: Supplier,
    pub tlc: Option<Tlc>,
    pub quantity: Quantity,
    pub product: ProductDescription,
    pub ship_from: Option<Location>,
    pub ship_to: Option<Location>,
    pub received: Option<Date>,
    pub source: Option<TlcSource>,
    pub document: Document,
}

/// A lot that a transformation used.
/// Fields are the KDEs of 1.1350(a)(1), in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Used {
    pub tlc: Option<Tlc>,
    pub product: ProductDescription,
    pub quantity: Quantity,
}

/// A lot that a transformation produced. Creates a lot code.
/// Fields are KDEs of 1.1350(a)(2), in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Produced {
    pub tlc: Option<Tlc>,
    pub product: ProductDescription,
    pub quantity: Quantity,
}

/// Transformation, 1.1350(a).
/// Fields are the KDEs of `Cte::Transformation`; rows are pairs of used and produced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transformation {
    pub used: Vec<Used>,
    pub produced: Vec<Produced>,
    pub location: Option<Location>,
    pub source_reference: String,
    pub transformed: Option<Date>,
    pub document: Document,
}

/// A record of one CTE.
/// A variant for each CTE, which its type describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    Harvesting(Harvesting),
    Cooling(Cooling),
    InitialPacking(InitialPacking),
    SproutPacking(SproutPacking),
    ExemptPacking(ExemptPacking),
    Landing(Landing),
    Shipping(Shipping),
    Receiving(Receiving),
    Transformation(Transformation),
}

/// How the food grew, which decides whether a field's or a container's name is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoodKind {
    /// Produce: the name of the field.
    Produce,
    /// Aquacultured: the name of the container, in the same column.
    Aquaculture,
    /// Anything else: neither.
    Other,
}

/// A record as we keep it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Our own name of it, by which gaps and findings are told.
    pub id: String,
    /// The food on the Food Traceability List; empty when it is not known.
    pub food: String,
    /// How it grew.
    pub kind: FoodKind,
    /// The record.
    pub record: Record,
}
