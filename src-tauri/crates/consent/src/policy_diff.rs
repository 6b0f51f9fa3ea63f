//! What differs between two policies, for people.

use std::collections::BTreeSet;

use money::{Amount, Asset};

use crate::{AssetRule, Payees, Policy};

impl Policy {
    /// What would change with the other policy: one line for each difference, in plain words. Empty: nothing.
    pub fn changes_to(&self, to: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = |what: &str, from: String, to: String| {
            if from != to {
                lines.push(format!("{what}: {from} → {to}"));
            }
        };
        line("Name", self.name.clone(), to.name.clone());
        let assets: BTreeSet<Asset> = self.assets.keys().chain(to.assets.keys()).copied().collect();
        for asset in assets {
            let both = (self.assets.get(&asset), to.assets.get(&asset));
            let of = |rule: Option<&AssetRule>, minor: fn(&AssetRule) -> i128| {
                rule.map_or_else(|| "no rule, so denied".to_owned(), |rule| Amount::new(minor(rule), asset).to_string())
            };
            let mut rule = |what: &str, minor| line(&format!("{asset}, {what}"), of(both.0, minor), of(both.1, minor));
            rule("the most for one payment", |r| r.max_per_payment);
            rule("the cap for one day", |r| r.daily_cap);
            rule("a person must say yes from", |r| r.ask_from);
        }
        line("Payees", payees(&self.payees), payees(&to.payees));
        let hosts = |list: &BTreeSet<String>| if list.is_empty() { "none".to_owned() } else { join(list) };
        line("Hosts to read from", hosts(&self.hosts.read), hosts(&to.hosts.read));
        line("Hosts to send to without asking", hosts(&self.hosts.write), hosts(&to.hosts.write));
        line("Hosts to send to after a yes", hosts(&self.hosts.ask), hosts(&to.hosts.ask));
        line("Folders to read in", hosts(&self.folders.read), hosts(&to.folders.read));
        line("Folders to write in without asking", hosts(&self.folders.write), hosts(&to.folders.write));
        line("Folders to write in after a yes", hosts(&self.folders.ask), hosts(&to.folders.ask));
        let percent = crate::gate::percent;
        line("Heard with at least", percent(self.min_confidence_milli), percent(to.min_confidence_milli));
        let points = |tenths| format!("{} of 10", crate::gate::points(tenths));
        line("The most risk", points(self.max_risk_tenths), points(to.max_risk_tenths));
        let yes = |is: bool| if is { "always" } else { "by amount only" }.to_owned();
        line("Ask when it was spoken", yes(self.ask_when_spoken), yes(to.ask_when_spoken));
        let seconds = |ms: u64| format!("{}.{:03} s", ms / 1000, ms % 1000);
        line("Prompts stay open for", seconds(self.prompt_expires_ms), seconds(to.prompt_expires_ms));
        lines
    }
}

fn payees(payees: &Payees) -> String {
    match payees {
        Payees::AddressBook => "everybody in the address book".to_owned(),
        Payees::Only(ids) if ids.is_empty() => "nobody".to_owned(),
        Payees::Only(ids) => format!("only {}", join(ids)),
    }
}

fn join(texts: &BTreeSet<String>) -> String {
    texts.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
