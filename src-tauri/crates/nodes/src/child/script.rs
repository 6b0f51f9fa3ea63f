//! A flow's own JavaScript, run by QuickJS: no modules, files, network, clock or dice; bounded memory, time and output.

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

use engine::StepError;
use flow::Digest;
use rquickjs::{
    Context, Ctx, Error, Function, Module, Promise, Runtime, String as Text, Value, context::intrinsic, promise::PromiseState,
};
use serde::{Deserialize, Serialize};

/// The longest result, as JSON.
pub(crate) const LONGEST_OUTPUT: usize = 1 << 20;
/// How deep calls may go, in bytes of the stack.
const STACK: usize = 512 << 10;
/// How much of a message is passed on, in characters.
const LONGEST_MESSAGE: usize = 500;
/// What is given to look for mistakes before a run, in bytes.
const TO_CHECK: usize = 64 << 20;
/// The module that the code becomes, the name its errors carry.
const NAME: &str = "code";

/// Code to run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Script {
    /// The body of a function of `inputs`.
    pub(crate) source: String,
    /// The most memory, in MiB.
    pub(crate) memory_mib: u32,
    /// The longest it may take, in milliseconds.
    pub(crate) timeout_ms: u64,
    /// The run's time, in milliseconds since the epoch.
    pub(crate) now: i64,
    /// What its random numbers are made of.
    pub(crate) seed: Digest,
}

/// A mistake in the code's form. Line and column count from 1; 0 where they are not known.
pub(crate) struct Mistake {
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) message: String,
}

/// What the language offers: all but weak references and what tells the time, which would not be the same each time.
type Offered = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::Proxy,
    intrinsic::MapSet,
    intrinsic::TypedArrays,
    intrinsic::Promise,
);

/// The code as a module of its own. The first line is ours, so lines are counted from the second.
fn module(source: &str) -> String {
    format!("export default async function (inputs) {{\n{source}\n}}")
}

/// Looks for mistakes in the form of code, without running any of it.
pub(crate) fn check(source: &str) -> Result<(), Mistake> {
    let nowhere = |message: String| Mistake { line: 0, column: 0, message };
    let engine = Runtime::new().and_then(|runtime| {
        runtime.set_memory_limit(TO_CHECK);
        runtime.set_max_stack_size(STACK);
        Context::custom::<Offered>(&runtime)
    });
    engine.map_err(|error| nowhere(error.to_string()))?.with(|ctx| match Module::declare(ctx.clone(), NAME, module(source)) {
        Ok(_) => Ok(()),
        Err(_) => {
            let thrown = Thrown::take(&ctx);
            let (line, column) = thrown.at.unwrap_or_default();
            Err(Mistake { line, column, message: thrown.message })
        }
    })
}

/// Runs code on inputs (a JSON object); gives the JSON of what it returns, an object.
pub(crate) fn run(script: &Script, inputs: &[u8]) -> Result<Vec<u8>, StepError> {
    let until = Instant::now() + Duration::from_millis(script.timeout_ms);
    let overdue = Rc::new(Cell::new(false));
    let watched = Rc::clone(&overdue);
    let engine = Runtime::new().and_then(|runtime| {
        runtime.set_memory_limit(usize::try_from(script.memory_mib).unwrap_or(usize::MAX).saturating_mul(1 << 20));
        runtime.set_max_stack_size(STACK);
        runtime.set_interrupt_handler(Some(Box::new(move || {
            watched.set(watched.get() || Instant::now() >= until);
            watched.get()
        })));
        Context::custom::<Offered>(&runtime)
    });
    let engine = engine.map_err(|error| StepError::new("CODE", format!("QuickJS could not be started: {error}."), ""))?;
    engine.with(|ctx| {
        let done = carry_out(&ctx, script, inputs, &overdue);
        done.map_err(|failed| {
            let error = match failed {
                Failed::Thrown => Thrown::take(&ctx).error(script.memory_mib),
                Failed::Said(error) => error,
            };
            if !overdue.get() {
                return error;
            }
            let message = format!("The code was not done after {} ms and was ended.", script.timeout_ms);
            StepError::new("TIMEOUT", message, "Do less in one step, or allow more time.")
        })
    })
}

/// Why there is no result.
enum Failed {
    /// An exception is pending.
    Thrown,
    Said(StepError),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        if error.is_exception() {
            Self::Thrown
        } else {
            Self::Said(StepError::new("CODE", format!("The code failed: {error}."), ""))
        }
    }
}

