//! An account and its balances.

use crate::{AccountId, AccountKind, Amount, Asset, LedgerError, NewAccount};

/// An account, with its balances in minor units of its asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What people call it.
    pub name: String,
    /// The one asset it holds.
    pub asset: Asset,
    /// Whether it may go below zero.
    pub kind: AccountKind,
    /// When it was opened, in milliseconds since the epoch.
    pub opened_at: i64,
    /// The balance: credits posted less debits posted.
    pub posted: i128,
    /// What open holds will take from it (debits pending).
    pub held: i128,
    /// What open holds will bring to it (credits pending). Not available before it is posted; counted so that posting can't overflow.
    pub incoming: i128,
}

impl Account {
    pub(crate) fn open(new: &NewAccount) -> Self {
        let NewAccount { id, name, asset, kind, at } = new.clone();
        Self { id, name, asset, kind, opened_at: at, posted: 0, held: 0, incoming: 0 }
    }

    /// What opened it.
    pub(crate) fn opening(&self) -> NewAccount {
        NewAccount { id: self.id.clone(), name: self.name.clone(), asset: self.asset, kind: self.kind, at: self.opened_at }
    }

    /// The balance, held money included.
    pub fn balance(&self) -> Amount {
        Amount::new(self.posted, self.asset)
    }

    /// What can be spent: the balance less what is held. Below zero only in external accounts.
    pub fn available(&self) -> Amount {
        // The ledger lets no account reach the point where this saturates.
        Amount::new(self.posted.saturating_sub(self.held), self.asset)
    }

    /// Refuses what this account can't pay.
    pub(crate) fn may_pay(&self, amount: Amount) -> Result<(), LedgerError> {
        self.may_hold_asset(amount)?;
        let left = self.posted.checked_sub(self.held).and_then(|available| available.checked_sub(amount.minor()));
        match (left, self.kind) {
            (None, _) => Err(self.overflow(amount)),
            (Some(left), AccountKind::Internal) if left < 0 => {
                Err(LedgerError::Insufficient { account: self.id.clone(), available: self.available(), asked: amount })
            }
            _ => Ok(()),
        }
    }

    /// Refuses what this account can't receive.
    pub(crate) fn may_receive(&self, amount: Amount) -> Result<(), LedgerError> {
        self.may_hold_asset(amount)?;
        let after = self.posted.checked_add(self.incoming).and_then(|expected| expected.checked_add(amount.minor()));
        after.map(|_| ()).ok_or_else(|| self.overflow(amount))
    }

    pub(crate) fn overflow(&self, amount: Amount) -> LedgerError {
        LedgerError::Overflow { place: format!("account {}", self.id), amount }
    }

    fn may_hold_asset(&self, amount: Amount) -> Result<(), LedgerError> {
        if self.asset == amount.asset() {
            Ok(())
        } else {
            Err(LedgerError::WrongAsset { account: self.id.clone(), holds: self.asset, asked: amount })
        }
    }
}
