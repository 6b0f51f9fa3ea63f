//! How the node kinds of tests run.

use std::sync::Arc;

use consent::{Action, Call, Confirmed, Pay};
use engine::{Act, Context, Control, Frame, Go, OnFailure, Pure, Rate, Step, StepError};
use flow::{Digest, Effect, Node, Problem, Shared, Value, Values};
use futures_util::future::BoxFuture;
use money::{Amount, Asset};
use serde_json::json;

use crate::{
    ACCOUNT, World,
    world::{Habit, Target},
};

pub(crate) fn build(node: &Node, world: &Arc<World>) -> Result<Step, Vec<Problem>> {
    let config = node.config.clone();
    let text = |field: &str| config[field].as_str().map(str::to_owned);
    let act = |effect: Effect, asks| {
        let habit = match config["habit"].as_str() {
            Some("fails-first") => Habit::FailsFirst,
            Some("loses-answer") => Habit::LosesAnswer,
            _ => Habit::Reliable,
        };
        let rate = config["rate"].as_u64().and_then(|most| u32::try_from(most).ok()).map(|most| Rate { most, per_ms: 1000 });
        let target = Target { changes: effect.changes_the_world(), honours_key: config["honours_key"] == true, habit };
        Step::Act(Arc::new(Acting { world: world.clone(), effect, asks, rate, target }))
    };
    let call = |effect| match text("host") {
        None if effect == Effect::Read => Asks::Nothing,
        host => Asks::Call(host.unwrap_or_else(|| "api.example.com".to_owned())),
    };
    Ok(match node.kind.as_str() {
        "input" => Step::Control(Control::Input),
        "output" => Step::Control(Control::Output),
        "note" => Step::Control(Control::Nothing),
        "set" => Step::Pure(Box::new(Set(config.get("value").cloned().map(Arc::new)))),
        "add" => Step::Pure(Box::new(Add(config["plus"].as_i64().unwrap_or(0)))),
        "join" => Step::Pure(Box::new(Join)),
        "branch" => Step::Pure(Box::new(Branch(text("to")))),
        "fail" => Step::Pure(Box::new(Fail::new(&config))),
        "read" => act(Effect::Read, call(Effect::Read)),
        "effect" => act(Effect::Write, call(Effect::Write)),
        "pay" => act(
            Effect::Spend,
            Asks::Pay {
                payee: text("payee").unwrap_or_else(|| "alice".to_owned()),
                minor: config["minor"].as_i64().unwrap_or(100),
            },
        ),
        "delay" => {
            let ms = config["ms"].as_u64().unwrap_or(1000);
            Step::Control(Control::Delay(Box::new(move |_| Ok(ms))))
        }
        "for-each" => {
            let on_failure = match config["on_failure"].as_str() {
                Some("skip") => OnFailure::Skip,
                Some("collect") => OnFailure::Collect,
                _ => OnFailure::Stop,
            };
            framed(Frame::ForEach { parallel: number(&config, "parallel", 4), on_failure })
        }
        "repeat" => {
            let least = config["until"].as_i64().unwrap_or(i64::MAX);
            let until = Box::new(move |_: (i64, u64), seen: &Values| {
                Ok(seen.get("result").and_then(|v| v.as_i64()).is_some_and(|v| v >= least))
            });
            framed(Frame::Repeat { until, most: number(&config, "most", 10) })
        }
        "race" => framed(Frame::Race),
        "fallback" => framed(Frame::Fallback),
        "try" => framed(Frame::Try),
        "sub-flow" => Step::Control(Control::SubFlow { flow: text("flow").unwrap_or_default() }),
        "approval" => {
            let question = text("question").unwrap_or_else(|| "Shall it go on?".to_owned());
            Step::Control(Control::Approval {
                target: text("for"),
                question: Box::new(move |_, _| Ok(question.clone())),
                expires_ms: config["expires_ms"].as_u64(),
            })
        }
        other => return Err(vec![Problem::error("UNKNOWN_KIND", format!("There is no kind {other:?}."), "").at(&node.id)]),
    })
}

fn framed(frame: Frame) -> Step {
    Step::Control(Control::Frame(frame))
}

fn number(config: &Value, field: &str, or: u32) -> u32 {
    config[field].as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or(or)
}

fn incoming(inputs: &Values) -> Shared {
    inputs.get("value").cloned().unwrap_or_else(|| Arc::new(Value::Null))
}

struct Set(Option<Shared>);

impl Pure for Set {
    fn run(&self, _: &Context<'_>, inputs: &Values) -> Result<Values, StepError> {
        Ok(Values::one_shared("value", self.0.clone().unwrap_or_else(|| incoming(inputs))))
    }
}

