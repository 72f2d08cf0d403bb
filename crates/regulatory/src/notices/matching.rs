//! Which of our products a notice concerns, why, and what is not known.
//!
//! | why | strength |
//! |---|---|
//! | the same GTIN, announced as one | fact |
//! | the same GTIN by its form; the same item at another packaging level (the digits between indicator and check digit) | likely |
//! | a doubtful code that could be the GTIN; a name that is like the notice's words | suggestion |
//!
//! A name never makes more than a suggestion. That a lot is not named clears nothing: what was not understood, a lot range, or
//! lots that may belong to another product of the same notice are said in [`Match::unknown`].

use super::{Basis, DateRange, Extent, Gap, LotRange, Notice, NoticeKey};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_domain::gs1::{Gtin, Lot};

/// Suggestions by name for one notice; the best are kept. Facts and doubtful codes have no such bound.
pub const SUGGESTIONS_PER_NOTICE_MAX: usize = 20;

/// Of 100 words of a product's name and brand so many must stand in the notice.
const NAME_PERCENT_MIN: usize = 70;
/// Words of a name without which nothing is like anything.
const NAME_WORDS_MIN: usize = 2;
/// A word that more of our products have than these tells nothing, and is not looked up.
const WORD_PRODUCTS_MAX: usize = 2_000;

/// One of our products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its code.
    pub gtin: Gtin,
    /// Its name.
    pub name: String,
    /// Its brand; may be empty.
    pub brand: String,
    /// Its lots.
    pub lots: Vec<Lot>,
}

/// How much weight a match has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// The notice names the product.
    Fact,
    /// It names it, if its digits are what they look like, or names another level of the same item.
    Likely,
    /// Somebody should look.
    Suggestion,
}

/// Why a notice may concern a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It has the same GTIN.
    GtinExact {
        /// What this rests on.
        basis: Basis,
    },
    /// It has the GTIN of another packaging level: a case of the product, or a piece of the case.
    GtinOtherLevel {
        /// The notice's.
        gtin: Gtin,
        /// What this rests on.
        basis: Basis,
    },
    /// It has a code without a right check digit or length, which could be this GTIN.
    DoubtfulCode {
        /// The notice's digits.
        digits: String,
    },
    /// Words of name and brand stand in the notice.
    NameSimilar {
        /// Of 100 words of the name so many.
        percent: u8,
        /// Which.
        words: Vec<String>,
    },
}

impl Why {
    /// Its weight.
    #[must_use]
    pub const fn strength(&self) -> Strength {
        match self {
            Self::GtinExact { basis: Basis::Stated } => Strength::Fact,
            Self::GtinExact { basis: Basis::Inferred } | Self::GtinOtherLevel { .. } => Strength::Likely,
            Self::DoubtfulCode { .. } | Self::NameSimilar { .. } => Strength::Suggestion,
        }
    }
}

/// What the notice says of our lots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotAnswer {
    /// Named, byte for byte, or by "all lots".
    pub named: Vec<Lot>,
    /// Named but for capitals, hyphens or spaces, or between the ends of a range of equal length.
    pub maybe: Vec<Lot>,
    /// Not named. No clearance: see [`Match::unknown`].
    pub not_named: Vec<Lot>,
}

/// What is not known of a match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unknown {
    /// The notice names no lots: all of ours may be meant.
    NoLotsNamed,
    /// The notice names neither lots nor dates, nor that all is meant.
    ExtentNotStated,
    /// The notice names dates, and our lots come here without theirs.
    DatesNotCompared,
    /// The notice has codes of several products, and does not tie its lots and dates to one.
    NotTiedToProduct,
    /// Passages of the notice were not understood.
    NotUnderstood(Vec<Gap>),
    /// We keep no lots of this product.
    OwnLotsUnknown,
}

/// A notice that may concern a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Which notice.
    pub notice: NoticeKey,
    /// Its place in the list that was given.
    pub notice_index: usize,
    /// The product's place in the list that was given.
    pub product_index: usize,
    /// The strongest of the reasons.
    pub strength: Strength,
    /// All reasons, the strongest first.
    pub why: Vec<Why>,
    /// Our lots.
    pub lots: LotAnswer,
    /// Dates that the notice names, to compare with those of our lots.
    pub dates: Vec<DateRange>,
    /// What is not known.
    pub unknown: Vec<Unknown>,
}

