//! The links of effects: request, verdict, decisions, hold, transfer and receipt must name each other by digest, and be there.

use std::{collections::HashMap, sync::Arc};

use consent::{Action, Answer, Confirmed, Outcome, Pay, Receipt, Request, Verdict};
use engine::{Event, Gate, Reply};
use flow::{Digest, Values};
use serde::Deserialize as _;

use super::{Report, chain::Chain};
use crate::table::{Cell, Of, minor};

/// What the gate let the steps of a run do last, by step.
#[derive(Default)]
pub(super) struct Gated(HashMap<String, Granted>);

struct Granted {
    request: Arc<Request>,
    digest: Digest,
    verdict: Arc<Verdict>,
    hold: Option<String>,
    prompt: Option<String>,
    decisions: Vec<Digest>,
    surfaces: Vec<String>,
}

/// Checks what an event refers to.
pub(super) fn check(gated: &mut Gated, chain: &Chain, event: &Event, place: &str, report: &mut Report) {
    match event {
        Event::Gated { path, target, request, request_digest, verdict, gate, hold, prompt, decisions, surfaces, .. } => {
            report.count("verdicts of the gate", 1);
            report.expect(request.digest() == *request_digest, place, || {
                "its request is not the one that its digest names".to_owned()
            });
            if let Some(prompt) = prompt {
                asks_for(chain, prompt, *request_digest, place, report);
            }
            approved(chain, prompt.as_deref(), *request_digest, decisions, surfaces, place, report);
            if *gate == Gate::Act && target.is_none() {
                let asked = verdict.outcome == Outcome::Ask && !decisions.is_empty();
                report.expect(asked || verdict.outcome == Outcome::Allow, place, || {
                    "the step may act, and neither the gate nor a person said so".to_owned()
                });
                if let Action::Pay(pay) = &request.action {
                    report.expect(hold.as_deref().is_some_and(|id| holds(chain, id, pay, None)), place, || {
                        "nothing is held for its payment, or not its amount".to_owned()
                    });
                }
                let (request, verdict) = (request.clone(), verdict.clone());
                let (hold, prompt, decisions, surfaces) = (hold.clone(), prompt.clone(), decisions.clone(), surfaces.clone());
                let granted = Granted { request, digest: *request_digest, verdict, hold, prompt, decisions, surfaces };
                gated.0.insert(path.as_str().to_owned(), granted);
            }
        }
        Event::Replied { prompt, reply, decision, by, .. } => {
            report.expect(chain.prompts.contains_key(prompt), place, || format!("prompt {prompt} was never opened"));
            let answered = match (reply, decision) {
                (Reply::Answered(answer), Some(decision)) => chain.decisions.get(decision).is_some_and(|d| {
                    let said = &d.statement;
                    said.prompt == *prompt && said.answer == *answer && by.as_ref().is_none_or(|by| said.profile == *by)
                }),
                (Reply::Answered(_), None) | (_, Some(_)) => false,
                (Reply::Expired | Reply::Withdrawn, None) => true,
            };
            report.expect(answered, place, || format!("no decision answers prompt {prompt} so"));
        }
        Event::Questioned { prompt, .. } | Event::Unknown { prompt, .. } => {
            report.expect(chain.prompts.contains_key(prompt), place, || format!("prompt {prompt} was never opened"));
        }
        Event::Finished { path, outputs, .. } => {
            if let Some(granted) = gated.0.remove(path.as_str())
                && let Action::Pay(pay) = &granted.request.action
            {
                paid(chain, &granted, pay, outputs, place, report);
            }
        }
        _ => {}
    }
}

fn asks_for(chain: &Chain, prompt: &str, request: Digest, place: &str, report: &mut Report) {
    let found = chain.prompts.get(prompt).is_some_and(|p| p.request_digest == request);
    report.expect(found, place, || format!("prompt {prompt} does not ask for its request"));
}

fn approved(
    chain: &Chain,
    prompt: Option<&str>,
    request: Digest,
    decisions: &[Digest],
    surfaces: &[String],
    place: &str,
    report: &mut Report,
) {
    for (at, digest) in decisions.iter().enumerate() {
        let said = chain.decisions.get(digest).map(|d| &d.statement);
        let is = said.is_some_and(|s| s.answer == Answer::Approve && s.request == request && Some(s.prompt.as_str()) == prompt);
        report.expect(is, place, || format!("decision {digest} is not a yes to its request"));
        let surface = said.is_some_and(|s| surfaces.get(at) == Some(&s.surface));
        report.expect(surface, place, || format!("decision {digest} was given in another way than it says"));
    }
}

/// Whether a hold is for this payment, and in this state where one is given.
fn holds(chain: &Chain, id: &str, pay: &Pay, state: Option<&str>) -> bool {
    let (table, key) = (Of::Holds.table(), vec![id.into()]);
    chain.image.0[Of::Holds as usize].get(&key).is_some_and(|row| {
        row[table.at("payer")] == Cell::from(pay.account.as_str())
            && row[table.at("asset")] == Cell::from(pay.amount.asset().code())
            && row[table.at("minor")] == minor(pay.amount.minor())
            && state.is_none_or(|state| row[table.at("state")] == Cell::from(state))
    })
}

/// Whether a transfer is this payment.
fn transferred(chain: &Chain, id: &str, pay: &Pay) -> bool {
    let (table, key) = (Of::Transfers.table(), vec![id.into()]);
    let to = consent::credits_account(&pay.address, pay.amount.asset());
    chain.image.0[Of::Transfers as usize].get(&key).is_some_and(|row| {
        row[table.at("payer")] == Cell::from(pay.account.as_str())
            && row[table.at("payee")] == Cell::from(to.as_str())
            && row[table.at("asset")] == Cell::from(pay.amount.asset().code())
            && row[table.at("minor")] == minor(pay.amount.minor())
    })
}

/// A payment's step has finished: its money moved, and its receipt says what happened.
fn paid(chain: &Chain, granted: &Granted, pay: &Pay, outputs: &Values, place: &str, report: &mut Report) {
    report.count("payments", 1);
    let hold = granted.hold.as_deref().unwrap_or_default();
    report.expect(holds(chain, hold, pay, Some("posted")), place, || format!("hold {hold} was not posted"));
    report.expect(transferred(chain, hold, pay), place, || format!("no transfer {hold} of {} is in the ledger", pay.amount));
    for (_, value) in outputs.iter() {
        let Ok(receipt) = Receipt::deserialize(&**value) else { continue };
        report.count("receipts", 1);
        let mut link = |holds: bool, what: &str| report.expect(holds, place, || format!("the receipt names another {what}"));
        link(receipt.request.digest() == granted.digest && receipt.request_digest == granted.digest, "request");
        link(receipt.verdict == granted.verdict, "verdict");
        link(receipt.prompt == granted.prompt, "prompt");
        link(receipt.decisions == granted.decisions, "decision");
        link(receipt.surfaces == granted.surfaces, "way in which it was decided");
        link(receipt.hold == hold, "hold");
        link(receipt.transfer == hold, "transfer");
        let confirms = |by: &Confirmed| {
            chain.decisions.get(&by.decision).is_some_and(|d| {
                d.statement.answer == Answer::Happened
                    && d.statement.request == granted.digest
                    && *by == Confirmed::by(&d.statement.profile, by.decision, by.at)
            })
        };
        link(receipt.confirmed.as_ref().is_none_or(confirms), "confirmation");
    }
}
