//! Text templates.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock, atomic::AtomicBool, atomic::Ordering},
};

use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value as Shown};

use super::{
    ALWAYS, ExprError, MOST_SOURCE, Vars, convert,
    language::Language,
    money,
    shown::{self, Money},
};
use crate::Value;

/// How many instructions a template may carry out over small values; over large ones, fewer.
const FUEL: u64 = 200_000;

/// The largest values a template is given, in bytes of text and about as many for each number.
const MOST_INPUT: u64 = 4 << 20;

static PLAIN: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut plain = Environment::empty();
    plain.set_undefined_behavior(UndefinedBehavior::Strict);
    plain.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    plain.set_formatter(shown::format);
    shown::add_filters_and_tests(&mut plain);
    plain
});

/// A compiled text template in minijinja's language: values, conditions, loops and filters.
///
/// Money prints as `25.00 USD` and has `.asset`, `.minor` and `.amount`. What is not there is an error. Nothing is escaped. Arithmetic, captures, calls
/// and other files are refused: work on values belongs in an [`Expression`](super::Expression).
#[derive(Debug, Clone)]
pub struct Template {
    source: Arc<str>,
    compiled: Environment<'static>,
    used: Arc<BTreeSet<String>>,
}

impl Template {
    /// Compiles a template that may use these variables, `now` and `seed`.
    pub fn compile(source: &str, variables: &[&str]) -> Result<Self, ExprError> {
        if source.len() > MOST_SOURCE {
            return Err(ExprError::TooLong(source.len()));
        }
        let variables: Vec<_> = variables.iter().copied().chain(ALWAYS).collect();
        let used = Language::check(source, &variables)?;
        let mut compiled = PLAIN.clone();
        compiled.add_template_owned("template", source.to_owned()).map_err(|error| syntax(&error))?;
        Ok(Self { source: source.into(), compiled, used: Arc::new(used) })
    }

    /// Its source.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The variables it uses, in order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.used.iter().map(String::as_str)
    }

    /// Its text. At most 1 MiB.
    pub fn render(&self, vars: &Vars<'_>) -> Result<String, ExprError> {
        let mixed = Arc::new(AtomicBool::new(false));
        let (mut context, mut size) = (BTreeMap::new(), 0);
        for name in &*self.used {
            let value = match name.as_str() {
                "now" => Shown::from(convert::rfc3339(vars.now).map_err(ExprError::Failed)?),
                "seed" => Shown::from(vars.seed),
                name => match vars.values.get(name) {
                    Some(value) => show(value, &mixed, &mut size)?,
                    None => continue,
                },
            };
            context.insert(name.clone(), value);
        }
        let mut compiled = self.compiled.clone();
        // One instruction may go over a whole value, so larger values get fewer instructions.
        compiled.set_fuel(Some((FUEL * 1024 / (1024 + size / 16)).max(1_000)));
        let template = compiled.get_template("template").map_err(|error| syntax(&error))?;
        let mut text = shown::Limited::default();
        let outcome = template.render_captured_to(context, &mut text);
        if text.is_full() {
            return Err(ExprError::TooMuch("its text is longer than 1 MiB"));
        }
        if mixed.load(Ordering::Relaxed) {
            return Err(ExprError::Failed(
                "it compares money in two assets, and nothing converts one to the other by itself".to_owned(),
            ));
        }
        outcome.map_err(|error| failed(&error))?;
        text.into_text().ok_or_else(|| ExprError::Failed("its text is not whole".to_owned()))
    }
}

/// A JSON value as a template sees it.
fn show(value: &Value, mixed: &Arc<AtomicBool>, size: &mut u64) -> Result<Shown, ExprError> {
    let bytes = value.as_str().map_or(0, str::len);
    *size += 16 + u64::try_from(bytes).unwrap_or(u64::MAX / 2);
    if *size > MOST_INPUT {
        return Err(ExprError::TooMuch("it is given more than 4 MiB; take the part that is needed in a step before"));
    }
    Ok(match value {
        Value::Null => Shown::from(()),
        Value::Bool(truth) => Shown::from(*truth),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Shown::from(whole),
            (None, Some(large)) => Shown::from(large),
            (None, None) => Shown::from(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => Shown::from(text.as_str()),
        Value::Array(items) => Shown::from(items.iter().map(|item| show(item, mixed, size)).collect::<Result<Vec<_>, _>>()?),
        Value::Object(object) => match money::amount(value) {
            Some(amount) => Shown::from_object(Money { amount, mixed: Arc::clone(mixed) }),
            None => {
                let entries = object.iter().map(|(key, value)| Ok((key.clone(), show(value, mixed, size)?)));
                Shown::from(entries.collect::<Result<BTreeMap<_, _>, ExprError>>()?)
            }
        },
    })
}

/// A compile error.
pub(super) fn syntax(error: &minijinja::Error) -> ExprError {
    let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    ExprError::Syntax { line: error.line().unwrap_or(1), column: None, what }
}

fn failed(error: &minijinja::Error) -> ExprError {
    if error.kind() == ErrorKind::OutOfFuel {
        return ExprError::TooMuch("it does too many steps; give it shorter lists");
    }
    let line = error.line().map(|line| format!(" on line {line}")).unwrap_or_default();
    let what = error.detail().map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()));
    ExprError::failed(format!("{what}{line}"))
}
