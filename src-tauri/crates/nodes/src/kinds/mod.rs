//! One file a kind.

pub(crate) mod address_book;
pub(crate) mod approval;
pub(crate) mod branch;
pub(crate) mod code;
pub(crate) mod delay;
pub(crate) mod extract;
pub(crate) mod fallback;
pub(crate) mod for_each;
pub(crate) mod http;
pub(crate) mod input;
pub(crate) mod log;
pub(crate) mod merge;
pub(crate) mod note;
pub(crate) mod output;
pub(crate) mod parse_intent;
pub(crate) mod pay;
pub(crate) mod race;
pub(crate) mod repeat;
pub(crate) mod risk_score;
pub(crate) mod set;
pub(crate) mod sub_flow;
pub(crate) mod template;
pub(crate) mod threshold;
pub(crate) mod transcribe;
pub(crate) mod trial;
