//! What somebody wanted with a pack at the counter, and what is answered and raised beside the chain's refusal.

use super::{Answer, Asked, compared, refused};
use crate::app::AppState;
use crate::auth::User;
use crate::clock::now_ms;
use crate::http::{ApiError, ApiResult};
use crate::scan::facts::Looked;
use crate::scan::page::market_day;
use crate::scan::token::Subject;
use crate::store::NewAlert;
use tracelight_api::rest::alert::AlertGravity;
use tracelight_api::rest::goods::ProductKind;
use tracelight_api::rest::handover::UnitAction;
use tracelight_domain::gs1::scan::UnitCode;
use tracelight_domain::gs1::{Date, Lot};
use tracelight_domain::ids::BatchId;
use tracelight_regulatory::fmd::{AlertId, Presented, Severity};

/// What somebody wanted with a pack, as it was scanned.
pub(crate) struct Attempt<'a> {
    user: &'a User,
    code: &'a UnitCode,
    action: UnitAction,
    today: Date,
    now_ms: u64,
}

impl<'a> Attempt<'a> {
    /// Now.
    pub(crate) fn new(user: &'a User, code: &'a UnitCode, action: UnitAction) -> ApiResult<Self> {
        let now_ms = now_ms();
        Ok(Self { user, code, action, today: Date::from_days(market_day(now_ms))?, now_ms })
    }

    fn expiry(&self) -> Option<Date> {
        self.code.expiry.and_then(|printed| printed.in_year(self.today.year()).ok())
    }

    fn presented(&self) -> Presented {
        let code = self.code;
        Presented { product: code.gtin, serial: code.serial.clone(), batch: code.lot.clone(), expiry: self.expiry() }
    }

    fn asked(&self, repeats: u32) -> Asked {
        let (action, today) = (self.action, self.today);
        Asked { member: self.user.member, action, now_ms: self.now_ms, today, repeats }
    }

    async fn looked(&self, state: &AppState) -> Option<Looked> {
        // Product code and serial name a pack; a lot that differs is one of the things that are looked for.
        let subject = Subject { gtin: self.code.gtin, lot: None, serial: self.code.serial.clone() };
        // Without an answer nothing is raised: the caller has its own.
        crate::scan::look(state, &subject, self.now_ms).await.ok()
    }

    /// Does a medicine's printed expiry differ from the registered one? Asks for the product only when it does.
    pub(crate) async fn expiry_differs(&self, state: &AppState, lot: &Lot) -> ApiResult<bool> {
        let Some(printed) = self.expiry() else { return Ok(false) };
        let batch = state.store.batch(&self.batch(lot)).await?;
        if batch.is_none_or(|batch| batch.expires_on == printed) {
            return Ok(false);
        }
        let product = state.store.product(self.code.gtin).await?;
        Ok(product.is_some_and(|product| product.kind == ProductKind::Medicine))
    }

    fn batch(&self, lot: &Lot) -> BatchId {
        BatchId { gtin: self.code.gtin, lot: lot.clone() }
    }

    /// Adds to an error what a national system would answer, and raises what it would raise. When that cannot be kept, the answer is its
    /// outage and not the refusal: nothing was done with the pack, and whoever asks again raises the alert that would be lost.
    pub(crate) async fn explained(&self, state: &AppState, error: ApiError) -> ApiError {
        match self.answer(state, &error).await {
            Ok(Some((answer, looked))) => match self.raised(state, &answer, &looked).await {
                Ok(number) => self.with(error, &answer, number),
                Err(other) => other,
            },
            Ok(None) => error,
            Err(other) => other,
        }
    }

    fn with(&self, mut error: ApiError, answer: &Answer, alert: Option<String>) -> ApiError {
        error.0.code = answer.code.map(|code| code.code().to_owned());
        error.0.alert = alert;
        error
    }

    async fn answer(&self, state: &AppState, error: &ApiError) -> ApiResult<Option<(Answer, Looked)>> {
        let kind = error.0.kind.trim_start_matches("tracelight:");
        let unknown = matches!(kind, "not_found" | "expiry_differs");
        if !unknown && !matches!(kind, "unit_gone" | "nothing_to_return" | "return_too_late") {
            return Ok(None);
        }
        let product = state.store.product(self.code.gtin).await?;
        if product.as_ref().is_some_and(|product| product.kind != ProductKind::Medicine) {
            return Ok(None);
        }
        let Some(looked) = self.looked(state).await else { return Ok(None) };
        let answer = if unknown {
            let batch_known = match &self.code.lot {
                Some(lot) => state.store.batch(&self.batch(lot)).await?.is_some(),
                None => true,
            };
            compared(&self.presented(), &looked, product.is_some(), batch_known, &self.asked(0))
        } else {
            let repeats = state.store.alert_times(&self.alert(AlertId::Repeated, "", None)).await?;
            match &looked {
                Looked::Known(facts) => refused(facts, &self.asked(repeats)),
                Looked::Unknown | Looked::Unavailable { .. } => None,
            }
        };
        Ok(answer.map(|answer| (answer, looked)))
    }

    /// Raises the alerts of an answer; the number of the gravest.
    async fn raised(&self, state: &AppState, answer: &Answer, looked: &Looked) -> ApiResult<Option<String>> {
        let code = answer.code.map_or("", |code| code.code());
        if answer.warned {
            state.store.raise_alert(&self.alert(AlertId::Repeated, code, Some(looked)), true).await?;
            return Ok(None);
        }
        let mut alerts = answer.alerts.clone();
        alerts.sort_by_key(|alert| std::cmp::Reverse(alert.severity()));
        let mut first = None;
        for kind in alerts {
            let number = state.store.raise_alert(&self.alert(kind, code, Some(looked)), false).await?;
            metrics::counter!("fmd_alerts_total", "kind" => kind.id()).increment(1);
            first.get_or_insert(number);
        }
        Ok(first)
    }

    fn alert<'b>(&'b self, kind: AlertId, code: &'static str, looked: Option<&'b Looked>) -> NewAlert<'b> {
        let held = match looked {
            Some(Looked::Known(facts)) => (facts.lot.as_bytes(), facts.expires_on.to_string()),
            _ => (&[] as &[u8], String::new()),
        };
        NewAlert {
            kind: kind.id(),
            gravity: match kind.severity() {
                Severity::Handling => AlertGravity::Handling,
                Severity::Data => AlertGravity::Data,
                Severity::Falsification => AlertGravity::Falsification,
            },
            code,
            gtin: self.code.gtin,
            serial: &self.code.serial,
            printed: (
                self.code.lot.as_ref().map_or(&[] as &[u8], |lot| lot.as_bytes()),
                self.expiry().map(|date| date.to_string()).unwrap_or_default(),
            ),
            held,
            member: self.user.member,
            action: self.action,
            day: market_day(self.now_ms),
            now_ms: self.now_ms,
        }
    }
}
