//! The run machine, and the local driver that carries out what it says.
//!
//! [`machine`] is pure: events in, commands out, the same state from memory and from the journal. [`driver`] is tokio: it runs nodes,
//! keeps the order around every effect, and talks to the store through the traits of [`journal`].

pub mod clock;
pub mod event;
pub mod journal;
pub mod node;

pub use clock::Clock;
pub use event::{Ending, Event, Gate, Path, Reply, RunId, Stamped, StartedBy, StepError, Waiting};
pub use journal::{Batch, Entry, Journal, JournalError, Recorded};
pub use node::{Act, Context, Control, Go, Nodes, Pure, Step};
