//! Checks that a file is a Whisper model in GGML format before whisper.cpp sees it: that loader trusts every number it reads.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::error::VoiceError;
use crate::tensors::{Expected, Kind};

const MAGIC: u32 = 0x6767_6d6c;
/// Milliseconds of sound in one step of the encoder.
const STEP_MS: u32 = 20;
/// Values in one mel filter: half of whisper's 400-point transform, and one.
const FILTER: u32 = 201;
/// Text tokens of the English and the multilingual vocabulary begin at nought and number at least this.
const LEAST_TOKENS: u32 = 50_256;
/// The longest token in any Whisper vocabulary has 128 bytes.
const LONGEST_TOKEN: u32 = 256;
const LONGEST_NAME: u32 = 64;

/// The sizes in a model's header, all within what whisper.cpp can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) vocabulary: u32,
    pub(crate) audio_context: u32,
    pub(crate) state: u32,
    pub(crate) heads: u32,
    pub(crate) audio_layers: u32,
    pub(crate) text_context: u32,
    pub(crate) text_layers: u32,
    pub(crate) mels: u32,
    /// How the large tensors are stored.
    pub(crate) kind: Kind,
}

/// A model file that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    path: PathBuf,
    sizes: Sizes,
}

impl Model {
    /// Checks a model file: magic, sizes, mel filters, vocabulary, and name, shape, type and place of every tensor. Reads the
    /// tables and skips the weights, so it takes milliseconds.
    ///
    /// # Errors
    /// [`VoiceError::BadModel`] with what is wrong.
    pub fn check(path: &Path) -> Result<Self, VoiceError> {
        let failed = |reason: String| VoiceError::BadModel { path: path.display().to_string(), reason };
        let about = path.metadata().map_err(|error| failed(error.to_string()))?;
        if !about.is_file() {
            return Err(failed("it is not a file".into()));
        }
        let file = File::open(path).map_err(|error| failed(error.to_string()))?;
        let mut source = Source { file: BufReader::new(file), at: 0, length: about.len() };
        let sizes = source.model().map_err(failed)?;
        Ok(Self { path: path.to_owned(), sizes })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's name without its folder.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The longest recording it hears at once, in milliseconds (30 s for OpenAI's models).
    pub fn window_ms(&self) -> u32 {
        self.sizes.audio_context * STEP_MS
    }

    pub(crate) fn sizes(&self) -> Sizes {
        self.sizes
    }
}

/// A reader that knows where it is and how much there is.
struct Source<R> {
    file: R,
    at: u64,
    length: u64,
}

