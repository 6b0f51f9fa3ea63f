//! A workspace to try things in.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::collections::BTreeMap;

use consent::{
    Action, Answer, Asker, Authorised, Authority, Call, Circumstances, Decision, Heard, Pay, Payee, Policy, Profile, Record,
    Request, Risk, SigningKey, Verified,
};
use flow::{Digest, Effect};
use money::{AccountId, Amount, Asset, TransferId};

pub const NOW: i64 = 1_763_700_000_000;
pub const DAY: &str = "2025-11-21";

pub fn asset(code: &str) -> Asset {
    Asset::find(code).unwrap()
}

pub fn usd(text: &str) -> Amount {
    Amount::parse(text, asset("USD")).unwrap()
}

pub fn key_of(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

/// A workspace, and every record of it from the beginning.
pub struct World {
    pub authority: Authority,
    pub log: Vec<Record>,
    pub now: i64,
    pub day: String,
}

impl World {
    /// Under this policy, with 1000.00 USD, the payees alice and bob, and one profile.
    pub fn with(policy: Policy) -> Self {
        let (mut authority, mut log) = (Authority::default(), Vec::new());
        authority.found(policy, NOW, &mut log).unwrap();
        authority.add_profile(Profile::owner("nik", "Nik", &key_of(1).verifying_key(), NOW), &mut log).unwrap();
        for (id, name) in [("alice", "Alice Chen"), ("bob", "Bob")] {
            authority.put_payee(payee(id, name, &format!("acct:{id}")), NOW, &mut log).unwrap();
        }
        let wallet = AccountId::new("wallet/USD");
        authority.open_account(wallet.clone(), "Wallet", asset("USD"), NOW, &mut log).unwrap();
        authority.fund(TransferId::new("opening"), &wallet, usd("1000"), "", NOW, &mut log).unwrap();
        Self { authority, log, now: NOW, day: DAY.to_owned() }
    }

    pub fn usual() -> Self {
        Self::with(Policy::usual())
    }

    pub fn ask(&mut self, request: &Request) -> Authorised {
        self.authority.authorise(request.clone(), Asker::Effect, self.now, &self.day, &mut self.log)
    }

    pub fn ask_early(&mut self, request: &Request) -> Authorised {
        let asker = Asker::Approval { expires_at: None };
        self.authority.authorise(request.clone(), asker, self.now, &self.day, &mut self.log)
    }

    pub fn decision(&self, prompt: &str, answer: Answer) -> Decision {
        let policy = self.authority.policy().number;
        let by = Circumstances { profile: "nik", surface: "terminal", reason: "", at: self.now, policy };
        self.authority.prompt(prompt).unwrap().statement(answer, by).sign(&key_of(1))
    }

    pub fn answer(&mut self, prompt: &str, answer: Answer) {
        let decision = self.decision(prompt, answer);
        self.authority.decide(decision, self.now, &mut self.log).unwrap();
    }

    /// Puts another policy in force, by a person's yes.
    pub fn change_policy(&mut self, policy: Policy) {
        let (prompt, _) = self.authority.propose_policy(policy, self.now, &mut self.log).unwrap();
        self.answer(&prompt, Answer::Approve);
    }

    pub fn available(&self) -> Amount {
        self.authority.ledger().account(&AccountId::new("wallet/USD")).unwrap().available()
    }

    pub fn balance(&self, account: &str) -> Amount {
        self.authority.ledger().account(&AccountId::new(account)).unwrap().balance()
    }

    /// Whether the records alone, and the snapshot alone, give the same state.
    pub fn check(&self) {
        let snapshot = self.authority.snapshot();
        let mut folded = Authority::default();
        for record in &self.log {
            let json = serde_json::to_string(record).unwrap();
            let read: Record = serde_json::from_str(&json).unwrap();
            assert_eq!(&read, record);
            folded.apply(&read).unwrap();
        }
        assert_eq!(folded.snapshot(), snapshot);
        let restored = Authority::restore(snapshot.clone()).unwrap();
        assert_eq!(restored.snapshot(), snapshot);
        assert_eq!(restored.next_expiry(), self.authority.next_expiry());
        self.authority.ledger().check().unwrap();
    }
}

pub fn payee(id: &str, name: &str, address: &str) -> Payee {
    Payee {
        id: id.to_owned(),
        name: name.to_owned(),
        aliases: Vec::new(),
        addresses: BTreeMap::from([("credits".to_owned(), address.to_owned())]),
        verified: Some(Verified { by: "nik".to_owned(), at: NOW }),
    }
}

pub fn request(step: &str, action: Action) -> Request {
    let key = Digest::of_bytes(step.as_bytes());
    Request { key, run: Some("run-1".to_owned()), path: Some(step.to_owned()), by_hand: Vec::new(), action }
}

pub fn pay(step: &str, amount: Amount) -> Request {
    request(step, Action::Pay(pay_of(amount)))
}

pub fn pay_of(amount: Amount) -> Pay {
    Pay {
        account: "wallet/USD".to_owned(),
        rail: "credits".to_owned(),
        payee: "alice".to_owned(),
        payee_name: String::new(),
        address: String::new(),
        amount,
        purpose: Some("the logo design".to_owned()),
        heard: None,
        risk: None,
    }
}

pub fn spoken(confidence_milli: u16) -> Option<Heard> {
    Some(Heard { text: "Send twenty-five dollars to Alice for the logo design".to_owned(), confidence_milli })
}

pub fn risk(score10_tenths: u16) -> Option<Risk> {
    Some(Risk { score10_tenths, factors: Vec::new() })
}

pub fn call(step: &str, effect: Effect, host: &str, port: u16) -> Request {
    let call = Call {
        effect,
        method: if effect == Effect::Read { "GET" } else { "POST" }.to_owned(),
        host: host.to_owned(),
        port,
        url: format!("https://{host}:{port}/v1/things?all=yes"),
        body: Digest::of_bytes(b""),
        secrets: Vec::new(),
    };
    request(step, Action::Call(call))
}

/// The usual policy with hosts.
pub fn with_hosts() -> Policy {
    let mut policy = Policy::usual();
    policy.hosts.read.insert("*.example.com".to_owned());
    policy.hosts.write.insert("*.example.com".to_owned());
    policy.hosts.ask.insert("pay.example.com".to_owned());
    policy
}
