//! Whole programs in the manner of code-completion tasks: a sentence in a container or a string of some language, and a stub
//! whose comment says how it is read.

use unspool::measure::replay::wrap::Rng;

use super::speech::Speech;
use crate::families::one_of;

pub(super) const SENTENCES: &[&str] = &[
    "describe how to bake fresh bread at home",
    "Write a short poem about the old harbor in winter.",
    "explain why the well-known ferry leaves at 7 every morning",
    "list three birds that sing at night, and say when",
    "It's raining, so take an umbrella and a warm coat.",
    "how do I repair a flat bicycle tire without tools",
    "Which birds visit the feeder in early spring?",
    "teach my brother to fold a paper boat",
    "plante des herbes et des fèves près de l'étang",
    "outline a lesson about the planets, the moon and the tides",
    "tell people when tea is ready",
    "give instructions for brewing strong tea in a camp kitchen today",
];

const NAMES: &[&str] =
    &["basket", "my_list", "q", "wordBag", "parts", "arr2", "items", "lantern", "seq", "stackOfWords"];
const CALLS: &[&str] = &["decode", "unfold", "read_all", "solve", "weave", "assemble", "getTask"];
const NOISE: &[&str] = &["loading", "step two", "start", "done soon", "42 items"];

/// A program and what damage has to know of it.
#[derive(Clone)]
pub(super) struct Program {
    pub(super) code: String,
    pub(super) fence: String,
    pub(super) comment: String,
    pub(super) names: Vec<String>,
    pub(super) shown: Shown,
    /// What stands before and after the code.
    pub(super) before: String,
    pub(super) after: String,
}

/// How a prompt shows its code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Fenced,
    Untagged,
    Bare,
    /// The opening fence alone.
    Unclosed,
}

impl Program {
    pub(super) fn new(code: String, fence: &str, comment: &str, names: Vec<String>, rng: &mut Rng) -> Self {
        let before = one_of(
            rng,
            &["Complete the missing code below.", "Continue the code.", "Here is my program:", ""],
        );
        let after = one_of(rng, &["Thanks!", "Only give me the completed code.", ""]);
        let shown = [Shown::Fenced, Shown::Untagged, Shown::Bare][rng.below(3)];
        let (fence, comment) = (fence.to_owned(), comment.to_owned());
        Program { code, fence, comment, names, shown, before: before.to_owned(), after: after.to_owned() }
    }

    /// The whole prompt.
    pub(super) fn prompt(&self) -> String {
        let code = &self.code;
        let code = match self.shown {
            Shown::Fenced => format!("```{}\n{code}\n```", self.fence),
            Shown::Untagged => format!("```\n{code}\n```"),
            Shown::Unclosed => format!("```{}\n{code}", self.fence),
            Shown::Bare => code.clone(),
        };
        let parts = [self.before.as_str(), &code, &self.after];
        parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("\n\n")
    }
}

/// Writes a sentence into a program.
pub(super) type Shape = fn(&Speech, &str, &mut Rng) -> Program;

