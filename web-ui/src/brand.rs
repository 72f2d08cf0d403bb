//! The mark and the icons, as inline SVG, shared by the scan page and the consoles.
//!
//! ```text
//! UI icon:       24 x 24 grid, strokes in `currentColor`, no fill            class "i"
//! verdict icon:  48 x 48 grid, shape in `currentColor`, glyph in `--f`       class "vi"
//! ```
//!
//! Shape says it before colour (`ui.md`, principle 2): circle = an answer, triangle = careful, octagon = stop, dashed
//! circle = no answer. All drawings are `aria-hidden`; the words beside them carry the meaning. Several UI icons follow
//! the paths of the Lucide set (ISC licence). No drawing holds a `style` attribute, because the pages' content policy
//! forbids them.

use leptos::prelude::*;

/// The product's name, the same in both languages.
pub const NAME: &str = "Tracelight";

/// The mark: a corner of a code with a ray that leaves it.
pub const MARK: &str = r#"<g stroke-width="2.6"><path d="M20.5 13V7A3.5 3.5 0 0 0 17 3.5H7A3.5 3.5 0 0 0 3.5 7v10A3.5 3.5 0 0 0 7 20.5h6M12 12l8.5 8.5"/></g><circle cx="11" cy="11" r="2.7" fill="currentColor" stroke="none"/>"#;

/// A small icon beside words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// The server.
    Server,
    /// A phone.
    Phone,
    /// A phone that has confirmed.
    PhoneOk,
    /// A phone that could not confirm.
    PhoneFailed,
    /// Nobody has answered.
    NoSignal,
    /// More below.
    Down,
    /// Try again.
    Again,
    /// Call.
    Call,
    /// Look at.
    Look,
    /// Ask people.
    People,
    /// Keep.
    Paper,
    /// Photograph.
    Camera,
    /// Save to this device.
    Save,
    /// Received.
    Tray,
    /// Checked.
    Tick,
    /// Refused.
    Cross,
}

impl Icon {
    /// The drawing on the 24 x 24 grid.
    pub const fn paths(self) -> &'static str {
        match self {
            Self::Server => {
                r#"<rect x="3" y="4" width="18" height="7" rx="2"/><rect x="3" y="13" width="18" height="7" rx="2"/><path d="M7 7.5h.01M7 16.5h.01"/>"#
            }
            Self::Phone => r#"<rect x="6" y="2" width="12" height="20" rx="2.5"/><path d="M11 18h2"/>"#,
            Self::PhoneOk => {
                r#"<path d="M17 11V4.5A2.5 2.5 0 0 0 14.5 2h-6A2.5 2.5 0 0 0 6 4.5v15A2.5 2.5 0 0 0 8.5 22H10M13.5 18l3 3 5-5.5"/>"#
            }
            Self::PhoneFailed => {
                r#"<path d="M17 11V4.5A2.5 2.5 0 0 0 14.5 2h-6A2.5 2.5 0 0 0 6 4.5v15A2.5 2.5 0 0 0 8.5 22H11M15 16l5.5 5.5M20.5 16 15 21.5"/>"#
            }
            Self::NoSignal => {
                r#"<path d="M12 19h.01M8.5 15.5a5 5 0 0 1 6 0M5 12a10 10 0 0 1 4.5-2.5M2 8.5A15 15 0 0 1 6 6M22 8.5A15 15 0 0 0 11 4.5M19 12a10 10 0 0 0-4-2.3M3 3l18 18"/>"#
            }
            Self::Down => r#"<path d="m6 9 6 6 6-6"/>"#,
            Self::Again => r#"<path d="M20 11a8 8 0 1 0-.7 4.5M20 4v7h-7"/>"#,
            Self::Call => {
                r#"<path d="M21 16.5v2.8a2 2 0 0 1-2.2 2A18.5 18.5 0 0 1 2.7 5.2 2 2 0 0 1 4.7 3h2.8a2 2 0 0 1 2 1.7l.7 2.7a2 2 0 0 1-.5 2L8.5 10.5a15 15 0 0 0 5 5l1.2-1.2a2 2 0 0 1 2-.5l2.6.7a2 2 0 0 1 1.7 2z"/>"#
            }
            Self::Look => r#"<circle cx="11" cy="11" r="7"/><path d="m20 20-4-4"/>"#,
            Self::People => {
                r#"<circle cx="9" cy="7.5" r="4"/><path d="M2 21v-1.5a4.5 4.5 0 0 1 4.5-4.5h5a4.5 4.5 0 0 1 4.5 4.5V21M16.5 4a4 4 0 0 1 0 7M22 21v-1.5a4.5 4.5 0 0 0-3-4.2"/>"#
            }
            Self::Paper => r#"<path d="M14 2.5H7a2 2 0 0 0-2 2v15a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-12zM14 2.5v5h5"/>"#,
            Self::Camera => {
                r#"<path d="M4 7h3.5L9 4.5h6L16.5 7H20a1 1 0 0 1 1 1v10.5a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1z"/><circle cx="12" cy="13" r="3.5"/>"#
            }
            Self::Save => r#"<path d="M12 3.5v12M7 11l5 5 5-5M4.5 20.5h15"/>"#,
            Self::Tray => r#"<path d="M21 13h-5.5l-2 3h-3l-2-3H3M6.5 4h11L21 13v7H3v-7z"/>"#,
            Self::Tick => r#"<path d="m4 12.5 5.5 5.5L20 7"/>"#,
            Self::Cross => r#"<path d="M6 6l12 12M18 6 6 18"/>"#,
        }
    }
}

