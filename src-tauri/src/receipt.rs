//! A receipt as a person reads it.

use std::fmt::Write as _;

use consent::{Action, Receipt};

use crate::output::{Output, Style};

/// What was paid, who said yes and how, and the digests that link it all.
pub(crate) fn text(receipt: &Receipt, run: &str, output: &Output) -> String {
    let short = |digest: &dyn std::fmt::Display| {
        let text = digest.to_string();
        format!("{}…{}", &text[..8], &text[text.len() - 8..])
    };
    let mut rows: Vec<(&str, String)> = Vec::new();
    if let Action::Pay(pay) = &receipt.request.action {
        rows.push(("amount", pay.amount.to_string()));
        rows.push(("payee", format!("{} ({}), {} on {}", pay.payee_name, pay.payee, pay.address, pay.rail)));
        rows.push(("from", pay.account.clone()));
        if let Some(purpose) = &pay.purpose {
            rows.push(("for", purpose.clone()));
        }
        if let Some(heard) = &pay.heard {
            rows.push(("heard", format!("\"{}\" ({} % sure)", heard.text, heard.confidence_milli / 10)));
        }
        if let Some(risk) = &pay.risk {
            rows.push(("risk", format!("{}.{} of 10", risk.score10_tenths / 10, risk.score10_tenths % 10)));
        }
    }
    rows.push(("verdict", format!("{} (policy version {})", receipt.verdict.reason, receipt.verdict.policy)));
    rows.push(("approved", approved(&receipt.surfaces)));
    rows.push(("hold", receipt.hold.clone()));
    rows.push(("transfer", receipt.transfer.clone()));
    rows.push(("request", short(&receipt.request_digest)));
    receipt.decisions.iter().for_each(|decision| rows.push(("decision", short(decision))));
    let title = output.paint(Style::Strong, format_args!("Receipt: {}", consent::sentence(&receipt.request)));
    let mut text = format!("\n{title}\n");
    for (label, value) in rows {
        // Writing to a String can't fail.
        let _ = writeln!(text, "  {label:<9} {value}");
    }
    let _ = writeln!(text, "  check it: assent verify {run}");
    text
}

fn approved(surfaces: &[String]) -> String {
    if surfaces.is_empty() {
        return "by the policy; nobody had to be asked".to_owned();
    }
    let how = |surface: &String| match &**surface {
        "terminal" => "by the owner, who typed it in a terminal".to_owned(),
        "digest" => "by the owner, who named the digest".to_owned(),
        "window-held" => "by the owner, who held the button in the approval window".to_owned(),
        "window-twice" => "by the owner, who pressed twice in the approval window".to_owned(),
        "demo" => "BY THE DEMO'S APPROVER; no person was asked".to_owned(),
        other => format!("by the owner ({other})"),
    };
    surfaces.iter().map(how).collect::<Vec<_>>().join(", ")
}
