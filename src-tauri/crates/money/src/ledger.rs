//! The ledger: accounts, transfers and holds, changed by one record at a time.

use std::collections::{BTreeSet, HashMap};

use crate::{
    Account, AccountId, Amount, Asset, Budget, Charge, Hold, HoldId, HoldState, LedgerError, NewAccount, Outcome, Record,
    Reserve, Transfer, TransferId, Usage, budget::Budgets,
};

/// A double-entry ledger in memory.
///
/// Every operation checks everything first and then changes everything, or refuses and changes nothing. See the crate's page
/// for how a store keeps it on disk.
#[derive(Debug, Default)]
pub struct Ledger {
    pub(crate) accounts: HashMap<AccountId, Account>,
    /// Those this ledger remembers; they only answer repeats.
    pub(crate) transfers: HashMap<TransferId, Transfer>,
    /// All open ones, and the ended ones that this ledger remembers.
    pub(crate) holds: HashMap<HoldId, Hold>,
    /// Open holds by the time they expire.
    pub(crate) due: BTreeSet<(i64, HoldId)>,
    pub(crate) budgets: Budgets,
}

/// The rows a record touched, as they stand now: what a store writes beside the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows<'a> {
    /// The accounts.
    pub accounts: Vec<&'a Account>,
    /// The hold, whatever its state.
    pub hold: Option<&'a Hold>,
    /// The windows of budgets.
    pub usage: Vec<Usage>,
}

impl Ledger {
    /// Opens an account. Opening it again with the same name, asset and kind changes nothing.
    pub fn open_account(&mut self, new: NewAccount) -> Result<Outcome, LedgerError> {
        match self.accounts.get(&new.id).map(Account::opening) {
            Some(first) if (&first.name, first.asset, first.kind) == (&new.name, new.asset, new.kind) => {
                Ok(Outcome::Repeated(Record::AccountOpened(first)))
            }
            _ => self.record(Record::AccountOpened(new)),
        }
    }

    /// Moves an amount at once. No budget counts it.
    pub fn transfer(&mut self, transfer: Transfer) -> Result<Outcome, LedgerError> {
        match self.transfers.get(&transfer.id) {
            Some(first) if first.asks_the_same(&transfer) => Ok(Outcome::Repeated(Record::Transferred(first.clone()))),
            _ => self.record(Record::Transferred(transfer)),
        }
    }

    /// Sets an amount aside, if the account has it and every budget allows it.
    ///
    /// A repeat is answered with the first record, even where the hold has ended since or the budgets have changed: ask
    /// [`Ledger::hold`] for its state.
    pub fn reserve(&mut self, reserve: Reserve, budgets: &[Budget]) -> Result<Outcome, LedgerError> {
        match self.holds.get(&reserve.id) {
            Some(first) if first.reserve.asks_the_same(&reserve) => Ok(Outcome::Repeated(first.reserved())),
            Some(_) => Err(LedgerError::KeyReused { key: reserve.id.to_string() }),
            None => {
                let charges = self.budgets.admit(reserve.amount, budgets)?;
                self.record(Record::Reserved { reserve, charges })
            }
        }
    }

    /// Takes what is held, or the given part of it; the rest is given back to the account and the budgets.
    pub fn post(&mut self, hold: &HoldId, amount: Option<Amount>, at: i64) -> Result<Outcome, LedgerError> {
        let found = self.known(hold)?;
        let amount = amount.unwrap_or(found.reserve.amount);
        match found.ended() {
            Some(first @ Record::Posted { amount: taken, .. }) if taken == amount => Ok(Outcome::Repeated(first)),
            _ => self.record(Record::Posted { hold: hold.clone(), amount, at }),
        }
    }

    /// Gives back what is held.
    pub fn void(&mut self, hold: &HoldId, at: i64) -> Result<Outcome, LedgerError> {
        match self.known(hold)?.ended() {
            Some(first @ Record::Voided { .. }) => Ok(Outcome::Repeated(first)),
            _ => self.record(Record::Voided { hold: hold.clone(), at }),
        }
    }

    /// Gives back what is held under every hold whose time has passed, the earliest first. Returns a record for each.
    pub fn expire_due(&mut self, now: i64) -> Result<Vec<Record>, LedgerError> {
        let mut records = Vec::new();
        while let Some((expires_at, hold)) = self.due.first()
            && *expires_at <= now
        {
            let record = Record::Expired { hold: hold.clone(), at: now };
            self.apply(&record)?;
            records.push(record);
        }
        Ok(records)
    }

