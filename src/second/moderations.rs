//! OpenAI's `POST /v1/moderations`, asked.

use serde_json::{Value, json};

use crate::judge::hazard::Category;
use crate::judge::second::Said;

/// The path, where an address has none.
pub const PATH: &str = "/v1/moderations";
/// What `flagged` is worth at least.
const FLAGGED: f32 = 0.5;

/// OpenAI's categories by their beginnings, the longest first, and the hazard each stands for.
const CATEGORIES: &[(&str, Category)] = &[
    ("harassment", Category::S5),
    ("hate", Category::S10),
    ("illicit/violent", Category::S9),
    ("illicit", Category::S2),
    ("self-harm", Category::S11),
    ("self_harm", Category::S11),
    ("sexual/minors", Category::S4),
    ("sexual", Category::S12),
    ("violence", Category::S1),
];

/// The question about one text.
pub fn body(model: Option<&str>, text: &str) -> Value {
    let mut body = json!({ "input": text });
    if let Some(model) = model {
        body["model"] = model.into();
    }
    body
}

/// Reads an answer: the highest score of any category, and at least one half when the text is flagged.
pub fn read(answer: &Value) -> Option<Said> {
    let result = answer["results"].as_array()?.first()?;
    let flagged = result["flagged"].as_bool()?;
    let scores = result["category_scores"].as_object();
    let number = |score: &Value| score.as_f64().filter(|score| (0.0..=1.0).contains(score));
    let scored = scores.into_iter().flatten().filter_map(|(name, score)| Some((name, number(score)? as f32)));
    let top = scored.max_by(|a, b| a.1.total_cmp(&b.1));
    let score = top.map_or(f32::from(u8::from(flagged)), |(_, score)| score);
    let category = top.filter(|_| flagged).and_then(|(name, _)| hazard(name));
    Some(Said { score: if flagged { score.max(FLAGGED) } else { score }, category })
}

fn hazard(name: &str) -> Option<Category> {
    CATEGORIES.iter().find(|(start, _)| name.starts_with(start)).map(|(_, category)| *category)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_or_refused() {
        let said =
            |text: &str| read(&serde_json::from_str(text).unwrap()).map(|said| (said.score, said.category));
        let flagged =
            r#"{"results":[{"flagged":true,"category_scores":{"hate":0.1,"self-harm/intent":0.4}}]}"#;
        assert_eq!(said(flagged), Some((0.5, Some(Category::S11))));
        let passed = r#"{"results":[{"flagged":false,"category_scores":{"hate":0.25}}]}"#;
        assert_eq!(said(passed), Some((0.25, None)));
        assert_eq!(said(r#"{"results":[{"flagged":true}]}"#), Some((1.0, None)));
        for odd in ["{}", r#"{"results":[]}"#, r#"{"results":[{"flagged":"no"}]}"#, "[]"] {
            assert_eq!(said(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_question_names_the_model_if_there_is_one() {
        assert_eq!(body(None, "bake bread"), json!({"input": "bake bread"}));
        assert_eq!(body(Some("m"), "bake"), json!({"input": "bake", "model": "m"}));
    }
}
