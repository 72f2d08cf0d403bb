//! Roughly where: the card behind an answer, and the page after it. Asked after the verdict, on a tap, and only of those whose
//! browser can tell; saying no costs nothing.

mod texts;

use leptos::prelude::*;

use super::bare;
use super::css::Part;
use super::model::{Frame, PlaceForm};
use super::shell::{Ctx, Field, Sheet, card, primary_link};
use crate::verdict_text::Role;
pub use texts::PlaceTexts;

/// Where a place is posted to.
pub const PLACE_URL: &str = "/scan/place";

/// The script as written.
const PLACE_JS: &str = include_str!("place/place.js");

/// The page after a place was told.
#[derive(Clone, Debug)]
pub struct PlacePage {
    /// Reader and links.
    pub frame: Frame,
    /// Back to the verdict.
    pub back_url: String,
    /// The town that the area is near to, as later readers of the code will read it.
    pub near: Option<String>,
}

/// The script of the page after an answer, to be served under the name in [`PlaceForm::script_url`].
pub fn place_js() -> &'static str {
    static BARE: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    BARE.get_or_init(|| bare(PLACE_JS))
}

/// The card, which the script shows.
pub(super) fn template(ctx: Ctx<'_>, form: &PlaceForm) -> AnyView {
    let t = PlaceTexts::of(ctx.frame.lang);
    let inner = view! {
        <p>{t.text}</p>
        <form id="place" method="post" action=PLACE_URL>
            <input type="hidden" name="token" value=form.token.clone()/> <input type="hidden" name="lat" value=""/>
            <input type="hidden" name="lon" value=""/> <button class="b">{t.button}</button>
            <p class="d" id="place-e" role="status" hidden=true>{t.refused}</p>
        </form>
    };
    view! { <template id="t-place">{card(t.title, inner)}</template> }.into_any()
}

/// The script element.
pub(super) fn script(form: &PlaceForm) -> AnyView {
    view! { <script defer=true src=form.script_url.clone()></script> }.into_any()
}

/// The page after it.
pub(super) fn told(ctx: Ctx<'_>, page: &PlacePage) -> Sheet {
    let t = PlaceTexts::of(ctx.frame.lang);
    let text = match &page.near {
        Some(place) => ctx.say(t.told_near, &[("place", place)]),
        None => t.told_text.to_owned(),
    };
    Sheet {
        field: Field {
            role: Role::Paper,
            icon: None,
            word: t.told.to_owned(),
            line: Some(t.told_line.to_owned()),
            why: None,
            strip: None,
        },
        cards: vec![card(
            ctx.t.answer_next,
            view! { <p>{text}</p> {primary_link(None, page.back_url.clone(), ctx.t.answer_back.to_owned())} },
        )],
        templates: None,
        script: None,
        parts: vec![Part::Button],
    }
}
