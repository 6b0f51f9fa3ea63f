//! What the shells share: the program put together, and its server for browsers.

pub mod capability;
pub mod gather;
pub mod place;
pub mod server;
pub mod wiring;
