//! A program over a workspace of its own, with the node kinds of tests.
#![allow(dead_code, reason = "each test takes a part of it")]

use std::{collections::BTreeMap, sync::Arc};

use api::{App, Home, Parts, Place, Speech, Subscription};
use consent::{Payee, Prompt, PromptState, Verified};
use engine::{Engine, Settled, Start, StartedBy};
use flow::{Flow, Values};
use futures_util::StreamExt as _;
use money::{AccountId, Amount, Asset, TransferId};
use store::Store;
use testkit::{ACCOUNT, TestClock, TestNodes, World};

pub(crate) struct Bench {
    pub(crate) app: Arc<App>,
    pub(crate) store: Store,
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Arc<TestClock>,
    nodes: Arc<TestNodes>,
    folder: Arc<tempfile::TempDir>,
}

pub(crate) fn usd(minor: i128) -> Amount {
    Amount::new(minor, Asset::find("USD").unwrap())
}

fn program(
    folder: &tempfile::TempDir,
    store: &Store,
    engine: &Arc<Engine>,
    clock: &Arc<TestClock>,
    nodes: &Arc<TestNodes>,
) -> Arc<App> {
    let speech = Arc::new(Speech::new("none".into(), None));
    let home = Home { place: Place::new(folder.path()).unwrap(), store: store.clone(), engine: engine.clone() };
    Arc::new(App::new(Parts { nodes: nodes.clone(), speech, clock: clock.clone(), home: Some(home) }))
}

impl Bench {
    /// With 1,000.00 USD and Alice in the address book.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::new();
        let store = Store::open(folder.path(), clock.clone()).await.unwrap();
        store.open_account(AccountId::new(ACCOUNT), "Operations", Asset::find("USD").unwrap()).await.unwrap();
        store.fund(TransferId::new("opening"), AccountId::new(ACCOUNT), usd(100_000), "Opening balance").await.unwrap();
        let addresses = BTreeMap::from([("credits".to_owned(), "acct:alice".to_owned())]);
        let verified = Some(Verified { by: "owner".to_owned(), at: 1 });
        let alice = Payee { id: "alice".into(), name: "Alice Chen".into(), aliases: Vec::new(), addresses, verified };
        store.put_payee(alice).await.unwrap();
        let nodes = TestNodes::new(World::new());
        let engine = Engine::new(Arc::new(store.clone()), nodes.clone(), clock.clone());
        let app = program(&folder, &store, &engine, &clock, &nodes);
        Self { app, store, engine, clock, nodes, folder: Arc::new(folder) }
    }

    /// The same workspace, in a program that remembers nothing.
    pub(crate) fn again(&self) -> Self {
        let (store, engine, clock, nodes) = (self.store.clone(), self.engine.clone(), self.clock.clone(), self.nodes.clone());
        let app = program(&self.folder, &store, &engine, &clock, &nodes);
        Self { app, store, engine, clock, nodes, folder: self.folder.clone() }
    }

    pub(crate) async fn start(&self, run: &str, flow: &Flow, subflows: &BTreeMap<String, Arc<Flow>>, inputs: Values) {
        let version = self.store.put_flow(flow).await.unwrap();
        let mut versions = BTreeMap::new();
        for (id, called) in subflows {
            versions.insert(id.clone(), self.store.put_flow(called).await.unwrap());
        }
        let by = StartedBy::Profile { id: "owner".to_owned() };
        self.engine
            .start(Start {
                run: run.into(),
                flow: version,
                subflows: versions,
                inputs,
                by,
                seed: 7,
                given: BTreeMap::new(),
                parent: None,
            })
            .await
            .unwrap();
    }

    /// Starts a run without inputs, and lets it go on until it ends or only waits.
    pub(crate) async fn run(&self, run: &str, flow: &Flow) -> Settled {
        self.start(run, flow, &BTreeMap::new(), Values::new()).await;
        self.engine.settled(&run.into()).await.unwrap()
    }

    pub(crate) async fn open_prompts(&self, run: &str) -> Vec<Prompt> {
        let mut prompts = self.store.prompts_of(run).await.unwrap();
        prompts.retain(|prompt| prompt.state == PromptState::Open);
        prompts
    }

    pub(crate) fn follow<S: Subscription>(&self, request: S) -> Following<S::Item> {
        Following(request.open(self.app.clone()))
    }
}

pub(crate) struct Following<T>(futures_util::stream::BoxStream<'static, Result<T, api::ApiError>>);

impl<T> Following<T> {
    /// The next item.
    pub(crate) async fn next(&mut self) -> T {
        let next = tokio::time::timeout(std::time::Duration::from_secs(20), self.0.next());
        next.await.expect("an item in time").expect("an item").unwrap()
    }

    /// All items up to the end.
    pub(crate) async fn rest(self) -> Vec<T> {
        self.0.map(Result::unwrap).collect().await
    }
}
