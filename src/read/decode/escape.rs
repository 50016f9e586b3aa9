//! Escapes inside text: percent, HTML entities, backslashes, quoted-printable.

use percent_encoding::percent_decode_str;

use crate::budget::Budget;

/// Fewer escapes than this are ordinary punctuation in code and links.
const FEWEST: usize = 3;
/// One byte in so many must be spent on escaping.
const THINNEST: usize = 20;

/// Percent encoding, RFC 3986 section 2.1; `+` is a space where the text holds none.
pub(super) fn url_text(text: &str, _: &mut Budget) -> Vec<String> {
    if text.split('%').skip(1).filter(|rest| is_pair(rest)).take(FEWEST).count() < FEWEST {
        return Vec::new();
    }
    changed(text, url(text.as_bytes()))
}

/// HTML character references, numeric ones above all.
pub(super) fn html_text(text: &str, _: &mut Budget) -> Vec<String> {
    if !text.contains('&') || text.matches("&#").take(FEWEST).count() < FEWEST {
        return Vec::new();
    }
    changed(text, Some(html(text).into_bytes()))
}

/// Backslash escapes as C, Python, JavaScript and JSON have them.
pub(super) fn backslash_text(text: &str, _: &mut Budget) -> Vec<String> {
    let escapes = text.split('\\').skip(1).filter(|rest| rest.starts_with(['x', 'u', 'U', '0', '1']));
    if escapes.take(FEWEST).count() < FEWEST {
        return Vec::new();
    }
    let decimal = decimals(text).and_then(|out| changed(text, Some(out)).pop());
    decimal.into_iter().chain(changed(text, Some(backslash(text).into_bytes()))).collect()
}

/// Lua's escapes of three decimal digits, where some are no octal number.
fn decimals(text: &str) -> Option<Vec<u8>> {
    let (mut out, mut odd) = (Vec::with_capacity(text.len() / 4), false);
    let mut parts = text.split('\\');
    out.extend(parts.next()?.bytes());
    for part in parts {
        let digits = part.get(..3).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        odd |= digits.contains(['8', '9']);
        out.push(digits.parse().ok()?);
        out.extend(part.bytes().skip(3));
    }
    odd.then_some(out)
}

/// Quoted-printable, RFC 2045 section 6.7.
pub(super) fn quoted_printable_text(text: &str, _: &mut Budget) -> Vec<String> {
    if text.split('=').skip(1).filter(|rest| is_pair(rest)).take(FEWEST).count() < FEWEST {
        return Vec::new();
    }
    changed(text, Some(quoted_printable(text.as_bytes())))
}

fn is_pair(rest: &str) -> bool {
    rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2
}

/// The decoded text, unless so little of it was encoded that a reader sees the same text: source files hold escapes too.
fn changed(text: &str, bytes: Option<Vec<u8>>) -> Vec<String> {
    let decoded = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let saved = |out: &String| text.len().saturating_sub(out.len());
    decoded.filter(|out| saved(out) > 0 && saved(out) >= text.len() / THINNEST).into_iter().collect()
}

/// Percent-decoded bytes. None when the input is not text.
pub(super) fn url(input: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(input).ok()?;
    if text.contains(' ') {
        return Some(percent_decode_str(text).collect());
    }
    Some(percent_decode_str(&text.replace('+', " ")).collect())
}

/// Text with its character references resolved (HTML living standard, section 13.5).
pub(super) fn html(text: &str) -> String {
    html_escape::decode_html_entities(text).into_owned()
}

/// Text with its backslash escapes resolved; unknown ones stay as they are. Surrogate pairs in `\u` form are joined.
pub(super) fn backslash(text: &str) -> String {
    let mut out = Pieces::default();
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.text(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + 1..).unwrap_or_default();
        let used = out.escape(rest);
        rest = rest.get(used..).unwrap_or_default();
    }
    out.text(rest);
    out.finish()
}

/// Decoded pieces: `\xNN` may spell UTF-8 bytes, `\uNNNN` UTF-16 halves.
#[derive(Default)]
struct Pieces {
    out: String,
    bytes: Vec<u8>,
    half: Option<u32>,
}

impl Pieces {
    fn text(&mut self, piece: &str) {
        if !piece.is_empty() {
            self.flush();
            self.out.push_str(piece);
        }
    }

    /// Takes the escape at the start of `rest` (behind the backslash) and says how many bytes it was.
    fn escape(&mut self, rest: &str) -> usize {
        let Some(first) = rest.chars().next() else {
            self.text("\\");
            return 0;
        };
        let digits = match first {
            'x' => number(rest, 1, 2, 16),
            'u' if rest.starts_with("u{") => number(rest, 2, 6, 16).map(|(value, end)| (value, end + 1)),
            'u' => number(rest, 1, 4, 16).filter(|(_, end)| *end == 5),
            'U' => number(rest, 1, 8, 16),
            '0'..='7' => number(rest, 0, 3, 8),
            _ => None,
        };
        if let Some((value, end)) = digits {
            self.code(value, matches!(first, 'x' | '0'..='7'));
            return end;
        }
        self.simple(first);
        first.len_utf8()
    }

    fn code(&mut self, value: u32, byte: bool) {
        match (byte, self.half.take(), value) {
            (true, _, _) => self.bytes.push((value & 0xff) as u8),
            (_, _, 0xd800..=0xdbff) => self.half = Some(value),
            (_, Some(high), 0xdc00..=0xdfff) => {
                self.push(0x10000 + ((high - 0xd800) << 10) + (value - 0xdc00))
            }
            _ => self.push(value),
        }
    }

    fn push(&mut self, value: u32) {
        self.flush();
        self.out.push(char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER));
    }

    fn simple(&mut self, first: char) {
        self.flush();
        match first {
            'n' => self.out.push('\n'),
            't' => self.out.push('\t'),
            'r' => self.out.push('\r'),
            '\\' | '\'' | '"' | '/' => self.out.push(first),
            _ => self.out.extend(['\\', first]),
        }
    }

    fn flush(&mut self) {
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => self.out.push_str(text),
            // Not UTF-8, so each byte stands for itself, as in a Latin-1 string.
            Err(_) => self.out.extend(self.bytes.iter().map(|byte| char::from(*byte))),
        }
        self.bytes.clear();
    }

    fn finish(mut self) -> String {
        self.flush();
        self.out
    }
}

/// The number at byte `from` of `rest`, at most `most` digits of `radix`, and where it ends.
fn number(rest: &str, from: usize, most: usize, radix: u32) -> Option<(u32, usize)> {
    let digits =
        rest.bytes().skip(from).take(most).take_while(|byte| char::from(*byte).is_digit(radix)).count();
    let value = u32::from_str_radix(rest.get(from..from + digits)?, radix).ok()?;
    Some((value, from + digits))
}

pub(super) fn quoted_printable(input: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::with_capacity(input.len()), 0);
    while let Some(&byte) = input.get(at) {
        let digit = |step: usize| input.get(at + step).and_then(|b| char::from(*b).to_digit(16));
        match (byte, digit(1), digit(2), input.get(at + 1)) {
            (b'=', Some(high), Some(low), _) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (b'=', _, _, Some(b'\n')) => at += 2,
            (b'=', _, _, Some(b'\r')) => at += 3,
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}
