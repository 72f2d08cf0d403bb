//! crates/testkit

pub mod data;
pub use data::shared_data;

pub mod browser;
pub mod ports;
pub mod process;
pub mod services;
