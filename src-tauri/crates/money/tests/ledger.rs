//! The ledger, operation by operation.
#![allow(clippy::unwrap_used)]

use money::{
    AccountId, AccountKind, Amount, Asset, Budget, HoldId, HoldState, Ledger, LedgerDamage, LedgerError, NewAccount, Outcome,
    Record, Reserve, Transfer, TransferId,
};

fn asset(code: &str) -> Asset {
    Asset::find(code).unwrap()
}

fn usd(minor: i128) -> Amount {
    Amount::new(minor, asset("USD"))
}

fn account(id: &str, code: &str, kind: AccountKind) -> NewAccount {
    NewAccount { id: AccountId::new(id), name: id.to_owned(), asset: asset(code), kind, at: 1 }
}

fn transfer(id: &str, from: &str, to: &str, amount: Amount) -> Transfer {
    Transfer { id: TransferId::new(id), from: AccountId::new(from), to: AccountId::new(to), amount, memo: "logo".into(), at: 10 }
}

fn reserve(id: &str, from: &str, to: &str, amount: Amount) -> Reserve {
    let (from, to) = (AccountId::new(from), AccountId::new(to));
    Reserve { id: HoldId::new(id), from, to, amount, memo: "logo".into(), at: 10, expires_at: None }
}

fn daily(window: &str, cap: i128) -> Budget {
    Budget { name: "daily/USD".into(), window: window.into(), cap: usd(cap) }
}

fn hold(id: &str) -> HoldId {
    HoldId::new(id)
}

/// `main` has 100.00 USD from `world`; `alice` is empty; `safe` and `abroad` are in EUR.
fn ledger() -> Ledger {
    let mut ledger = Ledger::default();
    for new in [
        account("world", "USD", AccountKind::External),
        account("main", "USD", AccountKind::Internal),
        account("alice", "USD", AccountKind::Internal),
        account("safe", "EUR", AccountKind::Internal),
        account("abroad", "EUR", AccountKind::External),
    ] {
        assert!(ledger.open_account(new).unwrap().is_new());
    }
    assert!(ledger.transfer(transfer("opening", "world", "main", usd(10_000))).unwrap().is_new());
    ledger
}

/// `(posted, held, incoming)` in minor units.
fn balances(ledger: &Ledger, id: &str) -> (i128, i128, i128) {
    let account = ledger.account(&AccountId::new(id)).unwrap();
    (account.posted, account.held, account.incoming)
}

#[test]
fn a_hold_is_posted() {
    let mut ledger = ledger();
    assert!(ledger.reserve(reserve("h", "main", "alice", usd(2_500)), &[]).unwrap().is_new());
    assert_eq!((balances(&ledger, "main"), balances(&ledger, "alice")), ((10_000, 2_500, 0), (0, 0, 2_500)));
    assert_eq!(ledger.account(&AccountId::new("main")).unwrap().available(), usd(7_500));
    assert!(ledger.post(&hold("h"), None, 20).unwrap().is_new());
    assert_eq!((balances(&ledger, "main"), balances(&ledger, "alice")), ((7_500, 0, 0), (2_500, 0, 0)));
    assert_eq!(ledger.hold(&hold("h")).unwrap().state, HoldState::Posted { amount: usd(2_500), at: 20 });
    ledger.check().unwrap();
}

#[test]
fn a_part_is_posted_and_the_rest_given_back() {
    let mut ledger = ledger();
    let _ = ledger.reserve(reserve("h", "main", "alice", usd(2_500)), &[daily("mon", 5_000)]).unwrap();
    let too_much = LedgerError::MoreThanHeld { hold: hold("h"), held: usd(2_500), asked: usd(2_501) };
    assert_eq!(ledger.post(&hold("h"), Some(usd(2_501)), 20), Err(too_much));
    assert!(matches!(ledger.post(&hold("h"), Some(Amount::new(1, asset("EUR"))), 20), Err(LedgerError::MoreThanHeld { .. })));
    assert_eq!(ledger.post(&hold("h"), Some(usd(0)), 20), Err(LedgerError::NotPositive(usd(0))));
    assert!(ledger.post(&hold("h"), Some(usd(1_000)), 20).unwrap().is_new());
    assert_eq!((balances(&ledger, "main"), balances(&ledger, "alice")), ((9_000, 0, 0), (1_000, 0, 0)));
    assert_eq!(ledger.spent("daily/USD", "mon", asset("USD")), usd(1_000));
}

