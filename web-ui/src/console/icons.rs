//! Drawings of the consoles beyond those of [`crate::brand`], on the same 24 x 24 grid, and the state marks on a
//! 16 x 16 grid. The marks repeat the shapes of the verdicts: ring, half, disc, triangle, octagon, dashes.

use leptos::prelude::*;

/// An icon beside words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Batches.
    Box,
    /// Products and labels.
    Label,
    /// Lines.
    Line,
    /// Keys of programs.
    Key,
    /// Webhooks.
    Bell,
    /// Stock.
    Shelf,
    /// Hand-overs.
    Truck,
    /// Dispense.
    Hand,
    /// Trace.
    Share,
    /// Recalls.
    File,
    /// Alerts.
    Alarm,
    /// Reports.
    Flag,
    /// A place.
    Pin,
    /// The chain.
    Grid,
    /// People.
    People,
    /// A log.
    List,
    /// Add.
    Plus,
    /// Menu.
    Menu,
    /// Download.
    Download,
    /// Upload.
    Upload,
    /// Try again.
    Again,
    /// Information.
    Info,
    /// Next page.
    Next,
    /// Search.
    Search,
    /// Leave.
    Leave,
}

impl Sign {
    const fn paths(self) -> &'static str {
        match self {
            Self::Box => r#"<path d="M12 2.8 20 7.2v9.6l-8 4.4-8-4.4V7.2zM4.2 7.3 12 11.8l7.8-4.5M12 11.8v9.2"/>"#,
            Self::Label => {
                r#"<rect x="3" y="4.5" width="18" height="15" rx="2"/><path d="M7 9h4v4H7zM14.5 9H17M14.5 13H17M7 16.3h10"/>"#
            }
            Self::Line => r#"<path d="M2.5 18.5h19M6 18.5v-7h5v7M11 14h3v4.5M14 18.5v-10h4.5v10"/>"#,
            Self::Key => r#"<circle cx="8" cy="15.5" r="4.5"/><path d="M11.3 12.3 20 3.5M16.5 7l3 3M13.8 9.8l2 2"/>"#,
            Self::Bell => r#"<path d="M6 16.5v-6a6 6 0 0 1 12 0v6l1.8 2.2H4.2zM10 21.3h4"/>"#,
            Self::Shelf => {
                r#"<path d="M4 3v18M20 3v18M4 11h16M4 20h16"/><rect x="7" y="5" width="5" height="6"/><rect x="10" y="14" width="7" height="6"/>"#
            }
            Self::Truck => {
                r#"<path d="M2.5 5.5h11v11h-11zM13.5 9.5h4l4 4v3h-8"/><circle cx="7" cy="17.5" r="2"/><circle cx="17.5" cy="17.5" r="2"/>"#
            }
            Self::Hand => r#"<path d="M4 8.5h16l1 12H3zM8 8.5V7a4 4 0 0 1 8 0v1.5"/>"#,
            Self::Share => {
                r#"<circle cx="5" cy="12" r="2.2"/><circle cx="18.5" cy="5.5" r="2.2"/><circle cx="18.5" cy="18.5" r="2.2"/><path d="M7.2 12H11l5.5-5.5M11 12l5.5 5.5"/>"#
            }
            Self::File => r#"<path d="M14 2.5H7a2 2 0 0 0-2 2v15a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-12zM14 2.5v5h5"/>"#,
            Self::Alarm => r#"<path d="M12 3.2 21.4 20H2.6zM12 9.6v4.6M12 16.9v.3"/>"#,
            Self::Flag => r#"<path d="M5 21V4M5 4h11l-2 4 2 4H5"/>"#,
            Self::Pin => {
                r#"<path d="M12 21.5c4.6-5 7-8.9 7-12a7 7 0 0 0-14 0c0 3.1 2.4 7 7 12z"/><circle cx="12" cy="9.5" r="2.4"/>"#
            }
            Self::Grid => {
                r#"<rect x="4" y="4" width="6" height="6" rx="1"/><rect x="14" y="4" width="6" height="6" rx="1"/><rect x="4" y="14" width="6" height="6" rx="1"/><rect x="14" y="14" width="6" height="6" rx="1"/>"#
            }
            Self::People => {
                r#"<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20a6.5 6.5 0 0 1 13 0M15.5 4.9a3.5 3.5 0 0 1 0 6.2M18 14.6a6.5 6.5 0 0 1 3.5 5.4"/>"#
            }
            Self::List => r#"<path d="M9 6h12M9 12h12M9 18h12M3.5 6h2M3.5 12h2M3.5 18h2"/>"#,
            Self::Plus => r#"<path d="M12 4v16M4 12h16"/>"#,
            Self::Menu => r#"<path d="M3.5 6h17M3.5 12h17M3.5 18h17"/>"#,
            Self::Download => r#"<path d="M12 3.5v12M7 11l5 5 5-5M4.5 20.5h15"/>"#,
            Self::Upload => r#"<path d="M12 15.5v-12M7 8l5-4.8L17 8M4 17v3.5h16V17"/>"#,
            Self::Again => r#"<path d="M20 11a8 8 0 1 0-.7 4.5M20 4v7h-7"/>"#,
            Self::Info => r#"<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.5h.01"/>"#,
            Self::Next => r#"<path d="m9 5 7 7-7 7"/>"#,
            Self::Search => r#"<circle cx="11" cy="11" r="7"/><path d="m20 20-4-4"/>"#,
            Self::Leave => {
                r#"<path d="M10 3.5H5.5a1.5 1.5 0 0 0-1.5 1.5v14a1.5 1.5 0 0 0 1.5 1.5H10M15.5 7.5 20 12l-4.5 4.5M20 12H9"/>"#
            }
        }
    }
}

/// Draws an icon.
pub fn sign(sign: Sign) -> AnyView {
    view! { <svg class="i" viewBox="0 0 24 24" aria-hidden="true" inner_html=sign.paths()></svg> }.into_any()
}

/// How far a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Nothing is known.
    None,
    /// Comes later.
    Planned,
    /// Goes on now.
    Running,
    /// Is over, as it should be.
    Done,
    /// Needs somebody.
    Attention,
    /// Stopped.
    Stopped,
}

impl Mark {
    const fn paths(self) -> &'static str {
        match self {
            Self::None => r#"<circle cx="8" cy="8" r="5.6" stroke-dasharray="2.4 1.9"/>"#,
            Self::Planned => r#"<circle cx="8" cy="8" r="5.6"/>"#,
            Self::Running => {
                r#"<circle class="a" cx="8" cy="8" r="5.6"/><path class="af" d="M8 2.4a5.6 5.6 0 0 1 0 11.2z"/>"#
            }
            Self::Done => r#"<circle class="f" cx="8" cy="8" r="6.4"/><path class="k" d="m5.2 8.2 2 2 3.6-4"/>"#,
            Self::Attention => {
                r#"<path class="w" d="M8 2.3 14.3 13.6H1.7z"/><path class="wk" d="M8 6.2v3.4M8 11.5h.01"/>"#
            }
            Self::Stopped => {
                r#"<path class="s" d="M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3z"/><path class="k" d="M4.8 8h6.4"/>"#
            }
        }
    }
}

/// Draws a state mark.
pub fn mark(mark: Mark) -> AnyView {
    view! { <svg class="m" viewBox="0 0 16 16" aria-hidden="true" inner_html=mark.paths()></svg> }.into_any()
}

/// A state mark with its words.
pub fn state(shape: Mark, words: impl Into<String>) -> AnyView {
    let words: String = words.into();
    view! { <span class="st">{mark(shape)} <span>{words}</span></span> }.into_any()
}
