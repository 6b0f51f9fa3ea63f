//! The order around every effect: gate, hold, prompt, decision, gate again.

use flow::Digest;
use money::{AccountId, AccountKind, Amount, Asset, Budget, HoldId, LedgerError, NewAccount, Reserve};

use crate::{
    AccountFacts, Action, Answer, Authority, Claim, Code, Facts, Line, Outcome, Pay, PayeeFacts, PromptId, PromptKind,
    PromptState, Record, Request, Stage, Verdict, credits_account, gate, gate::CREDITS, shown,
};

/// Who asks the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// The step that will carry the effect out.
    Effect,
    /// A step ahead of it that wants a person asked, whatever the gate allows. It carries nothing out.
    Approval {
        /// When a prompt that is opened now counts as answered no, in milliseconds since the epoch. The policy's own time holds where that
        /// is earlier.
        expires_at: Option<i64>,
    },
}

/// What may be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Go {
    /// Carry it out (an [`Asker::Approval`]: a person has said yes). The money of a payment is held: post it when it is done.
    Act,
    /// A person is asked. Authorise again when the prompt is answered, withdrawn or expired.
    Wait,
    /// Don't. What was held for it is given back, unless it was let go before and so may have been sent: then its money is held on until
    /// [`Authority::post`] or [`Authority::void`] says what became of it.
    Refused,
    /// It has been carried out under this key: its hold is posted. There is nothing to do.
    Settled,
}

/// The answer to one request.
#[derive(Debug, Clone, PartialEq)]
pub struct Authorised {
    /// What may be done now.
    pub go: Go,
    /// What was looked at: the request with the payee's name and address from the address book. This, and only this, may be carried out.
    pub request: Request,
    /// The digest of that.
    pub request_digest: Digest,
    /// What the gate says now; where it was settled, what it said when it was cleared.
    pub verdict: Verdict,
    /// The money held for it, or posted. With a refusal: what is held on, since it may have been sent.
    pub hold: Option<HoldId>,
    /// The prompt that a person answers or has answered.
    pub prompt: Option<PromptId>,
    /// The digests of the decisions that approved it.
    pub decisions: Vec<Digest>,
    /// How these were given.
    pub surfaces: Vec<String>,
}

/// The rails there are.
const RAILS: &[&str] = &[CREDITS];

/// The name of the budget that counts what is paid in one asset; its window is a calendar day.
pub fn daily_budget(asset: Asset) -> String {
    format!("daily/{asset}")
}

impl Authority {
    /// Asks whether an effect may be carried out, reserves its money and opens its prompt where one is needed.
    ///
    /// Asking again with the same request answers the same, with the same hold and prompt, until something has changed. Another request
    /// under the same key gives back what the first one held, withdraws its prompt and begins anew. So does the next try after a rule has
    /// refused it: it counts on the day on which it is made. A person's no, or none in time, stays a no.
    ///
    /// An effect that was let go may have been sent: a refusal of its next try keeps its money held, and another request under its key is
    /// refused.
    ///
    /// `now` is in milliseconds since the epoch; `day` is the calendar day in the workspace's zone, such as `2026-11-21`.
    pub fn authorise(&mut self, request: Request, asker: Asker, now: i64, day: &str, out: &mut Vec<Record>) -> Authorised {
        let request = self.completed(request);
        let request_digest = request.digest();
        let mut asked_of_another = false;
        if let Some(claim) = self.claims.get(&request.key) {
            if claim.stage == Stage::Settled {
                return self.settled(claim, request, request_digest);
            }
            if claim.stage == Stage::Cleared && claim.request_digest != request_digest {
                return self.differs(claim, request, request_digest);
            }
            if claim.request_digest != request_digest || !self.holds_what_it_says(claim) {
                asked_of_another = claim.request_digest != request_digest && claim.prompt.is_some();
                self.let_go(&request.key, now, out);
            }
        }
        let claim = self.claims.get(&request.key).cloned();
        let case = Case { asker, now, day, facts: self.facts(&request, claim.as_ref(), day), claim, request, request_digest };
        let mut verdict = gate(&self.policy, &case.facts, &case.request);
        if case.request.run.is_none() || case.request.path.is_none() {
            verdict = verdict.with(Line::deny("request", Code::Request, "No step of a run asks for it."));
        }
        // An approval that comes after its effect was let go asks for nothing any more.
        let cleared = case.claim.as_ref().is_some_and(|c| c.stage == Stage::Cleared);
        if matches!(asker, Asker::Approval { .. }) && verdict.outcome == Outcome::Allow && !cleared {
            verdict = verdict.with(Line::ask("approval", "The flow asks a person first."));
        }
        if asked_of_another && verdict.outcome == Outcome::Allow {
            verdict = verdict
                .with(Line::ask("changed", "What would be done differs from what a person was asked, so they are asked again."));
        }
        let answer = self.answer(&case, out);
        if let Answered::No(line) = &answer {
            verdict = verdict.with(line.clone());
        }
        if verdict.outcome == Outcome::Deny {
            return self.refuse(case, verdict, out);
        }
        let hold = match self.held(&case, out) {
            Ok(hold) => hold,
            Err(line) => return self.refuse(case, verdict.with(line), out),
        };
        match answer {
            Answered::Yes { decisions, surfaces } => self.act(case, verdict, hold, decisions, surfaces, out),
            Answered::NotAsked if verdict.outcome == Outcome::Allow => self.act(case, verdict, hold, Vec::new(), Vec::new(), out),
            // A no was a denial above.
            Answered::NotAsked | Answered::NotYet | Answered::No(_) => self.wait(case, verdict, hold, out),
        }
    }

