//! The authority: what is let go, what waits, what is refused, and what is held meanwhile.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;

use common::{NOW, World, asset, call, key_of, pay, pay_of, payee, request, spoken, usd, with_hosts};
use consent::{
    Action, Answer, Asker, Circumstances, Code, Damage, DecideError, Decision, Go, Outcome, Policy, Profile, PromptKind,
    PromptState, Question, Record, Refusal, Request, Role, SettleError, Shown, Stage,
};
use flow::Effect;
use money::{AccountId, TransferId};

const LATER: i64 = 5 * 60 * 1000;

#[test]
fn an_allowed_payment_is_reserved_at_once_and_posted_once() {
    let mut w = World::usual();
    let asked = w.ask(&pay("pay", usd("25")));
    assert_eq!((asked.go, asked.verdict.outcome), (Go::Act, Outcome::Allow));
    assert_eq!(w.available(), usd("975"));
    let again = w.ask(&pay("pay", usd("25")));
    assert_eq!(again, asked);
    assert_eq!(w.available(), usd("975"));

    let hold = asked.hold.unwrap();
    assert!(hold.as_str().starts_with("h-") && hold.as_str().len() == 18);
    let transfer = w.authority.post(&hold, w.now, &mut w.log).unwrap();
    let records = w.log.len();
    assert_eq!(w.authority.post(&hold, w.now, &mut w.log).unwrap(), transfer);
    assert_eq!(w.log.len(), records);
    assert_eq!(w.balance("acct:alice/USD"), usd("25"));
    w.check();

    // The step runs again after a crash: it is told that it was done, whatever has happened since.
    w.authority = consent::Authority::restore(w.authority.snapshot()).unwrap();
    w.authority.set_paused(true, "nik", w.now, &mut w.log);
    w.authority.put_payee(payee("alice", "Alice Chen", "acct:elsewhere"), w.now, &mut w.log).unwrap();
    let settled = w.ask(&pay("pay", usd("25")));
    assert_eq!((settled.go, &settled.hold, settled.request_digest), (Go::Settled, &Some(hold.clone()), asked.request_digest));
    assert_eq!((settled.verdict, settled.request), (asked.verdict, asked.request));
    assert_eq!(w.authority.post(&hold, w.now, &mut w.log).unwrap(), transfer);
    assert_eq!(w.authority.void(&hold, w.now, &mut w.log), Err(SettleError::Posted(hold)));
    let other = w.ask(&pay("pay", usd("26")));
    assert_eq!((other.go, other.verdict.code), (Go::Refused, Code::Request));
    assert_eq!(w.balance("acct:alice/USD"), usd("25"));
    w.check();
}

#[test]
fn a_payment_that_needs_a_yes_waits_with_its_money_held() {
    let mut w = World::usual();
    let request = pay("pay", usd("60"));
    let asked = w.ask(&request);
    assert_eq!((asked.go, asked.verdict.code), (Go::Wait, Code::Consent));
    assert_eq!(w.available(), usd("940"));
    assert_eq!(w.ask(&request), asked);
    let (id, hold) = (asked.prompt.clone().unwrap(), asked.hold.clone().unwrap());
    let prompt = w.authority.prompt(&id).unwrap().clone();
    assert_eq!((prompt.kind, prompt.state, prompt.expires_at), (PromptKind::Effect, PromptState::Open, Some(NOW + LATER)));
    assert_eq!((prompt.request.as_ref(), prompt.request_digest), (Some(&asked.request), asked.request_digest));
    assert!(prompt.is_whole());
    assert_eq!(w.authority.post(&hold, w.now, &mut w.log), Err(SettleError::NotCleared(hold.clone())));
    w.check();

    w.answer(&id, Answer::Approve);
    // A yes alone clears nothing: the gate is asked again.
    assert_eq!(w.authority.post(&hold, w.now, &mut w.log), Err(SettleError::NotCleared(hold.clone())));
    w.authority = consent::Authority::restore(w.authority.snapshot()).unwrap();
    w.now += LATER * 2;
    let go = w.ask(&request);
    assert_eq!((go.go, &go.hold, go.verdict.outcome), (Go::Act, &Some(hold.clone()), Outcome::Ask));
    assert_eq!((go.decisions.len(), go.surfaces), (1, vec!["terminal".to_owned()]));
    assert_eq!(go.decisions[0], w.authority.decisions(&id)[0].digest());
    w.authority.post(&hold, w.now, &mut w.log).unwrap();
    assert_eq!(w.ask(&request).decisions, go.decisions);
    w.check();
    assert!(w.authority.end_run("run-1", w.now, &mut w.log).is_empty());
    assert_eq!((w.authority.prompt(&id), w.authority.claim(&request.key)), (None, None));
    assert_eq!(w.balance("acct:alice/USD"), usd("60"));
    w.check();
}

