//! A model from a folder in the layout of Hugging Face (`config.json`, `tokenizer.json`, `model.safetensors`), on the CPU: a
//! BERT sequence classifier as it is, or a sentence-embedding model with a head that `unspool train --second` fits.
//!
//! It needs the cargo feature `local-model`. Without it a folder is refused with a word on how to build one that can.

#[cfg(feature = "local-model")]
mod bert;
pub mod head;
#[cfg(not(feature = "local-model"))]
#[path = "without.rs"]
mod bert;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use self::bert::Bert;
use self::head::Head;
use crate::judge::second::{Counts, Said};

/// The head's file, unless a config names another.
pub const HEAD: &str = "unspool-head.json";

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct LocalError {
    path: String,
    reason: String,
}

impl LocalError {
    fn new(path: &Path, reason: impl fmt::Display) -> Self {
        LocalError { path: path.display().to_string(), reason: reason.to_string() }
    }
}

/// A model and how its numbers are read.
#[derive(Debug)]
pub struct Local {
    folder: PathBuf,
    bert: Bert,
    reading: Reading,
    version: Arc<str>,
}

#[derive(Debug)]
enum Reading {
    /// Embeddings through a head.
    Head(Box<Head>),
    /// Logits of a classifier: the labels that mean harm, and whether several labels may hold at once.
    Labels { harmful: Vec<usize>, several: bool },
    /// Embeddings, for fitting a head.
    Bare,
}

/// The part of `config.json` that says what a classifier's outputs mean.
#[derive(Debug, serde::Deserialize)]
struct Written {
    #[serde(default)]
    architectures: Vec<String>,
    #[serde(default)]
    id2label: std::collections::BTreeMap<String, String>,
    problem_type: Option<String>,
}

impl Local {
    /// Opens a folder. `head` names another head file; `labels` are those of a classifier that mean harm.
    ///
    /// # Errors
    /// When a file is missing, damaged or does not fit the others, or this build has no local models.
    pub fn open(folder: &Path, head: Option<&Path>, labels: &[String]) -> Result<Self, LocalError> {
        let written = written(folder)?;
        if written.architectures.iter().any(|name| name.ends_with("ForSequenceClassification")) {
            let (harmful, outputs) = written.harmful(labels).map_err(|why| LocalError::new(folder, why))?;
            let several = written.problem_type.as_deref() == Some("multi_label_classification");
            let read = Reading::Labels { harmful, several };
            return Local::new(folder, Some(outputs), &format!("{labels:?}"), |_| Ok(read));
        }
        let path = head.map_or_else(|| folder.join(HEAD), Path::to_path_buf);
        let text = fs::read_to_string(&path).map_err(|error| {
            LocalError::new(
                &path,
                format!("{error}; `unspool train --second {}` makes one", folder.display()),
            )
        })?;
        Local::new(folder, None, &text, |model| {
            let head = Head::from_json(&text).map_err(|why| LocalError::new(&path, why))?;
            if head.model != model {
                return Err(LocalError::new(&path, "was fitted for another model.safetensors; fit it again"));
            }
            Ok(Reading::Head(Box::new(head)))
        })
    }

    /// Opens a folder to fit a head for it.
    ///
    /// # Errors
    /// As [`Local::open`].
    pub fn bare(folder: &Path) -> Result<Self, LocalError> {
        Local::new(folder, None, "", |_| Ok(Reading::Bare))
    }

    fn new(
        folder: &Path,
        outputs: Option<usize>,
        read_by: &str,
        reading: impl FnOnce(&str) -> Result<Reading, LocalError>,
    ) -> Result<Self, LocalError> {
        let weights = folder.join("model.safetensors");
        let bytes = fs::read(&weights).map_err(|error| LocalError::new(&weights, error))?;
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
        let reading = reading(&hash)?;
        let bert = Bert::open(folder, bytes, outputs)?;
        let version = Sha256::digest(format!("{hash} {read_by}"));
        let version = data_encoding::HEXLOWER.encode(&version[..6]).into();
        let local = Local { folder: folder.to_path_buf(), bert, reading, version };
        if let Reading::Head(head) = &local.reading {
            let found = local.embed(&["describe how to bake rye bread"])?;
            if found.iter().flatten().any(|vector| vector.len() != head.inputs()) {
                return Err(LocalError::new(
                    folder,
                    "the head takes vectors of another length; fit it again",
                ));
            }
        }
        Ok(local)
    }

