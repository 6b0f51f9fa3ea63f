//! CEL expressions.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
};

use cel::{
    Context, ExecutionError,
    common::{
        ast::IdedExpr,
        types::{CelNull, CelUInt},
        value::Val,
    },
};

use super::{
    ALWAYS, ExprError, MOST_SOURCE, Vars, convert,
    meter::Meter,
    rewrite::{ENV, METER, Rewrite},
};
use crate::Value;

/// How many operators, dots and brackets an expression may have, those in its texts included.
const MOST_OPERATORS: usize = 1_000;

const SMALLER: &str = "Do part of it in a step of its own.";

/// A compiled CEL expression: for conditions and for mapping values.
///
/// JSON objects with exactly the keys `asset` and `minor` are money: `==`, `!=`, `<`, `<=`, `>`, `>=`, `+` and `-` work within one asset and fail across
/// two; `money("25.00 USD")` makes one, `string(m)` prints it, `m.asset`, `m.minor` and `m.amount` are its parts as text. An input that did not come
/// is `null`. A map is gone over in the order of its keys.
#[derive(Debug, Clone)]
pub struct Expression {
    source: Arc<str>,
    parsed: Arc<IdedExpr>,
    used: Arc<BTreeSet<String>>,
}

/// Expressions by what they were compiled from: the checks and the building of a node compile the same one, and a flow may have it in
/// many nodes.
static COMPILED: LazyLock<Mutex<HashMap<(String, String), Expression>>> = LazyLock::new(Mutex::default);

/// How many of those are kept.
const MOST_COMPILED: usize = 512;

impl Expression {
    /// Compiles an expression that may use these variables, `now` and `seed`. One that was compiled lately is shared.
    pub fn compile(source: &str, variables: &[&str]) -> Result<Self, ExprError> {
        if source.len() > MOST_SOURCE {
            return Err(ExprError::TooLong(source.len()));
        }
        let key = (source.to_owned(), variables.join(" "));
        if let Some(found) = compiled().get(&key) {
            return Ok(found.clone());
        }
        let made = Self::make(source, variables)?;
        let mut compiled = compiled();
        if compiled.len() >= MOST_COMPILED {
            compiled.clear();
        }
        Ok(compiled.entry(key).or_insert(made).clone())
    }

    fn make(source: &str, variables: &[&str]) -> Result<Self, ExprError> {
        // The parser nests once for each of these in a row, on the stack, before its tree can be looked at.
        if source.bytes().filter(|byte| b".[+-*/%<>=!".contains(byte)).count() > MOST_OPERATORS {
            return Err(ExprError::Refused {
                what: format!("An expression of more than {MOST_OPERATORS} operators and dots"),
                hint: SMALLER,
            });
        }
        let mut parsed = ENV.parser().parse(source).map_err(|errors| syntax(&errors))?;
        let variables: Vec<_> = variables.iter().copied().chain(ALWAYS).collect();
        let mut rewrite = Rewrite::new(&variables);
        rewrite.visit(&mut parsed, 0)?;
        Ok(Self { source: source.into(), parsed: Arc::new(parsed), used: Arc::new(rewrite.used) })
    }

    /// Its source.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The variables it uses, in order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.used.iter().map(String::as_str)
    }

    /// Its value.
    ///
    /// The same variables give the same value. Work is bounded by a budget of about two million values looked at.
    pub fn eval(&self, vars: &Vars<'_>) -> Result<Value, ExprError> {
        let meter = Meter::new();
        let mut context = Context::with_env(Arc::clone(&ENV));
        context.add_variable_as_val(METER, Box::new(meter.clone()));
        for name in &*self.used {
            let value: Box<dyn Val> = match name.as_str() {
                "now" => convert::timestamp(vars.now).map_err(ExprError::Failed)?,
                "seed" => Box::new(CelUInt::from(vars.seed)),
                name => match vars.values.get(name) {
                    Some(value) => convert::to_cel(value).map_err(ExprError::TooMuch)?,
                    None => Box::new(CelNull),
                },
            };
            context.add_variable_as_val(name, value);
        }
        let value = cel::Value::resolve_val(&self.parsed, &context);
        if meter.is_spent() {
            return Err(ExprError::TooMuch(
                "it looks at too many values; give it shorter lists, or do part of it in a step of its own",
            ));
        }
        convert::to_json(value.map_err(|error| ExprError::failed(plain(&error)))?.as_ref()).map_err(ExprError::failed)
    }
}

fn compiled() -> MutexGuard<'static, HashMap<(String, String), Expression>> {
    COMPILED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first syntax error, without the parser's lists of what could stand there.
fn syntax(errors: &cel::ParseErrors) -> ExprError {
    let Some(first) = errors.errors.first() else {
        return ExprError::Syntax { line: 1, column: None, what: "this is no expression".to_owned() };
    };
    let message = first.msg.trim_start_matches("Syntax error: ").trim_end_matches('.');
    if message.contains("Recursion limit") {
        return ExprError::Refused { what: "An expression nested this deeply".to_owned(), hint: SMALLER };
    }
    let unexpected =
        ["mismatched input ", "extraneous input ", "no viable alternative at input ", "token recognition error at: "];
    let what = match unexpected.iter().find_map(|prefix| message.strip_prefix(prefix)) {
        Some(rest) if rest.starts_with("'<EOF>'") => "it ends too early".to_owned(),
        Some(rest) => format!("{} is not expected here", rest.split(" expecting ").next().unwrap_or(rest)),
        None => message.to_owned(),
    };
    let at = |position: isize| usize::try_from(position).unwrap_or(1).max(1);
    ExprError::Syntax { line: at(first.pos.0), column: Some(at(first.pos.1)), what }
}

/// An evaluation error in plain words.
fn plain(error: &ExecutionError) -> String {
    match error {
        ExecutionError::FunctionError { function, message } if function == "money" => message.clone(),
        ExecutionError::FunctionError { function, message } => format!("{function}: {message}"),
        ExecutionError::NoSuchKey(key) => format!("there is no {key:?} in it"),
        ExecutionError::NoSuchOverload(overload) => {
            let name = overload.function().trim_matches(['_', '@']);
            format!("{name} does not work with {}", overload.argument_types().join(" and "))
        }
        ExecutionError::UnsupportedBinaryOperator(operator, left, right) => {
            format!("{operator} does not work with {:?} and {:?}", left.type_of(), right.type_of())
        }
        ExecutionError::UnexpectedType { got, want } => format!("it has {got} where {want} is needed"),
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "it divides by zero".to_owned(),
        ExecutionError::Overflow(operator, ..) => format!("{operator} gives a number that is too large"),
        ExecutionError::IndexOutOfBounds(_) => "the list has no such element".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_was_compiled_lately_is_shared_and_only_so_much_of_it_is_kept() {
        let one = Expression::compile("shared + 1", &["shared"]).unwrap();
        let other = Expression::compile("shared + 1", &["shared"]).unwrap();
        assert!(Arc::ptr_eq(&one.parsed, &other.parsed));
        // Under other names it is another expression, or none.
        assert!(!Arc::ptr_eq(&one.parsed, &Expression::compile("shared + 1", &["shared", "more"]).unwrap().parsed));
        assert!(Expression::compile("shared + 1", &["more"]).is_err());
        for number in 0..2 * MOST_COMPILED {
            Expression::compile(&number.to_string(), &[]).unwrap();
        }
        assert!(compiled().len() <= MOST_COMPILED);
    }
}
