//! What a page shows, loaded before it is written. The same value writes the HTML on the server and, read back from the
//! page, hydrates it in the browser: the two cannot differ.
//!
//! ```text
//! every page but sign-in:  GET /session, GET /chain, then the calls of the page
//! an invitation:           POST /invitations/look, no session
//! no session:              on to sign-in
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::account::{Account, OwnSession};
use tracelight_api::rest::alert::Alert;
use tracelight_api::rest::audit::AuditEvent;
use tracelight_api::rest::chain::ChainView;
use tracelight_api::rest::device::Device;
use tracelight_api::rest::fsma204::Fsma204Summary;
use tracelight_api::rest::goods::{Batch, CodeRule, Product};
use tracelight_api::rest::handover::{Shipment, StockItem, Trace};
use tracelight_api::rest::imports::Import;
use tracelight_api::rest::key::ApiKey;
use tracelight_api::rest::map::CheckMap;
use tracelight_api::rest::marks::MarkOverview;
use tracelight_api::rest::notice::{NoticeHint, NoticeImport, RecallNotice};
use tracelight_api::rest::numbers::Numbers;
use tracelight_api::rest::recall::Recall;
use tracelight_api::rest::recall_case::{CaseRow, LotsFound, RecallCase};
use tracelight_api::rest::recall_task::{RecallTask, TaskRow};
use tracelight_api::rest::report::{Report, ReportCase, RulesRecord};
use tracelight_api::rest::search::Found;
use tracelight_api::rest::session::{Session, UserRole};
use tracelight_api::rest::trace_picture::TracePicture;
use tracelight_api::rest::user::{Invitation, InvitationToken, InvitationView, UserAccount};
use tracelight_api::rest::webhook::{Webhook, WebhookDelivery};

use super::api::Client;
use super::lists::rows_path;
use super::page::{Address, CasePart, Page, escape, url};
use crate::i18n::Lang;

/// A value, or why there is none.
pub type Fetched<T> = Result<T, Problem>;

/// Everything that one page shows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PageData {
    /// Which page.
    pub address: Address,
    /// Tag of the language.
    pub lang: String,
    /// Milliseconds since 1970 when the page was written. "Today" and ages refer to it.
    pub now_ms: u64,
    /// Minutes from UTC in which times are shown.
    pub utc_offset_minutes: i32,
    /// Who is signed in; absent on the sign-in page.
    pub session: Option<Session>,
    /// The chain line; `None` on the sign-in page.
    pub chain: Option<Fetched<ChainView>>,
    /// The page's own data.
    pub body: Body,
}