struct Add(i64);

impl Pure for Add {
    fn run(&self, _: &Context<'_>, inputs: &Values) -> Result<Values, StepError> {
        let came = incoming(inputs);
        let sum = came.as_array().into_iter().flatten().filter_map(Value::as_i64).fold(self.0, i64::wrapping_add);
        Ok(Values::one("value", sum))
    }
}

struct Join;

impl Pure for Join {
    fn run(&self, _: &Context<'_>, inputs: &Values) -> Result<Values, StepError> {
        Ok(Values::one_shared("value", incoming(inputs)))
    }
}

struct Branch(Option<String>);

impl Pure for Branch {
    fn run(&self, _: &Context<'_>, inputs: &Values) -> Result<Values, StepError> {
        let value = incoming(inputs);
        let no = matches!(&*value, Value::Null | Value::Bool(false)) || *value == 0;
        let way = self.0.clone().unwrap_or_else(|| if no { "no" } else { "yes" }.to_owned());
        Ok(Values::one_shared(way, value))
    }
}

struct Fail {
    times: u32,
    code: String,
    retryable: bool,
    panic: bool,
}

impl Fail {
    fn new(config: &Value) -> Self {
        Self {
            times: config["times"].as_u64().and_then(|times| u32::try_from(times).ok()).unwrap_or(u32::MAX),
            code: config["code"].as_str().unwrap_or("BROKEN").to_owned(),
            retryable: config["retryable"] == true,
            panic: config["panic"] == true,
        }
    }
}

impl Pure for Fail {
    fn run(&self, context: &Context<'_>, inputs: &Values) -> Result<Values, StepError> {
        if context.attempt > self.times {
            return Ok(Values::one_shared("value", incoming(inputs)));
        }
        assert!(!self.panic, "as the config says");
        let error = StepError::new(&self.code, "As the config says.", "");
        Err(if self.retryable { error.retryable() } else { error })
    }
}

fn receipt(go: &Go) -> Value {
    json!({ "request": go.request_digest, "hold": go.hold, "decisions": go.decisions })
}

/// What a step asks the gate for.
enum Asks {
    Nothing,
    Call(String),
    Pay { payee: String, minor: i64 },
}

struct Acting {
    world: Arc<World>,
    effect: Effect,
    asks: Asks,
    rate: Option<Rate>,
    target: Target,
}

impl Act for Acting {
    fn rate(&self) -> Option<Rate> {
        self.rate
    }

    fn request(&self, _: &Context<'_>, inputs: &Values) -> Result<Option<Action>, StepError> {
        Ok(match &self.asks {
            Asks::Nothing => None,
            Asks::Call(host) => Some(Action::Call(Call {
                effect: self.effect,
                method: if self.effect == Effect::Read { "GET" } else { "POST" }.to_owned(),
                host: host.clone(),
                port: 443,
                url: format!("https://{host}/things"),
                body: Digest::of("test.body", &*incoming(inputs)),
                secrets: Vec::new(),
            })),
            Asks::Pay { payee, minor } => {
                let usd = Asset::find("USD").map_err(|error| StepError::new("ASSET", error.to_string(), ""))?;
                Some(Action::Pay(Pay {
                    account: ACCOUNT.to_owned(),
                    rail: "credits".to_owned(),
                    payee: payee.clone(),
                    payee_name: String::new(),
                    address: String::new(),
                    amount: Amount::new(i128::from(*minor), usd),
                    purpose: incoming(inputs).as_str().map(str::to_owned),
                    heard: None,
                    risk: None,
                }))
            }
        })
    }

    fn act<'a>(
        &'a self,
        context: Context<'a>,
        inputs: &'a Values,
        go: Option<&'a Go>,
    ) -> BoxFuture<'a, Result<Values, StepError>> {
        Box::pin(async move {
            let value = self.world.call(context, self.target, incoming(inputs)).await?;
            let mut outputs = Values::one_shared("value", value);
            if self.effect == Effect::Spend {
                let go = go.ok_or_else(|| StepError::new("NO_GO", "Nothing was granted.", ""))?;
                outputs.insert("receipt", receipt(go));
            }
            Ok(outputs)
        })
    }

    fn confirmed(&self, inputs: &Values, go: &Go, by: &Confirmed) -> Option<Values> {
        (self.effect == Effect::Spend).then(|| {
            let mut receipt = receipt(go);
            receipt["confirmed"] = json!(by.note);
            let mut outputs = Values::one_shared("value", incoming(inputs));
            outputs.insert("receipt", receipt);
            outputs
        })
    }

    fn honours_key(&self) -> bool {
        self.target.honours_key
    }
}
