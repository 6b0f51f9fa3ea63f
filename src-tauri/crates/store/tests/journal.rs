//! The store as the engine's journal.
#![allow(clippy::unwrap_used)]

mod common;

use common::{
    authorise, batch, call, commit, decision, ended, finished, flow, furnish, names, open, pay, pay_with_approval, start, started,
};
use consent::{Answer, Code, PromptState};
use engine::{Ending, Entry, Event, Gate, Journal as _, Path, Reply, RunId, StepError};
use flow::Values;
use store::{RunState, Store, StoreError};

#[tokio::test]
async fn a_run_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (store, clock) = open(folder.path()).await;
    start(&store, "r1").await;
    let big = "x".repeat(40_000);
    let recorded = commit(&store, "r1", vec![Entry::Event(finished("a", 1)), Entry::Event(finished("b", big.as_str()))]).await;
    assert_eq!(recorded.events.iter().map(|e| e.seq).collect::<Vec<_>>(), [2, 3]);
    let before = store.load(&"r1".into()).await.unwrap();
    store.close().await;
    assert!(matches!(store.commit(batch("r1", 1, vec![])).await, Err(engine::JournalError::Closed)));
    drop(store);

    let store = Store::open(folder.path(), clock).await.unwrap();
    assert_eq!(store.load(&"r1".into()).await.unwrap(), before);
    let Event::Finished { outputs, .. } = &before[2].event else { panic!() };
    assert_eq!(outputs.get("out").unwrap().as_str().unwrap().len(), 40_000);
    assert_eq!(store.unfinished().await.unwrap().active, [RunId::from("r1")]);
    commit(&store, "r1", vec![Entry::Event(ended())]).await;
    assert_eq!(store.ending(&"r1".into()).await.unwrap(), Some(Ending::Completed));
    let run = store.run("r1").await.unwrap().unwrap();
    assert_eq!((run.state, run.flow_id.as_str()), (RunState::Completed, "hello"));
    assert!(store.unfinished().await.unwrap().active.is_empty());
    assert_eq!(store.runs(Some(RunState::Completed), 10).await.unwrap(), [run]);
    assert!(store.commit(batch("r1", 1, vec![Entry::Event(finished("c", 1))])).await.is_err());
}

#[tokio::test]
async fn runs_that_are_written_mixed_are_read_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path()).await;
    let runs = ["r1", "r2", "r3"];
    for run in runs {
        start(&store, run).await;
    }
    for n in 0..30 {
        let many = || (0..50).map(|k| Entry::Event(finished(&format!("s{n}-{k}"), k))).collect();
        let written = runs.map(|run| store.commit(batch(run, n, many())));
        for each in written {
            each.await.unwrap();
        }
    }
    for run in runs {
        let events = store.load(&run.into()).await.unwrap();
        assert!(events.iter().map(|e| e.seq).eq(1..=1_501), "{run}");
        assert_eq!(store.events(run, 1_490).await.unwrap().len(), 11);
    }
    assert!(store.verify(None).await.unwrap().is_whole());
}

#[tokio::test]
async fn flows_are_kept_by_their_logic() {
    let folder = tempfile::tempdir().unwrap();
    let (store, clock) = open(folder.path()).await;
    let first = flow("Hello");
    let digest = store.put_flow(&first).await.unwrap();
    assert_eq!(*store.flow_version(digest).await.unwrap(), first);
    let mut moved = first.clone();
    moved.layout.nodes.values_mut().for_each(|at| at.x = 99);
    assert_eq!(store.put_flow(&moved).await.unwrap(), digest);
    let other = store.put_flow(&flow("Goodbye")).await.unwrap();
    assert_ne!(other, digest);
    assert_eq!(store.flow_versions(Some("hello")).await.unwrap().len(), 2);
    let links = store.audit(0, 100).await.unwrap().len();
    store.close().await;
    drop(store);
    let store = Store::open(folder.path(), clock).await.unwrap();
    assert_eq!(*store.flow_version(digest).await.unwrap(), moved);
    store.put_flow(&moved).await.unwrap();
    assert_eq!(store.audit(0, 100).await.unwrap().len(), links);
    assert!(matches!(store.flow_version(flow::Digest::of_bytes(b"none")).await, Err(StoreError::Unknown { .. })));
}

#[tokio::test]
async fn a_payment_is_asked_for_approved_and_made() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path()).await;
    furnish(&store).await;
    start(&store, "r1").await;
    let events = pay_with_approval(&store, "r1").await;
    assert_eq!(names(&events), ["started", "gated", "replied", "gated", "finished"]);
    let Event::Gated { gate, decisions, surfaces, .. } = &events[3].event else { panic!() };
    assert_eq!((*gate, decisions.len(), surfaces.as_slice()), (Gate::Act, 1, ["test".to_owned()].as_slice()));
    commit(&store, "r1", vec![Entry::Event(ended())]).await;
    let accounts = store.accounts().await.unwrap();
    let balance = |id: &str| accounts.iter().find(|a| a.id.as_str() == id).unwrap().posted;
    assert_eq!((balance("acct:main/USD".trim_end_matches("/USD")), balance("acct:alice/USD")), (94_000, 6_000));
    assert_eq!(store.transfers(10).await.unwrap().len(), 2);
    assert!(store.holds(true, 10).await.unwrap().is_empty());
    assert_eq!(store.prompts(false).await.unwrap()[0].state, PromptState::Approved);
}

