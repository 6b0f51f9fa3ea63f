//! Whatever happens in whatever order: nothing denied acts, nothing is overspent, and the records tell it all.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use common::{World, asset, key_of, pay, pay_of, payee, request, risk, spoken, usd};
use consent::{Action, Answer, Authorised, Code, Go, Outcome, Policy, PromptState, Request, Stage, Statement};
use flow::Digest;
use money::Amount;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::{prop_assert, prop_assert_eq, proptest};

#[derive(Debug, Clone)]
enum Step {
    Ask { step: u8, cents: i64, early: bool, bob: bool },
    Answer { which: usize, yes: bool },
    Post { step: u8 },
    Void { step: u8 },
    Later { seconds: i64 },
    Expire,
    Pause(bool),
    Policy { max: i64, cap: i64, from: i64 },
    Move,
    EndRun,
    Restart,
    NextDay,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..5_u8, prop_oneof![Just(2_000), Just(6_000), -5..40_000_i64], any::<bool>(), any::<bool>()).prop_map(|(step, cents, early, bob)| Step::Ask { step, cents, early, bob }),
        4 => (any::<usize>(), any::<bool>()).prop_map(|(which, yes)| Step::Answer { which, yes }),
        4 => (0..5_u8).prop_map(|step| Step::Post { step }),
        1 => (0..5_u8).prop_map(|step| Step::Void { step }),
        1 => (0..200_i64).prop_map(|seconds| Step::Later { seconds }),
        1 => Just(Step::Expire),
        1 => any::<bool>().prop_map(Step::Pause),
        1 => (0..60_000_i64, 0..80_000_i64, 0..10_000_i64).prop_map(|(max, cap, from)| Step::Policy { max, cap, from }),
        1 => Just(Step::Move),
        1 => Just(Step::EndRun),
        1 => Just(Step::Restart),
        1 => Just(Step::NextDay),
    ];
    proptest::collection::vec(step, 1..60)
}

