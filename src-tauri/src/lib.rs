//! What the shells share: the program put together, and its server for browsers.

pub mod gather;
pub mod server;
pub mod wiring;