#[test]
fn a_no_and_a_missing_answer_give_the_money_back_and_stay_no() {
    let mut w = World::usual();
    let (rejected, expired, late) = (pay("rejected", usd("60")), pay("expired", usd("70")), pay("late", usd("80")));
    let ids: Vec<_> = [&rejected, &expired, &late].map(|r| w.ask(r).prompt.unwrap()).into();
    assert_eq!(w.available(), usd("790"));

    let policy = w.authority.policy().number;
    let by = Circumstances { profile: "nik", surface: "terminal", reason: "not this month", at: NOW, policy };
    let no = w.authority.prompt(&ids[0]).unwrap().statement(Answer::Reject, by).sign(&key_of(1));
    assert_eq!(w.authority.decide(no.clone(), w.now, &mut w.log).unwrap().state, PromptState::Rejected);
    assert_eq!(w.available(), usd("850"));
    assert_eq!(w.authority.decide(no, w.now, &mut w.log), Err(DecideError::AlreadyDecided(ids[0].clone())));
    assert_eq!(w.authority.expire(NOW + LATER - 1, &mut w.log), []);
    assert_eq!(w.authority.next_expiry(), Some(NOW + LATER));

    w.now = NOW + LATER;
    let yes = w.decision(&ids[1], Answer::Approve);
    assert_eq!(w.authority.decide(yes, w.now, &mut w.log), Err(DecideError::Expired(ids[1].clone())));
    // One is asked about before the timer has fired.
    let at_once = w.ask(&late);
    assert_eq!((at_once.go, at_once.verdict.code), (Go::Refused, Code::ConsentTimeout));
    assert_eq!(w.authority.expire_prompt(&ids[2], w.now, &mut w.log), None);
    assert_eq!(w.authority.expire(w.now, &mut w.log).len(), 1);
    assert_eq!(w.available(), usd("1000"));

    for _ in 0..2 {
        let refused = w.ask(&rejected);
        assert_eq!((refused.go, refused.verdict.code, refused.hold), (Go::Refused, Code::ConsentDenied, None));
        assert_eq!(refused.verdict.reason, "Nik said no: not this month");
        assert_eq!(w.ask(&expired).verdict.code, Code::ConsentTimeout);
    }
    // A no holds where the gate would allow it, too.
    let mut generous = Policy::usual();
    generous.assets.get_mut(&asset("USD")).unwrap().ask_from = 10_000_000;
    w.change_policy(generous);
    assert_eq!((w.ask(&rejected).go, w.ask(&expired).go), (Go::Refused, Go::Refused));
    w.check();
}

#[test]
fn what_a_wire_says_of_the_payee_moves_nothing() {
    let mut w = World::usual();
    let mut forged = pay_of(usd("25"));
    forged.payee_name = "Alice Chen".to_owned();
    forged.address = "acct:mallory".to_owned();
    let asked = w.ask(&request("pay", Action::Pay(forged)));
    let Action::Pay(done) = &asked.request.action else { unreachable!() };
    assert_eq!((done.payee_name.as_str(), done.address.as_str()), ("Alice Chen", "acct:alice"));
    assert_eq!(asked.request_digest, w.ask(&pay("pay", usd("25"))).request_digest);
    w.authority.post(&asked.hold.unwrap(), w.now, &mut w.log).unwrap();
    assert_eq!(w.balance("acct:alice/USD"), usd("25"));
    assert!(w.authority.ledger().account(&AccountId::new("acct:mallory/USD")).is_none());

    let mut unknown = pay_of(usd("25"));
    (unknown.payee, unknown.address) = ("mallory".to_owned(), "acct:mallory".to_owned());
    let refused = w.ask(&request("other", Action::Pay(unknown)));
    assert_eq!((refused.go, refused.verdict.code), (Go::Refused, Code::UnknownPayee));
    w.check();
}

