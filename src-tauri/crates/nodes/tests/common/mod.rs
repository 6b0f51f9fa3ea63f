//! Nodes that work in a process of their own.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use engine::{Act, Context, Nodes, Path, RunId, Step, StepError};
use flow::{Digest, Node, Problem, Values};
use futures_util::future::BoxFuture;
use nodes::{BuiltIn, Files, Services};
use serde_json::{Value, json};

/// The time of every run: 14 November 2023, 22:13:20.
pub(crate) const NOW: i64 = 1_700_000_000_000;

/// The kinds, with the program that does the work.
pub(crate) struct Place {
    nodes: BuiltIn,
    files: Arc<Kept>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::with_program(Some(env!("CARGO_BIN_EXE_nodes-child").into()))
    }

    pub(crate) fn with_program(program: Option<PathBuf>) -> Self {
        let files = Arc::new(Kept::default());
        Self { nodes: BuiltIn::new(Services { program, files: files.clone(), ..Services::unavailable() }), files }
    }

    pub(crate) async fn act(&self, kind: &str, config: Value, inputs: &Values) -> Result<Values, StepError> {
        self.act_as("a", kind, config, inputs).await
    }

    pub(crate) async fn act_as(&self, step: &str, kind: &str, config: Value, inputs: &Values) -> Result<Values, StepError> {
        let Ok(Step::Act(act)) = self.nodes.build(&node(kind, config)) else { panic!("{kind} does not act") };
        let (run, path): (RunId, Path) = ("run-1".into(), Path::new(step));
        let context = Context { run: &run, path: &path, attempt: 1, now: NOW, seed: 7, key: Digest::of_bytes(b"key") };
        assert!(act.request(&context, inputs)?.is_none(), "it asks for nothing");
        Act::act(&*act, context, inputs, None).await
    }

    /// Keeps a file; gives it as a wire carries it.
    #[allow(dead_code, reason = "not every test has files")]
    pub(crate) fn keep(&self, name: &str, bytes: &[u8]) -> Value {
        let digest = Digest::of_bytes(bytes);
        self.files.0.lock().unwrap().insert(digest, bytes.into());
        json!({"name": name, "media": "application/octet-stream", "bytes": bytes.len(), "digest": digest})
    }
}

fn node(kind: &str, config: Value) -> Node {
    serde_json::from_value(json!({"id": "a", "kind": kind, "config": config})).unwrap()
}

/// What is wrong with a config.
pub(crate) fn problems(kind: &str, config: Value) -> Vec<Problem> {
    BuiltIn::new(Services::unavailable()).build(&node(kind, config)).err().unwrap_or_default()
}

/// The codes of what is wrong with a config.
pub(crate) fn codes(kind: &str, config: Value) -> Vec<String> {
    problems(kind, config).into_iter().map(|problem| problem.code).collect()
}

/// How many child processes this one has, but for those that have ended.
#[allow(dead_code, reason = "not every test counts them")]
pub(crate) fn children() -> usize {
    let me = std::process::id().to_string();
    let stats =
        std::fs::read_dir("/proc").unwrap().filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("stat")).ok());
    stats
        .filter(|stat| {
            let rest: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
            rest.get(1) == Some(&&*me) && rest.first() != Some(&"Z")
        })
        .count()
}

#[derive(Default)]
struct Kept(Mutex<BTreeMap<Digest, Arc<[u8]>>>);

impl Files for Kept {
    fn get(&self, digest: Digest) -> BoxFuture<'_, Result<Arc<[u8]>, StepError>> {
        let found = self.0.lock().unwrap().get(&digest).cloned();
        Box::pin(async move { found.ok_or_else(|| StepError::new("NO_FILE", "There is no such file.", "Add it.")) })
    }
    fn put(&self, _: Arc<[u8]>) -> BoxFuture<'_, Result<Digest, StepError>> {
        unreachable!("nothing is kept by these kinds")
    }
}
