//! The fakes themselves: random flows are sound, and a journal cut off at its end is the journal.
#![allow(clippy::unwrap_used)]

use std::{collections::BTreeMap, sync::Arc};

use engine::{Engine, Plan, Start, StartedBy};
use flow::{Catalog, Severity};
use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};
use serde_json::json;
use testkit::{
    Draft, MemoryJournal, TestClock, TestNodes, World,
    random::{Palette, flows},
};

const ALL: Palette = Palette { most: 8, effects: true, trouble: true, keyless: true, races: true };

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// The checks find nothing that keeps a random flow from running, it comes back from its file as it was, and it can be planned.
    #[test]
    fn random_flows_are_sound(random in flows(ALL)) {
        let nodes = TestNodes::new(World::new());
        let others = |id: &str| random.subflows.get(id).cloned();
        for flow in std::iter::once(&random.flow).chain(random.subflows.values()) {
            let mut problems = flow::check(flow, &*nodes as &dyn Catalog, &others);
            problems.retain(|problem| problem.severity == Severity::Error);
            prop_assert!(problems.is_empty(), "{:?}\n{:?}", problems, random);
            let text = flow::write(flow);
            prop_assert_eq!(&flow::write(&flow::read(&text).unwrap()), &text);
        }
        prop_assert!(Plan::new(&random.flow, &random.subflows, &*nodes).is_ok());
    }
}

#[tokio::test]
async fn a_journal_cut_off_at_its_end_is_the_journal() {
    let clock = TestClock::new();
    let (journal, world) = (MemoryJournal::new(clock.clone()), World::new());
    world.watch(&journal);
    let engine = Engine::new(journal.clone(), TestNodes::new(world.clone()), clock);
    let draft = Draft::new("pay").node("x", "pay", json!({ "minor": 700 }));
    let flow = draft.node("y", "pay", json!({ "minor": 9000 })).chain(&["x", "y"]).flow();
    let flow = journal.add_flow(&flow);
    let by = StartedBy::Profile { id: "nik".to_owned() };
    let start = Start {
        run: "run".into(),
        flow,
        subflows: BTreeMap::new(),
        inputs: flow::Values::new(),
        by,
        seed: 1,
        given: BTreeMap::new(),
        parent: None,
    };
    engine.start(start).await.unwrap();
    engine.settled(&"run".into()).await.unwrap();

    let (left, _) = journal.as_of(journal.commits().len());
    assert_eq!(left.look(consent::Authority::snapshot), journal.look(consent::Authority::snapshot));
    assert_eq!((left.events("run"), left.prompts(), left.rests("run")), (journal.events("run"), journal.prompts(), true));
    assert_eq!((left.held(testkit::ACCOUNT), left.balance("acct:alice/USD")), (9000, 700));
    let (none, _) = journal.as_of(0);
    assert!(none.events("run").is_empty() && none.open_prompts().is_empty());
    assert_eq!(Arc::strong_count(&none), 1);
}
