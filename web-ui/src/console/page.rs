//! Addresses of the consoles. All state of a page that can be shared or reloaded is in its URL.
//!
//! ```text
//! /console                          the first section of the reader's role
//! /console/sign-in?next=            sign-in, then on to `next`
//! /console/products[/new]           products, register one
//! /console/products/{gtin}/code-rule   how its serials look
//! /console/batches[/new?gtin=]      batches, register one
//! /console/batches/{gtin}/{lot}     one batch
//! /console/lines[/new]              devices of the member's lines, register one
//! /console/imports                  tables that were uploaded, upload one
//! /console/labels?sscc=&stock=&dpi=&to=   numbers for cases and pallets, the label of one
//! /console/keys                     keys of the member's programs
//! /console/webhooks[/{id}]          addresses that are told what happens, the delivery log of one
//! /console/stock                    cases and pallets in the member's hands
//! /console/handovers                hand-overs to and from the member
//! /console/dispense                 one pack
//! /console/trace?code=              history of a pack, case, pallet or lot
//! /console/trace/graph?gtin=&lot=&direction=&part=&q=&level=&member=&sort=&page=   the graph of a lot
//! /console/trace/fsma204?gtin=&tlc=&from=&to=&place=&utc_offset=   the FSMA 204 spreadsheet
//! /console/recalls                  what recalls ask of the member, recall cases, recalls of single lots
//! /console/recalls/new?words=&gtin=&lot=&made_from=…   the scope of a recall, before it is a draft
//! /console/recalls/cases/{case}[/scope?…|/text|/check]   one recall case; the steps of its draft
//! /console/recalls/tasks/{case}     what one recall case asks of the member
//! /console/recalls/{id}             one recall of a lot
//! /console/reports[?status=]        reports of suspected fakes
//! /console/reports/{case}           one of them
//! /console/notices?search=&class=&status=&strength=&gtin=   public recall notices
//! /console/search?q=                what the box at the head of each page finds
//! /console/companies/{gln}?stock=&shipments=   what a company holds and handed over
//! /console/chain                    the chain
//! /console/account                  one's own account
//! /console/users                    accounts of the member, invitations
//! /console/audit?action=&user=&from=&to=   the audit log
//! /console/invitation?token=        make an account; without a session
//! lists:                            ?cursor=
//! every page:                       ?lang=zh|en
//! ```

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};

/// Parts of a query that are read; our own pages write at most thirteen.
const QUERY_PARTS_MAX: usize = 16;
/// Bytes of a path or query that are read. Longer addresses are nobody's.
const ADDRESS_BYTES_MAX: usize = 4_096;
/// Everything except what RFC 3986 calls unreserved.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Page {
    /// The first section of the reader's role.
    Home,
    /// Sign-in.
    SignIn,
    /// Products.
    Products,
    /// Register a product.
    NewProduct,
    /// Marks of a product against copying.
    Marks {
        /// GTIN.
        gtin: String,
    },
    /// How the serials of a product look.
    CodeRule {
        /// GTIN as written in the address.
        gtin: String,
    },
    /// Batches.
    Batches,
    /// Register a batch.
    NewBatch,
    /// One batch.
    Batch {
        /// GTIN as written in the address.
        gtin: String,
        /// Lot as written in the address.
        lot: String,
    },
    /// Devices of the member's lines.
    Lines,
    /// Register a device.
    NewLine,
    /// Tables that were uploaded.
    Imports,
    /// Logistic labels.
    Labels,
    /// Keys of the member's programs.
    Keys,
    /// Addresses that are told what happens.
    Webhooks,
    /// One of them, with its delivery log.
    Webhook {
        /// Id as written in the address.
        id: String,
    },
    /// Cases and pallets in the member's hands.
    Stock,
    /// Hand-overs.
    Handovers,
    /// One pack.
    Dispense,
    /// History of an object.
    Trace,
    /// The graph of a lot.
    TraceGraph,
    /// The FSMA 204 spreadsheet.
    Fsma204,
    /// Recalls.
    Recalls,
    /// The scope of a recall that is not a draft yet.
    NewRecall,
    /// A recall case, or a step of its draft.
    RecallCase {
        /// Id as written in the address.
        id: String,
        /// Which of its pages.
        part: CasePart,
    },
    /// What a recall case asks of the member.
    RecallTask {
        /// Id as written in the address.
        case: String,
    },
    /// One recall.
    Recall {
        /// Id as written in the address.
        id: String,
    },
    /// Where packs are checked.
    Map,
    /// Alerts of medicine packs.
    Alerts,
    /// One of them.
    Alert {
        /// Its number.
        number: String,
    },
    /// Reports of suspected fakes.
    Reports,
    /// One of them.
    Report {
        /// Case number as written in the address.
        case: String,
    },
    /// Public recall notices.
    Notices,
    /// What was found.
    Search,
    /// What a company holds and handed over.
    Company {
        /// GLN as written in the address.
        gln: String,
    },
    /// The chain.
    Chain,
    /// One's own account.
    Account,
    /// Accounts of the member.
    Users,
    /// The audit log.
    Audit,
    /// Make an account with an invitation.
    Invitation,
}