#[tokio::test]
async fn a_refusal_leaves_its_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path()).await;
    furnish(&store).await;
    for run in ["r1", "r2", "r3"] {
        start(&store, run).await;
    }
    let one = store.commit(batch("r1", 5, vec![authorise("pay", pay("r1", "pay", 1_000))]));
    let two = store.commit(batch("r2", 5, vec![authorise("pay", pay("r2", "pay", 99_900))]));
    let three = store.commit(batch("r3", 5, vec![authorise("x", call("r3", "x", "evil.org")), Entry::Event(finished("y", 1))]));
    // Awaited in another order than they were queued in.
    let (three, two, one) = (three.await.unwrap(), two.await.unwrap(), one.await.unwrap());
    let gate = |r: &engine::Recorded| match &r.events[0].event {
        Event::Gated { gate, verdict, .. } => (*gate, verdict.code),
        other => panic!("{other:?}"),
    };
    assert_eq!(gate(&one), (Gate::Act, Code::Ok));
    assert_eq!(gate(&two), (Gate::Refused, Code::MaxTx));
    assert_eq!(gate(&three), (Gate::Refused, Code::Allowlist));
    assert_eq!(three.events.len(), 2);
}

#[tokio::test]
async fn waiting_steps_are_in_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let (store, clock) = open(folder.path()).await;
    furnish(&store).await;
    start(&store, "r1").await;
    start(&store, "r2").await;
    let delayed = Entry::Event(Event::Delayed { path: Path::new("d"), due: 99 });
    let mut rests = batch("r1", 5, vec![delayed, authorise("pay", pay("r1", "pay", 6_000))]);
    rests.rests = true;
    store.commit(rests).await.unwrap();
    // One that is under way may wait as well.
    commit(&store, "r2", vec![Entry::Event(Event::Delayed { path: Path::new("e"), due: 98 })]).await;
    store.close().await;
    drop(store);
    let store = Store::open(folder.path(), clock).await.unwrap();
    let unfinished = store.unfinished().await.unwrap();
    assert_eq!(unfinished.active, [RunId::from("r2")]);
    let waits: Vec<_> = unfinished.waiting.iter().map(|w| (w.path.as_str(), w.due.is_some(), w.prompt.is_some())).collect();
    assert_eq!(waits, [("d", true, false), ("pay", true, true), ("e", true, false)]);

    // Rejecting wakes the run, and gives the money back.
    let prompt = store.prompts(true).await.unwrap().remove(0);
    assert_eq!(store.holds(true, 10).await.unwrap().len(), 1);
    let other =
        store.commit(batch("r2", 6, vec![Entry::Decide(Box::new(decision(&store, &prompt, Answer::Approve)))])).await.unwrap();
    assert!(other.refused.unwrap().contains("not of run r2"));
    let replied =
        store.commit(batch("r1", 6, vec![Entry::Decide(Box::new(decision(&store, &prompt, Answer::Reject)))])).await.unwrap();
    assert!(matches!(&replied.events[0].event, Event::Replied { reply: Reply::Answered(Answer::Reject), decision: Some(_), .. }));
    let again =
        store.commit(batch("r1", 6, vec![Entry::Decide(Box::new(decision(&store, &prompt, Answer::Approve)))])).await.unwrap();
    assert!(again.events.is_empty() && again.refused.unwrap().contains("answered already"));
    assert!(store.holds(true, 10).await.unwrap().is_empty());
    commit(&store, "r1", vec![Entry::Event(Event::Woke { path: Path::new("d") }), Entry::Event(ended())]).await;
    commit(&store, "r2", vec![Entry::Event(ended())]).await;
    assert!(store.unfinished().await.unwrap().waiting.is_empty());
}

