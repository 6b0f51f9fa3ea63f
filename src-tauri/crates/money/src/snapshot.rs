//! Starting from stored rows instead of the whole history, and what is remembered of it.

use crate::{Account, Hold, HoldId, HoldState, Ledger, LedgerDamage, Transfer, Usage};

/// All of a ledger's state that matters: everything but the memory of ended operations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// All accounts, by id.
    pub accounts: Vec<Account>,
    /// All open holds, by id.
    pub holds: Vec<Hold>,
    /// The windows of budgets in which anything counts. Past windows may be left out, unless an open hold counts in them.
    pub usage: Vec<Usage>,
}

impl Ledger {
    /// The state, in one order.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            accounts: self.accounts().into_iter().cloned().collect(),
            holds: self.open_holds().into_iter().cloned().collect(),
            usage: self.budgets.rows(),
        }
    }

    /// The ledger with this state, unless [`Ledger::check`] finds it damaged.
    pub fn restore(snapshot: Snapshot) -> Result<Self, LedgerDamage> {
        let mut ledger = Self::default();
        for account in snapshot.accounts {
            if let Some(twice) = ledger.accounts.insert(account.id.clone(), account) {
                return Err(LedgerDamage::Twice(format!("account {}", twice.id)));
            }
        }
        for hold in snapshot.holds {
            let id = hold.reserve.id.clone();
            if !hold.is_open() {
                return Err(LedgerDamage::HoldState(id, hold.state));
            }
            if let Some(expires_at) = hold.reserve.expires_at {
                ledger.due.insert((expires_at, id.clone()));
            }
            if ledger.holds.insert(id.clone(), hold).is_some() {
                return Err(LedgerDamage::Twice(format!("hold {id}")));
            }
        }
        for usage in snapshot.usage {
            let name = format!("budget {} in {}", usage.charge.budget, usage.charge.window);
            if !ledger.budgets.restore(usage) {
                return Err(LedgerDamage::Twice(name));
            }
        }
        ledger.check()?;
        Ok(ledger)
    }

    /// Whether a transfer or hold with this id is in memory. Where it is not, look it up in the store before you use it.
    pub fn knows(&self, id: &str) -> bool {
        self.holds.contains_key(id) || self.transfers.contains_key(id)
    }

    /// Remembers a transfer found in the store, so that a repeat of it is answered. Moves nothing.
    pub fn remember_transfer(&mut self, transfer: Transfer) {
        self.transfers.entry(transfer.id.clone()).or_insert(transfer);
    }

    /// Remembers an ended hold found in the store, so that a repeat of it is answered. Moves nothing.
    ///
    /// An open hold that isn't known already is refused: all open ones came with the snapshot, so the store is damaged.
    pub fn remember_hold(&mut self, hold: Hold) -> Result<(), LedgerDamage> {
        let id: HoldId = hold.reserve.id.clone();
        if self.holds.contains_key(&id) {
            return Ok(());
        }
        if hold.state == HoldState::Open {
            return Err(LedgerDamage::HoldState(id, hold.state));
        }
        self.holds.insert(id, hold);
        Ok(())
    }

    /// Forgets transfers and ended holds, so that memory stays small. Only when all of them are committed in the store.
    pub fn forget_ended(&mut self) {
        self.transfers.clear();
        self.holds.retain(|_, hold| hold.is_open());
    }
}