/// The pages of a recall case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CasePart {
    /// Its lots, while it is a draft.
    Scope,
    /// Its text.
    Text,
    /// What it affects, and its opening.
    Check,
    /// The case itself.
    Case,
}

impl CasePart {
    const fn word(self) -> &'static str {
        match self {
            Self::Scope => "scope",
            Self::Text => "text",
            Self::Check => "check",
            Self::Case => "",
        }
    }
}

impl Page {
    /// Path of the page.
    pub fn path(&self) -> String {
        match self {
            Self::Home => "/console".into(),
            Self::SignIn => "/console/sign-in".into(),
            Self::Products => "/console/products".into(),
            Self::NewProduct => "/console/products/new".into(),
            Self::Marks { gtin } => format!("/console/products/{}/marks", escape(gtin)),
            Self::CodeRule { gtin } => format!("/console/products/{}/code-rule", escape(gtin)),
            Self::Batches => "/console/batches".into(),
            Self::NewBatch => "/console/batches/new".into(),
            Self::Batch { gtin, lot } => format!("/console/batches/{}/{}", escape(gtin), escape(lot)),
            Self::Lines => "/console/lines".into(),
            Self::NewLine => "/console/lines/new".into(),
            Self::Imports => "/console/imports".into(),
            Self::Labels => "/console/labels".into(),
            Self::Keys => "/console/keys".into(),
            Self::Webhooks => "/console/webhooks".into(),
            Self::Webhook { id } => format!("/console/webhooks/{}", escape(id)),
            Self::Stock => "/console/stock".into(),
            Self::Handovers => "/console/handovers".into(),
            Self::Dispense => "/console/dispense".into(),
            Self::Trace => "/console/trace".into(),
            Self::TraceGraph => "/console/trace/graph".into(),
            Self::Fsma204 => "/console/trace/fsma204".into(),
            Self::Recalls => "/console/recalls".into(),
            Self::NewRecall => "/console/recalls/new".into(),
            Self::RecallCase { id, part: CasePart::Case } => format!("/console/recalls/cases/{}", escape(id)),
            Self::RecallCase { id, part } => format!("/console/recalls/cases/{}/{}", escape(id), part.word()),
            Self::RecallTask { case } => format!("/console/recalls/tasks/{}", escape(case)),
            Self::Recall { id } => format!("/console/recalls/{}", escape(id)),
            Self::Map => "/console/map".into(),
            Self::Alerts => "/console/alerts".into(),
            Self::Alert { number } => format!("/console/alerts/{}", escape(number)),
            Self::Reports => "/console/reports".into(),
            Self::Report { case } => format!("/console/reports/{}", escape(case)),
            Self::Notices => "/console/notices".into(),
            Self::Search => "/console/search".into(),
            Self::Company { gln } => format!("/console/companies/{}", escape(gln)),
            Self::Chain => "/console/chain".into(),
            Self::Account => "/console/account".into(),
            Self::Users => "/console/users".into(),
            Self::Audit => "/console/audit".into(),
            Self::Invitation => "/console/invitation".into(),
        }
    }

