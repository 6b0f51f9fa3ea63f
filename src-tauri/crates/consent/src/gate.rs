//! The gate: the one function that every effect passes.

use flow::Effect;
use money::{Amount, Asset};

use crate::{
    Action, AssetRule, Call, Code, FileAccess, Folders, Line, Pay, Payees, Policy, PolicyVersion, Request, Verdict, Verified,
    folders, hosts,
};

/// What the gate looks at besides the policy: the workspace as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Whether the kill switch is set.
    pub paused: bool,
    /// The rails there are.
    pub rails: &'static [&'static str],
    /// The account that a payment names, if it is there.
    pub account: Option<AccountFacts>,
    /// The payee that a payment names, if it is in the address book.
    pub payee: Option<PayeeFacts>,
    /// What is reserved or paid already under the day's cap, without this payment's own hold, in minor units of the payment's asset.
    pub authorised_today: i128,
}

/// An account, as far as the gate looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountFacts {
    /// Whether it holds money of this workspace (and isn't an account of the outside).
    pub own: bool,
    /// What it holds.
    pub asset: Asset,
    /// What can be spent, this payment's own hold included.
    pub available: Amount,
}

/// A payee, as far as the gate looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayeeFacts {
    /// Its name.
    pub name: String,
    /// Its address on the payment's rail, if it has one.
    pub address: Option<String>,
    /// Who made sure of the address.
    pub verified: Option<Verified>,
}

/// What the policy in force says of a request under these facts.
///
/// Every rule that can be looked at has a line, in a fixed order. The first that denies decides, else the first that asks; what no rule
/// speaks of is denied.
pub fn gate(policy: &PolicyVersion, facts: &Facts, request: &Request) -> Verdict {
    let mut lines = match &request.action {
        Action::Pay(pay) => pay_lines(&policy.policy, facts, pay),
        Action::Call(call) => call_lines(&policy.policy, facts, call),
        Action::File(file) => file_lines(&policy.policy, facts, file),
        Action::ChangePolicy { from, to } => vec![change_line(policy, *from, to)],
    };
    lines.extend(by_hand_line(request));
    Verdict::of(lines, policy.number)
}

/// What changes something outside does not rest on values set by hand unless a person says so.
fn by_hand_line(request: &Request) -> Option<Line> {
    let changes = match &request.action {
        Action::Call(Call { effect, .. }) | Action::File(FileAccess { effect, .. }) => *effect != Effect::Read,
        Action::Pay(_) | Action::ChangePolicy { .. } => true,
    };
    if request.by_hand.is_empty() || !changes {
        return None;
    }
    let steps = request.by_hand.join(", ");
    Some(Line::ask("by_hand", format!("Values in this run were set by hand ({steps}), so it needs a person's yes.")))
}

fn pay_lines(policy: &Policy, facts: &Facts, pay: &Pay) -> Vec<Line> {
    let mut lines = Vec::with_capacity(14);
    let rule = policy.assets.get(&pay.amount.asset());
    lines.push(paused_line(facts));
    lines.push(amount_line(pay.amount));
    lines.push(account_line(facts, pay));
    lines.push(asset_line(rule, pay.amount.asset()));
    lines.push(rail_line(facts, pay));
    lines.push(payee_line(facts, pay));
    lines.push(allowlist_line(policy, pay));
    if let Some(rule) = rule {
        lines.push(max_line(rule, pay.amount));
        lines.push(cap_line(rule, facts, pay.amount));
    }
    lines.extend(confidence_line(policy, pay));
    lines.extend(risk_line(policy, pay));
    lines.extend(funds_line(facts, pay));
    lines.extend(rule.map(|rule| threshold_line(rule, pay.amount)));
    lines.extend(spoken_line(policy, pay));
    lines.push(real_money_line(pay));
    lines
}

fn paused_line(facts: &Facts) -> Line {
    if facts.paused {
        Line::deny("paused", Code::Paused, "Payments and writes are switched off.")
    } else {
        Line::allow("paused", "Payments and writes are switched on.")
    }
}

/// The switch stops what changes something; reads go on.
fn paused_for(effect: Effect, facts: &Facts) -> Line {
    match effect {
        Effect::Read if facts.paused => Line::allow("paused", "Payments and writes are switched off; reads go on."),
        _ => paused_line(facts),
    }
}

fn amount_line(amount: Amount) -> Line {
    if amount.is_positive() {
        Line::allow("amount", format!("{amount} is above zero."))
    } else {
        Line::deny("amount", Code::Request, format!("{amount} can't be paid; the amount must be above zero."))
    }
}

fn account_line(facts: &Facts, pay: &Pay) -> Line {
    let Pay { account, amount, .. } = pay;
    let deny = |reason| Line::deny("account", Code::Asset, reason);
    match facts.account {
        None => deny(format!("There is no account {account}.")),
        Some(found) if !found.own => deny(format!("{account} is not an account of this workspace, so nothing is paid from it.")),
        Some(found) if found.asset != amount.asset() => {
            deny(format!("{account} holds {}, so {amount} can't be paid from it; nothing is converted by itself.", found.asset))
        }
        Some(found) => Line::allow("account", format!("{account} is an account of this workspace and holds {}.", found.asset)),
    }
}

