//! What the gate granted, held against what a step is about to do.

use consent::Action;
use engine::{Go, StepError};

/// The grant, if it is for exactly this action and is whole.
///
/// For a payment, the payee's name and address are the store's to fill in; everything else must be as the step has it.
pub(crate) fn same<'a>(go: Option<&'a Go>, action: &Action) -> Result<&'a Go, StepError> {
    let refused = |what: &str| {
        StepError::new(
            "NOT_GRANTED",
            format!("Nothing was done: {what}."),
            "Start the run again; if this comes again, report it.",
        )
    };
    let go = go.ok_or_else(|| refused("the gate was not asked"))?;
    if go.request.digest() != go.request_digest {
        return Err(refused("what the gate granted does not have the digest that was decided on"));
    }
    let granted = match (&go.request.action, action) {
        (Action::Pay(granted), Action::Pay(asked)) => {
            let asked =
                consent::Pay { payee_name: granted.payee_name.clone(), address: granted.address.clone(), ..asked.clone() };
            *granted == asked
        }
        (granted, asked) => granted == asked,
    };
    if granted { Ok(go) } else { Err(refused("what would be done is not what the gate granted")) }
}
