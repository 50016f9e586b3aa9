//! Marks between the words of a text that nobody sees once it is shown: tags and comments of HTML, BBCode, commands of LaTeX, numbers of
//! footnotes, blanks of regular expressions, dashes where a line ends within a word.

use std::collections::HashSet;

use crate::budget::Budget;

/// Fewer marks than this say nothing, nor do marks that stand at fewer words than one in so many.
const FEWEST: usize = 3;
const WORDS_OF_ONE: usize = 8;
/// The longest tag, and the longest name of one.
const LONGEST_TAG: usize = 240;
const LONGEST_NAME: usize = 12;
/// The longest comment.
const LONGEST_COMMENT: usize = 1 << 10;
/// Tags that stand within a line, or within a word.
const INLINE: [&str; 24] = [
    "a", "abbr", "b", "bdi", "bdo", "big", "code", "del", "em", "font", "i", "ins", "kbd", "mark", "q", "s",
    "small", "span", "strong", "sub", "sup", "tt", "u", "wbr",
];

/// The text as it is shown, without its marks: what marks keep apart run together, and kept apart.
pub(super) fn markup_text(text: &str, _: &mut Budget) -> Vec<String> {
    let closed = closed_names(text);
    let (mut joined, mut apart) = (String::with_capacity(text.len()), String::with_capacity(text.len()));
    let (mut marks, mut rest) = (0_usize, text);
    while let Some(at) = rest.find(['<', '[', '\\', '{', '}', '-']) {
        let (before, tail) = rest.split_at(at);
        joined.push_str(before);
        apart.push_str(before);
        let mark = tag(tail)
            .or_else(|| bracket(tail, &closed))
            .or_else(|| backslash(tail))
            .or_else(|| braces(tail))
            .or_else(|| dash(tail));
        let (length, shown) = mark.unwrap_or((1, &tail[..1]));
        marks += usize::from(mark.is_some());
        joined.push_str(shown);
        apart.push_str(if mark.is_some() { " " } else { shown });
        rest = &tail[length..];
    }
    joined.push_str(rest);
    apart.push_str(rest);
    let [joined, apart] = [joined, apart].map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let dense = marks >= FEWEST && marks * WORDS_OF_ONE >= joined.split(' ').count();
    let shown = if joined == apart { vec![joined] } else { vec![joined, apart] };
    if dense { shown } else { Vec::new() }
}

/// The length of a mark, and what it is shown as.
type Mark<'t> = Option<(usize, &'t str)>;

/// `<b>`, `</b>`, `<span style="color:red">`, `<!-- nothing -->`.
fn tag(tail: &str) -> Mark<'_> {
    let inner = tail.strip_prefix('<')?;
    if let Some(comment) = inner.strip_prefix("!--") {
        let end = within(comment, LONGEST_COMMENT).find("-->")?;
        return Some(("<!--".len() + end + "-->".len(), ""));
    }
    let name = name_of(inner.strip_prefix('/').unwrap_or(inner));
    let end = within(inner, LONGEST_TAG).find('>')?;
    let is_tag = !name.is_empty() && !inner[..end].contains(['<', '\n']);
    let inline = INLINE.iter().any(|known| name.eq_ignore_ascii_case(known));
    is_tag.then_some((1 + end + 1, if inline { "" } else { " " }))
}

/// `[b]`, `[/b]`, `[color=red]` where the text closes such a name; `[12]`.
fn bracket<'t>(tail: &'t str, closed: &HashSet<&str>) -> Mark<'t> {
    let inner = tail.strip_prefix('[')?;
    let end = within(inner, LONGEST_TAG).find(']')?;
    let held = &inner[..end];
    let footnote = (1..=3).contains(&held.len()) && held.bytes().all(|byte| byte.is_ascii_digit());
    let name = name_of(held.strip_prefix('/').unwrap_or(held));
    (footnote || !name.is_empty() && closed.contains(name)).then_some((1 + end + 1, ""))
}

/// `\textbf{`, `\s+`.
fn backslash(tail: &str) -> Mark<'_> {
    let inner = tail.strip_prefix('\\')?;
    let name = name_of(inner);
    if inner[name.len()..].starts_with('{') {
        return (!name.is_empty()).then_some((1 + name.len() + 1, ""));
    }
    let behind = inner.strip_prefix(['s', 'b', 'W'])?;
    let repeated = behind.len() - behind.trim_start_matches(['+', '*', '?']).len();
    Some((2 + repeated, " "))
}

/// `{}`, and a brace by itself.
fn braces(tail: &str) -> Mark<'_> {
    if tail.starts_with("{}") { Some((2, "")) } else { tail.starts_with(['{', '}']).then_some((1, "")) }
}

/// A dash at the end of a line.
fn dash(tail: &str) -> Mark<'_> {
    tail.starts_with("-\n").then_some(("-\n".len(), ""))
}

/// The names that are closed in BBCode.
fn closed_names(text: &str) -> HashSet<&str> {
    text.match_indices("[/")
        .map(|(at, open)| name_of(&text[at + open.len()..]))
        .filter(|name| !name.is_empty())
        .collect()
}

/// The letters and digits that `text` starts with; nothing when it is no name.
fn name_of(text: &str) -> &str {
    let end = text.bytes().take(LONGEST_NAME + 1).take_while(u8::is_ascii_alphanumeric).count();
    let is_name = end <= LONGEST_NAME && text.starts_with(|c: char| c.is_ascii_alphabetic());
    if is_name { &text[..end] } else { "" }
}

/// The first bytes of `text`, whole characters of it.
fn within(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}