#[test]
fn a_hold_ends_once() {
    let mut ledger = ledger();
    for id in ["posted", "voided", "expired"] {
        let request = Reserve { expires_at: Some(100), ..reserve(id, "main", "alice", usd(100)) };
        let _ = ledger.reserve(request, &[]).unwrap();
    }
    let posted = ledger.post(&hold("posted"), None, 20).unwrap();
    let voided = ledger.void(&hold("voided"), 20).unwrap();
    assert_eq!(ledger.expire_due(99).unwrap(), []);
    assert_eq!(ledger.expire_due(100).unwrap(), [Record::Expired { hold: hold("expired"), at: 100 }]);
    assert_eq!(ledger.next_expiry(), None);
    let before = ledger.snapshot();

    // The same again is answered as before; anything else is refused.
    assert_eq!(ledger.post(&hold("posted"), None, 30).unwrap(), Outcome::Repeated(posted.record().clone()));
    assert_eq!(ledger.void(&hold("voided"), 30).unwrap(), Outcome::Repeated(voided.record().clone()));
    let settled = |id: &str, state| Err(LedgerError::HoldSettled { hold: hold(id), state });
    let was_posted = HoldState::Posted { amount: usd(100), at: 20 };
    assert_eq!(ledger.void(&hold("posted"), 30), settled("posted", was_posted));
    assert_eq!(ledger.post(&hold("posted"), Some(usd(50)), 30), settled("posted", was_posted));
    assert_eq!(ledger.post(&hold("voided"), None, 30), settled("voided", HoldState::Voided { at: 20 }));
    assert_eq!(ledger.post(&hold("expired"), None, 30), settled("expired", HoldState::Expired { at: 100 }));
    assert_eq!(ledger.void(&hold("expired"), 30), settled("expired", HoldState::Expired { at: 100 }));
    assert_eq!(ledger.post(&hold("none"), None, 30), Err(LedgerError::UnknownHold(hold("none"))));
    assert_eq!(ledger.snapshot(), before);
}

#[test]
fn an_expired_hold_is_not_posted_even_before_it_is_swept() {
    let mut ledger = ledger();
    let request = Reserve { expires_at: Some(100), ..reserve("h", "main", "alice", usd(100)) };
    let _ = ledger.reserve(request, &[]).unwrap();
    assert_eq!(ledger.next_expiry(), Some(100));
    assert_eq!(ledger.post(&hold("h"), None, 100), Err(LedgerError::HoldExpired { hold: hold("h"), expires_at: 100 }));
    assert_eq!(ledger.apply(&Record::Expired { hold: hold("h"), at: 99 }), Err(LedgerError::NotDue { hold: hold("h"), at: 99 }));
    assert!(ledger.post(&hold("h"), None, 99).unwrap().is_new());
    let born_late = Reserve { expires_at: Some(10), ..reserve("late", "main", "alice", usd(100)) };
    let refused = LedgerError::ExpiresTooSoon { hold: hold("late"), expires_at: 10, at: 10 };
    assert_eq!(ledger.reserve(born_late, &[]), Err(refused));
}

#[test]
fn a_repeat_is_answered_and_moves_nothing() {
    let mut ledger = ledger();
    let first = ledger.reserve(reserve("h", "main", "alice", usd(100)), &[daily("mon", 100)]).unwrap();
    let before = ledger.snapshot();
    // A retry comes later, perhaps on another day and under other budgets: it is still the same request.
    let later = Reserve { at: 99, expires_at: Some(500), ..reserve("h", "main", "alice", usd(100)) };
    assert_eq!(ledger.reserve(later, &[daily("tue", 0)]).unwrap(), Outcome::Repeated(first.record().clone()));
    let again = Transfer { at: 99, ..transfer("opening", "world", "main", usd(10_000)) };
    assert!(!ledger.transfer(again).unwrap().is_new());
    let main = NewAccount { at: 99, ..account("main", "USD", AccountKind::Internal) };
    assert!(!ledger.open_account(main).unwrap().is_new());

    let reused = |key: &str| Err(LedgerError::KeyReused { key: key.to_owned() });
    assert_eq!(ledger.reserve(reserve("h", "main", "alice", usd(101)), &[]), reused("h"));
    assert_eq!(ledger.reserve(reserve("h", "main", "world", usd(100)), &[]), reused("h"));
    assert_eq!(ledger.reserve(Reserve { memo: "other".into(), ..reserve("h", "main", "alice", usd(100)) }, &[]), reused("h"));
    assert_eq!(ledger.transfer(transfer("opening", "world", "main", usd(1))), reused("opening"));
    assert_eq!(ledger.transfer(transfer("h", "main", "alice", usd(100))), reused("h"));
    assert_eq!(ledger.reserve(reserve("opening", "world", "main", usd(10_000)), &[]), reused("opening"));
    let other = account("main", "EUR", AccountKind::Internal);
    assert_eq!(ledger.open_account(other), Err(LedgerError::AccountExists(AccountId::new("main"))));
    assert_eq!(ledger.snapshot(), before);
}

