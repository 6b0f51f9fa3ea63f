//! From an intent to a sentence for reading aloud, which means the intent again when it is parsed.

use money::Amount;

use crate::{
    Intent, Label, LimitKind, PayeeRef, Settings, Slot, amount, lexicon, number, payment,
    text::{self, Kind, Token},
};

/// The sentence: "Send twenty-five dollars to Alice for the logo design." Amounts are in words and exact.
///
/// Names and purposes stand in quotation marks, which are not heard, where their words could be taken for something else.
pub fn say(intent: &Intent) -> String {
    let for_what =
        |purpose: &Option<Slot<Label>>| purpose.as_ref().map_or(String::new(), |p| format!(" for {}", say_purpose(&p.value)));
    match intent {
        Intent::Pay { amount, payee, purpose } => {
            format!("Send {} to {}{}.", say_amount(amount.value), say_payee(&payee.value), for_what(purpose))
        }
        Intent::Refund { amount, payee, purpose } => {
            format!("Refund {} to {}{}.", say_amount(amount.value), say_payee(&payee.value), for_what(purpose))
        }
        Intent::Escrow { amount, payee, purpose } => {
            format!("Hold {} in escrow for {}{}.", say_amount(amount.value), say_payee(&payee.value), for_what(purpose))
        }
        Intent::Split { amount, payees, purpose } => {
            let names: Vec<String> = payees.iter().map(|p| say_payee(&p.value)).collect();
            let names = match names.split_last() {
                Some((last, [])) => last.clone(),
                Some((last, others)) => format!("{} and {last}", others.join(", ")),
                None => String::new(),
            };
            format!("Split {} between {names}{}.", say_amount(amount.value), for_what(purpose))
        }
        Intent::SetLimit { amount, limit } => {
            let limit = match limit.value {
                LimitKind::Payment => "payment",
                LimitKind::Daily => "daily",
            };
            format!("Set the {limit} limit to {}.", say_amount(amount.value))
        }
        Intent::Approve => "Approve it.".to_owned(),
        Intent::Deny => "Reject it.".to_owned(),
        Intent::Cancel => "Cancel it.".to_owned(),
        Intent::Balance { asset: None } => "What is my balance?".to_owned(),
        Intent::Balance { asset: Some(asset) } => format!("What is my {} balance?", asset.value),
        Intent::RunFlow { flow } => format!("Run {}.", say_flow(&flow.value)),
        Intent::StopFlow { flow } => format!("Stop {}.", say_flow(&flow.value)),
        Intent::StopEverything => "Stop everything.".to_owned(),
    }
}

/// An amount in words, exact to the minor unit: "eighty-two dollars and ninety-five cents", "one point five USDC".
pub fn say_amount(amount: Amount) -> String {
    let info = amount.asset().info();
    let digits = amount.digits();
    let (minus, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |digits| ("minus ", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    // Both are digits of one 128-bit number, so they fit.
    let whole: u128 = whole.parse().unwrap_or(0);
    let units = |count: u128| if count == 1 { info.unit } else { info.units };
    if fraction.is_empty() {
        return format!("{minus}{} {}", number::spell(whole), units(whole));
    }
    match info.hundredth {
        Some((one, several)) if info.decimals == 2 => {
            let hundredths: u128 = format!("{fraction:0<2}").parse().unwrap_or(0);
            let name = if hundredths == 1 { one } else { several };
            if whole > 0 {
                return format!("{minus}{} {} and {} {name}", number::spell(whole), units(whole), number::spell(hundredths));
            }
            // Alone, cents and pennies must say whose they are.
            let name = match info.code {
                "USD" => format!("US {name}"),
                "EUR" => format!("euro {name}"),
                _ => several.to_owned(),
            };
            format!("{minus}{} {name}", number::spell(hundredths))
        }
        _ => format!("{minus}{} point {} {}", number::spell(whole), number::spell_digits(fraction), info.units),
    }
}

fn quoted(words: &str) -> String {
    format!("\"{words}\"")
}

/// Whether a token is a word that nothing in the grammar takes for itself.
fn is_plain(text: &str, tokens: &[Token], i: usize) -> bool {
    tokens[i].kind == Kind::Word
        && !number::is_number(&tokens[i])
        && !lexicon::ends_name(&tokens[i].norm)
        && lexicon::filler(tokens, i) == 0
        && !payment::ends_purpose(tokens, i)
        && amount::read(text, tokens, i, &Settings::default()).is_none()
}

fn all_plain(text: &str, tokens: &[Token]) -> bool {
    // A mark at the edge of a word may belong to it or to the sentence.
    let in_word = |c: char| text::is_letter(c) || matches!(c, '\'' | '-');
    let is_word = |w: &str| w.starts_with(text::is_letter) && w.ends_with(text::is_letter) && w.chars().all(in_word);
    // "For me" alone is politeness.
    let me = tokens.len() == 1 && tokens[0].is("me");
    !me && text.split(' ').all(is_word) && (0..tokens.len()).all(|i| is_plain(text, tokens, i))
}

fn say_payee(payee: &PayeeRef) -> String {
    let tokens = text::tokens(&payee.name);
    let plain = all_plain(&payee.name, &tokens) && (0..tokens.len()).all(|i| lexicon::time(&tokens, i, false) == 0);
    if plain || payee.name.contains(text::is_quote) { payee.name.clone() } else { quoted(&payee.name) }
}

fn say_purpose(purpose: &Label) -> String {
    if all_plain(purpose.as_str(), &text::tokens(purpose.as_str())) { purpose.to_string() } else { quoted(purpose.as_str()) }
}

fn say_flow(flow: &Label) -> String {
    let tokens = text::tokens(flow.as_str());
    let article_first = tokens.first().is_some_and(|t| matches!(t.norm.as_str(), "the" | "my" | "our" | "all" | "everything"));
    let says_flow = tokens.iter().any(|t| t.is("flow") || t.is("workflow"));
    if all_plain(flow.as_str(), &tokens) && !article_first && !says_flow {
        format!("the {flow} flow")
    } else {
        format!("the flow {}", quoted(flow.as_str()))
    }
}
