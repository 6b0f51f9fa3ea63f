//! The one place where the program is made of its parts.

use std::{env, ffi::OsStr, path::PathBuf, process::ExitCode, sync::Arc};

use api::{ApiError, App, Home, Parts, Place, Speech, Wiring};
use engine::{Clock, Engine, Journal, Nodes, clock::SystemClock};
use futures_util::{FutureExt as _, future::BoxFuture};
use nodes::{BuiltIn, Services};
use store::{Lock, Store};

/// The environment variable with the passphrase of the sealed file, for secrets where there is no keyring.
const PASSPHRASE_VARIABLE: &str = "ASSENT_PASSPHRASE";

/// The program as it is shipped.
pub struct Shipped;

impl Wiring for Shipped {
    fn bare(&self) -> App {
        let speech = Arc::new(Speech::new(program(), None));
        let nodes = Arc::new(BuiltIn::new(Services::unavailable()));
        App::new(Parts { nodes, speech, clock: Arc::new(SystemClock), home: None })
    }

    fn open(&self, place: Place, lock: Lock) -> BoxFuture<'_, Result<App, ApiError>> {
        async move {
            let clock: Arc<dyn Clock> = Arc::new(SystemClock);
            let store = Store::open_locked(place.folder(), Arc::clone(&clock), lock).await?;
            if let Ok(passphrase) = env::var(PASSPHRASE_VARIABLE) {
                store.unlock(passphrase.into());
            }
            let speech = Arc::new(Speech::new(program(), Some(place.folder().to_owned())));
            let nodes: Arc<dyn Nodes> = Arc::new(BuiltIn::new(api::services(&store, Arc::clone(&speech))));
            let journal: Arc<dyn Journal> = Arc::new(store.clone());
            let engine = Engine::new(journal, Arc::clone(&nodes), Arc::clone(&clock));
            Ok(App::new(Parts { nodes, speech, clock, home: Some(Home { place, store, engine }) }))
        }
        .boxed()
    }
}

/// Runs this program as one of its own child processes to its end, where its first argument says so.
pub fn child() -> Option<ExitCode> {
    let first = env::args_os().nth(1)?;
    let is = |argument: &str| first == OsStr::new(argument);
    if is(voice::child::ARGUMENT) {
        return Some(voice::child::run());
    }
    is(nodes::child::ARGUMENT).then(nodes::child::run)
}

/// This program's own file, which runs the speech model and flows' own code too.
fn program() -> PathBuf {
    env::current_exe().unwrap_or_else(|_| PathBuf::from("assent"))
}
