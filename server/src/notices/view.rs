//! Notices as the contract has them, with their matches looked at again: what is stored is only that there is one.

use super::told_strength;
use crate::app::AppState;
use crate::auth::User;
use crate::http::ApiResult;
use crate::store::NoticeRow;
use std::collections::BTreeMap;
use tracelight_api::rest::goods;
use tracelight_api::rest::notice::{
    MatchReason, MatchReasonKind, MatchUnknown, NoticeClass, NoticeMatch, NoticeSource, NoticeStatus, RecallNotice,
};
use tracelight_domain::gs1::{Date, Lot};
use tracelight_regulatory::notices::{
    Basis, Class, Match, Notice, NoticeKey, Product, Source, Status, Unknown, Why, match_notices,
};

/// Lots of a match that are listed.
const LOTS_SHOWN_MAX: usize = 20;
/// Matches of a notice that are listed, the strongest first.
const MATCHES_SHOWN_MAX: usize = 10;
/// Codes, lots and passages of a notice that are listed.
const FINDS_SHOWN_MAX: usize = 100;

/// Rows of a page with their matches among the products that the user sees.
///
/// # Errors
/// When the database fails.
pub async fn views(state: &AppState, user: &User, rows: Vec<NoticeRow>) -> ApiResult<Vec<RecallNotice>> {
    let keys: Vec<NoticeKey> = rows.iter().map(|row| row.notice.key.clone()).collect();
    let gtins = state.store.matched_products(user.member, &keys).await?;
    let mut products = state.store.products_to_match(super::scope(user)?, Some(&gtins)).await?;
    let mut lots = state.store.lots_of_products(&gtins).await?;
    for product in &mut products {
        product.lots = lots.remove(&product.gtin).unwrap_or_default();
    }
    let mut names = BTreeMap::new();
    for product in &products {
        names.extend(state.store.product(product.gtin).await?.map(|known| (product.gtin, known)));
    }
    let notices: Vec<Notice> = rows.iter().map(|row| row.notice.clone()).collect();
    let mut matches: BTreeMap<usize, Vec<NoticeMatch>> = BTreeMap::new();
    for found in match_notices(&notices, &products) {
        let Some(product) = products.get(found.product_index) else { continue };
        let list = matches.entry(found.notice_index).or_default();
        if list.len() < MATCHES_SHOWN_MAX {
            list.push(match_view(product, names.get(&product.gtin), &found));
        }
    }
    let view = |(at, row)| notice_view(row, matches.remove(&at).unwrap_or_default());
    Ok(rows.into_iter().enumerate().map(view).collect())
}

fn notice_view(row: NoticeRow, matches: Vec<NoticeMatch>) -> RecallNotice {
    let NoticeRow { notice, changed_ms, .. } = row;
    let date = |date: Option<Date>| date.map(|date| date.to_string());
    let scope = &notice.scope;
    let ranges = scope.lot_ranges.iter().map(|found| format!("{} to {}", found.value.from, found.value.to));
    let lots = scope.lots.iter().map(|found| found.value.to_string()).chain(ranges);
    RecallNotice {
        key: notice.key.to_string(),
        source: match notice.key.source {
            Source::FdaTable => NoticeSource::Fda,
            Source::OpenFda => NoticeSource::Openfda,
            Source::Fsis => NoticeSource::Fsis,
        },
        class: match notice.class {
            Class::I => NoticeClass::One,
            Class::II => NoticeClass::Two,
            Class::III => NoticeClass::Three,
            Class::HealthAlert => NoticeClass::HealthAlert,
            Class::None => NoticeClass::None,
        },
        status: match notice.status {
            Status::Ongoing => NoticeStatus::Ongoing,
            Status::Completed => NoticeStatus::Completed,
            Status::Terminated => NoticeStatus::Terminated,
            Status::Unknown => NoticeStatus::Unknown,
        },
        initiated: date(notice.initiated),
        reported: date(notice.reported),
        gtins: scope.gtins.iter().take(FINDS_SHOWN_MAX).map(|found| found.value.to_string()).collect(),
        lots: lots.take(FINDS_SHOWN_MAX).collect(),
        not_understood: scope.not_understood.iter().take(FINDS_SHOWN_MAX).map(|one| one.text.clone()).collect(),
        event: notice.event,
        firm: notice.firm,
        region: notice.region,
        distribution: notice.distribution,
        reason: notice.reason,
        product: notice.product,
        codes: notice.codes,
        matches,
        changed_ms,
    }
}

fn match_view(product: &Product, known: Option<&goods::Product>, found: &Match) -> NoticeMatch {
    let texts = |lots: &[Lot]| lots.iter().take(LOTS_SHOWN_MAX).map(ToString::to_string).collect();
    NoticeMatch {
        gtin: product.gtin.to_string(),
        product_en: known.map(|known| known.name_en.clone()).unwrap_or_default(),
        product_zh: known.map(|known| known.name_zh.clone()).unwrap_or_default(),
        strength: told_strength(found.strength),
        why: found.why.iter().map(reason).collect(),
        lots_named: texts(&found.lots.named),
        lots_maybe: texts(&found.lots.maybe),
        lots_not_named: found.lots.not_named.len() as u64,
        unknown: found.unknown.iter().map(unknown).collect(),
    }
}

fn reason(why: &Why) -> MatchReason {
    let (kind, value) = match why {
        Why::GtinExact { basis: Basis::Stated } => (MatchReasonKind::GtinStated, String::new()),
        Why::GtinExact { basis: Basis::Inferred } => (MatchReasonKind::GtinInferred, String::new()),
        Why::GtinOtherLevel { gtin, .. } => (MatchReasonKind::OtherLevel, gtin.to_string()),
        Why::DoubtfulCode { digits } => (MatchReasonKind::DoubtfulCode, digits.clone()),
        Why::NameSimilar { words, .. } => (MatchReasonKind::NameSimilar, words.join(", ")),
    };
    MatchReason { kind, value }
}

const fn unknown(unknown: &Unknown) -> MatchUnknown {
    match unknown {
        Unknown::NoLotsNamed => MatchUnknown::NoLotsNamed,
        Unknown::ExtentNotStated => MatchUnknown::ExtentNotStated,
        Unknown::DatesNotCompared => MatchUnknown::DatesNotCompared,
        Unknown::NotTiedToProduct => MatchUnknown::NotTiedToProduct,
        Unknown::NotUnderstood(_) => MatchUnknown::NotUnderstood,
        Unknown::OwnLotsUnknown => MatchUnknown::OwnLotsUnknown,
    }
}
