//! One labelled row, whatever file it came from.

use serde_json::Map;
use serde_json::Value;

/// What a row's author says of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// Should be blocked.
    Harmful,
    /// Should pass.
    Benign,
}

/// How sets spell their labels.
const SPELLINGS: [(&str, Label); 10] = [
    ("harmful", Label::Harmful),
    ("unsafe", Label::Harmful),
    ("malicious", Label::Harmful),
    ("true", Label::Harmful),
    ("1", Label::Harmful),
    ("benign", Label::Benign),
    ("safe", Label::Benign),
    ("harmless", Label::Benign),
    ("false", Label::Benign),
    ("0", Label::Benign),
];

impl Label {
    /// The label spelled so, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        SPELLINGS.iter().find(|(spelling, _)| spelling.eq_ignore_ascii_case(name.trim())).map(|row| row.1)
    }

    /// `harmful` or `benign`.
    pub fn name(self) -> &'static str {
        match self {
            Label::Harmful => "harmful",
            Label::Benign => "benign",
        }
    }
}

/// One labelled text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The set's own id, if it has one.
    pub id: Option<String>,
    /// What should happen to it.
    pub label: Label,
    /// What arrives on the wire.
    pub text: String,
    /// What a correct reassembly yields, if the set says so.
    pub plain: Option<String>,
    /// The kind of wrapper, if the set says so.
    pub template: Option<String>,
    /// The kind of harm, if the set says so.
    pub category: Option<String>,
    /// The natural language, if the set says so.
    pub language: Option<String>,
    /// False for rows a default policy need not block; they are counted apart.
    pub core: bool,
}

/// Which fields hold what, where a set does not use the usual names.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    /// The text's field; otherwise the first of [`TEXT`] a row has.
    pub text: Option<String>,
    /// The label's field; otherwise `label`.
    pub label: Option<String>,
    /// The label of rows that carry none.
    pub unlabelled: Option<Label>,
}

/// Fields that hold the text, the wire form first.
pub const TEXT: [&str; 2] = ["prompt", "text"];
/// How the wire form's field starts in CodeAttack's own files: `code_wrapped_plain_attack`, `code_wrapped_python_stack` …
const WRAPPED: &str = "code_wrapped_";
/// Fields that hold what the text says in clear.
const PLAIN: [&str; 2] = ["plain_attack", "plain"];
/// Fields that name the natural language.
const LANGUAGE: [&str; 2] = ["lang", "language"];
/// The field whose presence makes a row one of the published CodeAttack set, harmful throughout.
const PUBLISHED: &str = "plain_attack";

impl Row {
    /// A row that is only a text and its label.
    #[cfg(test)]
    pub(crate) fn of(label: Label, text: &str) -> Self {
        let text = text.to_owned();
        Row { id: None, label, text, plain: None, template: None, category: None, language: None, core: true }
    }

    /// Reads one row of a set.
    ///
    /// # Errors
    /// What the row lacks, in words.
    pub fn from_fields(row: &Map<String, Value>, fields: &Fields) -> Result<Self, String> {
        let text = match &fields.text {
            Some(name) => string(row, name).ok_or_else(|| format!("no text field `{name}`"))?,
            None => wrapped(row).or_else(|| first(row, &TEXT)).ok_or("no `prompt` or `text`")?,
        };
        Ok(Row {
            id: row.get("id").and_then(scalar),
            label: label_of(row, fields)?,
            text,
            plain: first(row, &PLAIN),
            template: string(row, "template"),
            category: string(row, "category"),
            language: first(row, &LANGUAGE),
            core: !matches!(row.get("core").and_then(scalar).as_deref(), Some("false" | "False" | "0")),
        })
    }
}

fn label_of(row: &Map<String, Value>, fields: &Fields) -> Result<Label, String> {
    let name = fields.label.as_deref().unwrap_or("label");
    match row.get(name).and_then(scalar) {
        Some(written) => {
            Label::from_name(&written).ok_or_else(|| format!("`{name}` is neither harmful nor benign"))
        }
        None if row.contains_key(PUBLISHED) => Ok(Label::Harmful),
        None => {
            fields.unlabelled.ok_or_else(|| format!("no `{name}`; name one for the whole set with --label"))
        }
    }
}

/// The wire form in a row of CodeAttack's own files.
fn wrapped(row: &Map<String, Value>) -> Option<String> {
    row.iter()
        .find(|(name, _)| name.starts_with(WRAPPED))
        .and_then(|(_, text)| text.as_str())
        .map(str::to_owned)
}

fn first(row: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| string(row, name))
}

fn string(row: &Map<String, Value>, name: &str) -> Option<String> {
    row.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// A string, number or boolean as text: ids are often numbers, labels often 0 and 1.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
