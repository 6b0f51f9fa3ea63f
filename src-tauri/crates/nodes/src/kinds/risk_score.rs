//! `risk-score`: how risky a payment looks.

use std::sync::Arc;

use consent::Action;
use engine::{Act, Context, Go, Step, StepError, node::input};
use flow::{Effect, Port, Ports, Problem, Shared, Type, Values};
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::{
    Proposal, Services, Tools,
    kind::BuiltInKind,
    risk::{RiskFacts, score},
};

/// The kind.
pub(crate) struct RiskScore;

/// What the payment is compared with.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The ledger account it would be paid from; the workspace's own where none is named.
    #[serde(default)]
    account: Option<String>,
    /// How far the payer's clock is ahead of UTC, in minutes. Payments by night count as riskier.
    #[serde(default)]
    #[schemars(range(min = -720, max = 840), extend("unit" = "min", "examples" = [60]))]
    utc_offset_min: i16,
}

impl BuiltInKind for RiskScore {
    type Config = Config;
    const NAME: &'static str = "risk-score";
    const TITLE: &'static str = "Risk score";
    const SUMMARY: &'static str = "Scores a payment from 0 to 10 by what was paid before, with a reason for each part.";
    const GROUP: &'static str = "Voice and intent";
    const ICON: &'static str = "gauge";
    const EFFECT: Effect = Effect::Read;

    fn ports(_: Option<&Config>) -> Ports {
        let outputs = vec![
            Port::new("intent", Type::Intent).help("What came in."),
            Port::new("risk", Type::Json).help("The score in tenths of a point, and what made it up."),
        ];
        Ports { inputs: vec![Proposal::port()], outputs }
    }

    fn build(config: Config, tools: &Tools) -> Result<Step, Vec<Problem>> {
        Ok(Step::Act(Arc::new(Ready { config, services: tools.services.clone() })))
    }
}

struct Ready {
    config: Config,
    services: Services,
}

impl Act for Ready {
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
            let given = input(inputs, "intent")?;
            let proposal = Proposal::read(given)?;
            let payment = proposal.payment()?;
            let account = self.config.account.as_deref().unwrap_or(&self.services.account);
            let history = self.services.history.payments(account, &payment.payee.id, payment.amount.asset(), context.now).await?;
            let hour = hour(context.now, self.config.utc_offset_min);
            let risk = score(&RiskFacts { amount: payment.amount, payee: &payment.payee.name, history, hour });
            let mut outputs = Values::one_shared("intent", Shared::clone(given));
            outputs.insert("risk", json!(risk));
            Ok(outputs)
        })
    }
}

/// The hour of the day at a time in milliseconds since the epoch.
fn hour(now: i64, utc_offset_min: i16) -> u8 {
    let minutes = now.div_euclid(60_000) + i64::from(utc_offset_min);
    u8::try_from(minutes.div_euclid(60).rem_euclid(24)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use consent::Risk;
    use flow::Values;
    use serde::Deserialize;
    use serde_json::json;

    use super::hour;
    use crate::testing::{Fakes, act, proposal};

    #[tokio::test]
    async fn scores_by_the_history_of_the_account() {
        let inputs = Values::one("intent", proposal("Send 25 dollars to Alice"));
        let fakes = Fakes::default();
        let out = act(fakes.services(), "risk-score", json!({}), &inputs).await.unwrap();
        assert_eq!(out.get("intent"), inputs.get("intent"));
        let risk = Risk::deserialize(&**out.get("risk").unwrap()).unwrap();
        assert_eq!(risk.score10_tenths, 35);
        act(fakes.services(), "risk-score", json!({"account": "other"}), &inputs).await.unwrap();
        assert_eq!(fakes.asked_history(), [("main".to_owned(), "alice".to_owned()), ("other".to_owned(), "alice".to_owned())]);
    }

    #[tokio::test]
    async fn scores_payments_only() {
        for (text, code) in [
            ("Refund 5 dollars to Alice", "NOT_BUILT"),
            ("Hold 5 dollars in escrow for Alice", "NOT_BUILT"),
            ("What is my balance", "NOT_A_PAYMENT"),
        ] {
            let inputs = Values::one("intent", proposal(text));
            assert_eq!(
                act(Fakes::default().services(), "risk-score", json!({}), &inputs).await.unwrap_err().code,
                code,
                "{text}"
            );
        }
    }

    #[test]
    fn hours_of_the_payers_day() {
        const HOUR: i64 = 3_600_000;
        for (now, offset, expected) in
            [(0, 0, 0), (23 * HOUR, 60, 0), (0, -60, 23), (-1, 0, 23), (13 * HOUR + 1, 330, 18), (i64::MAX, 0, 7)]
        {
            assert_eq!(hour(now, offset), expected, "{now} {offset}");
        }
    }
}
