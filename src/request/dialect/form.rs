//! Forms (multipart/form-data, RFC 7578), read strictly: whatever two servers would split differently is refused.

use std::ops::Range;

use bytes::Bytes;
use memchr::memmem;

use super::Dialect;
use super::ReadLimits;
use super::json::Stop;
use super::payload;
use super::unreadable::Fault;
use super::walk::Walk;
use crate::request::Request;
use crate::request::span::Role;
use crate::request::unread::UnreadKind;

/// Parts a form may have.
const PARTS: usize = 256;
/// Bytes the head of a part may have.
const HEAD: usize = 1024;

/// The boundary that a content type names; `None` unless it is a form with one boundary of plain letters.
pub fn boundary(content_type: &str) -> Option<&str> {
    let (media, parameter) = content_type.split_once(';')?;
    if !media.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let (name, value) = parameter.trim().split_once('=')?;
    let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let value = quoted.unwrap_or(value);
    // Fewer characters than RFC 2046 has, but all that clients use; none needs quotes.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.'+".contains(&byte);
    let sound = (1..=70).contains(&value.len()) && value.bytes().all(plain);
    (name.eq_ignore_ascii_case("boundary") && sound).then_some(value)
}

/// One part of a form.
#[derive(Debug, PartialEq, Eq)]
struct Part<'a> {
    name: &'a str,
    file: Option<&'a str>,
    media: &'a str,
    bytes: Range<usize>,
}

/// Reads the form in `body`.
pub(super) fn read(
    dialect: &'static Dialect,
    body: &Bytes,
    boundary: &str,
    limits: &ReadLimits,
) -> Result<Request, Stop> {
    let parts = parts(body, boundary)?;
    let mut walk = Walk::new(dialect, limits);
    for part in &parts {
        let pointer = format!("/{}", part.name);
        // Names are keys of the request like any other.
        walk.plain(part.name.to_owned(), part.bytes.clone(), &pointer, None)?;
        match part.file {
            None => field(&mut walk, body, part, &pointer)?,
            Some(file) => {
                walk.plain(file.to_owned(), part.bytes.clone(), &pointer, None)?;
                self::file(&mut walk, body, part, file, &pointer)?;
            }
        }
    }
    Ok(walk.finish(body))
}

fn field(walk: &mut Walk, body: &[u8], part: &Part<'_>, pointer: &str) -> Result<(), Stop> {
    let bytes = body.get(part.bytes.clone()).unwrap_or_default();
    let text = std::str::from_utf8(bytes)
        .map_err(|error| (Fault::InvalidUtf8, part.bytes.start.saturating_add(error.valid_up_to())))?;
    walk.told(part.name, text);
    let role = if matches!(part.name, "prompt" | "input") { Some(Role::User) } else { None };
    walk.plain(text.to_owned(), part.bytes.clone(), pointer, role)
}

/// A file: JSON Lines and JSON as they would be read alone, other text as text, the rest as what it is.
fn file(walk: &mut Walk, body: &[u8], part: &Part<'_>, name: &str, pointer: &str) -> Result<(), Stop> {
    let bytes = body.get(part.bytes.clone()).unwrap_or_default();
    let is_lines = has_ending(name, "jsonl") || has_ending(name, "ndjson") || part.media.contains("jsonl");
    match std::str::from_utf8(bytes) {
        Ok(text) if is_lines => lines(walk, text, part.bytes.start, pointer),
        // A text file with a stray control character is text all the same.
        Ok(text) => walk.plain(text.to_owned(), part.bytes.clone(), pointer, Some(Role::User)),
        Err(error) if is_lines || part.media.starts_with("text/") => {
            Err((Fault::InvalidUtf8, part.bytes.start.saturating_add(error.valid_up_to())))
        }
        // A stray byte hides no text, and UTF-16 is text.
        Err(_) if payload::is_text(bytes) => {
            walk.plain(payload::text_of(bytes), part.bytes.clone(), pointer, Some(Role::User))
        }
        Err(_) => walk.count(payload::refined(kind_of(part.media, name), bytes), part.bytes.clone(), pointer),
    }
}

/// JSON Lines: every line that is not empty is one request.
fn lines(walk: &mut Walk, text: &str, start: usize, pointer: &str) -> Result<(), Stop> {
    let mut offset = start;
    for (number, line) in text.split('\n').enumerate() {
        if line.starts_with('\u{feff}') {
            return Err((Fault::Bom, offset));
        }
        if !line.trim_matches([' ', '\t', '\r']).is_empty() {
            walk.document(line, offset, &format!("{pointer}/{number}"))?;
        }
        offset = offset.saturating_add(line.len()).saturating_add(1);
    }
    Ok(())
}

