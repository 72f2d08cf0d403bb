//! web-ui

pub mod brand;
pub mod console;
pub mod i18n;
#[cfg(feature = "ssr")]
pub mod scan;
pub mod verdict_text;
