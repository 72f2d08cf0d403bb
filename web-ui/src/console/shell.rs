//! The frame of every console page: rail (top bar on phones), sections of the reader's role, chain line, content.
//!
//! ```text
//! div.app( a.skip, aside.rail( brand, organisation, menu( sections, reader ), chain line ), main#main( search, page ) )
//! ```
//!
//! Sections follow the member's role, so nobody is offered what the rules would refuse.

use std::time::Duration;

use leptos::prelude::*;
use tracelight_api::rest::chain::ChainView;
use tracelight_api::rest::session::{MemberRole, Session, UserRole};

use super::api;
use super::browser::go;
use super::form::poll;
use super::icons::{Mark, Sign, mark, sign};
use super::load::{Fetched, PageData};
use super::page::Page;
use super::pages::search::search_box;
use super::ui::Ui;
use crate::brand;
use crate::i18n::fill;

/// How often the chain line asks, and for how long: four hours of looking.
const CHAIN_EVERY: Duration = Duration::from_secs(5);
const CHAIN_TIMES: u32 = 4 * 3_600 / 5;

/// Sections of a role, in the order of the rail.
fn sections(role: MemberRole) -> &'static [Page] {
    match role {
        MemberRole::Manufacturer => &[
            Page::Batches,
            Page::Products,
            Page::Lines,
            Page::Imports,
            Page::Labels,
            Page::Stock,
            Page::Handovers,
            Page::Trace,
            Page::Recalls,
            Page::Reports,
            Page::Alerts,
            Page::Map,
            Page::Notices,
            Page::Keys,
            Page::Webhooks,
            Page::Users,
            Page::Audit,
            Page::Chain,
        ],
        MemberRole::Logistics => &[
            Page::Handovers,
            Page::Stock,
            Page::Recalls,
            Page::Labels,
            Page::Trace,
            Page::Imports,
            Page::Keys,
            Page::Webhooks,
            Page::Users,
            Page::Audit,
            Page::Chain,
        ],
        MemberRole::Pharmacy => &[
            Page::Dispense,
            Page::Handovers,
            Page::Stock,
            Page::Recalls,
            Page::Alerts,
            Page::Trace,
            Page::Imports,
            Page::Keys,
            Page::Webhooks,
            Page::Users,
            Page::Audit,
            Page::Chain,
        ],
        MemberRole::Regulator => &[
            Page::Recalls,
            Page::Reports,
            Page::Alerts,
            Page::Map,
            Page::Notices,
            Page::Trace,
            Page::Batches,
            Page::Keys,
            Page::Webhooks,
            Page::Users,
            Page::Audit,
            Page::Chain,
        ],
    }
}

/// The first section of a role.
pub fn home_of(role: MemberRole) -> Page {
    sections(role).first().cloned().unwrap_or(Page::Chain)
}

fn section_words(ui: Ui, page: &Page) -> (&'static str, Sign) {
    let t = ui.t();
    match page {
        Page::Products | Page::NewProduct | Page::CodeRule { .. } | Page::Marks { .. } => (t.nav_products, Sign::Label),
        Page::Batches | Page::NewBatch | Page::Batch { .. } | Page::Home | Page::SignIn => (t.nav_batches, Sign::Box),
        Page::Lines | Page::NewLine => (t.nav_lines, Sign::Line),
        Page::Imports => (t.nav_imports, Sign::Upload),
        Page::Labels => (t.nav_labels, Sign::Download),
        Page::Keys => (t.nav_keys, Sign::Key),
        Page::Webhooks | Page::Webhook { .. } => (t.nav_webhooks, Sign::Bell),
        Page::Stock => (t.nav_stock, Sign::Shelf),
        Page::Handovers => (t.nav_handovers, Sign::Truck),
        Page::Dispense => (t.nav_dispense, Sign::Hand),
        Page::Trace | Page::TraceGraph | Page::Fsma204 => (t.nav_trace, Sign::Share),
        Page::Recalls | Page::NewRecall | Page::Recall { .. } | Page::RecallCase { .. } | Page::RecallTask { .. } => {
            (t.nav_recalls, Sign::File)
        }
        Page::Alerts | Page::Alert { .. } => (t.nav_alerts, Sign::Alarm),
        Page::Reports | Page::Report { .. } => (t.nav_reports, Sign::Flag),
        Page::Map => (t.nav_map, Sign::Pin),
        Page::Notices => (t.nav_notices, Sign::Info),
        Page::Users => (t.nav_users, Sign::People),
        Page::Audit => (t.nav_audit, Sign::List),
        Page::Account | Page::Invitation => (t.nav_account, Sign::People),
        Page::Search | Page::Company { .. } => (super::texts::search::SearchTexts::of(ui.lang).title, Sign::Search),
        Page::Chain => (t.nav_chain, Sign::Grid),
    }
}

