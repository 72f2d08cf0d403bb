//! Reading a code with the camera in the page: a card under the form for typing one. It opens on a tap; where a browser has no
//! reader of its own (`BarcodeDetector`), it says so, and what works instead.

mod texts;

use leptos::prelude::*;

use super::bare;
use super::shell::{Ctx, card};
use crate::brand::{Icon, icon};
pub use texts::CameraTexts;

/// The script as written.
const CAMERA_JS: &str = include_str!("camera/camera.js");

/// The script of the page for typing a code, to be served under the name in `CodeEntryPage::camera_url`.
pub fn camera_js() -> &'static str {
    static BARE: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    BARE.get_or_init(|| bare(CAMERA_JS))
}

/// The card, which the script shows.
pub(super) fn template(ctx: Ctx<'_>) -> AnyView {
    let t = CameraTexts::of(ctx.frame.lang);
    let said = |name: &'static str, words: &str| {
        view! { <p class="d" id=format!("cam-{name}") role="status" hidden=true>{ctx.say(words, &[])}</p> }
    };
    let inner = view! {
        <p>{ctx.say(t.text, &[])}</p> <video id="cam-v" playsinline=true muted=true hidden=true></video>
        <button class="b" id="cam" type="button"><span>{t.button}</span> {icon(Icon::Camera)}</button>
        {said("no", t.no)} {said("denied", t.denied)} {said("none", t.none)}
    };
    let url = ctx.frame.code_entry_url.clone();
    view! { <template id="t-cam" data-url=url>{card(t.title, inner)}</template> }.into_any()
}
