//! Marks of a product: what every item carries, putting marks on record, the questions about its hologram, what checks found.

use leptos::prelude::*;
use tracelight_api::rest::marks::{CarriedMark, HologramQuestions, MarkNeed, MarkOverview, MarkPolicy, MarkTable};

use crate::console::api::{self, Anything};
use crate::console::browser::{Entries, reload};
use crate::console::form::{Control, Field, Sending, field, form, send_button};
use crate::console::hologram_text::{LineFault, parse, written};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Page, escape};
use crate::console::parts::{card, counted, error_card, head, note, table};
use crate::console::texts::goods::ProductTexts;
use crate::console::texts::marks::MarkPageTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

const HOLOGRAM: &str = "hologram.questions";
/// Kinds whose marks are put on record item by item, with the columns of their table.
const TABLES: [(&str, &str); 4] = [
    ("nfc.ntag424", "serial, uid"),
    ("rfid.tid", "serial, tid, epc, epc_locked"),
    ("cdp.score", "serial, service, genuine_from, copy_below, window_ms"),
    ("pin.covered", "serial, pin"),
];
/// Faults of a table that are shown.
const FAULTS_SHOWN: usize = 20;

/// The page.
pub fn page(ui: Ui, data: &PageData, marks: &Fetched<MarkOverview>) -> AnyView {
    let t = MarkPageTexts::of(ui.lang);
    let crumb = Some((Page::Products.path(), ProductTexts::of(ui.lang).title.to_owned()));
    let marks = match marks {
        Ok(marks) => marks,
        Err(problem) => {
            return view! { {head(crumb, t.title.into_any(), t.line.into_any(), None)} {error_card(ui, data, problem)} }
                .into_any();
        }
    };
    let name = ui.name(&marks.product_en, &marks.product_zh);
    let title = view! { {t.title} " · " {ui.run(&name)} }.into_any();
    let top = head(crumb, title, t.line.into_any(), None);
    if marks.known.is_empty() {
        return view! { {top} {note("attention", t.off)} }.into_any();
    }
    let may = data.may_operate();
    let carries = |kind: &str| marks.policy.marks.iter().any(|mark| mark.kind == kind);
    let tables: Vec<_> = TABLES.into_iter().filter(|(kind, _)| carries(kind)).collect();
    view! {
        {top}
        <div class="two">
            <div>
                {card(t.counts, counts(ui, marks))}
                {(may && !tables.is_empty()).then(|| card(t.table_title, upload(ui, marks, &tables)))}
            </div>
            <div>
                {card(t.carries, carried(ui, marks, may))}
                {(may && carries(HOLOGRAM)).then(|| card(t.holo_title, questions(ui, marks)))}
            </div>
        </div>
    }
    .into_any()
}

fn kind_words(ui: Ui, kind: &str) -> &'static str {
    let t = MarkPageTexts::of(ui.lang);
    match kind {
        "pin.covered" => t.k_pin,
        "nfc.ntag424" => t.k_nfc,
        "rfid.tid" => t.k_rfid,
        HOLOGRAM => t.k_hologram,
        "cdp.score" => t.k_score,
        _ => t.k_other,
    }
}

