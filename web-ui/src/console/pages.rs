//! One file a page. Each page is a function of the reader ([`super::ui::Ui`]) and the loaded data; nothing here asks for
//! data before the page is shown.

pub mod batch;
pub mod batches;
pub mod chain;
pub mod dispense;
pub mod handovers;
pub mod holdings;
pub mod incoming;
pub mod order;
pub mod products;
pub mod recall;
pub mod recall_new;
pub mod recalls;
pub mod sign_in;
pub mod stock;
pub mod trace;

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
        Body::Products(rows) => products::list(ui, data, rows),
        Body::NewProduct => products::register(ui, data),
        Body::Batches(rows) => batches::list(ui, data, rows),
        Body::NewBatch(products) => batches::register(ui, data, products),
        Body::Batch(batch) => batch::page(ui, data, batch),
        Body::Stock(rows) => stock::page(ui, data, rows),
        Body::Handovers(rows) => handovers::page(ui, data, rows),
        Body::Dispense => dispense::page(ui, data),
        Body::Trace(trace) => trace::page(ui, data, trace.as_ref()),
        Body::Recalls(rows) => recalls::page(ui, data, rows),
        Body::NewRecall(preview) => recall_new::page(ui, data, preview.as_ref()),
        Body::Recall(recall) => recall::page(ui, data, recall),
        Body::Chain => chain::page(ui, data),
    }
}