/// The shape behind a verdict's glyph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// An answer.
    Circle,
    /// Careful.
    Triangle,
    /// Stop.
    Octagon,
    /// No answer.
    Dashed,
}

impl Shape {
    /// The drawing on the 48 x 48 grid.
    const fn outline(self) -> &'static str {
        match self {
            Self::Circle => r#"<circle cx="24" cy="24" r="22"/>"#,
            Self::Triangle => {
                r#"<path d="M24 7 43 41H5z" stroke="currentColor" stroke-width="6" stroke-linejoin="round"/>"#
            }
            Self::Octagon => {
                r#"<path d="M15.5 3h17L45 15.5v17L32.5 45h-17L3 32.5v-17z" stroke="currentColor" stroke-width="2" stroke-linejoin="round"/>"#
            }
            Self::Dashed => {
                r#"<circle cx="24" cy="24" r="21" fill="none" stroke="currentColor" stroke-width="3.4" stroke-dasharray="6.6 4.4"/>"#
            }
        }
    }
}

/// What stands in the shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyph {
    /// An active code.
    Tick,
    /// A clock turning back: asked before.
    Back,
    /// A shopping bag.
    Bag,
    /// A struck cloud.
    Cloud,
    /// An exclamation mark.
    Mark,
    /// Not yet.
    Pause,
    /// A question mark.
    Ask,
    /// A crack.
    Crack,
    /// A return arrow.
    Return,
    /// A clock.
    Clock,
    /// An open lock.
    Lock,
    /// A cross.
    Cross,
}

impl Glyph {
    /// The drawing on a 24 x 24 grid in the middle of the shape.
    const fn paths(self) -> &'static str {
        match self {
            Self::Tick => r#"<path d="m3.5 12.5 6 6.5L21 6"/>"#,
            Self::Back => r#"<path d="M3.5 9.5a9 9 0 1 1-.3 4M2.5 3.5v6h6M12 7.5V13l4 2"/>"#,
            Self::Bag => r#"<path d="M4.5 9.5h15l1 11h-17z" fill="var(--f)"/><path d="M8 9V7a4 4 0 0 1 8 0v2"/>"#,
            Self::Cloud => {
                r#"<path d="m2 2 20 20M6 6.5A6.5 6.5 0 0 0 8.5 19h9q.8 0 1.5-.3M21.5 16.5A4.5 4.5 0 0 0 17.5 10h-1.8A7 7 0 0 0 10 5.3"/>"#
            }
            Self::Mark => r#"<path d="M12 4v8M12 18.5h.01"/>"#,
            Self::Pause => r#"<path d="M8.8 6v11M15.2 6v11"/>"#,
            Self::Ask => r#"<path d="M7.5 8a4.5 4.5 0 1 1 7 3.7C13 12.7 12 13.5 12 15.5M12 20.5h.01"/>"#,
            Self::Crack => r#"<path d="m14 1.5-5 9.5 6 2.5-5 9"/>"#,
            Self::Return => r#"<path d="M8 14.5 2.5 9 8 3.5M2.5 9h13a5.5 5.5 0 0 1 0 11H9"/>"#,
            Self::Clock => r#"<circle cx="12" cy="12" r="9.5"/><path d="M12 6.5V12l3.5 2.5"/>"#,
            Self::Lock => {
                r#"<rect x="4.5" y="11" width="15" height="10" rx="1.5"/><path d="M8 11V7a4 4 0 0 1 7.7-1.5"/>"#
            }
            Self::Cross => r#"<path d="M5 5l14 14M19 5 5 19"/>"#,
        }
    }
}

/// A small icon. Sized by the page's rule for `.i`.
pub fn icon(icon: Icon) -> AnyView {
    view! { <svg class="i" viewBox="0 0 24 24" aria-hidden="true" inner_html=icon.paths()></svg> }.into_any()
}

/// The mark, in the size of the words beside it.
pub fn mark() -> AnyView {
    view! { <svg class="i" viewBox="0 0 24 24" aria-hidden="true" inner_html=MARK></svg> }.into_any()
}

/// A verdict's shape with its glyph.
pub fn verdict_icon(shape: Shape, glyph: Glyph) -> AnyView {
    // The visual middle of a triangle is below its box's middle.
    let (class, top) = match shape {
        Shape::Triangle => ("", 16),
        // Without a filled shape behind it the glyph is drawn in the text's colour.
        Shape::Dashed => (r#" class="o""#, 12),
        Shape::Circle | Shape::Octagon => ("", 12),
    };
    let inner = format!(r#"{}<g transform="translate(12 {top})"{class}>{}</g>"#, shape.outline(), glyph.paths());
    view! { <svg class="vi" viewBox="0 0 48 48" aria-hidden="true" inner_html=inner></svg> }.into_any()
}
