//! The map: where suspicious checks are, the same as a table, what lies together, and how many checks each day had.
//!
//! ```text
//! ?gtin=&lot=&days=&outcome=    which checks
//! &within=                      a closer look at one hexagon
//! &cell=                        one area: its suspicious codes
//! &page=                        which rows of the table
//! ```
//! Everything stands in the address, so a map can be sent to somebody, and nothing here needs the program.

use leptos::prelude::*;
use tracelight_api::problem::Problem;
use tracelight_api::rest::map::{
    CHECKS_LOOKED_AT_MAX, CheckMap, CheckOutcome, MAP_DAYS_MAX, MapArea, MapCluster, MapCode, PEOPLE_MIN,
};

use super::map_drawing::{area_words, cell_url, day_words, degrees, drawing, place_words};
use crate::console::chart::{Bar, Series, Words, bars};
use crate::console::form::asked_line;
use crate::console::icons::{Sign, sign};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Address, Page, url};
use crate::console::parts::{card, counted, empty, error_card, head, link_button, note, table};
use crate::console::texts::map::MapTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// What an address may choose, as the interface names it.
const PARTS: [&str; 6] = ["gtin", "lot", "days", "outcome", "within", "cell"];
/// Those that are typed.
const TYPED: [&str; 2] = ["gtin", "lot"];
/// Rows of the table on one page.
const ROWS: usize = 20;

/// Path of what an address chooses: the map (`""`), or a file (`.csv`, `.xlsx`).
pub fn data_path(address: &Address, file: &str) -> String {
    let parts: Vec<(&str, &str)> = PARTS.into_iter().filter_map(|name| Some((name, address.query(name)?))).collect();
    url(&format!("/api/v1/map{file}"), &parts)
}

/// The page.
pub fn page(ui: Ui, data: &PageData, map: &Fetched<CheckMap>) -> AnyView {
    let t = MapTexts::of(ui.lang);
    let map = match map {
        Ok(map) => map,
        Err(problem) => {
            let top = head(None, t.title.into_any(), "".into_any(), None);
            // What a field of the form has wrong is said beside it.
            let typed = problem.field.as_deref().is_some_and(|name| TYPED.contains(&name));
            let error = (!typed).then(|| error_card(ui, data, problem));
            return view! { {top} {error} {tools(ui, data, Some(problem))} }.into_any();
        }
    };
    let suspicious: u64 = map.areas.iter().map(|area| area.counts.suspicious).sum();
    let areas = map.areas.iter().filter(|area| area.counts.suspicious > 0).count() as u64;
    let values = [("days", map.days.to_string()), ("n", ui.number(suspicious)), ("areas", ui.number(areas))];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let line = fill(if suspicious == 0 { t.line_none } else { t.line }, &values);
    view! {
        {head(None, t.title.into_any(), line.into_any(), None)}
        {tools(ui, data, None)}
        {body(ui, data, map)}
    }
    .into_any()
}

fn is_narrowed(address: &Address) -> bool {
    PARTS.iter().any(|name| address.query(name).is_some())
}

fn body(ui: Ui, data: &PageData, map: &CheckMap) -> AnyView {
    let t = MapTexts::of(ui.lang);
    let clear = || Some(link_button(None, "b", Page::Map.path(), t.clear));
    if map.checks == 0 && is_narrowed(&data.address) {
        return empty(t.no_checks, t.no_checks_do, clear());
    }
    let reports = || Some(link_button(Some(Sign::Flag), "b", Page::Reports.path(), t.see_reports));
    if map.placed == 0 {
        let chart = (map.checks > 0).then(|| card(t.chart, chart(ui, map)));
        return view! { {empty(t.empty_title, t.empty, reports())} {chart} }.into_any();
    }
    let picture = if data.address.query("outcome").is_some() { t.picture_of } else { t.picture };
    let cut = map.cut.then(|| note("attention", fill(t.cut, &[("n", &ui.number(CHECKS_LOOKED_AT_MAX as u64))])));
    let inner = view! { {back(ui, data)} {drawing(ui, data, map)} {limits(ui, map)} };
    view! {
        {cut}
        <div class="two map">
            <div>{card(picture, inner)} {card(t.chart, chart(ui, map))}</div>
            <div>
                {data.address.query("cell").map(|_| codes(ui, data, map))}
                {clusters(ui, data, map)}
                {(!map.areas.is_empty()).then(|| areas(ui, data, map))}
            </div>
        </div>
    }
    .into_any()
}

