//! The run machine alone: random flows, in which everything happens in a random order.
#![allow(clippy::unwrap_used)]

mod sim;

use engine::Ending;
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};
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
