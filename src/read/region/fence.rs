//! Code that is marked as such: Markdown fences, `<pre>` and `<code>`, backticks within prose.

use std::ops::Range;

use super::Mark;
use super::line;
use super::lines;

/// Fenced blocks in order, `<pre>` and `<code>` among them. One that is never closed runs to the end.
pub(super) fn fences(text: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut open: Option<(Opener, usize, usize)> = None;
    for range in lines(text, 0..text.len()) {
        let line = &text[range.clone()];
        match &open {
            Some((opener, start, inside)) if opener.closed_by(line) => {
                let inner_end = opener.before_closer(line, range.start).max(*inside);
                marks.push(opener.mark(*start..range.end, *inside..inner_end));
                open = None;
            }
            Some(_) => {}
            None => {
                if let Some(opener) = Opener::of(line) {
                    let inside = range.start + opener.length;
                    if opener.html.is_some() && opener.closed_by(&line[opener.length..]) {
                        let end = opener.before_closer(&line[opener.length..], inside);
                        marks.push(opener.mark(range, inside..end));
                    } else {
                        open = Some((opener, range.start, inside));
                    }
                }
            }
        }
    }
    if let Some((opener, start, inside)) = open {
        marks.push(opener.mark(start..text.len(), inside.min(text.len())..text.len()));
    }
    marks
}

/// Markdown tables whose cells hold code in backticks, three rows or more.
pub(super) fn tables(text: &str, range: Range<usize>) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    let mut run: Option<Range<usize>> = None;
    let mut coded = 0_usize;
    for line in lines(text, range.clone()).chain(std::iter::once(range.end..range.end)) {
        let shown = text[line.clone()].trim();
        if shown.starts_with('|') && shown.ends_with('|') && shown.len() > 1 {
            coded += usize::from(shown.contains('`'));
            run = Some(run.map_or(line.start, |run| run.start)..line.end);
            continue;
        }
        if let Some(found) = run.take().filter(|_| coded >= 3) {
            marks.push(Mark { outer: found.clone(), inner: found, tag: None, fenced: true });
        }
        coded = 0;
    }
    marks
}

/// The line that opens a block.
#[derive(Debug)]
struct Opener {
    fence: char,
    count: usize,
    html: Option<&'static str>,
    tag: Option<String>,
    /// Bytes of the line before the code starts.
    length: usize,
}

impl Opener {
    fn of(line: &str) -> Option<Self> {
        let shown = unmarked(line);
        for (open, close) in [("<pre", "</pre>"), ("<code", "</code>")] {
            if shown.get(..open.len()).is_some_and(|s| s.eq_ignore_ascii_case(open)) {
                let end = shown.find('>')? + 1;
                let length = line.len() - shown.len() + end;
                return Some(Opener { fence: '<', count: 0, html: Some(close), tag: None, length });
            }
        }
        let fence = shown.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let count = shown.chars().take_while(|c| *c == fence).count();
        let info = shown[count..].trim();
        if count < 3 || (fence == '`' && info.contains('`')) {
            return None;
        }
        let tag = info
            .trim_start_matches(['{', '.', ' '])
            .split([' ', ',', '}', ':', '{'])
            .next()
            .unwrap_or_default();
        let tag = (!tag.is_empty()).then(|| tag.to_owned());
        Some(Opener { fence, count, html: None, tag, length: line.len() })
    }

    fn closed_by(&self, line: &str) -> bool {
        if let Some(close) = self.html {
            return find_caseless(line, close).is_some();
        }
        let shown = unmarked(line).trim_end();
        shown.chars().count() >= self.count && shown.chars().all(|c| c == self.fence)
    }

    fn before_closer(&self, line: &str, start: usize) -> usize {
        self.html.and_then(|close| find_caseless(line, close)).map_or(start, |at| start + at)
    }

    fn mark(&self, outer: Range<usize>, inner: Range<usize>) -> Mark {
        Mark { outer, inner, tag: self.tag.clone(), fenced: true }
    }
}

fn find_caseless(line: &str, needle: &str) -> Option<usize> {
    let window = |bytes: &[u8]| bytes.eq_ignore_ascii_case(needle.as_bytes());
    line.as_bytes().windows(needle.len()).position(window)
}

/// A line without indentation, quote marks and a list marker.
fn unmarked(line: &str) -> &str {
    let shown = line.trim_start_matches([' ', '\t', '>']);
    let item = shown.strip_prefix("- ").or_else(|| shown.strip_prefix("* ")).unwrap_or(shown);
    let digits = item.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = if digits > 0 { item[digits..].strip_prefix(". ") } else { None };
    numbered.unwrap_or(item).trim_start()
}

/// Code in backticks within prose, when it holds more than a name.
pub(super) fn inline(text: &str, range: Range<usize>) -> Vec<Mark> {
    let mut marks = Vec::new();
    for line in lines(text, range) {
        let mut at = line.start;
        while let Some(open) = text[at..line.end].find('`').map(|n| at + n) {
            let ticks = text[open..line.end].bytes().take_while(|b| *b == b'`').count();
            let inside = open + ticks;
            let Some(close) = text[inside..line.end].find('`').map(|n| inside + n) else { break };
            let end = close + text[close..line.end].bytes().take_while(|b| *b == b'`').count();
            if line::says_something(&text[inside..close]) {
                marks.push(Mark { outer: open..end, inner: inside..close, tag: None, fenced: true });
            }
            at = end;
        }
    }
    marks
}
