//! OpenAI's `POST /v1/moderations`: a result for each input.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Judged, conversation};
use crate::judge::hazard::Category;
use crate::request::Request;
use crate::request::dialect::ReadLimits;

/// OpenAI's categories, and which hazards each stands for.
const CATEGORIES: [(&str, &[Category]); 13] = [
    ("harassment", &[Category::S5]),
    ("harassment/threatening", &[]),
    ("hate", &[Category::S10]),
    ("hate/threatening", &[]),
    (
        "illicit",
        &[Category::S2, Category::S6, Category::S7, Category::S8, Category::S9, Category::S13, Category::S14],
    ),
    ("illicit/violent", &[Category::S1, Category::S9]),
    ("self-harm", &[Category::S11]),
    ("self-harm/intent", &[]),
    ("self-harm/instructions", &[Category::S11]),
    ("sexual", &[Category::S3, Category::S4, Category::S12]),
    ("sexual/minors", &[Category::S4]),
    ("violence", &[Category::S1, Category::S3]),
    ("violence/graphic", &[]),
];

/// Inputs of one call.
const MOST: usize = 256;

/// Each string is judged by itself; a list of parts (text and pictures) is one input.
pub(super) fn ask(asked: &Value, limits: &ReadLimits) -> Result<Vec<Request>, String> {
    let one = |content: &Value| {
        conversation(
            &json!({"model": asked["model"].as_str(), "messages": [{"role": "user", "content": content}]}),
            limits,
        )
    };
    match &asked["input"] {
        text @ Value::String(_) => Ok(vec![one(text)?]),
        Value::Array(list) if list.is_empty() => Err("`input` is empty".into()),
        Value::Array(list) if list.len() > MOST => Err(format!("`input` has more than {MOST} entries")),
        Value::Array(list) if list.iter().all(Value::is_string) => list.iter().map(one).collect(),
        parts @ Value::Array(list) if list.iter().all(Value::is_object) => Ok(vec![one(parts)?]),
        _ => Err("`input` must be a string, a list of strings, or a list of parts".into()),
    }
}

pub(super) fn answer(asked: &Value, judged: &[Judged]) -> (StatusCode, Value) {
    let model = asked["model"].as_str().unwrap_or("unspool");
    let results: Vec<Value> = judged.iter().map(result).collect();
    let id = format!("modr-{}", uuid::Uuid::now_v7().simple());
    (StatusCode::OK, json!({"id": id, "model": model, "results": results}))
}

fn result(one: &Judged) -> Value {
    let score = |hazards: &[Category]| {
        let of = one
            .verdicts
            .iter()
            .filter(|verdict| verdict.category.is_some_and(|category| hazards.contains(&category)));
        of.map(|verdict| verdict.score).fold(0.0, f32::max)
    };
    let flagged = one.refusal.is_some();
    let decided = |hazards: &[Category]| {
        flagged && one.decision.category.is_some_and(|category| hazards.contains(&category))
    };
    let (mut categories, mut scores, mut types) = (Map::new(), Map::new(), Map::new());
    for (name, hazards) in CATEGORIES {
        categories.insert(name.into(), decided(hazards).into());
        let least = if decided(hazards) { one.score() } else { 0.0 };
        scores.insert(name.into(), score(hazards).max(least).into());
        types.insert(name.into(), json!(["text"]));
    }
    json!({"flagged": flagged, "categories": categories, "category_scores": scores, "category_applied_input_types": types})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hazard_has_a_category() {
        for category in Category::ALL {
            assert!(CATEGORIES.iter().any(|(_, hazards)| hazards.contains(&category)), "{category:?}");
        }
    }

    #[test]
    fn inputs_are_strings_or_parts() {
        let limits = ReadLimits::default();
        let count = |input: Value| ask(&json!({"input": input}), &limits).map(|requests| requests.len());
        assert_eq!(count(json!("bake bread")), Ok(1));
        assert_eq!(count(json!(["bake bread", "eat it"])), Ok(2));
        assert_eq!(
            count(json!([{"type": "text", "text": "bake"}, {"type": "text", "text": "bread"}])),
            Ok(1)
        );
        assert!(count(json!([])).is_err() && count(json!(5)).is_err() && count(json!(["a", 5])).is_err());
    }
}