    /// The hash of weights and head, shortened.
    pub fn version(&self) -> &Arc<str> {
        &self.version
    }

    /// The hash of the weights.
    ///
    /// # Errors
    /// When they cannot be read any more.
    pub fn model_hash(&self) -> Result<String, LocalError> {
        let weights = self.folder.join("model.safetensors");
        let bytes = fs::read(&weights).map_err(|error| LocalError::new(&weights, error))?;
        Ok(data_encoding::HEXLOWER.encode(&Sha256::digest(bytes)))
    }

    /// How a head's scores count: with the share and thresholds that were measured when it was fitted.
    pub fn counts(&self) -> Option<Counts> {
        match &self.reading {
            Reading::Head(head) => Some(Counts::Weigh { weight: head.weight, thresholds: head.thresholds }),
            Reading::Labels { .. } | Reading::Bare => None,
        }
    }

    /// The embedded model that a head's thresholds were measured beside.
    pub fn measured_beside(&self) -> Option<&str> {
        match &self.reading {
            Reading::Head(head) => Some(&head.measured_beside),
            Reading::Labels { .. } | Reading::Bare => None,
        }
    }

    /// The unit vectors of each text, one a window of it.
    ///
    /// # Errors
    /// When the model does not fit its own config.
    pub fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<Vec<f32>>>, LocalError> {
        self.bert.run(texts).map_err(|error| LocalError::new(&self.folder, error))
    }

    /// What it says of each text: of a long one, of its worst window.
    ///
    /// # Errors
    /// As [`Local::embed`].
    pub fn score(&self, texts: &[&str]) -> Result<Vec<Said>, LocalError> {
        let score = |numbers: &Vec<f32>| match &self.reading {
            Reading::Head(head) => head.probability(numbers),
            Reading::Labels { harmful, several } => read(numbers, harmful, *several),
            Reading::Bare => 0.0,
        };
        let said = |windows: Vec<Vec<f32>>| Said {
            score: windows.iter().map(score).fold(0.0, f32::max),
            category: None,
        };
        Ok(self.embed(texts)?.into_iter().map(said).collect())
    }
}

fn written(folder: &Path) -> Result<Written, LocalError> {
    let path = folder.join("config.json");
    let text = fs::read_to_string(&path).map_err(|error| LocalError::new(&path, error))?;
    serde_json::from_str(&text).map_err(|error| LocalError::new(&path, error))
}

impl Written {
    /// The outputs that mean harm, and how many there are in all.
    fn harmful(&self, labels: &[String]) -> Result<(Vec<usize>, usize), String> {
        let outputs = self.id2label.len().max(1);
        let known: Vec<&str> = self.id2label.values().map(String::as_str).collect();
        if labels.is_empty() {
            return match outputs {
                1 => Ok((vec![0], 1)),
                2 => Ok((vec![1], 2)),
                _ => Err(format!("say in `labels` which of {known:?} mean harm")),
            };
        }
        let place = |label: &String| {
            let named = self.id2label.iter().find(|(_, name)| name.eq_ignore_ascii_case(label));
            let at = named.and_then(|(at, _)| at.parse().ok()).filter(|at| *at < outputs);
            at.ok_or_else(|| format!("has no label {label:?}; it has {known:?}"))
        };
        Ok((labels.iter().map(place).collect::<Result<_, _>>()?, outputs))
    }
}

/// The probability of the harmful labels.
fn read(logits: &[f32], harmful: &[usize], several: bool) -> f32 {
    let sigmoid = |z: f32| 1.0 / (1.0 + (-z).exp());
    let of = |at: &usize| logits.get(*at).copied().unwrap_or(f32::NEG_INFINITY);
    if several || logits.len() == 1 {
        return harmful.iter().map(of).map(sigmoid).fold(0.0, f32::max);
    }
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let all: f32 = logits.iter().map(|z| (z - top).exp()).sum();
    harmful.iter().map(of).map(|z| (z - top).exp()).sum::<f32>() / all
}

#[cfg(test)]
mod tests;
