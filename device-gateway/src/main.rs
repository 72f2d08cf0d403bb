//! device-gateway
fn main() {}