/// One choice a kind; what holds is chosen at first.
fn carried(ui: Ui, marks: &MarkOverview, may: bool) -> AnyView {
    let t = MarkPageTexts::of(ui.lang);
    let need_of = |kind: &str| marks.policy.marks.iter().find(|mark| mark.kind == kind).map(|mark| mark.need);
    let words = |need: Option<MarkNeed>| match need {
        None => t.n_none,
        Some(MarkNeed::Optional) => t.n_optional,
        Some(MarkNeed::Required) => t.n_required,
    };
    if !may {
        let rows = marks.known.iter().map(|kind| (kind_words(ui, kind), words(need_of(kind)).into_any()));
        return crate::console::parts::facts(rows.collect());
    }
    let sending = Sending::of_card("carries", &[]);
    let path = format!("/api/v1/products/{}/marks", escape(&marks.gtin));
    let (known, minutes) = (marks.known.clone(), marks.policy.good_for_minutes);
    let send = move |entries: Entries| {
        let carried = known.iter().filter_map(|kind| {
            let need = match entries.text(kind).as_str() {
                "optional" => MarkNeed::Optional,
                "required" => MarkNeed::Required,
                _ => return None,
            };
            Some(CarriedMark { kind: kind.clone(), need })
        });
        let (path, policy) = (path.clone(), MarkPolicy { marks: carried.collect(), good_for_minutes: minutes });
        sending.run(async move { api::put::<_, Anything>(&path, &policy).await }, |_| reload());
    };
    let rows = marks.known.iter().map(|kind| {
        let (id, name, now) = (format!("kind-{kind}"), kind.clone(), need_of(kind));
        // Looks alone prove nothing, so nothing can be required of them.
        let needs = if kind == HOLOGRAM {
            &[("", None), ("optional", Some(MarkNeed::Optional))][..]
        } else {
            &[("", None), ("optional", Some(MarkNeed::Optional)), ("required", Some(MarkNeed::Required))][..]
        };
        let options = needs.iter().map(|(value, need)| {
            view! { <option value=*value selected=*need == now>{words(*need)}</option> }
        });
        let options = options.collect_view();
        view! {
            <div class="field">
                <label for=id.clone()>{kind_words(ui, kind)}</label>
                <select id=id.clone() name=name>{options}</select>
            </div>
        }
    });
    let inner = view! { {rows.collect_view()} {sending.general(ui)} {send_button(ui, sending, "b p", t.save)} };
    form(inner, send)
}

fn counts(ui: Ui, marks: &MarkOverview) -> AnyView {
    let t = MarkPageTexts::of(ui.lang);
    let found = |head: &'static str, kind: &str, verdicts: &[&str]| {
        let counts =
            marks.found.iter().filter(|found| found.kind == kind && verdicts.contains(&found.verdict.as_str()));
        counted(head, ui.number(counts.map(|found| found.count).sum()).into_any())
    };
    let rows = marks.known.iter().map(|kind| {
        let items = match marks.enrolled.get(kind) {
            None if kind == HOLOGRAM => "–".into_any(),
            items => ui.number(items.copied().unwrap_or(0)).into_any(),
        };
        vec![
            kind_words(ui, kind).into_any(),
            counted(t.h_items, items),
            found(t.h_good, kind, &["genuine"]),
            found(t.h_bad, kind, &["suspect", "counterfeit"]),
            found(t.h_open, kind, &["inconclusive"]),
        ]
    });
    let heads = vec![t.h_kind, t.h_items, t.h_good, t.h_bad, t.h_open];
    let rows = table(t.counts, &["k", "d n", "d n", "d n", "d n"], heads, rows.collect());
    view! { {rows} <p class="hint">{t.counts_hint}</p> }.into_any()
}

fn upload(ui: Ui, marks: &MarkOverview, tables: &[(&'static str, &'static str)]) -> AnyView {
    let t = MarkPageTexts::of(ui.lang);
    let sending = Sending::of_card("table", &["kind", "file"]);
    let told: RwSignal<Option<MarkTable>> = RwSignal::new(None);
    let gtin = escape(&marks.gtin);
    let send = move |entries: Entries| {
        let Some(file) = entries.file("file") else { return sending.refuse("file", t.table_missing) };
        let path = format!("/api/v1/products/{gtin}/marks/{}/table", escape(&entries.text("kind")));
        sending.run(async move { api::send_file::<MarkTable>(&path, &file).await }, move |table| told.set(Some(table)));
    };
    let choices =
        tables.iter().map(|(kind, columns)| ((*kind).to_owned(), format!("{} ({columns})", kind_words(ui, kind))));
    let columns = fill(t.table_hint, &[("columns", tables.first().map_or("", |(_, columns)| columns))]);
    let fields = [
        Field { name: "kind", label: t.table_kind, hint: None, control: Control::Choice(choices.collect()) },
        Field { name: "file", label: t.table_file, hint: Some(columns), control: Control::File(".csv,.xlsx") },
    ];
    let pins =
        tables.iter().any(|(kind, _)| *kind == "pin.covered").then(|| view! { <p class="hint">{t.pins_hint}</p> });
    let inner = view! {
        {fields.into_iter().map(|one| field(ui, sending, one, true)).collect_view()}
        {pins}
        {sending.general(ui)}
        {send_button(ui, sending, "b p", t.table_go)}
        <div role="status">{move || told.get().map(|table| outcome(ui, &table))}</div>
    };
    form(inner, send)
}