    /// The page of a path; `None` when it is nobody's.
    fn parse(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("/console").filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
        let mut parts = rest.trim_end_matches('/').split('/').skip(1).map(unescape);
        let mut next = || parts.next();
        let page = match (next().as_deref(), next(), next(), next()) {
            (None, ..) => Self::Home,
            (Some("sign-in"), None, ..) => Self::SignIn,
            (Some("products"), None, ..) => Self::Products,
            (Some("products"), Some(new), None, _) if new == "new" => Self::NewProduct,
            (Some("products"), Some(gtin), Some(rule), None) if rule == "code-rule" => Self::CodeRule { gtin },
            (Some("products"), Some(gtin), Some(marks), None) if marks == "marks" => Self::Marks { gtin },
            (Some("batches"), None, ..) => Self::Batches,
            (Some("batches"), Some(new), None, _) if new == "new" => Self::NewBatch,
            (Some("batches"), Some(gtin), Some(lot), None) => Self::Batch { gtin, lot },
            (Some("lines"), None, ..) => Self::Lines,
            (Some("lines"), Some(new), None, _) if new == "new" => Self::NewLine,
            (Some("imports"), None, ..) => Self::Imports,
            (Some("labels"), None, ..) => Self::Labels,
            (Some("keys"), None, ..) => Self::Keys,
            (Some("webhooks"), None, ..) => Self::Webhooks,
            (Some("webhooks"), Some(id), None, _) => Self::Webhook { id },
            (Some("stock"), None, ..) => Self::Stock,
            (Some("handovers"), None, ..) => Self::Handovers,
            (Some("dispense"), None, ..) => Self::Dispense,
            (Some("trace"), None, ..) => Self::Trace,
            (Some("trace"), Some(graph), None, _) if graph == "graph" => Self::TraceGraph,
            (Some("trace"), Some(sheet), None, _) if sheet == "fsma204" => Self::Fsma204,
            (Some("recalls"), None, ..) => Self::Recalls,
            (Some("recalls"), Some(new), None, _) if new == "new" => Self::NewRecall,
            (Some("recalls"), Some(cases), Some(id), part) if cases == "cases" => {
                let parts = [CasePart::Scope, CasePart::Text, CasePart::Check];
                let part = match part {
                    None => CasePart::Case,
                    Some(word) => parts.into_iter().find(|part| part.word() == word)?,
                };
                Self::RecallCase { id, part }
            }
            (Some("recalls"), Some(tasks), Some(case), None) if tasks == "tasks" => Self::RecallTask { case },
            (Some("recalls"), Some(id), None, _) => Self::Recall { id },
            (Some("map"), None, ..) => Self::Map,
            (Some("alerts"), None, ..) => Self::Alerts,
            (Some("alerts"), Some(number), None, _) => Self::Alert { number },
            (Some("reports"), None, ..) => Self::Reports,
            (Some("reports"), Some(case), None, _) => Self::Report { case },
            (Some("notices"), None, ..) => Self::Notices,
            (Some("search"), None, ..) => Self::Search,
            (Some("companies"), Some(gln), None, _) => Self::Company { gln },
            (Some("chain"), None, ..) => Self::Chain,
            (Some("account"), None, ..) => Self::Account,
            (Some("users"), None, ..) => Self::Users,
            (Some("audit"), None, ..) => Self::Audit,
            (Some("invitation"), None, ..) => Self::Invitation,
            _ => return None,
        };
        Some(page)
    }
}

/// A page with its query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The page; `None` when no page has this path.
    pub page: Option<Page>,
    /// Path as asked for.
    path: String,
    /// Decoded parts of the query, in order.
    query: Vec<(String, String)>,
}

impl Address {
    /// Reads the path and query of a request.
    pub fn parse(path: &str, query: Option<&str>) -> Self {
        let query = query.filter(|query| query.len() <= ADDRESS_BYTES_MAX).unwrap_or_default();
        let parts = query.split('&').take(QUERY_PARTS_MAX).filter(|part| !part.is_empty()).map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (unescape(&key.replace('+', " ")), unescape(&value.replace('+', " ")))
        });
        let known = path.len() <= ADDRESS_BYTES_MAX;
        Self {
            page: known.then(|| Page::parse(path)).flatten(),
            path: if known { path.to_owned() } else { "/console".to_owned() },
            query: parts.collect(),
        }
    }

    /// A part of the query that is not empty.
    pub fn query(&self, key: &str) -> Option<&str> {
        let (_, value) = self.query.iter().find(|(known, _)| known == key)?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// This address with one part of the query replaced.
    pub fn with(&self, key: &str, value: &str) -> String {
        let kept = self.query.iter().filter(|(known, _)| known != key).map(|(k, v)| (k.as_str(), v.as_str()));
        url(&self.path, &kept.chain([(key, value)]).collect::<Vec<_>>())
    }

    /// This address without one part of the query.
    #[must_use]
    pub fn without(&self, key: &str) -> Self {
        let query = self.query.iter().filter(|(known, _)| known != key).cloned().collect();
        Self { query, ..self.clone() }
    }

    /// This address.
    pub fn url(&self) -> String {
        url(&self.path, &self.query.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>())
    }
}

