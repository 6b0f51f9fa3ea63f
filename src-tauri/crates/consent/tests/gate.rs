//! The gate, rule by rule.
#![allow(clippy::unwrap_used)]

mod common;

use common::{asset, call, pay_of, request, risk, spoken, usd, with_hosts};
use consent::{
    AccountFacts, Action, Code, Facts, Outcome, Pay, PayeeFacts, Payees, Policy, PolicyVersion, Request, Verdict, gate,
};
use flow::Effect;
use money::Amount;

fn facts() -> Facts {
    let usd = usd("100");
    Facts {
        paused: false,
        rails: &["credits"],
        account: Some(AccountFacts { own: true, asset: usd.asset(), available: usd }),
        payee: Some(PayeeFacts { name: "Alice Chen".to_owned(), address: Some("acct:alice".to_owned()), verified: None }),
        authorised_today: 0,
    }
}

fn completed(amount: &str) -> Pay {
    Pay { payee_name: "Alice Chen".to_owned(), address: "acct:alice".to_owned(), ..pay_of(usd(amount)) }
}

fn version(policy: Policy) -> PolicyVersion {
    PolicyVersion { number: 7, since: 0, digest: policy.digest(), policy }
}

fn said(change: impl FnOnce(&mut Policy, &mut Facts, &mut Pay)) -> Verdict {
    let (mut policy, mut facts, mut pay) = (Policy::usual(), facts(), completed("25"));
    change(&mut policy, &mut facts, &mut pay);
    gate(&version(policy), &facts, &request("pay", Action::Pay(pay)))
}

#[track_caller]
fn expect(verdict: &Verdict, outcome: Outcome, code: Code, words: &str) {
    assert_eq!((verdict.outcome, verdict.code), (outcome, code), "{}", verdict.reason);
    assert!(verdict.reason.contains(words), "{}", verdict.reason);
    let line = verdict.lines.iter().find(|line| line.code == code).unwrap();
    if outcome != Outcome::Allow {
        assert_eq!((line.outcome, &line.reason), (outcome, &verdict.reason));
    }
    assert_eq!(verdict.policy, 7);
}

#[test]
fn each_rule_of_a_payment_denies_or_asks_with_its_code() {
    use Outcome::{Allow, Ask, Deny};
    expect(&said(|_, _, _| {}), Allow, Code::Ok, "No rule speaks against it");
    expect(&said(|_, f, _| f.paused = true), Deny, Code::Paused, "switched off");
    expect(&said(|_, _, p| p.amount = usd("0")), Deny, Code::Request, "0.00 USD can't be paid");
    expect(&said(|_, _, p| p.amount = usd("-5")), Deny, Code::Request, "-5.00 USD");
    expect(&said(|_, f, _| f.account = None), Deny, Code::Asset, "There is no account wallet/USD");
    expect(&said(|_, f, _| f.account.as_mut().unwrap().own = false), Deny, Code::Asset, "not an account of this workspace");
    let euros = AccountFacts { own: true, asset: asset("EUR"), available: Amount::new(100_000, asset("EUR")) };
    expect(&said(|_, f, _| f.account = Some(euros)), Deny, Code::Asset, "holds EUR, so 25.00 USD can't be paid");
    expect(&said(|p, _, _| p.assets.clear()), Deny, Code::Asset, "no rules for USD");
    expect(&said(|_, _, p| p.rail = "evm".to_owned()), Deny, Code::Rail, "no rail \"evm\"; there is credits");
    expect(&said(|_, f, _| f.payee = None), Deny, Code::UnknownPayee, "nobody with the id \"alice\"");
    expect(&said(|_, f, _| f.payee.as_mut().unwrap().address = None), Deny, Code::UnknownPayee, "no address of Alice Chen");
    expect(&said(|_, _, p| p.address = "acct:mallory".to_owned()), Deny, Code::Request, "the address book says otherwise");
    expect(&said(|p, _, _| p.payees = Payees::Only(["bob".to_owned()].into())), Deny, Code::Allowlist, "not one of the 1 payees");
    expect(
        &said(|_, f, p| (p.amount, f.authorised_today) = (usd("500.01"), 0)),
        Deny,
        Code::MaxTx,
        "500.01 USD is more than the most for one payment, 500.00 USD",
    );
    expect(
        &said(|_, f, _| f.authorised_today = 47_501),
        Deny,
        Code::DailyCap,
        "475.01 USD of the day, 25.00 USD is over the cap for one day, 500.00 USD",
    );
    expect(&said(|_, f, _| f.authorised_today = i128::MAX), Deny, Code::DailyCap, "over the cap");
    expect(&said(|_, _, p| p.heard = spoken(799)), Deny, Code::Confidence, "heard with 79.9 % only; 80.0 % is needed");
    expect(&said(|_, _, p| p.risk = risk(71)), Deny, Code::Fraud, "7.1 of 10, above the most allowed, 7.0");
    expect(
        &said(|_, f, _| f.account.as_mut().unwrap().available = usd("24.99")),
        Deny,
        Code::InsufficientFunds,
        "24.99 USD available, and 25.00 USD is more",
    );
    expect(&said(|_, _, p| p.amount = usd("50")), Ask, Code::Consent, "from 50.00 USD on");
    expect(&said(|_, _, p| p.heard = spoken(990)), Ask, Code::Consent, "It was spoken");
}