#[test]
fn what_differs_is_asked_anew() {
    let mut w = World::usual();
    let first = w.ask(&pay("pay", usd("60")));
    let first_prompt = first.prompt.clone().unwrap();
    w.answer(&first_prompt, Answer::Approve);
    // The amount was changed after the yes.
    let second = w.ask(&pay("pay", usd("90")));
    assert_eq!(second.go, Go::Wait);
    assert_ne!((&second.prompt, &second.hold), (&first.prompt, &first.hold));
    assert_eq!(w.available(), usd("910"));
    // And back: the first yes counts no more.
    let third = w.ask(&pay("pay", usd("60")));
    assert_eq!((third.go, w.available()), (Go::Wait, usd("940")));
    assert_ne!(third.prompt, first.prompt);
    assert_eq!(w.authority.prompt(&second.prompt.unwrap()).unwrap().state, PromptState::Withdrawn);
    // So does another address in the address book.
    w.answer(&third.prompt.clone().unwrap(), Answer::Approve);
    w.authority.put_payee(payee("alice", "Alice Chen", "acct:alice-2"), w.now, &mut w.log).unwrap();
    let fourth = w.ask(&pay("pay", usd("60")));
    assert_eq!(fourth.go, Go::Wait);
    assert_ne!(fourth.request_digest, third.request_digest);
    assert_eq!(w.authority.payee("alice").unwrap().verified, None);
    // And one that the policy would let go by itself: a person was asked about another.
    w.answer(&fourth.prompt.clone().unwrap(), Answer::Approve);
    let fifth = w.ask(&pay("pay", usd("12")));
    assert_eq!((fifth.go, fifth.verdict.code), (Go::Wait, Code::Consent));
    w.answer(&fifth.prompt.clone().unwrap(), Answer::Approve);
    assert_eq!(w.ask(&pay("pay", usd("12"))).go, Go::Act);
    w.check();
}

#[test]
fn the_gate_is_asked_again_after_the_yes() {
    let tighter = || {
        let mut policy = Policy::usual();
        policy.assets.get_mut(&asset("USD")).unwrap().max_per_payment = 5_999;
        policy
    };
    type Change = fn(&mut World, Policy);
    let changes: [(Change, Code); 3] = [
        (|w, tighter| w.change_policy(tighter), Code::MaxTx),
        (|w, _| w.authority.set_paused(true, "nik", w.now, &mut w.log), Code::Paused),
        (|w, _| w.authority.remove_payee("alice", w.now, &mut w.log).unwrap(), Code::UnknownPayee),
    ];
    for (change, code) in changes {
        for answered in [true, false] {
            let mut w = World::usual();
            let asked = w.ask(&pay("pay", usd("60")));
            let prompt = asked.prompt.clone().unwrap();
            if answered {
                w.answer(&prompt, Answer::Approve);
            }
            change(&mut w, tighter());
            let refused = w.ask(&pay("pay", usd("60")));
            assert_eq!((refused.go, refused.verdict.code, refused.hold), (Go::Refused, code, None));
            assert_eq!(w.available(), usd("1000"));
            assert!(w.authority.open_prompts().next().is_none());
            assert!(w.authority.post(&asked.hold.unwrap(), w.now, &mut w.log).is_err());
            // What was answered before the refusal is used up.
            if code == Code::Paused {
                w.authority.set_paused(false, "nik", w.now, &mut w.log);
                let anew = w.ask(&pay("pay", usd("60")));
                assert_eq!(anew.go, Go::Wait);
                assert_ne!(anew.prompt, Some(prompt));
            }
            w.check();
        }
    }
}

/// What was let go may have been sent: neither a refusal of its next try nor another request under its key gives its money back.
#[test]
fn what_may_have_been_sent_stays_held_when_its_next_try_is_refused() {
    let mut w = World::usual();
    let request = pay("pay", usd("60"));
    let prompt = w.ask(&request).prompt.unwrap();
    w.answer(&prompt, Answer::Approve);
    let sent = w.ask(&request);
    assert_eq!(sent.go, Go::Act);
    let hold = sent.hold.clone().unwrap();
    w.authority.set_paused(true, "nik", w.now, &mut w.log);
    for early in [false, true, false] {
        let refused = if early { w.ask_early(&request) } else { w.ask(&request) };
        assert_eq!((refused.go, refused.verdict.code, &refused.hold), (Go::Refused, Code::Paused, &sent.hold));
        assert_eq!(w.available(), usd("940"));
    }
    w.authority.set_paused(false, "nik", w.now, &mut w.log);
    w.authority.put_payee(payee("alice", "Alice Chen", "acct:alice-2"), w.now, &mut w.log).unwrap();
    let other = w.ask(&request);
    assert_eq!((other.go, other.verdict.code, &other.hold), (Go::Refused, Code::Request, &sent.hold));
    w.authority.put_payee(payee("alice", "Alice Chen", "acct:alice"), w.now, &mut w.log).unwrap();
    let again = w.ask(&request);
    assert_eq!((again.go, &again.hold, &again.decisions), (Go::Act, &sent.hold, &sent.decisions));
    w.check();

    // It happened.
    let mut happened = World {
        authority: consent::Authority::restore(w.authority.snapshot()).unwrap(),
        log: w.log.clone(),
        now: w.now,
        day: w.day.clone(),
    };
    happened.authority.post(&hold, happened.now, &mut happened.log).unwrap();
    assert_eq!(happened.balance("acct:alice/USD"), usd("60"));
    happened.check();
    // Or it certainly did not.
    w.authority.void(&hold, w.now, &mut w.log).unwrap();
    assert_eq!(w.available(), usd("1000"));
    assert_eq!(w.ask(&request).go, Go::Wait);
    w.check();
}