/// What narrows the map, and its files.
fn tools(ui: Ui, data: &PageData, problem: Option<&Problem>) -> AnyView {
    let t = MapTexts::of(ui.lang);
    let address = &data.address;
    let line = |name, label| asked_line(ui, address, problem, name, label, None, "text");
    let day = address.query("days").unwrap_or_default().to_owned();
    let days = [("1", t.d_one.to_owned()), ("7", fill(t.d_many, &[("n", "7")]))];
    let days = days.into_iter().chain([("", fill(t.d_many, &[("n", &MAP_DAYS_MAX.to_string())]))]);
    let days = days.map(|(key, words)| view! { <option value=key selected=key == day>{words}</option> }).collect_view();
    let chosen = address.query("outcome").unwrap_or_default().to_owned();
    let outcomes = CheckOutcome::ALL.map(|outcome| {
        let word = outcome.word();
        view! { <option value=word selected=word == chosen>{outcome_words(t, outcome)}</option> }
    });
    let outcomes = outcomes.into_iter().collect_view();
    let clear = is_narrowed(address).then(|| view! { <a class="b" href=Page::Map.path()>{t.clear}</a> });
    let (csv, xlsx) = (data_path(address, ".csv"), data_path(address, ".xlsx"));
    view! {
        <div class="tools">
            <form method="get" action=Page::Map.path() role="search" class="row find">
                {line("gtin", t.gtin)}
                {line("lot", t.lot)}
                <div class="field"><label for="f-days">{t.days}</label><select id="f-days" name="days">{days}</select></div>
                <div class="field">
                    <label for="f-outcome">{t.outcome}</label>
                    <select id="f-outcome" name="outcome"><option value="">{t.all}</option>{outcomes}</select>
                </div>
                <button type="submit" class="b">{sign(Sign::Search)} <span>{t.go}</span></button>
                {clear}
            </form>
            <div class="buttons">
                {link_button(Some(Sign::Download), "b", csv, t.csv)} {link_button(Some(Sign::Download), "b", xlsx, t.xlsx)}
            </div>
        </div>
    }
    .into_any()
}