#[test]
fn what_cannot_move_is_refused() {
    let mut ledger = ledger();
    let before = ledger.snapshot();
    let cases = [
        (transfer("t", "main", "alice", usd(0)), LedgerError::NotPositive(usd(0))),
        (transfer("t", "main", "alice", usd(-1)), LedgerError::NotPositive(usd(-1))),
        (transfer("t", "main", "alice", usd(i128::MIN)), LedgerError::NotPositive(usd(i128::MIN))),
        (transfer("t", "main", "main", usd(1)), LedgerError::SameAccount(AccountId::new("main"))),
        (transfer("t", "main", "nobody", usd(1)), LedgerError::UnknownAccount(AccountId::new("nobody"))),
        (transfer("t", "nobody", "main", usd(1)), LedgerError::UnknownAccount(AccountId::new("nobody"))),
        (
            transfer("t", "main", "safe", usd(1)),
            LedgerError::WrongAsset { account: AccountId::new("safe"), holds: asset("EUR"), asked: usd(1) },
        ),
        (
            transfer("t", "abroad", "safe", usd(1)),
            LedgerError::WrongAsset { account: AccountId::new("safe"), holds: asset("EUR"), asked: usd(1) },
        ),
        (
            transfer("t", "main", "alice", usd(10_001)),
            LedgerError::Insufficient { account: AccountId::new("main"), available: usd(10_000), asked: usd(10_001) },
        ),
        (
            transfer("t", "world", "main", usd(i128::MAX)),
            LedgerError::Overflow { place: "account main".into(), amount: usd(i128::MAX) },
        ),
        (transfer("", "main", "alice", usd(1)), LedgerError::EmptyId("transfer")),
    ];
    for (request, refused) in cases {
        let Transfer { id, from, to, amount, memo, at } = request.clone();
        let as_hold = Reserve { id: HoldId::new(id.as_str()), from, to, amount, memo, at, expires_at: None };
        let refused_hold = match &refused {
            LedgerError::EmptyId(_) => LedgerError::EmptyId("hold"),
            other => other.clone(),
        };
        assert_eq!(ledger.transfer(request), Err(refused));
        assert_eq!(ledger.reserve(as_hold, &[]), Err(refused_hold));
    }
    assert_eq!(ledger.open_account(account("", "USD", AccountKind::Internal)), Err(LedgerError::EmptyId("account")));
    assert_eq!(ledger.snapshot(), before);
}

#[test]
fn held_money_is_not_available_and_coming_money_neither() {
    let mut ledger = ledger();
    let _ = ledger.reserve(reserve("h", "main", "alice", usd(9_999)), &[]).unwrap();
    let refused = |from: &str, available, asked| {
        Err(LedgerError::Insufficient { account: AccountId::new(from), available: usd(available), asked: usd(asked) })
    };
    assert_eq!(ledger.transfer(transfer("t", "main", "alice", usd(2))), refused("main", 1, 2));
    assert_eq!(ledger.reserve(reserve("h2", "main", "alice", usd(2)), &[]), refused("main", 1, 2));
    assert_eq!(ledger.transfer(transfer("t", "alice", "main", usd(1))), refused("alice", 0, 1));
    assert!(ledger.transfer(transfer("t", "main", "alice", usd(1))).unwrap().is_new());
}

#[test]
fn a_budget_counts_from_the_reservation() {
    let mut ledger = ledger();
    let spent = |ledger: &Ledger, window: &str| ledger.spent("daily/USD", window, asset("USD")).minor();
    let monday = [daily("mon", 1_000)];
    for (id, amount) in [("a", 400), ("b", 300), ("c", 300)] {
        let _ = ledger.reserve(reserve(id, "main", "alice", usd(amount)), &monday).unwrap();
    }
    assert_eq!(spent(&ledger, "mon"), 1_000);
    let exceeded = LedgerError::BudgetExceeded { budget: Box::new(daily("mon", 1_000)), spent: usd(1_000), asked: usd(1) };
    assert_eq!(
        exceeded.to_string(),
        "budget daily/USD allows 10.00 USD in mon; 10.00 USD is spent or held, so 0.01 USD is too much; ask for less, or change the budget"
    );
    assert_eq!(ledger.reserve(reserve("d", "main", "alice", usd(1)), &monday), Err(exceeded));
    // A void gives back, even to a window that has passed; posting keeps.
    let _ = ledger.reserve(reserve("e", "main", "alice", usd(50)), &[daily("tue", 1_000)]).unwrap();
    let _ = ledger.post(&hold("a"), None, 20).unwrap();
    let _ = ledger.void(&hold("b"), 20).unwrap();
    assert_eq!((spent(&ledger, "mon"), spent(&ledger, "tue")), (700, 50));
    // Another asset, name or window is another budget.
    assert_eq!(ledger.spent("daily/USD", "mon", asset("EUR")).minor(), 0);
    assert_eq!(ledger.spent("weekly/USD", "mon", asset("USD")).minor(), 0);
    ledger.check().unwrap();
}