/// What became of a table, with the first rows that were not taken.
fn outcome(ui: Ui, told: &MarkTable) -> AnyView {
    let t = MarkPageTexts::of(ui.lang);
    let counts =
        [("rows", told.rows), ("stored", told.stored), ("already", told.already), ("faults", told.faults_count)];
    let counts = counts.map(|(name, count)| (name, ui.number(count)));
    let counts = counts.each_ref().map(|(name, count)| (*name, count.as_str()));
    let rows = told.faults.iter().take(FAULTS_SHOWN).map(|fault| {
        vec![
            fault.row.to_string().into_any(),
            view! { <span class="mono">{fault.serial.clone()}</span> }.into_any(),
            ui.run(&fault.detail),
        ]
    });
    let rows: Vec<_> = rows.collect();
    let faults =
        (!rows.is_empty()).then(|| table(t.h_why, &["d n", "k", "d"], vec![t.h_row, t.h_serial, t.h_why], rows));
    view! { <p><b>{fill(t.told, &counts)}</b></p> {faults} }.into_any()
}

fn questions(ui: Ui, marks: &MarkOverview) -> AnyView {
    let t = MarkPageTexts::of(ui.lang);
    let sending = Sending::of_card("hologram", &["questions", "enough"]);
    let path = format!("/api/v1/products/{}/hologram", escape(&marks.gtin));
    let send = move |entries: Entries| {
        let questions = match parse(&entries.raw("questions")) {
            Ok(questions) => questions,
            Err((line, fault)) => {
                let words = match fault {
                    LineFault::Sign => t.f_sign,
                    LineFault::Languages => t.f_languages,
                    LineFault::NoQuestion => t.f_no_question,
                    LineFault::TwoRight => t.f_two_right,
                    LineFault::NoRight => t.f_no_right,
                };
                return sending.refuse("questions", &fill(words, &[("n", &line.to_string())]));
            }
        };
        let enough = entries.count("enough").and_then(|count| u32::try_from(count).ok());
        let Some(enough) = enough else { return sending.refuse("enough", t.holo_enough_hint) };
        let (path, asked) = (path.clone(), HologramQuestions { questions, enough });
        sending.run(async move { api::put::<_, Anything>(&path, &asked).await }, |_| reload());
    };
    let enough = if marks.hologram.questions.is_empty() { 2 } else { marks.hologram.enough };
    let fields = [
        Field {
            name: "questions",
            label: t.holo_text,
            hint: Some(t.holo_hint.into()),
            control: Control::Area(written(&marks.hologram.questions)),
        },
        Field {
            name: "enough",
            label: t.holo_enough,
            hint: Some(t.holo_enough_hint.into()),
            control: Control::Line(enough.to_string(), "numeric", "off"),
        },
    ];
    let inner = view! {
        <p class="soft">{t.holo_worth}</p>
        {fields.into_iter().map(|one| field(ui, sending, one, false)).collect_view()}
        {sending.general(ui)}
        {send_button(ui, sending, "b p", t.save)}
    };
    form(inner, send)
}
