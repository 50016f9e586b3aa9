//! Strings: borrowed as they stand when they have no escape, unescaped otherwise.

use std::borrow::Cow;

use super::Stop;
use crate::request::dialect::unreadable::Fault;

/// The string whose opening quote is at `start`, and the byte after its closing quote.
pub(super) fn read(body: &str, start: usize) -> Result<(Cow<'_, str>, usize), Stop> {
    let mut at = start + 1;
    let mut unescaped: Option<String> = None;
    loop {
        let rest = body.get(at..).unwrap_or_default();
        let Some(length) = memchr::memchr2(b'"', b'\\', rest.as_bytes()) else {
            return Err((Fault::Truncated, body.len()));
        };
        let plain = rest.get(..length).unwrap_or_default();
        if let Some(bad) = plain.bytes().position(|byte| byte < 0x20) {
            return Err((Fault::ControlCharacter, at + bad));
        }
        at += length;
        if body.as_bytes().get(at) == Some(&b'"') {
            let text = match unescaped {
                None => Cow::Borrowed(plain),
                Some(text) => Cow::Owned(text + plain),
            };
            return Ok((text, at + 1));
        }
        let text = unescaped.get_or_insert_with(String::new);
        text.push_str(plain);
        at = escape(body, at, text)?;
    }
}

/// Undoes the escape whose backslash is at `at`; gives the byte after it.
fn escape(body: &str, at: usize, text: &mut String) -> Result<usize, Stop> {
    let plain = match body.as_bytes().get(at + 1) {
        Some(b'u') => return unicode(body, at, text),
        Some(&byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(_) => return Err((Fault::BadEscape, at)),
        None => return Err((Fault::Truncated, body.len())),
    };
    text.push(plain);
    Ok(at + 2)
}

/// `\uXXXX`, or a surrogate pair of two.
fn unicode(body: &str, at: usize, text: &mut String) -> Result<usize, Stop> {
    let first = hex(body, at)?;
    let (code, end) = match first {
        0xD800..=0xDBFF if body.as_bytes().get(at + 6..at + 8) == Some(&b"\\u"[..]) => {
            let second = hex(body, at + 6)?;
            let low = second.checked_sub(0xDC00).filter(|low| *low < 0x400);
            let low = low.ok_or((Fault::LoneSurrogate, at))?;
            (0x10000 + ((first - 0xD800) << 10) + low, at + 12)
        }
        _ => (first, at + 6),
    };
    text.push(char::from_u32(code).ok_or((Fault::LoneSurrogate, at))?);
    Ok(end)
}

/// The four hex digits after the `\u` at `at`.
fn hex(body: &str, at: usize) -> Result<u32, Stop> {
    let digits = body.as_bytes().get(at + 2..at + 6).ok_or((Fault::Truncated, body.len()))?;
    digits.iter().try_fold(0, |code, &byte| {
        let digit = char::from(byte).to_digit(16).ok_or((Fault::BadEscape, at))?;
        Ok(code << 4 | digit)
    })
}