    /// What the gate would look at for a request that holds nothing yet.
    pub fn facts_for(&self, request: &Request, day: &str) -> Facts {
        self.facts(request, None, day)
    }

    /// The request with what the address book says of its payee, whatever it said itself.
    pub fn completed(&self, mut request: Request) -> Request {
        if let Action::Pay(pay) = &mut request.action {
            let payee = self.payees.get(&pay.payee);
            pay.payee_name = payee.map(|p| p.name.clone()).unwrap_or_default();
            pay.address = payee.and_then(|p| p.addresses.get(&pay.rail)).cloned().unwrap_or_default();
        }
        request
    }

    fn facts(&self, request: &Request, claim: Option<&Claim>, day: &str) -> Facts {
        let mut facts = Facts { paused: self.paused, rails: RAILS, account: None, payee: None, authorised_today: 0 };
        let Action::Pay(pay) = &request.action else { return facts };
        let asset = pay.amount.asset();
        let budget = daily_budget(asset);
        let hold = claim.and_then(|c| c.hold.as_ref()).and_then(|id| self.ledger.hold(id)).filter(|h| h.is_open());
        let account = self.ledger.account(&AccountId::new(pay.account.as_str()));
        facts.account = account.map(|account| {
            // What this payment itself holds is there for it.
            let own = hold.filter(|h| h.reserve.from == account.id).map(|h| h.reserve.amount);
            let available = account.available();
            let available = own.and_then(|own| available.checked_add(own).ok()).unwrap_or(available);
            AccountFacts { own: account.kind == AccountKind::Internal, asset: account.asset, available }
        });
        facts.payee = self.payees.get(&pay.payee).map(|payee| PayeeFacts {
            name: payee.name.clone(),
            address: payee.addresses.get(&pay.rail).cloned(),
            verified: payee.verified.clone(),
        });
        // A hold counts on the day on which it was reserved, even when it is asked about on the next.
        let counted =
            hold.and_then(|h| h.charges.iter().find(|c| c.budget == budget).map(|c| (c.window.as_str(), h.reserve.amount)));
        let (window, own) = counted.map_or((day, 0), |(window, amount)| (window, amount.minor()));
        facts.authorised_today = self.ledger.spent(&budget, window, asset).minor().saturating_sub(own);
        facts
    }

    /// Whether the money that a claim names is still held.
    fn holds_what_it_says(&self, claim: &Claim) -> bool {
        claim.hold.as_ref().is_none_or(|id| self.ledger.hold(id).is_some_and(money::Hold::is_open))
    }

