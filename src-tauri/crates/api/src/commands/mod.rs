//! The commands, by what they are about.

pub mod cost;
pub mod doctor;
pub mod files;
pub mod flow_tests;
pub mod flows;
pub mod gallery;
pub mod inputs;
pub mod inspect;
pub mod ledger;
pub mod library;
pub mod moments;
pub mod payees;
pub mod policy;
pub mod prompt_view;
pub mod prompts;
pub mod rehearse;
pub mod replay;
pub mod run_again;
pub(crate) mod run_book;
pub mod run_changes;
mod run_fold;
pub mod run_info;
pub mod run_node;
pub mod run_values;
pub mod run_why;
pub mod run_words;
pub mod runs;
pub mod secrets;
pub mod status;
pub mod verify;
pub mod voice;
pub mod watch;

use crate::command::{Entry, Feed};

/// Every command of the program, in the order in which help lists them. A new one adds its line here.
pub static REGISTRY: &[Entry] = &[
    Entry::of::<flows::Check>(),
    Entry::of::<flow_tests::Test>(),
    Entry::of::<flows::Fmt>(),
    Entry::of::<flows::Diff>(),
    Entry::of::<flows::Kinds>(),
    Entry::of::<library::FlowListing>(),
    Entry::of::<library::FlowGet>(),
    Entry::of::<library::FlowNew>(),
    Entry::of::<library::FlowDuplicate>(),
    Entry::of::<library::FlowRename>(),
    Entry::of::<library::FlowMove>(),
    Entry::of::<library::FlowTag>(),
    Entry::of::<library::FlowDelete>(),
    Entry::of::<library::FlowBin>(),
    Entry::of::<library::FlowUndelete>(),
    Entry::of::<library::FlowVersions>(),
    Entry::of::<library::FlowVersion>(),
    Entry::of::<library::FlowRestore>(),
    Entry::of::<library::FlowDraft>(),
    Entry::of::<library::FlowDiscard>(),
    Entry::of::<library::FlowSave>(),
    Entry::of::<inspect::FlowSearch>(),
    Entry::of::<inspect::FlowInspect>(),
    Entry::of::<gallery::FlowGallery>(),
    Entry::of::<gallery::FlowTry>(),
    Entry::of::<voice::Transcribe>(),
    Entry::of::<voice::Intent>(),
    Entry::of::<runs::Run>(),
    Entry::of::<runs::Runs>(),
    Entry::of::<replay::Show>(),
    Entry::of::<runs::Resume>(),
    Entry::of::<runs::Cancel>(),
    Entry::of::<replay::Replay>(),
    Entry::of::<run_why::Why>(),
    Entry::of::<rehearse::Rerun>(),
    Entry::of::<rehearse::RerunEffects>(),
    Entry::of::<rehearse::Rehearse>(),
    Entry::of::<run_values::RunValue>(),
    Entry::of::<run_values::RunFlow>(),
    Entry::of::<run_values::RunInputs>(),
    Entry::of::<run_again::RunRetry>(),
    Entry::of::<run_again::RunDelete>(),
    Entry::of::<prompts::Prompts>(),
    Entry::of::<prompt_view::PromptView>(),
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
    Entry::of::<run_node::RunNode>(),
    Entry::of::<files::FileGet>(),
    Entry::of::<status::StatusNow>(),
    Entry::of::<status::SettingsGet>(),
    Entry::of::<status::SettingsSet>(),
];

/// Everything that can be followed. A new one adds its line here.
pub static FEEDS: &[Feed] = &[
    Feed::of::<status::WatchStatus>(),
    Feed::of::<library::WatchFlows>(),
    Feed::of::<watch::WatchRun>(),
    Feed::of::<run_changes::WatchRuns>(),
    Feed::of::<moments::RunMoments>(),
    Feed::of::<prompt_view::WatchPrompts>(),
];
