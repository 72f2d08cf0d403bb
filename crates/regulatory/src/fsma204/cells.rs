//! Records as rows of cells, in the order of their columns.

use super::columns::Cte;
use super::records::{
    Amount, Cooling, Document, Entry, ExemptPacking, Harvesting, InitialPacking, Landing, Location, ProductDescription,
    Quantity, Receiving, Record, Shipping, SproutPacking, Tlc, TlcSource, Transformation,
};
use tracelight_domain::gs1::Date;

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing is known.
    Empty,
    /// Text, never a formula.
    Text(String),
    /// A full date.
    Date(Date),
    /// A number.
    Number(Amount),
    /// A location or product description of which parts are missing.
    Partial {
        /// What is known.
        text: String,
        /// What is not.
        missing: Vec<&'static str>,
    },
}

impl Cell {
    fn text(text: &str) -> Self {
        if text.trim().is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }

    fn date(date: Option<Date>) -> Self {
        match date {
            None => Self::Empty,
            Some(month) if month.day() == 0 => Self::Partial { text: month.to_string(), missing: vec!["day"] },
            Some(date) => Self::Date(date),
        }
    }

    fn tlc(tlc: Option<&Tlc>) -> Self {
        tlc.map_or(Self::Empty, |tlc| Self::text(tlc.as_str()))
    }

    fn number(amount: Option<Amount>) -> Self {
        amount.map_or(Self::Empty, Self::Number)
    }

    /// Parts with a name each, the known ones one behind the other.
    fn parts(parts: &[(&'static str, &str)], optional: &[&str]) -> Self {
        let known: Vec<&str> = parts.iter().map(|(_, text)| text.trim()).filter(|text| !text.is_empty()).collect();
        let absent = parts.iter().filter(|(name, text)| text.trim().is_empty() && !optional.contains(name));
        let missing: Vec<&'static str> = absent.map(|(name, _)| *name).collect();
        let text = known.join("; ");
        match (known.is_empty(), missing.is_empty()) {
            (true, _) => Self::Empty,
            (false, true) => Self::Text(text),
            (false, false) => Self::Partial { text, missing },
        }
    }

    fn location(location: Option<&Location>) -> Self {
        let Some(location) = location else { return Self::Empty };
        let parts = [
            ("business name", location.name.as_str()),
            ("phone number", &location.phone),
            ("street address or coordinates", &location.street),
            ("city", &location.city),
            ("state", &location.state),
            ("zip code", &location.postal),
            ("country", &location.country),
            ("code", &location.code),
        ];
        Self::parts(&parts, &["country", "code"])
    }

    fn product(product: &ProductDescription) -> Self {
        let parts = [
            ("product name", product.name.as_str()),
            ("packaging size", &product.size),
            ("packaging style", &product.style),
        ];
        Self::parts(&parts, &[])
    }

    fn source(source: Option<&TlcSource>) -> Self {
        match source {
            None => Self::Empty,
            Some(TlcSource::Location(location)) => Self::location(Some(location)),
            Some(TlcSource::Reference(reference)) => Self::text(reference),
        }
    }

    /// The text that a CSV has.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) | Self::Partial { text, .. } => text.clone(),
            Self::Date(date) => date.to_string(),
            Self::Number(amount) => amount.to_string(),
        }
    }
}

fn quantity(quantity: &Quantity) -> [Cell; 2] {
    [Cell::number(quantity.amount), Cell::text(&quantity.uom)]
}

fn document(document: &Document) -> [Cell; 2] {
    [Cell::text(&document.kind), Cell::text(&document.number)]
}

impl Record {
    /// Which CTE.
    #[must_use]
    pub const fn cte(&self) -> Cte {
        match self {
            Self::Harvesting(_) => Cte::Harvesting,
            Self::Cooling(_) => Cte::Cooling,
            Self::InitialPacking(_) => Cte::InitialPacking,
            Self::SproutPacking(_) => Cte::SproutPacking,
            Self::ExemptPacking(_) => Cte::ExemptPacking,
            Self::Landing(_) => Cte::Landing,
            Self::Shipping(_) => Cte::Shipping,
            Self::Receiving(_) => Cte::Receiving,
            Self::Transformation(_) => Cte::Transformation,
        }
    }

