//! The flow document: what a creator draws, as data. Pure: no I/O, no clock, no random number.

mod digest;
mod document;
mod kind;
mod problem;
mod ty;
mod values;

pub use digest::{Digest, canonical};
pub use document::{Backoff, Defaults, Edge, Endpoint, Flow, Frame, FrameKind, Join, Layout, Node, Position, Rect, Retry, SCHEMA};
pub use kind::{Catalog, Effect, Kind, Port, Ports};
pub use problem::{Place, Problem, Severity};
pub use ty::Type;
pub use values::{Shared, Value, Values};
