//! Changing the workspace: policy, kill switch, address book, profiles, accounts.

use flow::Digest;
use money::{AccountId, AccountKind, Amount, Asset, LedgerError, NewAccount, Transfer, TransferId};

use super::prompts::New;
use crate::{
    Action, Answer, Authority, BadKey, Code, DecideError, Outcome, Payee, Policy, PolicyVersion, Profile, Prompt, PromptId,
    PromptKind, PromptState, Record, Request, Verdict, credits_account, gate, shown,
};

/// Why the workspace is not changed so. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is a policy already.
    #[error("policy version {0} is in force; propose another one instead")]
    PolicyThere(u64),
    /// The policy makes no sense.
    #[error("the policy makes no sense: {}", .0.join("; "))]
    Policy(Vec<String>),
    /// The gate refuses it.
    #[error("{reason} ({code:?})")]
    Gate {
        /// Why.
        code: Code,
        /// In words.
        reason: String,
    },
    /// The payee makes no sense.
    #[error("the payee can't be put in the address book: {}", .0.join("; "))]
    Payee(Vec<String>),
    /// There is no such payee.
    #[error("the address book has nobody with the id {0:?}")]
    UnknownPayee(String),
    /// The profile's id is taken or empty.
    #[error("a profile can't be added as {0:?}: the id is empty or taken")]
    ProfileId(String),
    /// The profile's key can't be read.
    #[error(transparent)]
    Key(#[from] BadKey),
    /// The account is not one of this workspace.
    #[error("{0} is not an account of this workspace; open it first")]
    NotOwn(AccountId),
    /// The ledger refuses it.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Authority {
    /// Puts the first policy in force, in a new workspace. Every later one is proposed and approved.
    pub fn found(&mut self, policy: Policy, now: i64, out: &mut Vec<Record>) -> Result<(), Refusal> {
        if self.policy.number != 0 {
            return Err(Refusal::PolicyThere(self.policy.number));
        }
        let problems = policy.problems();
        if !problems.is_empty() {
            return Err(Refusal::Policy(problems));
        }
        self.enact(policy, now, out);
        Ok(())
    }

    /// Asks whether a policy may come in force. The same proposal has one open prompt; approving it puts the policy in force.
    pub fn propose_policy(&mut self, policy: Policy, now: i64, out: &mut Vec<Record>) -> Result<(PromptId, Verdict), Refusal> {
        let from = self.policy.number;
        let key = Digest::of("assent.proposal.v1", &(from, policy.digest()));
        let request = Request {
            key,
            run: None,
            path: None,
            by_hand: Vec::new(),
            action: Action::ChangePolicy { from, to: Box::new(policy) },
        };
        let facts = self.facts_for(&request, "");
        let verdict = gate(&self.policy, &facts, &request);
        if verdict.outcome == Outcome::Deny {
            return Err(Refusal::Gate { code: verdict.code, reason: verdict.reason });
        }
        let request_digest = request.digest();
        let open = self.open_prompts().find(|p| p.kind == PromptKind::Policy && p.request_digest == request_digest);
        if let Some(open) = open.filter(|p| !p.is_due(now)) {
            return Ok((open.id.clone(), verdict));
        }
        let shown = shown(&self.policy, &facts, &request, &verdict);
        let expires_at = Some(self.policy.policy.prompts_expire(now));
        let (kind, request) = (PromptKind::Policy, Some(request));
        let new = New { kind, run: None, path: None, request, request_digest, shown, hold: None, expires_at };
        Ok((self.open(new, now, out), verdict))
    }

    /// The policy that this answer to this prompt puts in force, if it does.
    pub(super) fn policy_to_come(&self, prompt: &Prompt, answer: Answer) -> Result<Option<Policy>, DecideError> {
        let (PromptKind::Policy, Answer::Approve) = (prompt.kind, answer) else { return Ok(None) };
        match prompt.request.as_ref().map(|r| &r.action) {
            Some(Action::ChangePolicy { from, to }) if *from == self.policy.number => Ok(Some((**to).clone())),
            _ => Err(DecideError::PolicyChanged(prompt.id.clone())),
        }
    }

    /// Puts a policy in force, and withdraws what was proposed in place of the one before.
    pub(super) fn enact(&mut self, policy: Policy, now: i64, out: &mut Vec<Record>) {
        let (number, digest) = (self.policy.number + 1, policy.digest());
        self.write(Record::PolicyInForce(PolicyVersion { number, since: now, digest, policy }), out);
        let stale: Vec<PromptId> = self.open_prompts().filter(|p| p.kind == PromptKind::Policy).map(|p| p.id.clone()).collect();
        for prompt in stale {
            self.write(Record::PromptClosed { prompt, state: PromptState::Withdrawn, at: now }, out);
        }
    }

    /// Sets or releases the kill switch. Setting it as it is changes nothing.
    pub fn set_paused(&mut self, paused: bool, by: &str, now: i64, out: &mut Vec<Record>) {
        if self.paused != paused {
            self.write(Record::Paused { paused, by: by.to_owned(), at: now }, out);
        }
    }

    /// Adds a payee or changes one. Where an address changes, whoever made sure of the old one has not made sure of the new one.
    pub fn put_payee(&mut self, mut payee: Payee, now: i64, out: &mut Vec<Record>) -> Result<(), Refusal> {
        let problems = payee.problems();
        if !problems.is_empty() {
            return Err(Refusal::Payee(problems));
        }
        if let Some(before) = self.payees.get(&payee.id)
            && before.addresses != payee.addresses
            && before.verified == payee.verified
        {
            payee.verified = None;
        }
        if self.payees.get(&payee.id) != Some(&payee) {
            self.write(Record::PayeePut { payee, at: now }, out);
        }
        Ok(())
    }

    /// Removes a payee.
    pub fn remove_payee(&mut self, id: &str, now: i64, out: &mut Vec<Record>) -> Result<(), Refusal> {
        if !self.payees.contains_key(id) {
            return Err(Refusal::UnknownPayee(id.to_owned()));
        }
        self.write(Record::PayeeRemoved { id: id.to_owned(), at: now }, out);
        Ok(())
    }

    /// Adds a profile. Adding it again as it is changes nothing.
    pub fn add_profile(&mut self, profile: Profile, out: &mut Vec<Record>) -> Result<(), Refusal> {
        profile.verifying_key()?;
        match self.profiles.get(&profile.id) {
            Some(same) if *same == profile => Ok(()),
            None if !profile.id.is_empty() => {
                self.write(Record::ProfileAdded(profile), out);
                Ok(())
            }
            _ => Err(Refusal::ProfileId(profile.id)),
        }
    }

    /// Opens an account of this workspace. Opening it again as it is changes nothing.
    pub fn open_account(
        &mut self,
        id: AccountId,
        name: &str,
        asset: Asset,
        now: i64,
        out: &mut Vec<Record>,
    ) -> Result<(), Refusal> {
        let new = NewAccount { id, name: name.to_owned(), asset, kind: AccountKind::Internal, at: now };
        Self::ledger_did(self.ledger.open_account(new)?, out);
        Ok(())
    }

    /// Brings money from the outside (`world/USD`) to an account of this workspace. The id is the idempotency key: look it up in the store
    /// first where the ledger doesn't know it, and hand what is there to [`Authority::remember_transfer`].
    pub fn fund(
        &mut self,
        id: TransferId,
        to: &AccountId,
        amount: Amount,
        memo: &str,
        now: i64,
        out: &mut Vec<Record>,
    ) -> Result<(), Refusal> {
        if self.ledger.account(to).is_none_or(|account| account.kind != AccountKind::Internal) {
            return Err(Refusal::NotOwn(to.clone()));
        }
        let from = credits_account("world", amount.asset());
        if self.ledger.account(&from).is_none() {
            let name = "The outside".to_owned();
            let new = NewAccount { id: from.clone(), name, asset: amount.asset(), kind: AccountKind::External, at: now };
            Self::ledger_did(self.ledger.open_account(new)?, out);
        }
        let transfer = Transfer { id, from, to: to.clone(), amount, memo: memo.to_owned(), at: now };
        Self::ledger_did(self.ledger.transfer(transfer)?, out);
        Ok(())
    }

    /// Remembers a transfer found in the store, so that a repeat of it is answered. Moves nothing.
    pub fn remember_transfer(&mut self, transfer: Transfer) {
        self.ledger.remember_transfer(transfer);
    }

    /// Forgets transfers and ended holds, so that memory stays small. Only when all records are committed in the store.
    pub fn forget_ended(&mut self) {
        self.ledger.forget_ended();
    }
}