    /// The lot codes that it names.
    #[must_use]
    pub fn tlcs(&self) -> Vec<&Tlc> {
        match self {
            Self::Harvesting(_) | Self::Cooling(_) => Vec::new(),
            Self::InitialPacking(record) => record.tlc.iter().collect(),
            Self::SproutPacking(record) => record.tlc.iter().collect(),
            Self::ExemptPacking(record) => record.tlc.iter().collect(),
            Self::Landing(record) => record.tlc.iter().collect(),
            Self::Shipping(record) => record.tlc.iter().collect(),
            Self::Receiving(record) => record.tlc.iter().collect(),
            Self::Transformation(record) => {
                let used = record.used.iter().filter_map(|used| used.tlc.as_ref());
                used.chain(record.produced.iter().filter_map(|produced| produced.tlc.as_ref())).collect()
            }
        }
    }

    /// When it happened; of several days the last.
    #[must_use]
    pub const fn date(&self) -> Option<Date> {
        match self {
            Self::Harvesting(record) => record.harvest_date,
            Self::Cooling(record) => record.cooling_date,
            Self::InitialPacking(record) => record.packed,
            Self::SproutPacking(record) => record.received,
            Self::ExemptPacking(record) => record.packed,
            Self::Landing(record) => record.landed,
            Self::Shipping(record) => record.shipped,
            Self::Receiving(record) => record.received,
            Self::Transformation(record) => record.transformed,
        }
    }

    /// The places that it names.
    #[must_use]
    pub fn locations(&self) -> Vec<&Location> {
        let places: Vec<&Option<Location>> = match self {
            Self::Harvesting(record) => vec![&record.harvest_location, &record.recipient],
            Self::Cooling(record) => vec![&record.cooling_location, &record.recipient, &record.harvest_location],
            Self::InitialPacking(record) => {
                vec![&record.packing_location, &record.harvest_location, &record.cooling_location]
            }
            Self::SproutPacking(record) => {
                vec![&record.grower, &record.conditioner, &record.packinghouse, &record.supplier]
            }
            Self::ExemptPacking(record) => vec![&record.packing_location, &record.received_from],
            Self::Landing(record) => vec![&record.location],
            Self::Shipping(record) => vec![&record.ship_from, &record.ship_to],
            Self::Receiving(record) => vec![&record.ship_to, &record.ship_from],
            Self::Transformation(record) => vec![&record.location],
        };
        places.into_iter().filter_map(Option::as_ref).collect()
    }

    /// How many rows it takes: without building them.
    #[must_use]
    pub fn rows_count(&self) -> usize {
        match self {
            Self::Transformation(record) => record.used.len().max(1).saturating_mul(record.produced.len().max(1)),
            _ => 1,
        }
    }
}

impl Entry {
    /// Its rows, each with a cell for each column of its CTE.
    #[must_use]
    pub fn rows(&self) -> Vec<Vec<Cell>> {
        match &self.record {
            Record::Harvesting(record) => vec![harvesting(record)],
            Record::Cooling(record) => vec![cooling(record)],
            Record::InitialPacking(record) => vec![initial_packing(record)],
            Record::SproutPacking(record) => vec![sprout_packing(record)],
            Record::ExemptPacking(record) => vec![exempt_packing(record)],
            Record::Landing(record) => vec![landing(record)],
            Record::Shipping(record) => vec![shipping(record)],
            Record::Receiving(record) => vec![receiving(record)],
            Record::Transformation(record) => transformation(record),
        }
    }
}

/// Cells and pairs of cells as one row.
macro_rules! row {
    ($($part:expr),* $(,)?) => {{
        let mut row: Vec<Cell> = Vec::new();
        $(row.extend($part);)*
        row
    }};
}

fn harvesting(record: &Harvesting) -> Vec<Cell> {
    row![
        [Cell::location(record.recipient.as_ref()), Cell::text(&record.commodity), Cell::text(&record.variety)],
        quantity(&record.quantity),
        [Cell::location(record.harvest_location.as_ref()), Cell::text(&record.field), Cell::date(record.harvest_date)],
        document(&record.document),
    ]
}

fn cooling(record: &Cooling) -> Vec<Cell> {
    row![
        [Cell::location(record.recipient.as_ref()), Cell::text(&record.commodity), Cell::text(&record.variety)],
        quantity(&record.quantity),
        [
            Cell::location(record.cooling_location.as_ref()),
            Cell::date(record.cooling_date),
            Cell::location(record.harvest_location.as_ref()),
        ],
        document(&record.document),
    ]
}

