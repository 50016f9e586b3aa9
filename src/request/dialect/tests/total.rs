//! A dialect labels; it never hides.

use proptest::prelude::*;

use super::super::DIALECTS;
use super::super::Dialect;
use super::super::ReadLimits;
use super::super::read;
use crate::request::span::Slot;
use crate::request::span::TextSpan;
use bytes::Bytes;

/// A JSON document of the fields a dialect knows (and others), in any order and at any depth.
fn document(dialect: &'static Dialect) -> impl Strategy<Value = serde_json::Value> {
    let mut keys: Vec<&str> = dialect.fields.iter().copied().flatten().map(|field| field.key).collect();
    keys.extend([
        "data",
        "source",
        "file_data",
        "bytes",
        "url",
        "media_type",
        "parameters",
        "unheard_of",
        "a/b",
    ]);
    const WORDS: &[&str] = &[
        "bake bread",
        "user",
        "tool",
        "base64",
        "data:,x",
        "YmFrZSBicmVhZCBhbmQgcnll",
        "iVBORw0KGgoAAAANSUhEUg==",
        "data:text/plain;base64,YmFrZQ==",
        "{\"a\":\"\\u0062ake\"}",
        "[INST] a [/INST]",
        "",
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<u16>().prop_map(Into::into),
        prop::sample::select(WORDS).prop_map(|word| word.to_owned().into()),
        "[a-z =/+\\\\A-Z0-9]{0,80}".prop_map(Into::into),
    ];
    let inner = leaf.prop_recursive(6, 48, 6, move |inner| {
        let key = prop::sample::select(keys.clone()).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map(key, inner, 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    });
    inner.prop_map(|value| if value.is_object() { value } else { serde_json::json!({ "messages": value }) })
}

/// Every string of a value with its pointer: leaves, and keys under the pointer of their member.
fn strings(value: &serde_json::Value, pointer: &str, found: &mut Vec<(String, String, bool)>) {
    match value {
        serde_json::Value::String(text) => found.push((pointer.to_owned(), text.clone(), false)),
        serde_json::Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                strings(item, &format!("{pointer}/{at}"), found);
            }
        }
        serde_json::Value::Object(members) => {
            for (key, member) in members {
                let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                found.push((pointer.clone(), key.clone(), true));
                strings(member, &pointer, found);
            }
        }
        _ => {}
    }
}

fn nothing_is_hidden(dialect: &'static Dialect, value: &serde_json::Value) -> Result<(), TestCaseError> {
    let body = Bytes::from(value.to_string());
    let request = match read(dialect, body.clone(), &ReadLimits::default()) {
        Ok(request) => request,
        Err(why) => return Err(TestCaseError::fail(format!("{}: {why}", dialect.name))),
    };
    prop_assert_eq!(&request.body, &body);
    let mut expected = Vec::new();
    strings(value, "", &mut expected);
    for (pointer, text, is_key) in expected {
        let here: Vec<&TextSpan> = request
            .spans
            .iter()
            .filter(|span| span.pointer == pointer && (span.slot == Slot::Key) == is_key)
            .collect();
        let raw = |span: &&&TextSpan| {
            serde_json::from_slice::<String>(&body[span.bytes.clone()]).ok() == Some(text.clone())
        };
        let own: Vec<&&TextSpan> = here.iter().filter(raw).collect();
        prop_assert!(!own.is_empty(), "{}: {pointer} is no span", dialect.name);
        let read = own.iter().any(|span| span.text == text);
        let decoded = own.iter().any(|span| !span.text.is_empty());
        let counted = request.unread.iter().any(|unread| unread.pointer == pointer);
        prop_assert!(read || decoded || counted, "{}: {pointer} ({text:?}) is hidden", dialect.name);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_dialect_hides_a_string(values in DIALECTS.iter().map(|dialect| document(dialect)).collect::<Vec<_>>()) {
        for (dialect, value) in DIALECTS.iter().zip(&values) {
            nothing_is_hidden(dialect, value)?;
        }
    }
}
