//! The FSMA 204 spreadsheet: choose a range, look at the counts and at what is missing, download.
//!
//! The form asks with `GET` and everything of it is in the address, so choosing and downloading work without the program; what is
//! wrong with a field is said below it by the server that wrote the page.

use leptos::prelude::*;
use tracelight_api::problem::Problem;
use tracelight_api::rest::fsma204::{Fsma204Cte, Fsma204Gap, Fsma204Summary};
use tracelight_api::rest::session::MemberRole;

use crate::console::form::asked_line;
use crate::console::icons::Sign;
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Address, Page, url};
use crate::console::parts::{card, empty, error_card, head, link_button, note, table};
use crate::console::texts::fsma204::FsmaTexts;
use crate::console::texts::moves::PackTexts;
use crate::console::ui::Ui;
use crate::i18n::{Lang, fill};

/// Parts of a selection, as the interface names them.
const PARTS: [&str; 6] = ["gtin", "tlc", "from", "to", "place", "utc_offset"];
/// Present when the reader has asked.
const SHOWN: &str = "show";

/// Path of the selection that an address names.
pub fn selection_path(address: &Address, file: &str, cte: Option<&str>) -> String {
    let parts = PARTS.into_iter().filter_map(|name| Some((name, address.query(name)?)));
    let parts: Vec<(&str, &str)> = parts.chain(cte.map(|cte| ("cte", cte))).collect();
    url(&format!("/api/v1/trace/fsma204{file}"), &parts)
}

/// Has the reader asked for counts?
pub fn is_asked(address: &Address) -> bool {
    address.query(SHOWN).is_some()
}

/// The page.
pub fn page(ui: Ui, data: &PageData, summary: Option<&Fetched<Fsma204Summary>>) -> AnyView {
    let t = FsmaTexts::of(ui.lang);
    let problem = summary.and_then(|summary| summary.as_ref().err());
    let of_field = problem.is_some_and(|problem| problem.field.as_deref().is_some_and(|name| PARTS.contains(&name)));
    // One filled button a screen: the download, once there is something to download.
    let class = if matches!(summary, Some(Ok(_))) { "b" } else { "b p" };
    let form = choose(ui, &data.address, problem, class);
    // What was asked for comes first; what is wrong stands in the form.
    let body = match summary {
        Some(Ok(summary)) => view! { {answer(ui, &data.address, summary)} {form} }.into_any(),
        Some(Err(problem)) if !of_field => view! { {error_card(ui, data, problem)} {form} }.into_any(),
        _ => form,
    };
    let sees_all = data.session.as_ref().is_some_and(|session| session.member.role == MemberRole::Regulator);
    let gap = if ui.lang == Lang::Zh { "" } else { " " };
    let line = format!("{}{gap}{}", t.line, if sees_all { t.line_all } else { t.line_own });
    let crumb = Some((Page::Trace.path(), PackTexts::of(ui.lang).trace_title.to_owned()));
    view! {
        {head(crumb, t.title.into_any(), line.into_any(), None)}
        {body}
    }
    .into_any()
}

fn choose(ui: Ui, address: &Address, problem: Option<&Problem>, class: &'static str) -> AnyView {
    let t = FsmaTexts::of(ui.lang);
    let line = |name, label, hint, mode| asked_line(ui, address, problem, name, label, hint, mode);
    let zones = [
        ("+08:00", t.zone_cst),
        ("+00:00", t.zone_utc),
        ("-05:00", t.zone_est),
        ("-04:00", t.zone_edt),
        ("-08:00", t.zone_pst),
        ("-07:00", t.zone_pdt),
    ];
    let chosen = address.query("utc_offset").unwrap_or_default().to_owned();
    let zones = zones.map(|(key, words)| view! { <option value=key selected=key == chosen>{words}</option> });
    let inner = view! {
        <form method="get" action=Page::Fsma204.path()>
            <p class="hint">{t.all_hint}</p>
            {line("gtin", t.gtin, Some(t.gtin_hint), "numeric")}
            {line("tlc", t.tlc, Some(t.tlc_hint), "text")}
            <div class="row">
                {line("from", t.from, Some(t.date_hint), "numeric")}
                {line("to", t.to, Some(t.date_hint), "numeric")}
            </div>
            {line("place", t.place, None, "text")}
            <div class="field">
                <label for="l-utc_offset">{t.zone}</label>
                <select id="l-utc_offset" name="utc_offset">{zones.collect_view()}</select>
            </div>
            <button type="submit" class=class name=SHOWN value="1">{t.show}</button>
        </form>
    };
    card(t.choose, inner)
}

