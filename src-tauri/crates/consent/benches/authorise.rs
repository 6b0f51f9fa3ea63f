//! How long asking the gate takes: `cargo bench -p consent`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{collections::BTreeMap, hint::black_box, time::Instant};

use consent::{
    Action, Answer, Asker, Authority, Call, Circumstances, Go, Pay, Payee, Policy, Profile, Record, Request, SigningKey, Snapshot,
};
use flow::{Digest, Effect};
use money::{AccountId, Amount, Asset, TransferId};

const TIMES: u32 = 20_000;
const NOW: i64 = 1_763_700_000_000;
const DAY: &str = "2025-11-21";

fn main() {
    let usd = Asset::find("USD").unwrap();
    let key = SigningKey::from_bytes(&[1; 32]);
    let mut policy = Policy::usual();
    policy.hosts.write.extend((0..20).map(|n| format!("host-{n}.example.com")));
    policy.assets.get_mut(&usd).unwrap().daily_cap = i128::MAX / 2;
    let (mut authority, mut out) = (Authority::default(), Vec::new());
    authority.found(policy, NOW, &mut out).unwrap();
    authority.add_profile(Profile::owner("nik", "Nik", &key.verifying_key(), NOW), &mut out).unwrap();
    let addresses = BTreeMap::from([("credits".to_owned(), "acct:alice".to_owned())]);
    let alice = Payee { id: "alice".into(), name: "Alice Chen".into(), aliases: vec![], addresses, verified: None };
    authority.put_payee(alice, NOW, &mut out).unwrap();
    let wallet = AccountId::new("wallet/USD");
    authority.open_account(wallet.clone(), "Wallet", usd, NOW, &mut out).unwrap();
    authority.fund(TransferId::new("f"), &wallet, Amount::new(i128::from(u64::MAX), usd), "", NOW, &mut out).unwrap();

    let call = |step: &str| {
        Action::Call(Call {
            effect: Effect::Write,
            method: "POST".into(),
            host: "host-19.example.com".into(),
            port: 443,
            url: format!("https://host-19.example.com/v1/orders?step={step}"),
            body: Digest::of_bytes(step.as_bytes()),
            secrets: vec!["API_KEY".into()],
        })
    };
    let pay = |cents: i128| {
        Action::Pay(Pay {
            account: "wallet/USD".into(),
            rail: "credits".into(),
            payee: "alice".into(),
            payee_name: String::new(),
            address: String::new(),
            amount: Amount::new(cents, usd),
            purpose: Some("the logo design".into()),
            heard: None,
            risk: None,
        })
    };
    let requests = |run: &str, action: &dyn Fn(&str) -> Action| -> Vec<Request> {
        let request = |n: u32| {
            let path = format!("step-{n}");
            let key = Digest::of("assent.key.v1", &(run, &path));
            Request { key, run: Some(run.into()), path: Some(path.clone()), by_hand: Vec::new(), action: action(&path) }
        };
        (0..TIMES).map(request).collect()
    };
    let report = |what: &str, start: Instant| println!("{what}: {} ns", start.elapsed().as_nanos() / u128::from(TIMES));

    let calls = requests("run-1", &call);
    let start = Instant::now();
    for request in &calls {
        black_box(request.digest());
    }
    report("digest of a call alone", start);
    let start = Instant::now();
    for request in calls {
        let answer = black_box(authority.authorise(request, Asker::Effect, NOW, DAY, &mut out));
        assert_eq!(answer.go, Go::Act);
    }
    report("authorise an allowed call", start);

    let start = Instant::now();
    let mut run_out: Vec<Record> = Vec::new();
    for request in requests("run-2", &|_| pay(25)) {
        let answer = authority.authorise(request, Asker::Effect, NOW, DAY, &mut run_out);
        authority.post(&answer.hold.unwrap(), NOW, &mut run_out).unwrap();
    }
    report("authorise and post an allowed payment", start);
    let start = Instant::now();
    authority.end_run("run-2", NOW, &mut run_out);
    report("end of that run, a payment", start);

    let start = Instant::now();
    let asks = requests("run-3", &|_| pay(6_000));
    let prompts: Vec<String> = asks
        .iter()
        .map(|request| authority.authorise(request.clone(), Asker::Effect, NOW, DAY, &mut run_out).prompt.unwrap())
        .collect();
    report("authorise a payment that opens a prompt", start);
    let start = Instant::now();
    for id in &prompts {
        let by = Circumstances { profile: "nik", surface: "terminal", reason: "", at: NOW, policy: 1 };
        let decision = authority.prompt(id).unwrap().statement(Answer::Approve, by).sign(&key);
        authority.decide(decision, NOW, &mut run_out).unwrap();
    }
    report("sign and take an answer", start);
    let start = Instant::now();
    for request in asks {
        assert_eq!(authority.authorise(request, Asker::Effect, NOW, DAY, &mut run_out).go, Go::Act);
    }
    report("authorise an approved payment", start);
    let snapshot: Snapshot = authority.snapshot();
    let start = Instant::now();
    black_box(Authority::restore(snapshot).unwrap());
    report("restore, a claim with its prompt", start);
}
