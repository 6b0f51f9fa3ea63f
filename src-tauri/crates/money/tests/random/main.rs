//! Random sequences of operations against a plain second telling of the ledger's rules.
#![allow(clippy::unwrap_used)]

mod story;

use money::{Account, Amount, Asset, Budget, HoldId, HoldState, Ledger, Outcome, Record, Reserve, Snapshot, Usage};
use proptest::{
    collection::vec,
    prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, proptest},
    sample::Index,
};
use story::{Op, Story, amount, op, opened};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Short and looked at after each operation: refusals change nothing and are right, the state is that of the story.
    #[test]
    fn every_step_is_right(ops in vec(op(40), 1..160)) {
        let mut story = Story::new();
        for op in ops {
            story.step(op)?;
            story.compare()?;
        }
        story.compare_with_records()?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3))]

    /// Long, looked at now and then.
    #[test]
    fn thousands_of_operations_lose_nothing(ops in vec(op(2_000), 3_000)) {
        let mut story = Story::new();
        for (n, op) in ops.into_iter().enumerate() {
            story.step(op)?;
            if n % 300 == 0 {
                story.compare()?;
            }
        }
        story.compare()?;
        story.compare_with_records()?;
    }
}

proptest! {
    /// Runs that reserve and settle in any order against one budget never take more than it allows together, and are
    /// refused only where it wouldn't allow it.
    #[test]
    fn interleaved_runs_never_overspend(
        runs in vec((1_i128..600, any::<bool>()), 2..12).prop_flat_map(|runs| {
            // Each run stands in the order twice: it reserves, later it settles.
            let order: Vec<usize> = (0..runs.len()).chain(0..runs.len()).collect();
            (Just(runs), Just(order).prop_shuffle())
        }),
        cap in 0_i128..2_000,
    ) {
        let (runs, order) = runs;
        let usd = Asset::find("USD").unwrap();
        let mut ledger = opened();
        let budget = Budget { name: "daily".into(), window: "mon".into(), cap: Amount::new(cap, usd) };
        let mut counted = vec![None; runs.len()];
        let mut seen = vec![false; runs.len()];
        for n in order {
            let (minor, posts) = runs[n];
            let id = HoldId::new(format!("run{n}"));
            if !std::mem::replace(&mut seen[n], true) {
                let (from, to) = (story::account("USD", 3), story::account("USD", 0));
                let request = Reserve { id, from, to, amount: Amount::new(minor, usd), memo: String::new(), at: 0, expires_at: None };
                let before: i128 = counted.iter().flatten().sum();
                let answer = ledger.reserve(request, std::slice::from_ref(&budget));
                prop_assert_eq!(answer.is_ok(), before + minor <= cap);
                counted[n] = answer.is_ok().then_some(minor);
            } else if counted[n].is_some() {
                let _ = if posts { ledger.post(&id, None, 1) } else { ledger.void(&id, 1) }.unwrap();
                counted[n] = posts.then_some(minor);
            }
            let spent = ledger.spent("daily", "mon", usd).minor();
            prop_assert_eq!(spent, counted.iter().flatten().sum::<i128>());
            prop_assert!(spent <= cap);
        }
    }

    /// A stored number that was changed is found when the ledger is restored.
    #[test]
    fn damaged_rows_are_found(ops in vec(op(40), 20..80), which in any::<Index>(), by in amount()) {
        let mut story = Story::new();
        for op in ops {
            story.step(op)?;
        }
        let snapshot = story.ledger.snapshot();
        prop_assert!(Ledger::restore(snapshot.clone()).is_ok());
        for damaged in damage(&snapshot, which, by) {
            prop_assert!(Ledger::restore(damaged.clone()).is_err(), "{:?}", damaged);
        }
    }

    /// Records that no operation made are refused and change nothing, or leave a sound ledger.
    #[test]
    fn foreign_records_do_no_harm(ops in vec(op(20), 0..40), foreign in vec(story::record(), 1..40)) {
        let mut story = Story::new();
        for op in ops {
            story.step(op)?;
        }
        for record in foreign {
            let before = story.ledger.snapshot();
            if story.ledger.apply(&record).is_err() {
                prop_assert_eq!(story.ledger.snapshot(), before);
            }
            prop_assert_eq!(story.ledger.check(), Ok(()));
        }
    }

    #[test]
    fn records_are_read_back(record in story::record()) {
        let json = serde_json::to_string(&record).unwrap();
        prop_assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), record);
    }
}

/// Copies of a snapshot with one thing wrong in each.
fn damage(snapshot: &Snapshot, which: Index, by: i128) -> Vec<Snapshot> {
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut Snapshot)| {
        let mut damaged = snapshot.clone();
        change(&mut damaged);
        all.push(damaged);
    };
    let changes: [fn(&mut Account, i128); 3] = [
        |a, by| a.posted = a.posted.wrapping_add(by),
        |a, by| a.held = a.held.wrapping_add(by),
        |a, by| a.incoming = a.incoming.wrapping_add(by),
    ];
    for change in changes {
        with(&|s| change(&mut s.accounts[which.index(snapshot.accounts.len())], by));
    }
    with(&|s| s.accounts.push(s.accounts[which.index(snapshot.accounts.len())].clone()));
    if !snapshot.holds.is_empty() {
        let n = which.index(snapshot.holds.len());
        let another = |minor: i128| if minor == 1 { 2 } else { minor - 1 };
        with(&|s| {
            let amount = &mut s.holds[n].reserve.amount;
            *amount = Amount::new(another(amount.minor()), amount.asset());
        });
        with(&|s| drop(s.holds.remove(n)));
        with(&|s| s.holds.push(s.holds[n].clone()));
        with(&|s| s.holds[n].state = HoldState::Voided { at: 0 });
        with(&|s| s.holds[n].reserve.to = s.holds[n].reserve.from.clone());
    }
    if !snapshot.usage.is_empty() {
        let n = which.index(snapshot.usage.len());
        with(&|s| s.usage[n].held = s.usage[n].held.wrapping_add(by));
        with(&|s| s.usage[n].posted = -by);
        with(&|s| s.usage.push(Usage { ..s.usage[n].clone() }));
        if snapshot.usage[n].held > 0 {
            with(&|s| drop(s.usage.remove(n)));
        }
    }
    all
}

/// So that the strategies keep reaching what they are for.
#[test]
fn all_kinds_of_answers_come_up() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    let mut story = Story::new();
    for _ in 0..3_000 {
        let op: Op = op(400).new_tree(&mut runner).unwrap().current();
        story.step(op).unwrap();
        seen.insert(match &story.last {
            Ok(Outcome::New(record)) => serde_json::to_value(record).unwrap()["type"].as_str().unwrap().to_owned(),
            Ok(Outcome::Repeated(_)) => "repeated".to_owned(),
            Err(e) => format!("{e:?}").split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned(),
        });
    }
    for kind in [
        "transferred",
        "reserved",
        "posted",
        "voided",
        "expired",
        "repeated",
        "Insufficient",
        "BudgetExceeded",
        "BudgetAsset",
        "KeyReused",
        "HoldSettled",
        "UnknownHold",
        "HoldExpired",
        "MoreThanHeld",
        "NotPositive",
        "Overflow",
        "SameAccount",
        "WrongAsset",
        "ExpiresTooSoon",
        "UnknownAccount",
    ] {
        assert!(seen.contains(kind), "{kind} never came up; seen: {seen:?}");
    }
}