fn asset_line(rule: Option<&AssetRule>, asset: Asset) -> Line {
    match rule {
        Some(_) => Line::allow("assets", format!("The policy has rules for {asset}.")),
        None => Line::deny("assets", Code::Asset, format!("The policy has no rules for {asset}.")),
    }
}

fn rail_line(facts: &Facts, pay: &Pay) -> Line {
    if facts.rails.contains(&pay.rail.as_str()) {
        Line::allow("rails", format!("The rail {} is there.", pay.rail))
    } else {
        Line::deny("rails", Code::Rail, format!("There is no rail {:?}; there is {}.", pay.rail, facts.rails.join(", ")))
    }
}

fn payee_line(facts: &Facts, pay: &Pay) -> Line {
    let deny = |code, reason| Line::deny("payee", code, reason);
    let Some(payee) = &facts.payee else {
        return deny(Code::UnknownPayee, format!("The address book has nobody with the id {:?}.", pay.payee));
    };
    let Some(address) = &payee.address else {
        return deny(Code::UnknownPayee, format!("The address book has no address of {} on the rail {}.", payee.name, pay.rail));
    };
    if (&pay.payee_name, &pay.address) != (&payee.name, address) {
        let reason = format!("The request says {} at {}; the address book says otherwise.", pay.payee_name, pay.address);
        return deny(Code::Request, reason);
    }
    Line::allow("payee", format!("{} is in the address book, with the address {address} on {}.", payee.name, pay.rail))
}

fn allowlist_line(policy: &Policy, pay: &Pay) -> Line {
    match &policy.payees {
        Payees::AddressBook => Line::allow("payees", "Everybody in the address book may be paid."),
        Payees::Only(ids) if ids.contains(&pay.payee) => {
            Line::allow("payees", format!("{} is one of the {} payees that the policy names.", pay.payee, ids.len()))
        }
        Payees::Only(ids) => {
            let reason = format!("{} is not one of the {} payees that the policy names.", pay.payee, ids.len());
            Line::deny("payees", Code::Allowlist, reason)
        }
    }
}

fn max_line(rule: &AssetRule, amount: Amount) -> Line {
    let most = Amount::new(rule.max_per_payment, amount.asset());
    if amount.minor() <= rule.max_per_payment {
        Line::allow("max_per_payment", format!("{amount} is within the most for one payment, {most}."))
    } else {
        Line::deny("max_per_payment", Code::MaxTx, format!("{amount} is more than the most for one payment, {most}."))
    }
}

fn cap_line(rule: &AssetRule, facts: &Facts, amount: Amount) -> Line {
    let cap = Amount::new(rule.daily_cap, amount.asset());
    let spent = Amount::new(facts.authorised_today, amount.asset());
    match spent.checked_add(amount) {
        Ok(after) if after.minor() <= rule.daily_cap => Line::allow(
            "daily_cap",
            format!("With {spent} of the day, {amount} makes {after}, within the cap for one day, {cap}."),
        ),
        _ => Line::deny(
            "daily_cap",
            Code::DailyCap,
            format!("With {spent} of the day, {amount} is over the cap for one day, {cap}."),
        ),
    }
}

fn confidence_line(policy: &Policy, pay: &Pay) -> Option<Line> {
    let heard = pay.heard.as_ref()?;
    let (is, least) = (percent(heard.confidence_milli), percent(policy.min_confidence_milli));
    Some(if heard.confidence_milli >= policy.min_confidence_milli {
        Line::allow("min_confidence", format!("It was heard with {is}; {least} is enough."))
    } else {
        Line::deny("min_confidence", Code::Confidence, format!("It was heard with {is} only; {least} is needed."))
    })
}

fn risk_line(policy: &Policy, pay: &Pay) -> Option<Line> {
    let risk = pay.risk.as_ref()?;
    let (is, most) = (points(risk.score10_tenths), points(policy.max_risk_tenths));
    Some(if risk.score10_tenths <= policy.max_risk_tenths {
        Line::allow("max_risk", format!("The risk is {is} of 10, within the most allowed, {most}."))
    } else {
        let worst = risk.factors.first().map(|f| format!(" Most of it is {}: {}", f.name, f.reason)).unwrap_or_default();
        Line::deny("max_risk", Code::Fraud, format!("The risk is {is} of 10, above the most allowed, {most}.{worst}"))
    })
}

fn funds_line(facts: &Facts, pay: &Pay) -> Option<Line> {
    let available = facts.account?.available;
    let Pay { account, amount, .. } = pay;
    match amount.compare(available).ok()? {
        std::cmp::Ordering::Greater => Some(Line::deny(
            "funds",
            Code::InsufficientFunds,
            format!("{account} has {available} available, and {amount} is more."),
        )),
        _ => Some(Line::allow("funds", format!("{account} has {available} available, enough for {amount}."))),
    }
}

fn threshold_line(rule: &AssetRule, amount: Amount) -> Line {
    let from = Amount::new(rule.ask_from, amount.asset());
    if amount.minor() >= rule.ask_from {
        Line::ask("ask_from", format!("{amount} needs a person's yes, as does every payment from {from} on."))
    } else {
        Line::allow("ask_from", format!("{amount} is below {from}, from where on a person must say yes."))
    }
}