#[test]
fn an_approval_asks_early_for_the_same_prompt_and_hold() {
    let mut w = World::usual();
    let request = pay("pay", usd("10"));
    let early = w.ask_early(&request);
    assert_eq!((early.go, early.verdict.code), (Go::Wait, Code::Consent));
    let effect = w.ask(&request);
    assert_eq!((effect.go, &effect.prompt, &effect.hold), (Go::Wait, &early.prompt, &early.hold));
    w.answer(&early.prompt.clone().unwrap(), Answer::Approve);
    assert_eq!(w.ask_early(&request).go, Go::Act);
    // The approval lets nothing go itself.
    let hold = early.hold.clone().unwrap();
    assert_eq!(w.authority.post(&hold, w.now, &mut w.log), Err(SettleError::NotCleared(hold.clone())));
    let go = w.ask(&request);
    assert_eq!((go.go, go.hold, go.decisions.len()), (Go::Act, early.hold, 1));
    w.authority.post(&hold, w.now, &mut w.log).unwrap();

    let soon = Asker::Approval { expires_at: Some(NOW + 1) };
    let asked = w.authority.authorise(pay("soon", usd("10")), soon, NOW, common::DAY, &mut w.log);
    let far = Asker::Approval { expires_at: Some(i64::MAX) };
    let bound = w.authority.authorise(pay("far", usd("10")), far, NOW, common::DAY, &mut w.log);
    let expires = |id: Option<String>| w.authority.prompt(&id.unwrap()).unwrap().expires_at.unwrap();
    assert_eq!((expires(asked.prompt), expires(bound.prompt)), (NOW + 1, NOW + LATER));

    // An approval beside an effect that was let go already changes nothing.
    assert_eq!(w.ask(&pay("beside", usd("10"))).go, Go::Act);
    assert_eq!(w.ask_early(&pay("beside", usd("10"))).go, Go::Act);
    assert_eq!(w.authority.claim(&pay("beside", usd("10")).key).unwrap().stage, Stage::Cleared);
    w.check();
}

#[test]
fn calls_pass_without_a_record_or_wait_for_a_yes() {
    let mut w = World::with(with_hosts());
    let records = w.log.len();
    assert_eq!(w.ask(&call("get", Effect::Read, "api.example.com", 443)).go, Go::Act);
    assert_eq!(w.ask(&call("post", Effect::Write, "api.example.com", 443)).go, Go::Act);
    assert_eq!(w.ask(&call("bad", Effect::Write, "example.org", 443)).go, Go::Refused);
    assert_eq!(w.log.len(), records);
    let request = call("ask", Effect::Write, "pay.example.com", 443);
    let asked = w.ask(&request);
    assert_eq!((asked.go, &asked.hold), (Go::Wait, &None));
    w.answer(&asked.prompt.unwrap(), Answer::Approve);
    assert_eq!(w.ask(&request).go, Go::Act);
    assert_eq!(w.ask(&request).go, Go::Act);
    w.check();
}

#[test]
fn the_day_cap_counts_each_payment_once_on_the_day_it_was_reserved() {
    let mut w = World::usual();
    let big = pay("big", usd("480"));
    let asked = w.ask(&big);
    assert_eq!(asked.go, Go::Wait);
    let small = w.ask(&pay("small", usd("20.01")));
    assert_eq!((small.go, small.verdict.code), (Go::Refused, Code::DailyCap));
    assert_eq!(w.ask(&pay("small", usd("20"))).go, Go::Act);
    w.answer(&asked.prompt.unwrap(), Answer::Approve);
    w.day = "2025-11-22".to_owned();
    assert_eq!(w.ask(&big).go, Go::Act);
    assert_eq!(w.ask(&pay("next", usd("40"))).go, Go::Act);
    let poor = w.ask(&pay("poor", usd("460")));
    assert_eq!((poor.go, poor.verdict.code), (Go::Wait, Code::Consent));
    let broke = w.ask(&pay("broke", usd("0.01")));
    assert_eq!((broke.go, broke.verdict.code), (Go::Refused, Code::DailyCap));
    w.check();
}

