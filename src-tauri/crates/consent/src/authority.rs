//! The workspace as the gate sees it, and the one place that changes it.

mod authorise;
mod change;
mod prompts;
mod settle;

use std::collections::{BTreeMap, BTreeSet};

use flow::Digest;
use money::{HoldId, Ledger, LedgerDamage, LedgerError, Outcome};

pub use authorise::{Asker, Authorised, Go, daily_budget};
pub use change::Refusal;
pub use prompts::{DecideError, Question};
pub use settle::SettleError;

use crate::{Claim, Decision, Payee, PolicyVersion, Profile, Prompt, PromptId, PromptState, Record, Snapshot, Stage};

/// Policy, kill switch, address book, profiles, ledger, prompts and the effects under way, in memory, with one writer.
///
/// Every operation validates first and then changes, and pushes a record of each change to `out`. See the crate's page for how a store
/// keeps it on disk. The default one is an empty workspace under the policy that denies everything.
#[derive(Debug, Default)]
pub struct Authority {
    policy: PolicyVersion,
    paused: bool,
    payees: BTreeMap<String, Payee>,
    profiles: BTreeMap<String, Profile>,
    ledger: Ledger,
    /// Those of runs that go on, in any state, and the open ones that no run waits for.
    prompts: BTreeMap<PromptId, Prompt>,
    decisions: BTreeMap<PromptId, Vec<Decision>>,
    claims: BTreeMap<Digest, Claim>,
    /// What belongs to a run that goes on.
    runs: BTreeMap<String, OfRun>,
    /// Open prompts by the time they expire.
    due: BTreeSet<(i64, PromptId)>,
}

#[derive(Debug, Default)]
struct OfRun {
    prompts: BTreeSet<PromptId>,
    claims: BTreeSet<Digest>,
}

/// A record that doesn't follow from the ones before it. Where it came from a store, the store is damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The ledger refuses its record.
    #[error("a record of the ledger doesn't follow from those before it: {0}")]
    Ledger(#[from] LedgerError),
    /// Another record refers to what isn't there, or repeats what is.
    #[error("a record doesn't follow from those before it: {0}")]
    Disorder(String),
}

/// What is wrong with a stored state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The ledger's rows don't agree.
    #[error("the ledger is damaged: {0}")]
    Ledger(#[from] LedgerDamage),
    /// The policy in force isn't the one its digest names.
    #[error("policy version {0} is not the one that its digest names")]
    Policy(u64),
    /// A row is there twice.
    #[error("{0} is stored twice")]
    Twice(String),
    /// A row belongs to one that isn't there.
    #[error("{0}")]
    Lost(String),
}

impl Authority {
    /// The authority with this state, unless it is damaged.
    pub fn restore(snapshot: Snapshot) -> Result<Self, Damage> {
        let Snapshot { policy, paused, payees, profiles, ledger, prompts, decisions, claims } = snapshot;
        if policy.policy.digest() != policy.digest {
            return Err(Damage::Policy(policy.number));
        }
        let mut authority = Self { policy, paused, ledger: Ledger::restore(ledger)?, ..Self::default() };
        for payee in payees {
            if let Some(twice) = authority.payees.insert(payee.id.clone(), payee) {
                return Err(Damage::Twice(format!("payee {}", twice.id)));
            }
        }
        for profile in profiles {
            if let Some(twice) = authority.profiles.insert(profile.id.clone(), profile) {
                return Err(Damage::Twice(format!("profile {}", twice.id)));
            }
        }
        for prompt in prompts {
            if authority.prompts.contains_key(&prompt.id) {
                return Err(Damage::Twice(format!("prompt {}", prompt.id)));
            }
            authority.take_prompt(prompt);
        }
        for decision in decisions {
            let prompt = &decision.statement.prompt;
            if !authority.prompts.contains_key(prompt) {
                return Err(Damage::Lost(format!("there is a decision on prompt {prompt}, which is not there")));
            }
            authority.decisions.entry(prompt.clone()).or_default().push(decision);
        }
        for claim in claims {
            if claim.prompt.as_ref().is_some_and(|id| !authority.prompts.contains_key(id)) {
                return Err(Damage::Lost(format!("the prompt of the effect with key {} is not there", claim.request.key)));
            }
            if authority.claims.contains_key(&claim.request.key) {
                return Err(Damage::Twice(format!("the effect with key {}", claim.request.key)));
            }
            authority.take_claim(claim);
        }
        authority.check_holds()?;
        Ok(authority)
    }

