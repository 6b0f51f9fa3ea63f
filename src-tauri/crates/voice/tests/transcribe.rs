//! Recordings to words with the demo model, in a child process, and what happens when that process fails.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;
use voice::{Clip, Options, VoiceError, Whisper, detect, read_wav};

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn asset(name: &str) -> PathBuf {
    folder().join("../../../assets/voice").join(name)
}

fn clip(path: impl AsRef<Path>) -> Clip {
    read_wav(&std::fs::read(path).unwrap()).unwrap()
}

async fn whisper() -> Whisper {
    Whisper::start(env!("CARGO_BIN_EXE_voice-child").into(), asset("ggml-demo-q8_0.bin")).await.unwrap()
}

/// Other tests and builds may hold the processors: the time that is allowed says nothing about the time it takes.
fn patient() -> Options {
    Options { timeout: Duration::from_secs(120), ..Options::default() }
}

/// Words alone: no case, no punctuation.
fn normal(text: &str) -> String {
    let spaced: String =
        text.to_lowercase().chars().map(|character| if character.is_alphanumeric() { character } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[derive(Deserialize)]
struct Phrase {
    file: String,
    text: String,
}

fn phrases(folder: &Path) -> Vec<Phrase> {
    serde_json::from_slice(&std::fs::read(folder.join("phrases.json")).unwrap()).unwrap()
}

/// All recordings that came with the demo model, where the machine has them beside the repository.
fn recordings(kind: &str) -> Option<PathBuf> {
    let found = folder().join("../../../../shared/voice").join(kind);
    if found.join("phrases.json").is_file() {
        return Some(found);
    }
    eprintln!("SKIPPED: the {kind} recordings are not beside this repository; only those in tests/data are tried");
    None
}

#[tokio::test]
async fn the_sample_sentence_comes_out_word_for_word() {
    let sample = clip(asset("send-25-alice.wav"));
    let whisper = whisper().await;
    let transcript = whisper.transcribe(&sample, &patient()).await.unwrap();
    assert_eq!(normal(&transcript.text), normal("Send twenty-five dollars to Alice for the logo design"));
    assert_eq!(transcript.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "), transcript.text);
    assert_eq!(transcript.words[1].text, "twenty-five");
    assert!(transcript.words.is_sorted_by(|before, after| before.end_ms <= after.start_ms && before.start_ms < before.end_ms));
    assert!((400..700).contains(&transcript.words[0].start_ms), "speech begins at half a second: {:?}", transcript.words[0]);
    let end = transcript.words.last().unwrap().end_ms;
    assert!((3_400..3_800).contains(&end), "speech ends at 3.6 s: {end}");
    let lowest = transcript.words.iter().map(|word| word.confidence).fold(1.0, f32::min);
    assert!(transcript.confidence > 0.0 && (transcript.confidence - lowest).abs() < f32::EPSILON);
    assert_eq!(transcript.duration_ms, sample.duration_ms);
    assert_eq!(transcript.model.name, "ggml-demo-q8_0.bin");
    assert_eq!(transcript.model.sha256.len(), 64);
    let again: voice::Transcript = serde_json::from_str(&serde_json::to_string(&transcript).unwrap()).unwrap();
    assert_eq!(again.words, transcript.words);

    let warm = whisper.transcribe(&sample, &patient()).await.unwrap();
    assert_eq!((warm.text, warm.words), (transcript.text, transcript.words), "the same recording gives the same words");
    assert!(warm.timings.load_ms < transcript.timings.load_ms, "the child stays for the next recording");
}

#[tokio::test]
async fn recordings_come_out_right_whatever_came_before_them() {
    let folder = folder().join("tests/data");
    let whisper = whisper().await;
    let mut first = Vec::new();
    for Phrase { file, text } in phrases(&folder) {
        let transcript = whisper.transcribe(&clip(folder.join(&file)), &patient()).await.unwrap();
        assert_eq!(normal(&transcript.text), normal(&text), "{file}");
        first.push((file, transcript.words));
    }
    assert_eq!(first.len(), 6);
    for (file, words) in first.into_iter().rev() {
        let transcript = whisper.transcribe(&clip(folder.join(&file)), &patient()).await.unwrap();
        assert_eq!(transcript.words, words, "{file}");
    }
}

#[test]
fn speech_is_found_in_all_recordings_clean_and_noisy() {
    let mut folders = vec![folder().join("tests/data")];
    folders.extend(["clean", "noisy"].into_iter().filter_map(recordings));
    for folder in folders {
        for Phrase { file, .. } in phrases(&folder) {
            let clip = clip(folder.join(&file));
            let speech = detect(&clip).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(
                speech.spans.iter().all(|span| span.start_ms < span.end_ms && span.end_ms <= clip.duration_ms),
                "{file}: {speech:?}"
            );
        }
    }
}

/// The table in the model's README, measured again. Takes a minute, so it is asked for: `--ignored --nocapture`.
#[tokio::test]
#[ignore = "takes a minute and needs the recordings that came with the demo model"]
async fn accuracy_is_what_the_models_page_says() {
    let whisper = whisper().await;
    for (kind, least_right, most_wrong) in [("clean", 107, 3), ("noisy", 102, 3)] {
        let Some(folder) = recordings(kind) else { continue };
        let mut answers = Vec::new();
        for Phrase { file, text } in phrases(&folder) {
            match whisper.transcribe(&clip(folder.join(&file)), &patient()).await {
                Ok(transcript) => answers.push((normal(&transcript.text) == normal(&text), transcript.confidence)),
                Err(error) => eprintln!("{kind}/{file}: {} {error}", error.code()),
            }
        }
        for least in [0.0, 0.5, 0.7, 0.8] {
            let right = answers.iter().filter(|(right, confidence)| *right && *confidence >= least).count();
            let wrong = answers.iter().filter(|(right, confidence)| !right && *confidence >= least).count();
            eprintln!("{kind}, asked below {least}: {right} right, {} asked or refused, {wrong} wrong", 120 - right - wrong);
        }
        assert!(answers.iter().filter(|(right, _)| *right).count() >= least_right, "{kind}");
        assert!(answers.iter().filter(|(right, confidence)| !right && *confidence >= 0.7).count() <= most_wrong, "{kind}");
    }
}

#[tokio::test]
async fn what_cannot_be_heard_whole_is_refused() {
    let whisper = whisper().await;
    assert_eq!(whisper.model().window_ms(), 6_000);
    let sample = clip(asset("send-25-alice.wav"));
    let repeated = Clip { samples: sample.samples.repeat(2), duration_ms: sample.duration_ms * 2, ..sample.clone() };
    let refused = whisper.transcribe(&repeated, &patient()).await.unwrap_err();
    assert_eq!(refused, VoiceError::TooLong { duration_ms: 8_540, limit_ms: 6_000 });
    let short = Clip { samples: sample.samples[16_000..20_000].to_vec(), duration_ms: 250, ..sample.clone() };
    assert_eq!(whisper.transcribe(&short, &patient()).await.unwrap_err().code(), "VOICE_TOO_SHORT");
    let silent = Clip { samples: vec![0.0; 32_000], duration_ms: 2_000, ..sample };
    assert_eq!(whisper.transcribe(&silent, &patient()).await.unwrap_err().code(), "VOICE_SILENT");
}

#[tokio::test]
async fn more_words_than_the_model_writes_are_refused_not_cut() {
    // "Pay the image generator eight hundred dollars and ninety-five cents for last month": over the demo model's 16 tokens.
    let long = clip(folder().join("tests/data/too-many-words.wav"));
    assert!(long.duration_ms < 6_000);
    assert_eq!(whisper().await.transcribe(&long, &patient()).await.unwrap_err(), VoiceError::TooManyWords { limit: 16 });
}

#[tokio::test]
async fn a_program_that_cannot_be_started_or_talks_nonsense_is_an_error() {
    let sample = clip(asset("send-25-alice.wav"));
    let missing = Whisper::start("/nowhere/at/all".into(), asset("ggml-demo-q8_0.bin")).await.unwrap();
    assert_eq!(missing.transcribe(&sample, &patient()).await.unwrap_err().code(), "VOICE_CHILD");
    #[cfg(unix)]
    for (script, expected) in [
        ("echo this is no answer at all", "no answer"),
        ("printf '\\003\\000\\000\\000abc'", "no answer"),
        ("exit 7", "ended with code 7"),
        ("kill -SEGV $$", "ended by signal 11"),
    ] {
        let place = tempfile::tempdir().unwrap();
        let program = script_file(place.path(), script);
        let whisper = Whisper::start(program, asset("ggml-demo-q8_0.bin")).await.unwrap();
        let error = whisper.transcribe(&sample, &patient()).await.unwrap_err();
        assert!(matches!(&error, VoiceError::Child { reason } if reason.contains(expected)), "{script}: {error}");
        assert!(error.retryable() && error.to_string().ends_with("nothing was sent"));
    }
}

#[cfg(unix)]
fn script_file(folder: &Path, script: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let program = folder.join("program");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    program
}

/// The processes that run this program (a link to the child of a name of its own).
#[cfg(target_os = "linux")]
fn processes(program: &Path) -> Vec<String> {
    let listed = Command::new("pgrep").arg("-f").arg(program).output().expect("pgrep, from procps, is needed");
    String::from_utf8_lossy(&listed.stdout).split_whitespace().map(str::to_owned).collect()
}

#[cfg(target_os = "linux")]
async fn own_child() -> (tempfile::TempDir, PathBuf, Whisper) {
    let place = tempfile::tempdir().unwrap();
    let program = place.path().join("child-of-one-test");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_voice-child"), &program).unwrap();
    let whisper = Whisper::start(program.clone(), asset("ggml-demo-q8_0.bin")).await.unwrap();
    (place, program, whisper)
}

#[cfg(target_os = "linux")]
async fn gone(program: &Path) -> bool {
    for _ in 0..200 {
        if processes(program).is_empty() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_child_that_crashes_costs_one_transcription_and_the_next_starts_afresh() {
    let sample = clip(asset("send-25-alice.wav"));
    let (_place, program, whisper) = own_child().await;
    let right = whisper.transcribe(&sample, &patient()).await.unwrap();
    let child = processes(&program);
    assert_eq!(child.len(), 1);
    // Stopped, it takes the recording but can't answer; aborted then, as GGML does where it fails, it dies over its work.
    assert!(Command::new("kill").args(["-STOP", &child[0]]).status().unwrap().success());
    let options = patient();
    let (answer, ()) = tokio::join!(whisper.transcribe(&sample, &options), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(Command::new("kill").args(["-ABRT", &child[0]]).status().unwrap().success());
        assert!(Command::new("kill").args(["-CONT", &child[0]]).status().unwrap().success());
    });
    assert_eq!(answer.unwrap_err(), VoiceError::Child { reason: "ended by signal 6".into() });
    let after = whisper.transcribe(&sample, &patient()).await.unwrap();
    assert_eq!(after.words, right.words);
    assert_ne!(processes(&program), child);
    // One that dies between two recordings is not even noticed.
    let idle = processes(&program);
    assert!(Command::new("kill").args(["-KILL", &idle[0]]).status().unwrap().success());
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(whisper.transcribe(&sample, &patient()).await.unwrap().words, right.words);
    drop(whisper);
    assert!(gone(&program).await, "no child outlives its owner");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_child_that_takes_too_long_or_is_given_up_is_killed() {
    let sample = clip(asset("send-25-alice.wav"));
    let (_place, program, whisper) = own_child().await;
    let hurried = Options { timeout: Duration::from_millis(1), ..Options::default() };
    assert_eq!(whisper.transcribe(&sample, &hurried).await.unwrap_err(), VoiceError::TimedOut { limit_ms: 1 });
    assert!(gone(&program).await, "timed out");
    whisper.transcribe(&sample, &patient()).await.unwrap();
    let child = processes(&program);
    assert!(Command::new("kill").args(["-STOP", &child[0]]).status().unwrap().success());
    assert!(tokio::time::timeout(Duration::from_millis(500), whisper.transcribe(&sample, &patient())).await.is_err());
    assert!(gone(&program).await, "given up");
    assert!(whisper.transcribe(&sample, &patient()).await.is_ok());
}
