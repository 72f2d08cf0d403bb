//! Alerts of medicine packs: the list, and words that other pages use for them.

use leptos::prelude::*;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::alert::{Alert, AlertGravity, AlertStatus};

use crate::console::icons::{Mark, state};
use crate::console::lists::{is_narrowed, nothing, tools};
use crate::console::load::{Fetched, PageData};
use crate::console::page::Page;
use crate::console::parts::{empty, error_card, head, pager, sortable};
use crate::console::texts::alerts::AlertTexts;
use crate::console::ui::Ui;
use crate::i18n::{Lang, fill};

/// The page.
pub fn page(ui: Ui, data: &PageData, rows: &Fetched<Rows<Alert>>) -> AnyView {
    let t = AlertTexts::of(ui.lang);
    let top = head(None, t.title.into_any(), t.line.into_any(), None);
    let rows = match rows {
        Ok(rows) => rows,
        Err(problem) => return view! { {top} {error_card(ui, data, problem)} }.into_any(),
    };
    let states = AlertStatus::ALL.map(|status| (status.word(), status_words(ui.lang, status)));
    let tools = || tools(ui, data, &Page::Alerts, "alerts", &states);
    if rows.items.is_empty() && is_narrowed(&data.address) {
        return view! { {top} {tools()} {nothing(ui, &Page::Alerts)} }.into_any();
    }
    if rows.items.is_empty() {
        return view! { {top} {empty(t.empty_title, t.empty, None)} }.into_any();
    }
    let cells = rows.items.iter().map(|alert| row(ui, alert)).collect();
    let heads = vec![
        (t.h_number, None),
        (t.h_state, Some("gravity")),
        (t.h_what, None),
        (t.h_product, Some("gtin")),
        (t.h_times, Some("times")),
        (t.h_last, Some("last")),
    ];
    view! {
        {top}
        {tools()}
        <section class="c" id="table">{sortable(data, t.title, &["k", "s", "d", "d", "d n", "d"], heads, cells)}</section>
        {pager(ui, data, rows.next.as_deref())}
    }
    .into_any()
}

fn row(ui: Ui, alert: &Alert) -> Vec<AnyView> {
    let href = Page::Alert { number: alert.number.clone() }.path();
    let number = alert.number.clone();
    let lot = (!alert.lot.is_empty()).then(|| view! { " " <span class="mono">{alert.lot.clone()}</span> });
    vec![
        view! { <a class="mono nb" href=href>{number}</a> }.into_any(),
        view! { {alert_state(ui, alert)} <p class="soft">{gravity_words(ui.lang, alert.gravity)}</p> }.into_any(),
        kind_words(ui.lang, &alert.kind).into_any(),
        view! { {product_words(ui, alert)} {lot} }.into_any(),
        ui.number(alert.times).into_any(),
        ui.time(alert.last_ms).into_any(),
    ]
}

/// The state with its mark.
pub fn alert_state(ui: Ui, alert: &Alert) -> AnyView {
    let mark = match alert.status {
        AlertStatus::Open => Mark::Attention,
        AlertStatus::Explained => Mark::Done,
        AlertStatus::Suspicious => Mark::Stopped,
    };
    state(mark, status_words(ui.lang, alert.status))
}

/// The product's name, or the code that nobody has registered.
pub fn product_words(ui: Ui, alert: &Alert) -> AnyView {
    let name = ui.name(&alert.product_en, &alert.product_zh);
    if name.is_empty() { view! { <span class="mono">{alert.gtin.clone()}</span> }.into_any() } else { ui.run(&name) }
}

/// Words of a state.
pub fn status_words(lang: Lang, status: AlertStatus) -> &'static str {
    let t = AlertTexts::of(lang);
    match status {
        AlertStatus::Open => t.st_open,
        AlertStatus::Explained => t.st_explained,
        AlertStatus::Suspicious => t.st_suspicious,
    }
}

/// Words of what an alert is about.
pub fn kind_words(lang: Lang, kind: &str) -> &'static str {
    let t = AlertTexts::of(lang);
    match kind {
        "A1" => t.k_a1,
        "A3" => t.k_a3,
        "A4" => t.k_a4,
        "A10" => t.k_a10,
        "A24" => t.k_a24,
        "A52" => t.k_a52,
        _ => t.k_a68,
    }
}

/// Words of how soon to look.
pub fn gravity_words(lang: Lang, gravity: AlertGravity) -> &'static str {
    let t = AlertTexts::of(lang);
    match gravity {
        AlertGravity::Handling => t.g_handling,
        AlertGravity::Data => t.g_data,
        AlertGravity::Falsification => t.g_falsification,
    }
}

/// `NMVS_NC_PCK_22: the pack is inactive already`; the code alone when these pages have no words for it.
pub fn code_words(lang: Lang, code: &str) -> String {
    let t = AlertTexts::of(lang);
    let words = match code {
        "NMVS_FE_LOT_03" => t.c_lot_03,
        "NMVS_FE_LOT_12" => t.c_lot_12,
        "NMVS_FE_LOT_13" => t.c_lot_13,
        "NMVS_NC_PC_02" => t.c_pc_02,
        "NMVS_NC_PCK_06" => t.c_pck_06,
        "NMVS_NC_PCK_19" => t.c_pck_19,
        "NMVS_NC_PCK_20" => t.c_pck_20,
        "NMVS_NC_PCK_21" => t.c_pck_21,
        "NMVS_NC_PCK_22" => t.c_pck_22,
        "NMVS_NC_PCK_27" => t.c_pck_27,
        _ => return code.to_owned(),
    };
    match lang {
        Lang::Zh => fill("{code}：{words}", &[("code", code), ("words", words)]),
        Lang::En => fill("{code}: {words}", &[("code", code), ("words", words)]),
    }
}