fn carry_out(ctx: &Ctx<'_>, script: &Script, inputs: &[u8], overdue: &Cell<bool>) -> Result<Vec<u8>, Failed> {
    let prelude: Function<'_> = ctx.eval(include_str!("prelude.js"))?;
    let random = Random::new(script.seed);
    prelude.call::<_, ()>((script.now, Function::new(ctx.clone(), move || random.next())?))?;

    let (module, loaded) = Module::declare(ctx.clone(), NAME, module(&script.source))?.eval()?;
    settled(ctx, &loaded, overdue)?;
    let function: Function<'_> = module.get("default")?;
    let inputs = ctx.json_parse(inputs)?;
    let promise: Promise<'_> = function.call((inputs,))?;
    let result = settled(ctx, &promise, overdue)?;
    if !result.is_object() || result.is_array() || result.is_function() {
        let message = "The code returned no object of outputs.";
        return Err(Failed::Said(StepError::new("BAD_OUTPUT", message, "Return an object, such as { value: 1 }.")));
    }
    let json = ctx.json_stringify(result)?.unwrap_or(Text::from_str(ctx.clone(), "{}")?).to_cstring()?;
    if json.len() > LONGEST_OUTPUT {
        let message = format!("The code returned {} bytes of JSON; the most is {LONGEST_OUTPUT}.", json.len());
        return Err(Failed::Said(StepError::new("OUTPUT_TOO_LARGE", message, "Return less.")));
    }
    Ok(json.as_str().as_bytes().to_vec())
}

/// Goes on until a promise has come to something.
fn settled<'js>(ctx: &Ctx<'js>, promise: &Promise<'js>, overdue: &Cell<bool>) -> Result<Value<'js>, Failed> {
    while promise.state() == PromiseState::Pending && !overdue.get() {
        if !ctx.execute_pending_job() {
            break;
        }
    }
    let message = "The code waits for something that never comes.";
    let never = || Failed::Said(StepError::new("NEVER_DONE", message, "Await only what the code itself settles."));
    Ok(promise.result().ok_or_else(never)??)
}

/// What was thrown, as far as it can be told without running more of the code than must be.
struct Thrown {
    message: String,
    /// Line and column in the source, from 1.
    at: Option<(u32, u32)>,
}

impl Thrown {
    fn take(ctx: &Ctx<'_>) -> Self {
        let thrown = ctx.catch();
        let Some(object) = thrown.as_object() else {
            return Self { message: format!("it threw {}", simple(&thrown)), at: None };
        };
        let text = |name: &str| {
            let value = object.get::<_, Value<'_>>(name);
            // A getter may throw in its turn.
            let text = value.map_err(|_| drop(ctx.catch())).ok()?.into_string()?;
            text.to_string().ok().filter(|text| !text.is_empty())
        };
        let message = match (text("name"), text("message")) {
            (Some(name), Some(message)) if name != "Error" => format!("{name}: {message}"),
            (_, Some(message)) => message,
            (Some(name), None) => name,
            (None, None) => "it threw something that is no error".to_owned(),
        };
        Self { message: message.chars().take(LONGEST_MESSAGE).collect(), at: text("stack").as_deref().and_then(place) }
    }

    fn error(self, memory_mib: u32) -> StepError {
        if self.message == "InternalError: out of memory" {
            let message = format!("The code needs more than {memory_mib} MiB of memory.");
            return StepError::new("OUT_OF_MEMORY", message, "Keep less at once, or allow more memory.");
        }
        let at = self.at.map(|(line, _)| format!("Line {line}: ")).unwrap_or_default();
        StepError::new("CODE", format!("{at}{}.", self.message.trim_end_matches('.')), "Look at what came in, and at the code.")
    }
}

/// A value that is no object, in a few characters.
fn simple(value: &Value<'_>) -> String {
    let text = match value {
        _ if value.is_null() => "null".to_owned(),
        _ if value.is_undefined() => "undefined".to_owned(),
        _ => value
            .as_bool()
            .map(|bool| bool.to_string())
            .or_else(|| value.as_number().map(|number| number.to_string()))
            .or_else(|| value.as_string()?.to_string().ok())
            .unwrap_or_else(|| format!("a {}", value.type_name())),
    };
    text.chars().take(LONGEST_MESSAGE).collect()
}

/// The place in the source of the innermost call that stands in it.
fn place(stack: &str) -> Option<(u32, u32)> {
    stack.lines().find_map(|line| {
        let (_, at) = line.rsplit_once(&format!("{NAME}:"))?;
        let (line, column) = at.trim_end_matches(')').split_once(':')?;
        let (line, column) = (line.parse::<u32>().ok()?, column.parse().ok()?);
        // The first line is not theirs.
        Some((line.checked_sub(1).filter(|line| *line > 0)?, column))
    })
}

/// SplitMix64: small, and the same on every machine and in every version.
struct Random(Cell<u64>);

impl Random {
    fn new(seed: Digest) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = *seed.bytes();
        Self(Cell::new(u64::from_le_bytes([a, b, c, d, e, f, g, h])))
    }

    /// At least 0, less than 1.
    fn next(&self) -> f64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bits = (mixed ^ (mixed >> 31)) >> 32;
        f64::from(u32::try_from(bits).unwrap_or_default()) / 4_294_967_296.0
    }
}
