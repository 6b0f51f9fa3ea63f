//! The store as the engine sees it.

use std::sync::Arc;

use consent::Prompt;
use engine::{
    Batch, Ending, Journal, JournalError, Path, Recorded, RunId, Stamped,
    journal::{Unfinished, WaitingStep},
};
use flow::{Digest, Flow};
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use crate::{
    Store, StoreError,
    group::Prepared,
    snapshot::get,
    store::run_id,
    writer::{Request, lock},
};

impl Journal for Store {
    fn commit(&self, batch: Batch) -> BoxFuture<'static, Result<Recorded, JournalError>> {
        let (answer, answered) = oneshot::channel();
        // Queued now, so that the order of calls is the order in the journal. The queue has no bound of its own, as nobody could wait
        // here; it holds what runs have not awaited yet.
        let sent = self.0.queue.send(Request::Batch(Box::new(Prepared::of(batch)), answer));
        Box::pin(async move {
            sent.map_err(|_| JournalError::Closed)?;
            answered.await.map_err(|_| JournalError::Closed)?
        })
    }

    fn load(&self, run: &RunId) -> BoxFuture<'_, Result<Vec<Stamped>, JournalError>> {
        let run = run.clone();
        Box::pin(async move {
            if lock(&self.0.broken).contains(&run) {
                // Through the queue, so that what was queued before fails first.
                let (done, mended) = oneshot::channel();
                self.0.queue.send(Request::Mend(run.clone(), done)).map_err(|_| JournalError::Closed)?;
                mended.await.map_err(|_| JournalError::Closed)?;
            }
            Ok(self.events(&run, 0).await?)
        })
    }

    fn flow(&self, digest: Digest) -> BoxFuture<'_, Result<Arc<Flow>, JournalError>> {
        Box::pin(async move { Ok(self.flow_version(digest).await?) })
    }

    fn unfinished(&self) -> BoxFuture<'_, Result<Unfinished, JournalError>> {
        Box::pin(async move { Ok(self.index().await?) })
    }

    fn prompt(&self, id: &str) -> BoxFuture<'_, Result<Option<Prompt>, JournalError>> {
        let id = id.to_owned();
        Box::pin(async move { Ok(self.prompt_by_id(&id).await?) })
    }

    fn ending(&self, run: &RunId) -> BoxFuture<'_, Result<Option<Ending>, JournalError>> {
        let run = run.clone();
        Box::pin(async move { Ok(self.run(&run).await?.and_then(|run| run.state.ending())) })
    }
}

impl Store {
    /// Runs under way, and the whole index of waiting steps: a run under way may wait for people and times as well.
    async fn index(&self) -> Result<Unfinished, StoreError> {
        let failed = |e: sqlx::Error| StoreError::read(&e);
        let mut conn = self.reader().await?;
        let mut unfinished = Unfinished::default();
        let active = sqlx::query("SELECT id FROM runs WHERE state = 'running' ORDER BY id").fetch_all(&mut *conn).await;
        for row in active.map_err(failed)? {
            unfinished.active.push(run_id(get(&row, "id")?));
        }
        for row in
            sqlx::query("SELECT run, path, prompt, due FROM waiting ORDER BY run").fetch_all(&mut *conn).await.map_err(failed)?
        {
            let path = Path::new(get::<&str>(&row, "path")?);
            let (due, prompt) = (get(&row, "due")?, get(&row, "prompt")?);
            unfinished.waiting.push(WaitingStep { run: run_id(get(&row, "run")?), path, due, prompt });
        }
        Ok(unfinished)
    }
}
