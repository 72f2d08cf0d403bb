//! The tools of a list: words to look for, its states, its files. What is chosen stands in the address, under the words of the
//! interface, so that a list can be sent to somebody, and nothing here needs the program.
//!
//! ```text
//! ?q=&status=&gtin=&lot=&sort=&cursor=      the heads of the table write `sort`, the pager writes `cursor`
//! ```

use leptos::prelude::*;

use super::icons::{Sign, sign};
use super::load::PageData;
use super::page::{Address, Page, url};
use super::parts::link_button;
use super::texts::lists::ListTexts;
use super::ui::Ui;

/// What narrows a list, as the address and the interface name it.
const NARROW: [&str; 4] = ["q", "status", "gtin", "lot"];

fn chosen<'a>(address: &'a Address, names: &[&'static str]) -> Vec<(&'static str, &'a str)> {
    names.iter().filter_map(|name| Some((*name, address.query(name)?))).collect()
}

/// Path of the rows that an address asks for.
pub fn rows_path(address: &Address, path: &str) -> String {
    let mut parts = chosen(address, &NARROW);
    parts.extend(chosen(address, &["sort", "cursor"]));
    url(path, &parts)
}

/// Path of the file of exactly these rows, on all pages.
fn file_path(address: &Address, file: &str) -> String {
    let mut parts = chosen(address, &NARROW);
    parts.extend(chosen(address, &["sort"]));
    url(&format!("/api/v1/lists/{file}"), &parts)
}

/// Is the list narrowed, or begun in its middle?
pub fn is_narrowed(address: &Address) -> bool {
    NARROW.iter().chain(&["cursor"]).any(|name| address.query(name).is_some())
}

/// The tools of a list: `file` is its name in the address of its files, `states` are its states with their words.
pub fn tools(ui: Ui, data: &PageData, page: &Page, file: &str, states: &[(&'static str, &'static str)]) -> AnyView {
    let t = ListTexts::of(ui.lang);
    let address = &data.address;
    let q = address.query("q").unwrap_or_default().to_owned();
    let state = address.query("status").unwrap_or_default().to_owned();
    let options = states.iter().map(|(word, words)| {
        let (word, words) = (*word, *words);
        view! { <option value=word selected=word == state>{words}</option> }
    });
    let options = options.collect_view();
    // What the form does not ask for stays as it is.
    let kept: Vec<_> = chosen(address, &["gtin", "lot", "sort"])
        .into_iter()
        .map(|(name, value)| {
            let value = value.to_owned();
            view! { <input type="hidden" name=name value=value/> }
        })
        .collect();
    let clear = is_narrowed(address).then(|| view! { <a class="b" href=page.path()>{t.clear}</a> });
    let file = |kind: &str, words: &'static str| {
        link_button(Some(Sign::Download), "b", file_path(address, &format!("{file}.{kind}")), words)
    };
    let (csv, xlsx) = (file("csv", t.csv), file("xlsx", t.xlsx));
    view! {
        <div class="tools">
            <form method="get" action=page.path() role="search" class="row find">
                {kept}
                <div class="field">
                    <label for="f-q">{t.q}</label>
                    <input type="text" id="f-q" name="q" value=q autocomplete="off" spellcheck="false" maxlength="200"/>
                </div>
                <div class="field">
                    <label for="f-status">{t.state}</label>
                    <select id="f-status" name="status"><option value="">{t.all}</option>{options}</select>
                </div>
                <button type="submit" class="b">{sign(Sign::Search)} <span>{t.go}</span></button>
                {clear}
            </form>
            <div class="buttons">{csv} {xlsx}</div>
        </div>
    }
    .into_any()
}

/// No row has what was looked for: said with the way out.
pub fn nothing(ui: Ui, page: &Page) -> AnyView {
    let t = ListTexts::of(ui.lang);
    let all = link_button(None, "b", page.path(), t.clear);
    super::parts::empty(t.none, t.none_do, Some(all))
}
