//! Model files that are none: each is refused here, in Rust, before whisper.cpp reads a byte of it.

#![allow(clippy::unwrap_used)]

use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use voice::{Model, VoiceError, Whisper};

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../assets/voice/ggml-demo-q8_0.bin")
}

fn reason(path: &Path) -> String {
    match Model::check(path) {
        Err(VoiceError::BadModel { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

fn number(bytes: &[u8], at: usize) -> usize {
    usize::try_from(u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())).unwrap()
}

/// Where the mel filters, the vocabulary and the first tensor begin.
fn places(bytes: &[u8]) -> (usize, usize, usize) {
    let filters = 48;
    let vocabulary = filters + 8 + 4 * number(bytes, filters) * number(bytes, filters + 4);
    let tensors = (0..number(bytes, vocabulary)).fold(vocabulary + 4, |at, _| at + 4 + number(bytes, at));
    (filters, vocabulary, tensors)
}

#[test]
fn the_demo_model_is_a_model_with_a_window_of_six_seconds() {
    let model = Model::check(&demo()).unwrap();
    assert_eq!((model.window_ms(), model.name()), (6_000, "ggml-demo-q8_0.bin".to_owned()));
}

#[test]
fn what_is_no_model_is_refused_with_the_place_of_the_fault() {
    let bytes = std::fs::read(demo()).unwrap();
    let (filters, vocabulary, tensors) = places(&bytes);
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("model.bin");
    let name = tensors + 12 + 4 * number(&bytes, tensors);

    std::fs::write(&path, &bytes).unwrap();
    for (at, change, expected) in [
        (0, [0x47, 0x47, 0x55, 0x46], "begins with"),
        (4, 1_000_u32.to_le_bytes(), "vocabulary's size is 1000"),
        (8, 1_501_u32.to_le_bytes(), "audio context is 1501"),
        (8, 301_u32.to_le_bytes(), "shape"),
        (12, 193_u32.to_le_bytes(), "text state is 192"),
        (16, 0_u32.to_le_bytes(), "audio heads is 0"),
        (20, 65_u32.to_le_bytes(), "audio layers is 65"),
        (20, 5_u32.to_le_bytes(), "missing"),
        (20, 3_u32.to_le_bytes(), "unknown"),
        (24, u32::MAX.to_le_bytes(), "text context is 4294967295"),
        (40, 81_u32.to_le_bytes(), "mel bands is 81"),
        (44, 2_006_u32.to_le_bytes(), "unknown way (6)"),
        (44, 2_002_u32.to_le_bytes(), "stored as type"),
        (filters, 81_u32.to_le_bytes(), "mel filters is 81"),
        (filters + 4, 200_u32.to_le_bytes(), "length of a mel filter"),
        (filters + 8, f32::NAN.to_le_bytes(), "no number"),
        (vocabulary, u32::MAX.to_le_bytes(), "number of tokens"),
        (vocabulary + 4, 0x7FFF_FFFF_u32.to_le_bytes(), "token's length"),
        (tensors, 9_u32.to_le_bytes(), "number of dimensions is 9"),
        (tensors + 4, u32::MAX.to_le_bytes(), "length of a tensor's name"),
        (tensors + 8, 99_u32.to_le_bytes(), "stored as type 99"),
        (tensors + 12, u32::MAX.to_le_bytes(), "shape"),
        (name, *b"none", "unknown"),
    ] {
        let mut file = std::fs::File::options().write(true).open(&path).unwrap();
        file.seek(SeekFrom::Start(u64::try_from(at).unwrap())).unwrap();
        file.write_all(&change).unwrap();
        let reason = reason(&path);
        assert!(reason.contains(expected), "byte {at}, {expected}: {reason}");
        file.seek(SeekFrom::Start(u64::try_from(at).unwrap())).unwrap();
        file.write_all(&bytes[at..at + 4]).unwrap();
    }
    assert!(Model::check(&path).is_ok(), "put right again");

    for length in [0, 3, 40, 1_000, vocabulary + 2, tensors - 1, tensors, tensors + 6, tensors + 1_000, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..length]).unwrap();
        assert!(!reason(&path).is_empty(), "{length}");
    }
    std::fs::write(&path, [&bytes[..], &[0; 12]].concat()).unwrap();
    assert!(reason(&path).contains("number of dimensions is 0"));
    let first = &bytes[tensors..name + number(&bytes, tensors + 4) + 4 * 192 * 300];
    std::fs::write(&path, [&bytes[..], first].concat()).unwrap();
    assert!(reason(&path).contains("there twice"));
}

#[tokio::test]
async fn whisper_does_not_start_with_what_is_no_model() {
    let place = tempfile::tempdir().unwrap();
    for path in
        [place.path().to_owned(), place.path().join("missing.bin"), Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")]
    {
        let error = Whisper::start(env!("CARGO_BIN_EXE_voice-child").into(), path).await.unwrap_err();
        assert_eq!(error.code(), "VOICE_BAD_MODEL");
    }
}

#[tokio::test]
async fn a_model_that_changed_after_it_was_checked_is_refused_by_the_child() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("model.bin");
    std::fs::copy(demo(), &path).unwrap();
    let whisper = Whisper::start(env!("CARGO_BIN_EXE_voice-child").into(), path.clone()).await.unwrap();
    std::fs::write(&path, b"something else").unwrap();
    let sample = voice::read_wav(&std::fs::read(demo().with_file_name("send-25-alice.wav")).unwrap()).unwrap();
    let error = whisper.transcribe(&sample, &voice::Options::default()).await.unwrap_err();
    assert_eq!(error.code(), "VOICE_BAD_MODEL", "{error}");
}