    /// The answer for an effect that has been carried out.
    fn settled(&self, claim: &Claim, request: Request, request_digest: Digest) -> Authorised {
        let asked = |request: &Request| {
            let mut request = request.clone();
            if let Action::Pay(pay) = &mut request.action {
                pay.payee_name.clear();
                pay.address.clear();
            }
            request
        };
        let verdict = claim.verdict.clone().unwrap_or_else(|| Verdict::of(Vec::new(), self.policy.number));
        let (decisions, surfaces) = claim.prompt.as_ref().map(|id| self.approvals(id)).unwrap_or_default();
        let (hold, prompt) = (claim.hold.clone(), claim.prompt.clone());
        // The payee may have another address by now; that doesn't make it another payment.
        if asked(&request) == asked(&claim.request) {
            let (request, request_digest) = (claim.request.clone(), claim.request_digest);
            return Authorised { go: Go::Settled, request, request_digest, verdict, hold, prompt, decisions, surfaces };
        }
        let line = Line::deny("request", Code::Request, "Another payment has been made under its key.");
        let verdict = Verdict::of(vec![line], self.policy.number);
        let (decisions, surfaces) = (Vec::new(), Vec::new());
        Authorised { go: Go::Refused, request, request_digest, verdict, hold: None, prompt: None, decisions, surfaces }
    }

    /// The answer for a request under whose key another one was let go, which may have been sent.
    fn differs(&self, claim: &Claim, request: Request, request_digest: Digest) -> Authorised {
        let line = Line::deny("request", Code::Request, "Something else was let go under its key, and may have been sent.");
        let verdict = Verdict::of(vec![line], self.policy.number);
        let (hold, decisions, surfaces) = (claim.hold.clone(), Vec::new(), Vec::new());
        Authorised { go: Go::Refused, request, request_digest, verdict, hold, prompt: None, decisions, surfaces }
    }

    /// What a person has said of it. Closes its prompt if its time has passed.
    fn answer(&mut self, case: &Case<'_>, out: &mut Vec<Record>) -> Answered {
        let Some(prompt) = case.claim.as_ref().and_then(|c| c.prompt.as_ref()).and_then(|id| self.prompts.get(id)) else {
            return Answered::NotAsked;
        };
        let late = || Answered::No(Line::deny("person", Code::ConsentTimeout, "Nobody answered in time, and that is a no."));
        match prompt.state {
            PromptState::Open if prompt.is_due(case.now) => {
                let id = prompt.id.clone();
                self.close(&id, PromptState::Expired, case.now, out);
                late()
            }
            PromptState::Open => Answered::NotYet,
            PromptState::Expired => late(),
            PromptState::Withdrawn => Answered::NotAsked,
            PromptState::Rejected => {
                let statement = self.decisions(&prompt.id).last().map(|d| &d.statement);
                let said = statement.map(|s| (self.profile_name(&s.profile), s.reason.as_str()));
                let reason = match said {
                    Some((name, "")) => format!("{name} said no."),
                    Some((name, why)) => format!("{name} said no: {why}"),
                    None => "A person said no.".to_owned(),
                };
                Answered::No(Line::deny("person", Code::ConsentDenied, reason))
            }
            PromptState::Approved => {
                // Decisions may come from a store: they are checked where they are relied on.
                let holds = |d: &crate::Decision| {
                    let s = &d.statement;
                    s.answer == Answer::Approve
                        && (s.prompt.as_str(), s.request, s.shown)
                            == (prompt.id.as_str(), case.request_digest, prompt.shown_digest)
                        && self.may_answer(d, prompt.kind).is_ok()
                };
                let decisions = self.decisions(&prompt.id);
                if decisions.is_empty() || !decisions.iter().all(holds) {
                    let reason = "The stored answer is not a person's signed yes to this request.";
                    return Answered::No(Line::deny("person", Code::ConsentDenied, reason));
                }
                let (decisions, surfaces) = self.approvals(&prompt.id);
                Answered::Yes { decisions, surfaces }
            }
        }
    }

    fn approvals(&self, prompt: &str) -> (Vec<Digest>, Vec<String>) {
        self.decisions(prompt).iter().map(|d| (d.digest(), d.statement.surface.clone())).unzip()
    }