/// A path with a query, escaped.
pub fn url(path: &str, query: &[(&str, &str)]) -> String {
    let mut out = path.to_owned();
    for (index, (key, value)) in query.iter().enumerate() {
        out.push(if index == 0 { '?' } else { '&' });
        out.push_str(&escape(key));
        out.push('=');
        out.push_str(&escape(value));
    }
    out
}

/// One segment of a path, or one value of a query.
pub fn escape(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

fn unescape(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Where to go after sign-in: only a path of the consoles, never another host.
pub fn safe_next(next: Option<&str>) -> String {
    let inside = |path: &&str| {
        (*path == "/console" || path.starts_with("/console/") || path.starts_with("/console?"))
            && path.len() <= ADDRESS_BYTES_MAX
            && !path.contains(['\\', '\r', '\n'])
            && !path.starts_with("/console/sign-in")
            && !path.starts_with("/console/invitation")
    };
    next.filter(inside).unwrap_or("/console").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_they_are_written() {
        let lot = "A/24%K &08";
        for page in [
            Page::Home,
            Page::SignIn,
            Page::Products,
            Page::NewProduct,
            Page::Batches,
            Page::NewBatch,
            Page::Lines,
            Page::NewLine,
            Page::Imports,
            Page::Labels,
            Page::CodeRule { gtin: "09521101530001".into() },
            Page::Marks { gtin: "09521101530001".into() },
            Page::Keys,
            Page::Webhooks,
            Page::Webhook { id: "5a".into() },
            Page::Stock,
            Page::Handovers,
            Page::Dispense,
            Page::Trace,
            Page::TraceGraph,
            Page::Fsma204,
            Page::Recalls,
            Page::NewRecall,
            Page::RecallCase { id: "0a-1".into(), part: CasePart::Case },
            Page::RecallCase { id: "0a-1".into(), part: CasePart::Scope },
            Page::RecallCase { id: "0a-1".into(), part: CasePart::Text },
            Page::RecallCase { id: "0a-1".into(), part: CasePart::Check },
            Page::RecallTask { case: "0a-1".into() },
            Page::Notices,
            Page::Map,
            Page::Search,
            Page::Company { gln: "9521101530016".into() },
            Page::Chain,
            Page::Account,
            Page::Users,
            Page::Audit,
            Page::Invitation,
            Page::Batch { gtin: "09521101530001".into(), lot: lot.into() },
            Page::Recall { id: "00ff".into() },
            Page::Alerts,
            Page::Alert { number: "A24-7F3K9Q2XMB".into() },
            Page::Reports,
            Page::Report { case: "TL-26-4K7M2P-93".into() },
        ] {
            assert_eq!(Address::parse(&page.path(), None).page, Some(page.clone()), "{page:?}");
        }
        for stranger in [
            "/console/x",
            "/consolex",
            "/",
            "/console/batches/1",
            "/console/batches/1/2/3",
            "/console/stock/1",
            "/console/recalls/cases/1/x",
        ] {
            assert_eq!(Address::parse(stranger, None).page, None, "{stranger}");
        }
    }

    #[test]
    fn queries_are_decoded_and_replaced() {
        let address = Address::parse("/console/trace", Some("code=%2801%290952+1&lang=zh&&=x"));
        assert_eq!(address.query("code"), Some("(01)0952 1"));
        assert_eq!(address.query("nothing"), None);
        assert_eq!(address.with("lang", "en"), "/console/trace?code=%2801%290952%201&=x&lang=en");
    }

    #[test]
    fn nobody_is_sent_to_another_host() {
        for bad in
            ["//evil.example", "https://evil.example", "/console//\\evil", "/console/sign-in?next=x", "", "/consoles"]
        {
            assert_eq!(safe_next(Some(bad)), "/console", "{bad}");
        }
        assert_eq!(safe_next(Some("/console/stock?cursor=1")), "/console/stock?cursor=1");
    }
}
