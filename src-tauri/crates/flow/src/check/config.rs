//! Configs: that they fit their kind's schema, that expressions and templates compile, that names are names.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use jsonschema::{
    JsonType, ValidationError, Validator,
    error::{TypeKind, ValidationErrorKind},
};

use super::{Checked, Checks, fields, fields::Field, secrets};
use crate::{Digest, Expression, Kind, Port, Problem, Template, Value, scan, words::listed};

/// Compiled schemas, by the schema's digest; shared by all checks, as kinds seldom change.
static VALIDATORS: LazyLock<RwLock<HashMap<Digest, Arc<Validator>>>> = LazyLock::new(RwLock::default);

/// How many of those are kept.
const MOST_VALIDATORS: usize = 1024;

pub(super) fn check(checks: &Checks<'_>, problems: &mut Vec<Problem>) {
    let mut validators = HashMap::new();
    for checked in &checks.nodes {
        let id = &checked.node.id;
        let Some(kind) = checked.kind else {
            problems.extend(secrets::find(&checked.config, &[]).into_iter().map(|problem| problem.at(id)));
            continue;
        };
        let fields = fields::find(&kind.config, &checked.config);
        let mut found = numbers(&checked.config);
        match validators.entry(kind.name).or_insert_with(|| validator(kind)) {
            Ok(validator) => {
                let before = found.len();
                found.extend(validator.iter_errors(&checked.config).flat_map(|error| explain(&error)));
                if found.len() == before {
                    found.extend((kind.check)(&checked.config));
                }
            }
            Err(why) => found.push(Problem::error("BAD_CONFIG", why.clone(), "Report this; the kind itself is at fault.")),
        }
        found.extend(fields.iter().filter_map(|field| in_field(field, checked)));
        found.extend(secrets::find(&checked.config, &fields));
        // What the kind's own check repeats is said once.
        let mut said = HashSet::new();
        found.retain(|problem| problem.place.field.is_none() || said.insert((problem.place.field.clone(), problem.code.clone())));
        problems.extend(found.into_iter().map(|problem| problem.at(id)));
    }
    for (index, frame) in checks.flow.frames.iter().enumerate() {
        let here = secrets::find(&frame.config, &[]).into_iter().map(|mut problem| {
            let field = problem.place.field.take().unwrap_or_default();
            problem.field(format!("/frames/{index}/config{field}"))
        });
        problems.extend(here);
    }
}

fn validator(kind: &Kind) -> Result<Arc<Validator>, String> {
    let digest = Digest::of("assent.kind-config.v1", &kind.config);
    if let Some(known) = VALIDATORS.read().unwrap_or_else(PoisonError::into_inner).get(&digest) {
        return Ok(Arc::clone(known));
    }
    let compiled = jsonschema::validator_for(&kind.config);
    let compiled = Arc::new(compiled.map_err(|error| format!("The schema of the kind {:?} can't be used: {error}.", kind.name))?);
    let mut known = VALIDATORS.write().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= MOST_VALIDATORS {
        known.clear();
    }
    known.insert(digest, Arc::clone(&compiled));
    Ok(compiled)
}

/// A violation of the schema in plain words. Never quotes the value: it may be a secret in the wrong place.
fn explain(error: &ValidationError<'_>) -> Vec<Problem> {
    let pointer = error.instance_path().as_str();
    let subject = subject(pointer);
    let choices = |options: &Value| {
        listed(options.as_array().into_iter().flatten().map(|o| o.to_string()).collect::<Vec<_>>().iter().map(|s| &**s))
    };
    let one = |message: String, hint: &str| vec![at(Problem::error("BAD_CONFIG", message, hint), pointer)];
    match error.kind() {
        ValidationErrorKind::Required { property } => one(format!("{subject} lacks {property}."), "Fill it in."),
        ValidationErrorKind::AdditionalProperties { unexpected } | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let names: Vec<_> = unexpected.iter().map(|name| format!("{name:?}")).collect();
            let names = listed(names.iter().map(String::as_str));
            one(format!("{subject} has what it may not have: {names}."), "Take it out, or correct its name.")
        }
        ValidationErrorKind::Enum { options } => {
            one(format!("{subject} must be one of {}.", choices(options)), "Choose one of them.")
        }
        ValidationErrorKind::Constant { expected_value } => {
            one(format!("{subject} must be {expected_value}."), "Write exactly that.")
        }
        ValidationErrorKind::Minimum { limit } => one(format!("{subject} must be at least {limit}."), "Choose a larger number."),
        ValidationErrorKind::ExclusiveMinimum { limit } => {
            one(format!("{subject} must be more than {limit}."), "Choose a larger number.")
        }
        ValidationErrorKind::Maximum { limit } => one(format!("{subject} must be at most {limit}."), "Choose a smaller number."),
        ValidationErrorKind::ExclusiveMaximum { limit } => {
            one(format!("{subject} must be less than {limit}."), "Choose a smaller number.")
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => match likeliest(context) {
            Some(branch) => branch.iter().flat_map(explain).collect(),
            None => one(format!("{subject} has none of the forms it may have."), "See the kind's description."),
        },
        ValidationErrorKind::Type { kind: TypeKind::Single(ty) } => {
            one(format!("{subject} must be {}.", in_words(*ty)), "Correct the value.")
        }
        _ => {
            let what = error.masked_with(subject.clone()).to_string();
            one(format!("{}.", what.trim_end_matches('.')), "Correct the value.")
        }
    }
}

