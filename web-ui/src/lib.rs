//! web-ui

#[cfg(not(any(erase_components, doc, doctest)))]
compile_error!(
    "the server's pages and the program in the browser must both be built with `--cfg erase_components`. \
     `.cargo/config.toml` says so; unset RUSTFLAGS, which stands instead of it, or add the flag there"
);

pub mod brand;
pub mod console;
pub mod i18n;
#[cfg(feature = "ssr")]
pub mod scan;
pub mod verdict_text;
