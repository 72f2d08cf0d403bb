//! A question: its conditions (`tracelight_epcis::query`), and what of them an index can use.
//!
//! The index only leaves out what the conditions would leave out too; every event of an answer has passed the conditions.

use super::address::Pairs;
use super::names;
use super::prepare::id_key;
use super::problem::{EpcisError, EpcisResult};
use super::token::Token;
use crate::store::{Kind, Narrow};
use tracelight_domain::gs1::scan::parse_scan;
use tracelight_domain::ids::{BatchId, UnitId};
use tracelight_domain::state::ObjectId;
use tracelight_epcis::error::{Exception, ExceptionKind};
use tracelight_epcis::key::comparable;
use tracelight_epcis::name::Context;
use tracelight_epcis::query::{PageToken, Query};
use tracelight_epcis::text::Timestamp;
use tracelight_epcis::vocabulary::{List, Term};

/// Bytes of a URI that asks.
const URI_BYTES_MAX: usize = 16 * 1024;
/// Values that are looked up in an index; a question with more is answered without it.
const NAMES_MAX: usize = 400;
/// The name of a question that is not stored.
pub const SIMPLE: &str = "SimpleEventQuery";

/// A question.
#[derive(Debug)]
pub struct Ask {
    /// Its conditions, order, limit, and length of a page.
    pub query: Query,
    /// What the index can use.
    pub narrow: Narrow,
    /// The objects of the ledger that it can be about; all when absent.
    pub objects: Option<Vec<ObjectId>>,
    /// It asks for master data.
    pub needs_master: bool,
    /// Where the page begins.
    pub token: Option<Token>,
    /// An order, or a bound on the whole answer, was asked for: all of it has to be found first.
    pub whole: bool,
    /// Its parameters without those of paging, by which tokens know it.
    asked: Pairs,
}

impl Ask {
    /// From the pairs of a URL and those that its path stands for.
    ///
    /// # Errors
    /// QueryParameterException and what else [`Query::from_pairs`] refuses; URITooLongException.
    pub fn from_url(
        uri: &axum::http::Uri,
        pairs: &Pairs,
        path: &[(&str, &str)],
        context: &Context,
    ) -> EpcisResult<Self> {
        if uri.to_string().len() > URI_BYTES_MAX {
            let detail = format!("more than {URI_BYTES_MAX} bytes; store the query by POST /epcis/queries");
            return Err(EpcisError::new(ExceptionKind::URITooLong, detail));
        }
        let mut asked: Pairs = pairs.iter().filter(|(name, _)| name != "nextPageToken").cloned().collect();
        asked.extend(path.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let query = Query::from_pairs(asked.iter().map(|(name, value)| (name.as_str(), value.as_str())), context)?;
        let split = |(name, value): &(String, String)| {
            (name.clone(), value.split('|').map(|value| value.trim().to_owned()).collect())
        };
        let parameters = asked.iter().map(split).collect();
        Self::of(query, parameters, asked, pairs)
    }

    /// From a stored query, and the paging of a URL.
    ///
    /// # Errors
    /// QueryParameterException for other parameters in the URL; what [`Query::from_json`] refuses.
    pub fn stored(name: &str, body: &str, pairs: &Pairs) -> EpcisResult<Self> {
        let mut query = Query::from_json(body)?;
        let paging = pairs.iter().filter(|(name, _)| name == "perPage");
        query.page =
            Query::from_pairs(paging.map(|(name, value)| (name.as_str(), value.as_str())), &Context::default())?.page;
        if let Some((other, _)) = pairs.iter().find(|(name, _)| !matches!(name.as_str(), "perPage" | "nextPageToken")) {
            let shown = tracelight_epcis::text::shown(other);
            let detail = format!("`{shown}`: a stored query takes `perPage` and `nextPageToken` only");
            return Err(EpcisError::new(ExceptionKind::QueryParameter, detail));
        }
        let asked = vec![("query".to_owned(), name.to_owned()), ("body".to_owned(), body.to_owned())];
        Self::of(query, parameters(body), asked, pairs)
    }

    fn of(query: Query, parameters: Vec<(String, Vec<String>)>, asked: Pairs, pairs: &Pairs) -> EpcisResult<Self> {
        let token = super::jobs::one(pairs, "nextPageToken").map(Token::parse).transpose()?;
        let whole = query.limit().is_some() || parameters.iter().any(|(name, _)| name == "orderBy");
        let ask = Self {
            narrow: narrow(&parameters),
            objects: objects(&parameters),
            needs_master: parameters.iter().any(|(name, _)| is_about_master_data(name)),
            query,
            token,
            whole,
            asked,
        };
        if ask.token.as_ref().is_some_and(|token| !token.page.belongs_to(ask.pairs())) {
            return Err(super::jobs::bad_token());
        }
        Ok(ask)
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.asked.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The token of a page behind so many events of this question.
    #[must_use]
    pub fn page(&self, after: u64) -> PageToken {
        PageToken::new(self.pairs(), after)
    }
}

/// The parameters of a stored query, for the index only.
fn parameters(body: &str) -> Vec<(String, Vec<String>)> {
    let json: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let query = json.get("query").unwrap_or(&json);
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let values = |value: &serde_json::Value| match value {
        serde_json::Value::Array(values) => values.iter().map(text).collect(),
        one => vec![text(one)],
    };
    query.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), values(value))).collect()
}

