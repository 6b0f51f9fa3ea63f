//! Expressions and templates in a node's config: compiled when the node is built, evaluated when it runs.

use engine::{Context, StepError};
use flow::{ExprError, Expression, Problem, Template, Values, Vars, expr::ALWAYS};

use crate::{
    kind::problem,
    ports::{Incoming, check_names},
};

/// The names that expressions and templates of a node may use: `value` and its declared inputs.
pub(crate) fn names(inputs: &[Incoming]) -> Vec<&str> {
    std::iter::once("value").chain(inputs.iter().map(|input| &*input.name)).collect()
}

/// What is wrong with the names of the inputs declared beside `value`.
pub(crate) fn check_inputs(inputs: &[Incoming]) -> Vec<Problem> {
    check_names("/inputs", inputs.iter().map(|input| &*input.name), &["value", ALWAYS[0], ALWAYS[1]])
}

/// Compiles an expression that stands in the config at the JSON pointer `field`.
pub(crate) fn expression(field: &str, source: &str, inputs: &[Incoming]) -> Result<Expression, Problem> {
    Expression::compile(source, &names(inputs)).map_err(|error| {
        problem("BAD_EXPRESSION", field, format!("The expression does not compile. {error}"), "Correct the expression.")
    })
}

/// Compiles a template that stands in the config at the JSON pointer `field`.
pub(crate) fn template(field: &str, source: &str, inputs: &[Incoming]) -> Result<Template, Problem> {
    Template::compile(source, &names(inputs)).map_err(|error| {
        problem("BAD_TEMPLATE", field, format!("The template does not compile. {error}"), "Correct the template.")
    })
}

/// What expressions and templates see.
pub(crate) fn vars<'a>(context: &Context<'_>, inputs: &'a Values) -> Vars<'a> {
    Vars { values: inputs, now: context.now, seed: context.seed }
}

/// An expression or template that gave no value. `what` names it, such as `the condition`.
pub(crate) fn failed(what: &str, error: &ExprError) -> StepError {
    StepError::new("EXPRESSION", format!("In {what}: {error}"), "Look at what came in, and at the expression.")
}
