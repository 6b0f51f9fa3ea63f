//! The list of runs, live.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use engine::{RunId, Stamped};
use futures_util::{StreamExt as _, stream::BoxStream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::RunFilter;
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::Instant,
};

use crate::{ApiError, App, Right, Subscription, Surface, commands::run_info::RunInfo};

/// How many runs the first item has at most.
const NEWEST: u32 = 100;
/// How long changes are gathered.
const GATHERED: Duration = Duration::from_millis(100);

/// Follows the list of runs: the newest first, then those that change.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchRuns {}

/// Runs that are new or have changed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct RunChanges {
    /// They, the newest first.
    pub runs: Vec<RunInfo>,
    /// The ids of runs that are not listed any more.
    pub removed: Vec<String>,
    /// Whether these are the newest 100, in place of all that was told before.
    pub whole: bool,
}

impl Subscription for WatchRuns {
    const NAME: &'static str = "runs.changes";
    const RIGHT: Right = Right::View;
    const SURFACES: &'static [Surface] = Surface::IN_STUDIO;
    type Item = RunChanges;

    fn open(self, app: Arc<App>) -> BoxStream<'static, Result<RunChanges, ApiError>> {
        let following = match app.home() {
            Ok(home) => Following {
                committed: home.store.committed(),
                removing: app.book().removing(),
                changed: BTreeMap::new(),
                removed: BTreeSet::new(),
                whole: true,
                over: false,
                app: Arc::clone(&app),
            },
            Err(error) => return futures_util::stream::iter([Err(error)]).boxed(),
        };
        futures_util::stream::unfold(following, Following::next).boxed()
    }
}

struct Following {
    app: Arc<App>,
    committed: broadcast::Receiver<Arc<store::Committed>>,
    removing: broadcast::Receiver<Vec<String>>,
    /// Runs in which something happened, with that.
    changed: BTreeMap<RunId, Vec<Stamped>>,
    removed: BTreeSet<String>,
    /// Whether everything is to be told anew: at the beginning, and when something was missed.
    whole: bool,
    over: bool,
}

impl Following {
    async fn next(mut self) -> Option<(Result<RunChanges, ApiError>, Self)> {
        if !self.whole {
            self.gather().await;
        }
        if self.over {
            return None;
        }
        let changes = if self.whole { self.all().await } else { self.changes().await };
        self.over = changes.is_err();
        Some((changes, self))
    }

    async fn all(&mut self) -> Result<RunChanges, ApiError> {
        self.whole = false;
        let (app, book) = (&*self.app, self.app.book());
        let without = book.removed(app)?.into_iter().collect();
        let runs = app.home()?.store.find_runs(&RunFilter { without, ..RunFilter::default() }, NEWEST).await?;
        Ok(RunChanges { runs: book.infos(app, runs).await?, removed: Vec::new(), whole: true })
    }

    async fn changes(&mut self) -> Result<RunChanges, ApiError> {
        let mut runs = Vec::with_capacity(self.changed.len());
        for (run, news) in std::mem::take(&mut self.changed).into_iter().rev() {
            runs.push(self.app.book().heard(&self.app, &run, &news).await?);
        }
        Ok(RunChanges { runs, removed: std::mem::take(&mut self.removed).into_iter().collect(), whole: false })
    }

    /// Waits for a change, and a little longer for those that come with it.
    async fn gather(&mut self) {
        let mut until = None;
        while !self.whole && !self.over {
            match until {
                None => self.hear().await,
                Some(until) => {
                    if tokio::time::timeout_at(until, self.hear()).await.is_err() {
                        return;
                    }
                }
            }
            if until.is_none() && !(self.changed.is_empty() && self.removed.is_empty()) {
                until = Some(Instant::now() + GATHERED);
            }
        }
    }

    /// Takes in the next thing that is said. May be given up while it waits, and loses nothing.
    async fn hear(&mut self) {
        tokio::select! {
            committed = self.committed.recv() => match committed {
                Ok(committed) => {
                    for (run, stamped) in &committed.events {
                        self.changed.entry(run.clone()).or_default().push(stamped.clone());
                    }
                }
                Err(RecvError::Lagged(_)) => self.miss(),
                Err(RecvError::Closed) => self.over = true,
            },
            removed = self.removing.recv() => match removed {
                Ok(removed) => self.removed.extend(removed),
                Err(RecvError::Lagged(_)) => self.miss(),
                Err(RecvError::Closed) => self.over = true,
            },
        }
    }

    fn miss(&mut self) {
        self.whole = true;
        self.changed.clear();
        self.removed.clear();
    }
}