fn is_about_master_data(name: &str) -> bool {
    ["WD_", "HASATTR_", "EQATTR_", "EQ_ATTR_"].iter().any(|head| name.starts_with(head))
}

fn narrow(parameters: &[(String, Vec<String>)]) -> Narrow {
    let mut narrow = Narrow::default();
    for (name, values) in parameters.iter().filter(|(_, values)| values.len() <= NAMES_MAX) {
        let words = |list| -> Option<Vec<String>> {
            values.iter().map(|value| Some(Term::parse(list, value).ok()?.short().to_owned())).collect()
        };
        let ids = || Some(values.iter().map(|value| comparable(value).into_owned()).collect());
        let found = match name.as_str() {
            "EQ_bizStep" => words(List::BizStep).map(|names| (Kind::BizStep, names)),
            "EQ_disposition" => words(List::Disposition).map(|names| (Kind::Disposition, names)),
            "EQ_bizLocation" => ids().map(|names| (Kind::BizLocation, names)),
            "EQ_readPoint" => ids().map(|names| (Kind::ReadPoint, names)),
            name if name.starts_with("MATCH_") => values
                .iter()
                .map(|value| names::of_pattern(value))
                .collect::<Option<_>>()
                .map(|names| (Kind::Object, names)),
            _ => None,
        };
        narrow.names.extend(found);
        let ms = || {
            let time = Timestamp::parse(&values.first()?.replace(' ', "+")).ok()?;
            i64::try_from(time.unix_nanos().div_euclid(1_000_000)).ok()
        };
        match name.as_str() {
            "EQ_eventID" => narrow.id_keys = Some(values.iter().map(|id| id_key(id)).collect()),
            "GE_eventTime" => narrow.event_from_ms = ms(),
            "LT_eventTime" => narrow.event_to_ms = ms(),
            "GE_recordTime" => narrow.record_from_ms = ms(),
            "LT_recordTime" => narrow.record_to_ms = ms(),
            _ => {}
        }
    }
    narrow
}

/// The objects of the ledger that a `MATCH_` names one by one. Ids that the ledger cannot have match nothing there.
fn objects(parameters: &[(String, Vec<String>)]) -> Option<Vec<ObjectId>> {
    let (_, values) = parameters.iter().find(|(name, values)| {
        name.starts_with("MATCH_") && values.len() <= NAMES_MAX && values.iter().all(|value| is_single(value))
    })?;
    Some(values.iter().filter_map(|value| object(value)).collect())
}

