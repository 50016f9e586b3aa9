//! Guard models that are asked over a chat or completion endpoint: one row a family, with its words and its answers.

mod granite;
mod llama_guard;
mod shield_gemma;
mod wild_guard;

use serde_json::{Value, json};

use crate::judge::hazard::Category;
use crate::judge::second::Said;

/// How a question reaches the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// The text alone, as a user's message: the server's chat template puts the family's words around it.
    Server,
    /// Our words around the text, as a user's message: the server's chat template is a plain one.
    Message,
    /// All of it as one completion prompt: the server adds nothing.
    Raw,
}

/// One question about a text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wording {
    /// The words around the text, the text in them.
    message: String,
    /// The harm that is asked about, if it is one.
    category: Option<Category>,
}

/// What an answer says in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Spoken {
    harmful: bool,
    category: Option<Category>,
}

/// One family.
#[derive(Debug)]
pub struct Family {
    /// Its name in a config.
    pub name: &'static str,
    /// How it is asked, unless a config says otherwise.
    pub usual: Prompt,
    /// The questions that one text takes; the worst answer counts.
    wordings: fn(&str) -> Vec<Wording>,
    /// What stands before and after a message in a raw prompt. Servers put the first token themselves.
    frame: (&'static str, &'static str),
    /// Reads an answer.
    read: fn(&str) -> Option<Spoken>,
    /// The tokens that say harmful and harmless, in lower case.
    words: (&'static str, &'static str),
    /// Tokens an answer takes.
    tokens: u32,
    /// What ends a turn or a section in this family's words. A text that holds one could answer for itself.
    marks: &'static [&'static str],
}

/// The families.
pub const FAMILIES: &[Family] =
    &[llama_guard::FAMILY, wild_guard::FAMILY, shield_gemma::FAMILY, granite::FAMILY];

/// The family of this name.
pub fn named(name: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| family.name == name)
}

/// One call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The path, where the address has none.
    pub path: &'static str,
    /// What is sent.
    pub body: Value,
    /// The harm that is asked about, if it is one.
    pub category: Option<Category>,
}

impl Family {
    /// The calls that one text takes.
    pub fn calls(&self, prompt: Prompt, model: Option<&str>, logprobs: bool, text: &str) -> Vec<Call> {
        let text = self.disarmed(text);
        let wordings = match prompt {
            Prompt::Server => vec![Wording { message: text, category: None }],
            Prompt::Message | Prompt::Raw => (self.wordings)(&text),
        };
        let call = |Wording { message, category }| {
            let mut body = json!({"max_tokens": self.tokens, "temperature": 0});
            let path = if prompt == Prompt::Raw {
                body["prompt"] = format!("{}{message}{}", self.frame.0, self.frame.1).into();
                "/v1/completions"
            } else {
                body["messages"] = json!([{"role": "user", "content": message}]);
                "/v1/chat/completions"
            };
            if let Some(model) = model {
                body["model"] = model.into();
            }
            if logprobs && prompt == Prompt::Raw {
                body["logprobs"] = 5.into();
            } else if logprobs {
                (body["logprobs"], body["top_logprobs"]) = (true.into(), 5.into());
            }
            Call { path, body, category }
        };
        wordings.into_iter().map(call).collect()
    }

    /// Reads the answer to one call: what it says, as sure as its token probabilities are where there are some.
    pub fn answer(&self, call: &Call, answer: &Value) -> Option<Said> {
        let choice = answer["choices"].as_array()?.first()?;
        let text = choice["message"]["content"].as_str().or_else(|| choice["text"].as_str())?;
        let Spoken { harmful, category } = (self.read)(text)?;
        let score = self.certainty(&choice["logprobs"]).unwrap_or(if harmful { 1.0 } else { 0.0 });
        Some(Said { score, category: category.or(call.category).filter(|_| harmful) })
    }

    /// The probability of the word that says harmful, where the two words are weighed against each other.
    fn certainty(&self, logprobs: &Value) -> Option<f32> {
        let is = |token: &str, word: &str| {
            token.trim_matches(|c: char| !c.is_alphanumeric()).eq_ignore_ascii_case(word)
        };
        let place = tops(logprobs)
            .into_iter()
            .find(|(chosen, _)| is(chosen, self.words.0) || is(chosen, self.words.1))?;
        let mass = |word: &str| -> f64 {
            place.1.iter().filter(|(token, _)| is(token, word)).fold(0.0, |sum, (_, log)| sum + log.exp())
        };
        let (harmful, harmless) = (mass(self.words.0), mass(self.words.1));
        (harmful + harmless > 0.0).then(|| (harmful / (harmful + harmless)) as f32)
    }

    /// The text with the family's own marks broken up, so that it stays a text.
    fn disarmed(&self, text: &str) -> String {
        self.marks.iter().fold(text.to_owned(), |text, mark| {
            if !text.contains(mark) {
                return text;
            }
            let mut broken = mark.chars().map(String::from).collect::<Vec<_>>();
            broken.insert(1, " ".into());
            text.replace(mark, &broken.concat())
        })
    }
}

/// The tokens of an answer, each with the likeliest ones in its place: the form of chat and that of completions.
fn tops(logprobs: &Value) -> Vec<(String, Vec<(String, f64)>)> {
    if let Some(content) = logprobs["content"].as_array() {
        let pair = |one: &Value| Some((one["token"].as_str()?.to_owned(), one["logprob"].as_f64()?));
        let place = |token: &Value| {
            let chosen = pair(token)?;
            let mut all: Vec<_> =
                token["top_logprobs"].as_array().into_iter().flatten().filter_map(pair).collect();
            if all.is_empty() {
                all.push(chosen.clone());
            }
            Some((chosen.0, all))
        };
        return content.iter().filter_map(place).collect();
    }
    let (Some(tokens), Some(tops)) = (logprobs["tokens"].as_array(), logprobs["top_logprobs"].as_array())
    else {
        return Vec::new();
    };
    let all = |top: &Value| -> Vec<(String, f64)> {
        let pairs = top.as_object().into_iter().flatten();
        pairs.filter_map(|(token, log)| Some((token.clone(), log.as_f64()?))).collect()
    };
    tokens.iter().zip(tops).filter_map(|(token, top)| Some((token.as_str()?.to_owned(), all(top)))).collect()
}

/// `yes` or `no` at the start of an answer.
fn yes_or_no(text: &str) -> Option<bool> {
    let start = text.trim_start_matches(|c: char| !c.is_alphabetic()).to_ascii_lowercase();
    let word = start.split(|c: char| !c.is_alphabetic()).next()?;
    match word {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
