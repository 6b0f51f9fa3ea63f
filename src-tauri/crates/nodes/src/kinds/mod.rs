//! One file a kind.

pub(crate) mod delay;
pub(crate) mod input;
pub(crate) mod merge;
pub(crate) mod note;
pub(crate) mod output;
pub(crate) mod sub_flow;
