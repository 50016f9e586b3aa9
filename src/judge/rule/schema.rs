//! The JSON Schema of rule files, generated from the types that read them: editors complete and check with it.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::syntax::FileSyntax;
use crate::judge::hazard::Category;
use crate::read::candidate::Origin;

/// The schema, as a JSON document.
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(FileSyntax).to_value();
    schema["title"] = json!("Unspool rule file");
    schema
}

pub(super) fn category(_: &mut SchemaGenerator) -> Schema {
    let one = |category: &Category| json!({"const": category.code(), "description": category.title()});
    json_schema!({ "oneOf": Category::ALL.iter().map(one).collect::<Vec<_>>() })
}

pub(super) fn origins(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = Origin::ALL.iter().map(|origin| origin.name()).collect();
    json_schema!({ "type": "array", "items": { "enum": names } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_knows_every_key_and_refuses_others() {
        let schema = schema();
        let rule = &schema["$defs"]["RuleSyntax"];
        assert_eq!(rule["additionalProperties"], json!(false), "{schema}");
        for key in ["id", "category", "match", "unless_within", "mode", "allows", "block"] {
            assert!(!rule["properties"][key].is_null(), "{key}");
        }
        for key in ["id", "category", "why", "match", "block", "allow"] {
            assert!(rule["required"].as_array().unwrap().contains(&json!(key)), "{key}");
        }
        assert!(schema["$defs"]["PatternSyntax"]["properties"]["whole"].is_object());
    }
}
