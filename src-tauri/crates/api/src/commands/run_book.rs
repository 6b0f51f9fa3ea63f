//! What is known of runs, so that a list of them does not fold their journals each time: a run that ended never changes, and of one that
//! goes on only what is new is taken in.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use engine::{RunId, Stamped};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

use crate::{
    ApiError, App,
    commands::{run_fold::Fold, run_info::RunInfo},
    library::files,
};

/// So many runs are known at most; the oldest go first.
const MOST_KNOWN: usize = 20_000;
/// So many runs are kept folded; the one that was looked at longest ago goes first.
const MOST_FOLDED: usize = 32;

/// What is known of runs.
pub(crate) struct Book {
    known: Mutex<BTreeMap<RunId, Known>>,
    folded: Mutex<VecDeque<Fold>>,
    removed: Mutex<Option<Removed>>,
    removing: broadcast::Sender<Vec<String>>,
}

/// A run, after one of its events.
struct Known {
    seq: u64,
    info: RunInfo,
}

/// Runs that are not listed any more: a file in the workspace's folder `studio`.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Removed {
    runs: BTreeSet<String>,
}

impl Default for Book {
    fn default() -> Self {
        let (removing, _) = broadcast::channel(64);
        Self { known: Mutex::default(), folded: Mutex::default(), removed: Mutex::default(), removing }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Book {
    /// What is known of these runs, brought up to date. One that can't be folded is told as far as the store's list knows it.
    pub(crate) async fn infos(&self, app: &App, runs: Vec<store::Run>) -> Result<Vec<RunInfo>, ApiError> {
        let unsure: Vec<_> = runs.iter().filter(|run| self.ended(&run.id).is_none()).map(|run| run.id.clone()).collect();
        let heads: HashMap<_, _> = app.home()?.store.heads(&unsure).await?.into_iter().collect();
        let mut infos = Vec::with_capacity(runs.len());
        for run in runs {
            let known = self.ended(&run.id).or_else(|| self.at(&run.id, *heads.get(&run.id)?));
            let info = match known {
                Some(info) => info,
                None => self.heard(app, &run.id, &[]).await?,
            };
            infos.push(info);
        }
        Ok(infos)
    }

    /// What is known of a run in which these events have just happened.
    pub(crate) async fn heard(&self, app: &App, run: &RunId, news: &[Stamped]) -> Result<RunInfo, ApiError> {
        match self.advance(app, run, news).await {
            Ok(info) => Ok(info),
            Err(error) => Ok(RunInfo::bare(super::runs::find(app, run).await?, error.message)),
        }
    }

    async fn advance(&self, app: &App, run: &RunId, news: &[Stamped]) -> Result<RunInfo, ApiError> {
        let kept = {
            let mut folded = lock(&self.folded);
            let at = folded.iter().position(|fold| fold.machine.run() == run);
            at.and_then(|at| folded.remove(at))
        };
        let fold = match (kept, news.first()) {
            (None, Some(first)) if first.seq == 1 => {
                let mut fold = Fold::begin(app, run, first).await?;
                fold.take(news);
                fold
            }
            (None, _) => Fold::load(app, run).await?,
            (Some(mut fold), Some(first)) if first.seq <= fold.seq + 1 => {
                fold.take(news);
                fold
            }
            (Some(mut fold), _) => {
                fold.take(&app.home()?.store.events(run, fold.seq).await?);
                fold
            }
        };
        let info = fold.info();
        self.learn(run, Known { seq: fold.seq, info: info.clone() });
        if !fold.is_over() {
            let mut folded = lock(&self.folded);
            // Somebody else may have folded the same run meanwhile.
            folded.retain(|other| other.machine.run() != run);
            folded.push_back(fold);
            if folded.len() > MOST_FOLDED {
                folded.pop_front();
            }
        }
        Ok(info)
    }

    fn learn(&self, run: &RunId, now: Known) {
        let mut known = lock(&self.known);
        if known.get(run).is_none_or(|before| before.seq < now.seq) {
            known.insert(run.clone(), now);
        }
        if known.len() > MOST_KNOWN {
            known.pop_first();
        }
    }

    fn ended(&self, run: &RunId) -> Option<RunInfo> {
        lock(&self.known).get(run).filter(|known| known.info.ended_at.is_some()).map(|known| known.info.clone())
    }

    fn at(&self, run: &RunId, seq: u64) -> Option<RunInfo> {
        lock(&self.known).get(run).filter(|known| known.seq == seq).map(|known| known.info.clone())
    }

    /// The runs that are not listed any more.
    pub(crate) fn removed(&self, app: &App) -> Result<BTreeSet<String>, ApiError> {
        Ok(known_removed(&mut lock(&self.removed), app)?.runs.clone())
    }

    /// Takes runs off the list, for good.
    pub(crate) fn remove(&self, app: &App, runs: Vec<String>) -> Result<(), ApiError> {
        {
            let mut removed = lock(&self.removed);
            let mut now = known_removed(&mut removed, app)?.clone();
            now.runs.extend(runs.iter().cloned());
            let file = file(app)?;
            let bytes = serde_json::to_vec(&now).map_err(ApiError::internal)?;
            files::place(&file, &bytes).map_err(|error| ApiError::file(&file, "written", &error))?;
            *removed = Some(now);
        }
        // Nobody may be listening.
        let _ = self.removing.send(runs);
        Ok(())
    }

    /// Runs that are taken off the list from now on.
    pub(crate) fn removing(&self) -> broadcast::Receiver<Vec<String>> {
        self.removing.subscribe()
    }
}

fn known_removed<'a>(removed: &'a mut Option<Removed>, app: &App) -> Result<&'a Removed, ApiError> {
    if removed.is_none() {
        let file = file(app)?;
        let read = files::read(&file).map_err(|error| ApiError::file(&file, "read", &error))?;
        let read = read.map(|bytes| serde_json::from_slice(&bytes)).transpose();
        *removed = Some(read.map_err(|error| ApiError::file(&file, "read", &error.into()))?.unwrap_or_default());
    }
    Ok(removed.get_or_insert_default())
}

fn file(app: &App) -> Result<PathBuf, ApiError> {
    Ok(app.home()?.place.folder().join("studio").join("removed-runs.json"))
}
