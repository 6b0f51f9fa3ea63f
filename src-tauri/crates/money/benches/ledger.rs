//! How long a hold takes: `cargo bench -p money`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{hint::black_box, time::Instant};

use money::{AccountId, AccountKind, Amount, Asset, Budget, HoldId, Ledger, NewAccount, Reserve};

fn main() {
    const HOLDS: u32 = 200_000;
    let usd = Asset::find("USD").unwrap();
    let (from, to) = (AccountId::new("payer"), AccountId::new("payee"));
    let mut ledger = Ledger::default();
    for id in [&from, &to] {
        let new = NewAccount { id: id.clone(), name: id.to_string(), asset: usd, kind: AccountKind::External, at: 0 };
        let _ = ledger.open_account(new).unwrap();
    }
    let budget = Budget { name: "daily/USD".into(), window: "2026-11-21".into(), cap: Amount::new(i128::MAX, usd) };
    for budgets in [&[][..], std::slice::from_ref(&budget)] {
        // Keys as the engine makes them: 64 hex digits.
        let ids: Vec<_> =
            (0..HOLDS).map(|n| HoldId::new(format!("{:064x}", u64::from(n) + ((budgets.len() as u64) << 32)))).collect();
        let start = Instant::now();
        for (n, id) in ids.iter().enumerate() {
            // As a store does once what was done is on disk.
            if n % 1_000 == 0 {
                ledger.forget_ended();
            }
            let (from, to) = (from.clone(), to.clone());
            let request =
                Reserve { id: id.clone(), from, to, amount: Amount::new(5, usd), memo: String::new(), at: 1, expires_at: None };
            let _ = black_box(ledger.reserve(request, budgets).unwrap());
            let _ = black_box(ledger.post(id, None, 2).unwrap());
        }
        println!("reserve and post, {} budgets: {} ns", budgets.len(), start.elapsed().as_nanos() / u128::from(HOLDS));
    }
    let open = 100_000;
    for n in 0..open {
        let (from, to) = (from.clone(), to.clone());
        let id = HoldId::new(format!("open{n}"));
        let request =
            Reserve { id, from, to, amount: Amount::new(5, usd), memo: String::new(), at: 1, expires_at: Some(i64::from(n) + 2) };
        let _ = ledger.reserve(request, std::slice::from_ref(&budget)).unwrap();
    }
    let snapshot = ledger.snapshot();
    let start = Instant::now();
    let mut restored = Ledger::restore(snapshot).unwrap();
    println!("restore and audit {open} open holds: {} ms", start.elapsed().as_millis());
    let start = Instant::now();
    black_box(restored.expire_due(i64::MAX).unwrap());
    println!("expire one: {} ns", start.elapsed().as_nanos() / 100_000);
}