/// The data of each page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Body {
    /// No page has this address.
    NotFound,
    /// The session could not be asked for.
    Outage(Problem),
    /// Sign-in.
    SignIn,
    /// Products, and which of them recall notices may concern, for whoever has notices.
    Products(Fetched<Rows<Product>>, Option<Fetched<Rows<NoticeHint>>>),
    /// Register a product.
    NewProduct,
    /// How the serials of a product look: its GTIN and its rule.
    CodeRule(String, Fetched<CodeRule>),
    /// Marks of a product.
    Marks(Box<Fetched<MarkOverview>>),
    /// Logistic labels; what the server says to the one that the address names.
    Labels(Option<Fetched<()>>),
    /// Batches.
    Batches(Fetched<Rows<Batch>>),
    /// Register a batch: the products to choose from.
    NewBatch(Fetched<Rows<Product>>),
    /// One batch, and its numbers for its maker.
    Batch(Box<Fetched<Batch>>, Option<Box<Fetched<Numbers>>>),
    /// Devices of the member's lines.
    Lines(Fetched<Rows<Device>>),
    /// Register a device.
    NewLine,
    /// Uploaded tables.
    Imports(Fetched<Rows<Import>>),
    /// Keys of programs.
    Keys(Fetched<Rows<ApiKey>>),
    /// Addresses that are told what happens.
    Webhooks(Fetched<Rows<Webhook>>),
    /// One of them, and its delivery log when it is there.
    Webhook(Box<Fetched<Webhook>>, Option<Box<Fetched<Rows<WebhookDelivery>>>>),
    /// Stock.
    Stock(Fetched<Rows<StockItem>>),
    /// Hand-overs.
    Handovers(Fetched<Rows<Shipment>>),
    /// One pack.
    Dispense,
    /// A trace; `None` before a code is given.
    Trace(Option<Fetched<Trace>>),
    /// The graph of a lot; `None` before one is given.
    TraceGraph(Option<Box<Fetched<TracePicture>>>),
    /// What a selection of FSMA 204 records finds; `None` before one is made.
    Fsma204(Option<Box<Fetched<Fsma204Summary>>>),
    /// Recalls.
    Recalls(Box<RecallLists>),
    /// The scope of a recall; `None` before anything is asked for.
    NewRecall(Option<Fetched<LotsFound>>),
    /// A recall case or a step of its draft, and what its search finds.
    RecallCase(CasePart, Box<Fetched<RecallCase>>, Option<Fetched<LotsFound>>),
    /// What a recall case asks of the member.
    RecallTask(Box<Fetched<RecallTask>>),
    /// One recall.
    Recall(Box<Fetched<Recall>>),
    /// Where packs are checked.
    Map(Box<Fetched<CheckMap>>),
    /// Alerts of medicine packs.
    Alerts(Fetched<Rows<Alert>>),
    /// One of them.
    Alert(Box<Fetched<Alert>>),
    /// Reports of suspected fakes.
    Reports(Fetched<Rows<Report>>, Fetched<RulesRecord>),
    /// One of them.
    Report(Box<Fetched<ReportCase>>),
    /// Public recall notices, and the files that they came in.
    Notices(Fetched<Rows<RecallNotice>>, Fetched<Rows<NoticeImport>>),
    /// What was found; `None` before something is looked for.
    Search(Option<Fetched<Found>>),
    /// A company by its GLN: what it holds, what it handed over.
    Company(String, Box<Fetched<Rows<StockItem>>>, Box<Fetched<Rows<Shipment>>>),
    /// The chain; its data is the chain line's.
    Chain,
    /// One's own account and its sessions.
    Account(Box<Fetched<Account>>, Fetched<Rows<OwnSession>>),
    /// The member's accounts and invitations.
    Users(Fetched<Rows<UserAccount>>, Fetched<Rows<Invitation>>),
    /// The audit log.
    Audit(Fetched<Rows<AuditEvent>>),
    /// What an invitation is for.
    Invitation(Box<Fetched<InvitationView>>),
}

/// What the page of recalls shows. Whoever has no cases or no recalls of lots is told nothing of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecallLists {
    /// What is asked of the member.
    pub tasks: Fetched<Rows<TaskRow>>,
    /// Recall cases.
    pub cases: Option<Fetched<Rows<CaseRow>>>,
    /// Recalls of single lots.
    pub recalls: Option<Fetched<Rows<Recall>>>,
}

impl RecallLists {
    /// Why one of the lists is missing.
    pub fn problem(&self) -> Option<&Problem> {
        let cases = self.cases.as_ref().and_then(|rows| rows.as_ref().err());
        let recalls = self.recalls.as_ref().and_then(|rows| rows.as_ref().err());
        self.tasks.as_ref().err().or(cases).or(recalls)
    }
}

