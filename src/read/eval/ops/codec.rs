//! Encodings: undone and applied by the decoders that the caller brings; JSON text becomes a value here.

use std::rc::Rc;

use crate::read::ir::Codec;
use crate::read::ir::Op;

use super::super::machine::Eval;
use super::super::machine::Machine;
use super::super::make::as_text;
use super::super::value::Blob;
use super::super::value::Trace;
use super::super::value::Value;

/// The most bytes of JSON text that become a value.
const MOST_JSON: usize = 64 << 10;

impl Machine<'_, '_> {
    pub(super) fn decode(&mut self, codec: Codec, value: &Value) -> Eval {
        match codec {
            Codec::Utf8 => self.plain(value),
            Codec::Json => self.json(value),
            _ => self.recode(codec, value, true),
        }
    }

    pub(super) fn encode(&mut self, codec: Codec, value: &Value) -> Eval {
        match codec {
            Codec::Utf8 => Ok(value.clone()),
            Codec::Json => {
                let text = self.render(value)?;
                self.made(text)
            }
            _ => self.recode(codec, value, false),
        }
    }

    fn recode(&mut self, codec: Codec, value: &Value, undo: bool) -> Eval {
        let (bytes, trace) = self.bytes_of(value)?;
        let run = if undo { self.codecs.decode } else { self.codecs.encode };
        self.spend(bytes.len() / 8)?;
        let Some(out) = run(codec, &bytes, self.budget) else {
            return Ok(value.clone());
        };
        self.spend_bytes(out.len() + 64)?;
        let trace = trace.then(if undo { step(codec) } else { "encoded" });
        match String::from_utf8(out) {
            Ok(text) => self.text(text, trace),
            Err(error) => Ok(Value::Bytes(Rc::new(Blob { bytes: error.into_bytes(), trace, number: false }))),
        }
    }

    /// A value as bytes: lists of byte values too.
    fn bytes_of(&mut self, value: &Value) -> Eval<(Vec<u8>, Trace)> {
        if let Value::Bytes(blob) = value.first() {
            self.spend_bytes(blob.bytes.len())?;
            return Ok((blob.bytes.clone(), blob.trace.clone()));
        }
        if let Some(items) = value.as_ref().and_then(|at| self.heap.list(at)).map(|list| &list.items) {
            let bytes: Option<Vec<u8>> = items
                .iter()
                .map(|item| match item {
                    // Bytes may have a sign.
                    Value::Int(n @ -128..=255) => u8::try_from(n & 0xff).ok(),
                    _ => None,
                })
                .collect();
            if let Some(bytes) = bytes {
                self.spend_bytes(bytes.len())?;
                return Ok((bytes, Trace::default()));
            }
        }
        let text = self.render(value)?;
        Ok((text.s.into_bytes(), text.trace))
    }

    fn plain(&mut self, value: &Value) -> Eval {
        let list = value.as_ref().and_then(|at| self.heap.list(at));
        let listed = list.is_some();
        let characters =
            |item: &Value| matches!(item, Value::Text(_)) || matches!(item, Value::Int(n) if *n > 255);
        if list.is_some_and(|list| list.items.iter().any(characters)) {
            return self.apply(Op::Chr, None, vec![value.clone()], &[]);
        }
        if !listed && !matches!(value.first(), Value::Bytes(_)) {
            return Ok(value.clone());
        }
        let (bytes, trace) = self.bytes_of(value)?;
        self.text(as_text(&bytes), trace.then("bytes as text"))
    }

    fn json(&mut self, value: &Value) -> Eval {
        let text = self.render(value)?;
        if text.s.len() > MOST_JSON {
            return Ok(value.clone());
        }
        self.spend(text.s.len())?;
        let parsed = serde_json::from_str(&text.s).or_else(|_| serde_json::from_str(&from_literal(&text.s)));
        match parsed {
            Ok(json) => self.json_value(json, &text.trace),
            Err(_) => Ok(value.clone()),
        }
    }

    /// A JSON value as a value. Its depth is what the parser allows, 128.
    fn json_value(&mut self, json: serde_json::Value, trace: &Trace) -> Eval {
        self.spend(1)?;
        match json {
            serde_json::Value::Null => Ok(Value::Null),
            serde_json::Value::Bool(b) => Ok(Value::Bool(b)),
            serde_json::Value::Number(n) => Ok(n
                .as_i64()
                .map(Value::Int)
                .or_else(|| n.as_f64().map(Value::Float))
                .unwrap_or(Value::Unknown)),
            serde_json::Value::String(s) => self.text(s, trace.clone()),
            serde_json::Value::Array(items) => {
                let items: Eval<Vec<Value>> =
                    items.into_iter().map(|item| self.json_value(item, trace)).collect();
                self.list(items?)
            }
            serde_json::Value::Object(entries) => {
                let mut pairs = Vec::new();
                for (key, value) in entries {
                    pairs.push((self.text(key, trace.clone())?, self.json_value(value, trace)?));
                }
                self.map(pairs)
            }
        }
    }
}

/// What undoing an encoding is called in a report.
fn step(codec: Codec) -> &'static str {
    match codec {
        Codec::Base64 => "base64 decoded",
        Codec::Base32 => "base32 decoded",
        Codec::Base85 => "base85 decoded",
        Codec::Hex => "hex decoded",
        Codec::Rot13 => "rot13 decoded",
        Codec::Url => "percent decoded",
        Codec::Html => "entities decoded",
        Codec::Escape => "escapes decoded",
        Codec::Deflate => "inflated",
        Codec::Utf8 | Codec::Json => "decoded",
    }
}

/// A literal with single quotes and capitalised constants, as JSON.
fn from_literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quote = None;
    let mut word = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match quote {
            None if c.is_alphabetic() => {
                word.push(c);
                continue;
            }
            None => {
                flush(&mut word, &mut out);
                if c == '\'' || c == '"' {
                    quote = Some(c);
                    out.push('"');
                } else {
                    out.push(match c {
                        '(' => '[',
                        ')' => ']',
                        other => other,
                    });
                }
            }
            Some(open) if c == open => {
                quote = None;
                out.push('"');
            }
            Some(_) if c == '\\' => match chars.next() {
                Some('\'') => out.push('\''),
                Some(next) => out.extend(['\\', next]),
                None => {}
            },
            Some(_) if c == '"' => out.push_str("\\\""),
            Some(_) => out.push(c),
        }
    }
    flush(&mut word, &mut out);
    out
}

fn flush(word: &mut String, out: &mut String) {
    out.push_str(match word.as_str() {
        "None" => "null",
        "True" => "true",
        "False" => "false",
        other => other,
    });
    word.clear();
}