    fn profile_name(&self, id: &str) -> String {
        self.profiles.get(id).map_or_else(|| id.to_owned(), |p| p.name.clone())
    }

    /// The open hold of a payment, reserved now where there is none. None: it needs none.
    fn held(&mut self, case: &Case<'_>, out: &mut Vec<Record>) -> Result<Option<HoldId>, Line> {
        let Action::Pay(pay) = &case.request.action else { return Ok(None) };
        if let Some(hold) = case.claim.as_ref().and_then(|c| c.hold.clone()) {
            return Ok(Some(hold));
        }
        let Some(rule) = self.policy.policy.assets.get(&pay.amount.asset()) else {
            return Err(Line::deny("assets", Code::Asset, "The policy has no rules for its asset."));
        };
        let cap = Amount::new(rule.daily_cap, pay.amount.asset());
        let budget = Budget { name: daily_budget(pay.amount.asset()), window: case.day.to_owned(), cap };
        let id = hold_id(&case.request.key, case.claim.as_ref().map_or(0, |c| c.round));
        let to = self.payee_account(pay, case.now, out).map_err(|e| refused_by_ledger(&e))?;
        let reserve = Reserve {
            id: id.clone(),
            from: AccountId::new(pay.account.as_str()),
            to,
            amount: pay.amount,
            memo: pay.purpose.clone().unwrap_or_default(),
            at: case.now,
            // Prompts expire, and give the money back when they do; a hold that is being paid must not.
            expires_at: None,
        };
        // An id that was used before would be answered with the old hold, which may have ended.
        if self.ledger.knows(id.as_str()) {
            return Err(refused_by_ledger(&LedgerError::KeyReused { key: id.to_string() }));
        }
        let outcome = self.ledger.reserve(reserve, &[budget]).map_err(|e| refused_by_ledger(&e))?;
        Self::ledger_did(outcome, out);
        Ok(Some(id))
    }

    /// The payee's account on the rail `credits`, opened where it is not there.
    fn payee_account(&mut self, pay: &Pay, now: i64, out: &mut Vec<Record>) -> Result<AccountId, LedgerError> {
        let id = credits_account(&pay.address, pay.amount.asset());
        if self.ledger.account(&id).is_none() {
            let (name, asset) = (pay.payee_name.clone(), pay.amount.asset());
            let new = NewAccount { id: id.clone(), name, asset, kind: AccountKind::External, at: now };
            Self::ledger_did(self.ledger.open_account(new)?, out);
        }
        Ok(id)
    }

    fn act(
        &mut self,
        case: Case<'_>,
        verdict: Verdict,
        hold: Option<HoldId>,
        decisions: Vec<Digest>,
        surfaces: Vec<String>,
        out: &mut Vec<Record>,
    ) -> Authorised {
        let prompt = case.claim.as_ref().and_then(|c| c.prompt.clone());
        if case.asker == Asker::Effect {
            self.claim_it(&case, Stage::Cleared, hold.clone(), prompt.clone(), Some(verdict.clone()), out);
        }
        let Case { request, request_digest, .. } = case;
        Authorised { go: Go::Act, request, request_digest, verdict, hold, prompt, decisions, surfaces }
    }

    fn wait(&mut self, case: Case<'_>, verdict: Verdict, hold: Option<HoldId>, out: &mut Vec<Record>) -> Authorised {
        let asked = case.claim.as_ref().and_then(|c| c.prompt.clone());
        let prompt = asked.unwrap_or_else(|| {
            let shown = shown(&self.policy, &case.facts, &case.request, &verdict);
            let latest = self.policy.policy.prompts_expire(case.now);
            let expires_at = match case.asker {
                Asker::Approval { expires_at: Some(at) } => at.min(latest),
                Asker::Approval { expires_at: None } | Asker::Effect => latest,
            };
            let new = super::prompts::New {
                kind: PromptKind::Effect,
                run: case.request.run.clone(),
                path: case.request.path.clone(),
                request: Some(case.request.clone()),
                request_digest: case.request_digest,
                shown,
                hold: hold.as_ref().map(ToString::to_string),
                expires_at: Some(expires_at),
            };
            self.open(new, case.now, out)
        });
        self.claim_it(&case, Stage::Waiting, hold.clone(), Some(prompt.clone()), None, out);
        let Case { request, request_digest, .. } = case;
        let (decisions, surfaces) = (Vec::new(), Vec::new());
        Authorised { go: Go::Wait, request, request_digest, verdict, hold, prompt: Some(prompt), decisions, surfaces }
    }

