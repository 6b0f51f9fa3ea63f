//! Changes of the workspace that no run makes. Each is one transaction through the writer.

use std::sync::Arc;

use consent::{Decision, Payee, Policy, Profile, Prompt, PromptId, Verdict};
use flow::{Digest, Flow};
use money::{AccountId, Amount, Asset, TransferId};

use crate::{Store, StoreError, audit::Link, json, table::Of, writer::Lookup};

impl Store {
    /// Adds a payee, or changes the one with its id.
    pub async fn put_payee(&self, payee: Payee) -> Result<(), StoreError> {
        self.change(Lookup::Nothing, |group, at, _| {
            group.change(at, |a, out| a.put_payee(payee, at, out)).map_err(StoreError::refused)
        })
        .await
    }

    /// Removes a payee.
    pub async fn remove_payee(&self, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.change(Lookup::Nothing, move |group, at, _| {
            group.change(at, |a, out| a.remove_payee(&id, at, out)).map_err(StoreError::refused)
        })
        .await
    }

    /// Opens an account of this workspace. Opening it again as it is changes nothing.
    pub async fn open_account(&self, id: AccountId, name: &str, asset: Asset) -> Result<(), StoreError> {
        let name = name.to_owned();
        let change = move |group: &mut crate::group::Group<'_>, at, _| {
            group.change(at, |a, out| a.open_account(id, &name, asset, at, out)).map_err(StoreError::refused)
        };
        self.change(Lookup::Nothing, change).await
    }

    /// Brings money from outside to an account of this workspace. The id is the idempotency key: asking again moves nothing again.
    pub async fn fund(&self, id: TransferId, to: AccountId, amount: Amount, memo: &str) -> Result<(), StoreError> {
        let memo = memo.to_owned();
        self.change(Lookup::Transfer(id.clone()), move |group, at, found| {
            let fund = |a: &mut consent::Authority, out: &mut Vec<consent::Record>| {
                if let Some(transfer) = found.transfer {
                    a.remember_transfer(transfer);
                }
                a.fund(id, &to, amount, &memo, at, out)
            };
            group.change(at, fund).map_err(StoreError::refused)
        })
        .await
    }

    /// Sets or releases the kill switch.
    pub async fn set_paused(&self, paused: bool, by: &str) -> Result<(), StoreError> {
        let by = by.to_owned();
        self.change(Lookup::Nothing, move |group, at, _| {
            group.change(at, |a, out| a.set_paused(paused, &by, at, out));
            Ok(())
        })
        .await
    }

    /// Asks whether a policy may come in force. Approving the prompt puts it in force.
    pub async fn propose_policy(&self, policy: Policy) -> Result<(PromptId, Verdict), StoreError> {
        self.change(Lookup::Nothing, |group, at, _| {
            group.change(at, |a, out| a.propose_policy(policy, at, out)).map_err(StoreError::refused)
        })
        .await
    }

    /// Takes an answer to a prompt for which no run waits. Answers to a run's prompts go through its batches, so that the run hears.
    pub async fn decide(&self, decision: Decision) -> Result<Prompt, StoreError> {
        self.change(Lookup::Nothing, |group, at, _| {
            let prompt = &decision.statement.prompt;
            if let Some(run) = group.state.authority.prompt(prompt).and_then(|p| p.run.as_deref()) {
                return Err(StoreError::Refused(format!("run {run} waits for prompt {prompt}; answer it through the run")));
            }
            group.change(at, |a, out| a.decide(decision, at, out)).map_err(StoreError::refused)
        })
        .await
    }

    /// Closes the prompts whose time has passed and for which no run waits, as nobody else would.
    pub async fn expire_proposals(&self) -> Result<(), StoreError> {
        self.change(Lookup::Nothing, |group, at, _| {
            let due = |p: &Prompt| p.run.is_none() && p.expires_at.is_some_and(|expires| expires <= at);
            if group.state.authority.open_prompts().any(due) {
                group.change(at, |a, out| a.expire(at, out));
            }
            Ok(())
        })
        .await
    }

    /// Adds a profile. Its key is the public one.
    pub async fn add_profile(&self, profile: Profile) -> Result<(), StoreError> {
        self.change(Lookup::Nothing, |group, at, _| {
            group.change(at, |a, out| a.add_profile(profile, out)).map_err(StoreError::refused)
        })
        .await
    }

    /// Stores a version of a flow, under the digest of its logic; its layout is kept beside it. Storing it again as it is writes nothing.
    pub async fn put_flow(&self, flow: &Flow) -> Result<Digest, StoreError> {
        let digest = flow::logic_digest(flow);
        let layout = json(&flow.layout);
        let stored = self.0.flows.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(&digest).cloned();
        if stored.is_some_and(|stored| stored.layout == flow.layout) {
            return Ok(digest);
        }
        let logic = flow::write(&Flow { layout: flow::Layout::default(), ..flow.clone() });
        let (id, name) = (flow.id.clone(), flow.name.clone());
        let change = move |group: &mut crate::group::Group<'_>, at: i64, found: crate::writer::Found| {
            let drawn = Digest::of_bytes(layout.as_bytes());
            match found.layout {
                Some(same) if same == layout => {}
                Some(_) => {
                    group.link(at, &Link::FlowLaidOut { digest, layout: drawn });
                    group.changes.patch(Of::Flows, vec![digest.into()], &[("layout", layout.into())]);
                }
                None => {
                    group.link(at, &Link::FlowStored { digest, id: id.clone(), name: name.clone(), layout: drawn });
                    group
                        .changes
                        .new_row(Of::Flows, vec![digest.into(), id.into(), name.into(), logic.into(), layout.into(), at.into()]);
                }
            }
            Ok(())
        };
        self.change(Lookup::Flow(digest), change).await?;
        self.0.flows.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(digest, Arc::new(flow.clone()));
        Ok(digest)
    }

    /// Keeps bytes, and gives their digest. Keeping them again writes nothing.
    pub async fn put_blob(&self, bytes: Vec<u8>) -> Result<Digest, StoreError> {
        let digest = Digest::of_bytes(&bytes);
        match self.blob(digest).await {
            Ok(_) => return Ok(digest),
            Err(StoreError::Unknown { .. }) => {}
            Err(other) => return Err(other),
        }
        self.change(Lookup::Nothing, move |group, _, _| {
            group.changes.blobs.push((digest, bytes));
            Ok(digest)
        })
        .await
    }
}