impl Body {
    /// Status of the page.
    pub fn status(&self) -> u16 {
        let problem = match self {
            Self::NotFound => return 404,
            Self::Outage(problem) => Some(problem),
            Self::Products(Err(p), _)
            | Self::Notices(Err(p), _)
            | Self::NewBatch(Err(p))
            | Self::Batches(Err(p))
            | Self::Stock(Err(p)) => Some(p),
            Self::Handovers(Err(p)) | Self::Lines(Err(p)) | Self::Imports(Err(p)) => Some(p),
            Self::Keys(Err(p)) | Self::Webhooks(Err(p)) | Self::Reports(Err(p), _) | Self::Alerts(Err(p)) => Some(p),
            Self::Trace(Some(Err(p))) | Self::NewRecall(Some(Err(p))) => Some(p),
            Self::CodeRule(_, Err(p)) | Self::Labels(Some(Err(p))) => Some(p),
            Self::TraceGraph(picture) => picture.as_ref().and_then(|picture| picture.as_ref().as_ref().err()),
            Self::Fsma204(summary) => summary.as_ref().and_then(|summary| summary.as_ref().as_ref().err()),
            Self::Search(Some(Err(p))) => Some(p),
            Self::Company(_, stock, shipments) => stock.as_ref().as_ref().err().or(shipments.as_ref().as_ref().err()),
            Self::Batch(batch, _) => batch.as_ref().as_ref().err(),
            Self::Webhook(hook, _) => hook.as_ref().as_ref().err(),
            Self::Recall(recall) => recall.as_ref().as_ref().err(),
            Self::Recalls(lists) => lists.problem(),
            Self::RecallCase(_, _, Some(Err(p))) => Some(p),
            Self::RecallCase(_, case, _) => case.as_ref().as_ref().err(),
            Self::RecallTask(task) => task.as_ref().as_ref().err(),
            Self::Map(map) => map.as_ref().as_ref().err(),
            Self::Marks(marks) => marks.as_ref().as_ref().err(),
            Self::Alert(alert) => alert.as_ref().as_ref().err(),
            Self::Report(case) => case.as_ref().as_ref().err(),
            Self::Account(account, _) => account.as_ref().as_ref().err(),
            Self::Users(Err(p), _) | Self::Audit(Err(p)) => Some(p),
            Self::Invitation(view) => view.as_ref().as_ref().err(),
            _ => None,
        };
        problem.map_or(200, |problem| if (400..600).contains(&problem.status) { problem.status } else { 500 })
    }
}

impl PageData {
    /// The page's language.
    pub fn lang(&self) -> Lang {
        Lang::from_tag(&self.lang).unwrap_or(Lang::En)
    }

    /// May the reader sign with the member's operator key?
    pub fn may_operate(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.role == UserRole::Operator)
    }

    /// Names of the members by GLN, in the page's language.
    pub fn member_names(&self) -> BTreeMap<String, String> {
        let members = match &self.chain {
            Some(Ok(chain)) => chain.members.as_slice(),
            _ => &[],
        };
        let name = |en: &str, zh: &str| match self.lang() {
            Lang::Zh if !zh.is_empty() => zh.to_owned(),
            _ => en.to_owned(),
        };
        members.iter().map(|member| (member.gln.clone(), name(&member.name_en, &member.name_zh))).collect()
    }
}

/// What came of loading.
#[derive(Debug)]
pub enum Loaded {
    /// Write this page.
    Page(Box<PageData>),
    /// Go there.
    Redirect(String),
}

/// Loads the data of a page.
pub async fn load(address: Address, lang: Lang, now_ms: u64, utc_offset_minutes: i32, client: &Client) -> Loaded {
    let mut data = PageData {
        address,
        lang: lang.tag().to_owned(),
        now_ms,
        utc_offset_minutes,
        session: None,
        chain: None,
        body: Body::SignIn,
    };
    if data.address.page == Some(Page::SignIn) {
        return Loaded::Page(Box::new(data));
    }
    if data.address.page == Some(Page::Invitation) {
        let token = data.address.query("token").unwrap_or_default().to_owned();
        let view = client.post("/api/v1/invitations/look", &InvitationToken { token }).await;
        data.body = Body::Invitation(Box::new(view));
        return Loaded::Page(Box::new(data));
    }
    match client.get::<Session>("/api/v1/session").await {
        Ok(session) => data.session = Some(session),
        Err(problem) if problem.status == 401 => {
            return Loaded::Redirect(url("/console/sign-in", &[("next", &data.address.url())]));
        }
        Err(problem) => {
            data.body = Body::Outage(problem);
            return Loaded::Page(Box::new(data));
        }
    }
    data.chain = Some(client.get("/api/v1/chain").await);
    let Some(page) = data.address.page.clone() else {
        data.body = Body::NotFound;
        return Loaded::Page(Box::new(data));
    };
    if page == Page::Home {
        let first = data.session.as_ref().map_or(Page::Trace, |session| super::shell::home_of(session.member.role));
        return Loaded::Redirect(first.path());
    }
    data.body = body_of(&page, &data.address, client).await;
    if let Body::Search(Some(Ok(found))) = &data.body
        && let Some(url) = super::pages::search::only(found)
    {
        return Loaded::Redirect(url);
    }
    Loaded::Page(Box::new(data))
}