    fn refuse(&mut self, case: Case<'_>, verdict: Verdict, out: &mut Vec<Record>) -> Authorised {
        let Case { request, request_digest, claim, now, .. } = case;
        let was_let_go = claim.as_ref().is_some_and(|c| c.stage == Stage::Cleared);
        let (hold, prompt) = claim.map(|c| (c.hold, c.prompt)).unwrap_or_default();
        let state = prompt.as_ref().and_then(|id| self.prompts.get(id)).map(|p| p.state);
        // A person's no stays with the effect; anything else may be asked anew.
        if !was_let_go && !matches!(state, Some(PromptState::Rejected | PromptState::Expired)) {
            self.let_go(&request.key, now, out);
        }
        let (hold, decisions, surfaces) = (hold.filter(|_| was_let_go), Vec::new(), Vec::new());
        Authorised { go: Go::Refused, request, request_digest, verdict, hold, prompt, decisions, surfaces }
    }

    /// Writes down how far an effect is, where it is worth remembering and has changed.
    fn claim_it(
        &mut self,
        case: &Case<'_>,
        stage: Stage,
        hold: Option<HoldId>,
        prompt: Option<PromptId>,
        verdict: Option<Verdict>,
        out: &mut Vec<Record>,
    ) {
        if hold.is_none() && prompt.is_none() {
            return;
        }
        let round = case.claim.as_ref().map_or(0, |c| c.round);
        let (request, request_digest) = (case.request.clone(), case.request_digest);
        let claim = Claim { request, request_digest, round, stage, hold, prompt, verdict };
        if case.claim.as_ref() != Some(&claim) {
            self.write(Record::Claimed(Box::new(claim)), out);
        }
    }

    /// Gives back what an effect holds, withdraws its open prompt, and makes it begin anew: what was answered counts no more.
    pub(super) fn let_go(&mut self, key: &Digest, now: i64, out: &mut Vec<Record>) {
        let Some(claim) = self.claims.get(key).cloned() else { return };
        if claim.hold.is_none() && claim.prompt.is_none() {
            return;
        }
        if let Some(id) = &claim.prompt
            && self.prompts.get(id).is_some_and(|p| p.state == PromptState::Open)
        {
            self.write(Record::PromptClosed { prompt: id.clone(), state: PromptState::Withdrawn, at: now }, out);
        }
        if let Some(hold) = &claim.hold {
            self.give_back(hold, now, out);
        }
        let anew = Claim { round: claim.round + 1, stage: Stage::Waiting, hold: None, prompt: None, verdict: None, ..claim };
        self.write(Record::Claimed(Box::new(anew)), out);
    }
}

/// One request on its way through.
struct Case<'a> {
    asker: Asker,
    now: i64,
    day: &'a str,
    request: Request,
    request_digest: Digest,
    facts: Facts,
    /// What was under way under its key, for the same request; or begun anew, holding nothing.
    claim: Option<Claim>,
}

/// What a person has said.
enum Answered {
    NotAsked,
    NotYet,
    Yes { decisions: Vec<Digest>, surfaces: Vec<String> },
    No(Line),
}

fn hold_id(key: &Digest, round: u32) -> HoldId {
    let hex = key.to_string();
    let short = &hex[..16];
    HoldId::new(if round == 0 { format!("h-{short}") } else { format!("h-{short}-{round}") })
}

fn refused_by_ledger(error: &LedgerError) -> Line {
    let code = match error {
        LedgerError::BudgetExceeded { .. } => Code::DailyCap,
        LedgerError::Insufficient { .. } => Code::InsufficientFunds,
        LedgerError::UnknownAccount(_) | LedgerError::WrongAsset { .. } | LedgerError::BudgetAsset { .. } => Code::Asset,
        _ => Code::Request,
    };
    Line::deny("ledger", code, format!("The ledger refuses it: {error}."))
}