#[test]
fn a_refused_payment_counts_on_the_day_of_its_next_try() {
    let mut w = World::usual();
    let (one, other) = (pay("one", usd("60")), pay("other", usd("60")));
    assert_eq!((w.ask(&one).go, w.ask(&other).go), (Go::Wait, Go::Wait));
    let mut tighter = Policy::usual();
    tighter.assets.get_mut(&asset("USD")).unwrap().daily_cap = 6_000;
    w.change_policy(tighter);
    w.day = "2025-11-22".to_owned();
    // Its hold is of yesterday, and of yesterday it is too much now.
    let refused = w.ask(&one);
    assert_eq!((refused.go, refused.verdict.code, w.available()), (Go::Refused, Code::DailyCap, usd("940")));
    // The next try is of today, and is asked for anew.
    let anew = w.ask(&one);
    assert_eq!(anew.go, Go::Wait);
    assert_ne!(anew.prompt, refused.prompt);
    let spent = |day| w.authority.ledger().spent("daily/USD", day, asset("USD"));
    assert_eq!((spent(common::DAY), spent("2025-11-22")), (usd("60"), usd("60")));
    w.check();
}

#[test]
fn nothing_is_paid_from_the_outside_or_to_itself() {
    let mut w = World::usual();
    assert_eq!(w.ask(&pay("pay", usd("40"))).go, Go::Act);
    let from_alice =
        Action::Pay(consent::Pay { account: "acct:alice/USD".to_owned(), payee: "bob".to_owned(), ..pay_of(usd("1")) });
    let refused = w.ask(&request("from-alice", from_alice));
    assert_eq!((refused.go, refused.verdict.code), (Go::Refused, Code::Asset));
    w.authority.put_payee(payee("me", "Me", "wallet"), NOW, &mut w.log).unwrap();
    let to_me = Action::Pay(consent::Pay { payee: "me".to_owned(), ..pay_of(usd("1")) });
    let refused = w.ask(&request("to-me", to_me));
    assert_eq!((refused.go, refused.verdict.code, refused.hold), (Go::Refused, Code::Request, None));
    let orphan = Request { run: None, ..pay("orphan", usd("1")) };
    assert_eq!(w.ask(&orphan).go, Go::Refused);
    w.check();
}

#[test]
fn only_the_signed_answer_of_a_known_approver_to_this_prompt_counts() {
    let mut w = World::usual();
    let only_owner =
        Profile { roles: BTreeSet::from([Role::Owner]), ..Profile::owner("eve", "Eve", &key_of(2).verifying_key(), NOW) };
    w.authority.add_profile(only_owner, &mut w.log).unwrap();
    let (id, other) = (w.ask(&pay("pay", usd("60"))).prompt.unwrap(), w.ask(&pay("other", usd("61"))).prompt.unwrap());
    let good = w.decision(&id, Answer::Approve);
    let records = w.log.len();

    let forge = |change: &dyn Fn(&mut consent::Statement)| {
        let mut statement = good.statement.clone();
        change(&mut statement);
        statement.sign(&key_of(1))
    };
    let elsewhere = w.decision(&other, Answer::Approve).statement;
    type Expected = fn(&DecideError) -> bool;
    let mut cases: Vec<(Decision, Expected)> = vec![
        (forge(&|s| s.prompt = other.clone()), |e| matches!(e, DecideError::OtherRequest(_))),
        (forge(&|s| s.request = elsewhere.request), |e| matches!(e, DecideError::OtherRequest(_))),
        (forge(&|s| s.shown = elsewhere.shown), |e| matches!(e, DecideError::OtherShown(_))),
        (forge(&|s| s.prompt = "p-000000000000".to_owned()), |e| matches!(e, DecideError::Unknown(_))),
        (forge(&|s| s.answer = Answer::Happened), |e| matches!(e, DecideError::Answer { .. })),
        (forge(&|s| s.policy = 99), |e| matches!(e, DecideError::Policy { said: 99, is: 1 })),
        (forge(&|s| s.profile = "nobody".to_owned()), |e| matches!(e, DecideError::UnknownProfile(_))),
        (forge(&|s| s.profile = "eve".to_owned()), |e| matches!(e, DecideError::Role { role: Role::Approver, .. })),
        (good.statement.clone().sign(&key_of(2)), |e| matches!(e, DecideError::Signature(_))),
        (Decision { signature: String::new(), ..good.clone() }, |e| matches!(e, DecideError::Signature(_))),
    ];
    let mut reworded = good.clone();
    reworded.statement.reason = "sure".to_owned();
    cases.push((reworded, |e| matches!(e, DecideError::Signature(_))));
    for (decision, expected) in cases {
        let error = w.authority.decide(decision, w.now, &mut w.log).unwrap_err();
        assert!(expected(&error), "{error:?}");
    }
    assert_eq!(w.log.len(), records);
    w.authority.decide(good, w.now, &mut w.log).unwrap();
    assert_eq!(w.ask(&pay("pay", usd("60"))).go, Go::Act);
    w.check();
}