/// Does a pattern stand for one object only?
fn is_single(pattern: &str) -> bool {
    names::of_pattern(pattern).is_some_and(|id| {
        // A trade item stands for all of its serials.
        let path = id.strip_prefix(tracelight_epcis::key::ORIGIN).and_then(|path| path.strip_prefix("/01/"));
        path.is_none_or(|rest| rest.contains('/'))
    })
}

/// The object of the ledger behind an id.
#[must_use]
pub fn object(id: &str) -> Option<ObjectId> {
    let scan = parse_scan(comparable(id).as_bytes()).ok()?;
    if let Some(sscc) = scan.sscc() {
        return Some(ObjectId::Logistic(sscc));
    }
    if let Ok(code) = scan.unit() {
        return Some(ObjectId::Unit(UnitId { gtin: code.gtin, serial: code.serial }));
    }
    Some(ObjectId::Batch(BatchId { gtin: scan.gtin()?, lot: scan.lot()? }))
}

/// What is too much work: with the way out.
#[must_use]
pub fn too_large(scanned: usize) -> EpcisError {
    let detail = format!(
        "more than {scanned} events would have to be put in order; name objects (MATCH_…), a time (GE_recordTime, \
         GE_eventTime), or leave out orderBy and the limits and take it page by page"
    );
    Exception::new(ExceptionKind::QueryTooLarge, detail).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Uri;

    fn ask(pairs: &[(&str, &str)]) -> Ask {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Ask::from_url(&Uri::from_static("/epcis/events"), &pairs, &[], &Context::default()).expect("a good question")
    }

    #[test]
    fn the_index_is_asked_for_what_it_knows() {
        let asked = ask(&[
            ("EQ_bizStep", "shipping|urn:epcglobal:cbv:bizstep:receiving"),
            ("GE_eventTime", "1970-01-01T00:00:01Z"),
        ]);
        let names = vec!["shipping".to_owned(), "receiving".to_owned()];
        assert_eq!(asked.narrow.names, [(Kind::BizStep, names)]);
        assert_eq!(asked.narrow.event_from_ms, Some(1_000));
        assert!(!asked.whole && asked.objects.is_none());
        assert!(ask(&[("orderBy", "eventTime")]).whole && ask(&[("maxEventCount", "3")]).whole);
        assert!(ask(&[("WD_readPoint", "urn:x:1")]).needs_master);
    }

    #[test]
    fn objects_of_the_ledger_are_named_one_by_one_or_not_at_all() {
        let sscc = ask(&[("MATCH_epc", "urn:epc:id:sscc:0614141.1234567890")]);
        assert!(matches!(sscc.objects.as_deref(), Some([ObjectId::Logistic(_)])), "{:?}", sscc.objects);
        assert_eq!(ask(&[("MATCH_epc", "urn:x:own")]).objects, Some(Vec::new()), "the ledger has no such id");
        assert_eq!(ask(&[("MATCH_epc", "urn:epc:idpat:sgtin:0614141.107346.*")]).objects, None, "it may be any serial");
    }

    #[test]
    fn a_token_of_another_question_is_refused() {
        let first = ask(&[("EQ_action", "ADD")]);
        let snapshot = super::super::token::Snapshot { entries: 1, height: 1 };
        let token = Token { page: first.page(1), snapshot, place: super::super::token::Place::Captured(1) };
        let pairs = |action: &str| {
            vec![("EQ_action".to_owned(), action.to_owned()), ("nextPageToken".to_owned(), token.text())]
        };
        let again = |action| Ask::from_url(&Uri::from_static("/"), &pairs(action), &[], &Context::default());
        assert!(again("ADD").is_ok());
        assert_eq!(again("DELETE").map_err(|error| error.kind()).err(), Some(ExceptionKind::QueryParameter));
    }
}
