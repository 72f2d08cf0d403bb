//! The columns of each CTE, with the paragraph that asks for each. Names and order: 21 CFR 1 subpart S as the industry's guidance
//! writes its columns; paragraphs: the regulation.

/// A critical tracking event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cte {
    /// 1.1325(a).
    Harvesting,
    /// 1.1325(b).
    Cooling,
    /// 1.1330(a).
    InitialPacking,
    /// 1.1330(b).
    SproutPacking,
    /// 1.1330(c).
    ExemptPacking,
    /// 1.1335.
    Landing,
    /// 1.1340(a).
    Shipping,
    /// 1.1345.
    Receiving,
    /// 1.1350(a).
    Transformation,
}

/// When a KDE must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Always.
    Always,
    /// If there is such a thing: nobody but the record keeper knows.
    IfApplicable,
    /// For produce and aquacultured food.
    IfGrown,
    /// Unless the next column has a value: the regulation asks for one of both.
    OrNext,
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// The paragraph of 21 CFR.
    pub cfr: &'static str,
    /// When it must be there.
    pub need: Need,
}

const fn always(name: &'static str, cfr: &'static str) -> Column {
    Column { name, cfr, need: Need::Always }
}

const fn if_any(name: &'static str, cfr: &'static str) -> Column {
    Column { name, cfr, need: Need::IfApplicable }
}

const fn if_grown(name: &'static str, cfr: &'static str) -> Column {
    Column { name, cfr, need: Need::IfGrown }
}

const HARVESTING: &[Column] = &[
    always("ISR Location", "1.1325(a)(1)(i)"),
    always("Commodity", "1.1325(a)(1)(ii)"),
    if_any("Variety", "1.1325(a)(1)(ii)"),
    always("Quantity", "1.1325(a)(1)(iii)"),
    always("UOM", "1.1325(a)(1)(iii)"),
    always("Harvest Location", "1.1325(a)(1)(iv)"),
    if_grown("Field Name", "1.1325(a)(1)(v)"),
    always("Harvest Date", "1.1325(a)(1)(vii)"),
    always("Reference Document Type", "1.1325(a)(1)(viii)"),
    always("Reference Document Number", "1.1325(a)(1)(viii)"),
];

const COOLING: &[Column] = &[
    always("ISR Location", "1.1325(b)(1)(i)"),
    always("Commodity", "1.1325(b)(1)(ii)"),
    if_any("Variety", "1.1325(b)(1)(ii)"),
    always("Quantity", "1.1325(b)(1)(iii)"),
    always("UOM", "1.1325(b)(1)(iii)"),
    always("Cooling Location", "1.1325(b)(1)(iv)"),
    always("Cooling Date", "1.1325(b)(1)(v)"),
    always("Harvest Location", "1.1325(b)(1)(vi)"),
    always("Reference Document Type", "1.1325(b)(1)(vii)"),
    always("Reference Document Number", "1.1325(b)(1)(vii)"),
];

const INITIAL_PACKING: &[Column] = &[
    always("Commodity", "1.1330(a)(1)"),
    if_any("Variety", "1.1330(a)(1)"),
    always("Receive Date", "1.1330(a)(2)"),
    always("Quantity Received", "1.1330(a)(3)"),
    always("UOM Received", "1.1330(a)(3)"),
    always("Harvest Location", "1.1330(a)(4)"),
    if_grown("Field Name", "1.1330(a)(5)"),
    always("Harvest Company (business name)", "1.1330(a)(7)"),
    always("Harvest Company phone", "1.1330(a)(7)"),
    always("Harvest Date", "1.1330(a)(8)"),
    if_any("Cooling Location", "1.1330(a)(9)"),
    if_any("Cooling Date", "1.1330(a)(10)"),
    always("Traceability Lot Code (TLC)", "1.1330(a)(11)"),
    always("Product Description", "1.1330(a)(12)"),
    always("Quantity Packed", "1.1330(a)(13)"),
    always("UOM Packed", "1.1330(a)(13)"),
    always("Initial Packing Location (=TLC source)", "1.1330(a)(14)"),
    if_any("TLC Source Reference", "1.1330(a)(14)"),
    always("Pack Date", "1.1330(a)(15)"),
    always("Reference Document Type", "1.1330(a)(16)"),
    always("Reference Document Number", "1.1330(a)(16)"),
];

