//! A workspace's flows: files, drafts, the bin, versions, and two editors on one flow.
#![allow(clippy::unwrap_used)]

mod bench;

use api::{
    ApiError, Command as _, ErrorCode,
    commands::{
        inspect::{FlowInspect, FlowSearch},
        library::{
            FlowBin, FlowDelete, FlowDraft, FlowDuplicate, FlowGet, FlowListing, FlowMove, FlowNew, FlowRename, FlowRestore,
            FlowSave, FlowTag, FlowText, FlowUndelete, FlowVersions,
        },
    },
};
use bench::Bench;
use flow::Digest;

const HELLO: &str = include_str!("../../../../flows/hello.flow.json");

fn named(name: &str) -> String {
    HELLO.replace("\"name\": \"Hello\"", &format!("\"name\": \"{name}\""))
}

async fn make(bench: &Bench, name: &str, text: Option<&str>) -> Result<FlowText, ApiError> {
    FlowNew { name: name.into(), folder: String::new(), text: text.map(str::to_owned) }.handle(&bench.app).await
}

fn save(text: &str, base: Digest) -> FlowSave {
    FlowSave { id: "hello".into(), text: text.into(), base: Some(base), note: String::new(), force: false }
}

async fn list(bench: &Bench) -> Vec<String> {
    let flows = FlowListing {}.handle(&bench.app).await.unwrap().flows;
    flows.into_iter().map(|flow| format!("{}/{} {} {:?}", flow.folder, flow.id, flow.name, flow.tags)).collect()
}

#[tokio::test]
async fn flows_are_made_named_moved_and_come_back_from_the_bin() {
    let bench = Bench::new().await;
    let hello = make(&bench, "", Some(HELLO)).await.unwrap();
    assert_eq!(hello.text, HELLO);
    assert_eq!(make(&bench, "", Some(HELLO)).await.unwrap().info.id, "hello-2");
    assert_eq!(make(&bench, "Zahlung an Zoë", None).await.unwrap().info.id, "zahlung-an-zoe");
    let copy = FlowDuplicate { id: "hello".into(), name: None }.handle(&bench.app).await.unwrap();
    assert_eq!((&*copy.info.id, &*copy.info.name), ("hello-copy", "Hello (copy)"));
    FlowRename { id: "hello-copy".into(), name: " Greet ".into() }.handle(&bench.app).await.unwrap();
    FlowMove { id: "hello-copy".into(), folder: "Old / Things".into() }.handle(&bench.app).await.unwrap();
    FlowTag { id: "hello-copy".into(), tags: vec!["b".into(), "a".into(), "a".into()] }.handle(&bench.app).await.unwrap();
    FlowDelete { id: "hello-2".into() }.handle(&bench.app).await.unwrap();
    let now = ["/hello Hello []", "/zahlung-an-zoe Zahlung an Zoë []", "Old/Things/hello-copy Greet [\"a\", \"b\"]"];
    assert_eq!(list(&bench).await, now);
    FlowDelete { id: "hello-copy".into() }.handle(&bench.app).await.unwrap();
    let bin = FlowBin {}.handle(&bench.app).await.unwrap().flows;
    assert_eq!(bin.iter().map(|flow| &*flow.id).collect::<std::collections::BTreeSet<_>>(), ["hello-2", "hello-copy"].into());
    FlowUndelete { id: "hello-copy".into() }.handle(&bench.app).await.unwrap();
    assert_eq!(list(&bench).await, now);
    // Its id is taken by now.
    make(&bench, "hello 2", None).await.unwrap();
    let back = FlowUndelete { id: "hello-2".into() }.handle(&bench.app).await.unwrap();
    assert_eq!(back.info.id, "hello-2-2");
    assert!(flow::read(&FlowGet { id: "hello-2-2".into() }.handle(&bench.app).await.unwrap().text).unwrap().id == "hello-2-2");
    for (id, folder) in [("../hello", "a"), ("hello", "../out"), ("none", "a")] {
        assert!(FlowMove { id: id.into(), folder: folder.into() }.handle(&bench.app).await.is_err(), "{id} {folder}");
    }
}

