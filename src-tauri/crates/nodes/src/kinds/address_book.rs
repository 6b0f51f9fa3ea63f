//! `address-book`: the payees a user knows.

use std::sync::Arc;

use consent::Action;
use engine::{Act, Context, Go, Step, StepError};
use flow::{Effect, Port, Ports, Problem, Type, Value, Values};
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::{AddressBook as Book, Tools, kind::BuiltInKind, ports::value};

/// The kind.
pub(crate) struct AddressBook;

/// Nothing to set.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {}

impl BuiltInKind for AddressBook {
    type Config = Config;
    const NAME: &'static str = "address-book";
    const TITLE: &'static str = "Address book";
    const SUMMARY: &'static str = "Lists the payees, for matching names; a payment goes by a payee's id alone.";
    const GROUP: &'static str = "Voice and intent";
    const ICON: &'static str = "book-user";
    const EFFECT: Effect = Effect::Read;

    fn ports(_: Option<&Config>) -> Ports {
        let payees = Port::new("payees", Type::Json.list()).help("Id, name, aliases and verified of each.");
        Ports { inputs: vec![value()], outputs: vec![payees] }
    }

    fn build(_: Config, tools: &Tools) -> Result<Step, Vec<Problem>> {
        Ok(Step::Act(Arc::new(Ready(Arc::clone(&tools.services.addresses)))))
    }
}

struct Ready(Arc<dyn Book>);

impl Act for Ready {
    fn request(&self, _: &Context<'_>, _: &Values) -> Result<Option<Action>, StepError> {
        Ok(None)
    }

    fn act<'a>(&'a self, _: Context<'a>, _: &'a Values, _: Option<&'a Go>) -> BoxFuture<'a, Result<Values, StepError>> {
        Box::pin(async move {
            let payees = self.0.payees().await?;
            let list =
                payees.into_iter().map(|p| json!({"id": p.id, "name": p.name, "aliases": p.aliases, "verified": p.verified}));
            Ok(Values::one("payees", list.collect::<Value>()))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use flow::Values;
    use serde_json::json;

    use crate::testing::{Fakes, act};

    #[tokio::test]
    async fn lists_names_and_ids_and_no_addresses() {
        let out = act(Fakes::default().services(), "address-book", json!({}), &Values::new()).await.unwrap();
        assert_eq!(
            out.to_object(),
            json!({"payees": [
                {"id": "alice", "name": "Alice Chen", "aliases": ["Alice"], "verified": true},
                {"id": "bob", "name": "Bob Okafor", "aliases": ["Bob"], "verified": false},
            ]})
        );
    }
}
