//! Time, as an input.

use futures_util::future::BoxFuture;

/// Where the driver and the store take the time from.
pub trait Clock: Send + Sync {
    /// Milliseconds since the epoch.
    fn now(&self) -> i64;
    /// Returns when it is at least `due` (milliseconds since the epoch).
    fn until(&self, due: i64) -> BoxFuture<'static, ()>;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn until(&self, due: i64) -> BoxFuture<'static, ()> {
        // Slept in pieces: a timer set before the computer slept must not fire late by as long as it slept.
        const PIECE_MS: i64 = 30_000;
        let clock = *self;
        Box::pin(async move {
            loop {
                let left = due.saturating_sub(clock.now());
                if left <= 0 {
                    return;
                }
                let piece = u64::try_from(left.min(PIECE_MS)).unwrap_or_default();
                tokio::time::sleep(std::time::Duration::from_millis(piece)).await;
            }
        })
    }
}
