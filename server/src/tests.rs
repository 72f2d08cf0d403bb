//! Tests through the router, with a database, a follower and a chain behind it.

mod api_keys;
mod authorization;
mod devices;
mod docs;
mod epcis;
mod fsma204;
mod goods;
mod imports;
mod integrator;
mod line;
mod marks;
mod notices;
mod numbers;
mod openapi;
mod printing;
mod recall_cases;
pub mod reports;
mod shell;
mod trace_graph;
mod webhooks;
