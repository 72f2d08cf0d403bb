//! Which column or member of a source is what of a notice.

use super::Source;

/// A part of a notice that a column may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// Number of one recalled product, unique by itself.
    Number,
    /// Number of the recall.
    Event,
    /// Number of the product within the recall.
    ProductId,
    /// Language of the text: FSIS publishes some twice.
    Language,
    Firm,
    /// Names the firm among others: used where no firm is given.
    Title,
    Class,
    Status,
    Initiated,
    Reported,
    Classified,
    Terminated,
    Region,
    Distribution,
    Reason,
    Product,
    Codes,
}

/// Names as [`normal`] writes them. Several columns of one role are read one below the other.
const NAMES: &[(&str, Role)] = &[
    ("recall_number", Role::Number),
    ("field_recall_number", Role::Number),
    ("recall_id", Role::Event),
    ("event_id", Role::Event),
    ("product_id", Role::ProductId),
    ("langcode", Role::Language),
    ("recalling_firm", Role::Firm),
    ("recalling_firm_name", Role::Firm),
    ("field_establishment", Role::Firm),
    ("field_title", Role::Title),
    ("recall_class", Role::Class),
    ("classification", Role::Class),
    ("event_classification", Role::Class),
    ("field_recall_classification", Role::Class),
    ("status", Role::Status),
    ("recall_status", Role::Status),
    ("field_recall_type", Role::Status),
    ("recall_date", Role::Initiated),
    ("recall_initiation_date", Role::Initiated),
    ("field_recall_date", Role::Initiated),
    ("report_date", Role::Reported),
    ("center_classification_date", Role::Classified),
    ("termination_date", Role::Terminated),
    ("field_closed_date", Role::Terminated),
    ("city", Role::Region),
    ("state", Role::Region),
    ("recall_state", Role::Region),
    ("country", Role::Region),
    ("recalling_firm_city", Role::Region),
    ("recalling_firm_state", Role::Region),
    ("recalling_firm_country", Role::Region),
    ("distribution_pattern", Role::Distribution),
    ("field_states", Role::Distribution),
    ("reason_for_recall", Role::Reason),
    ("field_recall_reason", Role::Reason),
    ("product_description", Role::Product),
    ("field_product_items", Role::Product),
    ("code_info", Role::Codes),
    ("more_code_info", Role::Codes),
    ("field_summary", Role::Codes),
];

/// The name in small letters, everything else as one `_`: `Recall Number ` and `recall_number` are one.
fn normal(name: &str) -> String {
    let mut out = String::new();
    for character in name.trim().chars() {
        if character.is_alphanumeric() {
            out.extend(character.to_lowercase());
        } else if !out.ends_with('_') {
            out.push('_');
        }
    }
    out.trim_matches('_').to_owned()
}

/// What a column is; `None` for one that no notice needs.
pub(super) fn role(name: &str) -> Option<Role> {
    let name = normal(name);
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, role)| *role)
}

/// One record's texts by what they are.
pub(super) struct Record<'t> {
    /// Role, the column's name in the file, the text. In the order of [`NAMES`]: the same for each order of columns.
    cells: Vec<(Role, &'t str, &'t str)>,
}

impl<'t> Record<'t> {
    pub(super) fn of(cells: impl Iterator<Item = (&'t str, &'t str)>) -> Self {
        let place = |name: &str| {
            let name = normal(name);
            NAMES.iter().position(|(known, _)| *known == name)
        };
        let mut known: Vec<_> = cells.filter_map(|(name, text)| Some((place(name)?, name, text))).collect();
        known.sort_by_key(|(place, ..)| *place);
        let role = |place: usize| NAMES.get(place).map(|(_, role)| *role);
        Self { cells: known.into_iter().filter_map(|(place, name, text)| Some((role(place)?, name, text))).collect() }
    }

    /// The texts of a role that are not empty, one below the other, as they stand.
    pub(super) fn text(&self, role: Role) -> String {
        self.joined(role, "\n")
    }

    /// The same, with another text between them.
    pub(super) fn joined(&self, role: Role, between: &str) -> String {
        let texts = self.cells.iter().filter(|(found, ..)| *found == role).map(|(_, _, text)| *text);
        texts.filter(|text| !text.trim().is_empty()).collect::<Vec<_>>().join(between)
    }

    /// The first column of a role.
    pub(super) fn first(&self, role: Role) -> Option<(&'t str, &'t str)> {
        self.cells.iter().find(|(found, ..)| *found == role).map(|(_, name, text)| (*name, *text))
    }

    /// The first column of a role that has a text.
    pub(super) fn filled(&self, role: Role) -> Option<(&'t str, &'t str)> {
        let filled = self.cells.iter().find(|(found, _, text)| *found == role && !text.trim().is_empty());
        filled.map(|(_, name, text)| (*name, *text))
    }

    /// Who published it.
    pub(super) fn source(&self) -> Source {
        let fsis = self.cells.iter().any(|(_, name, _)| normal(name).starts_with("field_"));
        match self.first(Role::Number) {
            _ if fsis => Source::Fsis,
            Some(_) => Source::OpenFda,
            None => Source::FdaTable,
        }
    }
}
