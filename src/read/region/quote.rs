//! A quote that got lost: the one line with an odd number of them has it back where a word ends or begins.

/// Longer code is left as it is.
const LONGEST: usize = 16 << 10;
/// Code with fewer quotes does not say how its texts look.
const FEWEST: usize = 7;
/// What stands between texts.
const BETWEEN: [char; 12] = [',', ')', ']', ';', '}', '|', '+', '&', '.', '=', ':', '>'];
/// What stands before a text.
const BEFORE: [char; 9] = ['(', '[', '{', ',', '=', '+', '|', '&', ' '];
/// Letters that belong to the quote behind them.
const PREFIXES: &str = "rRbBfFuULtTEN8";

/// Lines that lack a quote, at most.
const MOST_LOST: usize = 4;

/// The code with the quotes that its lines lack, texts on one line that were broken over two, and texts that end in the mark they
/// begin with.
pub(super) fn restored(text: String) -> String {
    if text.len() > LONGEST || !text.contains(['"', '\'']) {
        return text;
    }
    let mut text = matched(rejoined(text));
    for mark in ['"', '\''] {
        let lost = lost(&text, mark);
        for at in lost.iter().rev() {
            text.insert(*at, mark);
        }
        if !lost.is_empty() {
            break;
        }
    }
    text
}

/// Lines joined where a text of plain words runs over the end of one: somebody wrapped them.
fn rejoined(text: String) -> String {
    let mut out = text.clone();
    let (mut open, mut start) = (None, 0);
    for line in text.split_inclusive('\n') {
        let marks: Vec<usize> = marks(line, '"').chain(marks(line, '\'')).collect();
        let runs = |from: usize, to: usize| line.get(from..to).is_some_and(is_running);
        if let (Some((newline, mark)), Some(first)) = (open.take(), marks.iter().min())
            && line.get(*first..).is_some_and(|rest| rest.starts_with(mark))
            && marks.len() % 2 == 1
            && runs(0, *first)
        {
            out.replace_range(newline..=newline, " ");
        } else if let (1, Some(last)) = (marks.len() % 2, marks.iter().max())
            && runs(last + 1, line.trim_end().len())
            && line.ends_with('\n')
        {
            open = line
                .get(*last..)
                .and_then(|rest| rest.chars().next())
                .map(|mark| (start + line.len() - 1, mark));
        }
        start += line.len();
    }
    out
}

/// Words and stops, as sentences have them.
fn is_running(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, ' ' | ',' | '.' | '!' | '?' | '-' | '\'' | '\r'))
}

/// Texts that end in the mark they begin with, where the line holds one of each kind.
fn matched(text: String) -> String {
    let mut out = text.clone();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let shown = line.trim_end();
        let all: Vec<(usize, char)> = {
            let mut all: Vec<(usize, char)> = ['"', '\'']
                .into_iter()
                .flat_map(|mark| marks(shown, mark).map(move |at| (at, mark)))
                .collect();
            all.sort_unstable();
            all
        };
        let odd = |mark: char| all.iter().filter(|(_, own)| *own == mark).count() % 2 == 1;
        if odd('"') && odd('\'') {
            let mut open: Option<char> = None;
            for (nth, (at, mark)) in all.iter().enumerate() {
                match open {
                    None => open = Some(*mark),
                    Some(own) if own == *mark => open = None,
                    Some(own) => {
                        let rest = shown.get(at + 1..).unwrap_or_default();
                        let ends = rest.trim_start().is_empty()
                            || rest.trim_start().starts_with(BETWEEN)
                            || rest.starts_with(' ')
                                && !all.iter().skip(nth + 1).any(|(_, later)| *later == own);
                        if ends {
                            out.replace_range(start + at..=start + at, own.encode_utf8(&mut [0; 4]));
                            open = None;
                        }
                    }
                }
            }
        }
        start += line.len();
    }
    out
}

