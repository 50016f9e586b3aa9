//! What a caller of the stand-in model wants back: words, JSON of a schema, or a tool called.

use serde_json::Value;
use serde_json::map::Map;

use crate::request::dialect::Call;
use crate::serve::proxy::judging::Asked;

/// A body longer than this is answered without a look into it.
const LOOKED_AT: usize = 1 << 20;
/// A schema is followed so deep.
const DEPTH: usize = 12;

/// What is wanted back.
#[derive(Debug)]
pub(super) struct Wish {
    /// The words.
    pub(super) text: String,
    /// The tool to call instead.
    pub(super) call: Option<Call>,
    /// Whether a stream is to end with token counts.
    pub(super) usage: bool,
    /// The body, if it is JSON and no giant.
    pub(super) body: Value,
}

/// Reads the wish from a body.
pub(super) fn wish(body: &[u8], asked: &Asked) -> Wish {
    let short = body.get(..body.len().min(LOOKED_AT)).filter(|_| body.len() <= LOOKED_AT).unwrap_or_default();
    let body: Value = serde_json::from_slice(short).unwrap_or_default();
    let text = match schema(&body) {
        Some(schema) => instance(schema, schema, &asked.said, 0).to_string(),
        None => format!("You said: {}", asked.said),
    };
    let usage = body.pointer("/stream_options/include_usage") == Some(&Value::Bool(true));
    Wish { text, call: call(&body, asked), usage, body }
}

/// The schema of the answer, where JSON is asked for.
fn schema(body: &Value) -> Option<&Value> {
    const PLACES: &[&str] = &[
        "/response_format/json_schema/schema",
        "/response_format/schema",
        "/text/format/schema",
        "/output_config/format/schema",
        "/output_format/schema",
        "/generationConfig/responseSchema",
        "/generationConfig/responseJsonSchema",
        "/generationConfig/response_schema",
    ];
    let says_json = |place: &str| {
        let kind = body.pointer(place).and_then(Value::as_str);
        kind.is_some_and(|kind| kind.contains("json"))
    };
    let found = PLACES.iter().find_map(|place| body.pointer(place));
    let format = body.get("format").filter(|format| format.is_object());
    let plain =
        ["/response_format/type", "/text/format/type", "/format", "/generationConfig/responseMimeType"];
    found.or(format).or_else(|| plain.iter().any(|place| says_json(place)).then_some(&Value::Null))
}

/// The least value that a schema takes, its strings being what was said.
fn instance(root: &Value, schema: &Value, said: &str, depth: usize) -> Value {
    if depth > DEPTH {
        return Value::Null;
    }
    let again = |inner: &Value| instance(root, inner, said, depth + 1);
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        return root.pointer(name.trim_start_matches('#')).map_or(Value::Null, again);
    }
    if let Some(first) = schema.get("enum").and_then(|all| all.get(0)) {
        return first.clone();
    }
    if let Some(inner) = ["anyOf", "oneOf", "allOf"].iter().find_map(|key| schema.get(key)?.get(0)) {
        return again(inner);
    }
    let kind = schema.get("type").map(|kind| kind.get(0).unwrap_or(kind));
    match kind.and_then(Value::as_str).unwrap_or("object").to_ascii_lowercase().as_str() {
        "string" => Value::from(said),
        "integer" | "number" => Value::from(1),
        "boolean" => Value::from(true),
        "array" => schema
            .get("items")
            .map_or_else(|| Value::from(Vec::<Value>::new()), |item| vec![again(item)].into()),
        "null" => Value::Null,
        _ => match schema.get("properties").and_then(Value::as_object) {
            Some(members) => {
                members.iter().map(|(key, inner)| (key.clone(), again(inner))).collect::<Map<_, _>>().into()
            }
            None if depth == 0 => serde_json::json!({ "said": said }),
            None => Value::Object(Map::new()),
        },
    }
}

/// The tool to call: the one demanded, or one that what was said names. Never after a tool has answered.
fn call(body: &Value, asked: &Asked) -> Option<Call> {
    let tools = tools(body);
    let demanded = demanded(body);
    let named =
        |name: &str| demanded.as_deref() == Some(name) || (demanded.is_none() && asked.said.contains(name));
    let (name, schema) = match demanded.as_deref() {
        _ if asked.by_tool => return None,
        Some("") => tools.first()?,
        _ => tools.iter().find(|(name, _)| named(name))?,
    };
    let arguments = instance(schema, schema, &asked.said, 1);
    Some(Call { name: (*name).to_owned(), arguments })
}

