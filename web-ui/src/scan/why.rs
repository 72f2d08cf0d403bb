//! The sentence of a verdict: why, from facts, never a score.

use super::cards::kind_of;
use super::model::{EarlierCheck, ScanPage, Suspicion, Verdict};
use super::shell::Ctx;
use crate::i18n::Lang;

/// Why the page says what it says.
pub(super) fn why(ctx: Ctx<'_>, page: &ScanPage) -> String {
    let t = ctx.t;
    match page.verdict {
        Verdict::FirstCheck => match &page.product {
            Some(product) => ctx.say(t.why_first, &[("maker", &product.maker_short)]),
            None => t.why_first_plain.to_owned(),
        },
        Verdict::CheckedBefore => checked_before(ctx, page),
        Verdict::SoldOrDispensed => match page.sold_at_ms {
            Some(at) => ctx.say(t.why_sold, &[("when", &ctx.clock.moment(at))]),
            None => t.why_sold_plain.to_owned(),
        },
        Verdict::CannotCheckNow => t.why_out.to_owned(),
        Verdict::Suspicious => suspicious(ctx, page.suspicion.as_ref()),
        Verdict::NotActivated => t.why_not_activated.to_owned(),
        Verdict::UnknownCode => t.why_unknown.to_owned(),
        Verdict::BadSignature => t.why_false.to_owned(),
        Verdict::Recalled => recalled(ctx, page),
        Verdict::Expired => match &page.code.expiry {
            Some(expiry) if kind_of(page).is_food() => ctx.say(t.why_expired_food, &[("expiry", expiry)]),
            Some(expiry) => ctx.say(t.why_expired, &[("expiry", expiry)]),
            None => t.why_expired_plain.to_owned(),
        },
        Verdict::Stolen => t.why_stolen.to_owned(),
        Verdict::Decommissioned => t.why_taken_out.to_owned(),
    }
}

fn checked_before(ctx: Ctx<'_>, page: &ScanPage) -> String {
    let t = ctx.t;
    let count = page.earlier.count;
    let n = count.to_string();
    match page.earlier.listed.first() {
        Some(first) if count == 1 => ctx.say(t.why_before_one, &[("when", &when_and_where(ctx, first))]),
        Some(first) => ctx.say(t.why_before, &[("n", &n), ("when", &when_and_where(ctx, first))]),
        None => ctx.say(t.why_before_plain, &[("n", &n)]),
    }
}

fn when_and_where(ctx: Ctx<'_>, check: &EarlierCheck) -> String {
    let mut text = ctx.clock.hour_in_words(check.at_ms);
    if let Some(place) = &check.place {
        text.push_str(&ctx.say(ctx.t.near_in_sentence, &[("place", place)]));
    }
    text
}

fn recalled(ctx: Ctx<'_>, page: &ScanPage) -> String {
    let t = ctx.t;
    let Some(recall) = &page.recall else {
        return t.why_recalled_plain.to_owned();
    };
    let reason = match ctx.frame.lang {
        Lang::Zh => &recall.reason_zh,
        Lang::En => &recall.reason_en,
    };
    ctx.say(t.why_recalled, &[("reason", reason), ("when", &ctx.clock.day_in_words(recall.opened_at_ms))])
}

fn suspicious(ctx: Ctx<'_>, suspicion: Option<&Suspicion>) -> String {
    let t = ctx.t;
    match suspicion {
        None => t.why_suspicious_plain.to_owned(),
        Some(Suspicion::FoundFake) => t.why_found_fake.to_owned(),
        Some(Suspicion::TooFast { .. }) => t.why_too_fast.to_owned(),
        Some(Suspicion::TooMany { count, hours }) => {
            ctx.say(t.why_too_many, &[("count", &count.to_string()), ("hours", &hours.to_string())])
        }
        Some(Suspicion::WrongMarket { place: Some(place) }) => ctx.say(t.why_wrong_market, &[("place", place)]),
        Some(Suspicion::WrongMarket { place: None }) => t.why_wrong_market_far.to_owned(),
        Some(Suspicion::Strangers { devices }) => ctx.say(t.why_strangers, &[("devices", &devices.to_string())]),
        Some(Suspicion::TooFar { areas }) => ctx.say(t.why_too_far, &[("areas", &areas.to_string())]),
        Some(Suspicion::BeforeSale) => t.why_before_sale.to_owned(),
        Some(Suspicion::AfterSale) => t.why_after_sale.to_owned(),
        Some(Suspicion::Burst { neighbours }) => ctx.say(t.why_burst, &[("neighbours", &neighbours.to_string())]),
        Some(Suspicion::Disowned) => t.why_disowned.to_owned(),
    }
}
