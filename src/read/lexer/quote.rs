//! Where a string ends. Every function looks at bytes and gives offsets; a stray quote never costs more than its line.

use std::ops::Range;

use memchr::memchr2;
use memchr::memchr3;
use memchr::memmem;

/// A string found: its inside, where reading goes on, and whether escapes are to be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The bytes between the quotes.
    pub(super) inside: Range<usize>,
    /// The first byte after it.
    pub(super) end: usize,
}

/// A string on one line, opened by the quote at `open`. `Err` where the quote is a stray one: up to which byte
/// nothing closes it, so that no later quote of the kind need look there again.
pub(super) fn one_line(bytes: &[u8], open: usize, limit: usize, raw: bool) -> Result<Found, usize> {
    let quote = bytes[open];
    let mut at = open + 1;
    loop {
        let step = if raw {
            memchr2(quote, b'\n', &bytes[at..limit])
        } else {
            memchr3(quote, b'\\', b'\n', &bytes[at..limit])
        };
        let hit = step.map_or(limit, |step| at + step);
        match bytes[..limit].get(hit) {
            None | Some(b'\n') => return unclosed(bytes, open, hit).ok_or(hit),
            Some(b'\\') => at = (hit + 2).min(limit),
            Some(b'\'') if doubled(bytes, open, hit) => at = hit + 2,
            Some(_) if opens(bytes, open, hit) => return Err(hit),
            Some(_) => return Ok(Found { inside: open + 1..hit, end: hit + 1 }),
        }
    }
}

/// A string whose own quotes were not escaped: `say("she said "hello" twice")`. Letters follow the first of them at once, and
/// the line's last quote is followed by what ends a statement.
pub(super) fn with_inner_quotes(bytes: &[u8], found: Found, limit: usize, mark: u8) -> Found {
    let letters =
        bytes.get(found.end..found.end + 2).is_some_and(|two| two.iter().all(u8::is_ascii_alphabetic));
    let blank_before =
        found.end.checked_sub(2).and_then(|at| bytes.get(at)).is_some_and(|b| matches!(b, b' ' | b'('));
    if !letters || !blank_before {
        return found;
    }
    let line_end = memchr::memchr(b'\n', &bytes[found.end..limit]).map_or(limit, |at| found.end + at);
    let tail = bytes[found.end..line_end].iter().rposition(|b| *b == mark).map(|at| found.end + at);
    match tail {
        Some(last)
            if bytes[last + 1..line_end]
                .iter()
                .all(|b| matches!(b, b')' | b';' | b',' | b']' | b' ' | b'\r')) =>
        {
            Found { inside: found.inside.start..last, end: last + 1 }
        }
        _ => found,
    }
}

/// `'it''s'`: a quote written twice is one, in Pascal, SQL and others.
fn doubled(bytes: &[u8], open: usize, hit: usize) -> bool {
    let letter = |at: usize| bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80);
    bytes[open] == b'\''
        && bytes.get(hit + 1) == Some(&b'\'')
        && hit > open + 1
        && letter(hit - 1)
        && letter(hit + 2)
}

/// The quote at `hit` stands where a string would open (`("word`), so the one at `open` is a stray.
fn opens(bytes: &[u8], open: usize, hit: usize) -> bool {
    let word_follows = bytes.get(hit + 1).is_some_and(u8::is_ascii_alphanumeric);
    if !word_follows || hit == open + 1 {
        return false;
    }
    let before = if bytes[hit - 1] == b' ' { hit - 2 } else { hit - 1 };
    before > open && matches!(bytes[before], b'(' | b',' | b'=' | b'[' | b'{')
}

/// The rest of the line, when the quote stands where code has strings: `say("bread);`.
fn unclosed(bytes: &[u8], open: usize, line_end: usize) -> Option<Found> {
    let before = bytes[..open].iter().rev().take(8).find(|b| !matches!(b, b' ' | b'\t'));
    let sent = before == Some(&b'-') && bytes[..open].trim_ascii_end().ends_with(b"<-");
    if !sent && !matches!(before, Some(b'(' | b',' | b'=' | b'[' | b'{' | b'+' | b'<' | b':')) {
        return None;
    }
    if let Some(found) = closed_by_another(bytes, open, line_end) {
        return Some(found);
    }
    let cut = bytes[open + 1..line_end]
        .iter()
        .rposition(|b| !matches!(b, b')' | b';' | b',' | b']' | b' ' | b'\r'));
    let end = cut.map_or(open + 1, |last| open + 2 + last);
    (end > open + 1).then_some(Found { inside: open + 1..end, end })
}

/// `say("bread');`: closed by a quote of the other kind, where a string ends.
fn closed_by_another(bytes: &[u8], open: usize, line_end: usize) -> Option<Found> {
    let other = if bytes[open] == b'"' { b'\'' } else { b'"' };
    let ends = |at: usize| {
        let behind = bytes[at + 1..line_end].iter().find(|b| !matches!(b, b' ' | b'\t'));
        behind.is_none_or(|b| matches!(b, b')' | b',' | b';' | b']' | b'}' | b'\r' | b'.' | b'+'))
    };
    let end = memchr::memchr_iter(other, &bytes[open + 1..line_end])
        .map(|at| open + 1 + at)
        .find(|at| ends(*at))?;
    (end > open + 1).then_some(Found { inside: open + 1..end, end: end + 1 })
}

/// A string that may run over lines, closed by `closer`, not searched past `limit`.
pub(super) fn long(bytes: &[u8], inside: usize, limit: usize, closer: &[u8]) -> Option<Found> {
    let mut at = inside;
    while at <= limit {
        let hit = at + memmem::find(&bytes[at..limit], closer)?;
        let slashes = bytes[inside..hit].iter().rev().take_while(|b| **b == b'\\').count();
        if closer.len() != 1 || slashes % 2 == 0 {
            return Some(Found { inside: inside..hit, end: hit + closer.len() });
        }
        at = hit + 1;
    }
    None
}

/// A heredoc whose `<<` is at `at`: the body starts on the next line and ends before a line that is the tag.
/// `attempt` says whether a search is worth it; it is asked only when there is a tag.
pub(super) fn heredoc(
    bytes: &[u8],
    at: usize,
    limit: usize,
    attempt: impl FnOnce() -> bool,
) -> Option<Found> {
    let mut start = at + 2;
    while bytes[start..limit].first().is_some_and(|b| matches!(b, b'<' | b'~' | b'-' | b'\'' | b'"' | b'@')) {
        start += 1;
    }
    let tag = bytes[start..limit].iter().take_while(|b| b.is_ascii_uppercase() || **b == b'_').count();
    if tag < 2 || start - at > 5 || !attempt() {
        return None;
    }
    let tag = &bytes[start..start + tag];
    let body = start + memchr::memchr(b'\n', &bytes[start..limit])? + 1;
    let mut line = body;
    while line < limit {
        let end = memchr::memchr(b'\n', &bytes[line..limit]).map_or(limit, |n| line + n);
        let shown = bytes[line..end].trim_ascii();
        if shown.strip_prefix(tag).is_some_and(|rest| rest.iter().all(|b| matches!(b, b';' | b')' | b','))) {
            return Some(Found { inside: body..line, end });
        }
        line = end + 1;
    }
    None
}
