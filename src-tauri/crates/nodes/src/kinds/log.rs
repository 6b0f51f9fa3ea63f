//! `log`: a line in the program's log.

use engine::{Context, Pure, Step, StepError};
use flow::{Port, Ports, Problem, Shared, Template, Type, Value, Values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Tools, formula,
    kind::BuiltInKind,
    ports::{Incoming, value_and},
};

/// The kind.
pub(crate) struct Log;

/// What to write.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// How much it matters.
    #[serde(default)]
    level: Level,
    /// The line, with values in double braces.
    #[schemars(extend("format" = "template", "examples" = ["Paid {{ value.amount }}"]))]
    text: String,
    /// The values it is made of, besides value.
    #[serde(default)]
    inputs: Vec<Incoming>,
}

/// How much a line matters.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// For those who look for a fault.
    Debug,
    /// For those who want to know what goes on.
    #[default]
    Info,
    /// Something may be wrong.
    Warn,
    /// Something is wrong.
    Error,
}

impl BuiltInKind for Log {
    type Config = Config;
    const NAME: &'static str = "log";
    const TITLE: &'static str = "Log";
    const SUMMARY: &'static str = "Writes a line to the program's log and passes its value on.";
    const GROUP: &'static str = "Data";
    const ICON: &'static str = "scroll-text";

    fn ports(config: Option<&Config>) -> Ports {
        let outputs = vec![Port::new("value", Type::Any).help("What came in on value.")];
        Ports { inputs: value_and(config.map(|c| &*c.inputs)), outputs }
    }

    fn check(config: &Config) -> Vec<Problem> {
        formula::check_inputs(&config.inputs)
    }

    fn build(config: Config, _: &Tools) -> Result<Step, Vec<Problem>> {
        let text = formula::template("/text", &config.text, &config.inputs).map_err(|problem| vec![problem])?;
        Ok(Step::Pure(Box::new(Ready { level: config.level, text })))
    }
}

struct Ready {
    level: Level,
    text: Template,
}

impl Pure for Ready {
    fn run(&self, context: &Context<'_>, inputs: &Values) -> Result<Values, StepError> {
        let text = self.text.render(&formula::vars(context, inputs)).map_err(|error| formula::failed("the line", &error))?;
        let (run, step) = (&**context.run, context.path.as_str());
        match self.level {
            Level::Debug => tracing::debug!(target: "flow", run, step, "{text}"),
            Level::Info => tracing::info!(target: "flow", run, step, "{text}"),
            Level::Warn => tracing::warn!(target: "flow", run, step, "{text}"),
            Level::Error => tracing::error!(target: "flow", run, step, "{text}"),
        }
        let value = inputs.get("value").cloned().unwrap_or_else(|| Shared::new(Value::Null));
        Ok(Values::one_shared("value", value))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use flow::Values;
    use serde_json::json;

    use crate::testing::pure;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn writes_one_line_and_passes_the_value_on() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        let out = tracing::subscriber::with_default(subscriber, || {
            pure(
                "log",
                json!({"level": "warn", "text": "paid {{ value }}"}),
                &Values::one("value", json!({"asset": "USD", "minor": "100"})),
            )
        });
        assert_eq!(out.unwrap().to_object(), json!({"value": {"asset": "USD", "minor": "100"}}));
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("WARN flow: paid 1.00 USD run=\"run-1\" step=\"a\"") && text.lines().count() == 1, "{text}");
    }
}