#[tokio::test]
async fn a_flow_that_changed_meanwhile_is_not_overwritten_silently() {
    let bench = Bench::new().await;
    let first = make(&bench, "", Some(HELLO)).await.unwrap();
    let mine = save(&named("Mine"), first.stamp).handle(&bench.app).await.unwrap();
    // Another window still has the first text.
    let refused = save(&named("Theirs"), first.stamp).handle(&bench.app).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Conflict);
    let details = refused.details.unwrap();
    assert_eq!(
        (details["stamp"].as_str().unwrap(), details["text"].as_str().unwrap()),
        (&*mine.stamp.to_string(), &*named("Mine"))
    );
    let forced = FlowSave { force: true, ..save(&named("Theirs"), first.stamp) }.handle(&bench.app).await.unwrap();
    assert_eq!(forced.info.name, "Theirs");
    let versions = FlowVersions { id: "hello".into() }.handle(&bench.app).await.unwrap().versions;
    assert_eq!(versions.iter().map(|version| version.digest).collect::<Vec<_>>(), [forced.digest, mine.digest]);
    let restored =
        FlowRestore { id: "hello".into(), digest: mine.digest, base: Some(forced.stamp) }.handle(&bench.app).await.unwrap();
    assert_eq!((restored.stamp, &*restored.info.name), (mine.stamp, "Mine"));
    for (text, code) in [
        ("garbage".to_owned(), ErrorCode::FlowProblems),
        (HELLO.replace("assent.flow/1", "assent.flow/9"), ErrorCode::FlowProblems),
        (HELLO.replace("\"id\": \"hello\"", "\"id\": \"other\""), ErrorCode::BadRequest),
    ] {
        let error = save(&text, restored.stamp).handle(&bench.app).await.unwrap_err();
        assert_eq!(error.code, code, "{error:?}");
        assert!(!error.hint.is_empty() && FlowGet { id: "hello".into() }.handle(&bench.app).await.unwrap().text == named("Mine"));
    }
}

#[tokio::test]
async fn a_draft_is_kept_until_it_is_saved_and_its_history_after() {
    let bench = Bench::new().await;
    let first = make(&bench, "", Some(HELLO)).await.unwrap();
    let draft = |text: &str| FlowDraft { id: "hello".into(), base: first.stamp, text: text.into(), history: "undo".into() };
    let state = async || {
        let now = FlowGet { id: "hello".into() }.handle(&bench.app).await.unwrap();
        (now.info.draft, now.draft.map(|draft| (draft.text, draft.history)))
    };
    assert_eq!(state().await, (false, None));
    draft("half a flo").handle(&bench.app).await.unwrap();
    assert_eq!(state().await, (true, Some(("half a flo".into(), "undo".into()))));
    save(&named("Mine"), first.stamp).handle(&bench.app).await.unwrap();
    assert_eq!(state().await, (false, None));
    // What is kept after saving is the history: nothing is unsaved.
    draft(&named("Mine")).handle(&bench.app).await.unwrap();
    assert_eq!(state().await, (false, Some((named("Mine"), "undo".into()))));
}

#[tokio::test]
async fn what_is_drawn_is_looked_at_and_found() {
    let bench = Bench::new().await;
    make(&bench, "", Some(HELLO)).await.unwrap();
    let broken = FlowInspect { text: "{".into() }.handle(&bench.app).await.unwrap();
    assert!(broken.digest.is_none() && broken.problems.len() == 1, "{broken:?}");
    let hits = FlowSearch { text: "HELLO,".into() }.handle(&bench.app).await.unwrap().hits;
    assert_eq!(hits.iter().map(|hit| (hit.node.as_deref(), &*hit.place)).collect::<Vec<_>>(), [(Some("greet"), "/text")]);
    assert!(FlowSearch { text: "  ".into() }.handle(&bench.app).await.unwrap().hits.is_empty());
}
