//! One file a page. Each page is a function of the reader ([`super::ui::Ui`]) and the loaded data; nothing here asks for
//! data before the page is shown.

pub mod account;
pub mod alert;
pub mod alerts;
pub mod audit;
pub mod batch;
pub mod batches;
pub mod blocks;
pub mod case_parts;
pub mod chain;
pub mod code_rule;
pub mod company;
pub mod dispense;
pub mod endpoint;
pub mod fsma204;
pub mod handovers;
pub mod holdings;
pub mod imports;
pub mod incoming;
pub mod invitations;
pub mod keys;
pub mod labels;
pub mod lines;
pub mod map;
pub mod map_drawing;
pub mod marks;
pub mod notice_import;
pub mod notice_match;
pub mod notices;
pub mod numbers;
pub mod order;
pub mod products;
pub mod recall;
pub mod recall_case;
pub mod recall_draft;
pub mod recall_new;
pub mod recall_task;
pub mod recalls;
pub mod report;
pub mod reports;
pub mod search;
pub mod sign_in;
pub mod stock;
pub mod trace;
pub mod trace_drawing;
pub mod trace_graph;
pub mod trace_rows;
pub mod users;
pub mod webhook;
pub mod webhooks;

use leptos::prelude::*;

use super::load::{Body, PageData};
use super::parts::{error_card, head};
use super::ui::Ui;

/// The content of a page.
pub fn content(ui: Ui, data: &PageData) -> AnyView {
    match &data.body {
        Body::NotFound => head(None, ui.t().no_page.into_any(), ui.t().err_do_back.into_any(), None),
        Body::Outage(problem) => {
            let top = head(None, ui.t().err_load.into_any(), "".into_any(), None);
            view! { {top} {error_card(ui, data, problem)} }.into_any()
        }
        Body::SignIn => sign_in::page(ui, data),
        Body::Products(rows, hints) => products::list(ui, data, rows, hints.as_ref()),
        Body::NewProduct => products::register(ui, data),
        Body::CodeRule(gtin, rule) => code_rule::page(ui, data, gtin, rule),
        Body::Marks(overview) => marks::page(ui, data, overview),
        Body::Labels(label) => labels::page(ui, data, label.as_ref()),
        Body::Batches(rows) => batches::list(ui, data, rows),
        Body::NewBatch(products) => batches::register(ui, data, products),
        Body::Batch(batch, numbers) => batch::page(ui, data, batch, numbers.as_deref()),
        Body::Lines(rows) => lines::list(ui, data, rows),
        Body::NewLine => lines::register(ui, data),
        Body::Imports(rows) => imports::page(ui, data, rows),
        Body::Keys(rows) => keys::page(ui, data, rows),
        Body::Webhooks(rows) => webhooks::page(ui, data, rows),
        Body::Webhook(hook, log) => webhook::page(ui, data, hook, log.as_deref()),
        Body::Stock(rows) => stock::page(ui, data, rows),
        Body::Handovers(rows) => handovers::page(ui, data, rows),
        Body::Dispense => dispense::page(ui, data),
        Body::Trace(trace) => trace::page(ui, data, trace.as_ref()),
        Body::TraceGraph(picture) => trace_graph::page(ui, data, picture.as_deref()),
        Body::Fsma204(summary) => fsma204::page(ui, data, summary.as_deref()),
        Body::Recalls(lists) => recalls::page(ui, data, lists),
        Body::Notices(rows, imports) => notices::page(ui, data, rows, imports),
        Body::NewRecall(found) => recall_new::page(ui, data, found.as_ref()),
        Body::RecallCase(part, case, found) => recall_draft::page(ui, data, *part, case, found.as_ref()),
        Body::RecallTask(task) => recall_task::page(ui, data, task),
        Body::Recall(recall) => recall::page(ui, data, recall),
        Body::Map(map) => map::page(ui, data, map.as_ref()),
        Body::Alerts(rows) => alerts::page(ui, data, rows),
        Body::Alert(one) => alert::page(ui, data, one),
        Body::Reports(rows, rules) => reports::page(ui, data, rows, rules),
        Body::Report(case) => report::page(ui, data, case),
        Body::Search(found) => search::page(ui, data, found.as_ref()),
        Body::Company(gln, stock, shipments) => company::page(ui, data, gln, stock, shipments),
        Body::Chain => chain::page(ui, data),
        Body::Account(account, sessions) => account::page(ui, data, account, sessions),
        Body::Users(users, invitations) => users::page(ui, data, users, invitations),
        Body::Audit(rows) => audit::page(ui, data, rows),
        Body::Invitation(view) => invitations::page(ui, data, view),
    }
}
