//! Budgets: how much may be reserved in a window of time.
//!
//! A hold counts from its reservation, in the window in which it was reserved. Voiding it or letting it expire gives the
//! amount back to that window, even if the window has passed since; posting keeps it; posting a part gives back the rest.

use std::collections::{BTreeSet, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Amount, Asset, LedgerError};

/// A limit on what may be reserved in one window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Which budget, such as `daily/USD`.
    pub name: String,
    /// Which window of it, such as the calendar day `2026-11-21`. The caller works it out; the ledger reads no clock.
    pub window: String,
    /// The most that may count in the window.
    pub cap: Amount,
}

impl Budget {
    /// What a hold under this budget counts against.
    pub fn charge(&self) -> Charge {
        Charge { budget: self.name.clone(), window: self.window.clone() }
    }
}

/// One window of one budget that a hold counts against.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// Which budget.
    pub budget: String,
    /// Which window of it.
    pub window: String,
}

/// What counts in one window of one budget, in minor units of one asset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usage {
    /// Which window of which budget.
    pub charge: Charge,
    /// The asset.
    pub asset: Asset,
    /// What was posted.
    pub posted: i128,
    /// What open holds set aside.
    pub held: i128,
}

/// What counts where.
#[derive(Debug, Default)]
pub(crate) struct Budgets(HashMap<Asset, HashMap<Charge, Spent>>);

#[derive(Debug, Default, Clone, Copy)]
struct Spent {
    posted: i128,
    held: i128,
}

impl Spent {
    fn plus(self, minor: i128) -> Option<Self> {
        let held = self.held.checked_add(minor)?;
        self.posted.checked_add(held)?;
        Some(Self { held, ..self })
    }
}

impl Budgets {
    fn get(&self, charge: &Charge, asset: Asset) -> Spent {
        self.0.get(&asset).and_then(|by_charge| by_charge.get(charge)).copied().unwrap_or_default()
    }

    /// What counts in a window, in minor units.
    pub(crate) fn spent(&self, charge: &Charge, asset: Asset) -> i128 {
        let spent = self.get(charge, asset);
        spent.posted + spent.held
    }

    /// What a reservation of this amount counts against, unless that is more than a cap allows.
    ///
    /// Of two caps on one window the lower one decides, and the amount counts once.
    pub(crate) fn admit(&self, amount: Amount, budgets: &[Budget]) -> Result<BTreeSet<Charge>, LedgerError> {
        let mut charges = BTreeSet::new();
        for budget in budgets {
            if budget.cap.asset() != amount.asset() {
                return Err(LedgerError::BudgetAsset { budget: Box::new(budget.clone()), asked: amount });
            }
            let charge = budget.charge();
            let spent = self.spent(&charge, amount.asset());
            if spent.checked_add(amount.minor()).is_none_or(|after| after > budget.cap.minor()) {
                let spent = Amount::new(spent, amount.asset());
                return Err(LedgerError::BudgetExceeded { budget: Box::new(budget.clone()), spent, asked: amount });
            }
            charges.insert(charge);
        }
        Ok(charges)
    }

    /// Counts a hold, in all its windows or, where that overflows, in none.
    pub(crate) fn hold(&mut self, charges: &BTreeSet<Charge>, amount: Amount) -> Result<(), LedgerError> {
        if charges.is_empty() {
            return Ok(());
        }
        for charge in charges {
            if self.get(charge, amount.asset()).plus(amount.minor()).is_none() {
                let place = format!("budget {} in {}", charge.budget, charge.window);
                return Err(LedgerError::Overflow { place, amount });
            }
        }
        let by_charge = self.0.entry(amount.asset()).or_default();
        for charge in charges {
            match by_charge.get_mut(charge) {
                Some(spent) => spent.held += amount.minor(),
                None => {
                    by_charge.insert(charge.clone(), Spent { posted: 0, held: amount.minor() });
                }
            }
        }
        Ok(())
    }

    /// Ends a counted hold: `taken` minor units of it were posted, the rest is given back.
    pub(crate) fn settle(&mut self, charges: &BTreeSet<Charge>, held: Amount, taken: i128) {
        let Some(by_charge) = self.0.get_mut(&held.asset()) else { return };
        for charge in charges {
            if let Some(spent) = by_charge.get_mut(charge) {
                spent.held -= held.minor();
                spent.posted += taken;
            }
        }
    }

    /// One window's row.
    pub(crate) fn usage(&self, charge: &Charge, asset: Asset) -> Usage {
        let Spent { posted, held } = self.get(charge, asset);
        Usage { charge: charge.clone(), asset, posted, held }
    }

    /// The rows of all windows in which anything counts, sorted.
    pub(crate) fn rows(&self) -> Vec<Usage> {
        let rows = self.0.iter().flat_map(|(asset, by_charge)| by_charge.keys().map(|charge| self.usage(charge, *asset)));
        let mut rows: Vec<_> = rows.filter(|usage| usage.posted != 0 || usage.held != 0).collect();
        rows.sort_unstable();
        rows
    }

    /// Takes over a stored row. False if there was one for this window already.
    pub(crate) fn restore(&mut self, usage: Usage) -> bool {
        let Usage { charge, asset, posted, held } = usage;
        self.0.entry(asset).or_default().insert(charge, Spent { posted, held }).is_none()
    }
}