const SPROUT_PACKING: &[Column] = &[
    if_any("Seed Grower Location", "1.1330(b)(1)"),
    if_any("Seed Harvest Date", "1.1330(b)(1)"),
    always("Seed Conditioner Location", "1.1330(b)(2)"),
    always("Seed Lot Code", "1.1330(b)(2)"),
    always("Date of Conditioning / Processing", "1.1330(b)(2)"),
    always("Seed Packinghouse Location", "1.1330(b)(3)"),
    always("Packed Seed Lot Code", "1.1330(b)(3)"),
    always("Seed Pack Date", "1.1330(b)(3)"),
    always("Seed Supplier Location", "1.1330(b)(4)"),
    if_any("Seed Supplier Lot Code", "1.1330(b)(4)"),
    if_any("Sprouter Seed Lot Code", "1.1330(b)(4)"),
    always("Seed Description", "1.1330(b)(5)"),
    Column { name: "Seed Type", cfr: "1.1330(b)(5)", need: Need::OrNext },
    if_any("Taxonomic Name", "1.1330(b)(5)"),
    always("Growing Specifications", "1.1330(b)(5)"),
    always("Type of Packaging", "1.1330(b)(5)"),
    if_any("Antimicrobial Treatment", "1.1330(b)(5)"),
    always("Sprouter Receive Date", "1.1330(b)(6)"),
    always("Reference Document Type", "1.1330(b)(7)"),
    always("Reference Document Number", "1.1330(b)(7)"),
];

const EXEMPT_PACKING: &[Column] = &[
    always("Commodity", "1.1330(c)(1)"),
    if_any("Variety", "1.1330(c)(1)"),
    always("Receive Date", "1.1330(c)(2)"),
    always("Quantity Received", "1.1330(c)(3)"),
    always("UOM Received", "1.1330(c)(3)"),
    always("Receive From Location", "1.1330(c)(4)"),
    always("Traceability Lot Code (TLC)", "1.1330(c)(5)"),
    always("Product Description", "1.1330(c)(6)"),
    always("Quantity Packed", "1.1330(c)(7)"),
    always("UOM Packed", "1.1330(c)(7)"),
    always("Initial Packing Location (=TLC source)", "1.1330(c)(8)"),
    if_any("TLC Source Reference", "1.1330(c)(8)"),
    always("Pack Date", "1.1330(c)(9)"),
    always("Reference Document Type", "1.1330(c)(10)"),
    always("Reference Document Number", "1.1330(c)(10)"),
];

const LANDING: &[Column] = &[
    always("Traceability Lot Code (TLC)", "1.1335(a)"),
    always("Species, Market Name or Product Description", "1.1335(b)"),
    always("Quantity", "1.1335(c)"),
    always("UOM", "1.1335(c)"),
    always("Harvest Date (first of trip)", "1.1335(d)"),
    always("Harvest Date (last of trip)", "1.1335(d)"),
    always("Harvest Locations", "1.1335(d)"),
    always("First Land-Based Receiving Location (=TLC source)", "1.1335(e)"),
    if_any("TLC Source Reference", "1.1335(e)"),
    always("Date Landed", "1.1335(f)"),
    always("Reference Document Type", "1.1335(g)"),
    always("Reference Document Number", "1.1335(g)"),
];

const SHIPPING: &[Column] = &[
    always("Traceability Lot Code (TLC)", "1.1340(a)(1)"),
    always("Quantity", "1.1340(a)(2)"),
    always("UOM", "1.1340(a)(2)"),
    always("Product Description", "1.1340(a)(3)"),
    always("Ship To Location", "1.1340(a)(4)"),
    always("Ship From Location", "1.1340(a)(5)"),
    always("Ship Date", "1.1340(a)(6)"),
    always("TLC Source or TLC Source Reference", "1.1340(a)(7)"),
    always("Reference Document Type", "1.1340(a)(8)"),
    always("Reference Document Number", "1.1340(a)(8)"),
];

