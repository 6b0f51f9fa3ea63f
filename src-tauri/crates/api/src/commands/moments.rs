//! A run moment by moment: what happened, and which steps moved by it, from the beginning and then live.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    sync::Arc,
    time::Duration,
};

use engine::{EngineError, Event, Given, GivenFrom, Progress, RunId, Stamped};
use flow::{Value, Values};
use futures_util::{StreamExt as _, stream::BoxStream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::Instant,
};

use crate::{
    ApiError, App, Right, Subscription, Surface,
    commands::{
        replay::Failure,
        run_fold::{Fold, damaged},
        run_info::RunInfo,
        run_words::{self, Level},
        runs,
    },
    text::word,
};

/// The most moments in one item.
const MOST: usize = 500;
/// How long live moments are gathered.
const GATHERED: Duration = Duration::from_millis(16);
/// The longest value, in bytes of JSON, that comes along whole.
const LONGEST: usize = 16 * 1024;
/// The field by which a value that does not come along is known.
const LARGE: &str = "$large";
/// How many characters of it come along.
const PREVIEW: usize = 200;

/// Follows a run moment by moment: what has happened, in batches, then what happens, to its end.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunMoments {
    /// The run's id.
    pub run: String,
    /// The number of the last moment that is known already; only later ones are told.
    #[serde(default)]
    pub after: Option<u64>,
}

/// The next moments of a run.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Moments {
    /// The run after them.
    pub info: RunInfo,
    /// In order; may be empty.
    pub moments: Vec<Moment>,
    /// Steps that began to act. Passing: they may be missed.
    pub acting: Vec<Acting>,
}

/// A step that began to act.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Acting {
    /// The step.
    pub path: String,
    /// Which attempt.
    pub attempt: u32,
}

/// One event of a run's journal. Where every step stands at a moment is what the moments up to it say, the last word about each step.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Moment {
    /// Its number in the run, from 1.
    pub seq: u64,
    /// When it happened, in milliseconds since the epoch.
    pub at: i64,
    /// What kind of event it is, such as `finished`.
    pub event: String,
    /// The step it is about; `None` for the run as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Which attempt of the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// How much it matters.
    pub level: Level,
    /// What happened, in one plain sentence.
    pub text: String,
    /// The steps that it moved, and those that came to be known by it.
    pub steps: Vec<StepMove>,
    /// What the step gave, or at the end the run. A value over 16 KiB comes as `{"$large":{"bytes":…,"preview":…}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeMap<String, Value>>")]
    pub outputs: Option<Values>,
    /// What the run was given when it started, cut in the same way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeMap<String, Value>>")]
    pub inputs: Option<Values>,
    /// What steps give in this run without being carried out, by path, where it started with such.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub given: BTreeMap<String, GivenStep>,
    /// The earlier run that this one goes on from, at its start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The prompt that was opened or answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// How long the attempt took, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_us: Option<u64>,
    /// How the attempt, or the run, failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// A step that is not carried out: what it gives was there before.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GivenStep {
    /// What it gives, cut in the same way.
    #[schemars(with = "BTreeMap<String, Value>")]
    pub outputs: Values,
    /// The earlier run that this is copied from; `None` where it was set by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
}

impl GivenStep {
    fn of(given: &Given) -> Self {
        let run = match &given.from {
            GivenFrom::Run { id } => Some(id.clone()),
            GivenFrom::Hand => None,
        };
        Self { outputs: brief_values(&given.outputs), run }
    }
}

/// A step that stands somewhere else now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepMove {
    /// Its path.
    pub path: String,
    /// `pending`, `running`, `asking`, `sleeping`, `unknown`, `done`, `skipped` or `failed`.
    pub state: String,
}

