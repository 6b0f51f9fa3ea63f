//! The program of one process: what commands work on.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use engine::{Clock, Engine, Nodes, RunId, StartedBy};
use flow::Catalog;
use futures_util::future::BoxFuture;
use store::{OWNER, Store};
use tokio::sync::OnceCell;

use crate::{ApiError, ErrorCode, Place, commands::run_book::Book, library::Library, speech::Speech};

/// The program of one process, with the workspace it owns, if it owns one. The shells make it.
pub struct App {
    parts: Parts,
    library: Option<Library>,
    book: Book,
    settings: tokio::sync::Mutex<()>,
    resumed: OnceCell<()>,
    /// Runs that somebody answered or stopped here.
    touched: Mutex<BTreeSet<RunId>>,
}

/// What the program is made of.
pub struct Parts {
    /// The node kinds.
    pub nodes: Arc<dyn Nodes>,
    /// Sound to words.
    pub speech: Arc<Speech>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The workspace, if this process owns one.
    pub home: Option<Home>,
}

/// A workspace that this process owns.
pub struct Home {
    /// Where it is.
    pub place: Place,
    /// Its store.
    pub store: Store,
    /// What runs its flows.
    pub engine: Arc<Engine>,
}

impl App {
    /// The program of these parts.
    pub fn new(parts: Parts) -> Self {
        let library = parts.home.as_ref().map(|home| Library::new(&home.place));
        Self {
            parts,
            library,
            book: Book::default(),
            settings: tokio::sync::Mutex::default(),
            resumed: OnceCell::new(),
            touched: Mutex::default(),
        }
    }

    pub(crate) fn home(&self) -> Result<&Home, ApiError> {
        self.parts.home.as_ref().ok_or_else(no_workspace)
    }

    /// The workspace's flows.
    pub(crate) fn library(&self) -> Result<&Library, ApiError> {
        self.library.as_ref().ok_or_else(no_workspace)
    }

    /// What is known of runs.
    pub(crate) fn book(&self) -> &Book {
        &self.book
    }

    /// Held while the studio's settings change.
    pub(crate) async fn settings_lock(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.settings.lock().await
    }

    pub(crate) fn catalog(&self) -> &dyn Catalog {
        &*self.parts.nodes
    }

    pub(crate) fn nodes(&self) -> &dyn Nodes {
        &*self.parts.nodes
    }

    pub(crate) fn speech(&self) -> &Speech {
        &self.parts.speech
    }

    /// Milliseconds since the epoch.
    pub(crate) fn now(&self) -> i64 {
        self.parts.clock.now()
    }

    /// Resolves when it is this time, in milliseconds since the epoch, or later.
    pub(crate) fn until(&self, due: i64) -> BoxFuture<'static, ()> {
        self.parts.clock.until(due)
    }

    /// Who it is that calls: there is one profile, the owner of the workspace.
    pub(crate) fn user(&self) -> StartedBy {
        StartedBy::Profile { id: OWNER.to_owned() }
    }

    /// A new id that sorts by time: the prefix, 9 digits of time and 6 drawn at random, in Crockford's base 32.
    pub(crate) fn new_id(&self, prefix: &str) -> Result<String, ApiError> {
        let time = u64::try_from(self.now()).unwrap_or_default();
        Ok(format!("{prefix}-{}{}", base32(time, 9), base32(self.seed()?, 6)))
    }

    /// A number drawn at random.
    pub(crate) fn seed(&self) -> Result<u64, ApiError> {
        getrandom::u64().map_err(|error| ApiError::internal(format!("No random numbers can be drawn: {error}.")))
    }

    /// Takes up runs that were left unfinished, once.
    pub(crate) async fn go_on(&self) -> Result<(), ApiError> {
        let home = self.home()?;
        let resumed = self.resumed.get_or_try_init(|| async { home.engine.resume().await.map(drop) });
        Ok(resumed.await.copied()?)
    }

    /// Remembers that somebody answered for this run, so that it goes on before this process ends.
    pub(crate) fn touch(&self, run: &str) {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).insert(run.into());
    }

    /// Lets the runs that somebody answered here go on until they end or only wait.
    pub(crate) async fn rest(&self) {
        let touched = std::mem::take(&mut *self.touched.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(home) = &self.parts.home {
            for run in touched {
                // What goes wrong stands in the run's journal or in the log.
                if let Err(error) = home.engine.settled(&run).await {
                    tracing::warn!(%run, %error, "the run did not go on");
                }
            }
        }
    }

    /// Suspends what runs and closes the store.
    pub(crate) async fn close(&self) {
        if let Some(home) = &self.parts.home {
            home.engine.suspend().await;
            home.store.close().await;
        }
    }
}

fn no_workspace() -> ApiError {
    ApiError::new(ErrorCode::NotFound, "There is no workspace here.", "Name its folder with --workspace.")
}

/// The lowest digits of a number in Crockford's base 32, lower case.
fn base32(mut number: u64, digits: usize) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut text = vec![b'0'; digits];
    for place in text.iter_mut().rev() {
        *place = DIGITS[usize::try_from(number % 32).unwrap_or_default()];
        number /= 32;
    }
    text.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::base32;

    #[test]
    fn ids_sort_by_time() {
        let times = [0, 31, 32, 1_763_726_399_999, 1_763_726_400_000];
        let ids: Vec<_> = times.iter().map(|time| base32(*time, 9)).collect();
        assert!(ids.is_sorted(), "{ids:?}");
        assert_eq!(base32(32 * 32 + 31, 3), "10z");
    }
}
