//! Labelled sets as they are published: JSON Lines, one JSON array or object of rows, CSV; each gzip or not. Streamed.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::measure::lines::{LINE_CAP, Line, read_line};
use crate::measure::replay::row::{Fields, Row};

/// Takes one row, or what is wrong with it, and says whether to go on.
pub type Take<'a> = &'a mut dyn FnMut(Result<Row, String>) -> bool;

/// How a set is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Lines,
    Document,
    Table { delimiter: u8 },
}

/// Reads the set at `path` row by row into `take`; `-` is standard input. A bad row is an `Err` handed to `take`.
///
/// # Errors
/// When the file cannot be read, or is not JSON or CSV at all.
pub fn read(path: &Path, fields: &Fields, take: Take<'_>) -> io::Result<()> {
    if path == Path::new("-") {
        return read_from(&mut BufReader::new(io::stdin()), "-", fields, take);
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    read_from(&mut BufReader::with_capacity(1 << 16, File::open(path)?), &name, fields, take)
}

/// The name a set goes by in reports: its file name without the endings.
pub fn name_of(path: &Path) -> String {
    let name = path.file_name().map_or_else(|| "-".to_owned(), |name| name.to_string_lossy().into_owned());
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let ending = [".jsonl", ".ndjson", ".json", ".csv", ".tsv"].into_iter().find(|end| name.ends_with(end));
    ending.and_then(|end| name.strip_suffix(end)).unwrap_or(name).to_owned()
}

fn read_from(from: &mut dyn BufRead, name: &str, fields: &Fields, take: Take<'_>) -> io::Result<()> {
    if from.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        let mut inner = BufReader::with_capacity(1 << 16, flate2::bufread::MultiGzDecoder::new(from));
        return read_plain(&mut inner, name.strip_suffix(".gz").unwrap_or(name), fields, take);
    }
    read_plain(from, name, fields, take)
}

fn read_plain(from: &mut dyn BufRead, name: &str, fields: &Fields, take: Take<'_>) -> io::Result<()> {
    match format_of(from.fill_buf()?, name) {
        Format::Lines => read_lines(from, fields, take),
        Format::Document => read_document(from, fields, take),
        Format::Table { delimiter } => read_table(from, delimiter, fields, take),
    }
}

/// The file's ending says it, and where a `.json` may be either, its first bytes do: rows of JSON Lines open with `{"`
/// and a name whose value is a string or number, an object of rows with a name whose value is an object.
fn format_of(start: &[u8], name: &str) -> Format {
    if name.ends_with(".csv") {
        return Format::Table { delimiter: b',' };
    }
    if name.ends_with(".tsv") {
        return Format::Table { delimiter: b'\t' };
    }
    let mut rest = start.iter().copied().filter(|byte| !byte.is_ascii_whitespace());
    match rest.next() {
        Some(b'[') => Format::Document,
        Some(b'{') if rest.by_ref().find(|byte| *byte == b':').is_some() && rest.next() == Some(b'{') => {
            Format::Document
        }
        _ => Format::Lines,
    }
}

fn read_lines(from: &mut dyn BufRead, fields: &Fields, take: Take<'_>) -> io::Result<()> {
    let mut line = Vec::new();
    let mut number = 0_u64;
    loop {
        let found = read_line(from, LINE_CAP, &mut line)?;
        number = number.saturating_add(1);
        let row = match found {
            Line::End => return Ok(()),
            Line::TooLong => Err(format!("line {number}: longer than {LINE_CAP} bytes")),
            Line::Full if line.iter().all(u8::is_ascii_whitespace) => continue,
            Line::Full => serde_json::from_slice::<Map<String, Value>>(&line)
                .map_err(|error| error.to_string())
                .and_then(|row| Row::from_fields(&row, fields))
                .map_err(|error| format!("line {number}: {error}")),
        };
        if !take(row) {
            return Ok(());
        }
    }
}

fn read_table(from: &mut dyn BufRead, delimiter: u8, fields: &Fields, take: Take<'_>) -> io::Result<()> {
    let mut table = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(from);
    let names = table.headers()?.clone();
    for record in table.records() {
        let row = match record {
            Err(error) if error.is_io_error() => return Err(error.into()),
            Err(error) => Err(error.to_string()),
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                let cells = names.iter().zip(&record);
                let row = cells
                    .map(|(name, cell)| (name.trim_start_matches('\u{feff}').to_owned(), Value::from(cell)))
                    .collect();
                Row::from_fields(&row, fields).map_err(|error| format!("line {line}: {error}"))
            }
        };
        if !take(row) {
            return Ok(());
        }
    }
    Ok(())
}

/// Reads one JSON document that is an array of rows, or an object whose values are rows, without holding it whole.
fn read_document(from: &mut dyn BufRead, fields: &Fields, take: Take<'_>) -> io::Result<()> {
    let mut stopped = false;
    let mut reader = serde_json::Deserializer::from_reader(from as &mut dyn Read);
    let done = Rows { fields, take, stopped: &mut stopped }.deserialize(&mut reader);
    if stopped { Ok(()) } else { done.and_then(|()| reader.end()).map_err(io::Error::from) }
}

struct Rows<'a, 'b> {
    fields: &'a Fields,
    take: Take<'b>,
    stopped: &'a mut bool,
}

impl Rows<'_, '_> {
    fn offer<E: Error>(&mut self, key: &str, value: Value) -> Result<(), E> {
        let row = match value {
            Value::Object(row) => Row::from_fields(&row, self.fields),
            _ => Err("not an object".to_owned()),
        };
        let go_on = (self.take)(row.map_err(|error| format!("row {key}: {error}")));
        *self.stopped = !go_on;
        if go_on { Ok(()) } else { Err(E::custom("stopped")) }
    }
}

impl<'de> DeserializeSeed<'de> for Rows<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an array of rows, or an object whose values are rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut rows: A) -> Result<(), A::Error> {
        let mut number = 0_u64;
        while let Some(row) = rows.next_element::<Value>()? {
            number = number.saturating_add(1);
            self.offer(&number.to_string(), row)?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut rows: A) -> Result<(), A::Error> {
        while let Some((key, row)) = rows.next_entry::<String, Value>()? {
            self.offer(&key, row)?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "dataset_tests.rs"]
mod tests;