impl Moment {
    /// The moment of an event, which the fold takes in.
    pub(crate) fn of(fold: &mut Fold, stamped: &Stamped) -> Self {
        let moved = fold.apply(stamped);
        let event = &stamped.event;
        let mut moment = Self {
            seq: stamped.seq,
            at: stamped.at,
            event: event.name().to_owned(),
            path: event.path().map(ToString::to_string),
            attempt: None,
            level: run_words::level(event),
            text: run_words::sentence(event, &fold.name),
            steps: moved.into_iter().map(|moved| StepMove { path: moved.path.to_string(), state: word(&moved.to) }).collect(),
            outputs: None,
            inputs: None,
            given: BTreeMap::new(),
            parent: None,
            prompt: None,
            took_us: None,
            failure: None,
        };
        match event {
            Event::Started { inputs, given, parent, .. } => {
                moment.parent.clone_from(parent);
                moment.inputs = Some(brief_values(inputs));
                moment.given = given.iter().map(|(path, given)| (path.to_string(), GivenStep::of(given))).collect();
            }
            Event::Gated { attempt, prompt, .. } => (moment.attempt, moment.prompt) = (Some(*attempt), prompt.clone()),
            Event::Questioned { prompt, .. } | Event::Replied { prompt, .. } => moment.prompt = Some(prompt.clone()),
            Event::Unknown { path, attempt, error, prompt } => {
                (moment.attempt, moment.prompt) = (Some(*attempt), Some(prompt.clone()));
                moment.failure = Some(Failure::of(path, error));
            }
            Event::Finished { attempt, outputs, took_us, .. } => {
                (moment.attempt, moment.took_us) = (Some(*attempt), Some(*took_us));
                moment.outputs = Some(brief_values(outputs));
            }
            Event::Failed { path, attempt, error, took_us, .. } => {
                (moment.attempt, moment.took_us) = (Some(*attempt), Some(*took_us));
                moment.failure = Some(Failure::of(path, error));
            }
            Event::Ended { outputs, failure, .. } => {
                moment.outputs = Some(brief_values(outputs));
                moment.failure = failure.as_ref().map(|(path, error)| Failure::of(path, error));
            }
            Event::Deferred { attempt, .. } => moment.attempt = Some(*attempt),
            Event::Delayed { .. } | Event::Overdue { .. } | Event::Woke { .. } | Event::Cancelled { .. } => {}
        }
        moment
    }
}

fn brief_values(values: &Values) -> Values {
    values.iter().map(|(port, value)| (port.clone(), brief(value).map_or_else(|| value.clone(), Arc::new))).collect()
}

/// What comes along instead of a value that is too large, or that looks like one that was.
fn brief(value: &Value) -> Option<Value> {
    let mut written = Written::default();
    // Writing to memory does not fail, and a value has a JSON form.
    let _ = serde_json::to_writer(&mut written, value);
    if written.bytes <= LONGEST && value.get(LARGE).is_none() {
        return None;
    }
    let preview: String = match value {
        Value::String(text) => text.chars().take(PREVIEW).collect(),
        _ => String::from_utf8_lossy(&written.head).chars().take(PREVIEW).collect(),
    };
    Some(json!({ LARGE: { "bytes": written.bytes, "preview": preview } }))
}

/// Counts what is written, and keeps its beginning.
#[derive(Default)]
struct Written {
    bytes: usize,
    head: Vec<u8>,
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A character has at most four bytes.
        let missing = (4 * PREVIEW).saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..missing]);
        self.bytes += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Subscription for RunMoments {
    const NAME: &'static str = "run.moments";
    const RIGHT: Right = Right::View;
    const SURFACES: &'static [Surface] = Surface::IN_STUDIO;
    type Item = Moments;

    fn open(self, app: Arc<App>) -> BoxStream<'static, Result<Moments, ApiError>> {
        let opening = async move {
            match Following::begin(app, self).await {
                Ok(following) => futures_util::stream::unfold(following, Following::next).boxed(),
                Err(error) => futures_util::stream::iter([Err(error)]).boxed(),
            }
        };
        futures_util::stream::once(opening).flatten().boxed()
    }
}

struct Following {
    app: Arc<App>,
    run: RunId,
    fold: Fold,
    /// Moments up to this one are known to the reader.
    after: u64,
    /// The number of the last event that came here.
    last: u64,
    /// Events that were not taken in yet.
    events: VecDeque<Stamped>,
    acting: Vec<Acting>,
    /// Whether the reader has got nothing yet.
    fresh: bool,
    committed: broadcast::Receiver<Arc<store::Committed>>,
    progress: broadcast::Receiver<Progress>,
    stopped: broadcast::Receiver<(RunId, EngineError)>,
    /// Why it can't go on, once what came before has been told.
    error: Option<ApiError>,
    /// Whether something was missed, which the journal has.
    behind: bool,
    over: bool,
}

impl Following {
    async fn begin(app: Arc<App>, request: RunMoments) -> Result<Self, ApiError> {
        let run = RunId::from(request.run);
        runs::find(&app, &run).await?;
        let home = app.home()?;
        // Listening begins before reading, so nothing falls between the two; what comes twice is known by its number.
        let (committed, progress, stopped) = (home.store.committed(), home.engine.progress(), home.engine.stopped());
        let events = home.store.events(&run, 0).await?;
        let fold = Fold::begin(&app, &run, events.first().ok_or_else(|| damaged(&run, "is empty"))?).await?;
        let mut following = Self {
            app: Arc::clone(&app),
            run,
            fold,
            after: request.after.unwrap_or(0),
            last: 0,
            events: VecDeque::new(),
            acting: Vec::new(),
            fresh: true,
            committed,
            progress,
            stopped,
            error: None,
            behind: false,
            over: false,
        };
        following.take(events);
        Ok(following)
    }

