//! Public recall notices: files with what they would change, the list with its filters, and the products that each may concern.
//!
//! The filters ask with `GET` and stand in the address; reading works without the program. A match leads to the page that opens a
//! recall, and never opens one.

use leptos::prelude::*;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::notice::{NoticeClass, NoticeImport, NoticeImportState, NoticeStatus, RecallNotice};

use crate::console::icons::{Mark, Sign, sign, state};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Address, Page, url};
use crate::console::pages::{notice_import, notice_match};
use crate::console::parts::{empty, error_card, head, link_button, note, pager};
use crate::console::texts::lists::ListTexts;
use crate::console::texts::notices::NoticeTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// Characters of a product in a title.
const TITLE_CHARS_MAX: usize = 110;
/// Filters, as the address and the interface name them.
const FILTERS: [&str; 5] = ["search", "class", "status", "strength", "gtin"];

/// Path of the list that an address names.
pub fn list_path(address: &Address) -> String {
    let parts = FILTERS.into_iter().chain(["cursor"]).filter_map(|name| Some((name, address.query(name)?)));
    let parts: Vec<(&str, &str)> = parts.chain([("limit", "20")]).collect();
    url("/api/v1/recall-notices", &parts)
}

/// Path of the file of exactly these notices, on all pages.
fn file_path(address: &Address, kind: &str) -> String {
    let parts: Vec<(&str, &str)> = FILTERS.into_iter().filter_map(|name| Some((name, address.query(name)?))).collect();
    url(&format!("/api/v1/recall-notices/rows/{kind}"), &parts)
}

/// The page.
pub fn page(
    ui: Ui,
    data: &PageData,
    rows: &Fetched<Rows<RecallNotice>>,
    imports: &Fetched<Rows<NoticeImport>>,
) -> AnyView {
    let t = NoticeTexts::of(ui.lang);
    let top = head(None, t.title.into_any(), t.line.into_any(), None);
    let rows = match rows {
        Ok(rows) => rows,
        Err(problem) => return view! { {top} {error_card(ui, data, problem)} }.into_any(),
    };
    let is_filtered = FILTERS.into_iter().any(|name| data.address.query(name).is_some());
    let list = if !rows.items.is_empty() {
        rows.items.iter().map(|notice| one(ui, data, notice)).collect_view().into_any()
    } else if is_filtered {
        empty(t.none_title, t.none, Some(link_button(None, "b", Page::Notices.path(), t.clear)))
    } else {
        empty(t.empty_title, t.empty, None)
    };
    let files = match imports {
        Ok(files) => files.items.iter().map(|file| notice_import::card(ui, data, file)).collect_view().into_any(),
        Err(problem) => error_card(ui, data, problem),
    };
    // One filled button a screen: applying, once there is something to apply.
    let waits = |file: &NoticeImport| file.state == NoticeImportState::Checked;
    let class = if imports.as_ref().is_ok_and(|files| files.items.iter().any(waits)) { "b" } else { "b p" };
    let filters = (is_filtered || !rows.items.is_empty()).then(|| filters(ui, &data.address));
    let l = ListTexts::of(ui.lang);
    let kept = [("csv", l.csv), ("xlsx", l.xlsx)]
        .map(|(kind, words)| link_button(Some(Sign::Download), "b", file_path(&data.address, kind), words));
    let kept =
        (!rows.items.is_empty()).then(|| view! { <p class="buttons filter">{kept.into_iter().collect_view()}</p> });
    view! {
        {top}
        {data.may_operate().then(|| notice_import::upload(ui, class))}
        {files}
        {filters}
        {kept}
        {list}
        {pager(ui, data, rows.next.as_deref())}
    }
    .into_any()
}

