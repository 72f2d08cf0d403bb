//! The page that lists the links of a product: what a resolver knows of it, for people.

use leptos::prelude::*;

use super::css::Part;
use super::model::LinksPage;
use super::shell::{Ctx, Field, Sheet, primary_link};
use crate::verdict_text::Role;

/// The list, or the news that there is none; then the way to a pack's verdict.
pub(super) fn links(ctx: Ctx<'_>, page: &LinksPage) -> Sheet {
    let t = ctx.t;
    let rows: Vec<AnyView> = page
        .rows
        .iter()
        .map(|row| {
            let small =
                if row.languages.is_empty() { row.kind.clone() } else { format!("{} · {}", row.kind, row.languages) };
            view! { <li><a href=row.url.clone()>{ctx.run(&row.title)}</a><span class="d">{small}</span></li> }
                .into_any()
        })
        .collect();
    let list = if rows.is_empty() {
        view! { <p>{if page.name.is_some() { t.links_none } else { t.links_unknown }}</p> }.into_any()
    } else {
        view! { <ul class="x">{rows}</ul> }.into_any()
    };
    let check = primary_link(None, ctx.frame.code_entry_url.clone(), t.links_check.to_owned());
    Sheet {
        field: Field {
            role: Role::Paper,
            icon: None,
            word: page.name.clone().unwrap_or_else(|| t.links_title.to_owned()),
            line: None,
            why: Some(view! { <span class="m">{page.identifier.clone()}</span> }.into_any()),
            strip: None,
        },
        cards: vec![
            view! { <section class="c"><h2>{t.links_title}</h2>{list}</section> }.into_any(),
            view! { <section class="c"><p>{t.links_pack}</p>{check}</section> }.into_any(),
        ],
        templates: None,
        script: None,
        parts: vec![Part::Button, Part::Gap, Part::Links],
    }
}
