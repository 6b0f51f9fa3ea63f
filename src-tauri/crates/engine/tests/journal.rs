//! What a payment leaves in its journal, as lines that people read.
#![allow(clippy::unwrap_used)]

mod rig;

use std::sync::Arc;

use consent::Answer;
use engine::{Event, Stamped};
use flow::{Flow, Values};
use serde_json::json;
use testkit::{Draft, START};

use rig::{ENDED, RUN, Rig};

/// What is heard, who is meant, how risky it is; then an approval, the payment and the receipt; a note to nobody beside it.
fn spoken_payment() -> Arc<Flow> {
    Draft::new("voice-payment")
        .node("in", "input", json!({ "ports": ["text"] }))
        .node("who", "read", json!({}))
        .node("risk", "branch", json!({ "to": "yes" }))
        .node("ask", "approval", json!({ "for": "pay", "expires_ms": 60_000 }))
        .node("pay", "pay", json!({ "payee": "alice", "minor": 2500 }))
        .node("refused", "set", json!({ "required": true }))
        .node("out", "output", json!({ "ports": ["receipt", "refused"] }))
        .wire("in.text", "who.value")
        .wire("who.value", "risk.value")
        .wire("risk.yes", "ask.value")
        .wire("risk.no", "refused.value")
        .wire("who.value", "pay.value")
        .wire("ask.approved", "pay.verdict")
        .wire("pay.receipt", "out.receipt")
        .wire("refused.value", "out.refused")
        .flow()
}

fn line(stamped: &Stamped) -> String {
    let Stamped { seq, at, event } = stamped;
    let more = match event {
        Event::Started { flow_id, inputs, .. } => format!("{flow_id} with {}", inputs.to_object()),
        Event::Gated { target, attempt, request, verdict, gate, hold, prompt, expires_at, decisions, surfaces, .. } => {
            let of = target.as_ref().map(|target| format!(" for {target}")).unwrap_or_default();
            let rest = [
                consent::sentence(request),
                format!("{:?} ({:?}: {})", verdict.outcome, verdict.code, verdict.reason),
                format!("hold {}", hold.as_deref().unwrap_or("none")),
                format!("prompt {}", prompt.as_deref().unwrap_or("none")),
                format!("until {:?}", expires_at.map(|due| due - START)),
                format!("{} decisions {surfaces:?}", decisions.len()),
            ];
            format!("attempt {attempt}{of}: {gate:?}\n      {}", rest.join("\n      "))
        }
        Event::Replied { prompt, reply, .. } => format!("{prompt}: {reply:?}"),
        Event::Finished { attempt, outputs, .. } => {
            let ports: Vec<_> = outputs.iter().map(|(port, _)| port.to_string()).collect();
            format!("attempt {attempt}: {}", ports.join(", "))
        }
        Event::Ended { ending, outputs, .. } => format!("{ending:?} with {}", outputs.to_object()),
        other => format!("{other:?}"),
    };
    format!("{seq:2} +{} {} {} {more}", at - START, event.name(), event.path().map_or("-", engine::Path::as_str))
}

#[tokio::test]
async fn a_spoken_payment() {
    let rig = Rig::new();
    let text = Values::one("text", "Send twenty-five dollars to Alice for the logo design");
    rig.begin_with(RUN, &spoken_payment(), &Default::default(), text).await.unwrap();
    rig.settled().await;
    rig.pass(8_000).await;
    rig.answer(&rig.prompt(), Answer::Approve).await.unwrap();
    assert_eq!(rig.settled().await, ENDED);
    let lines: Vec<_> = rig.events().iter().map(line).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

/// Every event comes back from its JSON as it was.
#[tokio::test]
async fn events_are_read_as_they_were_written() {
    let rig = Rig::new();
    rig.begin_with(RUN, &spoken_payment(), &Default::default(), Values::one("text", "hello")).await.unwrap();
    rig.settled().await;
    rig.answer(&rig.prompt(), Answer::Reject).await.unwrap();
    for stamped in rig.events() {
        let text = serde_json::to_string(&stamped).unwrap();
        assert_eq!(serde_json::from_str::<Stamped>(&text).unwrap(), stamped, "{text}");
    }
}
