//! The second telling: plain lists, everything recomputed from the records with nothing kept but them.

use std::collections::BTreeMap;

use money::{
    AccountId, AccountKind, Amount, Asset, Budget, Charge, HoldId, HoldState, Ledger, LedgerError, NewAccount, Outcome, Record,
    Reserve, Transfer, TransferId,
};
use proptest::{
    collection::{btree_set, vec},
    option,
    prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof},
    test_runner::TestCaseError,
};

pub(crate) const ASSETS: [&str; 3] = ["USD", "ETH", "credits"];
pub(crate) const WINDOWS: [&str; 3] = ["mon", "tue", "wed"];
/// What each budget allows: little, much, and anything that fits.
const CAPS: [i128; 3] = [5_000, 10_i128.pow(27), i128::MAX];

/// Of each asset: 0 and 1 are internal, 2 and 3 external. 4 was never opened.
pub(crate) fn account(asset: &str, n: usize) -> AccountId {
    AccountId::new(format!("{asset}/{n}"))
}

pub(crate) fn opened() -> Ledger {
    let mut ledger = Ledger::default();
    for (asset, n) in ASSETS.iter().flat_map(|asset| (0..4).map(move |n| (asset, n))) {
        let kind = if n < 2 { AccountKind::Internal } else { AccountKind::External };
        let asset_ = Asset::find(asset).unwrap();
        let _ =
            ledger.open_account(NewAccount { id: account(asset, n), name: String::new(), asset: asset_, kind, at: 0 }).unwrap();
    }
    ledger
}

/// Above zero: small, and around 2^53, 2^63, 10^27 and the largest there is.
pub(crate) fn amount() -> impl Strategy<Value = i128> + Clone {
    let near = |edge: i128| (-2_i128..=2).prop_map(move |by| edge.saturating_add(by));
    prop_oneof![
        6 => 1_i128..3_000,
        1 => near(1 << 53),
        1 => near(1 << 63),
        1 => near(10_i128.pow(27)),
        1 => near(i128::MAX / 2),
        1 => near(i128::MAX),
    ]
}

#[derive(Debug, Clone)]
pub(crate) enum Op {
    Transfer(Transfer),
    Reserve(Reserve, Vec<Budget>),
    Post(HoldId, Option<Amount>),
    Void(HoldId),
    Wait(i64),
    Sweep,
    /// Stop, and start from the stored rows.
    Restart,
    Forget,
}

fn any_amount(asset: &'static str) -> impl Strategy<Value = Amount> {
    let minor = prop_oneof![20 => amount(), 1 => -3_i128..=0, 1 => Just(i128::MIN)];
    let asset = prop_oneof![20 => Just(asset), 1 => Just("EUR")];
    (minor, asset).prop_map(|(minor, asset)| Amount::new(minor, Asset::find(asset).unwrap()))
}

fn transfer(ids: u32) -> impl Strategy<Value = Transfer> {
    let any_account = || prop_oneof![40 => 0..4_usize, 1 => Just(4)];
    (0..ASSETS.len()).prop_flat_map(move |a| {
        let asset = ASSETS[a];
        let to = prop_oneof![30 => Just(asset), 1 => Just(ASSETS[(a + 1) % 3])];
        (0..ids, any_account(), to, any_account(), any_amount(asset)).prop_map(move |(id, from, to_asset, to, amount)| {
            let id = TransferId::new(format!("k{id}"));
            Transfer { id, from: account(asset, from), to: account(to_asset, to), amount, memo: String::new(), at: 0 }
        })
    })
}

fn reserve(ids: u32) -> impl Strategy<Value = Reserve> {
    (transfer(ids), option::of(-1_i64..40)).prop_map(|(transfer, expires_at)| {
        let Transfer { id, from, to, amount, memo, at } = transfer;
        Reserve { id: HoldId::new(id.as_str()), from, to, amount, memo, at, expires_at }
    })
}

