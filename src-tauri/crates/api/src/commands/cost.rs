//! What a run of a flow can cost at most, before it is run: from the flow and the policy.

use std::{collections::BTreeMap, sync::Arc};

use consent::Policy;
use flow::{Catalog, Effect, Flow, FrameKind, Level};
use money::{Amount, Asset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a run can cost at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// How many payments it can make; `None` where nothing in the flow bounds that.
    pub payments: Option<u64>,
    /// For each asset that the policy has a rule for.
    pub assets: Vec<AssetCost>,
    /// The steps that pay, and how often each can in one run.
    pub steps: Vec<PayingStep>,
    /// The name of the policy.
    pub policy: String,
}

/// What a run can cost at most in one asset, were all its payments in that one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AssetCost {
    /// The most that the run's payments come to by themselves; `None` where nothing bounds how many there are.
    pub at_most: Option<Amount>,
    /// The most that the policy lets go in one day, whatever the run does.
    pub a_day: Amount,
}

/// A step that pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PayingStep {
    /// Its place in the flow: frames and sub-flows, then the node.
    pub place: String,
    /// How often it can pay in one run; `None` where nothing bounds that.
    pub times: Option<u64>,
}

/// What a run of a flow can cost at most under a policy. A step pays once, however often it is tried.
pub(crate) fn cost(flow: &Flow, others: &BTreeMap<String, Arc<Flow>>, catalog: &dyn Catalog, policy: &Policy) -> Cost {
    let mut steps = Vec::new();
    Paying { others, catalog, steps: &mut steps }.flow(flow, "", Some(1), 0);
    let payments = steps.iter().try_fold(0_u64, |sum, step: &PayingStep| sum.checked_add(step.times?));
    let asset = |(asset, rule): (&Asset, &consent::AssetRule)| AssetCost {
        at_most: payments.and_then(|count| Some(Amount::new(rule.max_per_payment.checked_mul(i128::from(count))?, *asset))),
        a_day: Amount::new(rule.daily_cap, *asset),
    };
    let assets = if steps.is_empty() { Vec::new() } else { policy.assets.iter().map(asset).collect() };
    Cost { payments, assets, steps, policy: policy.name.clone() }
}

/// How deep calls are followed; the checks refuse circles.
const DEEPEST: usize = 32;

struct Paying<'a> {
    others: &'a BTreeMap<String, Arc<Flow>>,
    catalog: &'a dyn Catalog,
    steps: &'a mut Vec<PayingStep>,
}

impl Paying<'_> {
    fn flow(&mut self, flow: &Flow, within: &str, times: Option<u64>, deep: usize) {
        let levels = flow::levels(flow, self.catalog);
        match &levels {
            _ if deep > DEEPEST => {}
            None => self.level(&[], flow, flow, (within, times, deep)),
            Some(split) => self.level(&split.levels, flow, &split.levels[0].flow, (within, times, deep)),
        }
    }

    fn level(&mut self, levels: &[Level], whole: &Flow, level: &Flow, (within, times, deep): (&str, Option<u64>, usize)) {
        for node in level.nodes.iter().filter(|node| !node.bypass) {
            let place = format!("{within}{}", node.id);
            if let Some(inside) = levels.iter().find(|inside| inside.frame.as_deref() == Some(&node.id)) {
                let rounds = rounds(whole, &node.id);
                let times = times.zip(rounds).and_then(|(times, rounds)| times.checked_mul(rounds));
                self.level(levels, whole, &inside.flow, (&format!("{place}/"), times, deep));
            } else if node.kind == "sub-flow" {
                let called = node.config["flow"].as_str().and_then(|id| self.others.get(id)).cloned();
                if let Some(called) = called {
                    self.flow(&called, &format!("{place}/"), times, deep + 1);
                }
            } else if self.catalog.kind(&node.kind).is_some_and(|kind| (kind.effect)(&node.config) == Effect::Spend) {
                self.steps.push(PayingStep { place, times });
            }
        }
    }
}

