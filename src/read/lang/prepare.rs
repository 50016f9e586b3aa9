//! Puts right, without moving a byte, what the published prompts break in every language alike: comment marks of
//! another language, and conditions that were left out. Only the parser sees the result; text is read from the original.

use std::borrow::Cow;

/// For languages with `#` comments: `// words` becomes a comment, a comparison without a right side goes.
pub(super) fn hash_comments(text: &str) -> Cow<'_, str> {
    if !text.contains("//") && !has_dangling(text) {
        return Cow::Borrowed(text);
    }
    edit(text, |line| {
        if let Some(at) = slash_comment(line) {
            line[at] = b'#';
        }
        let end = line.iter().position(|&byte| byte == b'#').unwrap_or(line.len());
        let code = trimmed(&line[..end]);
        if code > 1 && line[code - 1] == b':' {
            blank_operator(&mut line[..code - 1]);
        }
    })
}

/// The same for Perl, whose scanner looks for a line end in a heredoc that the text breaks off in, and finds no end of its own.
pub(super) fn perl_lines(text: &str) -> Cow<'_, str> {
    let lines = hash_lines(text);
    if text.contains("<<") && !text.ends_with("\n\n") { Cow::Owned(format!("{lines}\n\n")) } else { lines }
}

/// For languages with `#` comments that divide or match by `/`: only a line that starts with `//`, or a comparison that has
/// nothing on its right side but a comment, is put right.
pub(super) fn hash_lines(text: &str) -> Cow<'_, str> {
    if !text.contains("//") && !has_dangling(text) && !text.contains("== #") {
        return Cow::Borrowed(text);
    }
    edit(text, |line| {
        let start = line.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(line.len());
        let dangling = |line: &[u8], at: usize| {
            let code = line[..at].trim_ascii_end();
            code.ends_with(b"==") || code.ends_with(b"!=")
        };
        if line[start..].starts_with(b"//") {
            line[start] = b'#';
        } else if let Some(at) =
            line.windows(2).position(|pair| pair == b"//").filter(|at| dangling(line, *at))
        {
            line[at] = b'#';
            blank_operator(&mut line[..at]);
        } else if let Some(at) = line.iter().position(|byte| *byte == b'#').filter(|at| dangling(line, *at)) {
            blank_operator(&mut line[..at]);
        }
    })
}

/// For languages with `--` comments: a line that starts with `//` or `# ` is one.
pub(super) fn dash_comments(text: &str) -> Cow<'_, str> {
    if !text.contains("//") && !text.contains('#') {
        return Cow::Borrowed(text);
    }
    edit(text, |line| {
        let start = line.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(line.len());
        if line[start..].starts_with(b"//") || line[start..].starts_with(b"# ") {
            line[start..start + 2].copy_from_slice(b"--");
        }
    })
}

/// For languages with `//` comments: a line that starts with `#` and is no directive becomes a comment, and a brace at
/// the end of a comment after an unfinished condition is code.
pub(super) fn slash_comments(text: &str) -> Cow<'_, str> {
    let marked = MARKS.iter().any(|mark| text.contains(mark));
    if !marked && !text.contains("//") {
        return Cow::Borrowed(text);
    }
    edit(text, |line| {
        foreign_comment(line);
        let start = line.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(line.len());
        if line[start..].starts_with(b"# ") && !is_directive(&line[start + 2..]) {
            line[start..start + 2].copy_from_slice(b"//");
        }
        free_brace(line);
    })
}

/// What other languages write before a comment.
const MARKS: &[&str] = &["# ", "% ", ";; ", "-- "];

/// Words behind another language's comment mark, first in their line or behind the end of a statement.
fn foreign_comment(line: &mut [u8]) {
    for at in 0..line.len().saturating_sub(2) {
        let Some(mark) = MARKS.iter().find(|mark| line[at..].starts_with(mark.as_bytes())) else { continue };
        let code = trimmed(&line[..at]);
        let opens = code == 0 || (code < at && matches!(line[code - 1], b';' | b'{' | b'}'));
        let words = &line[at + mark.len()..];
        let quoted = line[..at].iter().filter(|&&byte| byte == b'"').count() % 2 == 1;
        if opens
            && !quoted
            && words.first().is_some_and(u8::is_ascii_alphabetic)
            && !is_directive(words)
            && !words.contains(&b';')
        {
            line[at..at + 2].copy_from_slice(b"//");
            return;
        }
    }
}