/// The digits that all packaging levels of an item share: without indicator and check digit.
fn item(gtin: &Gtin) -> &[u8] {
    gtin.as_bytes().get(1..13).unwrap_or_default()
}

/// Words of a name that tell something: no measures, no fillers.
fn words(text: &str) -> BTreeSet<String> {
    const EMPTY: [&str; 26] = [
        "the", "and", "with", "for", "net", "wt", "oz", "lb", "lbs", "kg", "ml", "pack", "brand", "inc", "llc", "ltd",
        "co", "corp", "company", "product", "products", "food", "foods", "upc", "organic", "fresh",
    ];
    let split = text.split(|c: char| !c.is_alphanumeric());
    let words = split.filter(|word| word.chars().nth(1).is_some() && !word.starts_with(|c: char| c.is_ascii_digit()));
    words.map(str::to_lowercase).filter(|word| !EMPTY.contains(&word.as_str())).collect()
}

struct Index<'p> {
    products: &'p [Product],
    gtins: BTreeMap<Gtin, Vec<usize>>,
    items: BTreeMap<&'p [u8], Vec<usize>>,
    names: Vec<BTreeSet<String>>,
    by_word: BTreeMap<String, Vec<usize>>,
}

impl<'p> Index<'p> {
    fn of(products: &'p [Product]) -> Self {
        let names = products.iter().map(|product| words(&format!("{} {}", product.brand, product.name))).collect();
        let mut index =
            Self { products, gtins: BTreeMap::new(), items: BTreeMap::new(), names, by_word: BTreeMap::new() };
        for (at, product) in products.iter().enumerate() {
            index.gtins.entry(product.gtin).or_default().push(at);
            index.items.entry(item(&product.gtin)).or_default().push(at);
        }
        for (at, name) in index.names.iter().enumerate() {
            for word in name {
                index.by_word.entry(word.clone()).or_default().push(at);
            }
        }
        index
    }
}

/// Which products the notices may concern, notice by notice, the strongest first.
#[must_use]
pub fn match_notices(notices: &[Notice], products: &[Product]) -> Vec<Match> {
    let index = Index::of(products);
    let mut matches = Vec::new();
    for (at, notice) in notices.iter().enumerate() {
        let mut reasons = by_code(notice, &index);
        for (product, why) in by_name(notice, &index) {
            reasons.entry(product).or_default().push(why);
        }
        let mut of_notice: Vec<Match> = reasons
            .into_iter()
            .filter_map(|(product, why)| Some(one(notice, at, index.products.get(product)?, product, why)))
            .collect();
        of_notice.sort_by_key(|found| (found.strength, found.product_index));
        matches.extend(of_notice);
    }
    matches
}

fn by_code(notice: &Notice, index: &Index<'_>) -> BTreeMap<usize, Vec<Why>> {
    let mut reasons: BTreeMap<usize, Vec<Why>> = BTreeMap::new();
    for found in &notice.scope.gtins {
        for product in index.gtins.get(&found.value).into_iter().flatten() {
            reasons.entry(*product).or_default().push(Why::GtinExact { basis: found.basis });
        }
        for product in index.items.get(item(&found.value)).into_iter().flatten() {
            if index.products.get(*product).is_some_and(|product| product.gtin != found.value) {
                let why = Why::GtinOtherLevel { gtin: found.value, basis: found.basis };
                reasons.entry(*product).or_default().push(why);
            }
        }
    }
    for doubtful in &notice.scope.doubtful {
        // The check digit may be what is wrong: then the other digits are those of the item.
        let padded = format!("{:0>14}", doubtful.digits);
        let same = Some(padded.as_bytes()).filter(|padded| padded.len() == 14).and_then(|padded| padded.get(1..13));
        let by_item = same.and_then(|item| index.items.get(item)).into_iter().flatten();
        let by_guess = doubtful.could_be.iter().filter_map(|gtin| index.items.get(item(gtin))).flatten();
        for product in by_item.chain(by_guess).collect::<BTreeSet<_>>() {
            let why = Why::DoubtfulCode { digits: doubtful.digits.clone() };
            reasons.entry(*product).or_default().push(why);
        }
    }
    reasons
}