#[test]
fn limits_are_met_exactly() {
    assert_eq!(said(|_, _, p| p.amount = usd("49.99")).outcome, Outcome::Allow);
    assert_eq!(said(|_, f, p| (p.amount, f.authorised_today) = (usd("25"), 47_500)).outcome, Outcome::Allow);
    assert_eq!(said(|_, _, p| p.heard = spoken(800)).code, Code::Consent);
    assert_eq!(said(|_, _, p| p.risk = risk(70)).outcome, Outcome::Allow);
    assert_eq!(said(|_, _, p| p.amount = usd("100")).code, Code::Consent);
    let silent = said(|policy, _, p| (policy.ask_when_spoken, p.heard) = (false, spoken(800)));
    assert_eq!(silent.outcome, Outcome::Allow);
}

#[test]
fn deny_wins_and_the_first_in_order_decides_while_every_rule_has_its_line() {
    let verdict = said(|_, f, p| {
        f.authorised_today = 49_000;
        f.account.as_mut().unwrap().available = usd("1");
        p.heard = spoken(100);
        p.amount = usd("60");
    });
    assert_eq!((verdict.outcome, verdict.code), (Outcome::Deny, Code::DailyCap));
    let codes: Vec<Code> = verdict.lines.iter().filter(|l| l.outcome != Outcome::Allow).map(|l| l.code).collect();
    assert_eq!(codes, [Code::DailyCap, Code::Confidence, Code::InsufficientFunds, Code::Consent, Code::Consent]);
    let rules: Vec<&str> = verdict.lines.iter().map(|l| l.rule.as_str()).collect();
    let expected = "paused amount account assets rails payee payees max_per_payment daily_cap min_confidence funds ask_from ask_when_spoken real_money";
    assert_eq!(rules.join(" "), expected);
    let most = verdict.lines.iter().find(|l| l.rule == "max_per_payment").unwrap();
    assert_eq!(most.reason, "60.00 USD is within the most for one payment, 500.00 USD.");
}

#[test]
fn real_money_is_always_asked_for() {
    let mut pay = completed("1");
    pay.rail = "evm".to_owned();
    let facts = Facts { rails: &["credits", "evm"], ..facts() };
    let verdict = gate(&version(Policy::usual()), &facts, &request("pay", Action::Pay(pay)));
    assert_eq!((verdict.outcome, verdict.code), (Outcome::Ask, Code::Consent));
    assert!(verdict.reason.contains("real money"), "{}", verdict.reason);
}

#[test]
fn the_policy_before_any_denies_everything() {
    let nothing = PolicyVersion::default();
    let requests: [Request; 3] = [
        request("pay", Action::Pay(completed("1"))),
        call("get", Effect::Read, "api.example.com", 443),
        call("post", Effect::Write, "api.example.com", 443),
    ];
    for request in requests {
        assert_eq!(gate(&nothing, &facts(), &request).outcome, Outcome::Deny);
    }
}