/// Where lines with an odd number of marks lack one: a single line, or a few of which each shows plainly where.
fn lost(text: &str, mark: char) -> Vec<usize> {
    let (mut odd, mut count, mut start) = (Vec::new(), 0, 0);
    for line in text.split_inclusive('\n') {
        let own = marks(line, mark).count();
        count += own;
        if own % 2 == 1 {
            odd.push((start, line));
        }
        start += line.len();
    }
    if count < FEWEST || odd.len() > MOST_LOST {
        return Vec::new();
    }
    let several = odd.len() > 1;
    let places: Option<Vec<usize>> = odd
        .iter()
        .map(|(start, line)| {
            let at = place(line, mark, text)?;
            let rest = line.get(at..).unwrap_or_default().trim();
            // The end of a line may be that of a text over several lines.
            let plain = !several
                || rest.starts_with(BETWEEN)
                || rest.starts_with(char::is_alphanumeric)
                || rest.is_empty() && text.contains(&format!("{mark}\n"));
            plain.then_some(start + at)
        })
        .collect();
    places.unwrap_or_default()
}

/// Positions of marks that open or close a text: not those behind a backslash, within other quotes or within a word.
fn marks(line: &str, mark: char) -> impl Iterator<Item = usize> + '_ {
    let bytes = line.as_bytes();
    let near = move |at: Option<usize>| at.and_then(|at| bytes.get(at)).copied().unwrap_or(b' ');
    line.match_indices(mark).map(|(at, _)| at).filter(move |at| {
        let (before, behind) = (near(at.checked_sub(1)), near(at.checked_add(1)));
        let quoted = matches!(before, b'\'' | b'"') && before == behind && char::from(before) != mark;
        let within = before.is_ascii_alphanumeric() && behind.is_ascii_alphanumeric() && mark == '\'';
        before != b'\\' && !quoted && !within
    })
}

fn place(line: &str, mark: char, text: &str) -> Option<usize> {
    let marks: Vec<usize> = marks(line, mark).collect();
    let shown = line.trim_end();
    // Some languages open their comments with a quote.
    if marks.len() == 1 && line.trim_start().starts_with(mark) {
        return None;
    }
    let starts = std::iter::once(0).chain(marks.iter().map(|at| at + 1));
    let ends = marks.iter().copied().chain([shown.len()]);
    let pieces: Vec<(usize, &str)> =
        starts.zip(ends).map(|(from, to)| (from, line.get(from..to).unwrap_or_default())).collect();
    for (at, (from, piece)) in pieces.iter().enumerate() {
        let found = if at % 2 == 0 {
            (at < marks.len()).then(|| opening(piece)).flatten()
        } else {
            match pieces.get(at + 1) {
                Some((_, next)) if !is_words(next) || !piece.contains(BETWEEN) => None,
                None => tail(piece, mark, text).or_else(|| closing(piece, true)),
                Some(_) => closing(piece, false),
            }
        };
        if let Some(within) = found {
            return Some(from + within);
        }
    }
    None
}

fn is_words(text: &str) -> bool {
    text.starts_with(char::is_alphanumeric)
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '\'' | '-' | '_'))
}

/// Where a text opens whose words run into the closing quote.
fn opening(outside: &str) -> Option<usize> {
    let words = |from: usize| outside.get(from..).filter(|text| is_words(text)).map(|text| (from, text));
    let after = |c: char| outside.rfind(c).map(|at| at + c.len_utf8());
    let behind = BEFORE.into_iter().filter(|c| *c != ' ').filter_map(after).max()?;
    let blanks = outside.get(behind..)?.len() - outside.get(behind..)?.trim_start().len();
    let (from, text) = words(behind + blanks)?;
    // A function and its argument: the last word alone is the text.
    let from = match text.rfind(' ') {
        Some(last) if outside.get(..behind)?.ends_with('(') => from + last + 1,
        _ => from,
    };
    let text = outside.get(from..)?;
    let is_prefix = text.len() <= 2 && text.chars().all(|c| PREFIXES.contains(c));
    (!is_prefix && !text.ends_with(' ')).then_some(from)
}

/// The longest end of a line that is looked for behind other texts.
const LONGEST_TAIL: usize = 48;

/// Where the last text of a line closes: what stands behind it stands behind other texts at the end of their lines as well.
fn tail(inside: &str, mark: char, text: &str) -> Option<usize> {
    let shown = inside.trim_end();
    let from = shown.len().saturating_sub(LONGEST_TAIL).max(1);
    let ends = |at: &usize| {
        let Some(rest) = shown.get(*at..) else { return false };
        let behind = format!("{mark}{rest}\n");
        !rest.starts_with(char::is_alphanumeric) && text.contains(&behind)
    };
    let words = |at: usize| shown.get(..at).filter(|words| is_running(words)).map(|_| at);
    (from..=shown.len()).find(ends).and_then(words)
}

