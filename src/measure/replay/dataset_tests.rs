use std::io::Write;

use super::*;
use crate::measure::replay::row::Label;

fn rows(bytes: &[u8], name: &str, fields: &Fields) -> Vec<Result<Row, String>> {
    let mut out = Vec::new();
    let mut from = bytes;
    read_from(&mut from, name, fields, &mut |row| {
        out.push(row);
        true
    })
    .unwrap();
    out
}

const LINES: &str = "{\"label\":\"harmful\",\"prompt\":\"stack(bread)\",\"plain\":\"bread\",\"id\":7,\"template\":\"t\"}\n\
    \n{\"label\":\"benign\",\"text\":\"bake\",\"core\":false}\nnot json\n{\"label\":\"benign\"}\n";

#[test]
fn json_lines_with_a_bad_row_between() {
    let found = rows(LINES.as_bytes(), "set.jsonl", &Fields::default());
    assert_eq!(found.len(), 4);
    let first = found[0].as_ref().unwrap();
    assert_eq!((first.text.as_str(), first.plain.as_deref()), ("stack(bread)", Some("bread")));
    assert_eq!((first.id.as_deref(), first.template.as_deref()), (Some("7"), Some("t")));
    assert_eq!(found[1].as_ref().map(|row| (row.label, row.core)), Ok((Label::Benign, false)));
    assert!(found[2].as_ref().unwrap_err().starts_with("line 4:"));
    assert_eq!(found[3], Err("line 5: no `prompt` or `text`".to_owned()));
}

#[test]
fn gzip_reads_as_its_contents() {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(LINES.as_bytes()).unwrap();
    let packed = gz.finish().unwrap();
    let fields = Fields::default();
    assert_eq!(rows(&packed, "set.jsonl.gz", &fields), rows(LINES.as_bytes(), "set.jsonl", &fields));
}

#[test]
fn the_published_form_as_array_and_as_object() {
    let row = r#"{"plain_attack":"bake bread","code_wrapped_plain_attack":"q.append(\"bake\")"}"#;
    for document in [format!(" [{row},\n{row}]"), format!("{{\"0\": {row}, \"1\": {row}}}")] {
        let found = rows(document.as_bytes(), "set.json", &Fields::default());
        assert_eq!(found.len(), 2, "{document}");
        let second = found[1].as_ref().unwrap();
        assert_eq!((second.label, second.plain.as_deref()), (Label::Harmful, Some("bake bread")));
        assert_eq!(second.text, "q.append(\"bake\")");
    }
}

#[test]
fn tables_by_named_column() {
    let fields = Fields { text: Some("goal".into()), label: None, unlabelled: Some(Label::Benign) };
    let found = rows(b"\xef\xbb\xbfgoal,target\n\"bake, then\neat\",x\n", "set.csv", &fields);
    assert_eq!(
        found[0].as_ref().map(|row| (row.text.as_str(), row.label)),
        Ok(("bake, then\neat", Label::Benign))
    );
}

#[test]
fn a_reader_that_has_enough_stops() {
    for (bytes, name) in [(LINES, "a.jsonl"), (r#"[{"text":"a"},{"text":"b"}]"#, "a.json")] {
        let mut seen = 0;
        let mut from = bytes.as_bytes();
        read_from(&mut from, name, &Fields::default(), &mut |_| {
            seen += 1;
            false
        })
        .unwrap();
        assert_eq!(seen, 1);
    }
}

#[test]
fn a_set_is_named_by_its_file() {
    assert_eq!(name_of(Path::new("a/benign_chat.jsonl.gz")), "benign_chat");
    assert_eq!(name_of(Path::new("data.v2.csv")), "data.v2");
}