#[test]
fn hosts() {
    use Effect::{Pure, Read, Spend, Write};
    let policy = version(with_hosts());
    let table = [
        (Read, "api.example.com", 443, false, Outcome::Allow, Code::Ok),
        (Read, "api.example.com", 8443, false, Outcome::Deny, Code::Allowlist),
        (Read, "example.com", 443, false, Outcome::Deny, Code::Allowlist),
        (Read, "10.0.0.1", 443, false, Outcome::Deny, Code::Allowlist),
        (Write, "api.example.com", 443, false, Outcome::Allow, Code::Ok),
        (Write, "pay.example.com", 443, false, Outcome::Ask, Code::Consent),
        (Write, "example.org", 443, false, Outcome::Deny, Code::Allowlist),
        (Write, "api.example.com", 443, true, Outcome::Deny, Code::Paused),
        (Write, "pay.example.com", 443, true, Outcome::Deny, Code::Paused),
        (Read, "api.example.com", 443, true, Outcome::Allow, Code::Ok),
        (Pure, "api.example.com", 443, false, Outcome::Deny, Code::Request),
        (Spend, "api.example.com", 443, false, Outcome::Deny, Code::Request),
    ];
    for (effect, host, port, paused, outcome, code) in table {
        let verdict = gate(&policy, &Facts { paused, ..facts() }, &call("call", effect, host, port));
        assert_eq!((verdict.outcome, verdict.code), (outcome, code), "{effect:?} {host}:{port} {paused}: {}", verdict.reason);
    }
}

#[test]
fn an_address_that_names_another_host_is_denied() {
    let mut request = call("get", Effect::Read, "api.example.com", 443);
    let Action::Call(call) = &mut request.action else { unreachable!() };
    call.url = "https://evil.org/?x=api.example.com".to_owned();
    let verdict = gate(&version(with_hosts()), &facts(), &request);
    assert_eq!((verdict.outcome, verdict.code), (Outcome::Deny, Code::Request));
}

#[test]
fn a_policy_change_asks_unless_it_is_stale_or_senseless() {
    let policy = version(Policy::usual());
    let change = |from, to: Policy| gate(&policy, &facts(), &request("p", Action::ChangePolicy { from, to: Box::new(to) }));
    assert_eq!(change(7, Policy::nothing()).code, Code::Consent);
    assert_eq!(change(7, Policy::nothing()).outcome, Outcome::Ask);
    assert_eq!((change(6, Policy::nothing()).outcome, change(6, Policy::nothing()).code), (Outcome::Deny, Code::Request));
    let mut senseless = Policy::usual();
    senseless.hosts.read.insert("*".to_owned());
    assert_eq!(change(7, senseless).code, Code::Request);
}

#[test]
fn problems_of_policies() {
    assert_eq!(Policy::usual().problems(), Vec::<String>::new());
    assert_eq!(Policy::nothing().problems(), Vec::<String>::new());
    let mut policy = Policy::usual();
    policy.name = " ".to_owned();
    policy.assets.get_mut(&asset("USD")).unwrap().daily_cap = -1;
    policy.hosts.ask.insert("http://a".to_owned());
    policy.min_confidence_milli = 1001;
    policy.max_risk_tenths = 101;
    policy.prompt_expires_ms = 0;
    policy.payees = Payees::Only(["".to_owned()].into());
    assert_eq!(policy.problems().len(), 7, "{:#?}", policy.problems());
}

#[test]
fn the_usual_policy_in_json_and_its_changes() {
    let usual = Policy::usual();
    let json = serde_json::to_string(&usual).unwrap();
    assert!(json.contains(r#""USDC":{"max_per_payment":"500000000","daily_cap":"500000000","ask_from":"50000000"}"#), "{json}");
    assert!(!json.contains("ETH"), "{json}");
    assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), usual);
    for odd in ["\"050000\"", "\"+50000\"", "50000", "\"5e4\"", "\"\""] {
        assert!(serde_json::from_str::<Policy>(&json.replace("\"50000\"", odd)).is_err(), "{odd}");
    }
    let mut to = usual.clone();
    to.assets.remove(&asset("GBP"));
    to.assets.get_mut(&asset("USD")).unwrap().ask_from = 10_000;
    to.payees = Payees::Only(["alice".to_owned()].into());
    to.ask_when_spoken = false;
    assert_eq!(
        usual.changes_to(&to),
        [
            "GBP, the most for one payment: 500.00 GBP → no rule, so denied",
            "GBP, the cap for one day: 500.00 GBP → no rule, so denied",
            "GBP, a person must say yes from: 50.00 GBP → no rule, so denied",
            "USD, a person must say yes from: 50.00 USD → 100.00 USD",
            "Payees: everybody in the address book → only alice",
            "Ask when it was spoken: always → by amount only",
        ]
    );
    assert_eq!(usual.changes_to(&usual), Vec::<String>::new());
}