    async fn next(mut self) -> Option<(Result<Moments, ApiError>, Self)> {
        loop {
            let moments = self.moments();
            if !moments.is_empty() || !self.acting.is_empty() || (self.fresh && self.events.is_empty()) {
                self.fresh = false;
                let acting = std::mem::take(&mut self.acting);
                return Some((Ok(Moments { info: self.fold.info(), moments, acting }), self));
            }
            if !self.events.is_empty() {
                // Much is known to the reader already.
                tokio::task::yield_now().await;
            } else if let Some(error) = self.error.take() {
                self.over = true;
                return Some((Err(error), self));
            } else if self.over || self.fold.is_over() {
                return None;
            } else {
                self.gather().await;
            }
        }
    }

    /// Takes in the next events, and gives the moments that the reader does not know.
    fn moments(&mut self) -> Vec<Moment> {
        let batch: Vec<_> = self.events.drain(..self.events.len().min(MOST)).collect();
        let mut moments = Vec::with_capacity(batch.len());
        for stamped in batch {
            if stamped.seq > self.after {
                moments.push(Moment::of(&mut self.fold, &stamped));
            } else {
                self.fold.apply(&stamped);
            }
        }
        moments
    }

    /// Waits for something to happen, and a little longer for what happens with it.
    async fn gather(&mut self) {
        let mut until = None;
        while self.events.len() < MOST && !self.over && self.error.is_none() {
            match until {
                None => self.hear().await,
                Some(until) => {
                    if tokio::time::timeout_at(until, self.hear()).await.is_err() {
                        return;
                    }
                }
            }
            if std::mem::take(&mut self.behind) {
                match self.read_again().await {
                    Ok(events) => self.take(events),
                    Err(error) => self.error = Some(error),
                }
            }
            if until.is_none() && !(self.events.is_empty() && self.acting.is_empty()) {
                until = Some(Instant::now() + GATHERED);
            }
        }
    }

    /// Takes in the next thing that is said. May be given up while it waits, and loses nothing.
    async fn hear(&mut self) {
        tokio::select! {
            biased;
            committed = self.committed.recv() => match committed {
                Ok(committed) => {
                    let ours = committed.events.iter().filter(|(run, _)| *run == self.run).map(|(_, event)| event.clone()).collect();
                    self.take(ours);
                }
                Err(RecvError::Lagged(_)) => self.behind = true,
                Err(RecvError::Closed) => self.over = true,
            },
            acting = self.progress.recv() => match acting {
                Ok(acting) if acting.run == self.run => {
                    self.acting.push(Acting { path: acting.path.to_string(), attempt: acting.attempt });
                }
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => self.over = true,
            },
            // What was written before it stopped has come by now.
            stopped = self.stopped.recv() => match stopped {
                Ok((run, error)) if run == self.run => self.error = Some(error.into()),
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => self.over = true,
            },
        }
    }

    async fn read_again(&self) -> Result<Vec<Stamped>, ApiError> {
        Ok(self.app.home()?.store.events(&self.run, self.last).await?)
    }

    /// Keeps what is new among events, in order.
    fn take(&mut self, events: Vec<Stamped>) {
        for stamped in events {
            if stamped.seq > self.last {
                self.last = stamped.seq;
                self.events.push_back(stamped);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn large_values_come_as_their_size_and_beginning() {
        let long = "é".repeat(20_000);
        assert_eq!(brief(&json!(long)).unwrap(), json!({ "$large": { "bytes": 40_002, "preview": "é".repeat(200) } }));
        let list = json!(vec!["é"; 10_000]);
        let large = brief(&list).unwrap();
        assert_eq!(large["$large"]["bytes"], list.to_string().len());
        assert_eq!(large["$large"]["preview"], list.to_string().chars().take(200).collect::<String>());
        assert_eq!(brief(&json!("a".repeat(LONGEST - 2))), None);
        assert!(brief(&json!("a".repeat(LONGEST - 1))).is_some());
        assert_eq!(brief(&json!({ "$large": 1 })).unwrap(), json!({ "$large": { "bytes": 12, "preview": "{\"$large\":1}" } }));
    }
}