#[test]
fn a_stored_yes_that_was_tampered_with_clears_nothing() {
    let mut w = World::usual();
    let request = pay("pay", usd("60"));
    let id = w.ask(&request).prompt.unwrap();
    w.answer(&id, Answer::Reject);
    let mut snapshot = w.authority.snapshot();
    snapshot.prompts[0].state = PromptState::Approved;
    w.authority = consent::Authority::restore(snapshot.clone()).unwrap();
    let refused = w.ask(&request);
    assert_eq!((refused.go, refused.verdict.code), (Go::Refused, Code::ConsentDenied));

    snapshot.decisions[0].statement.answer = Answer::Approve;
    w.authority = consent::Authority::restore(snapshot.clone()).unwrap();
    assert_eq!(w.ask(&request).go, Go::Refused);

    snapshot.decisions.clear();
    w.authority = consent::Authority::restore(snapshot).unwrap();
    assert_eq!(w.ask(&request).go, Go::Refused);
}

#[test]
fn damaged_snapshots_are_refused() {
    let mut w = World::usual();
    w.ask(&pay("pay", usd("60")));
    let whole = w.authority.snapshot();
    let damage = |change: &dyn Fn(&mut consent::Snapshot)| {
        let mut snapshot = whole.clone();
        change(&mut snapshot);
        consent::Authority::restore(snapshot).unwrap_err()
    };
    assert!(matches!(damage(&|s| s.policy.policy.max_risk_tenths = 100), Damage::Policy(1)));
    assert!(matches!(damage(&|s| s.claims.clear()), Damage::Lost(_)));
    assert!(matches!(damage(&|s| s.prompts.clear()), Damage::Lost(_)));
    assert!(matches!(damage(&|s| s.payees.push(s.payees[0].clone())), Damage::Twice(_)));
    assert!(matches!(damage(&|s| s.claims.push(s.claims[0].clone())), Damage::Twice(_)));
    assert!(matches!(damage(&|s| s.ledger.accounts[0].posted += 1), Damage::Ledger(_)));
    // A prompt that shows something else than its digest names takes no answer.
    let decision = w.decision(&whole.prompts[0].id, Answer::Approve);
    let mut snapshot = whole;
    snapshot.prompts[0].shown.sentence = "Send 1.00 USD to Alice Chen".to_owned();
    let mut authority = consent::Authority::restore(snapshot).unwrap();
    assert!(matches!(authority.decide(decision, NOW, &mut Vec::new()), Err(DecideError::Damaged(_))));
}