/// One operation. The fewer ids there are, the more repeats.
pub(crate) fn op(ids: u32) -> impl Strategy<Value = Op> {
    let hold = move || (0..ids).prop_map(|id| HoldId::new(format!("k{id}")));
    let budgets = || vec((0..CAPS.len(), 0..WINDOWS.len(), prop_oneof![20 => Just(true), 1 => Just(false)]), 0..3);
    let reserve = (reserve(ids), budgets()).prop_map(|(reserve, budgets)| {
        let budget = |(cap, window, right): (usize, usize, bool)| {
            let asset = if right { reserve.amount.asset() } else { Asset::find("GBP").unwrap() };
            Budget { name: format!("b{cap}"), window: WINDOWS[window].into(), cap: Amount::new(CAPS[cap], asset) }
        };
        let budgets = budgets.into_iter().map(budget).collect();
        Op::Reserve(reserve, budgets)
    });
    let part = (0..ASSETS.len()).prop_flat_map(|a| any_amount(ASSETS[a]));
    prop_oneof![
        20 => transfer(ids).prop_map(Op::Transfer),
        40 => reserve,
        20 => (hold(), option::of(part)).prop_map(|(hold, part)| Op::Post(hold, part)),
        15 => hold().prop_map(Op::Void),
        5 => (0_i64..10).prop_map(Op::Wait),
        3 => Just(Op::Sweep),
        1 => Just(Op::Restart),
        1 => Just(Op::Forget),
    ]
}

/// Any record at all, most of them about things that exist.
pub(crate) fn record() -> impl Strategy<Value = Record> {
    let hold = || (0..30_u32).prop_map(|id| HoldId::new(if id == 29 { String::new() } else { format!("k{id}") }));
    let charge = (0..4_usize, 0..WINDOWS.len()).prop_map(|(b, w)| Charge { budget: format!("b{b}"), window: WINDOWS[w].into() });
    let opening = (0..8_usize, any::<String>(), any::<bool>(), any::<i64>()).prop_map(|(n, name, internal, at)| {
        let kind = if internal { AccountKind::Internal } else { AccountKind::External };
        let id = if n == 7 { AccountId::new("") } else { account("USD", n) };
        Record::AccountOpened(NewAccount { id, name, asset: Asset::find("ETH").unwrap(), kind, at })
    });
    prop_oneof![
        opening,
        (transfer(30), any::<String>()).prop_map(|(transfer, memo)| Record::Transferred(Transfer { memo, ..transfer })),
        (reserve(30), btree_set(charge, 0..3)).prop_map(|(reserve, charges)| Record::Reserved { reserve, charges }),
        (hold(), any_amount("USD"), any::<i64>()).prop_map(|(hold, amount, at)| Record::Posted { hold, amount, at }),
        (hold(), any::<i64>()).prop_map(|(hold, at)| Record::Voided { hold, at }),
        (hold(), any::<i64>()).prop_map(|(hold, at)| Record::Expired { hold, at }),
    ]
}

pub(crate) struct Story {
    pub(crate) ledger: Ledger,
    /// All that was ever done: what a store would hold.
    records: Vec<Record>,
    clock: i64,
    pub(crate) last: Result<Outcome, LedgerError>,
}

/// What the records say of one hold.
struct Told<'a> {
    reserve: &'a Reserve,
    charges: Vec<&'a Charge>,
    end: Option<&'a Record>,
}

impl Told<'_> {
    /// What still counts under budgets: all of it while open, then what was taken.
    fn counts(&self) -> i128 {
        match self.end {
            None => self.reserve.amount.minor(),
            Some(Record::Posted { amount, .. }) => amount.minor(),
            Some(_) => 0,
        }
    }
}

impl Story {
    pub(crate) fn new() -> Self {
        let ledger = opened();
        let records = ledger.accounts().into_iter().map(|a| {
            Record::AccountOpened(NewAccount {
                id: a.id.clone(),
                name: a.name.clone(),
                asset: a.asset,
                kind: a.kind,
                at: a.opened_at,
            })
        });
        let records = records.collect();
        Self { ledger, records, clock: 0, last: Err(LedgerError::EmptyId("nothing yet")) }
    }

