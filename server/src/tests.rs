//! Tests through the router, with a database, a follower and a chain behind it.

mod accounts;
mod api_keys;
mod audit;
mod authorization;
mod devices;
mod docs;
mod epcis;
mod evidence;
mod fsma204;
mod goods;
mod imports;
mod integrator;
mod line;
mod lists;
mod marks;
mod notices;
mod numbers;
mod openapi;
mod print;
mod printing;
mod recall_cases;
pub mod reports;
mod search;
mod shell;
mod trace_graph;
mod trace_picture;
mod webhooks;
