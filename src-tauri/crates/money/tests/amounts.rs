//! Reading and writing amounts, most of all where floats and 64-bit integers would fail.
#![allow(clippy::unwrap_used)]

use money::{ASSETS, Amount, AmountError, Asset};
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

const EDGES: [i128; 7] = [0, 1 << 53, 1 << 63, 1 << 64, 10_i128.pow(27), i128::MAX, i128::MIN];

fn asset(code: &str) -> Asset {
    Asset::find(code).unwrap()
}

fn any_asset() -> impl Strategy<Value = Asset> {
    (0..ASSETS.len()).prop_map(|i| asset(ASSETS[i].code))
}

/// Anything, and more often what is near an edge.
fn any_minor() -> impl Strategy<Value = i128> {
    let near = (0..EDGES.len(), -3_i128..=3).prop_map(|(i, by)| EDGES[i].saturating_add(by));
    prop_oneof![any::<i128>(), near.clone(), near.prop_map(i128::saturating_neg), any::<i64>().prop_map(i128::from), Just(0)]
}

proptest! {
    #[test]
    fn digits_are_read_back(minor in any_minor(), asset in any_asset()) {
        let amount = Amount::new(minor, asset);
        prop_assert_eq!(Amount::parse(&amount.digits(), asset), Ok(amount));
        let shown = amount.to_string();
        let (digits, code) = shown.split_once(' ').unwrap();
        prop_assert_eq!(code, asset.code());
        prop_assert_eq!(Amount::parse(digits, asset), Ok(amount));
    }

    #[test]
    fn json_is_read_back_and_has_no_number(minor in any_minor(), asset in any_asset()) {
        let amount = Amount::new(minor, asset);
        let json = serde_json::to_value(amount).unwrap();
        prop_assert!(json["minor"].is_string() && json["asset"].is_string());
        prop_assert_eq!(serde_json::from_value::<Amount>(json.clone()).unwrap(), amount);
        prop_assert_eq!(serde_json::from_str::<Amount>(&json.to_string()).unwrap(), amount);
        prop_assert_eq!(json.to_string(), format!(r#"{{"asset":"{asset}","minor":"{minor}"}}"#));
    }

    #[test]
    fn no_text_panics(text in any::<String>(), asset in any_asset()) {
        let _ = Amount::parse(&text, asset);
        let _ = Asset::find(&text);
        let _ = serde_json::from_str::<Amount>(&text);
    }

    #[test]
    fn number_like_text_is_read_exactly_or_refused(text in "-{0,2}[0-9]{0,42}[.,]{0,2}[0-9]{0,20}", asset in any_asset()) {
        if let Ok(amount) = Amount::parse(&text, asset) {
            // What was read is what was written, but for leading zeros, trailing zeros and the sign of zero.
            let plain = |s: &str| {
                let (negative, s) = s.strip_prefix('-').map_or((false, s), |rest| (true, rest));
                let (whole, fraction) = s.split_once('.').unwrap_or((s, ""));
                let (whole, fraction) = (whole.trim_start_matches('0').to_owned(), fraction.trim_end_matches('0').to_owned());
                (negative && !(whole.is_empty() && fraction.is_empty()), whole, fraction)
            };
            prop_assert_eq!(plain(&text), plain(&amount.digits()));
        }
    }

    #[test]
    fn sums_are_exact_or_refused(a in any_minor(), b in any_minor(), asset in any_asset()) {
        let (x, y) = (Amount::new(a, asset), Amount::new(b, asset));
        match a.checked_add(b) {
            Some(sum) => {
                prop_assert_eq!(x.checked_add(y), Ok(Amount::new(sum, asset)));
                prop_assert_eq!(Amount::new(sum, asset).checked_sub(y), Ok(x));
            }
            None => prop_assert_eq!(x.checked_add(y), Err(AmountError::Overflow)),
        }
        prop_assert_eq!(x.compare(y), Ok(a.cmp(&b)));
    }

    #[test]
    fn assets_never_mix(a in any_minor(), b in any_minor(), one in any_asset(), other in any_asset()) {
        let (x, y) = (Amount::new(a, one), Amount::new(b, other));
        if one != other {
            let refused = AmountError::DifferentAssets(one, other);
            prop_assert_eq!(x.checked_add(y), Err(refused.clone()));
            prop_assert_eq!(x.checked_sub(y), Err(refused.clone()));
            prop_assert_eq!(x.compare(y), Err(refused));
        }
    }
}

#[test]
fn neighbours_of_the_edges_stay_apart() {
    // 2^53 + 1 is no double, 2^63 is no i64; in wei a thousand million ETH are 10^27.
    let cases = [
        ("USD", "90071992547409.92", 1_i128 << 53),
        ("USD", "90071992547409.93", (1 << 53) + 1),
        ("USD", "92233720368547758.07", (1 << 63) - 1),
        ("USD", "92233720368547758.08", 1 << 63),
        ("ETH", "1000000000.000000000000000000", 10_i128.pow(27)),
        ("ETH", "1000000000.000000000000000001", 10_i128.pow(27) + 1),
        ("ETH", "0.000000000000000001", 1),
        ("ETH", "170141183460469231731.687303715884105727", i128::MAX),
        ("ETH", "-170141183460469231731.687303715884105728", i128::MIN),
    ];
    for (code, digits, minor) in cases {
        let amount = Amount::parse(digits, asset(code)).unwrap();
        assert_eq!((amount.minor(), amount.digits().as_str()), (minor, digits));
    }
}

#[test]
fn what_is_no_amount_is_refused() {
    let usd = asset("USD");
    for text in [
        "", "-", ".", "1.", ".5", "+5", "--5", "1-", "1,000", "1 000", " 1", "1 ", "1e3", "0x10", "NaN", "inf", "1.2.3", "٣",
        "$5",
    ] {
        assert_eq!(Amount::parse(text, usd), Err(AmountError::NotANumber(text.to_owned())), "{text:?}");
    }
    assert_eq!(Amount::parse("1.005", usd), Err(AmountError::TooPrecise { text: "1.005".into(), given: 3, asset: usd }));
    assert_eq!(Amount::parse("1.000", usd), Err(AmountError::TooPrecise { text: "1.000".into(), given: 3, asset: usd }));
    assert!(matches!(Amount::parse("0.0000000000000000001", asset("ETH")), Err(AmountError::TooPrecise { given: 19, .. })));
    assert_eq!(Amount::parse("170141183460469231731.687303715884105728", asset("ETH")), Err(AmountError::Overflow));
    assert_eq!(Amount::parse(&"9".repeat(10_000), usd), Err(AmountError::Overflow));
}

#[test]
fn json_has_one_spelling() {
    let read = |json: &str| serde_json::from_str::<Amount>(json);
    assert_eq!(read(r#"{"asset":"USD","minor":"-7"}"#).unwrap(), Amount::new(-7, asset("USD")));
    for minor in ["007", "+5", "-0", "00", "", " 5", "5 ", "5.0", "1e3", "0x1f", "-", "170141183460469231731687303715884105728"] {
        assert!(read(&format!(r#"{{"asset":"USD","minor":"{minor}"}}"#)).is_err(), "{minor:?}");
    }
    for json in [
        r#"{"asset":"USD","minor":2500}"#,
        r#"{"asset":"USD","minor":25.0}"#,
        r#"{"asset":"USD","minor":null}"#,
        r#"{"asset":"usd","minor":"1"}"#,
        r#"{"asset":"DOGE","minor":"1"}"#,
        r#"{"asset":"USD","minor":"1","more":1}"#,
        r#"{"asset":"USD","minor":"1","minor":"2"}"#,
        r#"{"asset":"USD"}"#,
        r#"{"minor":"1"}"#,
        r#""1""#,
        "1",
    ] {
        assert!(read(json).is_err(), "{json}");
    }
}

#[test]
fn display_shows_at_least_cents() {
    let shown = |minor, code| Amount::new(minor, asset(code)).to_string();
    assert_eq!(shown(2500, "USD"), "25.00 USD");
    assert_eq!(shown(-5, "USD"), "-0.05 USD");
    assert_eq!(shown(1_500_000, "USDC"), "1.50 USDC");
    assert_eq!(shown(1, "USDC"), "0.000001 USDC");
    assert_eq!(shown(10_i128.pow(18), "ETH"), "1.00 ETH");
    assert_eq!(shown(0, "credits"), "0.00 credits");
    assert_eq!(format!("{:>12}", Amount::new(2500, asset("USD"))), "   25.00 USD");
    assert_eq!(format!("{:.2}", Amount::new(2500, asset("USD"))), "25.00 USD", "a precision doesn't cut it");
}
