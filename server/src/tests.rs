//! Tests through the router, with a database, a follower and a chain behind it.

mod authorization;
mod goods;
mod line;
mod openapi;
mod shell;
