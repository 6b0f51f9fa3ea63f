//! Following a run: a snapshot, then every event after it, in order.

use std::{collections::VecDeque, sync::Arc};

use engine::{EngineError, Event, Progress, RunId, Stamped};
use futures_util::{StreamExt as _, stream::BoxStream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::{
    ApiError, App, Right, Subscription,
    commands::replay::{self, RunState},
};

/// Follows a run to its end.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchRun {
    /// The run's id.
    pub run: String,
    /// The number of the last event that is known already; then there is no snapshot, only what came after it.
    #[serde(default)]
    pub after: Option<u64>,
    /// Whether runs that were left unfinished are taken up, where that has not been done.
    #[serde(default)]
    pub take_up: bool,
}

/// Something about a run that is followed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RunNews {
    /// Where it stands; events go on from its number.
    Snapshot(Box<RunState>),
    /// The next event of the journal; it is on disk.
    Event {
        /// Its number in the run, from 1.
        seq: u64,
        /// When it happened, in milliseconds since the epoch.
        at: i64,
        /// What happened.
        #[schemars(with = "serde_json::Value")]
        event: Event,
    },
    /// A step began to act. Passing: it is not journalled, and may be missed.
    Acting {
        /// The step.
        path: String,
        /// Which attempt.
        attempt: u32,
    },
}

impl From<Stamped> for RunNews {
    fn from(stamped: Stamped) -> Self {
        Self::Event { seq: stamped.seq, at: stamped.at, event: stamped.event }
    }
}

impl Subscription for WatchRun {
    const NAME: &'static str = "runs.watch";
    const RIGHT: Right = Right::Create;
    type Item = RunNews;

    fn open(self, app: Arc<App>) -> BoxStream<'static, Result<RunNews, ApiError>> {
        let opening = async move {
            match Watching::begin(app, self).await {
                Ok(watching) => futures_util::stream::unfold(watching, Watching::next).boxed(),
                Err(error) => futures_util::stream::iter([Err(error)]).boxed(),
            }
        };
        futures_util::stream::once(opening).flatten().boxed()
    }
}

struct Watching {
    app: Arc<App>,
    run: RunId,
    /// The number of the last event that was given.
    last: u64,
    ended: bool,
    news: VecDeque<RunNews>,
    committed: broadcast::Receiver<Arc<store::Committed>>,
    progress: broadcast::Receiver<Progress>,
    stopped: broadcast::Receiver<(RunId, EngineError)>,
}

impl Watching {
    async fn begin(app: Arc<App>, request: WatchRun) -> Result<Self, ApiError> {
        let run = RunId::from(request.run);
        if request.take_up {
            app.go_on().await?;
        }
        let home = app.home()?;
        // Listening begins before reading, so nothing falls between the two; what comes twice is known by its number.
        let (committed, progress, stopped) = (home.store.committed(), home.engine.progress(), home.engine.stopped());
        let events = replay::events(&app, &run).await?;
        let news = VecDeque::new();
        let mut watching = Self { run, last: 0, ended: false, news, committed, progress, stopped, app: Arc::clone(&app) };
        match request.after {
            Some(after) => {
                watching.last = after;
                // A run that ended with the last known event has nothing more to tell.
                watching.ended = events.iter().any(|event| event.seq <= after && matches!(event.event, Event::Ended { .. }));
                watching.take(events);
            }
            None => {
                let state = replay::state(&app, &watching.run, &events, true).await?;
                watching.last = state.seq;
                watching.ended = state.ending.is_some();
                watching.news.push_back(RunNews::Snapshot(Box::new(state)));
            }
        }
        Ok(watching)
    }

    async fn next(mut self) -> Option<(Result<RunNews, ApiError>, Self)> {
        loop {
            if let Some(news) = self.news.pop_front() {
                return Some((Ok(news), self));
            }
            if self.ended {
                return None;
            }
            tokio::select! {
                biased;
                committed = self.committed.recv() => match committed {
                    Ok(committed) => {
                        let ours: Vec<_> = committed.events.iter().filter(|(run, _)| *run == self.run).map(|(_, event)| event.clone()).collect();
                        self.take(ours);
                    }
                    // Fallen behind: the journal has all of it.
                    Err(RecvError::Lagged(_)) => match self.read_again().await {
                        Ok(()) => {}
                        Err(error) => return self.fail(error),
                    },
                    Err(RecvError::Closed) => return None,
                },
                acting = self.progress.recv() => match acting {
                    Ok(acting) if acting.run == self.run => {
                        self.news.push_back(RunNews::Acting { path: acting.path.to_string(), attempt: acting.attempt });
                    }
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                },
                // What was written before it stopped has come by now.
                stopped = self.stopped.recv() => match stopped {
                    Ok((run, error)) if run == self.run => return self.fail(error.into()),
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }

    async fn read_again(&mut self) -> Result<(), ApiError> {
        let app = Arc::clone(&self.app);
        let events = app.home()?.store.events(&self.run, self.last).await?;
        self.take(events);
        Ok(())
    }

    fn fail(mut self, error: ApiError) -> Option<(Result<RunNews, ApiError>, Self)> {
        self.ended = true;
        Some((Err(error), self))
    }

    /// Takes in what is new among events, in order.
    fn take(&mut self, events: Vec<Stamped>) {
        for stamped in events {
            if stamped.seq > self.last {
                self.last = stamped.seq;
                self.ended |= matches!(stamped.event, Event::Ended { .. });
                self.news.push_back(stamped.into());
            }
        }
    }
}
