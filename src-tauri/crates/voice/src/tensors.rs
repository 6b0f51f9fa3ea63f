//! The tensors a Whisper model must have: names, shapes, and how each is stored.

use std::collections::BTreeMap;

use crate::model::Sizes;

/// How numbers are stored in a tensor: GGML's types that Whisper models use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    F32,
    F16,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q2K,
    Q3K,
    Q4K,
    Q5K,
    Q6K,
}

impl Kind {
    /// By the file type in a model's header (`ggml_ftype`).
    pub(crate) fn of_file_type(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::F32,
            1 => Self::F16,
            2 => Self::Q4_0,
            3 => Self::Q4_1,
            7 => Self::Q8_0,
            8 => Self::Q5_0,
            9 => Self::Q5_1,
            10 => Self::Q2K,
            11 => Self::Q3K,
            12 => Self::Q4K,
            13 => Self::Q5K,
            14 => Self::Q6K,
            _ => return None,
        })
    }

    /// GGML's number for it, its values in a block, and the bytes of one block.
    fn layout(self) -> (u32, u32, u32) {
        match self {
            Self::F32 => (0, 1, 4),
            Self::F16 => (1, 1, 2),
            Self::Q4_0 => (2, 32, 18),
            Self::Q4_1 => (3, 32, 20),
            Self::Q5_0 => (6, 32, 22),
            Self::Q5_1 => (7, 32, 24),
            Self::Q8_0 => (8, 32, 34),
            Self::Q2K => (10, 256, 84),
            Self::Q3K => (11, 256, 110),
            Self::Q4K => (12, 256, 144),
            Self::Q5K => (13, 256, 176),
            Self::Q6K => (14, 256, 210),
        }
    }

    pub(crate) fn number(self) -> u32 {
        self.layout().0
    }

    /// Values stored together.
    pub(crate) fn block(self) -> u32 {
        self.layout().1
    }
}

/// One tensor as it must be: sides from the innermost, 1 where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tensor {
    pub(crate) shape: [u32; 3],
    pub(crate) kind: Kind,
}

impl Tensor {
    /// Its length in a file.
    pub(crate) fn bytes(&self) -> u64 {
        let (_, block, bytes) = self.kind.layout();
        self.shape.iter().map(|&side| u64::from(side)).product::<u64>() / u64::from(block) * u64::from(bytes)
    }
}

/// The tensors not yet seen.
#[derive(Debug)]
pub(crate) struct Expected(BTreeMap<String, Tensor>);

impl Expected {
    /// All tensors of a model of these sizes.
    pub(crate) fn of(sizes: &Sizes) -> Self {
        let mut all = Self(BTreeMap::new());
        let state = sizes.state;
        // Convolutions are never quantised.
        let convolution = if sizes.kind == Kind::F32 { Kind::F32 } else { Kind::F16 };
        all.add("encoder.positional_embedding", [state, sizes.audio_context, 1], Kind::F32);
        all.add("encoder.conv1.weight", [3, sizes.mels, state], convolution);
        all.add("encoder.conv1.bias", [1, state, 1], Kind::F32);
        all.add("encoder.conv2.weight", [3, state, state], convolution);
        all.add("encoder.conv2.bias", [1, state, 1], Kind::F32);
        all.norm("encoder.ln_post", state);
        all.add("decoder.positional_embedding", [state, sizes.text_context, 1], Kind::F32);
        all.add("decoder.token_embedding.weight", [state, sizes.vocabulary, 1], sizes.kind);
        all.norm("decoder.ln", state);
        for layer in 0..sizes.audio_layers {
            all.layer(&format!("encoder.blocks.{layer}"), &["attn"], sizes);
        }
        for layer in 0..sizes.text_layers {
            all.layer(&format!("decoder.blocks.{layer}"), &["attn", "cross_attn"], sizes);
        }
        all
    }

    fn layer(&mut self, layer: &str, attentions: &[&str], sizes: &Sizes) {
        let (state, kind) = (sizes.state, sizes.kind);
        self.norm(&format!("{layer}.mlp_ln"), state);
        self.add(&format!("{layer}.mlp.0.weight"), [state, 4 * state, 1], kind);
        self.add(&format!("{layer}.mlp.0.bias"), [4 * state, 1, 1], Kind::F32);
        self.add(&format!("{layer}.mlp.2.weight"), [4 * state, state, 1], kind);
        self.add(&format!("{layer}.mlp.2.bias"), [state, 1, 1], Kind::F32);
        for attention in attentions {
            self.norm(&format!("{layer}.{attention}_ln"), state);
            for part in ["query", "key", "value", "out"] {
                self.add(&format!("{layer}.{attention}.{part}.weight"), [state, state, 1], kind);
                // A bias on keys changes nothing, so Whisper has none.
                if part != "key" {
                    self.add(&format!("{layer}.{attention}.{part}.bias"), [state, 1, 1], Kind::F32);
                }
            }
        }
    }

    fn norm(&mut self, name: &str, state: u32) {
        self.add(&format!("{name}.weight"), [state, 1, 1], Kind::F32);
        self.add(&format!("{name}.bias"), [state, 1, 1], Kind::F32);
    }

    fn add(&mut self, name: &str, shape: [u32; 3], kind: Kind) {
        self.0.insert(name.to_owned(), Tensor { shape, kind });
    }

    /// Takes the tensor of that name out, the first time it is asked for.
    pub(crate) fn take(&mut self, name: &str) -> Option<Tensor> {
        self.0.remove(name)
    }

    /// The name of one that was not taken.
    pub(crate) fn first(&self) -> Option<&str> {
        self.0.keys().next().map(String::as_str)
    }

    /// How many were not taken.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}
