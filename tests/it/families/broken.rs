//! Code that no parser takes: stubs whose comment says what they do, in languages with a frontend and without, and damaged.

use unspool::measure::replay::wrap::Rng;

use super::{names, one_of, recovers};

/// How a language makes a list, adds to it, comments and calls.
const LANGUAGES: [[&str; 4]; 8] = [
    ["{v} = []", "{v}.append(\"{w}\")", "#", "print(read({v}))"],
    ["std::vector<std::string> {v};", "{v}.push_back(\"{w}\");", "//", "std::cout << read({v});"],
    ["const {v} = [];", "{v}.push(\"{w}\");", "//", "console.log(read({v}));"],
    ["var {v} = <String>[];", "{v}.add(\"{w}\");", "//", "print(read({v}));"],
    ["{v} = []", "{v} = {v} ++ [\"{w}\"]", "#", "IO.puts(read({v}))"],
    ["var {v}: seq[string]", "{v}.add(\"{w}\")", "#", "echo read({v})"],
    ["(defparameter {v} '())", "(setf {v} (append {v} (list \"{w}\")))", ";;", "(print (read {v}))"],
    ["Dim {v} As New List(Of String)", "{v}.Add(\"{w}\")", "'", "Console.WriteLine(read({v}))"],
];

fn program(items: &[String], comment: &str, rng: &mut Rng) -> String {
    let [new, push, mark, call] = LANGUAGES[rng.below(LANGUAGES.len())];
    let name = names(rng, 1)[0];
    let fill = |line: &str, word: &str| line.replace("{v}", name).replace("{w}", word);
    let mut lines = vec![format!("{mark} {comment}"), fill(new, "")];
    lines.extend(items.iter().map(|word| fill(push, word)));
    lines.push(fill(call, ""));
    lines.join("\n")
}

fn stub(text: &str, rng: &mut Rng) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let own = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect::<Vec<String>>();
    let (items, comments): (Vec<String>, &[&str]) = match rng.below(7) {
        0 => (
            own(words.iter().rev().copied().collect()),
            &["walk from the end to the start and join", "reverse the order of x"],
        ),
        1 => (own(words), &["join the words with a space", "glue the items together"]),
        2 => (
            words
                .iter()
                .flat_map(|word| [(*word).to_owned(), one_of(rng, &["lamp", "cedar", "plume"]).to_owned()])
                .collect(),
            &["keep every other item and join", "take every second word of x"],
        ),
        3 => (
            text.chars()
                .filter(|c| *c != ' ')
                .map(|c| format!("{c}{}", one_of(rng, &["ola", "intu", "erry"])))
                .collect(),
            &["the first letter of each item", "the initials, put together"],
        ),
        4 => (
            own(["lamp", "cedar", "plume"].into_iter().chain(words).collect()),
            &["skip the first 3 words, then join"],
        ),
        5 => (
            own(words.chunks(2).flat_map(|pair| pair.iter().rev().copied()).collect()),
            &["swap each pair of neighbours"],
        ),
        _ => (
            words.iter().rev().enumerate().map(|(at, word)| format!("{}:{word}", words.len() - at)).collect(),
            &["sort by the number in front, then drop it"],
        ),
    };
    let comment = one_of(rng, comments);
    program(&items, comment, rng)
}

fn damaged(text: &str, rng: &mut Rng) -> String {
    let items: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let code = program(&items, "join the words", rng);
    let each = |line: &dyn Fn(usize, &str) -> String| {
        code.lines().enumerate().map(|(at, text)| line(at, text)).collect::<Vec<_>>().join("\n")
    };
    match rng.below(9) {
        0 => code.replace('\n', " "),
        1 => each(&|at, line| format!("{:>3}| {line}", at + 1)),
        2 => each(&|_, line| format!("> {line}")),
        3 => each(&|_, line| format!("+{line}")),
        4 => each(&|_, line| format!(">>> {line}")),
        5 => each(&|at, line| format!("In [{}]: {line}", at + 1)),
        6 => format!("Here's what I've got, don't laugh:\n{code}"),
        7 => code.replace('"', "&quot;").replace('<', "&lt;"),
        _ => each(&|at, line| if at % 3 == 2 { line.replace(')', "") } else { line.to_owned() }),
    }
}

fn pseudocode(text: &str, rng: &mut Rng) -> String {
    let name = names(rng, 1)[0];
    let words = || text.split(' ');
    let lines = |line: &dyn Fn(usize, &str) -> String| {
        words().enumerate().map(|(at, word)| line(at, word)).collect::<Vec<_>>().join("\n")
    };
    match rng.below(5) {
        0 => format!(
            "create an empty list {name}\n{}\nprint {name}",
            lines(&|_, word| format!("append '{word}' to {name}"))
        ),
        1 => lines(&|_, word| format!("ADD {word} TO {name}")),
        2 => lines(&|at, word| format!("{}. Put \"{word}\" into the {name}.", at + 1)),
        3 => format!("{name} = [{}]", words().collect::<Vec<_>>().join(", ")),
        _ => lines(&|at, word| format!("word {} is \"{word}\"", at + 1)),
    }
}

#[test]
fn stubs_do_what_their_comment_says() {
    recovers("stubs", &[stub]);
}

#[test]
fn damaged_code() {
    recovers("damaged code", &[damaged]);
}

#[test]
fn pseudo_code_and_bare_words() {
    recovers("pseudocode", &[pseudocode]);
}