const fn words(t: &'static FsmaTexts, cte: Fsma204Cte) -> (&'static str, &'static str) {
    match cte {
        Fsma204Cte::InitialPacking => ("initial_packing", t.e_initial_packing),
        Fsma204Cte::Shipping => ("shipping", t.e_shipping),
        Fsma204Cte::Receiving => ("receiving", t.e_receiving),
        Fsma204Cte::Transformation => ("transformation", t.e_transformation),
    }
}

fn answer(ui: Ui, address: &Address, summary: &Fsma204Summary) -> AnyView {
    let t = FsmaTexts::of(ui.lang);
    let records: u64 = summary.sheets.iter().map(|sheet| sheet.records).sum();
    if records == 0 {
        return empty(t.found_none, t.none_do, None);
    }
    let title = fill(if records == 1 { t.found_one } else { t.found }, &[("n", &ui.number(records))]);
    let as_of = fill(t.as_of, &[("time", &ui.time(summary.as_of_ms)), ("zone", &summary.time_zone)]);
    let rows = summary.sheets.iter().map(|sheet| {
        let (name, words) = words(t, sheet.cte);
        let path = selection_path(address, ".csv", Some(name));
        let label = format!("{}: {words}", t.csv);
        let csv = (sheet.records > 0).then(|| view! { <a href=path aria-label=label>{t.csv}</a> });
        vec![words.into_any(), ui.number(sheet.records).into_any(), ui.number(sheet.rows).into_any(), csv.into_any()]
    });
    let list = table(&title, &["k", "s n", "x n", "d"], vec![t.event, t.records, t.rows, t.csv], rows.collect());
    let download = link_button(Some(Sign::Download), "b p", selection_path(address, ".xlsx", None), t.xlsx);
    let findings =
        (summary.findings > 0).then(|| note("attention", fill(t.findings, &[("n", &ui.number(summary.findings))])));
    let inner = view! {
        <p class="soft">{as_of}</p>
        {list}
        {findings}
        <p class="buttons">{download}</p>
    };
    view! { {card(title, inner)} {missing(ui, summary)} }.into_any()
}

/// What is not recorded, by paragraph.
fn missing(ui: Ui, summary: &Fsma204Summary) -> AnyView {
    let t = FsmaTexts::of(ui.lang);
    if summary.gaps_count == 0 {
        return card(t.gaps, view! { <p>{t.gaps_none}</p> });
    }
    let row = |gap: &Fsma204Gap| {
        let parts = (!gap.parts.is_empty()).then(|| fill(t.parts, &[("parts", &gap.parts.join(", "))]));
        vec![
            view! { <span lang="en">{gap.kde.clone()}</span> <small class="soft">{parts.map(|parts| format!(" {parts}"))}</small> }
                .into_any(),
            ui.number(gap.records).into_any(),
            words(t, gap.cte).1.into_any(),
            view! { <span class="mono" lang="en">{format!("21 CFR {}", gap.cfr)}</span> }.into_any(),
        ]
    };
    let rows = summary.gaps.iter().map(row).collect();
    let heads = vec![t.kde, t.records, t.event, t.paragraph];
    let inner = view! {
        <p>{fill(t.gaps_line, &[("n", &ui.number(summary.gaps_count))])}</p>
        {table(t.gaps, &["k", "s n", "d", "d"], heads, rows)}
    };
    card(t.gaps, inner)
}
