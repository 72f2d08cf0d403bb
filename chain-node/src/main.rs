//! chain-node
fn main() {}