/// Runs `change` on each line of a copy. Only ASCII bytes are ever changed, to ASCII, so the copy stays UTF-8.
fn edit(text: &str, change: impl Fn(&mut [u8])) -> Cow<'_, str> {
    let mut bytes = text.as_bytes().to_vec();
    for line in bytes.split_mut(|&byte| byte == b'\n') {
        change(line);
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

fn has_dangling(text: &str) -> bool {
    ["= :", "=:", "> :", "< :"].iter().any(|end| text.contains(end))
}

/// Where `//` starts a comment rather than a division: outside of strings, first in its line, after a colon, or before
/// two words in a row.
fn slash_comment(line: &[u8]) -> Option<usize> {
    let at = line.windows(2).position(|pair| pair == b"//")?;
    let before = &line[..at];
    let quoted = before.iter().filter(|&&byte| byte == b'"').count() % 2 == 1
        || before.iter().filter(|&&byte| byte == b'\'').count() % 2 == 1;
    let code = trimmed(before);
    let opens = code == 0 || matches!(before[code - 1], b':' | b'{' | b';');
    (!quoted && !before.contains(&b'#') && (opens || two_words(&line[at + 2..]))).then_some(at)
}

/// Whether a text starts with two words and only a space between, the second no operator.
fn two_words(text: &[u8]) -> bool {
    let mut words = text.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
    let plain = |word: &[u8]| word.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80);
    match (words.next(), words.next()) {
        (Some(first), Some(second)) => {
            let operator: &[&[u8]] = &[b"if", b"else", b"for", b"in", b"and", b"or", b"is", b"not"];
            plain(first) && plain(second) && !operator.contains(&second)
        }
        _ => false,
    }
}

/// Length without trailing white space.
fn trimmed(text: &[u8]) -> usize {
    text.trim_ascii_end().len()
}

/// Overwrites a comparison at the end of `code` with spaces.
fn blank_operator(code: &mut [u8]) {
    let end = trimmed(code);
    let start = end - code[..end].iter().rev().take_while(|byte| b"=<>!".contains(byte)).count();
    code[start..end].fill(b' ');
}

/// `if task == // condition {` has lost its right side and its brace: blanks the operator and the comment.
fn free_brace(line: &mut [u8]) {
    let Some(at) = line.windows(2).position(|pair| pair == b"//") else { return };
    let end = trimmed(line);
    let code = trimmed(&line[..at]);
    let dangling = code > 0 && b"=<>".contains(&line[code - 1]);
    if dangling && end > at + 2 && line[end - 1] == b'{' {
        line[at..end - 1].fill(b' ');
        blank_operator(&mut line[..code]);
    }
}

/// Whether what follows `# ` is a preprocessor directive.
fn is_directive(text: &[u8]) -> bool {
    let directives: &[&[u8]] =
        &[b"include", b"define", b"undef", b"if", b"else", b"elif", b"endif", b"pragma", b"error", b"line"];
    let word = text.split(|byte| !byte.is_ascii_alphabetic()).next().unwrap_or_default();
    let rest = &text[word.len()..];
    // "# if the task is known" is prose; a directive's operand is no plain sentence.
    directives.contains(&word) && (word != b"if" && word != b"else" && word != b"line" || rest.len() < 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_python_lines_become_comments_and_keep_their_length() {
        assert_eq!(hash_comments("if task == : // condition"), "if task    : #/ condition");
        assert_eq!(hash_comments("out.append( ) // step 1"), "out.append( ) #/ step 1");
        assert_eq!(hash_comments("half = n // 2"), "half = n // 2");
        assert_eq!(hash_comments("u = 'http://bread and butter'"), "u = 'http://bread and butter'");
        assert_eq!(hash_comments("x = a // b if c else d"), "x = a // b if c else d");
    }

    #[test]
    fn broken_c_like_lines_keep_their_braces() {
        assert_eq!(slash_comments("  # Just copy"), "  //Just copy");
        assert_eq!(slash_comments("#include <map>"), "#include <map>");
        assert_eq!(slash_comments("if task == // which {"), "if task             {");
        assert_eq!(slash_comments("x := 1 // one {"), "x := 1 // one {");
        assert_eq!(slash_comments("f(); % see the notes"), "f(); //see the notes");
        assert_eq!(slash_comments("  ;; reverse it"), "  // reverse it");
        assert_eq!(slash_comments("a = b % c; x = d -- e"), "a = b % c; x = d -- e");
        assert_eq!(slash_comments("if (a) { -- i; }"), "if (a) { -- i; }");
    }
}
