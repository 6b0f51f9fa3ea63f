//! The flow document: what a creator draws, as data. Pure: no I/O, no clock, no random number.

mod canonical;
mod check;
mod diff;
mod digest;
mod document;
pub mod expr;
mod frames;
mod graph;
mod kind;
mod problem;
mod scan;
mod schema;
mod ty;
mod values;
mod words;
mod write;

pub use canonical::canonical;
pub use check::{Upgraded, check, upgrade};
pub use diff::{Change, FlowDiff};
pub use digest::Digest;
pub use document::{
    Backoff, Defaults, Edge, Endpoint, Flow, Frame, FrameKind, Join, Layout, Node, NotAnEndpoint, Position, Rect, Retry, SCHEMA,
};
pub use expr::{ExprError, Expression, Template, Vars};
pub use frames::{ENTRY, EXIT, Level, Levels, levels};
pub use graph::Graph;
pub use kind::{Catalog, Effect, Kind, Port, Ports};
pub use problem::{Place, Problem, Severity};
pub use schema::json_schema;
pub use ty::{Type, UnknownType};
pub use values::{Shared, Value, Values};
pub use write::{MOST_BYTES, ReadError, logic_digest, read, read_bytes, write};
