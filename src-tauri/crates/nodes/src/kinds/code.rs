//! `code`: a flow's own JavaScript.

use std::sync::Arc;

use consent::Action;
use engine::{Act, Context, Go, Step, StepError};
use flow::{Digest, Ports, Problem, Type, Values};
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    Tools,
    child::{
        Children, Work,
        script::{self, Script},
    },
    kind::{BuiltInKind, problem},
    ports::{Incoming, Outgoing, any, check_names, is_of, value_and},
};

/// The kind.
pub(crate) struct Code;

/// The code, what it takes and what it gives.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The body of a function of inputs that returns an object of outputs. It may await, and can reach no file, network, clock or dice:
    /// Date is the run's time, Math.random the same each time.
    #[schemars(extend("format" = "javascript", "examples" = ["return { value: inputs.value.toUpperCase() };"]), length(max = 65_536))]
    source: String,
    /// What the code reads, besides inputs.value. Money is an object of asset and minor, both texts.
    #[serde(default)]
    inputs: Vec<Incoming>,
    /// What the code gives. An output that it leaves out is not taken.
    #[serde(default = "value")]
    #[schemars(length(min = 1))]
    outputs: Vec<Outgoing>,
    /// The longest it may run, in milliseconds.
    #[serde(default = "a_second")]
    #[schemars(range(min = 10, max = 60_000), extend("unit" = "ms"))]
    timeout_ms: u64,
    /// The most memory it may use, in MiB.
    #[serde(default = "usual_memory")]
    #[schemars(range(min = 4, max = 256), extend("unit" = "MiB"))]
    memory_mib: u32,
}

fn value() -> Vec<Outgoing> {
    vec![Outgoing { name: "value".to_owned(), ty: any(), help: String::new() }]
}
fn a_second() -> u64 {
    1_000
}
fn usual_memory() -> u32 {
    64
}

impl BuiltInKind for Code {
    type Config = Config;
    const NAME: &'static str = "code";
    const TITLE: &'static str = "Code";
    const SUMMARY: &'static str = "Runs JavaScript on its inputs, cut off from everything else.";
    const GROUP: &'static str = "Data";
    const ICON: &'static str = "code";

    fn ports(config: Option<&Config>) -> Ports {
        let outputs = config.map_or_else(value, |config| config.outputs.clone());
        Ports { inputs: value_and(config.map(|c| &*c.inputs)), outputs: outputs.iter().map(Outgoing::port).collect() }
    }

    fn check(config: &Config) -> Vec<Problem> {
        let mut problems = check_names("/inputs", config.inputs.iter().map(|p| &*p.name), &["value"]);
        problems.extend(check_names("/outputs", config.outputs.iter().map(|p| &*p.name), &["error"]));
        problems.extend(script::check(&config.source).err().map(|mistake| {
            let message = match mistake.line {
                0 => format!("The code can't be read: {}.", mistake.message),
                line => format!("The code can't be read. Line {line}, column {}: {}.", mistake.column, mistake.message),
            };
            problem("BAD_CODE", "/source", message, "Correct the code.")
        }));
        problems
    }

    fn says(config: &Config) -> String {
        match config.source.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("//")) {
            Some(line) => crate::words::brief(line),
            None => "Does nothing yet".to_owned(),
        }
    }

    fn build(config: Config, tools: &Tools) -> Result<Step, Vec<Problem>> {
        Ok(Step::Act(Arc::new(Ready { config, children: Arc::clone(&tools.children) })))
    }
}

struct Ready {
    config: Config,
    children: Arc<Children>,
}

impl Ready {
    fn script(&self, context: &Context<'_>) -> Work {
        Work::Script(Script {
            source: self.config.source.clone(),
            memory_mib: self.config.memory_mib,
            timeout_ms: self.config.timeout_ms,
            now: context.now,
            seed: Digest::chain("assent.code.v1", &[&context.seed.to_le_bytes(), context.path.as_str().as_bytes()]),
        })
    }
}

impl Act for Ready {
    /// It can reach nothing, so there is nothing to ask for.
    fn request(&self, _: &Context<'_>, _: &Values) -> Result<Option<Action>, StepError> {
        Ok(None)
    }

    fn act<'a>(
        &'a self,
        context: Context<'a>,
        inputs: &'a Values,
        _: Option<&'a Go>,
    ) -> BoxFuture<'a, Result<Values, StepError>> {
        Box::pin(async move {
            let given = serde_json::to_vec(inputs).map_err(|error| {
                StepError::new("BAD_INPUT", format!("What came in can't be given to code: {error}."), "Look at what came in.")
            })?;
            let result = self.children.carry_out(&self.script(&context), &given).await?;
            let result = result.as_object().cloned().unwrap_or_default();
            if let Some(other) = result.keys().find(|name| self.config.outputs.iter().all(|output| output.name != **name)) {
                let message =
                    format!("The code returned {}, which is no output of this step.", crate::short(&other.as_str().into()));
                return Err(StepError::new("BAD_OUTPUT", message, "Declare it as an output, or leave it out."));
            }
            let named = result.into_iter().map(|(name, value)| match self.ty(&name) {
                Some(ty) if !is_of(ty, &value) => {
                    let message = format!("The code returned {} as {name}, which is not of type {ty}.", crate::short(&value));
                    Err(StepError::new("TYPE_MISMATCH", message, "Change the code or the type."))
                }
                _ => Ok((name.into(), value.into())),
            });
            named.collect()
        })
    }
}

impl Ready {
    fn ty(&self, output: &str) -> Option<&Type> {
        self.config.outputs.iter().find(|declared| declared.name == output).map(|declared| &declared.ty)
    }
}
