//! The risk score of a payment: pure, and the same for the same facts.

use consent::{Risk, RiskFactor};
use money::Amount;

use crate::PaymentHistory;

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RiskFacts<'a> {
    /// The amount to be paid.
    pub(crate) amount: Amount,
    /// The payee's name.
    pub(crate) payee: &'a str,
    /// What was paid before.
    pub(crate) history: PaymentHistory,
    /// The hour of the payer's day, 0 to 23.
    pub(crate) hour: u8,
}

/// The payments from which on amounts can be compared.
const ENOUGH: u32 = 3;

/// Scores a payment: four factors that make up at most 10 points, each with its reason, worst first.
pub(crate) fn score(facts: &RiskFacts<'_>) -> Risk {
    let mut factors = vec![new_payee(facts), velocity(&facts.history), amount(facts), hour(facts.hour)];
    factors.sort_by_key(|factor| std::cmp::Reverse(factor.tenths));
    Risk { score10_tenths: factors.iter().map(|factor| factor.tenths).sum(), factors }
}

fn factor(name: &str, tenths: u16, reason: String) -> RiskFactor {
    RiskFactor { name: name.to_owned(), tenths, reason }
}

/// At most 2.5 points.
fn new_payee(facts: &RiskFacts<'_>) -> RiskFactor {
    let (tenths, reason) = match facts.history.to_payee {
        0 => (25, format!("{} was never paid before.", facts.payee)),
        1 | 2 => (10, format!("{} was paid {} before.", facts.payee, times(facts.history.to_payee))),
        more => (0, format!("{} was paid {} before.", facts.payee, times(more))),
    };
    factor("new-payee", tenths, reason)
}

/// At most 3 points: the worse of the last hour and the last day.
fn velocity(history: &PaymentHistory) -> RiskFactor {
    let by_hour = match history.last_hour {
        0..=2 => 0,
        3..=5 => 10,
        6..=9 => 20,
        _ => 30,
    };
    let by_day = match history.last_day {
        0..=9 => 0,
        10..=19 => 10,
        20..=39 => 20,
        _ => 30,
    };
    let reason = format!("{} in the last hour, {} in the last day.", payments(history.last_hour), payments(history.last_day));
    factor("velocity", by_hour.max(by_day), reason)
}

/// At most 3.5 points: the amount against what was paid in the same asset.
fn amount(facts: &RiskFacts<'_>) -> RiskFactor {
    let PaymentHistory { in_asset, sum, largest, .. } = facts.history;
    let (asset, minor) = (facts.amount.asset(), facts.amount.minor());
    if in_asset < ENOUGH {
        let reason = format!("{} in {asset} in the last 90 days: too few to compare {} with.", payments(in_asset), facts.amount);
        return factor("amount", 10, reason);
    }
    let usual = sum / i128::from(in_asset);
    let (tenths, than) = if minor <= usual.saturating_mul(2) {
        (0, "in line with")
    } else if minor <= largest {
        (5, "over twice")
    } else if minor <= largest.saturating_mul(3) {
        (15, "more than any before, and well above")
    } else if minor <= largest.saturating_mul(10) {
        (25, "over three times the largest before, and far above")
    } else {
        (35, "over ten times the largest before, and far above")
    };
    let reason = format!("{} is {than} the usual {}.", facts.amount, Amount::new(usual, asset));
    factor("amount", tenths, reason)
}

/// At most 1 point.
fn hour(hour: u8) -> RiskFactor {
    let tenths = match hour {
        0..=4 => 10,
        5 | 23 => 5,
        _ => 0,
    };
    factor("hour", tenths, format!("It is between {hour}:00 and {hour}:59."))
}

fn payments(count: u32) -> String {
    match count {
        0 => "no payment".to_owned(),
        1 => "1 payment".to_owned(),
        more => format!("{more} payments"),
    }
}

fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use money::Asset;

    use super::*;

    fn usd(minor: i128) -> Amount {
        Amount::new(minor, Asset::find("USD").unwrap())
    }

    fn tenths(risk: &Risk, name: &str) -> u16 {
        risk.factors.iter().find(|f| f.name == name).unwrap().tenths
    }

    fn of(history: PaymentHistory, minor: i128, hour: u8) -> Risk {
        score(&RiskFacts { amount: usd(minor), payee: "Alice", history, hour })
    }

    /// Ten payments of 20.00, one of 50.00 among them.
    const USUAL: PaymentHistory =
        PaymentHistory { last_hour: 0, last_day: 1, to_payee: 5, in_asset: 10, sum: 20_000, largest: 5_000 };

    #[test]
    fn tables_of_each_factor() {
        for (paid, expected) in [(0, 25), (1, 10), (2, 10), (3, 0), (u32::MAX, 0)] {
            assert_eq!(tenths(&of(PaymentHistory { to_payee: paid, ..USUAL }, 2_000, 12), "new-payee"), expected);
        }
        for (hour, day, expected) in [
            (0, 0, 0),
            (2, 9, 0),
            (3, 3, 10),
            (5, 5, 10),
            (6, 6, 20),
            (9, 9, 20),
            (10, 10, 30),
            (0, 10, 10),
            (0, 20, 20),
            (0, 40, 30),
            (u32::MAX, u32::MAX, 30),
        ] {
            let history = PaymentHistory { last_hour: hour, last_day: day, ..USUAL };
            assert_eq!(tenths(&of(history, 2_000, 12), "velocity"), expected, "{hour} {day}");
        }
        for (minor, expected) in [
            (1, 0),
            (4_000, 0),
            (4_001, 5),
            (5_000, 5),
            (5_001, 15),
            (15_000, 15),
            (15_001, 25),
            (50_000, 25),
            (50_001, 35),
            (i128::MAX, 35),
        ] {
            assert_eq!(tenths(&of(USUAL, minor, 12), "amount"), expected, "{minor}");
        }
        assert_eq!(tenths(&of(PaymentHistory { in_asset: 2, ..USUAL }, i128::MAX, 12), "amount"), 10);
        for (hour, expected) in [(0, 10), (4, 10), (5, 5), (6, 0), (12, 0), (22, 0), (23, 5)] {
            assert_eq!(tenths(&of(USUAL, 1, hour), "hour"), expected, "{hour}");
        }
    }

    #[test]
    fn the_score_is_the_sum_and_at_most_ten() {
        let worst = PaymentHistory { last_hour: 50, last_day: 50, to_payee: 0, in_asset: 10, sum: 10, largest: 1 };
        let risk = of(worst, i128::MAX, 3);
        assert_eq!(risk.score10_tenths, 100);
        assert_eq!(risk.factors.iter().map(|f| &*f.name).collect::<Vec<_>>(), ["amount", "velocity", "new-payee", "hour"]);
        assert_eq!(of(USUAL, 2_000, 12).score10_tenths, 0);
        let huge = PaymentHistory { sum: i128::MAX, largest: i128::MAX, ..USUAL };
        assert!(of(huge, i128::MAX, 12).score10_tenths <= 100);
    }

    #[test]
    fn reasons_have_the_numbers() {
        let risk = of(PaymentHistory::default(), 2_500, 14);
        let reasons: Vec<_> = risk.factors.iter().map(|f| (&*f.name, f.tenths, &*f.reason)).collect();
        assert_eq!(
            reasons,
            [
                ("new-payee", 25, "Alice was never paid before."),
                ("amount", 10, "no payment in USD in the last 90 days: too few to compare 25.00 USD with."),
                ("velocity", 0, "no payment in the last hour, no payment in the last day."),
                ("hour", 0, "It is between 14:00 and 14:59."),
            ]
        );
    }
}