const RECEIVING: &[Column] = &[
    always("Traceability Lot Code (TLC)", "1.1345(a)(1)"),
    always("Quantity", "1.1345(a)(2)"),
    always("UOM", "1.1345(a)(2)"),
    always("Product Description", "1.1345(a)(3)"),
    always("Ship From Location", "1.1345(a)(4)"),
    always("Ship To (Receive) Location", "1.1345(a)(5)"),
    always("Receive Date", "1.1345(a)(6)"),
    always("TLC Source or TLC Source Reference", "1.1345(a)(7)"),
    always("Reference Document Type", "1.1345(a)(8)"),
    always("Reference Document Number", "1.1345(a)(8)"),
];

const TRANSFORMATION: &[Column] = &[
    always("FTL Food Used TLC", "1.1350(a)(1)(i)"),
    always("FTL Food Used Product Description", "1.1350(a)(1)(ii)"),
    always("FTL Food Used Qty", "1.1350(a)(1)(iii)"),
    always("FTL Food Used UOM", "1.1350(a)(1)(iii)"),
    always("FTL Food Produced New TLC", "1.1350(a)(2)(i)"),
    always("Transformation Location (=TLC source)", "1.1350(a)(2)(ii)"),
    if_any("TLC Source Reference", "1.1350(a)(2)(ii)"),
    always("Date Transformed", "1.1350(a)(2)(iii)"),
    always("FTL Food Produced Product Description", "1.1350(a)(2)(iv)"),
    always("FTL Food Produced Quantity", "1.1350(a)(2)(v)"),
    always("FTL Food Produced UOM", "1.1350(a)(2)(v)"),
    always("Reference Document Type", "1.1350(a)(2)(vi)"),
    always("Reference Document Number", "1.1350(a)(2)(vi)"),
];

impl Cte {
    /// All of them, in the order of the sheets.
    pub const ALL: [Self; 9] = [
        Self::Harvesting,
        Self::Cooling,
        Self::InitialPacking,
        Self::SproutPacking,
        Self::ExemptPacking,
        Self::Landing,
        Self::Shipping,
        Self::Receiving,
        Self::Transformation,
    ];

    /// Its columns.
    #[must_use]
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Harvesting => HARVESTING,
            Self::Cooling => COOLING,
            Self::InitialPacking => INITIAL_PACKING,
            Self::SproutPacking => SPROUT_PACKING,
            Self::ExemptPacking => EXEMPT_PACKING,
            Self::Landing => LANDING,
            Self::Shipping => SHIPPING,
            Self::Receiving => RECEIVING,
            Self::Transformation => TRANSFORMATION,
        }
    }

    /// The name of its sheet; at most 31 characters, as spreadsheets ask.
    #[must_use]
    pub const fn sheet(self) -> &'static str {
        match self {
            Self::Harvesting => "Harvesting",
            Self::Cooling => "Cooling",
            Self::InitialPacking => "Initial packing",
            Self::SproutPacking => "Initial packing, sprouts",
            Self::ExemptPacking => "Initial packing, from exempt",
            Self::Landing => "First land-based receiving",
            Self::Shipping => "Shipping",
            Self::Receiving => "Receiving",
            Self::Transformation => "Transformation",
        }
    }

    /// The section of 21 CFR.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::Harvesting => "1.1325(a)",
            Self::Cooling => "1.1325(b)",
            Self::InitialPacking => "1.1330(a)",
            Self::SproutPacking => "1.1330(b)",
            Self::ExemptPacking => "1.1330(c)",
            Self::Landing => "1.1335",
            Self::Shipping => "1.1340(a)",
            Self::Receiving => "1.1345(a)",
            Self::Transformation => "1.1350(a)",
        }
    }
}