impl<R: Read + Seek> Source<R> {
    fn bytes<const N: usize>(&mut self, what: &str) -> Result<[u8; N], String> {
        let mut bytes = [0; N];
        self.fill(&mut bytes, what)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8], what: &str) -> Result<(), String> {
        self.file.read_exact(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => format!("it ends at byte {} inside {what}", self.length),
            _ => format!("{what} can't be read at byte {}: {error}", self.at),
        })?;
        self.at += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    fn number(&mut self, what: &str) -> Result<u32, String> {
        self.bytes(what).map(u32::from_le_bytes)
    }

    fn within(&mut self, what: &str, least: u32, most: u32) -> Result<u32, String> {
        let number = self.number(what)?;
        if (least..=most).contains(&number) {
            Ok(number)
        } else {
            Err(format!("{what} is {number}; {least} to {most} are possible"))
        }
    }

    fn exactly(&mut self, what: &str, expected: u32) -> Result<(), String> {
        self.within(what, expected, expected).map(drop)
    }

    fn skip(&mut self, length: u64, what: &str) -> Result<(), String> {
        let end = self
            .at
            .checked_add(length)
            .filter(|&end| end <= self.length)
            .ok_or_else(|| format!("{what} needs {length} bytes at byte {}, but the file has {}", self.at, self.length))?;
        self.file.seek(SeekFrom::Start(end)).map_err(|error| format!("{what} can't be passed: {error}"))?;
        self.at = end;
        Ok(())
    }

    fn model(&mut self) -> Result<Sizes, String> {
        let magic = self.number("the magic number")?;
        if magic != MAGIC {
            return Err(format!("it begins with {magic:#010x} instead of {MAGIC:#010x}"));
        }
        let sizes = self.sizes()?;
        self.filters(sizes.mels)?;
        self.vocabulary(sizes.vocabulary)?;
        self.tensors(&sizes)?;
        Ok(sizes)
    }

    fn sizes(&mut self) -> Result<Sizes, String> {
        // The English, the multilingual and the third large vocabulary; whisper.cpp computes token numbers from the difference.
        let vocabulary = self.within("the vocabulary's size", 51_864, 51_866)?;
        let audio_context = self.within("the audio context", 50, 1_500)?;
        let state = self.within("the audio state", 32, 2_048)?;
        let heads = self.within("the number of audio heads", 1, 64)?;
        let audio_layers = self.within("the number of audio layers", 1, 64)?;
        let text_context = self.within("the text context", 16, 448)?;
        self.exactly("the text state", state)?;
        self.exactly("the number of text heads", heads)?;
        let text_layers = self.within("the number of text layers", 1, 64)?;
        let mels = self.within("the number of mel bands", 80, 128)?;
        // Above a thousand stands the version of the quantisation.
        let file_type = self.within("the file type", 0, 2_999)? % 1_000;
        let kind =
            Kind::of_file_type(file_type).ok_or_else(|| format!("its weights are stored in an unknown way ({file_type})"))?;
        if mels != 80 && mels != 128 {
            return Err(format!("the number of mel bands is {mels}; 80 and 128 are possible"));
        }
        if !state.is_multiple_of(heads) || !state.is_multiple_of(kind.block()) {
            return Err(format!("a state of {state} can't be split into {heads} heads and blocks of {}", kind.block()));
        }
        Ok(Sizes { vocabulary, audio_context, state, heads, audio_layers, text_context, text_layers, mels, kind })
    }

    fn filters(&mut self, mels: u32) -> Result<(), String> {
        self.exactly("the number of mel filters", mels)?;
        self.exactly("the length of a mel filter", FILTER)?;
        for _ in 0..mels * FILTER {
            if !f32::from_le_bytes(self.bytes("the mel filters")?).is_finite() {
                return Err(format!("a mel filter holds something that is no number before byte {}", self.at));
            }
        }
        Ok(())
    }

    fn vocabulary(&mut self, most: u32) -> Result<(), String> {
        let tokens = self.within("the number of tokens", LEAST_TOKENS, most)?;
        for _ in 0..tokens {
            let length = self.within("a token's length", 0, LONGEST_TOKEN)?;
            let mut token = [0; 256];
            let token = token.get_mut(..usize::try_from(length).unwrap_or(usize::MAX)).ok_or("a token is too long")?;
            self.fill(token, "a token")?;
        }
        Ok(())
    }

    fn tensors(&mut self, sizes: &Sizes) -> Result<(), String> {
        let mut missing = Expected::of(sizes);
        while self.at < self.length {
            let dimensions = self.within("a tensor's number of dimensions", 1, 3)?;
            let length = self.within("the length of a tensor's name", 1, LONGEST_NAME)?;
            let kind = self.number("a tensor's type")?;
            let mut shape = [1; 3];
            for side in shape.iter_mut().take(usize::try_from(dimensions).unwrap_or(3)) {
                *side = self.number("a tensor's shape")?;
            }
            let mut name = vec![0; usize::try_from(length).unwrap_or(0)];
            self.fill(&mut name, "a tensor's name")?;
            let name = String::from_utf8_lossy(&name).into_owned();
            let expected = missing.take(&name).ok_or_else(|| format!("the tensor {name:?} is unknown, or there twice"))?;
            if shape != expected.shape {
                return Err(format!("the tensor {name:?} has the shape {shape:?} instead of {:?}", expected.shape));
            }
            if kind != expected.kind.number() {
                return Err(format!("the tensor {name:?} is stored as type {kind} instead of {}", expected.kind.number()));
            }
            self.skip(expected.bytes(), &format!("the tensor {name:?}"))?;
        }
        match missing.first() {
            Some(name) => Err(format!("{} tensors are missing, among them {name:?}", missing.count())),
            None => Ok(()),
        }
    }
}
