//! The chain: is it moving, how far has this server read, what does each node say, who the members are.

use leptos::prelude::*;
use tracelight_api::rest::chain::{ChainView, NodeView};

use crate::console::icons::{Mark, state};
use crate::console::load::PageData;
use crate::console::parts::{card, error_card, facts, head, table};
use crate::console::shell::role_words;
use crate::console::texts::ChainTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The page.
pub fn page(ui: Ui, data: &PageData) -> AnyView {
    let t = ChainTexts::of(ui.lang);
    let chain = match &data.chain {
        Some(Ok(chain)) => chain,
        Some(Err(problem)) => {
            let top = head(None, ui.t().chain_unknown.into_any(), "".into_any(), None);
            return view! { {top} {error_card(ui, data, problem)} }.into_any();
        }
        None => return head(None, ui.t().chain_unknown.into_any(), "".into_any(), None),
    };
    let (title, line) = match chain.state.as_str() {
        "moving" => (t.moving, t.line_moving),
        "behind" => (t.behind, t.line_behind),
        "stopped" => (t.stopped, t.line_stopped),
        _ => (ui.t().chain_unknown, ""),
    };
    let chain_id = chain.chain_id.clone();
    view! {
        {head(None, title.into_any(), line.into_any(), None)}
        {numbers(ui, chain)}
        {nodes(ui, chain)}
        {members(ui, chain)}
        {card(t.chain_id, facts(vec![(t.chain_id, view! { <span class="mono">{chain_id}</span> }.into_any())]))}
    }
    .into_any()
}

fn numbers(ui: Ui, chain: &ChainView) -> AnyView {
    let t = ChainTexts::of(ui.lang);
    let one = |words: &'static str, big: String, small: String| {
        view! { <section class="c kpi"><p>{words}</p><p class="big">{big}</p><p>{small}</p></section> }
    };
    let age = fill(t.age, &[("age", &ui.span(chain.age_ms))]);
    let answering = chain.nodes.iter().filter(|node| node.problem.is_none() && node.height.is_some()).count();
    let of = fill(t.of, &[("n", &answering.to_string()), ("m", &chain.nodes.len().to_string())]);
    view! {
        <div class="three">
            {one(t.height, ui.number(chain.height), ui.time(chain.time_ms))}
            {one(t.projected, ui.number(chain.projected), age)}
            {one(t.lag, ui.number(chain.height.saturating_sub(chain.projected)), String::new())}
            {one(t.answering, of, String::new())}
        </div>
    }
    .into_any()
}

fn nodes(ui: Ui, chain: &ChainView) -> AnyView {
    let t = ChainTexts::of(ui.lang);
    if chain.nodes.is_empty() {
        return card(t.nodes, view! { <p class="soft">{t.no_nodes}</p> });
    }
    let mut sorted: Vec<&NodeView> = chain.nodes.iter().collect();
    sorted.sort_by_key(|node| node.problem.is_none() && node.height.is_some());
    let rows = sorted.into_iter().map(|node| {
        let name = node.name.clone();
        let words = match (&node.problem, node.height) {
            (Some(problem), _) => state(Mark::Attention, problem.clone()),
            (None, Some(_)) => state(Mark::Done, t.answers),
            (None, None) => state(Mark::Attention, t.silent),
        };
        let number = |value: Option<u64>| value.map_or_else(|| "—".to_owned(), |value| ui.number(value)).into_any();
        vec![
            view! { <b>{name}</b> }.into_any(),
            words,
            number(node.height),
            number(node.height.map(|height| chain.height.saturating_sub(height))),
            number(node.peers.map(u64::from)),
        ]
    });
    let heads = vec![t.node, t.state, t.height, t.lag, t.peers];
    card(t.nodes, table(t.nodes, &["k", "s", "d n", "x n", "x n"], heads, rows.collect()))
}

fn members(ui: Ui, chain: &ChainView) -> AnyView {
    let t = ChainTexts::of(ui.lang);
    let rows = chain.members.iter().map(|member| {
        let gln = member.gln.clone();
        vec![
            ui.run(&ui.name(&member.name_en, &member.name_zh)),
            role_words(ui, member.role).into_any(),
            view! { <span class="mono">{gln}</span> }.into_any(),
        ]
    });
    card(t.members, table(t.members, &["k", "d", "d"], vec![t.member, t.role, "GLN"], rows.collect()))
}
