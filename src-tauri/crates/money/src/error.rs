//! Why the ledger refuses.

use crate::{AccountId, Amount, Asset, Budget, HoldId, HoldState};

/// Why an operation or a record is refused. Whatever is refused has changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// An id has no characters.
    #[error("the id of a {0} is empty; give it one")]
    EmptyId(&'static str),
    /// There is no such account.
    #[error("there is no account {0}; open it first")]
    UnknownAccount(AccountId),
    /// The id is taken by an account with another name, asset or kind.
    #[error("account {0} exists already with another name, asset or kind; choose another id")]
    AccountExists(AccountId),
    /// The amount is in another asset than the account.
    #[error("account {account} holds {holds}, so {asked} can't move through it; nothing is converted by itself")]
    WrongAsset {
        /// The account.
        account: AccountId,
        /// The asset it holds.
        holds: Asset,
        /// What was to move.
        asked: Amount,
    },
    /// The amount is zero or negative.
    #[error("{0} can't be moved or held; the amount must be above zero")]
    NotPositive(Amount),
    /// Payer and receiver are one account.
    #[error("account {0} can't pay itself; name two accounts")]
    SameAccount(AccountId),
    /// There is not enough in the account.
    #[error("account {account} has {available} available and {asked} was asked; add money or ask for less")]
    Insufficient {
        /// The account that should pay.
        account: AccountId,
        /// Its balance less what is held.
        available: Amount,
        /// What was asked.
        asked: Amount,
    },
    /// A budget doesn't allow it.
    #[error(
        "budget {} allows {} in {}; {spent} is spent or held, so {asked} is too much; ask for less, or change the budget",
        budget.name, budget.cap, budget.window
    )]
    BudgetExceeded {
        /// The budget, with its window and cap.
        budget: Box<Budget>,
        /// What counts in the window already.
        spent: Amount,
        /// What was asked.
        asked: Amount,
    },
    /// A budget is in another asset than the amount.
    #[error("budget {} is in {} and can't count {asked}; give a budget in {}", budget.name, budget.cap.asset(), asked.asset())]
    BudgetAsset {
        /// The budget.
        budget: Box<Budget>,
        /// What was asked.
        asked: Amount,
    },
    /// The id was used before, for something else.
    #[error("the idempotency key {key} was used before for something else; what differs needs a key of its own")]
    KeyReused {
        /// The id.
        key: String,
    },
    /// There is no such hold.
    #[error("there is no hold {0}")]
    UnknownHold(HoldId),
    /// The hold has ended already, in another way.
    #[error("hold {hold} is {state} already; nothing is held under it")]
    HoldSettled {
        /// The hold.
        hold: HoldId,
        /// How it ended.
        state: HoldState,
    },
    /// The hold's time has passed.
    #[error("hold {hold} expired at {expires_at} (milliseconds since 1970); reserve again")]
    HoldExpired {
        /// The hold.
        hold: HoldId,
        /// When, in milliseconds since the epoch.
        expires_at: i64,
    },
    /// The hold can't expire yet.
    #[error("hold {hold} is not due to expire at {at} (milliseconds since 1970); void it to give the money back earlier")]
    NotDue {
        /// The hold.
        hold: HoldId,
        /// The time given.
        at: i64,
    },
    /// The expiry is not after the reservation.
    #[error("hold {hold} would expire at {expires_at}, not after {at} when it is made; give a later time or none")]
    ExpiresTooSoon {
        /// The hold.
        hold: HoldId,
        /// The expiry asked for.
        expires_at: i64,
        /// When it is made.
        at: i64,
    },
    /// More should be posted than is held.
    #[error("hold {hold} is for {held}, so {asked} can't be posted; post at most that, in that asset")]
    MoreThanHeld {
        /// The hold.
        hold: HoldId,
        /// What is held.
        held: Amount,
        /// What was to be posted.
        asked: Amount,
    },
    /// The sum would not fit 128 bits.
    #[error("{amount} is too much for {place}: the sum would not fit")]
    Overflow {
        /// The account or budget.
        place: String,
        /// What was to be added.
        amount: Amount,
    },
}

/// What is wrong with a ledger's state. It doesn't arise from operations; it means that stored rows were damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerDamage {
    /// A row is there twice.
    #[error("{0} is stored twice")]
    Twice(String),
    /// A hold that should be open isn't, or the other way round.
    #[error("hold {0} is {1}, where that can't be")]
    HoldState(HoldId, HoldState),
    /// A hold is between accounts that can't have it.
    #[error("hold {hold}: {reason}")]
    Hold {
        /// The hold.
        hold: HoldId,
        /// What is wrong.
        reason: String,
    },
    /// The balances of an asset don't sum to zero.
    #[error("the balances in {0} don't sum to zero")]
    NotZero(Asset),
    /// A balance is out of its bounds.
    #[error("account {0}: the balance is below what its kind and its holds allow, or too large")]
    Balance(AccountId),
    /// What an account says is held is not what open holds say.
    #[error("account {account}: {kind} is {stored}, and its open holds sum to {computed}")]
    Held {
        /// The account.
        account: AccountId,
        /// `held` or `incoming`.
        kind: &'static str,
        /// In minor units.
        stored: i128,
        /// In minor units.
        computed: i128,
    },
    /// What a budget says is held is not what open holds say, or a number is out of its bounds.
    #[error("budget {budget} in {window}: {stored} {asset} units are held, and its open holds sum to {computed}")]
    Usage {
        /// The budget.
        budget: String,
        /// The window.
        window: String,
        /// The asset.
        asset: Asset,
        /// In minor units.
        stored: i128,
        /// In minor units.
        computed: i128,
    },
}
