//! Fakes, fixtures and fault injection, for tests only.
//!
//! [`MemoryJournal`] is a journal with a real gate behind it that can be cut off after any commit; [`TestClock`] stands still until it
//! is told; [`TestNodes`] are node kinds that act on a [`World`] which remembers what was done to it; [`Draft`] writes flows by hand and
//! [`random`] draws them.

mod clock;
mod commit;
mod draft;
mod journal;
mod kinds;
mod nodes;
pub mod random;
mod world;

pub use clock::{START, TestClock};
pub use commit::Commit;
pub use draft::Draft;
pub use journal::{ACCOUNT, MemoryJournal, PROFILE, test_policy};
pub use nodes::TestNodes;
pub use world::{Deed, Outcome, World};
