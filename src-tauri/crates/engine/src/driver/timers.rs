//! Due times of all runs, in memory or not. They fire late after sleep or restart, never twice: a step wakes only while it sleeps.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::Notify;

use super::{Shared, actor::Message};
use crate::{Path, RunId};

/// What a time is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// A step that sleeps.
    Step(Path),
    /// A prompt that expires.
    Prompt(String),
}

#[derive(Default)]
pub(super) struct Timers {
    state: Mutex<State>,
    earlier: Arc<Notify>,
}

#[derive(Default)]
struct State {
    heap: BinaryHeap<Reverse<(i64, RunId, What)>>,
    running: bool,
}

impl Timers {
    /// Adds due times. True when the task that waits for them has to be started.
    pub(super) fn add(&self, timers: impl IntoIterator<Item = (i64, RunId, What)>) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.heap.extend(timers.into_iter().map(Reverse));
        self.earlier.notify_one();
        !state.heap.is_empty() && !std::mem::replace(&mut state.running, true)
    }

    /// Waits for due times and tells the runs, as long as the engine is there.
    pub(super) async fn fire(shared: Weak<Shared>) {
        loop {
            let Some(strong) = shared.upgrade() else { return };
            let now = strong.clock.now();
            let next = {
                let mut state = strong.timers.state.lock().unwrap_or_else(PoisonError::into_inner);
                match state.heap.peek() {
                    None => {
                        state.running = false;
                        return;
                    }
                    Some(Reverse((due, ..))) if *due > now => Err(*due),
                    Some(_) => Ok(state.heap.pop()),
                }
            };
            match next {
                Ok(Some(Reverse((_, run, what)))) => {
                    // Not when the engine stops: the due time stays in the index.
                    let _ = strong.tell(
                        &run,
                        match what {
                            What::Step(path) => Message::Due(path),
                            What::Prompt(prompt) => Message::Expire(prompt),
                        },
                    );
                }
                Ok(None) => {}
                Err(due) => {
                    let (until, earlier) = (strong.clock.until(due), strong.timers.earlier.clone());
                    // An engine that nobody uses any more must not live on for a timer.
                    drop(strong);
                    tokio::select! {
                        () = until => {}
                        () = earlier.notified() => {}
                    }
                }
            }
        }
    }
}