    /// Makes the change that a record tells of. The operations change the ledger by this and by nothing else, so a ledger
    /// rebuilt from its records is the same ledger. A record that couldn't have been written is refused and changes nothing.
    pub fn apply(&mut self, record: &Record) -> Result<(), LedgerError> {
        match record {
            Record::AccountOpened(new) => self.apply_opened(new),
            Record::Transferred(transfer) => self.apply_transferred(transfer),
            Record::Reserved { reserve, charges } => self.apply_reserved(reserve, charges),
            Record::Posted { hold, amount, at } => self.apply_end(hold, HoldState::Posted { amount: *amount, at: *at }),
            Record::Voided { hold, at } => self.apply_end(hold, HoldState::Voided { at: *at }),
            Record::Expired { hold, at } => self.apply_end(hold, HoldState::Expired { at: *at }),
        }
    }

    /// An account.
    pub fn account(&self, id: &AccountId) -> Option<&Account> {
        self.accounts.get(id)
    }

    /// All accounts, by id.
    pub fn accounts(&self) -> Vec<&Account> {
        let mut accounts: Vec<_> = self.accounts.values().collect();
        accounts.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        accounts
    }

    /// A hold: any open one, and an ended one if this ledger remembers it.
    pub fn hold(&self, id: &HoldId) -> Option<&Hold> {
        self.holds.get(id)
    }

    /// All open holds, by id.
    pub fn open_holds(&self) -> Vec<&Hold> {
        let mut holds: Vec<_> = self.holds.values().filter(|hold| hold.is_open()).collect();
        holds.sort_unstable_by(|a, b| a.reserve.id.cmp(&b.reserve.id));
        holds
    }

    /// When the next open hold expires, in milliseconds since the epoch.
    pub fn next_expiry(&self) -> Option<i64> {
        self.due.first().map(|(at, _)| *at)
    }

    /// What counts in a window of a budget: what was posted and what is held.
    pub fn spent(&self, budget: &str, window: &str, asset: Asset) -> Amount {
        let charge = Charge { budget: budget.to_owned(), window: window.to_owned() };
        Amount::new(self.budgets.spent(&charge, asset), asset)
    }

