//! WAV files of every kind that is read, and of every kind that is refused.

#![allow(clippy::unwrap_used)]

use std::f32::consts::TAU;
use std::io::Cursor;

use hound::{SampleFormat, WavSpec, WavWriter};
use proptest::prelude::{ProptestConfig, any, prop, proptest};
use voice::{Clip, VoiceError, read_wav};

const SUBFORMAT_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];

/// A second of a tone, in every channel, as hound writes it.
fn tone(rate: u32, channels: u16, bits: u16, float: bool) -> Vec<u8> {
    let sample_format = if float { SampleFormat::Float } else { SampleFormat::Int };
    let mut file = Cursor::new(Vec::new());
    let mut writer =
        WavWriter::new(&mut file, WavSpec { channels, sample_rate: rate, bits_per_sample: bits, sample_format }).unwrap();
    for index in 0..rate {
        let value = 0.5 * (f64::from(TAU) * 440.0 * f64::from(index) / f64::from(rate)).sin();
        for _ in 0..channels {
            if float {
                writer.write_sample(narrow(value)).unwrap();
            } else {
                writer.write_sample(whole(value * f64::from(1_u32 << (bits - 1)))).unwrap();
            }
        }
    }
    writer.finalize().unwrap();
    file.into_inner()
}

#[expect(clippy::cast_possible_truncation, reason = "test tones lie within -1..1")]
fn narrow(value: f64) -> f32 {
    value as f32
}

#[expect(clippy::cast_possible_truncation, reason = "test tones lie at half of full scale")]
fn whole(value: f64) -> i32 {
    value as i32
}

/// A WAV file put together by hand: the format part as given, then the data.
fn file(format: &[u8], data: &[u8]) -> Vec<u8> {
    let part = |name: &[u8], content: &[u8]| [name, &u32::try_from(content.len()).unwrap().to_le_bytes()[..], content].concat();
    let body = [b"WAVE", &part(b"fmt ", format)[..], &part(b"data", data)].concat();
    part(b"RIFF", &body)
}

fn format(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let block = channels.wrapping_mul(bits / 8);
    [
        &tag.to_le_bytes()[..],
        &channels.to_le_bytes(),
        &rate.to_le_bytes(),
        &rate.wrapping_mul(block.into()).to_le_bytes(),
        &block.to_le_bytes(),
        &bits.to_le_bytes(),
    ]
    .concat()
}

fn reason(bytes: &[u8]) -> String {
    match read_wav(bytes) {
        Err(VoiceError::BadWav { reason }) => reason,
        other => panic!("{other:?}"),
    }
}

/// How far the clip is, at its worst, from a tone of 440 Hz at half of full scale that is late by no more than 1.5 samples (the
/// resampler's delay is not always a whole number of them). The edges are left out.
fn error_of(clip: &Clip) -> f32 {
    // 14,400 samples are 396 whole periods.
    let wave = |index: u16| (TAU * 440.0 * f32::from(index) / 16_000.0).sin_cos();
    let inner: Vec<(f32, f32, f32)> =
        (800..15_200_u16).zip(&clip.samples[800..]).map(|(index, &sample)| (wave(index).0, wave(index).1, sample)).collect();
    let sine = inner.iter().map(|(sine, _, sample)| sine * sample).sum::<f32>() / 7_200.0;
    let cosine = inner.iter().map(|(_, cosine, sample)| cosine * sample).sum::<f32>() / 7_200.0;
    let late = (cosine / sine).atan() / (TAU * 440.0 / 16_000.0);
    assert!(late.abs() < 1.5, "{} Hz: late by {late} samples", clip.source.rate);
    let rest = inner.iter().map(|(s, c, sample)| (sample - sine * s - cosine * c).abs()).fold(0.0, f32::max);
    rest.max((sine.hypot(cosine) - 0.5).abs())
}

#[test]
fn every_depth_rate_and_number_of_channels_gives_the_same_tone() {
    let rates = [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000, 15_999, 7_919];
    let depths = [(8, false, 0.02), (16, false, 0.003), (24, false, 0.003), (32, false, 0.003), (32, true, 0.003)];
    let by_rate = rates.map(|rate| (rate, 1, (16, false, 0.003)));
    let by_depth = depths.into_iter().flat_map(|depth| [1, 2, 6].map(|channels| (22_050, channels, depth)));
    for (rate, channels, (bits, float, tolerance)) in by_rate.into_iter().chain(by_depth) {
        let clip = read_wav(&tone(rate, channels, bits, float)).unwrap();
        assert_eq!((clip.source.rate, clip.source.channels, clip.source.bits, clip.source.float), (rate, channels, bits, float));
        assert_eq!((clip.duration_ms, clip.samples.len()), (1_000, 16_000), "{rate} Hz");
        let error = error_of(&clip);
        assert!(error < tolerance, "{bits} bits, {rate} Hz, {channels} channels: {error}");
    }
}