/// Panics where an answer isn't what the state says.
fn is_sound(w: &World, answer: &Authorised, cents: i128, before: &consent::Snapshot) {
    let hold = answer.hold.as_ref().and_then(|id| w.authority.ledger().hold(id));
    match answer.go {
        Go::Act => {
            assert_ne!(answer.verdict.outcome, Outcome::Deny);
            assert!(hold.is_some_and(|h| h.is_open() && h.reserve.amount.minor() == cents));
            assert!(!w.authority.paused());
            // Who was to be asked was asked, and said yes to this very request.
            if answer.verdict.outcome == Outcome::Ask {
                let decisions = w.authority.decisions(answer.prompt.as_ref().unwrap());
                let yes =
                    |d: &consent::Decision| (d.statement.answer, d.statement.request) == (Answer::Approve, answer.request_digest);
                assert!(decisions.len() == 1 && decisions.iter().all(yes));
            }
        }
        Go::Wait => {
            assert!(hold.is_some_and(money::Hold::is_open));
            assert_eq!(w.authority.prompt(answer.prompt.as_ref().unwrap()).unwrap().state, PromptState::Open);
        }
        // Only what was let go before is held on.
        Go::Refused => {
            let claim = before.claims.iter().find(|claim| claim.request.key == answer.request.key);
            let sent = claim.filter(|claim| claim.stage == Stage::Cleared).and_then(|claim| claim.hold.clone());
            assert_eq!((answer.verdict.outcome, &answer.hold), (Outcome::Deny, &sent));
            assert!(hold.is_none_or(money::Hold::is_open));
        }
        Go::Settled => assert_eq!(before, &w.authority.snapshot()),
    }
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 300, ..Default::default() })]

    #[test]
    fn any_history(steps in steps()) {
        let mut w = World::usual();
        let mut posted: BTreeMap<Digest, u32> = BTreeMap::new();
        let mut runs = 0;
        let mut days = 0;
        for step in steps {
            let key = |step: u8| format!("run-{runs}/step-{step}");
            match step {
                Step::Ask { step, cents, early, bob } => {
                    let name = key(step);
                    let mut wanted = pay_of(Amount::new(cents.into(), asset("USD")));
                    if bob {
                        wanted.payee = "bob".to_owned();
                    }
                    let wanted = request(&name, Action::Pay(wanted));
                    let mut first: Option<(consent::Authorised, consent::Snapshot)> = None;
                    for _ in 0..2 {
                        let before = w.authority.snapshot();
                        let answer = if early { w.ask_early(&wanted) } else { w.ask(&wanted) };
                        is_sound(&w, &answer, cents.into(), &before);
                        let after = w.authority.snapshot();
                        match first.take() {
                            None => first = Some((answer, after)),
                            // A rule's refusal gives the money back, and the next try is a new one, on another day perhaps; a person's no stays.
                            Some((one, _)) if one.go == Go::Refused => {
                                let by_person = matches!(one.verdict.code, Code::ConsentDenied | Code::ConsentTimeout);
                                prop_assert!(!by_person || answer.go == Go::Refused);
                            }
                            // Else asking twice is asking once.
                            Some((one, state)) => {
                                prop_assert_eq!((one.go, one.hold, one.prompt), (answer.go, answer.hold, answer.prompt));
                                prop_assert_eq!(state, after);
                            }
                        }
                    }
                }
                Step::Answer { which, yes } => {
                    let open: Vec<_> = w.authority.open_prompts().filter(|p| !p.is_due(w.now)).map(|p| p.id.clone()).collect();
                    if !open.is_empty() {
                        w.answer(&open[which % open.len()], if yes { Answer::Approve } else { Answer::Reject });
                    }
                }
                Step::Post { step } => {
                    let claim = w.authority.claim(&Digest::of_bytes(key(step).as_bytes())).cloned();
                    if let Some(hold) = claim.as_ref().and_then(|c| c.hold.clone()) {
                        let key = claim.unwrap().request.key;
                        let records = w.log.len();
                        if w.authority.post(&hold, w.now, &mut w.log).is_ok() && w.log.len() > records {
                            *posted.entry(key).or_default() += 1;
                        }
                    }
                }
                Step::Void { step } => {
                    let claim = w.authority.claim(&Digest::of_bytes(key(step).as_bytes())).cloned();
                    if let Some(hold) = claim.and_then(|c| c.hold) {
                        let _ = w.authority.void(&hold, w.now, &mut w.log);
                    }
                }
                Step::Later { seconds } => w.now += seconds * 1000,
                Step::Expire => {
                    w.authority.expire(w.now, &mut w.log);
                }
                Step::Pause(paused) => w.authority.set_paused(paused, "nik", w.now, &mut w.log),
                Step::Policy { max, cap, from } => {
                    let mut policy = Policy::usual();
                    let rule = policy.assets.get_mut(&asset("USD")).unwrap();
                    (rule.max_per_payment, rule.daily_cap, rule.ask_from) = (max.into(), cap.into(), from.into());
                    w.change_policy(policy);
                }
                Step::Move => {
                    let address = format!("acct:alice-{}", w.log.len());
                    w.authority.put_payee(payee("alice", "Alice Chen", &address), w.now, &mut w.log).unwrap();
                }
                Step::EndRun => {
                    w.authority.end_run("run-1", w.now, &mut w.log);
                    prop_assert!(w.authority.ledger().open_holds().is_empty());
                    runs += 1;
                }
                Step::Restart => w.authority = consent::Authority::restore(w.authority.snapshot()).unwrap(),
                Step::NextDay => {
                    days += 1;
                    w.day = format!("2025-12-{days:02}");
                }
            }
            prop_assert!(posted.values().all(|times| *times == 1));
        }
        w.check();
    }

    #[test]
    fn one_cap_is_never_overspent(amounts in proptest::collection::vec(1..20_000_i64, 1..60), yes in proptest::collection::vec(any::<bool>(), 60)) {
        let mut w = World::usual();
        w.authority.fund(money::TransferId::new("more"), &money::AccountId::new("wallet/USD"), usd("100000"), "", w.now, &mut w.log).unwrap();
        let requests: Vec<Request> =
            amounts.iter().enumerate().map(|(i, cents)| pay(&format!("s{i}"), Amount::new((*cents).into(), asset("USD")))).collect();
        // All ask before any is answered; then some are, and all ask again.
        let asked: Vec<_> = requests.iter().map(|request| w.ask(request)).collect();
        for (answer, yes) in asked.iter().zip(&yes) {
            if let (Go::Wait, Some(prompt)) = (answer.go, &answer.prompt) {
                w.answer(prompt, if *yes { Answer::Approve } else { Answer::Reject });
            }
        }
        let spent = |w: &World| w.authority.ledger().spent("daily/USD", &w.day, asset("USD")).minor();
        prop_assert!(spent(&w) <= 50_000);
        for request in &requests {
            let go = w.ask(request);
            if go.go == Go::Act {
                w.authority.post(&go.hold.unwrap(), w.now, &mut w.log).unwrap();
            }
            prop_assert!(spent(&w) <= 50_000);
        }
        let alice = w.authority.ledger().account(&money::AccountId::new("acct:alice/USD")).map_or(0, |a| a.balance().minor());
        prop_assert!(alice <= 50_000);
        w.check();
    }

    #[test]
    fn a_signature_holds_for_its_statement_alone(byte in 0..64_usize, bit in 0..8_u32, at in any::<i64>(), policy in any::<u64>()) {
        use base64::Engine as _;
        let digest = Digest::of_bytes(b"x");
        let statement = Statement { prompt: "p-1".to_owned(), request: digest, shown: digest, answer: Answer::Approve, reason: "why".to_owned(), profile: "nik".to_owned(), surface: "demo".to_owned(), at, policy };
        let decision = statement.sign(&key_of(1));
        prop_assert!(decision.verify(&key_of(1).verifying_key()).is_ok());
        prop_assert!(decision.verify(&key_of(2).verifying_key()).is_err());
        let base64 = base64::engine::general_purpose::STANDARD;
        let mut bytes = base64.decode(&decision.signature).unwrap();
        bytes[byte] ^= 1 << bit;
        let tampered = consent::Decision { signature: base64.encode(bytes), ..decision };
        prop_assert!(tampered.verify(&key_of(1).verifying_key()).is_err());
    }

    #[test]
    fn no_text_panics_as_a_pattern_or_an_address(pattern in ".{0,40}", host in ".{0,40}", url in ".{0,60}", port in any::<u16>()) {
        let mut policy = Policy::usual();
        policy.hosts.read.insert(pattern);
        let version = consent::PolicyVersion { number: 1, since: 0, digest: policy.digest(), policy };
        let mut wanted = common::call("get", flow::Effect::Read, &host, port);
        if let Action::Call(call) = &mut wanted.action {
            call.url = url;
        }
        let world = World::usual();
        let verdict = consent::gate(&version, &world.authority.facts_for(&wanted, ""), &wanted);
        prop_assert!(verdict.outcome != Outcome::Ask);
    }
}

