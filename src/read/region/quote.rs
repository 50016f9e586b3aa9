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

/// The code with the quote that one of its lines lacks.
pub(super) fn restored(mut text: String) -> String {
    let lost = match text.len() <= LONGEST {
        true => ['"', '\''].into_iter().find_map(|mark| Some((lost(&text, mark)?, mark))),
        false => None,
    };
    if let Some((at, mark)) = lost {
        text.insert(at, mark);
    }
    text
}

/// Where the only line with an odd number of marks lacks one.
fn lost(text: &str, mark: char) -> Option<usize> {
    let (mut odd, mut count, mut start) = (None, 0, 0);
    for line in text.split_inclusive('\n') {
        let own = marks(line, mark).count();
        count += own;
        if own % 2 == 1 {
            if odd.is_some() {
                return None;
            }
            odd = Some((start, line));
        }
        start += line.len();
    }
    let (start, line) = odd.filter(|_| count >= FEWEST)?;
    place(line, mark).map(|at| start + at)
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

fn place(line: &str, mark: char) -> Option<usize> {
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
                _ => closing(piece),
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

/// Where a text closes that runs on into what stands behind it.
fn closing(inside: &str) -> Option<usize> {
    let words = inside.split(BETWEEN).next().unwrap_or_default().trim_end();
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
        ] {
            assert_eq!(restored(format!("{others}{broken}")), format!("{others}{whole}"));
        }
    }

    #[test]
    fn texts_of_several_lines_and_other_quotes_stay() {
        for text in [
            "a = \"1\"\nb = \"2\"\nc = \"3\"\nd = \"bake\nrye\"\n",
            "f(\"a\"); f(\"b\"); f(\"c\"); g('\"');\n",
            "f(\"a\"); f(\"b\"); f(\"c\"); g(\"5\\\" pipe\");\n",
            "x = f\"a\"; y = r\"b\"; z = \"c\"\n",
        ] {
            assert_eq!(restored(text.to_owned()), text);
        }
    }
}