    fn holds(&self) -> BTreeMap<&str, Told<'_>> {
        let mut holds: BTreeMap<&str, Told<'_>> = BTreeMap::new();
        for record in &self.records {
            match record {
                Record::Reserved { reserve, charges } => {
                    let told = Told { reserve, charges: charges.iter().collect(), end: None };
                    assert!(holds.insert(reserve.id.as_str(), told).is_none(), "a hold was made twice");
                }
                Record::Posted { hold, .. } | Record::Voided { hold, .. } | Record::Expired { hold, .. } => {
                    let end = &mut holds.get_mut(hold.as_str()).expect("a hold ended that was never made").end;
                    assert!(end.replace(record).is_none(), "a hold ended twice");
                }
                Record::AccountOpened(_) | Record::Transferred(_) => {}
            }
        }
        holds
    }

    fn transfers(&self) -> impl Iterator<Item = &Transfer> {
        self.records.iter().filter_map(|record| if let Record::Transferred(transfer) = record { Some(transfer) } else { None })
    }

    /// `(posted, held, incoming)`, recomputed.
    fn balance(&self, id: &AccountId) -> (i128, i128, i128) {
        let holds = self.holds();
        let mut posted = 0_i128;
        for record in &self.records {
            let (from, to, minor) = match record {
                Record::Transferred(t) => (&t.from, &t.to, t.amount.minor()),
                Record::Posted { hold, amount, .. } => {
                    let reserve = holds[hold.as_str()].reserve;
                    (&reserve.from, &reserve.to, amount.minor())
                }
                _ => continue,
            };
            posted += if from == id {
                -minor
            } else if to == id {
                minor
            } else {
                0
            };
        }
        let open = || holds.values().filter(|told| told.end.is_none()).map(|told| told.reserve);
        let held = open().filter(|r| &r.from == id).map(|r| r.amount.minor()).sum();
        let incoming = open().filter(|r| &r.to == id).map(|r| r.amount.minor()).sum();
        (posted, held, incoming)
    }

    fn spent(&self, budget: &str, window: &str, asset: Asset) -> i128 {
        let counts = |told: &&Told<'_>| {
            told.reserve.amount.asset() == asset && told.charges.iter().any(|c| c.budget == budget && c.window == window)
        };
        self.holds().values().filter(counts).map(Told::counts).sum()
    }

    /// As a store does: what is asked about and not in memory is looked up.
    fn look_up(&mut self, id: &str) {
        if self.ledger.knows(id) {
            return;
        }
        let transfer = self.transfers().find(|t| t.id.as_str() == id).cloned();
        let hold = self.holds().get(id).map(|told| {
            let state = match told.end {
                Some(&Record::Posted { amount, at, .. }) => HoldState::Posted { amount, at },
                Some(&Record::Voided { at, .. }) => HoldState::Voided { at },
                Some(&Record::Expired { at, .. }) => HoldState::Expired { at },
                _ => HoldState::Open,
            };
            money::Hold { reserve: told.reserve.clone(), charges: told.charges.iter().copied().cloned().collect(), state }
        });
        transfer.into_iter().for_each(|t| self.ledger.remember_transfer(t));
        hold.into_iter().for_each(|h| self.ledger.remember_hold(h).expect("all open holds are known"));
    }

    pub(crate) fn step(&mut self, op: Op) -> Result<(), TestCaseError> {
        let before = self.ledger.snapshot();
        let at = self.clock;
        match &op {
            Op::Transfer(Transfer { id, .. }) => self.look_up(id.as_str()),
            Op::Reserve(Reserve { id, .. }, _) | Op::Post(id, _) | Op::Void(id) => self.look_up(id.as_str()),
            Op::Wait(_) | Op::Sweep | Op::Restart | Op::Forget => {}
        }
        let answer = match op.clone() {
            Op::Transfer(transfer) => self.ledger.transfer(Transfer { at, ..transfer }),
            Op::Reserve(reserve, budgets) => {
                let expires_at = reserve.expires_at.map(|after| at + after);
                self.ledger.reserve(Reserve { at, expires_at, ..reserve }, &budgets)
            }
            Op::Post(hold, part) => self.ledger.post(&hold, part, at),
            Op::Void(hold) => self.ledger.void(&hold, at),
            Op::Wait(ms) => {
                self.clock += ms;
                return Ok(());
            }
            Op::Sweep => {
                let is_due = |told: &&Told<'_>| told.end.is_none() && told.reserve.expires_at.is_some_and(|e| e <= self.clock);
                let due = self.holds().values().filter(is_due).count();
                let expired = self.ledger.expire_due(self.clock).unwrap();
                prop_assert_eq!(expired.len(), due);
                for record in expired {
                    self.records.push(record.clone());
                    self.last = Ok(Outcome::New(record));
                }
                return Ok(());
            }
            Op::Restart => {
                self.ledger = Ledger::restore(before.clone()).unwrap();
                prop_assert_eq!(self.ledger.snapshot(), before);
                return Ok(());
            }
            Op::Forget => {
                self.ledger.forget_ended();
                prop_assert_eq!(self.ledger.snapshot(), before);
                return Ok(());
            }
        };
        match &answer {
            Ok(Outcome::New(record)) => self.records.push(record.clone()),
            Ok(Outcome::Repeated(record)) => {
                prop_assert!(self.records.contains(record), "answered with what never happened");
                prop_assert_eq!(self.ledger.snapshot(), before);
            }
            Err(refused) => {
                prop_assert_eq!(self.ledger.snapshot(), before, "a refusal changed something");
                prop_assert!(self.is_right(refused, &op), "{:?} for {:?}", refused, op);
            }
        }
        self.last = answer;
        Ok(())
    }

    /// Whether a refusal tells the truth.
    fn is_right(&self, refused: &LedgerError, op: &Op) -> bool {
        let available = |id: &AccountId| {
            let (posted, held, _) = self.balance(id);
            posted - held
        };
        match refused {
            LedgerError::Insufficient { account, available: told, asked } => {
                available(account) == told.minor() && told.minor() < asked.minor() && !account.as_str().ends_with(['2', '3'])
            }
            LedgerError::BudgetExceeded { budget, spent, asked } => {
                self.spent(&budget.name, &budget.window, asked.asset()) == spent.minor()
                    && spent.minor().checked_add(asked.minor()).is_none_or(|sum| sum > budget.cap.minor())
            }
            LedgerError::BudgetAsset { budget, asked } => budget.cap.asset() != asked.asset(),
            LedgerError::KeyReused { key } => {
                self.holds().contains_key(key.as_str()) || self.transfers().any(|t| t.id.as_str() == key)
            }
            LedgerError::UnknownHold(hold) => !self.holds().contains_key(hold.as_str()),
            LedgerError::HoldSettled { hold, .. } => self.holds()[hold.as_str()].end.is_some(),
            LedgerError::HoldExpired { hold, expires_at } => {
                *expires_at <= self.clock && self.holds()[hold.as_str()].reserve.expires_at == Some(*expires_at)
            }
            LedgerError::MoreThanHeld { hold, asked, .. } => {
                let held = self.holds()[hold.as_str()].reserve.amount;
                asked.asset() != held.asset() || asked.minor() > held.minor()
            }
            LedgerError::NotPositive(amount) => amount.minor() <= 0,
            LedgerError::SameAccount(_) | LedgerError::UnknownAccount(_) | LedgerError::WrongAsset { .. } => {
                let (Op::Transfer(Transfer { from, to, amount, .. }) | Op::Reserve(Reserve { from, to, amount, .. }, _)) = op
                else {
                    return false;
                };
                let is_open = |id: &AccountId| !id.as_str().ends_with('4');
                let holds = |id: &AccountId| id.as_str().starts_with(&format!("{}/", amount.asset()));
                match refused {
                    LedgerError::SameAccount(id) => from == to && id == from,
                    LedgerError::UnknownAccount(id) => !is_open(id) && (id == from || id == to),
                    _ => is_open(from) && is_open(to) && !(holds(from) && holds(to)),
                }
            }
            LedgerError::ExpiresTooSoon { expires_at, at, .. } => expires_at <= at,
            LedgerError::Overflow { .. } => {
                let (Op::Transfer(Transfer { from, to, amount, .. }) | Op::Reserve(Reserve { from, to, amount, .. }, _)) = op
                else {
                    return false;
                };
                let (_, held, _) = self.balance(from);
                let (posted, _, incoming) = self.balance(to);
                let sums = [(posted + incoming, amount.minor()), (incoming, amount.minor()), (held, amount.minor())];
                // Below the lowest there is one number more than above the highest; external accounts don't go there.
                let lowest = -i128::MAX;
                sums.iter().any(|(a, b)| a.checked_add(*b).is_none())
                    || available(from).checked_sub(amount.minor()).is_none_or(|left| left < lowest)
            }
            LedgerError::AccountExists(_) | LedgerError::NotDue { .. } | LedgerError::EmptyId(_) => false,
        }
    }

    /// The state is what the records say it is.
    pub(crate) fn compare(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.ledger.check(), Ok(()));
        let holds = self.holds();
        let open: Vec<&str> = holds.iter().filter(|(_, told)| told.end.is_none()).map(|(id, _)| *id).collect();
        let kept: Vec<&str> = self.ledger.open_holds().into_iter().map(|hold| hold.reserve.id.as_str()).collect();
        prop_assert_eq!(kept, open, "no hold is lost");
        for account in self.ledger.accounts() {
            prop_assert_eq!((account.posted, account.held, account.incoming), self.balance(&account.id), "{}", account.id);
            prop_assert!(account.kind == AccountKind::External || account.available().minor() >= 0);
        }
        for asset in ASSETS.map(|code| Asset::find(code).unwrap()) {
            let (mut up, mut down): (Vec<i128>, Vec<i128>) =
                self.ledger.accounts().into_iter().filter(|a| a.asset == asset).map(|a| a.posted).partition(|n| *n >= 0);
            // Summed so that no step overflows: down while above zero, up otherwise.
            let mut sum = 0_i128;
            while let Some(n) = if sum > 0 { down.pop().or_else(|| up.pop()) } else { up.pop().or_else(|| down.pop()) } {
                sum += n;
            }
            prop_assert_eq!(sum, 0, "{} doesn't sum to zero", asset);
            for (cap, window) in (0..CAPS.len()).flat_map(|cap| WINDOWS.map(|window| (cap, window))) {
                let name = format!("b{cap}");
                let spent = self.ledger.spent(&name, window, asset).minor();
                prop_assert_eq!(spent, self.spent(&name, window, asset));
                prop_assert!((0..=CAPS[cap]).contains(&spent), "a budget is overspent");
            }
        }
        Ok(())
    }

    /// A ledger made from the records alone is the same, and so is one made from the stored rows.
    pub(crate) fn compare_with_records(&self) -> Result<(), TestCaseError> {
        let mut folded = Ledger::default();
        for record in &self.records {
            let json = serde_json::to_string(record).unwrap();
            let read: Record = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(&read, record);
            prop_assert_eq!(folded.apply(&read), Ok(()));
            let rows = folded.rows(&read);
            prop_assert_eq!(rows.accounts.len(), if matches!(read, Record::AccountOpened(_)) { 1 } else { 2 });
        }
        prop_assert_eq!(folded.snapshot(), self.ledger.snapshot());
        let restored = Ledger::restore(self.ledger.snapshot()).unwrap();
        prop_assert_eq!(restored.snapshot(), self.ledger.snapshot());
        prop_assert_eq!(restored.next_expiry(), self.ledger.next_expiry());
        Ok(())
    }
}