/// Every field of a value, changed by itself, changes the value's digest.
fn changes_each_field(value: &serde_json::Value, digest: &dyn Fn(&serde_json::Value) -> Option<Digest>) {
    let whole = digest(value).unwrap();
    let mut leaves = Vec::new();
    collect(value, String::new(), &mut leaves);
    for pointer in leaves {
        let mut changed = value.clone();
        let leaf = changed.pointer_mut(&pointer).unwrap();
        *leaf = match leaf {
            serde_json::Value::String(text) if text.len() == 64 => Digest::of_bytes(text.as_bytes()).to_string().into(),
            serde_json::Value::String(text) if text.parse::<i128>().is_ok() => format!("{text}1").into(),
            serde_json::Value::String(text) => format!("{text}x").into(),
            serde_json::Value::Number(n) => (n.as_i64().unwrap() + 1).into(),
            serde_json::Value::Bool(b) => (!*b).into(),
            other => panic!("{pointer}: {other}"),
        };
        // Some changes make no value at all, such as another kind of action; these can't be asked for.
        if let Some(other) = digest(&changed) {
            assert_ne!(other, whole, "{pointer}");
        }
    }
}

fn collect(value: &serde_json::Value, at: String, leaves: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => fields.iter().for_each(|(name, v)| collect(v, format!("{at}/{name}"), leaves)),
        serde_json::Value::Array(items) => items.iter().enumerate().for_each(|(i, v)| collect(v, format!("{at}/{i}"), leaves)),
        _ => leaves.push(at),
    }
}

#[test]
fn every_field_is_in_the_digest() {
    let mut wanted = pay_of(usd("25"));
    (wanted.payee_name, wanted.address) = ("Alice Chen".to_owned(), "acct:alice".to_owned());
    (wanted.heard, wanted.risk) = (spoken(900), risk(10));
    let wanted = request("pay", Action::Pay(wanted));
    let of_request = |v: &serde_json::Value| serde_json::from_value::<Request>(v.clone()).ok().map(|r| r.digest());
    changes_each_field(&serde_json::to_value(&wanted).unwrap(), &of_request);
    changes_each_field(&serde_json::to_value(common::call("c", flow::Effect::Write, "a.example.com", 1)).unwrap(), &of_request);

    let of_policy = |v: &serde_json::Value| serde_json::from_value::<Policy>(v.clone()).ok().map(|p| p.digest());
    changes_each_field(&serde_json::to_value(common::with_hosts()).unwrap(), &of_policy);

    let mut w = World::usual();
    let id = w.ask(&wanted).prompt.unwrap();
    let of_shown = |v: &serde_json::Value| serde_json::from_value::<consent::Shown>(v.clone()).ok().map(|s| s.digest());
    changes_each_field(&serde_json::to_value(&w.authority.prompt(&id).unwrap().shown).unwrap(), &of_shown);

    let mut statement = w.decision(&id, Answer::Approve).statement;
    statement.reason = "because".to_owned();
    let of_statement = |v: &serde_json::Value| serde_json::from_value::<Statement>(v.clone()).ok().map(|s| s.digest());
    changes_each_field(&serde_json::to_value(&statement).unwrap(), &of_statement);
}