/// The field at a pointer, as the beginning of a sentence.
fn subject(pointer: &str) -> String {
    let mut parts = pointer.rsplit('/').map(|part| part.replace("~1", "/").replace("~0", "~")).filter(|part| !part.is_empty());
    match (parts.next(), parts.next()) {
        (None, _) => "The config".to_owned(),
        (Some(last), Some(list)) if last.parse::<u32>().is_ok() => format!("Entry {last} of {list:?}, counted from 0,"),
        (Some(last), _) => format!("The field {last:?}"),
    }
}

/// Places a problem at a field of the config, or at the config as a whole.
fn at(problem: Problem, pointer: &str) -> Problem {
    if pointer.is_empty() { problem } else { problem.field(pointer) }
}

fn in_words(ty: JsonType) -> &'static str {
    match ty {
        JsonType::Array => "a list",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "an object of named fields",
        JsonType::String => "text",
    }
}

/// Of several forms that a value may have, the one it comes nearest to: whose violations lie deepest, then are fewest.
fn likeliest<'e>(forms: &'e [Vec<ValidationError<'static>>]) -> Option<&'e [ValidationError<'static>]> {
    let depth = |error: &ValidationError<'_>| error.instance_path().as_str().matches('/').count();
    let is_type = |error: &ValidationError<'_>| matches!(error.kind(), ValidationErrorKind::Type { .. });
    let rank = |form: &&Vec<ValidationError<'static>>| {
        (form.iter().map(depth).max(), !form.iter().all(is_type), std::cmp::Reverse(form.len()))
    };
    forms.iter().filter(|form| !form.is_empty()).max_by_key(rank).map(Vec::as_slice)
}

/// Numbers that mean something else in canonical JSON, and so have no digest of their own.
fn numbers(config: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    secrets::walk(config, &mut |pointer, _, value| {
        let Value::Number(number) = value else { return };
        let is_whole = number.is_i64() || number.is_u64();
        if is_whole && !number.as_i64().is_some_and(scan::is_exact) {
            let message = format!("The number {number} is more than a flow file keeps exactly.");
            found.push(at(Problem::error("BAD_CONFIG", message, "Write it as text, in quotes."), pointer));
        }
    });
    found
}

fn in_field(field: &Field<'_>, checked: &Checked<'_>) -> Option<Problem> {
    let text = field.value.as_str()?;
    let inner = checked.kind.and_then(|kind| kind.inner).map(|inner| inner(&checked.config));
    // What a frame decides by is what its members get and give.
    let read: Vec<&Port> = match &inner {
        Some(ports) => ports.outputs.iter().chain(&ports.inputs).collect(),
        None => checked.ports.iter().flat_map(|ports| &ports.inputs).collect(),
    };
    let inputs: Vec<_> = read.into_iter().map(|port| port.name.as_str()).collect();
    let problem = match field.format {
        "cel" => {
            let error = Expression::compile(text, &inputs).err()?;
            Problem::error("BAD_EXPRESSION", format!("The expression does not compile. {error}"), "Correct the expression.")
        }
        "template" => {
            let error = Template::compile(text, &inputs).err()?;
            Problem::error("BAD_TEMPLATE", format!("The template does not compile. {error}"), "Correct the template.")
        }
        "money" => {
            let error = crate::expr::parse_money(text).err()?;
            Problem::error(
                "BAD_CONFIG",
                format!("This is not an amount: {error}."),
                "Write an amount with its asset, such as 25.00 USD.",
            )
        }
        _ => return None,
    };
    Some(at(problem, &field.pointer))
}
