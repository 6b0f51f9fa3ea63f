//! Every command and event of the program, once.
//!
//! A command is a request type with a [`Command`] implementation and a line in [`REGISTRY`]. From these come the owner's socket, the
//! client's calls and the command line: names, arguments, help, responses and errors.
//!
//! One process owns a workspace ([`Session`]): it holds the store's lock, runs the flows and serves a local socket; every other process
//! on the workspace is its client, and takes over when it ends.

mod app;
mod client;
mod command;
pub mod commands;
mod convert;
mod error;
mod exit;
mod library;
mod openapi;
mod place;
mod seat;
mod serve;
mod services;
pub mod session_bus;
mod source;
mod speech;
mod text;
mod upload;
mod wire;

pub use app::{App, Home, Parts};
pub use command::{Command, Entry, Feed, Items, Needs, Response, Right, Subscription, Surface};
pub use commands::{FEEDS, REGISTRY};
pub use error::{ApiError, ErrorCode};
pub use exit::Exit;
pub use library::{Binned, Changed, Draft, FlowInfo, Version, Why, files::replace};
pub use openapi::openapi;
pub use place::Place;
pub use seat::{Session, Wiring};
pub use services::{USUAL_ACCOUNT, services};
pub use source::Source;
pub use speech::{MODEL_VARIABLE, Speech};
pub(crate) use store::OWNER;
pub use text::{took, when};
pub use upload::Upload;