fn initial_packing(record: &InitialPacking) -> Vec<Cell> {
    row![
        [Cell::text(&record.commodity), Cell::text(&record.variety), Cell::date(record.received)],
        quantity(&record.quantity_received),
        [
            Cell::location(record.harvest_location.as_ref()),
            Cell::text(&record.field),
            Cell::text(&record.harvester),
            Cell::text(&record.harvester_phone),
            Cell::date(record.harvest_date),
            Cell::location(record.cooling_location.as_ref()),
            Cell::date(record.cooling_date),
            Cell::tlc(record.tlc.as_ref()),
            Cell::product(&record.product),
        ],
        quantity(&record.quantity_packed),
        [
            Cell::location(record.packing_location.as_ref()),
            Cell::text(&record.source_reference),
            Cell::date(record.packed),
        ],
        document(&record.document),
    ]
}

fn sprout_packing(record: &SproutPacking) -> Vec<Cell> {
    row![
        [
            Cell::location(record.grower.as_ref()),
            Cell::date(record.seed_harvest_date),
            Cell::location(record.conditioner.as_ref()),
            Cell::text(&record.seed_lot),
            Cell::date(record.conditioned),
            Cell::location(record.packinghouse.as_ref()),
            Cell::text(&record.packed_seed_lot),
            Cell::date(record.seed_packed),
            Cell::location(record.supplier.as_ref()),
            Cell::text(&record.supplier_lot),
            Cell::text(&record.sprouter_lot),
            Cell::text(&record.description),
            Cell::text(&record.seed_type),
            Cell::text(&record.taxonomic_name),
            Cell::text(&record.growing),
            Cell::text(&record.packaging),
            Cell::text(&record.antimicrobial),
            Cell::date(record.received),
        ],
        document(&record.document),
    ]
}

fn exempt_packing(record: &ExemptPacking) -> Vec<Cell> {
    row![
        [Cell::text(&record.commodity), Cell::text(&record.variety), Cell::date(record.received)],
        quantity(&record.quantity_received),
        [Cell::location(record.received_from.as_ref()), Cell::tlc(record.tlc.as_ref()), Cell::product(&record.product),],
        quantity(&record.quantity_packed),
        [
            Cell::location(record.packing_location.as_ref()),
            Cell::text(&record.source_reference),
            Cell::date(record.packed),
        ],
        document(&record.document),
    ]
}

fn landing(record: &Landing) -> Vec<Cell> {
    row![
        [Cell::tlc(record.tlc.as_ref()), Cell::text(&record.species)],
        quantity(&record.quantity),
        [
            Cell::date(record.harvest_first),
            Cell::date(record.harvest_last),
            Cell::text(&record.harvest_locations),
            Cell::location(record.location.as_ref()),
            Cell::text(&record.source_reference),
            Cell::date(record.landed),
        ],
        document(&record.document),
    ]
}

fn shipping(record: &Shipping) -> Vec<Cell> {
    row![
        [Cell::tlc(record.tlc.as_ref())],
        quantity(&record.quantity),
        [
            Cell::product(&record.product),
            Cell::location(record.ship_to.as_ref()),
            Cell::location(record.ship_from.as_ref()),
            Cell::date(record.shipped),
            Cell::source(record.source.as_ref()),
        ],
        document(&record.document),
    ]
}

fn receiving(record: &Receiving) -> Vec<Cell> {
    row![
        [Cell::tlc(record.tlc.as_ref())],
        quantity(&record.quantity),
        [
            Cell::product(&record.product),
            Cell::location(record.ship_from.as_ref()),
            Cell::location(record.ship_to.as_ref()),
            Cell::date(record.received),
            Cell::source(record.source.as_ref()),
        ],
        document(&record.document),
    ]
}

/// A row for each pair of a lot used and a lot produced; a side without any lot is empty cells.
fn transformation(record: &Transformation) -> Vec<Vec<Cell>> {
    let (no_used, no_produced) = ([super::Used::default()], [super::Produced::default()]);
    let used = if record.used.is_empty() { &no_used[..] } else { &record.used };
    let produced = if record.produced.is_empty() { &no_produced[..] } else { &record.produced };
    let pairs = used.iter().flat_map(|used| produced.iter().map(move |produced| (used, produced)));
    let rows = pairs.map(|(used, produced)| {
        row![
            [Cell::tlc(used.tlc.as_ref()), Cell::product(&used.product)],
            quantity(&used.quantity),
            [
                Cell::tlc(produced.tlc.as_ref()),
                Cell::location(record.location.as_ref()),
                Cell::text(&record.source_reference),
                Cell::date(record.transformed),
                Cell::product(&produced.product),
            ],
            quantity(&produced.quantity),
            document(&record.document),
        ]
    });
    rows.collect()
}
