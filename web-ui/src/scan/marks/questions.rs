//! The page of questions about a hologram. Plain radio buttons, complete without scripts; a question may be left out.

use leptos::prelude::*;

use super::texts::MarkTexts;
use crate::brand::Icon;
use crate::scan::css::Part;
use crate::scan::forms::about;
use crate::scan::model::{CodeFacts, Frame, ProductFacts};
use crate::scan::shell::{Ctx, Field, Sheet, plain_link};
use crate::verdict_text::Role;

/// The questions of a product, for one code.
#[derive(Clone, Debug)]
pub struct QuestionsPage {
    /// Reader and links.
    pub frame: Frame,
    /// POST target. Fields: `token`, and `a0`, `a1`, … with the place of the chosen option.
    pub post_url: String,
    /// The page's token.
    pub token: String,
    /// The product.
    pub product: Option<ProductFacts>,
    /// The code.
    pub code: Option<CodeFacts>,
    /// Words of each question, and of its options, in the page's language.
    pub questions: Vec<(String, Vec<String>)>,
    /// The page of the code.
    pub back_url: String,
    /// The form came back without any answer.
    pub is_empty: bool,
}

pub(in crate::scan) fn questions(ctx: Ctx<'_>, page: &QuestionsPage) -> Sheet {
    let t = MarkTexts::of(ctx.frame.lang);
    let asked = page.questions.iter().enumerate().map(|(at, (words, options))| {
        let name = format!("a{at}");
        let options = options.iter().enumerate().map(|(place, words)| {
            let name = name.clone();
            view! { <label><input type="radio" name=name value=place.to_string()/> {ctx.run(words)}</label> }
        });
        let options = options.collect_view();
        view! { <fieldset><legend>{ctx.run(words)}</legend>{options}</fieldset> }
    });
    let fault = page.is_empty.then(|| view! { <p class="e" id="holo-e">{t.holo_empty}</p> });
    let form = view! {
        <form class="c" method="post" action=page.post_url.clone()>
            <input type="hidden" name="token" value=page.token.clone()/>
            {about(ctx, page.product.as_ref(), page.code.as_ref())}
            {fault}
            {asked.collect_view()}
            <p class="d">{t.holo_skip}</p>
            <button class="b p">{t.holo_button}</button>
            {plain_link(Some(Icon::Again), page.back_url.clone(), t.holo_back.to_owned())}
        </form>
    };
    Sheet {
        field: Field {
            role: Role::Paper,
            icon: None,
            word: t.holo_title.to_owned(),
            line: None,
            why: Some(t.holo_lead.into_any()),
            strip: None,
        },
        cards: vec![form.into_any()],
        templates: None,
        script: None,
        parts: vec![Part::Button, Part::Form, Part::Report],
    }
}
