//! Checking that the ledger's state is one that operations could have made.

use std::collections::BTreeMap;

use crate::{Account, AccountId, AccountKind, Asset, Charge, Hold, Ledger, LedgerDamage};

/// An exact sum of any number of 128-bit integers, in two halves.
#[derive(Default)]
struct Sum {
    high: i128,
    low: i128,
}

impl Sum {
    const HALF: u32 = 64;
    const MASK: i128 = (1 << Self::HALF) - 1;

    fn add(&mut self, n: i128) {
        self.high += n >> Self::HALF;
        self.low += n & Self::MASK;
    }

    fn is_zero(&self) -> bool {
        self.low & Self::MASK == 0 && self.high + (self.low >> Self::HALF) == 0
    }
}

impl Ledger {
    /// Audits the state: balances sum to zero per asset; every account and budget holds what its open holds sum to; no
    /// internal account has promised more than it has; nothing could overflow when the holds are posted.
    ///
    /// What was posted under a budget can't be recomputed from here; a fold over all records shows that.
    pub fn check(&self) -> Result<(), LedgerDamage> {
        let mut sums: BTreeMap<Asset, Sum> = BTreeMap::new();
        let mut held: BTreeMap<&AccountId, i128> = BTreeMap::new();
        let mut incoming: BTreeMap<&AccountId, i128> = BTreeMap::new();
        let mut charged: BTreeMap<(Asset, &Charge), i128> = BTreeMap::new();
        for hold in self.open_holds() {
            let amount = self.check_hold(hold)?;
            let too_much =
                || LedgerDamage::Hold { hold: hold.reserve.id.clone(), reason: "the sum of holds is too large".to_owned() };
            let add = |total: &mut i128| total.checked_add(amount).map(|sum| *total = sum).ok_or_else(too_much);
            add(held.entry(&hold.reserve.from).or_default())?;
            add(incoming.entry(&hold.reserve.to).or_default())?;
            for charge in &hold.charges {
                add(charged.entry((hold.reserve.amount.asset(), charge)).or_default())?;
            }
        }
        for account in self.accounts() {
            let of = |kind, stored, computed: &BTreeMap<&AccountId, i128>| {
                let computed = computed.get(&account.id).copied().unwrap_or_default();
                let differs = || LedgerDamage::Held { account: account.id.clone(), kind, stored, computed };
                if stored == computed { Ok(()) } else { Err(differs()) }
            };
            of("held", account.held, &held)?;
            of("incoming", account.incoming, &incoming)?;
            if !in_bounds(account) {
                return Err(LedgerDamage::Balance(account.id.clone()));
            }
            sums.entry(account.asset).or_default().add(account.posted);
        }
        if let Some((asset, _)) = sums.iter().find(|(_, sum)| !sum.is_zero()) {
            return Err(LedgerDamage::NotZero(*asset));
        }
        self.check_usage(&charged)
    }

    /// The amount of an open hold in minor units, if it could have been made.
    fn check_hold(&self, hold: &Hold) -> Result<i128, LedgerDamage> {
        let reserve = &hold.reserve;
        let wrong = |reason: &str| Err(LedgerDamage::Hold { hold: reserve.id.clone(), reason: reason.to_owned() });
        let holds_asset = |id| self.account(id).is_some_and(|account| account.asset == reserve.amount.asset());
        if reserve.from == reserve.to || !holds_asset(&reserve.from) || !holds_asset(&reserve.to) {
            return wrong("its accounts are not two existing ones in its asset");
        }
        if !reserve.amount.is_positive() {
            return wrong("its amount is not above zero");
        }
        if self.transfers.contains_key(reserve.id.as_str()) {
            return wrong("a transfer has the same id");
        }
        let is_due = |at| self.due.contains(&(at, reserve.id.clone()));
        if !reserve.expires_at.is_none_or(|at| at > reserve.at && is_due(at)) {
            return wrong("its expiry is not kept");
        }
        Ok(reserve.amount.minor())
    }

    fn check_usage(&self, charged: &BTreeMap<(Asset, &Charge), i128>) -> Result<(), LedgerDamage> {
        let damage = |charge: &Charge, asset, stored, computed| {
            let Charge { budget, window } = charge.clone();
            Err(LedgerDamage::Usage { budget, window, asset, stored, computed })
        };
        for usage in self.budgets.rows() {
            let computed = charged.get(&(usage.asset, &usage.charge)).copied().unwrap_or_default();
            if usage.held != computed || usage.posted < 0 || usage.posted.checked_add(usage.held).is_none() {
                return damage(&usage.charge, usage.asset, usage.held, computed);
            }
        }
        // Whatever open holds are charged to has a row, as a hold is never zero.
        let missing = charged.iter().find(|((asset, charge), _)| self.budgets.usage(charge, *asset).held == 0);
        missing.map_or(Ok(()), |((asset, charge), computed)| damage(charge, *asset, 0, *computed))
    }
}

/// Whether every open hold can still be posted, and an internal account has what it promised.
fn in_bounds(account: &Account) -> bool {
    let available = account.posted.checked_sub(account.held);
    let enough = available.is_some_and(|left| account.kind == AccountKind::External || left >= 0);
    enough && account.posted.checked_add(account.incoming).is_some()
}
