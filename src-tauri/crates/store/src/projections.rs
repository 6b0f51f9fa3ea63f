//! The rows that follow from the links of the audit chain. The writer writes them; `verify` makes them again and compares.

use consent::{Authority, Prompt, PromptState, Record};
use money::{Account, Hold, HoldState, Usage};

use crate::{
    audit::Link,
    changes::Changes,
    json,
    table::{Cell, Of, Row, minor},
};

/// The text that a unit variant is written as.
pub(crate) fn word<T: serde::Serialize>(value: &T) -> String {
    json(value).trim_matches('"').to_owned()
}

/// Adds the rows that a link changes. The authority is as it is after the link, or after later ones of the same operation.
pub(crate) fn project(link: &Link, at: i64, authority: &Authority, changes: &mut Changes) {
    match link {
        Link::Began { workspace } => changes.new_row(Of::Workspace, vec![workspace.as_str().into(), at.into()]),
        Link::Authority { record } => record_rows(record, authority, changes),
        Link::SecretPut { name, hosts, place } => {
            changes
                .put(Of::Secrets, vec![name.as_str().into(), json(hosts).into(), at.into(), place.as_str().into(), Cell::Null]);
        }
        Link::SecretRemoved { name } => changes.delete(Of::Secrets, vec![name.as_str().into()]),
        // Flows have columns that are not in the chain but whose digests are; runs are derived from their journals.
        Link::FlowStored { .. } | Link::FlowLaidOut { .. } | Link::Heads { .. } => {}
    }
}

fn record_rows(record: &Record, authority: &Authority, changes: &mut Changes) {
    match record {
        Record::PolicyInForce(version) => {
            let number = i64::try_from(version.number).unwrap_or(i64::MAX);
            changes.new_row(Of::Policies, vec![number.into(), version.since.into(), version.digest.into(), json(version).into()]);
        }
        Record::Paused { paused, by, at } => {
            changes.put(Of::Switch, vec!["kill".into(), (*paused).into(), by.as_str().into(), (*at).into()]);
        }
        Record::PayeePut { payee, at } => {
            changes.put(Of::Payees, vec![payee.id.as_str().into(), payee.name.as_str().into(), (*at).into(), json(payee).into()]);
        }
        Record::PayeeRemoved { id, .. } => changes.delete(Of::Payees, vec![id.as_str().into()]),
        Record::ProfileAdded(profile) => {
            changes.new_row(Of::Profiles, vec![profile.id.as_str().into(), profile.added_at.into(), json(profile).into()]);
        }
        Record::Ledger(record) => ledger_rows(record, authority, changes),
        Record::PromptOpened(prompt) => changes.new_row(Of::Prompts, prompt_row(prompt)),
        Record::PromptClosed { prompt, state, at } => prompt_ends(prompt, *state, *at, authority, changes),
        Record::Decided(decision) => {
            let said = &decision.statement;
            let nth = authority.decisions(&said.prompt).iter().position(|d| d == decision).unwrap_or_default();
            let nth = i64::try_from(nth).unwrap_or(i64::MAX);
            changes.new_row(
                Of::Decisions,
                vec![
                    decision.digest().into(),
                    said.prompt.as_str().into(),
                    nth.into(),
                    said.profile.as_str().into(),
                    word(&said.answer).into(),
                    said.at.into(),
                    json(decision).into(),
                ],
            );
            prompt_ends(&said.prompt, PromptState::after(said.answer), said.at, authority, changes);
        }
        Record::Claimed(claim) => {
            let run = claim.request.run.as_deref();
            changes.put(Of::Claims, vec![claim.request.key.into(), run.into(), json(claim).into()]);
        }
        Record::RunEnded { run, .. } => changes.forgotten.push(run.clone()),
    }
}

/// A prompt's row when it is opened. Its body stays as it is then; the state is in columns.
fn prompt_row(prompt: &Prompt) -> Row {
    vec![
        prompt.id.as_str().into(),
        word(&prompt.kind).into(),
        prompt.run.as_deref().into(),
        prompt.path.as_deref().into(),
        prompt.opened_at.into(),
        prompt.expires_at.into(),
        word(&prompt.state).into(),
        Cell::Null,
        true.into(),
        json(prompt).into(),
    ]
}

fn prompt_ends(id: &str, state: PromptState, at: i64, authority: &Authority, changes: &mut Changes) {
    let mut columns = vec![("state", word(&state).into()), ("ended_at", at.into())];
    // Those without a run are forgotten at once; those of a run that ends, with the run.
    if authority.prompt(id).is_none() {
        columns.push(("live", false.into()));
    }
    changes.patch(Of::Prompts, vec![id.into()], &columns);
}

fn ledger_rows(record: &money::Record, authority: &Authority, changes: &mut Changes) {
    let rows = authority.ledger().rows(record);
    rows.accounts.into_iter().for_each(|account| changes.put(Of::Accounts, account_row(account)));
    rows.usage.iter().for_each(|usage| changes.put(Of::Usage, usage_row(usage)));
    match (record, rows.hold) {
        (money::Record::Transferred(t), _) => {
            let row = transfer_row(t.id.as_str(), (t.from.as_str(), t.to.as_str()), t.amount, &t.memo, t.at, false);
            changes.new_row(Of::Transfers, row);
        }
        (money::Record::Reserved { .. }, Some(hold)) => changes.new_row(Of::Holds, hold_row(hold)),
        (money::Record::Posted { amount, at, .. }, Some(hold)) => {
            let r = &hold.reserve;
            let row = transfer_row(r.id.as_str(), (r.from.as_str(), r.to.as_str()), *amount, &r.memo, *at, true);
            changes.new_row(Of::Transfers, row);
            changes.put(Of::Holds, hold_row(hold));
        }
        (_, Some(hold)) => changes.put(Of::Holds, hold_row(hold)),
        (_, None) => {}
    }
}

fn account_row(account: &Account) -> Row {
    vec![
        account.id.as_str().into(),
        account.name.as_str().into(),
        account.asset.code().into(),
        word(&account.kind).into(),
        account.opened_at.into(),
        minor(account.posted),
        minor(account.held),
        minor(account.incoming),
    ]
}

fn usage_row(usage: &Usage) -> Row {
    let (budget, window) = (usage.charge.budget.as_str(), usage.charge.window.as_str());
    vec![budget.into(), window.into(), usage.asset.code().into(), minor(usage.posted), minor(usage.held)]
}

fn transfer_row(id: &str, (from, to): (&str, &str), amount: money::Amount, memo: &str, at: i64, of_hold: bool) -> Row {
    let asset = amount.asset().code();
    vec![id.into(), from.into(), to.into(), asset.into(), minor(amount.minor()), memo.into(), at.into(), of_hold.into()]
}

fn hold_row(hold: &Hold) -> Row {
    let r = &hold.reserve;
    let (state, taken, ended_at) = match hold.state {
        HoldState::Open => ("open", None, None),
        HoldState::Posted { amount, at } => ("posted", Some(amount.minor()), Some(at)),
        HoldState::Voided { at } => ("voided", None, Some(at)),
        HoldState::Expired { at } => ("expired", None, Some(at)),
    };
    vec![
        r.id.as_str().into(),
        r.from.as_str().into(),
        r.to.as_str().into(),
        r.amount.asset().code().into(),
        minor(r.amount.minor()),
        r.memo.as_str().into(),
        r.at.into(),
        r.expires_at.into(),
        json(&hold.charges).into(),
        state.into(),
        taken.map_or(Cell::Null, minor),
        ended_at.into(),
    ]
}
