//! Random flows whose program ends at every commit: the next one goes on from what is on the disk, and the outcome is the same.
#![allow(clippy::unwrap_used)]

mod rig;

use std::collections::{BTreeMap, BTreeSet};

use consent::{Answer, PromptKind};
use engine::{Ending, Settled};
use flow::Value;
use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};
use testkit::random::{Palette, Random, flows};

use rig::{RUN, Rig, end_of};

const SURE: Palette = Palette { most: 7, effects: true, trouble: false, keyless: false, races: false };
const ANY: Palette = Palette { most: 7, effects: true, trouble: true, keyless: true, races: true };

/// Lets people answer and time pass until the run is over. People say yes, and the truth about what became of an effect. Returns whether
/// they were asked for that.
async fn to_the_end(rig: &Rig) -> bool {
    let mut asked = false;
    for _ in 0..2_000 {
        if let Settled::Ended(_) = rig.settled().await {
            return asked;
        }
        for prompt in rig.journal.open_prompts() {
            let done = || rig.world.times_done(prompt.path.as_deref().unwrap_or_default()) > 0;
            let answer = match prompt.kind {
                PromptKind::Outcome => {
                    asked = true;
                    if done() { Answer::Happened } else { Answer::DidNot }
                }
                _ => Answer::Approve,
            };
            // One answer may have ended the run, which takes the other prompts back.
            let _ = rig.answer(&prompt, answer).await;
        }
        rig.pass(250).await;
    }
    panic!("the run does not come to its end:\n{}", rig.story());
}

async fn whole(random: &Random) -> (Rig, bool) {
    let rig = Rig::new();
    rig.begin_with(RUN, &random.flow, &random.subflows, random.inputs.clone()).await.unwrap();
    let asked = to_the_end(&rig).await;
    (rig, asked)
}

/// What was journalled stays; everything was on the disk before it was sent; nothing was done twice; the books balance.
fn check(before: &Rig, commits: usize, after: &Rig) {
    let kept: usize = before.journal.commits()[..commits].iter().map(|commit| commit.events.len()).sum();
    assert_eq!(before.events()[..kept], after.events()[..kept]);
    let mut done = BTreeMap::new();
    for deed in after.world.deeds() {
        assert!(deed.start_was_on_disk, "{deed:?} was sent first:\n{}", after.story());
        *done.entry((deed.key, deed.path)).or_insert(0) += usize::from(deed.done_at.is_some());
    }
    assert!(done.values().all(|times| *times <= 1), "{done:?}\n{}", after.story());
    after.journal.look(|authority| {
        authority.ledger().check().unwrap();
        assert_eq!(authority.ledger().open_holds().len(), 0);
    });
    let results: Vec<_> = after
        .events()
        .iter()
        .filter(|stamped| stamped.event.name() == "finished")
        .filter_map(|stamped| stamped.event.path().cloned())
        .collect();
    assert_eq!(results.iter().collect::<BTreeSet<_>>().len(), results.len(), "{}", after.story());
}

/// The commits after which the run is there.
fn from_start(rig: &Rig) -> std::ops::RangeInclusive<usize> {
    let commits = rig.journal.commits();
    let started = commits.iter().position(|commit| commit.run.is_some()).unwrap();
    started + 1..=commits.len()
}

/// The outputs, without what names the moment: holds, decisions and verdicts.
fn plain(value: Value) -> Value {
    match value {
        Value::Array(list) => list.into_iter().map(plain).collect(),
        Value::Object(fields) => {
            let passing = ["verdict", "decisions", "hold", "request"];
            fields.into_iter().filter(|(name, _)| !passing.contains(&&**name)).map(|(name, value)| (name, plain(value))).collect()
        }
        simple => simple,
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// Where every effect comes about in the end, a crash changes nothing of what comes out.
    #[test]
    fn after_any_crash_the_same_comes_out(random in flows(SURE)) {
        block_on(async {
            let (rig, asked) = whole(&random).await;
            let (ending, outputs, failure) = rig.end();
            prop_assert_eq!((ending, asked), (Ending::Completed, false), "{:?}\n{}", failure, rig.story());
            let outputs = plain(outputs);
            for commits in from_start(&rig) {
                // The outside got to as much as it could before the next commit, or to nothing since the last.
                for world in [rig.world.as_of(commits), rig.world.as_of(commits - 1)] {
                    let (journal, clock) = rig.journal.as_of(commits);
                    let next = Rig::over(journal, world, clock);
                    next.engine.resume().await.unwrap();
                    prop_assert!(!to_the_end(&next).await);
                    check(&rig, commits, &next);
                    prop_assert_eq!(&plain(next.end().1), &outputs, "after {} commits:\n{}", commits, next.story());
                    let done = |rig: &Rig| -> BTreeSet<String> {
                        rig.world.deeds().into_iter().filter(|deed| deed.done_at.is_some()).map(|deed| deed.path).collect()
                    };
                    prop_assert_eq!(done(&next), done(&rig));
                }
            }
            Ok(())
        })?;
    }

    /// Whatever fails, races and is lost: a crash repeats no effect and loses no money, and the run comes to its end.
    #[test]
    fn after_any_crash_nothing_is_done_twice(random in flows(ANY)) {
        block_on(async {
            let (rig, _) = whole(&random).await;
            for commits in from_start(&rig) {
                for world in [rig.world.as_of(commits), rig.world.as_of(commits - 1)] {
                    let (journal, clock) = rig.journal.as_of(commits);
                    let next = Rig::over(journal, world, clock);
                    next.engine.resume().await.unwrap();
                    to_the_end(&next).await;
                    check(&rig, commits, &next);
                    prop_assert!(end_of(&next.events()).is_some());
                }
            }
            Ok(())
        })?;
    }
}
