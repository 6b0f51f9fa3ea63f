//! The audit chain, link by link, and the state that it leads to.

use std::collections::HashMap;

use consent::{Authority, Decision, Prompt, PromptKind, Record, Role};
use engine::RunId;
use flow::Digest;
use futures_util::TryStreamExt as _;
use sqlx::SqliteConnection;

use super::Report;
use crate::{
    audit::{self, Head, Link},
    changes::{Changes, Image},
    projections::project,
    table::{Cell, Row, cells},
};

/// What the audit chain says.
#[derive(Default)]
pub(super) struct Chain {
    pub(super) authority: Authority,
    /// The derived rows that follow from it.
    pub(super) image: Image,
    /// All prompts there ever were, as they were opened.
    pub(super) prompts: HashMap<String, Prompt>,
    /// All decisions, by digest.
    pub(super) decisions: HashMap<Digest, Decision>,
    /// The heads of runs: number and hash.
    pub(super) heads: HashMap<RunId, Vec<(u64, Digest)>>,
    /// Versions of flows.
    pub(super) flows: HashMap<Digest, StoredFlow>,
}

/// A version of a flow, as the chain has it.
pub(super) struct StoredFlow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) layout: Digest,
    pub(super) at: i64,
}

/// Follows the chain. Where it breaks, what comes after is still followed as far as it makes sense.
pub(super) async fn walk(conn: &mut SqliteConnection, report: &mut Report) -> Chain {
    let mut chain = Chain::default();
    let mut head = Head::default();
    let mut rows = sqlx::query("SELECT seq, at, kind, body, hash FROM audit ORDER BY seq").fetch(conn);
    loop {
        match rows.try_next().await {
            Ok(Some(row)) => match cells(&row) {
                Ok(row) => link(&mut chain, &mut head, row, report),
                Err(error) => report.unread("audit", &error),
            },
            Ok(None) => break,
            Err(error) => {
                report.unread("audit", &error);
                break;
            }
        }
    }
    report.count("links of the audit chain", u64::try_from(head.seq).unwrap_or(0));
    report.expect(chain.image.0.first().is_some_and(|workspace| workspace.len() == 1), "audit", || {
        "it does not begin with the workspace's beginning".to_owned()
    });
    if let Err(damage) = chain.authority.ledger().check() {
        report.problem("audit", format!("it leads to a ledger that can't be: {damage}"));
    }
    chain
}

fn link(chain: &mut Chain, head: &mut Head, row: Row, report: &mut Report) {
    let place = format!("audit, link {}", head.seq + 1);
    let [Cell::Int(seq), Cell::Int(at), Cell::Text(kind), Cell::Text(body), Cell::Blob(hash)] = row.as_slice() else {
        return report.problem(place, "a column holds what it can't hold");
    };
    report.expect(*seq == head.seq + 1, &place, || format!("its number is {seq}; a link is missing or was put in"));
    let computed = audit::hash(&head.hash, *seq, *at, kind, body);
    report.expect(hash == computed.bytes(), &place, || {
        "its hash does not cover it and the link before it: one of them was changed".to_owned()
    });
    // Goes on from what it says, so that one change is reported once.
    let said = <[u8; 32]>::try_from(hash.as_slice()).map_or(computed, Digest::from_bytes);
    *head = Head { seq: *seq, hash: said };
    let link = match serde_json::from_str::<Link>(body) {
        Ok(link) => link,
        Err(error) => return report.problem(place, format!("its body can't be read: {error}")),
    };
    report.expect(link.kind() == kind, &place, || format!("its kind is {kind}, and its body says {}", link.kind()));
    follow(chain, link, *at, &place, report);
}

fn follow(chain: &mut Chain, link: Link, at: i64, place: &str, report: &mut Report) {
    if let Link::Authority { record } = &link {
        if let Record::Decided(decision) = record {
            signed(chain, decision, place, report);
        }
        if let Err(error) = chain.authority.apply(record) {
            return report.problem(place, error.to_string());
        }
        match record {
            Record::PromptOpened(prompt) => {
                report.count("prompts", 1);
                report.expect(prompt.is_whole(), place, || format!("prompt {} is not the one that its digests name", prompt.id));
                chain.prompts.insert(prompt.id.clone(), (**prompt).clone());
            }
            Record::Decided(decision) => {
                report.count("decisions and their signatures", 1);
                chain.decisions.insert(decision.digest(), decision.clone());
            }
            _ => {}
        }
    }
    let mut changes = Changes::default();
    project(&link, at, &chain.authority, &mut changes);
    chain.image.absorb(changes);
    match link {
        Link::Heads { heads } => {
            for (run, seq, hash) in heads {
                chain.heads.entry(run).or_default().push((seq, hash));
            }
        }
        Link::FlowStored { digest, id, name, layout } => drop(chain.flows.insert(digest, StoredFlow { id, name, layout, at })),
        Link::FlowLaidOut { digest, layout } => match chain.flows.get_mut(&digest) {
            Some(flow) => flow.layout = layout,
            None => report.problem(place, format!("it lays out flow {digest}, which was not stored before")),
        },
        Link::Began { .. } | Link::Authority { .. } | Link::SecretPut { .. } | Link::SecretRemoved { .. } => {}
    }
}

/// Whether a decision was made by a profile that could make it, as the profiles were then.
fn signed(chain: &Chain, decision: &Decision, place: &str, report: &mut Report) {
    let said = &decision.statement;
    let Some(profile) = chain.authority.profile(&said.profile) else {
        return report.problem(place, format!("profile {} answered, which is not there", said.profile));
    };
    let holds = profile.verifying_key().is_ok_and(|key| decision.verify(&key).is_ok());
    report.expect(holds, place, || format!("the signature of {} does not hold", said.profile));
    let policy = chain.prompts.get(&said.prompt).is_some_and(|prompt| prompt.kind == PromptKind::Policy);
    let role = if policy { Role::Owner } else { Role::Approver };
    report.expect(profile.roles.contains(&role), place, || format!("profile {} may not answer this", said.profile));
}