fn by_name(notice: &Notice, index: &Index<'_>) -> Vec<(usize, Why)> {
    let told = words(&format!("{} {}", notice.firm, notice.product));
    let mut shared: BTreeMap<usize, Vec<&String>> = BTreeMap::new();
    for word in &told {
        let having = index.by_word.get(word).filter(|having| having.len() <= WORD_PRODUCTS_MAX);
        for product in having.into_iter().flatten() {
            shared.entry(*product).or_default().push(word);
        }
    }
    let mut similar: Vec<(usize, usize, Vec<&String>)> = shared
        .into_iter()
        .filter_map(|(product, words)| {
            let of = index.names.get(product).map_or(0, BTreeSet::len).max(1);
            let percent = words.len() * 100 / of;
            (words.len() >= NAME_WORDS_MIN && percent >= NAME_PERCENT_MIN).then_some((percent, product, words))
        })
        .collect();
    similar.sort_by_key(|(percent, product, words)| (std::cmp::Reverse((*percent, words.len())), *product));
    similar.truncate(SUGGESTIONS_PER_NOTICE_MAX);
    let why = |percent: usize, words: Vec<&String>| Why::NameSimilar {
        percent: u8::try_from(percent).unwrap_or(100),
        words: words.into_iter().cloned().collect(),
    };
    similar.into_iter().map(|(percent, product, words)| (product, why(percent, words))).collect()
}

fn one(notice: &Notice, at: usize, product: &Product, product_index: usize, mut why: Vec<Why>) -> Match {
    why.sort_by_key(Why::strength);
    let scope = &notice.scope;
    let lots = lots(notice, product);
    let mut unknown = Vec::new();
    let whole = scope.extent == Extent::WholeProduct;
    let no_lots = scope.lots.is_empty() && scope.lot_ranges.is_empty();
    unknown.extend((no_lots && !whole).then_some(Unknown::NoLotsNamed));
    unknown.extend((scope.extent == Extent::NotStated).then_some(Unknown::ExtentNotStated));
    unknown.extend((!scope.dates.is_empty()).then_some(Unknown::DatesNotCompared));
    let several = scope.gtins.iter().map(|found| item(&found.value)).collect::<BTreeSet<_>>().len() > 1;
    unknown.extend((several && scope.extent == Extent::Limited).then_some(Unknown::NotTiedToProduct));
    let gaps: BTreeSet<Gap> = scope.not_understood.iter().map(|passage| passage.gap).collect();
    unknown.extend((!gaps.is_empty()).then(|| Unknown::NotUnderstood(gaps.into_iter().collect())));
    unknown.extend(product.lots.is_empty().then_some(Unknown::OwnLotsUnknown));
    Match {
        notice: notice.key.clone(),
        notice_index: at,
        product_index,
        strength: why.first().map_or(Strength::Suggestion, Why::strength),
        why,
        lots,
        dates: scope.dates.iter().map(|found| found.value).collect(),
        unknown,
    }
}

fn lots(notice: &Notice, product: &Product) -> LotAnswer {
    let scope = &notice.scope;
    let exact: BTreeSet<&Lot> = scope.lots.iter().map(|found| &found.value).collect();
    let loose: BTreeSet<String> = exact.iter().map(|lot| folded(lot)).collect();
    let mut answer = LotAnswer { named: vec![], maybe: vec![], not_named: vec![] };
    for lot in &product.lots {
        let list = if scope.extent == Extent::WholeProduct || exact.contains(lot) {
            &mut answer.named
        } else if loose.contains(&folded(lot)) || scope.lot_ranges.iter().any(|range| within(lot, &range.value)) {
            &mut answer.maybe
        } else {
            &mut answer.not_named
        };
        list.push(lot.clone());
    }
    answer
}

/// Letters and digits alone, in capitals.
fn folded(lot: &Lot) -> String {
    lot.as_str().chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// Of the same length as both ends and between them as texts are.
fn within(lot: &Lot, range: &LotRange) -> bool {
    let same_length = [&range.from, &range.to].iter().all(|end| end.as_str().len() == lot.as_str().len());
    same_length && (&range.from..=&range.to).contains(&lot)
}
