//! Prompts: opening, answering and closing them.

use flow::Digest;
use money::HoldId;

use crate::{
    Answer, Authority, BadKey, BadSignature, Claim, Decision, Prompt, PromptId, PromptKind, PromptState, Record, Request, Role,
    Shown,
};

/// A question that no request stands behind: one of a flow's author, or what became of an effect.
#[derive(Debug, Clone, PartialEq)]
pub struct Question<'a> {
    /// The run that waits for the answer.
    pub run: &'a str,
    /// The step it is about.
    pub path: &'a str,
    /// What the approver is to see. Characters that aren't seen are written out.
    pub shown: Shown,
    /// When the answer becomes no, in milliseconds since the epoch; `None`: never by itself.
    pub expires_at: Option<i64>,
}

/// Why an answer is not taken. It has changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecideError {
    /// There is no such prompt.
    #[error("there is no prompt {0} that waits for an answer")]
    Unknown(PromptId),
    /// It has its answer.
    #[error("prompt {0} was answered already")]
    AlreadyDecided(PromptId),
    /// Its time has passed.
    #[error("prompt {0} has expired, which is a no; the step must ask again")]
    Expired(PromptId),
    /// Nobody asks any more.
    #[error("prompt {0} was withdrawn: its run has ended, or something else is asked instead")]
    Withdrawn(PromptId),
    /// The stored prompt isn't the one its digests name.
    #[error("prompt {0} is not the one that its digests name; the store is damaged")]
    Damaged(PromptId),
    /// The answer is to another request.
    #[error("the answer to prompt {0} is to another request; look at it again")]
    OtherRequest(PromptId),
    /// Something else was shown.
    #[error("the answer to prompt {0} is to something else than is shown; look at it again")]
    OtherShown(PromptId),
    /// The answer is to another kind of question.
    #[error("prompt {prompt} can't be answered so; {}", match kind {
        PromptKind::Outcome => "say whether it happened, did not, or is to be tried again",
        PromptKind::Effect | PromptKind::Question | PromptKind::Policy => "approve or reject it",
    })]
    Answer {
        /// The prompt.
        prompt: PromptId,
        /// What kind it is.
        kind: PromptKind,
    },
    /// The answer names a policy version that is not there yet.
    #[error("the answer names policy version {said}, and version {is} is in force")]
    Policy {
        /// As the answer says.
        said: u64,
        /// The one in force.
        is: u64,
    },
    /// The policy in force is not the one that the proposal would change.
    #[error("the policy has changed since prompt {0} was opened; propose it again")]
    PolicyChanged(PromptId),
    /// There is no such profile.
    #[error("there is no profile {0}")]
    UnknownProfile(String),
    /// The profile may not answer this.
    #[error("profile {profile} may not answer this; it takes the role {}", match role { Role::Approver => "approver", Role::Owner => "owner" })]
    Role {
        /// The profile.
        profile: String,
        /// What it lacks.
        role: Role,
    },
    /// The profile's key can't be read.
    #[error(transparent)]
    Key(#[from] BadKey),
    /// The signature doesn't hold.
    #[error(transparent)]
    Signature(#[from] BadSignature),
}

/// A prompt to open.
pub(super) struct New {
    pub(super) kind: PromptKind,
    pub(super) run: Option<String>,
    pub(super) path: Option<String>,
    pub(super) request: Option<Request>,
    pub(super) request_digest: Digest,
    pub(super) shown: Shown,
    pub(super) hold: Option<String>,
    pub(super) expires_at: Option<i64>,
}

impl Authority {
    /// Asks a question of the flow's author. Its answer authorises nothing. The same question of the same step has one prompt while its
    /// run goes on, answered or not.
    pub fn question(&mut self, question: Question<'_>, now: i64, out: &mut Vec<Record>) -> PromptId {
        let Question { run, path, shown, expires_at } = question;
        let mut shown = shown.plain();
        shown.verdict = None;
        for fact in &mut shown.facts {
            // Whatever a flow says of a fact, it is the flow that says it.
            "flow".clone_into(&mut fact.source);
        }
        let request_digest = Digest::of("assent.question.v1", &(run, path, &shown));
        let same = |p: &&Prompt| p.kind == PromptKind::Question && p.request_digest == request_digest;
        if let Some(id) = self.prompts_of(run).find(same).map(|p| p.id.clone()) {
            return id;
        }
        let (kind, run, path) = (PromptKind::Question, Some(run.to_owned()), Some(path.to_owned()));
        self.open(New { kind, run, path, request: None, request_digest, shown, hold: None, expires_at }, now, out)
    }

    /// Asks what became of a step's effect that was sent and whose outcome is not known. A step has one such open prompt.
    ///
    /// The answer is in [`Authority::decisions`]; posting or voiding the hold is the caller's. Give it no expiry: time tells nothing of
    /// what has happened.
    pub fn unclear(&mut self, question: Question<'_>, now: i64, out: &mut Vec<Record>) -> PromptId {
        let Question { run, path, shown, expires_at } = question;
        let same = |p: &&Prompt| (p.kind, p.state, p.path.as_deref()) == (PromptKind::Outcome, PromptState::Open, Some(path));
        if let Some(id) = self.prompts_of(run).find(same).map(|p| p.id.clone()) {
            return id;
        }
        let claim = self.claims_of(run).find(|claim| claim.request.path.as_deref() == Some(path));
        let request = claim.map(|claim| claim.request.clone());
        let hold = claim.and_then(|claim| claim.hold.as_ref()).map(ToString::to_string);
        let shown = shown.plain();
        let request_digest =
            claim.map_or_else(|| Digest::of("assent.question.v1", &(run, path, &shown)), |claim| claim.request_digest);
        let (kind, run, path) = (PromptKind::Outcome, Some(run.to_owned()), Some(path.to_owned()));
        self.open(New { kind, run, path, request, request_digest, shown, hold, expires_at }, now, out)
    }

    /// Takes a person's signed answer. A no to an effect gives its money back at once; a yes to a policy puts it in force.
    /// Returns the prompt as it stands now.
    pub fn decide(&mut self, decision: Decision, now: i64, out: &mut Vec<Record>) -> Result<Prompt, DecideError> {
        let said = &decision.statement;
        let id = said.prompt.clone();
        let prompt = self.prompts.get(&id).ok_or_else(|| DecideError::Unknown(id.clone()))?;
        match prompt.state {
            PromptState::Open if prompt.is_due(now) => return Err(DecideError::Expired(id)),
            PromptState::Open => {}
            PromptState::Approved | PromptState::Rejected => return Err(DecideError::AlreadyDecided(id)),
            PromptState::Expired => return Err(DecideError::Expired(id)),
            PromptState::Withdrawn => return Err(DecideError::Withdrawn(id)),
        }
        if !prompt.is_whole() {
            return Err(DecideError::Damaged(id));
        }
        if said.request != prompt.request_digest {
            return Err(DecideError::OtherRequest(id));
        }
        if said.shown != prompt.shown_digest {
            return Err(DecideError::OtherShown(id));
        }
        if !said.answer.fits(prompt.kind) {
            return Err(DecideError::Answer { prompt: id, kind: prompt.kind });
        }
        if said.policy > self.policy.number {
            return Err(DecideError::Policy { said: said.policy, is: self.policy.number });
        }
        self.may_answer(&decision, prompt.kind)?;
        let policy = self.policy_to_come(prompt, said.answer)?;

        let answer = said.answer;
        let mut prompt = prompt.clone();
        prompt.state = PromptState::after(answer);
        self.write(Record::Decided(decision), out);
        if answer == Answer::Reject {
            self.release(&prompt, now, out);
        }
        if let Some(policy) = policy {
            self.enact(policy, now, out);
        }
        Ok(prompt)
    }

    /// Closes the prompts whose time has passed, the earliest first, and gives back what is held for them. Returns them.
    pub fn expire(&mut self, now: i64, out: &mut Vec<Record>) -> Vec<Prompt> {
        let mut expired = Vec::new();
        while let Some((at, id)) = self.due.first().cloned()
            && at <= now
        {
            expired.extend(self.close(&id, PromptState::Expired, now, out));
        }
        expired
    }

    /// Closes this prompt if it is open and its time has passed, and gives back what is held for it. Returns it as it stands then; `None`
    /// where it is not due, or not open any more.
    pub fn expire_prompt(&mut self, id: &str, now: i64, out: &mut Vec<Record>) -> Option<Prompt> {
        let prompt = self.prompts.get(id).filter(|p| p.state == PromptState::Open && p.is_due(now))?;
        let id = prompt.id.clone();
        self.close(&id, PromptState::Expired, now, out)
    }

    /// Refuses a decision that the profile it names didn't sign, or may not make.
    pub(super) fn may_answer(&self, decision: &Decision, kind: PromptKind) -> Result<(), DecideError> {
        let profile = &decision.statement.profile;
        let found = self.profiles.get(profile).ok_or_else(|| DecideError::UnknownProfile(profile.clone()))?;
        let role = if kind == PromptKind::Policy { Role::Owner } else { Role::Approver };
        if !found.roles.contains(&role) {
            return Err(DecideError::Role { profile: profile.clone(), role });
        }
        Ok(decision.verify(&found.verifying_key()?)?)
    }

    /// Opens a prompt.
    pub(super) fn open(&mut self, new: New, now: i64, out: &mut Vec<Record>) -> PromptId {
        let New { kind, run, path, request, request_digest, shown, hold, expires_at } = new;
        let mut id = prompt_id(kind, &request_digest, now, 0);
        let mut turn = 0;
        while self.prompts.contains_key(&id) {
            turn += 1;
            id = prompt_id(kind, &request_digest, now, turn);
        }
        let shown_digest = shown.digest();
        let state = PromptState::Open;
        let prompt = Prompt {
            id: id.clone(),
            kind,
            run,
            path,
            request,
            request_digest,
            shown,
            shown_digest,
            hold,
            opened_at: now,
            expires_at,
            state,
        };
        self.write(Record::PromptOpened(Box::new(prompt)), out);
        id
    }

    /// Closes an open prompt without an answer, and gives back what is held for it. Returns it as it stands then.
    pub(super) fn close(&mut self, id: &PromptId, state: PromptState, now: i64, out: &mut Vec<Record>) -> Option<Prompt> {
        let mut prompt = self.prompts.get(id).cloned()?;
        prompt.state = state;
        self.write(Record::PromptClosed { prompt: id.clone(), state, at: now }, out);
        self.release(&prompt, now, out);
        Some(prompt)
    }

    /// Gives back what is held for an effect that got a no. The no stays with it.
    fn release(&mut self, prompt: &Prompt, now: i64, out: &mut Vec<Record>) {
        let key = prompt.request.as_ref().map(|r| r.key);
        let claim = key.and_then(|key| self.claims.get(&key)).filter(|c| c.prompt.as_ref() == Some(&prompt.id)).cloned();
        if let Some(claim) = claim
            && let Some(hold) = &claim.hold
        {
            self.give_back(hold, now, out);
            // The next hold under this key, if there ever is one, has an id of its own.
            let round = claim.round + 1;
            self.write(Record::Claimed(Box::new(Claim { hold: None, round, ..claim })), out);
        }
    }

    /// Voids a hold if it is open.
    pub(super) fn give_back(&mut self, hold: &HoldId, now: i64, out: &mut Vec<Record>) {
        if self.ledger.hold(hold).is_some_and(money::Hold::is_open)
            && let Ok(outcome) = self.ledger.void(hold, now)
        {
            Self::ledger_did(outcome, out);
        }
    }

    pub(super) fn claims_of(&self, run: &str) -> impl Iterator<Item = &Claim> {
        self.runs.get(run).into_iter().flat_map(|of_run| &of_run.claims).filter_map(|key| self.claims.get(key))
    }

    pub(super) fn prompts_of(&self, run: &str) -> impl Iterator<Item = &Prompt> {
        self.runs.get(run).into_iter().flat_map(|of_run| &of_run.prompts).filter_map(|id| self.prompts.get(id))
    }
}

/// The first 48 bits are enough: a store's unique ids make a collision fail, and the time makes the next try differ.
fn prompt_id(kind: PromptKind, request: &Digest, now: i64, turn: u32) -> PromptId {
    let digest = Digest::of("assent.prompt.v1", &(kind, request, now.to_string(), turn));
    let hex = digest.to_string();
    format!("p-{}", &hex[..12])
}
