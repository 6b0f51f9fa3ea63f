//! What several tests of the store need.
#![allow(clippy::unwrap_used, dead_code, reason = "each test takes a part of it")]

use std::{collections::BTreeMap, path::Path as Folder, sync::Arc};

use consent::{Action, Answer, Call, Circumstances, Decision, Pay, Payee, Prompt, Request, Verified};
use engine::{Batch, Ending, Entry, Event, Journal as _, Path, Recorded, RunId, Stamped, StartedBy};
use flow::{Digest, Effect, Flow, Values};
use money::{AccountId, Amount, Asset, TransferId};
use store::Store;
use testkit::TestClock;

pub(crate) const ACCOUNT: &str = "acct:main";

/// A store in a folder, under a clock that stands.
pub(crate) async fn open(folder: &Folder) -> (Store, Arc<TestClock>) {
    let clock = TestClock::new();
    (Store::open(folder, clock.clone()).await.unwrap(), clock)
}

pub(crate) fn usd(minor: i128) -> Amount {
    Amount::new(minor, Asset::find("USD").unwrap())
}

/// Money to pay with and somebody to pay.
pub(crate) async fn furnish(store: &Store) {
    store.open_account(AccountId::new(ACCOUNT), "Main", Asset::find("USD").unwrap()).await.unwrap();
    store.fund(TransferId::new("opening"), AccountId::new(ACCOUNT), usd(100_000), "Opening balance").await.unwrap();
    let addresses = BTreeMap::from([("credits".to_owned(), "acct:alice".to_owned())]);
    let verified = Some(Verified { by: "owner".to_owned(), at: 1 });
    store
        .put_payee(Payee { id: "alice".into(), name: "Alice Chen".into(), aliases: vec!["Al".into()], addresses, verified })
        .await
        .unwrap();
}

pub(crate) fn flow(name: &str) -> Flow {
    let text = format!(
        r#"{{"schema":"assent.flow/1","id":"hello","name":"{name}","nodes":[{{"id":"a","kind":"note"}}],"layout":{{"nodes":{{"a":{{"x":1,"y":2}}}}}}}}"#
    );
    flow::read(&text).unwrap()
}

pub(crate) fn started(flow: &Flow) -> Event {
    Event::Started {
        flow_id: flow.id.clone(),
        flow: flow::logic_digest(flow),
        subflows: BTreeMap::new(),
        inputs: Values::new(),
        by: StartedBy::Profile { id: "owner".into() },
        seed: 7,
        deadline: None,
        given: BTreeMap::new(),
        parent: None,
    }
}

pub(crate) fn finished(path: &str, value: impl Into<flow::Value>) -> Event {
    Event::Finished { path: Path::new(path), attempt: 1, outputs: Values::one("out", value), took_us: 12 }
}

pub(crate) fn ended() -> Event {
    Event::Ended { ending: Ending::Completed, outputs: Values::new(), failure: None }
}

pub(crate) fn key(run: &str, path: &str) -> Digest {
    Digest::of("assent.key.v1", &(run, path))
}

pub(crate) fn pay(run: &str, path: &str, minor: i128) -> Request {
    Request {
        key: key(run, path),
        run: Some(run.into()),
        path: Some(path.into()),
        by_hand: Vec::new(),
        action: Action::Pay(Pay {
            account: ACCOUNT.into(),
            rail: "credits".into(),
            payee: "alice".into(),
            payee_name: String::new(),
            address: String::new(),
            amount: usd(minor),
            purpose: Some("the logo design".into()),
            heard: None,
            risk: None,
        }),
    }
}

pub(crate) fn call(run: &str, path: &str, host: &str) -> Request {
    Request {
        key: key(run, path),
        run: Some(run.into()),
        path: Some(path.into()),
        by_hand: Vec::new(),
        action: Action::Call(Call {
            effect: Effect::Write,
            method: "POST".into(),
            host: host.into(),
            port: 443,
            url: format!("https://{host}/x"),
            body: Digest::of_bytes(b"x"),
            secrets: Vec::new(),
        }),
    }
}

pub(crate) fn authorise(path: &str, request: Request) -> Entry {
    Entry::Authorise { path: Path::new(path), target: None, attempt: 1, request: Box::new(request), expires_at: None }
}

pub(crate) fn batch(run: &str, at: i64, entries: Vec<Entry>) -> Batch {
    Batch { run: RunId::from(run), at, entries, rests: false }
}

pub(crate) async fn commit(store: &Store, run: &str, entries: Vec<Entry>) -> Recorded {
    store.commit(batch(run, testkit::START + 1, entries)).await.unwrap()
}

pub(crate) async fn start(store: &Store, run: &str) {
    let flow = flow("Hello");
    store.put_flow(&flow).await.unwrap();
    commit(store, run, vec![Entry::Event(started(&flow))]).await;
}

pub(crate) fn names(events: &[Stamped]) -> Vec<&'static str> {
    events.iter().map(|stamped| stamped.event.name()).collect()
}

/// The owner's answer.
pub(crate) fn decision(store: &Store, prompt: &Prompt, answer: Answer) -> Decision {
    let by = Circumstances { profile: "owner", surface: "test", reason: "", at: testkit::START + 2, policy: 1 };
    prompt.statement(answer, by).sign(&store::signing_key(store.folder(), "owner").unwrap())
}

/// A payment of 60.00, asked for, approved and made. Returns the run's events.
pub(crate) async fn pay_with_approval(store: &Store, run: &str) -> Vec<Stamped> {
    let first = commit(store, run, vec![authorise("pay", pay(run, "pay", 6_000))]).await;
    let Event::Gated { prompt: Some(prompt), .. } = &first.events[0].event else { panic!("{first:?}") };
    let prompt = store.prompt_by_id(prompt).await.unwrap().unwrap();
    commit(store, run, vec![Entry::Decide(Box::new(decision(store, &prompt, Answer::Approve)))]).await;
    let second = commit(store, run, vec![authorise("pay", pay(run, "pay", 6_000))]).await;
    let receipt = receipt(&second.events[0]);
    let hold = receipt.hold.clone();
    commit(store, run, vec![Entry::Effect { event: paid(receipt), hold, post: true }]).await;
    store.load(&RunId::from(run)).await.unwrap()
}

/// The receipt of a payment that this event lets go.
pub(crate) fn receipt(granted: &Stamped) -> consent::Receipt {
    let Event::Gated { request, request_digest, verdict, prompt, decisions, surfaces, hold: Some(hold), .. } = &granted.event
    else {
        panic!("{granted:?}")
    };
    consent::Receipt {
        request: request.clone(),
        request_digest: *request_digest,
        verdict: verdict.clone(),
        prompt: prompt.clone(),
        decisions: decisions.clone(),
        surfaces: surfaces.clone(),
        hold: hold.clone(),
        transfer: hold.clone(),
        at: granted.at,
        confirmed: None,
    }
}

/// The end of a payment's step.
pub(crate) fn paid(receipt: consent::Receipt) -> Event {
    let outputs = Values::one("receipt", serde_json::to_value(receipt).unwrap());
    Event::Finished { path: Path::new("pay"), attempt: 1, outputs, took_us: 5 }
}
