//! What the tests of kinds share.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use engine::{Act, Context, Nodes, Path, Pure, RunId, Step, StepError};
use flow::{Catalog, Digest, Node, Ports, Problem, Values};
use serde_json::{Value, json};

use crate::{BuiltIn, Services};

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
        Ok(Step::Pure(step)) => with_context(1_700_000_000_000, |context| Pure::run(&*step, context, inputs)),
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