fn filters(ui: Ui, address: &Address) -> AnyView {
    let t = NoticeTexts::of(ui.lang);
    let choose = |name: &'static str, label: &'static str, choices: &[(&'static str, &'static str)]| {
        let chosen = address.query(name).unwrap_or_default().to_owned();
        let options = std::iter::once(("", t.any)).chain(choices.iter().copied()).map(|(key, words)| {
            let here = key == chosen;
            view! { <option value=key selected=here>{words}</option> }
        });
        view! {
            <div class="field">
                <label for=format!("l-{name}")>{label}</label>
                <select id=format!("l-{name}") name=name>{options.collect_view()}</select>
            </div>
        }
    };
    let classes = [
        ("one", t.class_1),
        ("two", t.class_2),
        ("three", t.class_3),
        ("health_alert", t.class_alert),
        ("none", t.class_none),
    ];
    let states = [
        ("ongoing", t.s_ongoing),
        ("completed", t.s_completed),
        ("terminated", t.s_terminated),
        ("unknown", t.s_unknown),
    ];
    let weights = [("suggestion", t.m_any), ("likely", t.m_likely), ("fact", t.m_fact)];
    let search = address.query("search").unwrap_or_default().to_owned();
    let gtin = address.query("gtin").map(str::to_owned);
    let only = gtin.clone().map(|gtin| {
        let all = view! { <a href=Page::Notices.path()>{t.clear}</a> };
        note("", view! { {fill(t.only, &[("gtin", &gtin)])} " " {all} })
    });
    view! {
        <section class="c">
            <form method="get" action=Page::Notices.path() role="search">
                {gtin.map(|gtin| view! { <input type="hidden" name="gtin" value=gtin/> })}
                <div class="field">
                    <label for="l-search">{t.search}</label>
                    <input type="text" id="l-search" name="search" value=search autocomplete="off" spellcheck="false"/>
                </div>
                <div class="row">
                    {choose("class", t.class, &classes)}
                    {choose("status", t.status, &states)}
                    {choose("strength", t.matched, &weights)}
                </div>
                <button type="submit" class="b">{sign(Sign::Search)} {t.go}</button>
            </form>
            {only}
        </section>
    }
    .into_any()
}

fn class_words(t: &'static NoticeTexts, class: NoticeClass) -> &'static str {
    match class {
        NoticeClass::One => t.class_1,
        NoticeClass::Two => t.class_2,
        NoticeClass::Three => t.class_3,
        NoticeClass::HealthAlert => t.class_alert,
        NoticeClass::None => t.class_none,
    }
}

fn status_words(t: &'static NoticeTexts, status: NoticeStatus) -> (Mark, &'static str) {
    match status {
        NoticeStatus::Ongoing => (Mark::Running, t.s_ongoing),
        NoticeStatus::Completed => (Mark::Done, t.s_completed),
        NoticeStatus::Terminated => (Mark::Done, t.s_terminated),
        NoticeStatus::Unknown => (Mark::None, t.s_unknown),
    }
}

/// A text that ends where a title does.
fn title(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= TITLE_CHARS_MAX {
        return line;
    }
    line.chars().take(TITLE_CHARS_MAX).chain(['…']).collect()
}

fn one(ui: Ui, data: &PageData, notice: &RecallNotice) -> AnyView {
    let t = NoticeTexts::of(ui.lang);
    let (shape, words) = status_words(t, notice.status);
    let name = if notice.product.trim().is_empty() { &notice.firm } else { &notice.product };
    let date = notice.reported.clone().or_else(|| notice.initiated.clone()).unwrap_or_default();
    let matches = notice.matches.iter().map(|found| notice_match::one(ui, data, found));
    view! {
        <section class="c notice">
            <h2>{ui.run(&title(name))}</h2>
            <div class="split"><span><b>{state(shape, words.to_owned())}</b> " · " {class_words(t, notice.class)}</span> <span>{date}</span></div>
            <p class="soft">{ui.run(&notice.firm)} " · " <span class="mono">{notice.key.clone()}</span></p>
            {matches.collect_view()}
            <details>
                <summary>{t.text}</summary>
                {whole(ui, notice)}
            </details>
        </section>
    }
    .into_any()
}

/// All of a notice, in its own words.
fn whole(ui: Ui, notice: &RecallNotice) -> AnyView {
    let t = NoticeTexts::of(ui.lang);
    let dates = [&notice.initiated, &notice.reported].map(|date| date.clone().unwrap_or_else(|| "–".to_owned()));
    let parts = [
        (t.n_product, notice.product.clone()),
        (t.n_codes, notice.codes.clone()),
        (t.n_reason, notice.reason.clone()),
        (t.n_firm, notice.firm.clone()),
        (t.n_region, notice.region.clone()),
        (t.n_distribution, notice.distribution.clone()),
        (t.n_dates, dates.join(" / ")),
        (t.n_gtins, notice.gtins.join(", ")),
        (t.n_lots, notice.lots.join(", ")),
        (t.n_not_understood, notice.not_understood.join(" | ")),
    ];
    let parts = parts.into_iter().filter(|(_, text)| !text.trim().is_empty());
    let parts = parts.map(|(name, text)| view! { <div><dt>{name}</dt><dd>{ui.run(&text)}</dd></div> });
    view! { <dl class="what">{parts.collect_view()}</dl> }.into_any()
}
