//! Consent: policies in, a verdict out; prompts, decisions and receipts bound to digests. Pure: no I/O, no clock, no random number.
//!
//! [`gate`] is the one function that says whether an effect may happen. [`Authority`] holds all that it looks at (policy, kill switch,
//! address book, profiles, ledger, prompts) and is the one place that changes it. Every change is a [`Record`].
//!
//! # The authority and its store
//!
//! - **Write.** An operation has changed the authority when it returns, and has pushed its records to `out`. Write them, in order, with
//!   the rows they touched, in one transaction. Many operations may share one. When it fails, the memory is ahead of the disk: throw the
//!   authority away and restore it.
//! - **Read.** [`Authority::restore`] takes a [`Snapshot`]. Applying all records in order to [`Authority::default`] gives the same state.

mod authority;
mod decision;
mod folders;
mod gate;
mod hosts;
mod payee;
mod policy;
mod policy_diff;
mod profile;
mod prompt;
mod receipt;
mod record;
mod request;
mod shown;
mod verdict;

pub use authority::{
    ApplyError, Asker, Authorised, Authority, Damage, DecideError, Go, Question, Refusal, SettleError, daily_budget,
};
pub use decision::{Answer, BadSignature, Decision, Statement};
pub use ed25519_dalek::{SigningKey, VerifyingKey};
pub use gate::{AccountFacts, Facts, PayeeFacts, gate};
pub use payee::{Payee, Verified, credits_account};
pub use policy::{AssetRule, Folders, Hosts, Payees, Policy, PolicyVersion};
pub use profile::{BadKey, Profile, Role};
pub use prompt::{Circumstances, Fact, Prompt, PromptId, PromptKind, PromptState, Shown};
pub use receipt::{Confirmed, Receipt};
pub use record::{Claim, Record, Snapshot, Stage};
pub use request::{Action, Call, FileAccess, Heard, Pay, Request, Risk, RiskFactor};
pub use shown::{sentence, shown};
pub use verdict::{Code, Line, Outcome, Verdict};