#[test]
fn every_budget_must_allow_it() {
    let mut ledger = ledger();
    let before = ledger.snapshot();
    let weekly = |cap| Budget { name: "weekly/USD".into(), window: "47".into(), cap: usd(cap) };
    let request = || reserve("h", "main", "alice", usd(100));
    assert!(matches!(ledger.reserve(request(), &[daily("mon", 100), weekly(99)]), Err(LedgerError::BudgetExceeded { .. })));
    let in_euro = Budget { cap: Amount::new(1_000, asset("EUR")), ..daily("mon", 0) };
    assert!(matches!(ledger.reserve(request(), &[daily("mon", 100), in_euro]), Err(LedgerError::BudgetAsset { .. })));
    assert_eq!(ledger.snapshot(), before, "nothing was counted in the budget that allowed it");
    // Two caps on one window: the lower decides, and it counts once.
    assert!(matches!(ledger.reserve(request(), &[daily("mon", 100), daily("mon", 99)]), Err(LedgerError::BudgetExceeded { .. })));
    let made = ledger.reserve(request(), &[daily("mon", 100), daily("mon", 150), weekly(100)]).unwrap();
    assert_eq!(ledger.spent("daily/USD", "mon", asset("USD")), usd(100));
    assert_eq!(ledger.rows(made.record()).usage.len(), 2);
}

#[test]
fn a_restored_ledger_answers_repeats_once_it_is_reminded() {
    let mut first = ledger();
    let _ = first.reserve(reserve("open", "main", "alice", usd(100)), &[]).unwrap();
    let _ = first.reserve(reserve("ended", "main", "alice", usd(100)), &[]).unwrap();
    let posted = first.post(&hold("ended"), None, 20).unwrap();
    let mut second = Ledger::restore(first.snapshot()).unwrap();
    assert_eq!(second.snapshot(), first.snapshot());
    assert!(second.knows("open") && !second.knows("ended") && !second.knows("opening"));

    second.remember_transfer(transfer("opening", "world", "main", usd(10_000)));
    second.remember_hold(first.hold(&hold("ended")).unwrap().clone()).unwrap();
    assert!(!second.transfer(transfer("opening", "world", "main", usd(10_000))).unwrap().is_new());
    assert!(!second.reserve(reserve("ended", "main", "alice", usd(100)), &[]).unwrap().is_new());
    assert_eq!(second.post(&hold("ended"), None, 30).unwrap(), Outcome::Repeated(posted.record().clone()));
    assert_eq!(second.snapshot(), first.snapshot());

    let mut unknown = first.hold(&hold("open")).unwrap().clone();
    second.remember_hold(unknown.clone()).unwrap();
    unknown.reserve.id = hold("forged");
    assert_eq!(second.remember_hold(unknown), Err(LedgerDamage::HoldState(hold("forged"), HoldState::Open)));
    second.forget_ended();
    assert!(second.knows("open") && !second.knows("ended") && !second.knows("opening"));
}

#[test]
fn sums_past_128_bits_are_still_zero() {
    let mut ledger = Ledger::default();
    for n in 0..4 {
        let (from, to) = (format!("out{n}"), format!("in{n}"));
        let _ = ledger.open_account(account(&from, "USD", AccountKind::External)).unwrap();
        let _ = ledger.open_account(account(&to, "USD", AccountKind::Internal)).unwrap();
        let _ = ledger.transfer(transfer(&format!("t{n}"), &from, &to, usd(i128::MAX))).unwrap();
    }
    ledger.check().unwrap();
    // What is coming counts against the limit, so that posting never overflows.
    let _ = ledger.open_account(account("more", "USD", AccountKind::External)).unwrap();
    assert!(matches!(ledger.reserve(reserve("h", "more", "in0", usd(1)), &[]), Err(LedgerError::Overflow { .. })));
    let _ = ledger.open_account(account("room", "USD", AccountKind::Internal)).unwrap();
    let _ = ledger.reserve(reserve("h1", "more", "room", usd(i128::MAX)), &[]).unwrap();
    assert!(matches!(ledger.reserve(reserve("h2", "out0", "room", usd(1)), &[]), Err(LedgerError::Overflow { .. })));
    assert!(matches!(ledger.transfer(transfer("t", "in0", "room", usd(1))), Err(LedgerError::Overflow { .. })));
    let _ = ledger.post(&hold("h1"), None, 20).unwrap();
    ledger.check().unwrap();
}