#[test]
fn policies_are_proposed_approved_and_numbered() {
    let mut w = World::usual();
    assert!(matches!(w.authority.found(Policy::nothing(), NOW, &mut w.log), Err(Refusal::PolicyThere(1))));
    let (one, verdict) = w.authority.propose_policy(Policy::nothing(), w.now, &mut w.log).unwrap();
    assert_eq!(verdict.code, Code::Consent);
    assert_eq!(w.authority.propose_policy(Policy::nothing(), w.now, &mut w.log).unwrap().0, one);
    let (two, _) = w.authority.propose_policy(with_hosts(), w.now, &mut w.log).unwrap();
    let stale = w.decision(&one, Answer::Approve);
    w.answer(&two, Answer::Approve);
    assert_eq!((w.authority.policy().number, &w.authority.policy().policy), (2, &with_hosts()));
    assert!(matches!(w.authority.decide(stale, w.now, &mut w.log), Err(DecideError::Unknown(_))));
    let (three, _) = w.authority.propose_policy(Policy::nothing(), w.now, &mut w.log).unwrap();
    w.answer(&three, Answer::Reject);
    assert_eq!(w.authority.policy().number, 2);

    let mut senseless = Policy::usual();
    senseless.max_risk_tenths = 1000;
    assert!(matches!(w.authority.propose_policy(senseless, w.now, &mut w.log), Err(Refusal::Gate { code: Code::Request, .. })));
    let only_approver =
        Profile { roles: BTreeSet::from([Role::Approver]), ..Profile::owner("ann", "Ann", &key_of(2).verifying_key(), NOW) };
    w.authority.add_profile(only_approver, &mut w.log).unwrap();
    let (four, _) = w.authority.propose_policy(Policy::nothing(), w.now, &mut w.log).unwrap();
    let mut statement = w.decision(&four, Answer::Approve).statement;
    statement.profile = "ann".to_owned();
    let error = w.authority.decide(statement.sign(&key_of(2)), w.now, &mut w.log).unwrap_err();
    assert!(matches!(error, DecideError::Role { role: Role::Owner, .. }));
    w.check();
}

#[test]
fn questions_and_unclear_outcomes() {
    let mut w = World::usual();
    let shown = || Shown {
        sentence: "Ship it?\u{1b}[2J".to_owned(),
        facts: vec![consent::Fact { label: "Balance".to_owned(), value: "a million".to_owned(), source: "ledger".to_owned() }],
        verdict: None,
    };
    let question = || Question { run: "run-1", path: "ask", shown: shown(), expires_at: Some(NOW + 5) };
    let id = w.authority.question(question(), w.now, &mut w.log);
    assert_eq!(w.authority.question(question(), w.now, &mut w.log), id);
    let prompt = w.authority.prompt(&id).unwrap();
    assert_eq!(prompt.shown.sentence, "Ship it?\\u{1b}[2J");
    assert_eq!(prompt.shown.facts[0].source, "flow");
    w.answer(&id, Answer::Approve);

    let asked = w.ask(&pay("pay", usd("10")));
    let unclear = || Question { run: "run-1", path: "pay", shown: shown(), expires_at: None };
    let id = w.authority.unclear(unclear(), w.now, &mut w.log);
    assert_eq!(w.authority.unclear(unclear(), w.now, &mut w.log), id);
    let prompt = w.authority.prompt(&id).unwrap();
    assert_eq!((prompt.kind, &prompt.request), (PromptKind::Outcome, &Some(asked.request)));
    assert_eq!(prompt.hold, asked.hold.as_ref().map(ToString::to_string));
    let approve = w.decision(&id, Answer::Approve);
    assert!(matches!(w.authority.decide(approve, w.now, &mut w.log), Err(DecideError::Answer { .. })));
    w.answer(&id, Answer::Happened);
    assert_eq!(w.authority.decisions(&id)[0].statement.answer, Answer::Happened);
    assert_ne!(w.authority.unclear(unclear(), w.now, &mut w.log), id);
    w.authority.post(&asked.hold.unwrap(), w.now, &mut w.log).unwrap();
    w.check();
}

#[test]
fn the_end_of_a_run_withdraws_and_gives_back() {
    let mut w = World::usual();
    let waiting = w.ask(&pay("waiting", usd("60"))).prompt.unwrap();
    let open = w.ask(&pay("open", usd("10"))).hold.unwrap();
    let voided = w.ask(&pay("voided", usd("5"))).hold.unwrap();
    w.authority.void(&voided, w.now, &mut w.log).unwrap();
    w.authority.void(&voided, w.now, &mut w.log).unwrap();
    assert!(w.authority.post(&voided, w.now, &mut w.log).is_err());
    assert_eq!(w.available(), usd("930"));
    // A new try after that holds anew.
    let anew = w.ask(&pay("voided", usd("5"))).hold.unwrap();
    assert_ne!(anew, voided);
    assert_eq!(w.authority.end_run("run-1", w.now, &mut w.log), [waiting]);
    assert_eq!(w.available(), usd("1000"));
    assert!(matches!(w.authority.post(&open, w.now, &mut w.log), Err(SettleError::Unknown(_))));
    let records = w.log.len();
    assert!(w.authority.end_run("run-1", w.now, &mut w.log).is_empty());
    assert_eq!(w.log.len(), records);
    w.check();
}