/// How often what stands in a frame can run; `None` where only a run knows.
fn rounds(flow: &Flow, frame: &str) -> Option<u64> {
    let frame = flow.frames.iter().find(|known| known.id == frame)?;
    match frame.kind {
        FrameKind::ForEach => None,
        // As the kind's own default.
        FrameKind::Repeat => Some(frame.config["most"].as_u64().unwrap_or(10)),
        FrameKind::Group | FrameKind::Race | FrameKind::Fallback | FrameKind::Try | FrameKind::Strategy => Some(1),
    }
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.steps.is_empty() {
            return writeln!(f, "  a run costs nothing: no step of it pays");
        }
        match self.payments {
            Some(1) => writeln!(f, "  a run makes one payment at most")?,
            Some(count) => writeln!(f, "  a run makes {count} payments at most")?,
            None => writeln!(f, "  the number of payments in a run is unbounded")?,
        }
        for step in &self.steps {
            let times = step.times.map_or_else(|| "unbounded".to_owned(), |times| format!("{times} at most"));
            writeln!(f, "    {}: {times}", step.place)?;
        }
        for AssetCost { at_most, a_day } in &self.assets {
            match at_most {
                Some(most) => writeln!(f, "  {most} at most under the policy {:?}, and {a_day} a day", self.policy)?,
                None => writeln!(f, "  unbounded but for the policy {:?}: {a_day} a day", self.policy)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::{Value, json};

    use super::*;

    fn of(nodes: Value, frames: Value) -> Cost {
        let flow: Flow = serde_json::from_value(
            json!({ "schema": "assent.flow/1", "id": "f", "name": "F", "nodes": nodes, "frames": frames }),
        )
        .unwrap();
        let called: Flow = serde_json::from_value(json!({ "schema": "assent.flow/1", "id": "two", "name": "Two", "nodes": [
            { "id": "a", "kind": "pay" }, { "id": "b", "kind": "pay", "bypass": true }, { "id": "c", "kind": "note", "config": {"text": ""} }
        ] }))
        .unwrap();
        let others = BTreeMap::from([("two".to_owned(), Arc::new(called))]);
        cost(&flow, &others, &nodes::BuiltIn::new(nodes::Services::unavailable()), &Policy::usual())
    }

    #[test]
    fn the_worst_case_is_counted_and_unbounded_is_said() {
        let pay = |id: &str| json!({ "id": id, "kind": "pay" });
        let none = of(json!([{ "id": "n", "kind": "note", "config": { "text": "" } }]), json!([]));
        assert_eq!((none.payments, none.assets.len()), (Some(0), 0));
        assert!(none.to_string().contains("costs nothing"));

        let call = json!({ "id": "sub", "kind": "sub-flow", "config": { "flow": "two" } });
        let frames =
            json!([{ "id": "again", "kind": "repeat", "members": ["p", "sub"], "config": { "until": "true", "most": 3 } }]);
        let some = of(json!([pay("p"), pay("q"), call]), frames);
        let places: Vec<_> = some.steps.iter().map(|step| (step.place.as_str(), step.times)).collect();
        assert_eq!(places, [("q", Some(1)), ("again/p", Some(3)), ("again/sub/a", Some(3))]);
        assert_eq!(some.payments, Some(7));
        let usd = some.assets.iter().find(|cost| cost.a_day.asset().code() == "USD").unwrap();
        assert_eq!(
            (usd.at_most.unwrap().to_string(), usd.a_day.to_string()),
            ("3500.00 USD".to_owned(), "500.00 USD".to_owned())
        );

        let frames = json!([{ "id": "each", "kind": "for-each", "members": ["p"] }]);
        let endless = of(json!([pay("p")]), frames);
        assert_eq!((endless.payments, endless.assets[0].at_most), (None, None));
        assert!(endless.to_string().contains("unbounded"), "{endless}");
    }
}