fn has_ending(name: &str, ending: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, last)| last.eq_ignore_ascii_case(ending))
}

fn kind_of(media: &str, name: &str) -> UnreadKind {
    const SOUNDS: &[&str] =
        &["mp3", "mp4", "mpeg", "mpga", "m4a", "wav", "webm", "ogg", "oga", "flac", "opus"];
    match media.split('/').next() {
        Some("image") => UnreadKind::Image,
        Some("audio") => UnreadKind::Audio,
        _ if SOUNDS.iter().any(|ending| has_ending(name, ending)) => UnreadKind::Audio,
        _ => UnreadKind::File,
    }
}

/// The parts of a form. The boundary may stand nowhere but between parts.
fn parts<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<Part<'a>>, Stop> {
    let delimiter = format!("--{boundary}");
    let mut parts: Vec<Part<'a>> = Vec::new();
    let mut start = None;
    let mut ended = false;
    for at in memmem::find_iter(body, delimiter.as_bytes()) {
        let lined = at == 0 || body.get(at.wrapping_sub(2)..at) == Some(&b"\r\n"[..]);
        if ended || !lined || (at == 0) != start.is_none() {
            return Err((Fault::Form, at));
        }
        let after = at.saturating_add(delimiter.len());
        let next = match body.get(after..) {
            Some(b"--" | b"--\r\n") => None,
            Some([b'\r', b'\n', ..]) => Some(after.saturating_add(2)),
            _ => return Err((Fault::Form, after)),
        };
        if let Some(start) = start {
            let part = part(body, start, at.saturating_sub(2))?;
            // A list is one name many times over; anything else sent twice is read by some servers first, by some last.
            let twice = parts.iter().any(|other| other.name == part.name);
            if parts.len() >= PARTS || (twice && !part.name.ends_with("[]")) {
                return Err((Fault::FormField, start));
            }
            parts.push(part);
        }
        ended = next.is_none();
        start = next;
    }
    if ended { Ok(parts) } else { Err((Fault::Form, body.len())) }
}

/// The part whose head begins at `start` and whose content ends at `end`.
fn part(body: &[u8], start: usize, end: usize) -> Result<Part<'_>, Stop> {
    let bad = (Fault::FormField, start);
    let whole = body.get(start..end).ok_or(bad)?;
    let length = memmem::find(whole, b"\r\n\r\n").filter(|length| *length <= HEAD).ok_or(bad)?;
    let head = whole.get(..length).and_then(|head| std::str::from_utf8(head).ok()).ok_or(bad)?;
    let (mut disposition, mut media) = (None, None);
    for line in head.split("\r\n") {
        let (name, value) = line.split_once(':').ok_or(bad)?;
        let slot = match name.to_ascii_lowercase().as_str() {
            "content-disposition" => &mut disposition,
            "content-type" => &mut media,
            "content-length" => continue,
            // What Ruby's and Java's clients say of bytes that are as they are.
            "content-transfer-encoding" if matches!(value.trim(), "binary" | "8bit" | "7bit") => continue,
            _ => return Err(bad),
        };
        if value.contains(['\r', '\n']) || slot.replace(value.trim()).is_some() {
            return Err(bad);
        }
    }
    let media = media.unwrap_or("text/plain");
    let charset = media.split_once(';').map(|(_, parameter)| parameter.trim().to_ascii_lowercase());
    if charset.is_some_and(|charset| !matches!(charset.as_str(), "charset=utf-8" | "charset=us-ascii")) {
        return Err(bad);
    }
    let (name, file) = disposition.and_then(names).ok_or(bad)?;
    Ok(Part { name, file, media, bytes: start.saturating_add(length).saturating_add(4)..end })
}

/// Name and file name of a Content-Disposition, quoted, or as plain as .NET's clients write them: with the file name once more in
/// the form of RFC 5987, which has to be the same.
fn names(disposition: &str) -> Option<(&str, Option<&str>)> {
    let rest = disposition.strip_prefix("form-data")?;
    let (mut name, mut file, mut again) = (None, None, None);
    // No quoted value holds a semicolon here: what does is refused by `quoted`.
    for parameter in rest.split(';').skip(1) {
        let (key, value) = parameter.trim().split_once('=')?;
        let slot = match key {
            "name" => &mut name,
            "filename" => &mut file,
            "filename*" => {
                again.replace(value.strip_prefix("utf-8''")?).is_none().then_some(())?;
                continue;
            }
            _ => return None,
        };
        if slot.replace(quoted(value).or_else(|| bare(value))?).is_some() {
            return None;
        }
    }
    let same =
        |again| file.is_some_and(|file: &str| percent_encoding::percent_decode_str(again).eq(file.bytes()));
    if !again.is_none_or(same) {
        return None;
    }
    name.filter(|name| !name.is_empty() && *name != "_charset_").map(|name| (name, file))
}