/// Where a text closes that runs on into what stands behind it. A comma belongs to the text where a sentence goes on behind it,
/// or nothing does on the whole line.
fn closing(inside: &str, ends_line: bool) -> Option<usize> {
    let end = inside.find(BETWEEN).unwrap_or(inside.len());
    let whole = inside.trim_end_matches(|c: char| c.is_whitespace() || ")];}".contains(c));
    let rest = inside.get(end..).unwrap_or_default();
    let sentence =
        ends_line && inside.get(..end).is_some_and(|words| words.contains(' ')) && is_running(whole);
    let last = ends_line && rest.starts_with([',', '.']) && whole.len() == end + 1;
    let words = if sentence || last { whole } else { inside.get(..end).unwrap_or_default().trim_end() };
    (!words.is_empty()).then_some(words.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_quote_comes_back_where_the_word_ends_or_begins() {
        let others = "say(\"a\")\nsay(\"b\")\nsay(\"c\")\n";
        for (broken, whole) in [
            ("say(\"rye)\n", "say(\"rye\")\n"),
            ("say(rye\")\n", "say(\"rye\")\n"),
            ("(push \"rye)\n", "(push \"rye\")\n"),
            ("(push rye\" st)\n", "(push \"rye\" st)\n"),
            ("l = [\"bake\", \"rye, \"bread\"]\n", "l = [\"bake\", \"rye\", \"bread\"]\n"),
            ("l = [\"bake\", rye\", \"bread\"]\n", "l = [\"bake\", \"rye\", \"bread\"]\n"),
            ("st = [\"rye | st]\n", "st = [\"rye\" | st]\n"),
            ("puts \"rye\n", "puts \"rye\"\n"),
            ("say(\"rye,)\n", "say(\"rye,\")\n"),
            ("x += \"It's dark, so ;\n", "x += \"It's dark, so\" ;\n"),
        ] {
            assert_eq!(restored(format!("{others}{broken}")), format!("{others}{whole}"));
        }
    }

    #[test]
    fn wrapped_texts_and_marks_that_do_not_match_are_mended() {
        for (broken, whole) in [
            ("say(\"bake dark\nrye bread, then rest\");\n", "say(\"bake dark rye bread, then rest\");\n"),
            ("say(\"rye');\nsay('bread');\n", "say(\"rye\");\nsay('bread');\n"),
            ("(push \"rye' bag)\n", "(push \"rye\" bag)\n"),
            ("x = ['a', \"b']\n", "x = ['a', \"b\"]\n"),
            (
                "a(\"1\"); b(\"2\"); c(\"3\")\nd(\"rye)\ne(\"4\")\nf(\"bread)\n",
                "a(\"1\"); b(\"2\"); c(\"3\")\nd(\"rye\")\ne(\"4\")\nf(\"bread\")\n",
            ),
            ("print(\"it's done\")\n", "print(\"it's done\")\n"),
            (
                "(push \"a\" bag)\n(push \"rye bag)\n(push \"b\" bag)\n(say \"1\" \"2\")\n(push \"it bag)\n",
                "(push \"a\" bag)\n(push \"rye\" bag)\n(push \"b\" bag)\n(say \"1\" \"2\")\n(push \"it\" bag)\n",
            ),
        ] {
            assert_eq!(restored(broken.to_owned()), whole);
        }
    }

    #[test]
    fn texts_of_several_lines_and_other_quotes_stay() {
        for text in [
            "a = \"1\"\nb = \"2\"\nc = \"3\"\nd = \"bake(\nrye)\"\n",
            "f(\"a\"); f(\"b\"); f(\"c\"); g('\"');\n",
            "f(\"a\"); f(\"b\"); f(\"c\"); g(\"5\\\" pipe\");\n",
            "x = f\"a\"; y = r\"b\"; z = \"c\"\n",
        ] {
            assert_eq!(restored(text.to_owned()), text);
        }
    }
}
