//! What the tests of kinds share.

#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use consent::{Action, Code, Outcome, Request, Verdict};
use engine::{Act, Context, Go, Nodes, Path, Pure, RunId, Step, StepError};
use flow::{Catalog, Digest, Node, Ports, Problem, Values};
use futures_util::future::BoxFuture;
use intent::{Book, Heard, Settings, Span, WordConfidence};
use money::Asset;
use serde_json::{Value, json};

use crate::{
    AddressBook, BuiltIn, Files, HeardWord, History, Payee, PaymentHistory, Proposal, Secret, Secrets, Services, Transcriber,
    Transcript,
};

const NOW: i64 = 1_700_000_000_000;

pub(crate) fn node(kind: &str, config: Value) -> Node {
    serde_json::from_value(json!({"id": "a", "kind": kind, "config": config})).unwrap()
}

pub(crate) fn build(kind: &str, config: Value) -> Result<Step, Vec<Problem>> {
    BuiltIn::new(Services::unavailable()).build(&node(kind, config))
}

pub(crate) fn ports(kind: &str, config: Value) -> Ports {
    let kinds = BuiltIn::new(Services::unavailable());
    (kinds.kind(kind).unwrap().ports)(&config)
}

/// The codes of the problems in a config.
pub(crate) fn codes(kind: &str, config: Value) -> Vec<String> {
    build(kind, config).err().unwrap_or_default().into_iter().map(|p| p.code).collect()
}

/// A context at a fixed time.
pub(crate) fn with_context<T>(now: i64, then: impl FnOnce(&Context<'_>) -> T) -> T {
    let (run, path): (RunId, Path) = ("run-1".into(), Path::new("a"));
    then(&Context { run: &run, path: &path, attempt: 1, now, seed: 7, key: Digest::of_bytes(b"key") })
}

/// Runs a node that computes.
pub(crate) fn pure(kind: &str, config: Value, inputs: &Values) -> Result<Values, StepError> {
    match build(kind, config) {
        Ok(Step::Pure(step)) => with_context(NOW, |context| Pure::run(&*step, context, inputs)),
        Ok(_) => panic!("{kind} does not compute"),
        Err(problems) => panic!("{problems:?}"),
    }
}

/// A node that acts, with these services.
pub(crate) fn acting(services: Services, kind: &str, config: Value) -> Arc<dyn Act> {
    match BuiltIn::new(services).build(&node(kind, config)) {
        Ok(Step::Act(act)) => act,
        Ok(_) => panic!("{kind} does not act"),
        Err(problems) => panic!("{problems:?}"),
    }
}

/// Runs a node that acts, behind a gate that allows what it asks for.
pub(crate) async fn act(services: Services, kind: &str, config: Value, inputs: &Values) -> Result<Values, StepError> {
    let node = acting(services, kind, config);
    let (run, path): (RunId, Path) = ("run-1".into(), Path::new("a"));
    let context = Context { run: &run, path: &path, attempt: 1, now: NOW, seed: 7, key: Digest::of_bytes(b"key") };
    let go = node.request(&context, inputs)?.map(grant);
    node.act(context, inputs, go.as_ref()).await
}

/// What the gate gives when it allows an action.
pub(crate) fn grant(action: Action) -> Go {
    let request = Request {
        key: Digest::of_bytes(b"key"),
        run: Some("run-1".to_owned()),
        path: Some("a".to_owned()),
        by_hand: Vec::new(),
        action,
    };
    Go {
        request_digest: request.digest(),
        request: request.into(),
        verdict: Arc::new(Verdict {
            outcome: Outcome::Allow,
            code: Code::Ok,
            reason: "Nothing speaks against it.".to_owned(),
            lines: Vec::new(),
            policy: 1,
        }),
        hold: Some("h-1".to_owned()),
        prompt: Some("p-1".to_owned()),
        decisions: vec![Digest::of_bytes(b"decision")],
        surfaces: vec!["terminal".to_owned()],
        at: NOW,
    }
}

/// A transcript of words spoken one after the other, each fully sure.
pub(crate) fn transcript(text: &str) -> Transcript {
    let word = |(at, text): (usize, &str)| {
        let start_ms = 300 * u64::try_from(at).unwrap();
        HeardWord { text: text.to_owned(), start_ms, end_ms: start_ms + 250, confidence: 1.0 }
    };
    Transcript { text: text.to_owned(), words: text.split(' ').enumerate().map(word).collect(), confidence: 1.0 }
}

/// What a parse-intent step gives for written words.
pub(crate) fn proposal(text: &str) -> Value {
    propose(text, &[], false)
}

/// What a parse-intent step gives for words heard with a confidence.
pub(crate) fn spoken(text: &str, probability: f64) -> Value {
    propose(text, &[WordConfidence { span: Span::new(0, text.len()), probability }], true)
}

fn propose(text: &str, words: &[WordConfidence], spoken: bool) -> Value {
    let payees = payees().into_iter().map(|p| intent::Payee { id: p.id, name: p.name, aliases: p.aliases }).collect();
    let parsed = intent::parse(&Heard { text, words }, &Book::new(payees), &Settings::default());
    let confidence_milli = if spoken { 875 } else { 1000 };
    let intent = parsed.intent.unwrap_or_else(|| panic!("{text}: {:?}", parsed.questions));
    json!(Proposal { intent, text: text.to_owned(), confidence_milli, spoken })
}

fn payees() -> Vec<Payee> {
    let payee = |id: &str, name: &str, alias: &str, verified| Payee {
        id: id.into(),
        name: name.into(),
        aliases: vec![alias.into()],
        verified,
    };
    vec![payee("alice", "Alice Chen", "Alice", true), payee("bob", "Bob Okafor", "Bob", false)]
}

/// All services, in memory.
#[derive(Clone, Default)]
pub(crate) struct Fakes(Arc<Inner>);

#[derive(Default)]
struct Inner {
    hears: Option<Transcript>,
    heard: Mutex<Vec<Arc<[u8]>>>,
    files: Mutex<BTreeMap<Digest, Arc<[u8]>>>,
    asked_history: Mutex<Vec<(String, String)>>,
    /// Name, value, host.
    secrets: Vec<(String, String, String)>,
}

impl Fakes {
    /// A transcriber that hears these words in any sound; without it there is never speech.
    pub(crate) fn hearing(text: &str) -> Self {
        Self(Arc::new(Inner { hears: Some(transcript(text)), ..Inner::default() }))
    }

    /// One secret that is bound to one host.
    pub(crate) fn with_secret(name: &str, value: &str, host: &str) -> Self {
        Self(Arc::new(Inner { secrets: vec![(name.into(), value.into(), host.into())], ..Inner::default() }))
    }

    pub(crate) fn services(&self) -> Services {
        let all = Arc::new(self.clone());
        Services {
            account: "main".to_owned(),
            transcriber: all.clone(),
            files: all.clone(),
            addresses: all.clone(),
            history: all.clone(),
            secrets: all,
            program: None,
        }
    }

    pub(crate) fn keep(&self, bytes: &[u8]) -> Digest {
        let digest = Digest::of_bytes(bytes);
        self.keep_as(digest, bytes);
        digest
    }

    /// Keeps bytes under a digest that need not be theirs.
    pub(crate) fn keep_as(&self, digest: Digest, bytes: &[u8]) {
        self.0.files.lock().unwrap().insert(digest, bytes.into());
    }

    pub(crate) fn kept(&self, digest: Digest) -> Option<Arc<[u8]>> {
        self.0.files.lock().unwrap().get(&digest).cloned()
    }

    pub(crate) fn heard(&self) -> Vec<Arc<[u8]>> {
        self.0.heard.lock().unwrap().clone()
    }

    pub(crate) fn asked_history(&self) -> Vec<(String, String)> {
        self.0.asked_history.lock().unwrap().clone()
    }
}

fn ready<'a, T: Send + 'a>(result: Result<T, StepError>) -> BoxFuture<'a, Result<T, StepError>> {
    Box::pin(async move { result })
}