#[test]
fn records_have_this_json() {
    let mut ledger = ledger();
    let request = Reserve { expires_at: Some(100), ..reserve("h", "main", "alice", usd(100)) };
    let reserved = ledger.reserve(request, &[daily("2026-11-21", 1_000)]).unwrap();
    let json = serde_json::to_string(reserved.record()).unwrap();
    assert_eq!(
        json,
        concat!(
            r#"{"type":"reserved","reserve":{"id":"h","from":"main","to":"alice","amount":{"asset":"USD","minor":"100"},"#,
            r#""memo":"logo","at":10,"expires_at":100},"charges":[{"budget":"daily/USD","window":"2026-11-21"}]}"#
        )
    );
    assert_eq!(&serde_json::from_str::<Record>(&json).unwrap(), reserved.record());
    let read = |json: &str| serde_json::from_str::<Record>(json);
    assert!(read(r#"{"type":"voided","hold":"h","at":1}"#).is_ok());
    assert!(read(r#"{"type":"voided","hold":"h","at":1,"more":1}"#).is_err());
    assert!(read(r#"{"type":"burned","hold":"h","at":1}"#).is_err());
    assert!(read(&json.replace(r#""memo""#, r#""note":"","memo""#)).is_err());
    assert!(read(&json.replace(r#""100"}"#, r#"100}"#)).is_err(), "an amount is never a number");
    let schema = serde_json::to_string(&schemars::schema_for!(Record)).unwrap();
    assert!(schema.contains("account_opened") && schema.contains("AccountKind"));
}

#[test]
fn sums_of_holds_that_would_not_fit_are_refused() {
    let mut ledger = Ledger::default();
    for id in ["a", "b", "c"] {
        let _ = ledger.open_account(account(id, "USD", AccountKind::External)).unwrap();
    }
    // `c` is far below zero, so there is room in its balance for what the sum of its holds has no room for.
    let _ = ledger.transfer(transfer("t", "c", "a", usd(i128::MAX))).unwrap();
    let _ = ledger.reserve(reserve("h1", "a", "c", usd(i128::MAX)), &[]).unwrap();
    assert!(matches!(ledger.reserve(reserve("h2", "b", "c", usd(1)), &[]), Err(LedgerError::Overflow { .. })));
    // `a` is as far above zero and holds as much: the same on the side that pays.
    assert!(matches!(ledger.reserve(reserve("h3", "a", "b", usd(1)), &[]), Err(LedgerError::Overflow { .. })));
    ledger.check().unwrap();
}

#[test]
fn a_record_that_overflows_a_budget_is_refused() {
    let mut ledger = Ledger::default();
    for id in ["a", "b", "c", "d"] {
        let _ = ledger.open_account(account(id, "USD", AccountKind::External)).unwrap();
    }
    let charges = [daily("mon", 0).charge()];
    let charged = |reserve| Record::Reserved { reserve, charges: charges.clone().into() };
    ledger.apply(&charged(reserve("h1", "a", "b", usd(i128::MAX)))).unwrap();
    let before = ledger.snapshot();
    let refused = LedgerError::Overflow { place: "budget daily/USD in mon".into(), amount: usd(1) };
    assert_eq!(ledger.apply(&charged(reserve("h2", "c", "d", usd(1)))), Err(refused));
    assert_eq!(ledger.snapshot(), before);
}

#[test]
fn an_overdrawn_account_is_damage_even_where_the_sum_is_zero() {
    let sound = ledger().snapshot();
    let move_from = |id: &str, minor: i128| {
        let mut damaged = sound.clone();
        for account in &mut damaged.accounts {
            account.posted += match account.id.as_str() {
                "world" => minor,
                other if other == id => -minor,
                _ => 0,
            };
        }
        Ledger::restore(damaged).map(|_| ())
    };
    assert_eq!(move_from("main", 10_000), Ok(()));
    assert_eq!(move_from("main", 10_001), Err(LedgerDamage::Balance(AccountId::new("main"))));
    assert_eq!(move_from("alice", 1), Err(LedgerDamage::Balance(AccountId::new("alice"))));
    assert_eq!(move_from("safe", 1), Err(LedgerDamage::Balance(AccountId::new("safe"))));
}