    /// The rows that a record just made touched.
    pub fn rows(&self, record: &Record) -> Rows<'_> {
        let (accounts, hold) = match record {
            Record::AccountOpened(new) => (vec![&new.id], None),
            Record::Transferred(transfer) => (vec![&transfer.from, &transfer.to], None),
            Record::Reserved { reserve: Reserve { id, .. }, .. }
            | Record::Posted { hold: id, .. }
            | Record::Voided { hold: id, .. }
            | Record::Expired { hold: id, .. } => {
                let hold = self.holds.get(id);
                (hold.map(|h| vec![&h.reserve.from, &h.reserve.to]).unwrap_or_default(), hold)
            }
        };
        Rows {
            accounts: accounts.into_iter().filter_map(|id| self.accounts.get(id)).collect(),
            usage: hold
                .map(|h| h.charges.iter().map(|charge| self.budgets.usage(charge, h.reserve.amount.asset())).collect())
                .unwrap_or_default(),
            hold,
        }
    }

    fn record(&mut self, record: Record) -> Result<Outcome, LedgerError> {
        self.apply(&record)?;
        Ok(Outcome::New(record))
    }

    fn known(&self, hold: &HoldId) -> Result<&Hold, LedgerError> {
        self.holds.get(hold).ok_or_else(|| LedgerError::UnknownHold(hold.clone()))
    }

    fn unused(&self, id: &str, what: &'static str) -> Result<(), LedgerError> {
        if id.is_empty() {
            return Err(LedgerError::EmptyId(what));
        }
        if self.knows(id) { Err(LedgerError::KeyReused { key: id.to_owned() }) } else { Ok(()) }
    }

    fn apply_opened(&mut self, new: &NewAccount) -> Result<(), LedgerError> {
        if new.id.as_str().is_empty() {
            return Err(LedgerError::EmptyId("account"));
        }
        if self.accounts.contains_key(&new.id) {
            return Err(LedgerError::AccountExists(new.id.clone()));
        }
        self.accounts.insert(new.id.clone(), Account::open(new));
        Ok(())
    }

    fn apply_transferred(&mut self, transfer: &Transfer) -> Result<(), LedgerError> {
        let Transfer { id, from, to, amount, .. } = transfer;
        self.unused(id.as_str(), "transfer")?;
        let (from, to) = two(&mut self.accounts, from, to)?;
        may_move(from, to, *amount)?;
        from.posted -= amount.minor();
        to.posted += amount.minor();
        self.transfers.insert(id.clone(), transfer.clone());
        Ok(())
    }

    fn apply_reserved(&mut self, reserve: &Reserve, charges: &BTreeSet<Charge>) -> Result<(), LedgerError> {
        let Reserve { id, from, to, amount, at, expires_at, .. } = reserve;
        self.unused(id.as_str(), "hold")?;
        if let Some(expires_at) = *expires_at
            && expires_at <= *at
        {
            return Err(LedgerError::ExpiresTooSoon { hold: id.clone(), expires_at, at: *at });
        }
        let (from, to) = two(&mut self.accounts, from, to)?;
        may_move(from, to, *amount)?;
        let held = from.held.checked_add(amount.minor()).ok_or_else(|| from.overflow(*amount))?;
        let incoming = to.incoming.checked_add(amount.minor()).ok_or_else(|| to.overflow(*amount))?;
        self.budgets.hold(charges, *amount)?;
        from.held = held;
        to.incoming = incoming;
        if let Some(expires_at) = *expires_at {
            self.due.insert((expires_at, id.clone()));
        }
        let hold = Hold { reserve: reserve.clone(), charges: charges.clone(), state: HoldState::Open };
        self.holds.insert(id.clone(), hold);
        Ok(())
    }

    fn apply_end(&mut self, id: &HoldId, end: HoldState) -> Result<(), LedgerError> {
        let hold = self.holds.get_mut(id).ok_or_else(|| LedgerError::UnknownHold(id.clone()))?;
        let Reserve { from, to, amount: held, expires_at, .. } = &hold.reserve;
        if !hold.is_open() {
            return Err(LedgerError::HoldSettled { hold: id.clone(), state: hold.state });
        }
        let taken = match end {
            HoldState::Posted { amount, at } => {
                if amount.asset() != held.asset() || amount.minor() > held.minor() {
                    return Err(LedgerError::MoreThanHeld { hold: id.clone(), held: *held, asked: amount });
                }
                if !amount.is_positive() {
                    return Err(LedgerError::NotPositive(amount));
                }
                if let Some(expires_at) = expires_at.filter(|&expires_at| expires_at <= at) {
                    return Err(LedgerError::HoldExpired { hold: id.clone(), expires_at });
                }
                amount.minor()
            }
            HoldState::Expired { at } if expires_at.is_none_or(|expires_at| expires_at > at) => {
                return Err(LedgerError::NotDue { hold: id.clone(), at });
            }
            HoldState::Open | HoldState::Voided { .. } | HoldState::Expired { .. } => 0,
        };
        let (from, to) = two(&mut self.accounts, from, to)?;
        // None of these can overflow or fall below zero: the reservation made sure of it, and nothing since could undo it.
        from.held -= held.minor();
        from.posted -= taken;
        to.incoming -= held.minor();
        to.posted += taken;
        self.budgets.settle(&hold.charges, *held, taken);
        if let Some(expires_at) = *expires_at {
            self.due.remove(&(expires_at, id.clone()));
        }
        hold.state = end;
        Ok(())
    }
}

/// Refuses an amount that can't move between the two.
fn may_move(from: &Account, to: &Account, amount: Amount) -> Result<(), LedgerError> {
    if !amount.is_positive() {
        return Err(LedgerError::NotPositive(amount));
    }
    to.may_receive(amount)?;
    from.may_pay(amount)
}

/// Both accounts, if they exist and differ.
fn two<'a>(
    accounts: &'a mut HashMap<AccountId, Account>,
    from: &AccountId,
    to: &AccountId,
) -> Result<(&'a mut Account, &'a mut Account), LedgerError> {
    if from == to {
        return Err(LedgerError::SameAccount(from.clone()));
    }
    match accounts.get_disjoint_mut([from, to]) {
        [Some(from), Some(to)] => Ok((from, to)),
        [None, _] => Err(LedgerError::UnknownAccount(from.clone())),
        [_, None] => Err(LedgerError::UnknownAccount(to.clone())),
    }
}
