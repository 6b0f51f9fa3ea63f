//! The one store of a workspace: SQLite behind one writer, the journal and audit chain, what is derived from them, blobs and secrets.
//!
//! One process owns a store: it holds the operating system's [`Lock`]. All writes pass one queue; what is queued together is written in
//! one transaction and shares one sync (group commit). Reading goes by a few connections beside it and sees what is on disk.

mod audit;
mod change;
mod changes;
mod error;
mod group;
mod journal;
mod keys;
mod live;
mod lock;
mod mark;
mod projections;
mod read;
mod schema;
mod seal;
mod secrets;
mod snapshot;
mod sql;
mod store;
mod table;
mod verify;
mod writer;

pub use error::StoreError;
pub use keys::signing_key;
pub use live::RunState;
pub use lock::Lock;
pub use read::{AuditLink, FlowVersion, Run, RunFilter};
pub use secrets::{SecretInfo, has_keyring};
pub use store::{OWNER, Store};
pub use verify::{Check, Problem, Report, verify_folder};
pub use writer::Committed;

/// JSON of one of our types.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> String {
    // Most are some hundred bytes long: room for these at once, lest the text be moved as it grows.
    let mut text = Vec::with_capacity(1024);
    serde_json::to_writer(&mut text, value).expect("our types have a JSON form");
    String::from_utf8(text).expect("JSON is UTF-8")
}

/// The calendar day of a time, in UTC.
pub(crate) fn day(at: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    time.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

/// Draws random bytes.
pub(crate) fn random(bytes: &mut [u8]) -> Result<(), StoreError> {
    getrandom::fill(bytes).map_err(|e| StoreError::Write(format!("no random numbers can be drawn: {e}")))
}