async fn body_of(page: &Page, address: &Address, client: &Client) -> Body {
    let list = |path: &str| match address.query("cursor") {
        Some(cursor) => url(path, &[("cursor", cursor)]),
        None => path.to_owned(),
    };
    match page {
        Page::Home | Page::SignIn | Page::Invitation => Body::SignIn,
        Page::Products => {
            let rows = client.get(&rows_path(address, "/api/v1/products")).await;
            let hints = client.get("/api/v1/recall-notices/hints").await;
            // Whoever has no notices is told nothing of them.
            let hints =
                Some(hints).filter(|hints: &Fetched<_>| !matches!(hints, Err(problem) if problem.status == 403));
            Body::Products(rows, hints)
        }
        Page::NewProduct => Body::NewProduct,
        Page::Marks { gtin } => {
            let path = format!("/api/v1/products/{}/marks/overview", escape(gtin));
            Body::Marks(Box::new(client.get(&path).await))
        }
        Page::CodeRule { gtin } => {
            let path = format!("/api/v1/products/{}/code-rule", escape(gtin));
            Body::CodeRule(gtin.clone(), client.get(&path).await)
        }
        Page::Labels => match super::pages::labels::label_path(address, "svg") {
            Some(path) => Body::Labels(Some(client.exists(&path).await)),
            None => Body::Labels(None),
        },
        Page::Batches => Body::Batches(client.get(&rows_path(address, "/api/v1/batches")).await),
        Page::NewBatch => Body::NewBatch(client.get("/api/v1/products").await),
        Page::Batch { gtin, lot } => {
            let path = format!("/api/v1/batches/{}/{}", escape(gtin), escape(lot));
            let batch = client.get::<Batch>(&path).await;
            let own = batch.as_ref().is_ok_and(|batch| batch.codes.is_some());
            let numbers = if own { Some(Box::new(client.get(&format!("{path}/numbers")).await)) } else { None };
            Body::Batch(Box::new(batch), numbers)
        }
        Page::Lines => Body::Lines(client.get(&list("/api/v1/devices")).await),
        Page::NewLine => Body::NewLine,
        Page::Imports => Body::Imports(client.get(&rows_path(address, "/api/v1/imports")).await),
        Page::Keys => Body::Keys(client.get("/api/v1/api-keys").await),
        Page::Webhooks => Body::Webhooks(client.get("/api/v1/webhooks").await),
        Page::Webhook { id } => {
            let path = format!("/api/v1/webhooks/{}", escape(id));
            let hook = client.get::<Webhook>(&path).await;
            let log = if hook.is_ok() { Some(Box::new(client.get(&format!("{path}/deliveries")).await)) } else { None };
            Body::Webhook(Box::new(hook), log)
        }
        Page::Stock => Body::Stock(client.get(&rows_path(address, "/api/v1/stock")).await),
        Page::Handovers => Body::Handovers(client.get(&rows_path(address, "/api/v1/shipments")).await),
        Page::Dispense => Body::Dispense,
        Page::Trace => match address.query("code") {
            Some(code) => Body::Trace(Some(client.get(&url("/api/v1/trace", &[("code", code)])).await)),
            None => Body::Trace(None),
        },
        Page::TraceGraph => match super::pages::trace_graph::data_path(address, "/picture") {
            Some(path) => Body::TraceGraph(Some(Box::new(client.get(&path).await))),
            None => Body::TraceGraph(None),
        },
        Page::Fsma204 if super::pages::fsma204::is_asked(address) => {
            let path = super::pages::fsma204::selection_path(address, "", None);
            Body::Fsma204(Some(Box::new(client.get(&path).await)))
        }
        Page::Fsma204 => Body::Fsma204(None),
        Page::Recalls => {
            let tasks = client.get("/api/v1/recall-tasks").await;
            let cursor: Vec<_> = address.query("cases").map(|cursor| ("cursor", cursor)).into_iter().collect();
            let cases = Some(client.get(&url("/api/v1/recall-cases", &cursor)).await);
            let recalls = Some(client.get(&rows_path(address, "/api/v1/recalls")).await);
            Body::Recalls(Box::new(RecallLists {
                tasks,
                cases: cases.filter(is_told),
                recalls: recalls.filter(is_told),
            }))
        }
        Page::NewRecall => Body::NewRecall(found(address, client).await),
        Page::RecallCase { id, part } => {
            let case = client.get(&format!("/api/v1/recall-cases/{}", escape(id))).await;
            let found = if *part == CasePart::Scope { found(address, client).await } else { None };
            Body::RecallCase(*part, Box::new(case), found)
        }
        Page::RecallTask { case } => {
            Body::RecallTask(Box::new(client.get(&format!("/api/v1/recall-tasks/{}", escape(case))).await))
        }
        Page::Recall { id } => Body::Recall(Box::new(client.get(&format!("/api/v1/recalls/{}", escape(id))).await)),
        Page::Map => Body::Map(Box::new(client.get(&super::pages::map::data_path(address, "")).await)),
        Page::Alerts => Body::Alerts(client.get(&rows_path(address, "/api/v1/alerts")).await),
        Page::Alert { number } => {
            Body::Alert(Box::new(client.get(&format!("/api/v1/alerts/{}", escape(number))).await))
        }
        Page::Reports => {
            let rows = client.get(&rows_path(address, "/api/v1/reports")).await;
            Body::Reports(rows, client.get("/api/v1/reports/rules").await)
        }
        Page::Report { case } => Body::Report(Box::new(client.get(&format!("/api/v1/reports/{}", escape(case))).await)),
        Page::Notices => {
            let rows = client.get(&super::pages::notices::list_path(address)).await;
            Body::Notices(rows, client.get("/api/v1/recall-notices/imports").await)
        }
        Page::Search => match super::pages::search::data_path(address) {
            Some(path) => Body::Search(Some(client.get(&path).await)),
            None => Body::Search(None),
        },
        Page::Company { gln } => {
            let list = |path: &str, cursor: &str| {
                let cursor = address.query(cursor).map(|cursor| ("cursor", cursor));
                let parts: Vec<_> = [("member", gln.as_str()), ("limit", "50")].into_iter().chain(cursor).collect();
                url(path, &parts)
            };
            let stock = client.get(&list("/api/v1/stock", "stock")).await;
            let shipments = client.get(&list("/api/v1/shipments", "shipments")).await;
            Body::Company(gln.clone(), Box::new(stock), Box::new(shipments))
        }
        Page::Chain => Body::Chain,
        Page::Account => {
            let account = client.get("/api/v1/account").await;
            Body::Account(Box::new(account), client.get("/api/v1/account/sessions").await)
        }
        Page::Users => Body::Users(client.get("/api/v1/users").await, client.get("/api/v1/invitations").await),
        Page::Audit => Body::Audit(client.get(&super::pages::audit::rows_path(address, "")).await),
    }
}

/// Whoever may not ask for a list is shown none, and no error.
fn is_told<T>(rows: &Fetched<T>) -> bool {
    !matches!(rows, Err(problem) if problem.status == 403)
}

/// The lots that the address asks for.
async fn found(address: &Address, client: &Client) -> Option<Fetched<LotsFound>> {
    let path = super::pages::recall_new::search_path(address)?;
    Some(client.get(&path).await)
}