fn quoted(value: &str) -> Option<&str> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains(['"', '\\', '\r', '\n', '\0'])).then_some(inner)
}

/// A value that needs no quotes and is read alike with and without.
fn bare(value: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (!value.is_empty() && value.bytes().all(plain)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::super::openai;
    use super::*;

    fn form(text: &str) -> Result<Request, &'static str> {
        let body = Bytes::from(text.replace('\n', "\r\n"));
        super::super::read_form(&openai::MEDIA, body, "b1", &ReadLimits::default()).map_err(|why| why.code())
    }

    fn texts(request: &Request) -> Vec<&str> {
        request.spans.iter().map(|span| span.text.as_str()).collect()
    }

    const FIELD: &str = "--b1\nContent-Disposition: form-data; name=\"prompt\"\n\nbake bread\n--b1--\n";

    #[test]
    fn fields_and_files_are_read() {
        let request = form(FIELD).unwrap();
        assert_eq!(texts(&request), ["prompt", "bake bread"]);
        assert_eq!(&request.body[request.spans[1].bytes.clone()], b"bake bread");
        let file = |name: &str, media: &str, content: &str| {
            form(&format!(
                "--b1\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\nContent-Type: {media}\n\n{content}\n--b1--"
            ))
        };
        let batch = file(
            "b.jsonl",
            "application/octet-stream",
            "{\"body\":{\"messages\":[{\"role\":\"user\",\"content\":\"bake \\u0062read\"}]}}\n\n",
        );
        let batch = batch.unwrap();
        let last = batch.spans.last().unwrap();
        assert_eq!(
            (last.text.as_str(), last.pointer.as_str(), last.role),
            ("bake bread", "/file/0/body/messages/0/content", Role::User)
        );
        assert!(batch.body[last.bytes.clone()].starts_with(b"\"bake"));
        assert_eq!(
            file("b.jsonl", "application/octet-stream", "{\"a\":1,\"a\":2}").unwrap_err(),
            "duplicate_key"
        );
        assert_eq!(file("b.jsonl", "application/octet-stream", "[1]").unwrap_err(), "not_object");
        let notes = file("n.txt", "text/plain", "bake bread").unwrap();
        assert_eq!(texts(&notes), ["file", "n.txt", "bake bread"]);
    }

    /// As .NET, Ruby and Java write them.
    #[test]
    fn heads_of_other_clients_are_read() {
        for head in [
            "Content-Type: text/plain; charset=utf-8\nContent-Disposition: form-data; name=prompt",
            "Content-Disposition: form-data; name=\"prompt\"\nContent-Length: 10\nContent-Transfer-Encoding: binary",
        ] {
            let request = form(&format!("--b1\n{head}\n\nbake bread\n--b1--\n")).unwrap();
            assert_eq!(texts(&request), ["prompt", "bake bread"], "{head}");
        }
        let named = "name=file; filename=b.jsonl; filename*=utf-8''b%2Ejsonl";
        let line = "{\"body\":{\"input\":\"bake \\u0062read\"}}";
        let request =
            form(&format!("--b1\nContent-Disposition: form-data; {named}\n\n{line}\n--b1--\n")).unwrap();
        assert_eq!(texts(&request).last(), Some(&"bake bread"));
    }

    /// What is nearly text is read as text, whatever its file is called.
    #[test]
    fn text_with_a_stray_byte_or_in_wide_letters_is_read() {
        let wide: Vec<u8> = "bake bread".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for content in
            [&b"bake bread, more and more of it \xff"[..], &[b"\xfe\xff", &wide[..]].concat(), &wide]
        {
            let head = b"--b1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n";
            let body = [head, content, b"\r\n--b1--\r\n"].concat();
            let request =
                super::super::read_form(&openai::MEDIA, body.into(), "b1", &ReadLimits::default()).unwrap();
            let text: String = texts(&request).concat().chars().filter(|letter| *letter != '\0').collect();
            assert!(text.contains("bake bread"), "{text}");
        }
    }

    #[test]
    fn files_that_are_no_text_are_counted_by_kind() {
        for (name, media, content, kind) in [
            ("a.png", "image/png", &b"\x89PNG\xff"[..], UnreadKind::Image),
            ("a.bin", "application/octet-stream", b"\x89PNG\xff", UnreadKind::Image),
            ("a.mp3", "application/octet-stream", b"\xff\xfe\x00", UnreadKind::Audio),
            ("a.pdf", "application/pdf", b"%PDF-1.7\xff", UnreadKind::File),
        ] {
            let head = format!(
                "--b1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {media}\r\n\r\n"
            );
            let body = [head.as_bytes(), content, b"\r\n--b1--\r\n"].concat();
            let request = super::super::read_form(&openai::MEDIA, body.into(), "b1", &ReadLimits::default());
            let kinds: Vec<UnreadKind> = request.unwrap().unread.iter().map(|unread| unread.kind).collect();
            assert_eq!(kinds, [kind], "{name}");
        }
    }

    #[test]
    fn forms_with_two_readings_are_refused() {
        let twice = FIELD.replace("--b1--\n", "") + FIELD;
        for (text, code) in [
            (FIELD.replace("--b1--", "--b1"), "bad_form"),
            (FIELD.replace("--b1--\n", ""), "bad_form"),
            (format!("intro\n{FIELD}"), "bad_form"),
            (format!("{FIELD}after"), "bad_form"),
            (format!("{FIELD}{FIELD}"), "bad_form"),
            (FIELD.replace("bake bread", "--b1x\nbake"), "bad_form"),
            (FIELD.replace("bake", "bake --b1\n"), "bad_form"),
            (FIELD.replace("--b1--", "--b1 \n\n--b1--"), "bad_form"),
            (twice, "bad_form_field"),
            (FIELD.replace("\"prompt\"", "pro mpt"), "bad_form_field"),
            (FIELD.replace("\"prompt\"", "\"prompt"), "bad_form_field"),
            (FIELD.replace("\"prompt\"", "prompt; filename=a.txt; filename*=utf-8''b.txt"), "bad_form_field"),
            (FIELD.replace("\"prompt\"", "prompt; filename*=utf-8''b.txt"), "bad_form_field"),
            (
                FIELD.replace("\"prompt\"", "prompt; filename=a; filename*=utf-8''a; filename*=utf-8''a"),
                "bad_form_field",
            ),
            (FIELD.replace("\"prompt\"", "\"pro\\\"mpt\""), "bad_form_field"),
            (FIELD.replace("\"prompt\"", "\"prompt\"; name=\"other\""), "bad_form_field"),
            (FIELD.replace("\"prompt\"", "\"prompt\"; filename*=UTF-8''a"), "bad_form_field"),
            (
                FIELD.replace("\"prompt\"\n", "\"prompt\"\nContent-Transfer-Encoding: base64\n"),
                "bad_form_field",
            ),
            (
                FIELD.replace("\"prompt\"\n", "\"prompt\"\nContent-Type: text/plain; charset=utf-7\n"),
                "bad_form_field",
            ),
            (FIELD.replace("prompt", "_charset_"), "bad_form_field"),
            (String::new(), "bad_form"),
        ] {
            assert_eq!(form(&text).map(|_| ()), Err(code), "{text}");
        }
        let bare = FIELD.replace("bread", "bread\n--b1\nContent-Disposition: form-data; name=\"x\"\n\ny");
        let bare = bare.replace('\n', "\r\n").replacen("bread\r\n", "bread\n", 1);
        let read = super::super::read_form(&openai::MEDIA, bare.into(), "b1", &ReadLimits::default());
        assert_eq!(read.unwrap_err().code(), "bad_form");
    }

    #[test]
    fn what_is_no_text_is_no_field() {
        for bytes in [&b"\xff"[..], b"\xc0\xaf", b"\xed\xa0\xbd\xed\xb8\x80"] {
            let head = b"--b1\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\nbake ";
            let body = [head, bytes, b"\r\n--b1--\r\n"].concat();
            let read = super::super::read_form(&openai::MEDIA, body.into(), "b1", &ReadLimits::default());
            assert_eq!(read.map(|_| ()).map_err(|why| why.code()), Err("invalid_utf8"), "{bytes:?}");
        }
    }

    #[test]
    fn only_plain_boundaries_are_taken() {
        for (content_type, want) in [
            ("multipart/form-data; boundary=b1", Some("b1")),
            ("Multipart/Form-Data;boundary=\"--x.y\"", Some("--x.y")),
            ("multipart/form-data", None),
            ("multipart/form-data; boundary=", None),
            ("multipart/form-data; boundary=a b", None),
            ("multipart/form-data; boundary=a; boundary=b", None),
            ("multipart/form-data; charset=utf-8; boundary=a", None),
            ("multipart/mixed; boundary=a", None),
            ("application/json", None),
        ] {
            assert_eq!(boundary(content_type), want, "{content_type}");
        }
    }
}