#[tokio::test]
async fn questions_expire_and_are_withdrawn() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path()).await;
    furnish(&store).await;
    start(&store, "r1").await;
    let shown = |sentence: &str| Box::new(consent::Shown { sentence: sentence.into(), facts: Vec::new(), verdict: None });
    let question = Entry::Question { path: Path::new("q"), shown: shown("Go on?"), expires_at: Some(100) };
    let asked = store.commit(batch("r1", 5, vec![question])).await.unwrap();
    let Event::Questioned { prompt, expires_at: Some(100), .. } = &asked.events[0].event else { panic!("{asked:?}") };
    let early = store.commit(batch("r1", 99, vec![Entry::Expire(prompt.clone())])).await.unwrap();
    assert!(early.events.is_empty());
    let late = store.commit(batch("r1", 100, vec![Entry::Expire(prompt.clone())])).await.unwrap();
    assert!(matches!(&late.events[0].event, Event::Replied { reply: Reply::Expired, .. }));

    // An approval asks for a step; the step then asks for something else: what was asked is withdrawn.
    let early = Entry::Authorise {
        path: Path::new("ask"),
        target: Some(Path::new("pay")),
        attempt: 1,
        request: Box::new(pay("r1", "pay", 2_000)),
        expires_at: None,
    };
    let asked = store.commit(batch("r1", 101, vec![early])).await.unwrap();
    assert!(matches!(&asked.events[0].event, Event::Gated { gate: Gate::Wait, .. }));
    let other = store.commit(batch("r1", 102, vec![authorise("pay", pay("r1", "pay", 2_100))])).await.unwrap();
    assert_eq!(names(&other.events), ["gated", "replied"]);
    assert!(matches!(&other.events[1].event, Event::Replied { reply: Reply::Withdrawn, path, .. } if path.as_str() == "ask"));

    let unclear = Entry::Unclear {
        path: Path::new("pay"),
        attempt: 1,
        error: StepError::new("TIMEOUT", "No answer came.", "").maybe_sent(),
        shown: shown("Did it happen?"),
    };
    let unclear = store.commit(batch("r1", 103, vec![unclear])).await.unwrap();
    let Event::Unknown { prompt, .. } = &unclear.events[0].event else { panic!() };
    let prompt = store.prompt_by_id(prompt).await.unwrap().unwrap();
    assert_eq!((prompt.state, prompt.hold.is_some()), (PromptState::Open, true));
    let happened = Entry::Decide(Box::new(decision(&store, &prompt, Answer::Happened)));
    let happened = store.commit(batch("r1", 104, vec![happened])).await.unwrap();
    assert!(matches!(&happened.events[0].event, Event::Replied { reply: Reply::Answered(Answer::Happened), .. }));
}

#[tokio::test]
async fn changes_of_the_workspace() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path()).await;
    furnish(&store).await;
    // The same again moves nothing; something else under the same id is refused.
    let to = money::AccountId::new(common::ACCOUNT);
    store.fund(money::TransferId::new("opening"), to.clone(), common::usd(100_000), "Opening balance").await.unwrap();
    assert!(store.fund(money::TransferId::new("opening"), to, common::usd(5), "Opening balance").await.is_err());
    assert_eq!(store.transfers(10).await.unwrap().len(), 1);
    assert!(matches!(store.remove_payee("nobody").await, Err(StoreError::Refused(_))));
    store.set_paused(true, "owner").await.unwrap();
    assert!(store.paused().await.unwrap());
    let mut policy = store.policies().await.unwrap().remove(0).policy;
    policy.hosts.write.insert("api.example.com".into());
    let (prompt, _) = store.propose_policy(policy).await.unwrap();
    let prompt = store.prompt_by_id(&prompt).await.unwrap().unwrap();
    store.decide(decision(&store, &prompt, Answer::Approve)).await.unwrap();
    assert_eq!(store.policies().await.unwrap().len(), 2);
    store.remove_payee("alice").await.unwrap();
    assert!(store.payees().await.unwrap().is_empty());
    let bytes = store.put_blob(b"sound".to_vec()).await.unwrap();
    assert_eq!(&*store.blob(bytes).await.unwrap(), b"sound");
}

/// What somebody was paid is counted by an index, without reading every payment of the account.
#[tokio::test]
async fn how_often_somebody_was_paid() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path()).await;
    furnish(&store).await;
    start(&store, "r1").await;
    start(&store, "r2").await;
    let address = store.payees().await.unwrap()[0].addresses["credits"].clone();
    let times = async |address: &str, until: i64| store.times_paid(common::ACCOUNT, address, until).await.unwrap();
    assert_eq!(times(&address, i64::MAX).await, 0);
    common::pay_with_approval(&store, "r1").await;
    // One that is only held counts too.
    let held = store.commit(batch("r2", testkit::START + 50, vec![authorise("pay", pay("r2", "pay", 7_000))])).await.unwrap();
    assert!(matches!(&held.events[0].event, Event::Gated { hold: Some(_), .. }));
    assert_eq!(
        (times(&address, i64::MAX).await, times(&address, testkit::START + 49).await, times(&address, 0).await),
        (2, 1, 0)
    );
    // Nobody else's: not of one whose address begins so, nor of one whose address this one begins with.
    for other in ["nobody", &address[..address.len() - 1], &format!("{address}/x")] {
        assert_eq!(times(other, i64::MAX).await, 0, "{other}");
    }
    assert_eq!(store.times_paid("elsewhere", &address, i64::MAX).await.unwrap(), 0);
}

#[tokio::test]
async fn who_listens_hears_what_is_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path()).await;
    let flow = flow("Hello");
    let mut heard = store.committed();
    commit(&store, "r1", vec![Entry::Event(started(&flow))]).await;
    let committed = heard.recv().await.unwrap();
    assert_eq!((committed.events[0].0.as_ref(), committed.events[0].1.seq), ("r1", 1));
    assert_eq!(Values::new(), Values::default());
}
