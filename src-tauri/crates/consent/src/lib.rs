//! Consent: policies in, a verdict out; prompts, decisions and receipts bound to digests. Pure: no I/O, no clock, no random number.

mod decision;
mod policy;
mod prompt;
mod receipt;
mod request;
mod verdict;

pub use decision::{Answer, Decision, Statement};
pub use policy::{AssetRule, Hosts, Payees, Policy, PolicyVersion};
pub use prompt::{Fact, Prompt, PromptId, PromptKind, PromptState, Shown};
pub use receipt::Receipt;
pub use request::{Action, Call, Heard, Pay, Request, Risk, RiskFactor};
pub use verdict::{Code, Line, Outcome, Verdict};