fn spoken_line(policy: &Policy, pay: &Pay) -> Option<Line> {
    pay.heard.as_ref()?;
    Some(if policy.ask_when_spoken {
        Line::ask("ask_when_spoken", "It was spoken, and every spoken payment needs a person's yes.")
    } else {
        Line::allow("ask_when_spoken", "It was spoken, and the policy lets that be enough.")
    })
}

fn real_money_line(pay: &Pay) -> Line {
    if pay.rail == CREDITS {
        Line::allow("real_money", "The rail credits moves no real money.")
    } else {
        Line::ask("real_money", format!("The rail {} moves real money, and every such payment needs a person's yes.", pay.rail))
    }
}

/// The rail of the embedded ledger.
pub(crate) const CREDITS: &str = "credits";

fn call_lines(policy: &Policy, facts: &Facts, call: &Call) -> Vec<Line> {
    let place = format!("{}:{}", call.host, call.port);
    let mut lines = Vec::with_capacity(3);
    lines.push(paused_for(call.effect, facts));
    if hosts::url_names(&call.url, &call.host, call.port) {
        lines.push(Line::allow("url", format!("The address names {place} and no user.")));
    } else {
        lines.push(Line::deny("url", Code::Request, format!("The address {} doesn't name {place}, or names a user.", call.url)));
    }
    lines.push(host_line(policy, call, &place));
    lines
}

fn host_line(policy: &Policy, call: &Call, place: &str) -> Line {
    let found = |list| hosts::find(list, &call.host, call.port);
    let lists = &policy.hosts;
    match call.effect {
        Effect::Read => match found(&lists.read) {
            Some(pattern) => Line::allow("hosts.read", format!("Steps may read from {place}, by {pattern}.")),
            None => Line::deny("hosts.read", Code::Allowlist, not_listed("read from", place)),
        },
        // Where both lists name it, the stricter one holds.
        Effect::Write => match (found(&lists.ask), found(&lists.write)) {
            (Some(pattern), _) => Line::ask("hosts.ask", format!("Sending to {place} needs a person's yes, by {pattern}.")),
            (None, Some(pattern)) => Line::allow("hosts.write", format!("Steps may send to {place}, by {pattern}.")),
            (None, None) => Line::deny("hosts.write", Code::Allowlist, not_listed("send to", place)),
        },
        Effect::Pure | Effect::Spend => {
            Line::deny("hosts", Code::Request, "A call reads or writes; this one says that it does something else.")
        }
    }
}

fn not_listed(what: &str, place: &str) -> String {
    format!(
        "The policy names no host that steps may {what} by which {place} is meant; without a port a pattern means 80 and 443."
    )
}

fn file_lines(policy: &Policy, facts: &Facts, file: &FileAccess) -> Vec<Line> {
    let FileAccess { effect, path, .. } = file;
    let plain = match folders::is_plain(path) {
        true => Line::allow("path", format!("{path} is a path from the root.")),
        false => Line::deny("path", Code::Request, format!("{path} is no plain path from the root.")),
    };
    vec![paused_for(*effect, facts), plain, folder_line(&policy.folders, *effect, path)]
}

fn folder_line(lists: &Folders, effect: Effect, path: &str) -> Line {
    let not_listed = |what: &str| format!("The policy names no folder that steps may {what} in by which {path} is meant.");
    match effect {
        Effect::Read => match folders::find(&lists.read, path) {
            Some(folder) => Line::allow("folders.read", format!("Steps may read in {folder}.")),
            None => Line::deny("folders.read", Code::Allowlist, not_listed("read")),
        },
        // Where both lists name it, the stricter one holds.
        Effect::Write => match (folders::find(&lists.ask, path), folders::find(&lists.write, path)) {
            (Some(folder), _) => Line::ask("folders.ask", format!("Writing in {folder} needs a person's yes.")),
            (None, Some(folder)) => Line::allow("folders.write", format!("Steps may write in {folder}.")),
            (None, None) => Line::deny("folders.write", Code::Allowlist, not_listed("write")),
        },
        Effect::Pure | Effect::Spend => {
            Line::deny("folders", Code::Request, "A file is read or written; this says that it does something else.")
        }
    }
}

fn change_line(policy: &PolicyVersion, from: u64, to: &Policy) -> Line {
    let problems = to.problems();
    if from != policy.number {
        let reason = format!("It was proposed when version {from} was in force; now it is version {}.", policy.number);
        Line::deny("policy", Code::Request, reason)
    } else if problems.is_empty() {
        Line::ask("policy", "Another policy needs a person's yes.")
    } else {
        Line::deny("policy", Code::Request, format!("The policy makes no sense: {}.", problems.join("; ")))
    }
}

/// Thousandths as a percentage: `94.2 %`.
pub(crate) fn percent(milli: u16) -> String {
    format!("{}.{} %", milli / 10, milli % 10)
}

/// Tenths as points: `2.1`.
pub(crate) fn points(tenths: u16) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}
