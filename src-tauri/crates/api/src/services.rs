//! What node kinds need of a workspace.

use std::sync::Arc;

use engine::StepError;
use flow::Digest;
use futures_util::{FutureExt as _, future::BoxFuture};
use money::Asset;
use nodes::{AddressBook, Files, History, Payee, PaymentHistory, Secret, Secrets, Services};
use store::{Store, StoreError};

use crate::speech::Speech;

/// The account that is paid from where a flow names none.
pub const USUAL_ACCOUNT: &str = "operations";

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The services that node kinds use, over a workspace's store.
pub fn services(store: &Store, speech: Arc<Speech>) -> Services {
    let workspace = Arc::new(Workspace { store: store.clone() });
    Services {
        account: USUAL_ACCOUNT.to_owned(),
        program: Some(speech.program().to_owned()),
        transcriber: speech,
        files: workspace.clone(),
        addresses: workspace.clone(),
        history: workspace.clone(),
        secrets: workspace,
    }
}

struct Workspace {
    store: Store,
}

fn failed(error: StoreError) -> StepError {
    StepError::new("STORE", error.to_string(), "Run `assent verify`.").retryable()
}

impl Files for Workspace {
    fn get(&self, digest: Digest) -> BoxFuture<'_, Result<Arc<[u8]>, StepError>> {
        async move { self.store.blob(digest).await.map_err(failed) }.boxed()
    }

    fn put(&self, bytes: Arc<[u8]>) -> BoxFuture<'_, Result<Digest, StepError>> {
        async move { self.store.put_blob(bytes.to_vec()).await.map_err(failed) }.boxed()
    }
}

impl AddressBook for Workspace {
    fn payees(&self) -> BoxFuture<'_, Result<Vec<Payee>, StepError>> {
        async move {
            let payees = self.store.payees().await.map_err(failed)?;
            let payee = |p: consent::Payee| Payee { id: p.id, name: p.name, aliases: p.aliases, verified: p.verified.is_some() };
            Ok(payees.into_iter().map(payee).collect())
        }
        .boxed()
    }
}

impl History for Workspace {
    fn payments<'a>(
        &'a self,
        account: &'a str,
        payee: &'a str,
        asset: Asset,
        now: i64,
    ) -> BoxFuture<'a, Result<PaymentHistory, StepError>> {
        async move {
            let payees = self.store.payees().await.map_err(failed)?;
            let address =
                payees.into_iter().find(|known| known.id == payee).and_then(|mut known| known.addresses.remove("credits"));
            let mut history = PaymentHistory::default();
            if let Some(address) = address {
                history.to_payee = self.store.times_paid(account, &address, now).await.map_err(failed)?;
            }
            let since = now - 90 * DAY_MS + 1;
            for paid in self.store.paid_from(account, since).await.map_err(failed)?.iter().filter(|paid| paid.at <= now) {
                history.last_hour += u32::from(paid.at > now - HOUR_MS);
                history.last_day += u32::from(paid.at > now - DAY_MS);
                if paid.amount.asset() == asset {
                    history.in_asset += 1;
                    history.sum = history.sum.saturating_add(paid.amount.minor());
                    history.largest = history.largest.max(paid.amount.minor());
                }
            }
            Ok(history)
        }
        .boxed()
    }
}

impl Secrets for Workspace {
    fn reveal<'a>(&'a self, name: &'a str, host: &'a str) -> BoxFuture<'a, Result<Secret, StepError>> {
        async move {
            let value = self.store.secret_get(name, host).await;
            let value = value.map_err(|error| StepError::new("SECRET", error.to_string(), "Set it with `assent secret set`."))?;
            Ok(Secret::new(name, &**value))
        }
        .boxed()
    }
}