/// The section a page belongs to.
fn section_of(page: &Page) -> Page {
    match page {
        Page::NewProduct | Page::CodeRule { .. } | Page::Marks { .. } => Page::Products,
        Page::NewLine => Page::Lines,
        Page::TraceGraph | Page::Fsma204 => Page::Trace,
        Page::Webhook { .. } => Page::Webhooks,
        Page::NewBatch | Page::Batch { .. } => Page::Batches,
        Page::NewRecall | Page::Recall { .. } | Page::RecallCase { .. } | Page::RecallTask { .. } => Page::Recalls,
        Page::Alert { .. } => Page::Alerts,
        Page::Report { .. } => Page::Reports,
        other => other.clone(),
    }
}

/// Words of a role.
pub fn role_words(ui: Ui, role: MemberRole) -> &'static str {
    let t = ui.t();
    match role {
        MemberRole::Manufacturer => t.role_manufacturer,
        MemberRole::Logistics => t.role_logistics,
        MemberRole::Pharmacy => t.role_pharmacy,
        MemberRole::Regulator => t.role_regulator,
    }
}

/// Puts a page into the frame.
pub fn frame(ui: Ui, data: &PageData, content: AnyView) -> AnyView {
    let Some(session) = &data.session else {
        return view! { <div class="app bare"><main id="main">{content}</main></div> }.into_any();
    };
    let name = ui.name(&session.member.name_en, &session.member.name_zh);
    view! {
        <div class="app">
            <a class="skip" href="#main">{ui.t().skip}</a>
            <aside class="rail">
                <div class="brand">
                    <p class="logo">{brand::mark()} <b class="wide">{brand::NAME}</b> <b class="narrow">{name.clone()}</b></p>
                    <p class="org">{name} <br/> {role_words(ui, session.member.role)}</p>
                </div>
                // A box and its label: the menu of a phone opens without the program.
                <input type="checkbox" id="menu" class="vh"/>
                <label for="menu" class="menubtn">{sign(Sign::Menu)} <span class="vh">{ui.t().menu}</span></label>
                <div class="menu">
                    {navigation(ui, data, session)}
                    {reader(ui, data, session)}
                    {chain_line(ui, data)}
                </div>
            </aside>
            <main id="main">{search_box(ui, data)}{content}{printed(ui, data, session)}</main>
        </div>
    }
    .into_any()
}

/// What stands below the page on paper: who has it, and of when it is.
fn printed(ui: Ui, data: &PageData, session: &Session) -> AnyView {
    let org = ui.name(&session.member.name_en, &session.member.name_zh);
    let (user, time) = (session.user.as_str(), ui.stamp(data.now_ms));
    let height = match &data.chain {
        Some(Ok(chain)) => ui.number(chain.projected),
        _ => "?".to_owned(),
    };
    let values = [("user", user), ("org", &*org), ("time", &*time), ("n", &*height)];
    view! { <p class="printed">{fill(ui.t().printed, &values)}</p> }.into_any()
}