impl Transcriber for Fakes {
    fn transcribe(&self, sound: Arc<[u8]>) -> BoxFuture<'_, Result<Transcript, StepError>> {
        self.0.heard.lock().unwrap().push(sound);
        ready(self.0.hears.clone().ok_or_else(|| StepError::new("NO_SPEECH", "Nothing was said.", "Say it again.")))
    }
}
impl Files for Fakes {
    fn get(&self, digest: Digest) -> BoxFuture<'_, Result<Arc<[u8]>, StepError>> {
        ready(self.kept(digest).ok_or_else(|| StepError::new("NO_FILE", "There is no such file.", "Add it.")))
    }
    fn put(&self, bytes: Arc<[u8]>) -> BoxFuture<'_, Result<Digest, StepError>> {
        ready(Ok(self.keep(&bytes)))
    }
}
impl AddressBook for Fakes {
    fn payees(&self) -> BoxFuture<'_, Result<Vec<Payee>, StepError>> {
        ready(Ok(payees()))
    }
}
impl History for Fakes {
    fn payments<'a>(
        &'a self,
        account: &'a str,
        payee: &'a str,
        _: Asset,
        _: i64,
    ) -> BoxFuture<'a, Result<PaymentHistory, StepError>> {
        self.0.asked_history.lock().unwrap().push((account.to_owned(), payee.to_owned()));
        ready(Ok(PaymentHistory::default()))
    }
}
impl Secrets for Fakes {
    fn reveal<'a>(&'a self, name: &'a str, host: &'a str) -> BoxFuture<'a, Result<Secret, StepError>> {
        let found = self.0.secrets.iter().find(|(n, _, h)| n == name && h == host);
        ready(found.map(|(name, value, _)| Secret::new(name, value)).ok_or_else(|| {
            StepError::new("NO_SECRET", format!("There is no secret {name} for {host}."), "Set it with `assent secret set`.")
        }))
    }
}