#[test]
fn the_edges_of_what_is_read() {
    for rate in [1_000, 1_009, 767_957, 768_000] {
        assert_eq!(read_wav(&tone(rate, 1, 16, false)).unwrap().samples.len(), 16_000, "{rate}");
    }
    let double: Vec<u8> = (0..16_000_u16)
        .flat_map(|index| (0.5 * (f64::from(TAU) * 440.0 * f64::from(index) / 16_000.0).sin()).to_le_bytes())
        .collect();
    assert!(error_of(&read_wav(&file(&format(3, 1, 16_000, 64), &double)).unwrap()) < 0.003);
    let mut extensible = format(0xFFFE, 1, 16_000, 64);
    extensible.extend([22, 0, 64, 0, 0, 0, 0, 0, 3, 0]);
    extensible.extend(SUBFORMAT_TAIL);
    assert!(error_of(&read_wav(&file(&extensible, &double)).unwrap()) < 0.003);
    extensible[39] ^= 1;
    assert!(reason(&file(&extensible, &double)).contains("unknown encoding"));
    // A constant part is no sound, and floats above full scale are brought down to it.
    let shifted: Vec<u8> =
        (0..16_000_u16).flat_map(|index| (3.0 + 2.0 * (TAU * 440.0 * f32::from(index) / 16_000.0).sin()).to_le_bytes()).collect();
    let clip = read_wav(&file(&format(3, 1, 16_000, 32), &shifted)).unwrap();
    assert!(clip.samples.iter().all(|sample| sample.abs() <= 1.0) && clip.samples.iter().sum::<f32>().abs() < 1.0);
    // An odd part before the sound is padded to an even length.
    let mut odd = file(&format(1, 1, 16_000, 16), &[0; 32_000]);
    odd.splice(12..12, *b"note\x03\0\0\0abc\0");
    assert_eq!(read_wav(&odd).unwrap().duration_ms, 1_000);
}

#[test]
fn more_than_thirty_seconds_are_refused_by_the_header_alone() {
    let long = file(&format(1, 1, 1_000, 8), &vec![128; 30_001]);
    assert_eq!(read_wav(&long), Err(VoiceError::TooLong { duration_ms: 30_001, limit_ms: 30_000 }));
    assert_eq!(read_wav(&file(&format(1, 1, 1_000, 8), &vec![128; 30_000])).unwrap().duration_ms, 30_000);
}

#[test]
fn a_header_that_lies_is_refused_in_plain_words() {
    let second = [0; 32_000];
    let good = file(&format(1, 1, 16_000, 16), &second);
    assert_eq!(read_wav(&good).unwrap().duration_ms, 1_000);
    let cases: [(&str, Vec<u8>); 17] = [
        ("0 bytes", Vec::new()),
        ("doesn't begin", b"ID3 this is an MP3 file, not a WAV".to_vec()),
        ("RF64", [b"RF64", &good[4..]].concat()),
        ("cut short", good[..20_000].to_vec()),
        ("cut short", good[..good.len() - 1].to_vec()),
        ("claims 4294967295 bytes", [&good[..40], &[0xFF; 4], &good[44..]].concat()),
        ("claims 2147483647 bytes", [&good[..40], &[0xFF, 0xFF, 0xFF, 0x7F], &good[44..]].concat()),
        ("wrong about a length", [&good[..40], &[0, 0x10, 0, 0], &good[44..]].concat()),
        ("no sound", file(&format(1, 1, 16_000, 16), &[])),
        ("0 channels", file(&format(1, 0, 16_000, 16), &second)),
        ("65535 channels", file(&format(1, 65_535, 16_000, 16), &second)),
        ("0 samples a second", file(&format(1, 1, 0, 16), &second)),
        ("4294967295 samples a second", file(&format(1, 1, u32::MAX, 16), &second)),
        ("12 bits", file(&format(1, 1, 16_000, 12), &second)),
        ("compressed", file(&format(0x55, 1, 16_000, 16), &second)),
        ("whole frames", file(&format(1, 1, 16_000, 24), &second)),
        ("format part has 14 bytes", file(&format(1, 1, 16_000, 16)[..14], &second)),
    ];
    for (expected, bytes) in cases {
        assert!(reason(&bytes).contains(expected), "{expected}: {}", reason(&bytes));
    }
    let mut block = good.clone();
    block[32] = 4;
    assert!(reason(&block).contains("frame of 4 bytes"));
    let twice = [&good[..], &good[36..]].concat();
    assert!(reason(&twice).contains("there twice"));
}

#[test]
fn samples_that_are_no_numbers_are_refused() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut data = vec![0; 64_000];
        data[400..404].copy_from_slice(&bad.to_le_bytes());
        assert!(reason(&file(&format(3, 1, 16_000, 32), &data)).contains("byte 444 is not a number"));
    }
    let huge: Vec<u8> = [f64::MAX, f64::MIN].repeat(8_000).into_iter().flat_map(f64::to_le_bytes).collect();
    match read_wav(&file(&format(3, 1, 16_000, 64), &huge)) {
        Ok(clip) => assert!(clip.samples.iter().all(|sample| sample.is_finite())),
        Err(error) => assert_eq!(error.code(), "VOICE_BAD_WAV"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn damaged_files_never_panic_and_give_only_numbers(changes in prop::collection::vec((0_usize..120, any::<u8>()), 1..6), cut in 0_usize..700) {
        let mut bytes = file(&format(1, 2, 8_000, 16), &[7; 600]);
        for (place, value) in changes {
            bytes[place] = value;
        }
        bytes.truncate(cut.max(12));
        if let Ok(clip) = read_wav(&bytes) {
            assert!(clip.samples.iter().all(|sample| sample.is_finite()));
        }
    }

    #[test]
    fn any_bytes_at_all_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_wav(&bytes);
        let _ = read_wav(&[b"RIFF\0\0\0\0WAVE", &bytes[..]].concat());
    }
}