fn navigation(ui: Ui, data: &PageData, session: &Session) -> AnyView {
    let here = data.address.page.as_ref().map(section_of);
    // Keys and webhooks are an operator's; people and the log are for those who oversee them.
    let oversees = session.administrator || session.role == UserRole::Approver;
    let offered = |page: &&Page| match page {
        Page::Keys | Page::Webhooks => session.role == UserRole::Operator,
        Page::Users | Page::Audit => oversees,
        _ => true,
    };
    let links = sections(session.member.role).iter().filter(offered).map(|page| {
        let (words, icon) = section_words(ui, page);
        let current = (here.as_ref() == Some(page)).then_some("page");
        view! { <li><a href=page.path() aria-current=current>{sign(icon)} <span>{words}</span></a></li> }
    });
    view! { <nav aria-label=ui.t().nav><ul>{links.collect_view()}</ul></nav> }.into_any()
}

fn reader(ui: Ui, data: &PageData, session: &Session) -> AnyView {
    let other = ui.lang.other();
    let only_reads = (session.role == UserRole::Viewer).then_some(ui.t().read_only);
    let leave = move |_| {
        leptos::task::spawn_local(async move {
            // Whatever the answer, the sign-in page is the place to see it from.
            let _ = api::delete("/api/v1/session").await;
            go(&Page::SignIn.path());
        });
    };
    view! {
        <div class="reader">
            <p>
                <a href=Page::Account.path() aria-label=format!("{}: {}", ui.t().nav_account, session.user)>{session.user.clone()}</a>
                " " {only_reads.map(|words| view! { <small>{words}</small> })}
            </p>
            <p>
                <button type="button" class="plain" on:click=leave>{ui.t().sign_out}</button>
                <a href=data.address.with("lang", language_key(other)) lang=other.tag() hreflang=other.tag()>{other.own_name()}</a>
            </p>
        </div>
    }
    .into_any()
}

/// Value of `?lang=`, and of `language` of the interface.
pub fn language_key(lang: crate::i18n::Lang) -> &'static str {
    match lang {
        crate::i18n::Lang::Zh => "zh",
        crate::i18n::Lang::En => "en",
    }
}

fn chain_line(ui: Ui, data: &PageData) -> AnyView {
    let chain: RwSignal<Option<ChainView>> = RwSignal::new(match &data.chain {
        Some(Fetched::Ok(chain)) => Some(chain.clone()),
        _ => None,
    });
    let asking = RwSignal::new(false);
    let tick = move || {
        if !asking.get_untracked() {
            asking.set(true);
            leptos::task::spawn_local(async move {
                chain.set(api::get::<ChainView>("/api/v1/chain").await.ok());
                asking.set(false);
            });
        }
        true
    };
    poll(CHAIN_EVERY, CHAIN_TIMES, tick, || {});
    let shape = move || {
        mark(match chain.with(|chain| chain.as_ref().map(|chain| chain.state.clone())).as_deref() {
            Some("moving") => Mark::Done,
            Some("behind") => Mark::Attention,
            Some("stopped") => Mark::Stopped,
            _ => Mark::None,
        })
    };
    let words = move || {
        let t = ui.t();
        match chain.with(|chain| chain.as_ref().map(|chain| chain.state.clone())).as_deref() {
            Some("moving") => t.chain_moving,
            Some("behind") => t.chain_behind,
            Some("stopped") => t.chain_stopped,
            _ => t.chain_unknown,
        }
    };
    let numbers = move || {
        chain.with(|chain| {
            chain.as_ref().map(|chain| {
                fill(ui.t().chain_line, &[("n", &ui.number(chain.projected)), ("age", &ui.span(chain.age_ms))])
            })
        })
    };
    view! {
        <a class="chain" href=Page::Chain.path()>
            {shape} <span><b>{words}</b> <small>{numbers}</small></span>
        </a>
    }
    .into_any()
}