#[test]
fn the_workspace_is_changed_with_care() {
    let mut w = World::usual();
    for odd in
        [payee("", "A", "a"), payee("a b", "A", "a"), payee("a", " ", "a"), payee("a", "A\u{7}", "a"), payee("a", "A", "a/USD")]
    {
        assert!(matches!(w.authority.put_payee(odd, NOW, &mut w.log), Err(Refusal::Payee(_))));
    }
    assert!(matches!(w.authority.remove_payee("nobody", NOW, &mut w.log), Err(Refusal::UnknownPayee(_))));
    let taken = Profile::owner("nik", "Nik", &key_of(9).verifying_key(), NOW);
    assert!(matches!(w.authority.add_profile(taken, &mut w.log), Err(Refusal::ProfileId(_))));
    let weak = Profile { key: "AAAA".to_owned(), ..Profile::owner("x", "X", &key_of(9).verifying_key(), NOW) };
    assert!(matches!(w.authority.add_profile(weak, &mut w.log), Err(Refusal::Key(_))));
    let outside = AccountId::new("world/USD");
    let funding = w.authority.fund(TransferId::new("f"), &outside, usd("1"), "", NOW, &mut w.log);
    assert!(matches!(funding, Err(Refusal::NotOwn(_))));
    let wallet = AccountId::new("wallet/USD");
    let records = w.log.len();
    w.authority.fund(TransferId::new("opening"), &wallet, usd("1000"), "", NOW, &mut w.log).unwrap();
    w.authority.set_paused(false, "nik", NOW, &mut w.log);
    w.authority.put_payee(payee("bob", "Bob", "acct:bob"), NOW, &mut w.log).unwrap();
    assert_eq!((w.log.len(), w.available()), (records, usd("1000")));
    w.check();
}

#[test]
fn records_out_of_order_are_refused() {
    let mut w = World::usual();
    let id = w.ask(&pay("pay", usd("60"))).prompt.unwrap();
    w.answer(&id, Answer::Approve);
    for lost in 0..w.log.len() {
        let mut authority = consent::Authority::default();
        let mut rest = w.log.clone();
        let gone = rest.remove(lost);
        let applied = rest.iter().try_for_each(|record| authority.apply(record));
        // Without one record the rest is refused or comes to another state.
        assert!(applied.is_err() || authority.snapshot() != w.authority.snapshot(), "{gone:?}");
    }
    let twice: Vec<Record> = w.log.iter().chain(&w.log).cloned().collect();
    let mut authority = consent::Authority::default();
    assert!(twice.iter().try_for_each(|record| authority.apply(record)).is_err());
}

#[test]
fn what_is_shown_of_a_spoken_payment() {
    let mut w = World::usual();
    let mut spoken_pay = pay_of(usd("25"));
    spoken_pay.heard = spoken(942);
    spoken_pay.purpose = Some("the logo\n\u{202e}design".to_owned());
    spoken_pay.risk = Some(consent::Risk {
        score10_tenths: 21,
        factors: vec![consent::RiskFactor {
            name: "new-payee".to_owned(),
            tenths: 20,
            reason: "first payment to Alice Chen".to_owned(),
        }],
    });
    let id = w.ask(&request("pay", Action::Pay(spoken_pay))).prompt.unwrap();
    let shown = &w.authority.prompt(&id).unwrap().shown;
    assert_eq!(shown.sentence, "Send 25.00 USD to Alice Chen");
    let lines: Vec<String> = shown.facts.iter().map(|f| format!("{}: {} [{}]", f.label, f.value, f.source)).collect();
    assert_eq!(
        lines,
        [
            "Payee: Alice Chen (alice) [address book]",
            "Address checked: by nik on 2025-11-21 (UTC) [address book]",
            "Address: acct:alice on credits [address book]",
            "Amount: 25.00 USD [flow]",
            "Purpose: the logo\\u{a}\\u{202e}design [spoken]",
            "Heard: \"Send twenty-five dollars to Alice for the logo design\" [spoken]",
            "Heard with: 94.2 % [spoken]",
            "Risk: 2.1 of 10 [risk score]",
            "Risk: new-payee, 2.0: first payment to Alice Chen [risk score]",
            "Balance: wallet/USD: 1000.00 USD → 975.00 USD [ledger]",
            "Spent today: 0.00 USD → 25.00 USD of 500.00 USD [ledger]",
            "Asked by: step pay of run run-1 [flow]",
            "Why you are asked: It was spoken, and every spoken payment needs a person's yes. [policy]",
            "Policy: usual, version 1 [policy]",
        ]
    );
}
