//! The run machine, and the local driver that carries out what it says.
//!
//! [`machine`] is pure: events in, commands out, the same state from memory and from the journal. [`driver`] is tokio: it runs nodes,
//! keeps the order around every effect, and talks to the store through the traits of [`journal`].

mod bypass;
pub mod clock;
pub mod driver;
pub mod dry;
pub mod event;
pub mod journal;
pub mod machine;
pub mod node;
pub mod plan;
mod targets;

pub use clock::Clock;
pub use driver::{Engine, EngineError, Progress, Settled, Start};
pub use event::{Ending, Event, Gate, Given, GivenFrom, Path, Reply, RunId, Stamped, StartedBy, StepError, Waiting};
pub use journal::{Batch, Entry, Journal, JournalError, Recorded};
pub use machine::{Command, Machine, StepState};
pub use node::{Act, Context, Control, Frame, Go, Nodes, OnFailure, Pure, Step, Until};
pub use plan::Plan;
pub use targets::{Rate, Why};
