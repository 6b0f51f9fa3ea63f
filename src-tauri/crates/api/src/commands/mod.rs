//! The commands, by what they are about.

pub mod doctor;
pub mod flows;
pub mod inputs;
pub mod ledger;
pub mod payees;
pub mod policy;
pub mod prompts;
pub mod replay;
pub mod runs;
pub mod secrets;
pub mod verify;
pub mod voice;
pub mod watch;

use crate::command::{Entry, Feed};

/// Every command of the program, in the order in which help lists them. A new one adds its line here.
pub static REGISTRY: &[Entry] = &[
    Entry::of::<flows::Check>(),
    Entry::of::<flows::Fmt>(),
    Entry::of::<flows::Diff>(),
    Entry::of::<flows::Kinds>(),
    Entry::of::<voice::Transcribe>(),
    Entry::of::<voice::Intent>(),
    Entry::of::<runs::Run>(),
    Entry::of::<runs::Runs>(),
    Entry::of::<replay::Show>(),
    Entry::of::<runs::Resume>(),
    Entry::of::<runs::Cancel>(),
    Entry::of::<replay::Replay>(),
    Entry::of::<prompts::Prompts>(),
    Entry::of::<prompts::Approve>(),
    Entry::of::<prompts::Deny>(),
    Entry::of::<prompts::AnswerOutcome>(),
    Entry::of::<payees::PayeeAdd>(),
    Entry::of::<payees::PayeeEdit>(),
    Entry::of::<payees::PayeeList>(),
    Entry::of::<payees::PayeeRm>(),
    Entry::of::<ledger::AccountOpen>(),
    Entry::of::<ledger::AccountList>(),
    Entry::of::<ledger::AccountFund>(),
    Entry::of::<ledger::LedgerAccounts>(),
    Entry::of::<ledger::LedgerTransfers>(),
    Entry::of::<policy::PolicyShow>(),
    Entry::of::<policy::PolicyPropose>(),
    Entry::of::<policy::PaymentsOff>(),
    Entry::of::<policy::PaymentsOn>(),
    Entry::of::<secrets::SecretSet>(),
    Entry::of::<secrets::SecretList>(),
    Entry::of::<secrets::SecretRm>(),
    Entry::of::<verify::Verify>(),
    Entry::of::<doctor::Doctor>(),
];

/// Everything that can be followed. A new one adds its line here.
pub static FEEDS: &[Feed] = &[Feed::of::<watch::WatchRun>()];
