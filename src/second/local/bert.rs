//! BERT on the CPU. The only file that knows candle and the tokenizers.

use std::fmt;
use std::fs;
use std::path::Path;

use candle_core::{DType, Device, IndexOp, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};
use candle_transformers::models::bert::{BertModel, Config};
use tokenizers::{Encoding, Tokenizer, TruncationParams};

use super::LocalError;

/// Tokens of a window. Sentence models are trained on so many or fewer.
const WINDOW: usize = 128;
/// Tokens that neighbouring windows share.
const SHARED: usize = 32;
/// Windows of a text that are read.
const WINDOWS: usize = 8;
/// Windows reckoned at once.
const BATCH: usize = 8;

/// A model and its tokenizer.
pub(super) struct Bert {
    tokenizer: Tokenizer,
    model: BertModel,
    classifier: Option<Classifier>,
}

/// What stands on a sequence classifier.
struct Classifier {
    pooler: Linear,
    labels: Linear,
}

impl fmt::Debug for Bert {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Bert")
    }
}

impl Bert {
    /// Puts a model together; with `outputs` it is a classifier of so many labels.
    pub(super) fn open(folder: &Path, weights: Vec<u8>, outputs: Option<usize>) -> Result<Self, LocalError> {
        let path = folder.join("config.json");
        let text = fs::read_to_string(&path).map_err(|error| LocalError::new(&path, error))?;
        let config: Config = serde_json::from_str(&text)
            .map_err(|error| LocalError::new(&path, format!("no BERT that can be read: {error}")))?;
        let path = folder.join("tokenizer.json");
        let mut tokenizer = Tokenizer::from_file(&path).map_err(|error| LocalError::new(&path, error))?;
        let window = WINDOW.min(config.max_position_embeddings);
        let cut =
            TruncationParams { max_length: window, stride: SHARED.min(window / 4), ..Default::default() };
        tokenizer.with_truncation(Some(cut)).map_err(|error| LocalError::new(&path, error))?;
        tokenizer.with_padding(None);
        let path = folder.join("model.safetensors");
        let failed = |error: candle_core::Error| LocalError::new(&path, error);
        let vars =
            VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu).map_err(failed)?;
        let model = BertModel::load(vars.clone(), &config).map_err(failed)?;
        let size = config.hidden_size;
        let classifier = |outputs| {
            Ok(Classifier {
                pooler: linear(size, size, vars.pp("bert.pooler.dense"))?,
                labels: linear(size, outputs, vars.pp("classifier"))?,
            })
        };
        let classifier = outputs.map(classifier).transpose().map_err(failed)?;
        Ok(Bert { tokenizer, model, classifier })
    }

    /// The numbers of every window of each text: a unit vector, or a classifier's logits.
    pub(super) fn run(&self, texts: &[&str]) -> Result<Vec<Vec<Vec<f32>>>, String> {
        let encoded = self.tokenizer.encode_batch(texts.to_vec(), true).map_err(|error| error.to_string())?;
        let windows: Vec<(usize, &Encoding)> = encoded
            .iter()
            .enumerate()
            .flat_map(|(at, first)| {
                let windows = std::iter::once(first).chain(first.get_overflowing()).take(WINDOWS);
                windows.map(move |window| (at, window))
            })
            .collect();
        // Windows of a length go together: what is padded is reckoned for nothing.
        let mut order: Vec<usize> = (0..windows.len()).collect();
        order.sort_by_key(|&at| windows[at].1.len());
        let mut numbers = vec![Vec::new(); windows.len()];
        for batch in order.chunks(BATCH) {
            let ids: Vec<&[u32]> = batch.iter().map(|&at| windows[at].1.get_ids()).collect();
            let found = self.forward(&ids).map_err(|error| error.to_string())?;
            for (&at, found) in batch.iter().zip(found) {
                numbers[at] = found;
            }
        }
        let mut out = vec![Vec::new(); texts.len()];
        for ((at, _), numbers) in windows.iter().zip(numbers) {
            out[*at].push(numbers);
        }
        Ok(out)
    }

    fn forward(&self, windows: &[&[u32]]) -> candle_core::Result<Vec<Vec<f32>>> {
        let longest = windows.iter().map(|ids| ids.len()).max().unwrap_or(0).max(1);
        let shape = (windows.len(), longest);
        let padded = |pad: fn(&u32) -> u32| {
            let rows = windows.iter().flat_map(|ids| {
                ids.iter().map(pad).chain(std::iter::repeat_n(0, longest - ids.len())).collect::<Vec<u32>>()
            });
            Tensor::from_vec(rows.collect(), shape, &Device::Cpu)
        };
        let (ids, mask) = (padded(|id| *id)?, padded(|_| 1)?);
        let hidden = self.model.forward(&ids, &ids.zeros_like()?, Some(&mask))?;
        match &self.classifier {
            Some(Classifier { pooler, labels }) => {
                let first = hidden.i((.., 0))?.contiguous()?;
                labels.forward(&pooler.forward(&first)?.tanh()?)?.to_vec2()
            }
            None => {
                let mask = mask.to_dtype(DType::F32)?.unsqueeze(2)?;
                let mean = hidden.broadcast_mul(&mask)?.sum(1)?.broadcast_div(&mask.sum(1)?)?;
                let length = (mean.sqr()?.sum_keepdim(1)?.sqrt()? + 1e-12)?;
                mean.broadcast_div(&length)?.to_vec2()
            }
        }
    }
}
