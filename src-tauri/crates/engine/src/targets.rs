//! The other side of calls, shared by all runs: how often each may be called, and whether it answers at all. Pure: times come in.

use std::collections::{HashMap, VecDeque};

use consent::Action;
use serde::{Deserialize, Serialize};

/// So many failures in a row open a target's circuit.
const FAILURES: u32 = 5;
/// So long it stays open; then one call tries it, in milliseconds.
const OPEN_MS: i64 = 30_000;

/// How often a target may be called, by all runs together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// So many calls.
    pub most: u32,
    /// In any time of this length, in milliseconds.
    pub per_ms: u64,
}

/// Why a call has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// The target is called as often as it may be.
    Rate,
    /// The target failed again and again, and is left alone for a while.
    Circuit,
}

/// Which step calls: a step that asks people first comes back with the same attempt, and counts once.
pub(crate) type Caller = (crate::RunId, crate::Path, u32);

/// What an effect reaches that other runs reach too.
pub(crate) fn of(action: &Action) -> Option<&str> {
    if let Action::Call(call) = action { Some(&call.host) } else { None }
}

#[derive(Default)]
pub(crate) struct Targets(HashMap<String, Target>);

#[derive(Default)]
struct Target {
    /// Failures in a row.
    failures: u32,
    /// Until when it is left alone, once there were too many.
    open_until: Option<i64>,
    /// Who was let go lately, and when.
    lately: VecDeque<(i64, Caller)>,
}

impl Targets {
    /// Lets a call go, or says why it has to wait and until when, in milliseconds since the epoch.
    pub(crate) fn admit(&mut self, target: &str, caller: Caller, now: i64, rate: Option<Rate>) -> Result<(), (Why, i64)> {
        let known = self.0.entry(target.to_owned()).or_default();
        if let Some(until) = known.open_until {
            if now < until {
                return Err((Why::Circuit, until));
            }
            // This call tries it; the others wait for what comes of that.
            known.open_until = Some(now.saturating_add(OPEN_MS));
        }
        let Some(rate) = rate else { return Ok(()) };
        let per = i64::try_from(rate.per_ms).unwrap_or(i64::MAX);
        while known.lately.front().is_some_and(|(at, _)| at.saturating_add(per) <= now) {
            known.lately.pop_front();
        }
        if known.lately.iter().any(|(_, known)| *known == caller) {
            return Ok(());
        }
        let full = usize::try_from(rate.most).is_ok_and(|most| known.lately.len() >= most);
        match known.lately.front().filter(|_| full) {
            Some((oldest, _)) => Err((Why::Rate, oldest.saturating_add(per))),
            None => {
                known.lately.push_back((now, caller));
                Ok(())
            }
        }
    }

    /// Takes in how a call ended: whether the target answered.
    pub(crate) fn told(&mut self, target: &str, answered: bool, now: i64) {
        let Some(known) = self.0.get_mut(target) else { return };
        if answered {
            (known.failures, known.open_until) = (0, None);
            if known.lately.is_empty() {
                self.0.remove(target);
            }
            return;
        }
        known.failures = known.failures.saturating_add(1);
        if known.failures >= FAILURES {
            known.open_until = Some(now.saturating_add(OPEN_MS));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Path;

    fn caller(n: u32) -> Caller {
        ("run".into(), Path::new("step"), n)
    }

    #[test]
    fn a_target_that_fails_is_left_alone_and_tried_by_one() {
        let mut targets = Targets::default();
        for n in 0..5 {
            assert_eq!(targets.admit("a", caller(n), 0, None), Ok(()));
            targets.told("a", false, 100);
        }
        assert_eq!(targets.admit("a", caller(9), 200, None), Err((Why::Circuit, 30_100)));
        assert_eq!(targets.admit("b", caller(9), 200, None), Ok(()));
        // One tries it; the others wait for that.
        assert_eq!(targets.admit("a", caller(9), 30_100, None), Ok(()));
        assert_eq!(targets.admit("a", caller(8), 30_200, None), Err((Why::Circuit, 60_100)));
        targets.told("a", false, 31_000);
        assert_eq!(targets.admit("a", caller(8), 60_500, None), Err((Why::Circuit, 61_000)));
        assert_eq!(targets.admit("a", caller(8), 61_000, None), Ok(()));
        targets.told("a", true, 61_100);
        assert_eq!(targets.admit("a", caller(7), 61_200, None), Ok(()));
        // Answers between failures keep it closed.
        for n in 0..20 {
            targets.told("a", n % 4 == 3, 62_000);
        }
        assert_eq!(targets.admit("a", caller(7), 62_000, None), Ok(()));
    }

    #[test]
    fn so_many_calls_in_any_time_of_that_length() {
        let mut targets = Targets::default();
        let rate = Some(Rate { most: 2, per_ms: 1000 });
        assert_eq!(targets.admit("a", caller(1), 0, rate), Ok(()));
        assert_eq!(targets.admit("a", caller(2), 400, rate), Ok(()));
        // The same attempt again, after people were asked.
        assert_eq!(targets.admit("a", caller(2), 500, rate), Ok(()));
        assert_eq!(targets.admit("a", caller(3), 600, rate), Err((Why::Rate, 1000)));
        assert_eq!(targets.admit("a", caller(3), 1000, rate), Ok(()));
        assert_eq!(targets.admit("a", caller(4), 1000, rate), Err((Why::Rate, 1400)));
    }
}
