//! The run machine alone: random flows, in which everything happens in a random order.
#![allow(clippy::unwrap_used)]

mod sim;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use engine::Ending;
use proptest::{
    collection::vec,
    prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, proptest},
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use testkit::random::{Palette, flows};

use sim::{Sim, Way};

const ALL: Palette = Palette { most: 10, effects: true, trouble: true, keyless: true, races: true };

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order: the run comes to its end, once; no step has two results; nothing new starts once it must not;
    /// and the journal gives the same state and the same outstanding commands as memory has, after every event.
    #[test]
    fn every_run_ends_and_its_journal_is_its_memory(random in flows(ALL), choices in vec(any::<u16>(), 1..64)) {
        let mut sim = Sim::new(&random, choices, Way::default());
        sim.run();
        prop_assert!(sim.machine.ended().is_some(), "stuck after:\n{}", sim.story());
        sim.check();
    }

    /// The same with a person who stops the run at a random moment.
    #[test]
    fn a_cancelled_run_ends_as_cancelled(random in flows(ALL), choices in vec(any::<u16>(), 1..64), when in 0..30_usize) {
        let mut sim = Sim::new(&random, choices, Way { cancel_after: Some(when), ..Way::default() });
        sim.run();
        sim.check();
        let ending = sim.machine.ended();
        prop_assert!(ending.is_some(), "stuck after:\n{}", sim.story());
        if sim.cancelled() {
            prop_assert_eq!(ending, Some(Ending::Cancelled), "{}", sim.story());
        }
    }

    /// The same, where the program ends after every few events and another machine goes on from the journal.
    #[test]
    fn a_run_that_is_resumed_ends_too(random in flows(ALL), choices in vec(any::<u16>(), 1..64), every in 1..9_usize) {
        let mut sim = Sim::new(&random, choices, Way { crash_every: Some(every), ..Way::default() });
        sim.run();
        sim.check();
        prop_assert!(sim.machine.ended().is_some(), "stuck after:\n{}", sim.story());
    }
}

/// A run of a random flow that follows from its seed alone: what comes first, what fails, what comes twice, when the clock jumps, when the
/// program ends, when somebody stops it or its time is over. Says which of the rarer things happened in it.
fn simulate(seed: u64) -> Vec<&'static str> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let way = (any::<Option<usize>>(), any::<Option<usize>>(), any::<Option<usize>>(), any::<bool>(), any::<bool>());
    let drawn = (flows(ALL), vec(any::<u16>(), 1..64), way).new_tree(&mut runner).unwrap().current();
    let (random, choices, (crash, cancel, overdue, twice, jumps)) = drawn;
    let way = Way {
        crash_every: crash.map(|n| 1 + n % 9),
        cancel_after: cancel.filter(|n| n % 3 == 0).map(|n| n % 30),
        overdue_after: overdue.filter(|n| n % 3 == 0).map(|n| n % 30),
        twice,
        jumps,
    };
    let mut sim = Sim::new(&random, choices, way);
    sim.run();
    assert!(sim.machine.ended().is_some(), "stuck after:\n{}", sim.story());
    sim.check();
    sim.features()
}

fn simulate_all(seeds: std::ops::Range<u64>) {
    let mut seen = std::collections::BTreeMap::new();
    for seed in seeds {
        match catch_unwind(AssertUnwindSafe(|| simulate(seed))) {
            Ok(features) => features.into_iter().for_each(|feature| *seen.entry(feature).or_insert(0_u32) += 1),
            Err(panic) => {
                eprintln!("the simulation failed with seed {seed}; run it alone with ASSENT_SEED={seed}");
                resume_unwind(panic);
            }
        }
    }
    // Simulations in which the rarer things never happen would say nothing about them.
    if std::env::var_os("ASSENT_SEED").is_none() {
        for feature in ["frame", "round", "undone", "unknown", "deferred", "overdue", "cancelled", "twice", "asked", "retried"] {
            assert!(seen.get(feature).copied().unwrap_or(0) >= 20, "{feature} hardly ever happened: {seen:?}");
        }
    }
}

/// `ASSENT_SEED=N` runs one seed.
fn seeds(count: u64) -> std::ops::Range<u64> {
    let one = std::env::var("ASSENT_SEED").ok().map(|seed| seed.parse().unwrap());
    one.map_or(0..count, |seed| seed..seed + 1)
}

#[test]
fn two_thousand_seeds_hold() {
    simulate_all(seeds(2_000));
}

#[test]
#[ignore = "long: cargo xtask soak"]
fn a_hundred_thousand_seeds_hold() {
    simulate_all(seeds(100_000));
}