    /// Every open hold belongs to an effect under way, and what such an effect holds is open or posted.
    fn check_holds(&self) -> Result<(), Damage> {
        let unsettled = self.claims.values().filter(|claim| claim.stage != Stage::Settled);
        let mut claimed: BTreeSet<&HoldId> = unsettled.filter_map(|claim| claim.hold.as_ref()).collect();
        for hold in self.ledger.open_holds() {
            if !claimed.remove(&hold.reserve.id) {
                return Err(Damage::Lost(format!("the effect that hold {} was made for is not there", hold.reserve.id)));
            }
        }
        match claimed.first() {
            Some(hold) => Err(Damage::Lost(format!("hold {hold} of an effect under way is not there"))),
            None => Ok(()),
        }
    }

    /// The state, in one order.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            policy: self.policy.clone(),
            paused: self.paused,
            payees: self.payees.values().cloned().collect(),
            profiles: self.profiles.values().cloned().collect(),
            ledger: self.ledger.snapshot(),
            prompts: self.prompts.values().cloned().collect(),
            decisions: self.decisions.values().flatten().cloned().collect(),
            claims: self.claims.values().cloned().collect(),
        }
    }

    /// Makes the change that a record tells of: a state rebuilt from its records is the same state. A record that couldn't have been
    /// written is refused and changes nothing. Signatures are not checked here.
    pub fn apply(&mut self, record: &Record) -> Result<(), ApplyError> {
        if let Record::Ledger(record) = record {
            return Ok(self.ledger.apply(record)?);
        }
        self.check(record).map_err(ApplyError::Disorder)?;
        self.change(record);
        Ok(())
    }

    fn check(&self, record: &Record) -> Result<(), String> {
        let there = |is: bool, what: String| if is { Ok(()) } else { Err(what) };
        let open = |id: &PromptId| {
            let is = self.prompts.get(id).is_some_and(|p| p.state == PromptState::Open);
            there(is, format!("there is no open prompt {id}"))
        };
        match record {
            Record::PolicyInForce(version) => {
                there(
                    version.number == self.policy.number + 1,
                    format!("policy version {} is not the next one", version.number),
                )?;
                there(version.digest == version.policy.digest(), format!("policy version {} has another digest", version.number))
            }
            Record::PayeeRemoved { id, .. } => there(self.payees.contains_key(id), format!("there is no payee {id}")),
            Record::ProfileAdded(profile) => {
                there(!self.profiles.contains_key(&profile.id), format!("profile {} is there already", profile.id))
            }
            Record::PromptOpened(prompt) => {
                there(!self.prompts.contains_key(&prompt.id), format!("prompt {} is there already", prompt.id))?;
                there(
                    prompt.is_whole() && prompt.state == PromptState::Open,
                    format!("prompt {} is not as it was opened", prompt.id),
                )
            }
            Record::PromptClosed { prompt, state, .. } => {
                let unanswered = matches!(state, PromptState::Expired | PromptState::Withdrawn);
                there(unanswered, format!("prompt {prompt} can't be closed so"))?;
                open(prompt)
            }
            Record::Decided(decision) => {
                open(&decision.statement.prompt)?;
                let same =
                    |p: &Prompt| (p.request_digest, p.shown_digest) == (decision.statement.request, decision.statement.shown);
                let is = self.prompts.get(&decision.statement.prompt).is_some_and(same);
                there(is, format!("the decision on prompt {} is about something else", decision.statement.prompt))
            }
            Record::Claimed(claim) => {
                there(claim.request.digest() == claim.request_digest, format!("claim {} has another digest", claim.request.key))
            }
            Record::Paused { .. } | Record::PayeePut { .. } | Record::RunEnded { .. } | Record::Ledger(_) => Ok(()),
        }
    }

    /// The only place where the state changes, but for the ledger, which has one of its own.
    fn change(&mut self, record: &Record) {
        match record {
            Record::PolicyInForce(version) => self.policy = version.clone(),
            Record::Paused { paused, .. } => self.paused = *paused,
            Record::PayeePut { payee, .. } => {
                self.payees.insert(payee.id.clone(), payee.clone());
            }
            Record::PayeeRemoved { id, .. } => {
                self.payees.remove(id);
            }
            Record::ProfileAdded(profile) => {
                self.profiles.insert(profile.id.clone(), profile.clone());
            }
            Record::Ledger(_) => {}
            Record::PromptOpened(prompt) => self.take_prompt((**prompt).clone()),
            Record::PromptClosed { prompt, state, .. } => self.close_prompt(prompt, *state),
            Record::Decided(decision) => {
                let Decision { statement, .. } = decision;
                self.decisions.entry(statement.prompt.clone()).or_default().push(decision.clone());
                self.close_prompt(&statement.prompt, PromptState::after(statement.answer));
            }
            Record::Claimed(claim) => self.take_claim((**claim).clone()),
            Record::RunEnded { run, .. } => {
                let of_run = self.runs.remove(run).unwrap_or_default();
                for id in of_run.prompts {
                    self.forget_prompt(&id);
                }
                for key in of_run.claims {
                    self.claims.remove(&key);
                }
            }
        }
    }

    fn take_prompt(&mut self, prompt: Prompt) {
        if let Some(run) = &prompt.run {
            self.runs.entry(run.clone()).or_default().prompts.insert(prompt.id.clone());
        }
        if let (Some(at), PromptState::Open) = (prompt.expires_at, prompt.state) {
            self.due.insert((at, prompt.id.clone()));
        }
        self.prompts.insert(prompt.id.clone(), prompt);
    }

    fn close_prompt(&mut self, id: &PromptId, state: PromptState) {
        let Some(prompt) = self.prompts.get_mut(id) else { return };
        prompt.state = state;
        if let Some(at) = prompt.expires_at {
            self.due.remove(&(at, id.clone()));
        }
        // Nobody comes back to ask for the answer of these.
        if prompt.run.is_none() {
            self.forget_prompt(id);
        }
    }

    fn forget_prompt(&mut self, id: &PromptId) {
        self.decisions.remove(id);
        if let Some(at) = self.prompts.remove(id).and_then(|p| p.expires_at) {
            self.due.remove(&(at, id.clone()));
        }
    }

    fn take_claim(&mut self, claim: Claim) {
        if let Some(run) = &claim.request.run {
            self.runs.entry(run.clone()).or_default().claims.insert(claim.request.key);
        }
        self.claims.insert(claim.request.key, claim);
    }

    /// Makes a change and writes it down.
    fn write(&mut self, record: Record, out: &mut Vec<Record>) {
        self.change(&record);
        out.push(record);
    }

    /// Writes down what the ledger has done.
    fn ledger_did(outcome: Outcome, out: &mut Vec<Record>) {
        if let Outcome::New(record) = outcome {
            out.push(Record::Ledger(record));
        }
    }

    /// The policy in force.
    pub fn policy(&self) -> &PolicyVersion {
        &self.policy
    }

    /// Whether the kill switch is set.
    pub fn paused(&self) -> bool {
        self.paused
    }

    /// A payee, by id.
    pub fn payee(&self, id: &str) -> Option<&Payee> {
        self.payees.get(id)
    }

    /// All payees, by id.
    pub fn payees(&self) -> impl Iterator<Item = &Payee> {
        self.payees.values()
    }

    /// A profile, by id.
    pub fn profile(&self, id: &str) -> Option<&Profile> {
        self.profiles.get(id)
    }

    /// All profiles, by id.
    pub fn profiles(&self) -> impl Iterator<Item = &Profile> {
        self.profiles.values()
    }

    /// A prompt of a run that goes on, in any state, or an open one that no run waits for.
    pub fn prompt(&self, id: &str) -> Option<&Prompt> {
        self.prompts.get(id)
    }

    /// All open prompts, by id.
    pub fn open_prompts(&self) -> impl Iterator<Item = &Prompt> {
        self.prompts.values().filter(|prompt| prompt.state == PromptState::Open)
    }

    /// The decisions on a prompt, in the order given.
    pub fn decisions(&self, prompt: &str) -> &[Decision] {
        self.decisions.get(prompt).map_or(&[], Vec::as_slice)
    }

    /// The effect under way with this key.
    pub fn claim(&self, key: &Digest) -> Option<&Claim> {
        self.claims.get(key)
    }

    /// When the next open prompt expires, in milliseconds since the epoch.
    pub fn next_expiry(&self) -> Option<i64> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The ledger, to read.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}
