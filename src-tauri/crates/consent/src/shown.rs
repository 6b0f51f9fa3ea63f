//! What an approver sees, made from the request, the verdict and the facts.

use flow::Effect;
use money::Amount;

use crate::{Action, Call, Fact, Facts, FileAccess, Pay, PolicyVersion, Request, Risk, Shown, Verdict, Verified, gate::points};

const ADDRESS_BOOK: &str = "address book";
const LEDGER: &str = "ledger";
const POLICY: &str = "policy";
const FLOW: &str = "flow";
const SPOKEN: &str = "spoken";
const RISK: &str = "risk score";

/// What an approver is to see of a request: the same request, verdict, facts and policy show the same.
///
/// Texts that came from flows, agents or speech have their control characters written out, so that they can't move a terminal's cursor or
/// turn a line's direction.
pub fn shown(policy: &PolicyVersion, facts: &Facts, request: &Request, verdict: &Verdict) -> Shown {
    let mut list = List::default();
    match &request.action {
        Action::Pay(pay) => pay_facts(&mut list, policy, facts, pay),
        Action::Call(call) => call_facts(&mut list, call),
        Action::File(file) => {
            list.add("File", &file.path, FLOW);
            if let Some(bytes) = file.bytes {
                list.add("What is written", &format!("SHA-256 {bytes}"), FLOW);
            }
        }
        Action::ChangePolicy { to, .. } => {
            let changes = policy.policy.changes_to(to);
            if changes.is_empty() {
                list.add("Change", "none", POLICY);
            }
            for change in changes {
                list.add("Change", &change, POLICY);
            }
        }
    }
    if let (Some(run), Some(path)) = (&request.run, &request.path) {
        list.add("Asked by", &format!("step {path} of run {run}"), FLOW);
    }
    list.add("Why you are asked", &verdict.reason, POLICY);
    list.add("Policy", &format!("{}, version {}", policy.policy.name, policy.number), POLICY);
    Shown { sentence: sentence(request), facts: list.0, verdict: Some(verdict.clone()) }
}

/// What a request would do, in one sentence without a full stop: "Send 25.00 USD to Alice Chen".
pub fn sentence(request: &Request) -> String {
    plain(&match &request.action {
        Action::Pay(pay) => format!("Send {} to {}", pay.amount, pay.payee_name),
        Action::Call(Call { effect: Effect::Read, method, host, port, .. }) => format!("Read from {host}:{port} ({method})"),
        Action::Call(Call { method, host, port, .. }) => format!("Send a {method} to {host}:{port}"),
        Action::File(FileAccess { effect: Effect::Read, path, .. }) => format!("Read the file {path}"),
        Action::File(FileAccess { path, .. }) => format!("Write the file {path}"),
        Action::ChangePolicy { from, to } => format!("Put the policy {:?} in force in place of version {from}", to.name),
    })
}

fn pay_facts(list: &mut List, policy: &PolicyVersion, facts: &Facts, pay: &Pay) {
    list.add("Payee", &format!("{} ({})", pay.payee_name, pay.payee), ADDRESS_BOOK);
    let verified = facts.payee.as_ref().and_then(|payee| payee.verified.as_ref());
    list.add("Address checked", &verified.map_or_else(|| "never".to_owned(), checked), ADDRESS_BOOK);
    list.add("Address", &format!("{} on {}", pay.address, pay.rail), ADDRESS_BOOK);
    list.add("Amount", &pay.amount.to_string(), FLOW);
    if let Some(purpose) = &pay.purpose {
        list.add("Purpose", purpose, if pay.heard.is_some() { SPOKEN } else { FLOW });
    }
    if let Some(heard) = &pay.heard {
        list.add("Heard", &format!("\"{}\"", heard.text), SPOKEN);
        list.add("Heard with", &crate::gate::percent(heard.confidence_milli), SPOKEN);
    }
    if let Some(risk) = &pay.risk {
        risk_facts(list, risk);
    }
    if let Some(account) = facts.account {
        let after = account.available.checked_sub(pay.amount).map_or_else(|_| "unknown".to_owned(), |after| after.to_string());
        list.add("Balance", &format!("{}: {} → {after}", pay.account, account.available), LEDGER);
    }
    if let Some(rule) = policy.policy.assets.get(&pay.amount.asset()) {
        let amount = |minor| Amount::new(minor, pay.amount.asset());
        let spent = amount(facts.authorised_today);
        let after = spent.checked_add(pay.amount).map_or_else(|_| "unknown".to_owned(), |after| after.to_string());
        list.add("Spent today", &format!("{spent} → {after} of {}", amount(rule.daily_cap)), LEDGER);
    }
}

fn risk_facts(list: &mut List, risk: &Risk) {
    list.add("Risk", &format!("{} of 10", points(risk.score10_tenths)), RISK);
    for factor in &risk.factors {
        list.add("Risk", &format!("{}, {}: {}", factor.name, points(factor.tenths), factor.reason), RISK);
    }
}

fn call_facts(list: &mut List, call: &Call) {
    list.add("Address", &call.url, FLOW);
    list.add("Method", &call.method, FLOW);
    list.add("What is sent", &format!("SHA-256 {}", call.body), FLOW);
    for secret in &call.secrets {
        list.add("Secret sent along", secret, FLOW);
    }
}

fn checked(verified: &Verified) -> String {
    let day = jiff::Timestamp::from_millisecond(verified.at)
        .map_or_else(|_| "an unknown day".to_owned(), |at| at.strftime("%Y-%m-%d").to_string());
    format!("by {} on {day} (UTC)", verified.by)
}

impl Shown {
    /// The same with characters that aren't seen written out, in all that isn't the gate's own word.
    pub(crate) fn plain(mut self) -> Self {
        self.sentence = plain(&self.sentence);
        for fact in &mut self.facts {
            fact.label = plain(&fact.label);
            fact.value = plain(&fact.value);
            fact.source = plain(&fact.source);
        }
        self
    }
}

#[derive(Default)]
struct List(Vec<Fact>);

impl List {
    fn add(&mut self, label: &str, value: &str, source: &str) {
        self.0.push(Fact { label: label.to_owned(), value: plain(value), source: source.to_owned() });
    }
}

/// The text with characters that are not seen, or that change how others are seen, written out.
pub(crate) fn plain(text: &str) -> String {
    let unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    };
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if unseen(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}
