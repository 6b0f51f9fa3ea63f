//! A clock that stands still until it is told.

use std::sync::Arc;

use engine::Clock;
use futures_util::future::BoxFuture;
use tokio::sync::watch;

/// When a [`TestClock`] begins, in milliseconds since the epoch: 2025-11-21, in the morning.
pub const START: i64 = 1_763_712_000_000;

/// A clock that stands still until it is told.
#[derive(Debug)]
pub struct TestClock {
    now: watch::Sender<i64>,
}

impl TestClock {
    /// One that shows [`START`].
    pub fn new() -> Arc<Self> {
        Self::at(START)
    }

    /// One that shows this time, in milliseconds since the epoch.
    pub fn at(now: i64) -> Arc<Self> {
        Arc::new(Self { now: watch::Sender::new(now) })
    }

    /// Moves on by so many milliseconds. Whoever waited for a time that has come goes on.
    pub fn advance(&self, ms: i64) {
        self.now.send_modify(|now| *now += ms);
    }
}

impl Clock for TestClock {
    fn now(&self) -> i64 {
        *self.now.borrow()
    }

    fn until(&self, due: i64) -> BoxFuture<'static, ()> {
        let mut now = self.now.subscribe();
        Box::pin(async move {
            if now.wait_for(|now| *now >= due).await.is_err() {
                // Nobody holds the clock any more, so its time never comes.
                std::future::pending::<()>().await;
            }
        })
    }
}
