//! `pay`: money to a payee.

use std::sync::Arc;

use consent::{Action, Confirmed, Heard, Pay as Payment, Receipt, Risk};
use engine::{Act, Context, Go, Step, StepError, node::input};
use flow::{Effect, Port, Ports, Problem, Type, Values};
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Proposal, Tools, grant, kind::BuiltInKind};

/// The kind.
pub(crate) struct Pay;

/// Where the money comes from, and how it goes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The ledger account it is paid from; the workspace's own where none is named.
    #[serde(default)]
    account: Option<String>,
    /// Where it settles.
    #[serde(default)]
    rail: Rail,
}

/// Where a payment settles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Rail {
    /// The ledger in the workspace.
    #[default]
    Credits,
}

impl Rail {
    const fn name(self) -> &'static str {
        match self {
            Self::Credits => "credits",
        }
    }
}

impl BuiltInKind for Pay {
    type Config = Config;
    const NAME: &'static str = "pay";
    const TITLE: &'static str = "Pay";
    const SUMMARY: &'static str = "Pays somebody in the address book, once the gate and, where it says so, a person agree.";
    const GROUP: &'static str = "People and money";
    const ICON: &'static str = "circle-dollar-sign";
    const EFFECT: Effect = Effect::Spend;

    fn ports(_: Option<&Config>) -> Ports {
        let inputs = vec![
            Proposal::port(),
            Port::new("risk", Type::Json).help("Its risk, from a risk-score step."),
            Port::new("approval", Type::Verdict).help("The yes to wait for. Information only: the decision itself is looked up."),
        ];
        Ports { inputs, outputs: vec![Port::new("receipt", Type::Receipt).help("The proof of the payment.")] }
    }

    fn says(config: &Config) -> String {
        format!("Pays from {}, once the gate agrees", config.account.as_deref().unwrap_or("the usual account"))
    }

    fn build(config: Config, tools: &Tools) -> Result<Step, Vec<Problem>> {
        let account = config.account.unwrap_or_else(|| tools.services.account.clone());
        Ok(Step::Act(Arc::new(Ready { account, rail: config.rail })))
    }
}

struct Ready {
    account: String,
    rail: Rail,
}

impl Ready {
    /// What is asked of the gate. Of the payee only the id: name and address are the store's to fill in.
    fn action(&self, inputs: &Values) -> Result<Action, StepError> {
        let proposal = Proposal::read(input(inputs, "intent")?)?;
        let payment = proposal.payment()?;
        let risk = inputs.get("risk").map(|given| {
            Risk::deserialize(&**given).map_err(|error| {
                StepError::new("BAD_INPUT", format!("That is no risk score: {error}."), "Connect a risk-score step.")
            })
        });
        Ok(Action::Pay(Payment {
            account: self.account.clone(),
            rail: self.rail.name().to_owned(),
            payee: payment.payee.id.clone(),
            payee_name: String::new(),
            address: String::new(),
            amount: payment.amount,
            purpose: payment.purpose.map(ToString::to_string),
            heard: proposal.spoken.then(|| Heard { text: proposal.text.clone(), confidence_milli: proposal.confidence_milli }),
            risk: risk.transpose()?,
        }))
    }

    /// The proof of a payment that was granted; `None` where no money is held for it.
    fn receipt(&self, go: &Go, confirmed: Option<&Confirmed>) -> Option<Receipt> {
        let hold = go.hold.clone()?;
        match self.rail {
            // The money is in the ledger: the driver posts the hold in the transaction that records this receipt. A posted hold's transfer
            // has the hold's own id.
            Rail::Credits => Some(Receipt {
                request: go.request.clone(),
                request_digest: go.request_digest,
                verdict: go.verdict.clone(),
                prompt: go.prompt.clone(),
                decisions: go.decisions.clone(),
                surfaces: go.surfaces.clone(),
                transfer: hold.clone(),
                hold,
                at: confirmed.map_or(go.at, |by| by.at),
                confirmed: confirmed.cloned(),
            }),
        }
    }
}

impl Act for Ready {
    fn request(&self, _: &Context<'_>, inputs: &Values) -> Result<Option<Action>, StepError> {
        self.action(inputs).map(Some)
    }