pub(super) const SHAPES: &[(&str, Shape)] = &[
    ("pushes", |speech, text, rng| {
        let words: Vec<&str> = text.split(' ').collect();
        let says = one_of(
            rng,
            &[
                "join the words with a space",
                "put the words together",
                "read it from first to last",
                "concatenate the parts",
            ],
        );
        with_rows(speech, speech.push, &words, says, rng)
    }),
    ("stack", |speech, text, rng| {
        let words: Vec<&str> = text.split(' ').rev().collect();
        let says = one_of(
            rng,
            &[
                "reverse the order and join",
                "pop every word until it is empty",
                "last in, first out: build the task",
                "walk from the end to the start",
            ],
        );
        with_rows(speech, speech.push, &words, says, rng)
    }),
    ("fronts", |speech, text, rng| {
        let words: Vec<&str> = text.split(' ').rev().collect();
        let says = one_of(
            rng,
            &[
                "iterate from the front and join with a space",
                "take the words in order",
                "read from left to right",
            ],
        );
        with_rows(speech, speech.front, &words, says, rng)
    }),
    ("list", |speech, text, rng| {
        let items: Vec<String> = text.split(' ').map(|word| quoted(speech, word)).collect();
        let bare: Vec<String> = text.split(' ').map(|word| format!("{word:?}")).collect();
        let line = speech.list.replace("{items}", &items.join(", ")).replace("{semi}", &items.join("; "));
        let line = line.replace("{spaced}", &items.join(" ")).replace("{bare}", &bare.join(" "));
        program(speech, &[line], "join the words with blanks", rng)
    }),
    ("string", |speech, text, rng| {
        let line = speech.text.replace("{t}", &escaped(speech, speech.text, text));
        program(
            speech,
            &[line],
            one_of(rng, &["return it as it is", "copy the string", "nothing else to do"]),
            rng,
        )
    }),
    ("hyphens", |speech, text, rng| {
        let line = speech.text.replace("{t}", &escaped(speech, speech.text, &text.replace(' ', "-")));
        program(
            speech,
            &[line],
            one_of(rng, &["replace each - by a space", "split on the hyphen and join with blanks"]),
            rng,
        )
    }),
    ("reversed", |speech, text, rng| {
        let turned: String = text.chars().rev().collect();
        let line = speech.text.replace("{t}", &escaped(speech, speech.text, &turned));
        program(
            speech,
            &[line],
            one_of(rng, &["return the string in reverse order", "read it backwards"]),
            rng,
        )
    }),
    ("additions", |speech, text, rng| {
        let words: Vec<&str> = text.split(' ').collect();
        let pieces: Vec<String> = words.chunks(3).map(|chunk| chunk.join(" ")).collect();
        let last = pieces.len() - 1;
        let line = |at: usize, piece: &String| {
            let row = if at == 0 { speech.text } else { speech.add };
            let gap = if at == last { "" } else { " " };
            row.replace("{t}", &escaped(speech, row, &format!("{piece}{gap}")))
        };
        let lines: Vec<String> = pieces.iter().enumerate().map(|(at, piece)| line(at, piece)).collect();
        program(speech, &lines, "nothing more to do", rng)
    }),
];

/// A container filled row by row, with other statements here and there.
fn with_rows(speech: &Speech, row: &str, words: &[&str], says: &str, rng: &mut Rng) -> Program {
    let mut lines = vec![speech.new.to_owned()];
    let noisy = rng.below(3) == 0;
    for word in words {
        if noisy && rng.below(4) == 0 {
            lines.push(speech.say.replace("{w}", one_of(rng, NOISE)));
        }
        lines.push(row.replace("{w}", &escaped(speech, row, word)));
    }
    program(speech, &lines, says, rng)
}

fn program(speech: &Speech, lines: &[String], says: &str, rng: &mut Rng) -> Program {
    let (name, function) = (one_of(rng, NAMES), one_of(rng, CALLS));
    let depth =
        if speech.open.is_empty() || speech.open.starts_with("<?") { 0 } else { speech.open.lines().count() };
    let indent = "    ".repeat(depth);
    let mut code = String::new();
    if rng.below(5) > 0 {
        code += speech.stub;
        code.push('\n');
    }
    if !speech.open.is_empty() {
        code += &format!("{}\n", speech.open);
    }
    for line in lines.iter().map(String::as_str).chain([speech.call]) {
        code += &format!("{indent}{line}\n");
    }
    code += speech.close;
    let code = code.replace("{v}", name).replace("{f}", function).replace("{c}", says);
    let names = vec![name.to_owned(), function.to_owned()];
    Program::new(code, speech.fence, speech.comment, names, rng)
}

fn quoted(speech: &Speech, word: &str) -> String {
    let quote = if speech.push.contains('\'') { '\'' } else { '"' };
    format!("{quote}{}{quote}", escaped(speech, speech.push, word))
}

/// An apostrophe within single quotes, as the language of the row writes it.
fn escaped(speech: &Speech, row: &str, text: &str) -> String {
    match (row.contains('\''), row.contains('"')) {
        (true, false) if ["matlab", "pascal"].contains(&speech.name) => text.replace('\'', "''"),
        (true, false) => text.replace('\'', "\\'"),
        _ => text.to_owned(),
    }
}