/// The name of the tool that must be called; empty if any will do.
fn demanded(body: &Value) -> Option<String> {
    let choice = body.get("tool_choice").or_else(|| body.pointer("/toolConfig/toolChoice"));
    let mode = ["/toolConfig/functionCallingConfig/mode", "/tool_config/function_calling_config/mode"];
    let mode = mode.iter().find_map(|place| body.pointer(place));
    let word = |value: &Value| value.as_str().map(str::to_ascii_lowercase);
    if let Some("any" | "required") = choice.or(mode).and_then(word).as_deref() {
        return Some(String::new());
    }
    let choice = choice.filter(|choice| choice.is_object())?;
    if choice.get("any").is_some() || choice.get("type").and_then(Value::as_str) == Some("any") {
        return Some(String::new());
    }
    let name = ["/function/name", "/name", "/tool/name"].iter().find_map(|place| choice.pointer(place));
    name.and_then(Value::as_str).map(str::to_owned)
}

/// Names and schemas of the tools, in whatever form the API lists them.
fn tools(body: &Value) -> Vec<(&str, &Value)> {
    let lists = [body.get("tools"), body.pointer("/toolConfig/tools")];
    let mut found = Vec::new();
    for tool in lists.into_iter().flatten().filter_map(Value::as_array).flatten() {
        let declared = ["functionDeclarations", "function_declarations"].iter().find_map(|key| tool.get(key));
        let several =
            declared.and_then(Value::as_array).map_or_else(|| vec![tool], |list| list.iter().collect());
        for tool in several {
            let tool = ["function", "toolSpec"].iter().find_map(|key| tool.get(key)).unwrap_or(tool);
            let Some(name) = tool.get("name").and_then(Value::as_str) else { continue };
            let places = [
                "/parameters",
                "/input_schema",
                "/inputSchema/json",
                "/parametersJsonSchema",
                "/parameter_definitions",
            ];
            let schema = places.iter().find_map(|place| tool.pointer(place)).unwrap_or(&Value::Null);
            found.push((name, schema));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(body: &Value, said: &str) -> Wish {
        wish(body.to_string().as_bytes(), &Asked { said: said.to_owned(), ..Asked::default() })
    }

    #[test]
    fn tools_are_called_when_demanded_or_named() {
        let schema = json!({ "type": "object", "properties": { "heat": { "type": "integer" } } });
        let call = Some(Call { name: "oven".into(), arguments: json!({ "heat": 1 }) });
        let openai = json!([{ "type": "function", "function": { "name": "oven", "parameters": schema } }]);
        for body in [
            json!({ "tools": openai, "tool_choice": "required" }),
            json!({ "tools": openai, "tool_choice": { "type": "function", "function": { "name": "oven" } } }),
            json!({ "tools": [{ "type": "function", "name": "oven", "parameters": schema }], "tool_choice": "required" }),
            json!({ "tools": [{ "name": "oven", "input_schema": schema }], "tool_choice": { "type": "any" } }),
            json!({ "tools": [{ "functionDeclarations": [{ "name": "oven", "parameters": schema }] }],
                "toolConfig": { "functionCallingConfig": { "mode": "ANY" } } }),
            json!({ "toolConfig": { "toolChoice": { "any": {} },
                "tools": [{ "toolSpec": { "name": "oven", "inputSchema": { "json": schema } } }] } }),
        ] {
            assert_eq!(told(&body, "bread").call, call, "{body}");
        }
        assert_eq!(told(&json!({ "tools": openai }), "heat the oven").call, call);
        assert_eq!(told(&json!({ "tools": openai, "tool_choice": "auto" }), "bake bread").call, None);
        let after = Asked { by_tool: true, said: "warm".into(), ..Asked::default() };
        assert_eq!(
            wish(json!({ "tools": openai, "tool_choice": "required" }).to_string().as_bytes(), &after).call,
            None
        );
    }

    #[test]
    fn json_fits_the_schema_asked_for() {
        let schema = json!({ "type": "object", "$defs": { "a": { "type": "array", "items": { "type": "string" } } },
            "properties": { "kind": { "enum": ["rye"] }, "steps": { "$ref": "#/$defs/a" }, "hot": { "type": ["boolean", "null"] } } });
        let body =
            json!({ "response_format": { "type": "json_schema", "json_schema": { "schema": schema } } });
        let found: Value = serde_json::from_str(&told(&body, "bake").text).unwrap();
        assert_eq!(found, json!({ "kind": "rye", "steps": ["bake"], "hot": true }));
        let plain = json!({ "response_format": { "type": "json_object" } });
        assert_eq!(told(&plain, "bake").text, r#"{"said":"bake"}"#);
        let circle = json!({ "format": { "$ref": "#" } });
        assert_eq!(told(&circle, "bake").text, "null");
        assert_eq!(told(&json!({}), "bake").text, "You said: bake");
    }
}