    fn act<'a>(&'a self, _: Context<'a>, inputs: &'a Values, go: Option<&'a Go>) -> BoxFuture<'a, Result<Values, StepError>> {
        Box::pin(async move {
            let go = grant::same(go, &self.action(inputs)?)?;
            let receipt = self.receipt(go, None).ok_or_else(|| {
                StepError::new("NOT_GRANTED", "Nothing was done: no money is held for this payment.", "Start the run again.")
            })?;
            Ok(Values::one("receipt", json!(receipt)))
        })
    }

    fn confirmed(&self, inputs: &Values, go: &Go, by: &Confirmed) -> Option<Values> {
        let go = grant::same(Some(go), &self.action(inputs).ok()?).ok()?;
        Some(Values::one("receipt", json!(self.receipt(go, Some(by))?)))
    }

    // The hold and its posting go by the same key each time.
    fn honours_key(&self) -> bool {
        match self.rail {
            Rail::Credits => true,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use consent::{Action, Receipt};
    use engine::{Act, Go};
    use flow::Values;
    use serde::Deserialize;
    use serde_json::{Value, json};

    use crate::testing::{Fakes, acting, grant, proposal, spoken, with_context};

    fn action(config: Value, inputs: &Values) -> Result<consent::Pay, String> {
        let node = acting(Fakes::default().services(), "pay", config);
        match with_context(0, |context| node.request(context, inputs)) {
            Ok(Some(Action::Pay(pay))) => Ok(pay),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.code),
        }
    }

    async fn act(inputs: &Values, go: Option<&Go>) -> Result<Values, String> {
        let node = acting(Fakes::default().services(), "pay", json!({}));
        let (run, path) = ("run-1".into(), engine::Path::new("a"));
        let context = with_context(0, |context| engine::Context { run: &run, path: &path, ..*context });
        Act::act(&*node, context, inputs, go).await.map_err(|error| error.code)
    }

    #[test]
    fn asks_for_exactly_what_was_said() {
        let mut inputs = Values::one("intent", spoken("Send 25 dollars to Alice for the logo design", 0.875));
        inputs.insert("risk", json!({"score10_tenths": 21, "factors": []}));
        let pay = action(json!({"account": "shop"}), &inputs).unwrap();
        assert_eq!(
            (&*pay.account, &*pay.rail, &*pay.payee, &*pay.payee_name, &*pay.address),
            ("shop", "credits", "alice", "", "")
        );
        assert_eq!((pay.amount.to_string(), pay.purpose.as_deref()), ("25.00 USD".to_owned(), Some("the logo design")));
        let heard = pay.heard.unwrap();
        assert_eq!((&*heard.text, heard.confidence_milli), ("Send 25 dollars to Alice for the logo design", 875));
        assert_eq!(pay.risk.unwrap().score10_tenths, 21);

        let pay = action(json!({}), &Values::one("intent", proposal("Send 25 dollars to Alice"))).unwrap();
        assert_eq!((&*pay.account, pay.heard, pay.risk, pay.purpose), ("main", None, None, None));
    }

    #[test]
    fn what_is_no_payment_is_refused() {
        let mut zero = proposal("Send 25 dollars to Alice");
        zero["intent"]["amount"]["value"]["minor"] = "0".into();
        let mut negative = zero.clone();
        negative["intent"]["amount"]["value"]["minor"] = "-5".into();
        let mut number = zero.clone();
        number["intent"]["amount"]["value"]["minor"] = 2500.into();
        let mut padded = zero.clone();
        padded["address"] = "elsewhere".into();
        let cases = [
            (proposal("Split 30 dollars between Alice and Bob"), "NOT_BUILT"),
            (proposal("Refund 5 dollars to Alice"), "NOT_BUILT"),
            (proposal("Approve"), "NOT_A_PAYMENT"),
            (zero, "BAD_INTENT"),
            (negative, "BAD_INTENT"),
            (number, "BAD_INTENT"),
            (padded, "BAD_INTENT"),
            (json!("Send 25 dollars to Alice"), "BAD_INTENT"),
            (json!({"outcome": "allow"}), "BAD_INTENT"),
        ];
        for (given, code) in cases {
            assert_eq!(action(json!({}), &Values::one("intent", given.clone())), Err(code.to_owned()), "{given}");
        }
        let mut inputs = Values::one("intent", proposal("Send 25 dollars to Alice"));
        inputs.insert("risk", json!({"score10_tenths": "none"}));
        assert_eq!(action(json!({}), &inputs), Err("BAD_INPUT".to_owned()));
    }

    #[tokio::test]
    async fn the_receipt_holds_what_was_granted() {
        let inputs = Values::one("intent", proposal("Send 25 dollars to Alice"));
        let mut asked = action(json!({}), &inputs).unwrap();
        // What the store fills in.
        (asked.payee_name, asked.address) = ("Alice Chen".to_owned(), "payee:alice".to_owned());
        let go = grant(Action::Pay(asked));
        let out = act(&inputs, Some(&go)).await.unwrap();
        let receipt = Receipt::deserialize(&**out.get("receipt").unwrap()).unwrap();
        assert_eq!((receipt.request, receipt.request_digest), (go.request.clone(), go.request_digest));
        assert_eq!((receipt.hold, receipt.transfer, receipt.at), ("h-1".to_owned(), "h-1".to_owned(), go.at));
        assert_eq!((receipt.prompt, receipt.decisions, receipt.surfaces), (go.prompt, go.decisions, go.surfaces));
    }

    #[test]
    fn a_payment_that_people_confirm_has_a_receipt_that_says_so() {
        let node = acting(Fakes::default().services(), "pay", json!({}));
        let inputs = Values::one("intent", proposal("Send 25 dollars to Alice"));
        let go = grant(Action::Pay(action(json!({}), &inputs).unwrap()));
        let by = consent::Confirmed::by("nik", flow::Digest::of_bytes(b"decision"), 7);
        let out = node.confirmed(&inputs, &go, &by).unwrap();
        let receipt = Receipt::deserialize(&**out.get("receipt").unwrap()).unwrap();
        assert_eq!((receipt.request_digest, &*receipt.transfer, receipt.at), (go.request_digest, "h-1", 7));
        let confirmed = receipt.confirmed.unwrap();
        assert_eq!((&*confirmed.note, &*confirmed.profile, confirmed.decision), ("outcome confirmed by nik", "nik", by.decision));
        // What was not granted so can't be confirmed either.
        let other = Values::one("intent", proposal("Send 26 dollars to Alice"));
        assert_eq!(node.confirmed(&other, &go, &by), None);
        assert_eq!(node.confirmed(&inputs, &Go { hold: None, ..go }, &by), None);
    }

    #[tokio::test]
    async fn nothing_on_a_wire_stands_in_for_the_gate() {
        // A made-up verdict, a made-up payee and a made-up receipt on the wires, and no grant.
        let mut inputs = Values::one("intent", proposal("Send 25 dollars to Alice"));
        inputs.insert("approval", json!({"outcome": "allow", "code": "OK", "reason": "", "lines": [], "policy": 1}));
        assert_eq!(act(&inputs, None).await, Err("NOT_GRANTED".to_owned()));

        let granted = action(json!({}), &inputs).unwrap();
        type Change = fn(&mut consent::Pay);
        let changes: [(&str, Change); 4] = [
            ("payee", |pay| pay.payee = "mallory".to_owned()),
            ("amount", |pay| pay.amount = money::Amount::new(2_600, pay.amount.asset())),
            ("account", |pay| pay.account = "other".to_owned()),
            ("purpose", |pay| pay.purpose = Some("other".to_owned())),
        ];
        for (what, change) in changes {
            let mut other = granted.clone();
            change(&mut other);
            assert_eq!(act(&inputs, Some(&grant(Action::Pay(other)))).await, Err("NOT_GRANTED".to_owned()), "{what}");
        }

        let mut swapped = grant(Action::Pay(granted.clone()));
        swapped.request_digest = flow::Digest::of_bytes(b"another");
        assert_eq!(act(&inputs, Some(&swapped)).await, Err("NOT_GRANTED".to_owned()));
        let unheld = Go { hold: None, ..grant(Action::Pay(granted)) };
        assert_eq!(act(&inputs, Some(&unheld)).await, Err("NOT_GRANTED".to_owned()));
    }

    #[test]
    fn a_payee_on_a_wire_is_an_id_and_nothing_else() {
        let mut made_up = proposal("Send 25 dollars to Alice");
        made_up["intent"]["payee"]["value"] = json!({"id": "mallory", "name": "Alice Chen"});
        let pay = action(json!({}), &Values::one("intent", made_up)).unwrap();
        // The gate refuses an id that the store does not have; the name on the wire goes nowhere.
        assert_eq!((&*pay.payee, &*pay.payee_name), ("mallory", ""));
    }
}
