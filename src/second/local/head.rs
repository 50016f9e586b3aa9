//! The head of a sentence-embedding model: a small network over its vectors, as JSON that says itself what it is.
//!
//! ```json
//! {"unspool_head": 1, "model": "SHA-256 of model.safetensors", "measured_beside": "version of the embedded model",
//!  "layers": [{"weights": [[…]], "bias": […]}, …], "weight": 0.5, "thresholds": {"block": …, "flag": …, "per_doubling": …},
//!  "seed": 7, "rows": 25000}
//! ```
//!
//! A layer has a row of weights an output; between layers all that is below zero becomes zero; the one output of the last is the
//! log-odds of harm. Decisions weigh them with the log-odds of the embedded model (`weight` is the head's share) by thresholds that
//! were measured on such means.

use crate::judge::classify::model::Thresholds;

/// The format this build reads.
pub const FORMAT: u32 = 1;
/// The largest layer.
const LARGEST: usize = 1 << 14;

/// One layer.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// A row an output.
    pub weights: Vec<Vec<f32>>,
    /// A number an output.
    pub bias: Vec<f32>,
}

/// A head.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The format's number.
    pub unspool_head: u32,
    /// The SHA-256 of the weights it was fitted for.
    pub model: String,
    /// The version of the embedded model its thresholds were measured beside.
    pub measured_beside: String,
    /// The layers.
    pub layers: Vec<Layer>,
    /// Its share beside the embedded model.
    pub weight: f32,
    /// Where the mean of both becomes a flag or a block.
    pub thresholds: Thresholds,
    /// What it was fitted with: the same rows and seed give the same head.
    pub seed: u64,
    /// Rows it was fitted on.
    pub rows: usize,
}

impl Head {
    /// Reads a head.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let head: Head = serde_json::from_str(text).map_err(|error| format!("is no head: {error}"))?;
        if head.unspool_head != FORMAT {
            return Err(format!("has format {}; this build reads {FORMAT}", head.unspool_head));
        }
        let mut inputs = head.inputs();
        for layer in &head.layers {
            let fits = layer.weights.len() == layer.bias.len()
                && layer.weights.iter().all(|row| row.len() == inputs)
                && (1..=LARGEST).contains(&layer.bias.len());
            if !fits {
                return Err("has layers that do not fit together".into());
            }
            inputs = layer.bias.len();
        }
        if head.layers.is_empty() || inputs != 1 || !(0.0..=1.0).contains(&head.weight) {
            return Err("must end in one number, and its weight lie between 0 and 1".into());
        }
        Ok(head)
    }

    /// Numbers of a vector it takes.
    pub fn inputs(&self) -> usize {
        self.layers.first().and_then(|layer| layer.weights.first()).map_or(0, Vec::len)
    }

    /// The probability of harm.
    pub fn probability(&self, vector: &[f32]) -> f32 {
        let last = self.layers.len().saturating_sub(1);
        let mut numbers = vector.to_vec();
        for (at, layer) in self.layers.iter().enumerate() {
            let unit = |(row, bias): (&Vec<f32>, &f32)| {
                let sum: f32 = row.iter().zip(&numbers).map(|(weight, number)| weight * number).sum();
                if at < last { (sum + bias).max(0.0) } else { sum + bias }
            };
            numbers = layer.weights.iter().zip(&layer.bias).map(unit).collect();
        }
        1.0 / (1.0 + (-numbers.first().copied().unwrap_or(f32::NEG_INFINITY)).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        Head {
            unspool_head: FORMAT,
            model: "abc".into(),
            measured_beside: "def".into(),
            layers: vec![
                Layer { weights: vec![vec![1.0, 0.0], vec![0.0, 1.0]], bias: vec![0.0, -1.0] },
                Layer { weights: vec![vec![1.0, 2.0]], bias: vec![-2.0] },
            ],
            weight: 0.5,
            thresholds: Thresholds::from_blocks([[0.9; 5]; 4], 0.2),
            seed: 7,
            rows: 2,
        }
    }

    #[test]
    fn a_head_is_read_as_written_and_reckons() {
        let text = serde_json::to_string(&head()).unwrap();
        let read = Head::from_json(&text).unwrap();
        assert_eq!(read, head());
        assert!((read.probability(&[2.0, 0.0]) - 0.5).abs() < 1e-6);
        assert!((read.probability(&[0.0, 3.0]) - 0.8808).abs() < 1e-3);
        assert!(read.probability(&[-5.0, -5.0]) < 0.2);
    }

    #[test]
    fn a_head_that_does_not_fit_together_is_refused() {
        type Change = fn(&mut Head);
        let changes: [(Change, &str); 5] = [
            (|head| head.unspool_head = 2, "format 2"),
            (|head| head.layers.clear(), "one number"),
            (|head| head.layers[1].weights[0].push(1.0), "fit together"),
            (|head| head.layers[0].bias.push(1.0), "fit together"),
            (|head| head.weight = 1.5, "between 0 and 1"),
        ];
        for (change, word) in changes {
            let mut head = head();
            change(&mut head);
            let error = Head::from_json(&serde_json::to_string(&head).unwrap()).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
        assert!(Head::from_json("{}").unwrap_err().contains("no head"));
    }
}