/// Words of how a check came out.
const fn outcome_words(t: &'static MapTexts, outcome: CheckOutcome) -> &'static str {
    match outcome {
        CheckOutcome::First => t.o_first,
        CheckOutcome::Before => t.o_before,
        CheckOutcome::Copy => t.o_copy,
        CheckOutcome::Stopped => t.o_stopped,
        CheckOutcome::NotReleased => t.o_not_released,
    }
}

/// The way out of a closer look.
fn back(ui: Ui, data: &PageData) -> Option<AnyView> {
    data.address.query("within")?;
    let whole = data.address.without("within").without("cell").without("page").url();
    Some(view! { <p class="backline"><a href=whole>{MapTexts::of(ui.lang).back}</a></p> }.into_any())
}

/// What the map does not show, and why.
fn limits(ui: Ui, map: &CheckMap) -> AnyView {
    let t = MapTexts::of(ui.lang);
    let few = match map.areas.is_empty() {
        true => t.within_none.to_owned(),
        false => fill(t.small, &[("n", &PEOPLE_MIN.to_string()), ("m", &ui.number(map.elsewhere))]),
    };
    let few = if map.areas.is_empty() && map.elsewhere > 0 {
        let values = [("n", ui.number(map.placed)), ("k", PEOPLE_MIN.to_string())];
        fill(t.few, &values.each_ref().map(|(name, value)| (*name, value.as_str())))
    } else {
        few
    };
    let placeless = map.checks.saturating_sub(map.placed);
    let placeless = (placeless > 0).then(|| fill(t.no_place, &[("n", &ui.number(placeless))]));
    view! { <p class="soft after">{few} " " {placeless}</p> }.into_any()
}

fn areas(ui: Ui, data: &PageData, map: &CheckMap) -> AnyView {
    let t = MapTexts::of(ui.lang);
    let pages = map.areas.len().div_ceil(ROWS);
    let page = data.address.query("page").and_then(|page| page.parse().ok()).unwrap_or(1).clamp(1, pages.max(1));
    let shown = map.areas.iter().skip((page - 1) * ROWS).take(ROWS);
    let row = |area: &MapArea| {
        let place = place_words(ui, area.near.as_ref(), area.lat_mdeg, area.lon_mdeg);
        let at = area.near.as_ref().map(|_| format!("{} · ", degrees(ui, area.lat_mdeg, area.lon_mdeg)));
        let (href, size) = (cell_url(data, area), format!("{}{}", at.unwrap_or_default(), area_words(ui, area)));
        vec![
            view! { <a class="whole" href=href>{place}</a> <small class="lots">{size}</small> }.into_any(),
            counted(t.h_suspicious, ui.number(area.counts.suspicious).into_any()),
            counted(t.h_checks, ui.number(area.counts.checks).into_any()),
            counted(t.h_reports, ui.number(area.counts.reports).into_any()),
        ]
    };
    let rows = shown.map(row).collect();
    let heads = vec![t.h_area, t.h_suspicious, t.h_checks, t.h_reports];
    let list = table(t.table, &["k", "s n", "d n", "d n"], heads, rows);
    let pager = (pages > 1).then(|| {
        let (n, page_words, pages_words) = (map.areas.len() as u64, page.to_string(), pages.to_string());
        let words = fill(t.rows, &[("n", &ui.number(n)), ("page", &page_words), ("pages", &pages_words)]);
        let to = |page: usize| format!("{}#areas", data.address.with("page", &page.to_string()));
        let first = (page > 1).then(|| view! { <a href=to(1)>{ui.t().first_page}</a> });
        let next = (page < pages).then(|| link_button(Some(Sign::Next), "b", to(page + 1), ui.t().next_page));
        view! { <nav class="pager" aria-label=t.table><span>{words} " " {first}</span> {next}</nav> }
    });
    view! { <section class="c" id="areas"><h2>{t.table}</h2>{list} {pager}</section> }.into_any()
}

/// What lies together, the gravest first.
fn clusters(ui: Ui, data: &PageData, map: &CheckMap) -> AnyView {
    let t = MapTexts::of(ui.lang);
    if map.clusters.is_empty() {
        return card(t.clusters, view! { <p>{t.clusters_none}</p> });
    }
    let items = map.clusters.iter().zip(1u64..).map(|(cluster, number)| cluster_item(ui, data, cluster, number));
    card(t.clusters, view! { <ol class="log">{items.collect_view()}</ol> })
}

fn cluster_item(ui: Ui, data: &PageData, cluster: &MapCluster, number: u64) -> AnyView {
    let t = MapTexts::of(ui.lang);
    let counts = &cluster.counts;
    let title = format!(
        "{} · {}",
        fill(t.cluster, &[("n", &ui.number(number))]),
        place_words(ui, cluster.near.as_ref(), cluster.lat_mdeg, cluster.lon_mdeg)
    );
    let what = [("codes", counts.suspicious_codes), ("n", counts.suspicious), ("reports", counts.reports)];
    let what = what.map(|(name, count)| (name, ui.number(count)));
    let what = fill(t.cluster_line, &what.each_ref().map(|(name, count)| (*name, count.as_str())));
    let (from, to) = (day_words(ui, &counts.first_day), day_words(ui, &counts.last_day));
    let areas = ui.number(cluster.cells.len() as u64);
    let days = fill(t.cluster_days, &[("from", &from), ("to", &to), ("areas", &areas)]);
    let lots = cluster.lots.iter().map(|lot| {
        let name = ui.name(&lot.product_en, &lot.product_zh);
        let name = if name.is_empty() { lot.gtin.clone() } else { name };
        let mut parts = vec![("gtin", lot.gtin.as_str())];
        parts.extend(lot.lot.as_deref().map(|lot| ("lot", lot)));
        let href = url(&Page::Reports.path(), &parts);
        let (count, lot) = (ui.number(lot.suspicious), lot.lot.clone());
        view! { <li><span>{ui.run(&name)} " " <span class="mono">{lot}</span></span> <span>{count} " · " <a href=href>{t.see_reports}</a></span></li> }
    });
    let lots = lots.collect_view();
    // One area is looked at by its codes; several by looking closer.
    let href = match (&cluster.cells[..], &cluster.within) {
        ([one], _) => Some((format!("{}#codes", data.address.without("page").with("cell", one)), t.see_codes)),
        (_, Some(within)) => Some((data.address.without("page").without("cell").with("within", within), t.closer)),
        (_, None) => None,
    };
    let link = href.map(|(href, words)| view! { <p><a href=href>{words}</a></p> });
    view! {
        <li><b>{title}</b> <p>{what}</p> <p class="soft">{days}</p> <ul class="plainlist">{lots}</ul> {link}</li>
    }
    .into_any()
}

/// The suspicious codes of the area that was chosen, each with its history.
fn codes(ui: Ui, data: &PageData, map: &CheckMap) -> AnyView {
    let t = MapTexts::of(ui.lang);
    let cell = data.address.query("cell").unwrap_or_default();
    let area = map.areas.iter().find(|area| area.cell == cell);
    let about = area.map(|area| {
        let place = place_words(ui, area.near.as_ref(), area.lat_mdeg, area.lon_mdeg);
        format!("{place} · {}", area_words(ui, area))
    });
    let closer = area.filter(|area| area.resolution < 5 && data.address.query("within") != Some(cell)).map(|_| {
        let href = data.address.without("cell").without("page").with("within", cell);
        view! { <p class="buttons">{link_button(Some(Sign::Search), "b", href, t.closer)}</p> }
    });
    let row = |code: &MapCode| {
        let lot = code.lot.as_ref().map(|lot| format!("(10){lot}")).unwrap_or_default();
        let text = format!("(01){}{lot}(21){}", code.gtin, code.serial);
        let trace = url(&Page::Trace.path(), &[("code", text.as_str())]);
        let name = ui.name(&code.product_en, &code.product_zh);
        let mut parts = vec![("gtin", code.gtin.as_str())];
        parts.extend(code.lot.as_deref().map(|lot| ("lot", lot)));
        let reports = url(&Page::Reports.path(), &parts);
        let count = ui.number(code.reports);
        let reports = match code.reports {
            0 => count.into_any(),
            _ => view! { <a href=reports aria-label=format!("{}: {count}", t.see_reports)>{count.clone()}</a> }
                .into_any(),
        };
        vec![
            view! { <a class="mono" href=trace>{text.clone()}</a> <small class="lots">{ui.run(&name)}</small> }
                .into_any(),
            counted(t.h_suspicious, ui.number(code.suspicious).into_any()),
            counted(t.h_checks, ui.number(code.checks).into_any()),
            counted(t.h_reports, reports),
        ]
    };
    let list = if map.codes.is_empty() {
        view! { <p>{t.codes_none}</p> }.into_any()
    } else {
        let heads = vec![t.h_code, t.h_suspicious, t.h_checks, t.h_reports];
        table(t.codes, &["k", "s n", "d n", "d n"], heads, map.codes.iter().map(row).collect())
    };
    view! {
        <section class="c" id="codes"><h2>{t.codes}</h2><p class="soft">{about}</p>{list} {closer}</section>
    }
    .into_any()
}

/// Checks of each day, by how they came out.
fn chart(ui: Ui, map: &CheckMap) -> AnyView {
    let t = MapTexts::of(ui.lang);
    let series = CheckOutcome::ALL.map(|outcome| {
        let class = match outcome {
            CheckOutcome::First => "r5",
            CheckOutcome::Before => "r3",
            CheckOutcome::Copy => "cw",
            CheckOutcome::Stopped => "cs",
            CheckOutcome::NotReleased => "r4",
        };
        Series { class, words: outcome_words(t, outcome) }
    });
    let days: Vec<Bar> = map
        .by_day
        .iter()
        .map(|day| Bar { short: day_words(ui, &day.day), words: day_words(ui, &day.day), parts: day.counts.clone() })
        .collect();
    let most = map.by_day.iter().map(|day| day.counts.iter().sum::<u64>()).max().unwrap_or_default();
    let word = |bar: Option<&Bar>| bar.map(|bar| bar.words.clone()).unwrap_or_default();
    let values = [
        ("from", word(days.first())),
        ("to", word(days.last())),
        ("n", ui.number(map.checks)),
        ("max", ui.number(most)),
    ];
    let label = fill(t.chart_label, &values.each_ref().map(|(name, value)| (*name, value.as_str())));
    bars(ui, &Words { label, first: t.h_day, table: t.chart_table }, &series, &days)
}
