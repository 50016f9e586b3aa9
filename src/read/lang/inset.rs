//! Python whose lines lost their indentation, set in again: what opens a block is followed by its body, a `return` ends the
//! function, `else` belongs to the `if` before.

use super::macros::Expanded;

/// Words that open a block, with a colon at the end of the line.
const OPENING: &[&str] = &[
    "def", "class", "if", "elif", "else", "for", "while", "try", "except", "finally", "with", "match",
    "case", "async",
];
/// One step to the right.
const STEP: &str = "    ";
/// Blocks within blocks, at most.
const DEEPEST: usize = 12;
/// Longer texts are not looked at.
const LONGEST: usize = 32 << 10;

/// One block that is open.
#[derive(Debug, Clone, Copy)]
struct Open<'t> {
    word: &'t str,
    /// The name that it defines.
    name: &'t str,
    depth: usize,
    filled: bool,
}

/// The text set in again; None where its lines are set in, or need not be.
pub(super) fn set_in(text: &str) -> Option<Expanded> {
    if text.len() > LONGEST || !is_flat(text) {
        return None;
    }
    let mut out = Expanded::new();
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut class: Option<&str> = None;
    let mut nested = Nesting::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let shown = line.trim();
        let goes_on = nested.is_open();
        if shown.is_empty() && !goes_on {
            open.clear();
        }
        let plain = shown.is_empty() || shown.starts_with('#');
        if !goes_on && !plain {
            class = place(shown, &mut open, class).or(class);
            let depth = open.last().map_or(0, |last| last.depth + 1);
            let word = first_word(shown);
            let opens = is_opener(shown);
            out.push_str(&STEP.repeat(depth.min(DEEPEST)));
            if let Some(last) = open.last_mut() {
                last.filled = true;
            }
            if opens && depth < DEEPEST {
                open.push(Open { word, name: defined(shown), depth, filled: false });
            } else if matches!(word, "return" | "raise" | "break" | "continue" | "pass") {
                open.pop();
            }
        }
        out.goes_on(at);
        out.push_str(line);
        nested.read(line);
        at += line.len();
    }
    Some(out)
}

/// Whether blocks are opened and no line is set in.
fn is_flat(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).peekable();
    let mut opened = false;
    while let Some(line) = lines.next() {
        if line.starts_with([' ', '\t']) {
            return false;
        }
        opened |= is_opener(line.trim()) && lines.peek().is_some();
    }
    opened
}

/// Closes what a line does not belong to. The name of the class that the line opens; `class` is the last that was opened.
fn place<'t>(line: &'t str, open: &mut Vec<Open<'t>>, class: Option<&'t str>) -> Option<&'t str> {
    let word = first_word(line);
    let behind = |open: &mut Vec<Open<'t>>, words: &[&str]| {
        if let Some(found) = open.iter().rposition(|block| words.contains(&block.word)) {
            open.truncate(found);
        }
    };
    let fresh = open.last().is_some_and(|last| !last.filled);
    match word {
        "elif" | "else" => behind(open, &["if", "elif", "for", "while", "try", "except"]),
        "except" | "finally" => behind(open, &["try", "except", "else"]),
        "case" => behind(open, &["case"]),
        "class" => open.clear(),
        _ if line.starts_with('@') || matches!(word, "def" | "async") => {
            let method = line.contains("(self") || line.contains("(cls");
            if !fresh || method {
                open.retain(|block| block.word == "class");
                if let Some(name) = class.filter(|_| method && open.is_empty()) {
                    open.push(Open { word: "class", name, depth: 0, filled: true });
                }
                if !method && !line.starts_with('@') {
                    open.clear();
                }
            }
        }
        "return" | "raise" if !fresh => {
            if let Some(function) = open.iter().rposition(|block| block.word == "def") {
                open.truncate(function + 1);
            }
        }
        _ => {
            // What calls the function does not stand in it, but for its own recursion.
            let calls = |block: &Open<'_>| {
                !block.name.is_empty()
                    && line.contains(&format!("{}(", block.name))
                    && (line.starts_with("print") || line.contains("= ") || line.starts_with(block.name))
            };
            if word == "import" || line.starts_with("if __name__") || !fresh && open.iter().any(calls) {
                open.clear();
            }
        }
    }
    (word == "class").then(|| defined(line))
}

fn is_opener(line: &str) -> bool {
    let line = line.split(" #").next().unwrap_or(line).trim_end();
    line.ends_with(':') && OPENING.contains(&first_word(line))
}

fn first_word(line: &str) -> &str {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// The name of the function or class that a line defines.
fn defined(line: &str) -> &str {
    let mut words =
        line.split(|c: char| !c.is_alphanumeric() && c != '_').skip_while(|word| *word == "async");
    match words.next() {
        Some("def" | "class") => words.next().unwrap_or_default(),
        _ => "",
    }
}

/// Brackets and long strings that go on over lines.
#[derive(Debug, Default)]
struct Nesting {
    brackets: usize,
    long: bool,
}

impl Nesting {
    fn is_open(&self) -> bool {
        self.brackets > 0 || self.long
    }

    fn read(&mut self, line: &str) {
        let marks = line.matches("\"\"\"").count() + line.matches("'''").count();
        self.long ^= marks % 2 == 1;
        if self.long || marks > 0 {
            return;
        }
        let mut quote = None;
        let mut bytes = line.bytes();
        while let Some(byte) = bytes.next() {
            match (quote, byte) {
                (Some(_), b'\\') => {
                    bytes.next();
                }
                (Some(mark), byte) if mark == byte => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'#') => return,
                (None, b'(' | b'[' | b'{') => self.brackets += 1,
                (None, b')' | b']' | b'}') => self.brackets = self.brackets.saturating_sub(1),
                (None, _) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_lost_their_indentation_are_set_in_again() {
        let programs = [
            "import re\n\ndef f(ws):\n    out = \"\"\n    for w in ws:\n        if w != \"x\":\n            out = out + w + \" \"\n    return out\nprint(f([\"dry\",\n\"hops\"]))\n",
            "def f(x):\n    if x:\n        return 1\n    else:\n        return 2\n\ny = f(3)\n",
            "class Stack:\n    def __init__(self):\n        self.items = []\n\n    def push(self, w):\n        self.items.append(w)\ns = Stack()\n",
            "def outer(a):\n    def inner(b):\n        return a + b\n    return inner\nprint(outer(1)(2))\n",
            "for i in range(3):\n    try:\n        out += next(it)\n    except StopIteration:\n        break\n",
        ];
        for program in programs {
            let flat: String = program.lines().map(|line| format!("{}\n", line.trim_start())).collect();
            let found = set_in(&flat).unwrap();

            assert_eq!(found.text, program, "{flat}");
            let word = found.text.find("out").unwrap_or(0);
            assert_eq!(found.written_at(word), flat.find("out").unwrap_or(0));
            assert!(set_in(program).is_none(), "{program}");
        }
        assert!(set_in("a = 1\nprint(a)\n").is_none());
    }
}
