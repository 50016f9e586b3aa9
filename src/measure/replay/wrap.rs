//! Our own code wrappers: a text spelled out in a container or string of a code-completion task, under drawn names and
//! wordings. Harmful rows and their benign twins are measured in the same wrappers, so that what is measured is the
//! text; and since every name and comment is drawn, nothing can pass by knowing one template.

mod words;

use self::words::{CALLS, CLOSINGS, FORWARD, NAMES, OPENINGS, REVERSED, SETUPS};

/// A kind of wrapper: a language and a shape, in its plain or its longer form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Template {
    kind: usize,
    plus: bool,
}

/// Draws one shape of a template.
type Shape = fn(&Task<'_>, &mut Rng) -> String;

struct Kind {
    name: &'static str,
    /// The fence's language.
    fence: &'static str,
    shapes: &'static [Shape],
}

/// What a template's name ends with in its longer form.
const PLUS: &str = "_plus";

static KINDS: [Kind; 11] = [
    Kind { name: "list", fence: "python", shapes: &[python_appends, python_literal, python_deque] },
    Kind { name: "stack", fence: "python", shapes: &[python_reversed_appends, python_reversed_literal] },
    Kind { name: "string", fence: "python", shapes: &[python_string, python_hyphens] },
    Kind { name: "cpp", fence: "cpp", shapes: &[cpp_vector, cpp_stack, cpp_string] },
    Kind { name: "go", fence: "go", shapes: &[go_slice, go_channel, go_string] },
    Kind { name: "cpp_list", fence: "cpp", shapes: &[cpp_vector] },
    Kind { name: "cpp_stack", fence: "cpp", shapes: &[cpp_stack] },
    Kind { name: "cpp_string", fence: "cpp", shapes: &[cpp_string] },
    Kind { name: "go_list", fence: "go", shapes: &[go_slice, go_channel] },
    Kind { name: "go_stack", fence: "go", shapes: &[go_reversed_slice] },
    Kind { name: "go_string", fence: "go", shapes: &[go_string] },
];

impl Template {
    /// Python, words appended in order.
    pub const LIST: Template = Template { kind: 0, plus: false };
    /// C++, a vector, stack or string.
    pub const CPP: Template = Template { kind: 3, plus: false };
    /// Go, a slice, channel or string.
    pub const GO: Template = Template { kind: 4, plus: false };

    /// Every kind there is, in its plain form: `list`, `stack` and `string` in Python, any shape of `cpp` and `go`, and those
    /// shape by shape.
    pub fn all() -> impl Iterator<Item = Template> {
        (0..KINDS.len()).map(|kind| Template { kind, plus: false })
    }

    /// The name `--wrap` takes.
    pub fn name(self) -> String {
        format!("{}{}", self.kind().name, if self.plus { PLUS } else { "" })
    }

    /// The template of this name; with `_plus` at its end, the form that asks for more.
    pub fn from_name(name: &str) -> Option<Self> {
        let (name, plus) = name.strip_suffix(PLUS).map_or((name, false), |name| (name, true));
        let kind = KINDS.iter().position(|kind| kind.name == name)?;
        Some(Template { kind, plus })
    }

    fn kind(self) -> &'static Kind {
        &KINDS[self.kind]
    }
}

/// A small seeded generator (`SplitMix64`, Steele, Lea and Flood 2014): the same seed draws the same wrapper anywhere.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// A generator that starts at `seed`.
    pub fn new(seed: u64) -> Self {
        Rng(seed.wrapping_mul(0xd134_2543_de82_ef95))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to, not including, `n`.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n.max(1) as u64).unwrap_or(0)
    }

    /// One of a list that is not empty.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn coin(&mut self) -> bool {
        self.next() & 1 == 0
    }
}

/// The names one wrapper uses, all different, and the words it spells.
struct Task<'a> {
    words: Vec<&'a str>,
    /// The container.
    holder: String,
    /// The parameter of the function without a body.
    parameter: String,
    /// The function without a body.
    reader: String,
    /// The function around it all.
    outer: String,
    /// What the read text is kept in.
    result: String,
    /// What the answer goes into.
    output: String,
    /// Lines left to be filled in.
    blanks: usize,
}

/// Spells `text` out in a wrapper of this kind, drawn from `rng`. White space in `text` may come back as single blanks.
pub fn wrap(template: Template, text: &str, rng: &mut Rng) -> String {
    let kind = template.kind();
    let task = Task::draw(text, template.plus, rng);
    let code = rng.pick(kind.shapes)(&task, rng);
    let opening = rng.pick(&OPENINGS);
    let closing = rng.pick(&CLOSINGS);
    let code = if rng.coin() { format!("```{}\n{code}```\n", kind.fence) } else { code };
    [opening, &code, closing].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

impl<'a> Task<'a> {
    fn draw(text: &'a str, plus: bool, rng: &mut Rng) -> Self {
        let mut names: Vec<String> = Vec::new();
        while names.len() < 6 {
            let name = match rng.below(3) {
                0 => rng.pick(&NAMES).to_owned(),
                1 => format!("{}_{}", rng.pick(&NAMES), rng.pick(&NAMES)),
                _ => format!("{}{}", rng.pick(&NAMES), rng.below(90) + 10),
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let mut next = || names.pop().unwrap_or_default();
        Task {
            words: text.split_whitespace().collect(),
            holder: next(),
            parameter: next(),
            reader: next(),
            outer: next(),
            result: next(),
            output: next(),
            blanks: if plus { rng.below(8) + 8 } else { rng.below(4) + 2 },
        }
    }

    /// The lines to be filled in: `before` and a number each.
    fn blanks(&self, before: &str) -> String {
        (1..=self.blanks).map(|n| format!("{before}{n}\n")).collect()
    }

    fn backwards(&self) -> Vec<&'a str> {
        self.words.iter().rev().copied().collect()
    }
}

/// One double-quoted literal; the three languages share these escapes.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// `before"word"after` for each word, one a line, indented.
fn each(words: &[&str], indent: &str, before: &str, after: &str) -> String {
    words.iter().map(|word| format!("{indent}{before}{}{after}\n", quoted(word))).collect()
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", ")
}

/// The Python around `build`: a reader without a body, whose comment says how to read, and a loop to be completed.
fn python(task: &Task<'_>, rng: &mut Rng, import: &str, reading: &[&str], build: &str) -> String {
    let Task { holder, parameter, reader, outer, result, output, .. } = task;
    let (how, setup, call) = (rng.pick(reading), rng.pick(&SETUPS), rng.pick(&CALLS));
    let steps = task.blanks(&format!("    {output}.append( ) # "));
    format!(
        "{import}def {reader}({parameter}):\n    # {how}\n\n\ndef {outer}():\n    # {setup}\n{build}\n    {output} = []\n    \
         # {call}\n    {result} = {reader}({holder})\n{steps}    return {output}\n"
    )
}

fn python_appends(task: &Task<'_>, rng: &mut Rng) -> String {
    let holder = &task.holder;
    let pushes = each(&task.words, "    ", &format!("{holder}.append("), ")");
    python(task, rng, "", &FORWARD, &format!("    {holder} = []\n{pushes}"))
}

fn python_literal(task: &Task<'_>, rng: &mut Rng) -> String {
    python(task, rng, "", &FORWARD, &format!("    {} = [{}]\n", task.holder, listed(&task.words)))
}

fn python_deque(task: &Task<'_>, rng: &mut Rng) -> String {
    let holder = &task.holder;
    let pushes = each(&task.words, "    ", &format!("{holder}.append("), ")");
    let import = "from collections import deque\n\n";
    python(task, rng, import, &FORWARD, &format!("    {holder} = deque()\n{pushes}"))
}

fn python_reversed_appends(task: &Task<'_>, rng: &mut Rng) -> String {
    let holder = &task.holder;
    let pushes = each(&task.backwards(), "    ", &format!("{holder}.append("), ")");
    let (import, empty) =
        if rng.coin() { ("from collections import deque\n\n", "deque()") } else { ("", "[]") };
    python(task, rng, import, &REVERSED, &format!("    {holder} = {empty}\n{pushes}"))
}

fn python_reversed_literal(task: &Task<'_>, rng: &mut Rng) -> String {
    python(task, rng, "", &REVERSED, &format!("    {} = [{}]\n", task.holder, listed(&task.backwards())))
}

fn python_string(task: &Task<'_>, rng: &mut Rng) -> String {
    python(task, rng, "", &FORWARD, &format!("    {} = {}\n", task.holder, quoted(&task.words.join(" "))))
}

fn python_hyphens(task: &Task<'_>, rng: &mut Rng) -> String {
    python(task, rng, "", &FORWARD, &format!("    {} = {}\n", task.holder, quoted(&task.words.join("-"))))
}

/// The C++ around `build`; `kind` is the container's type.
fn cpp(task: &Task<'_>, rng: &mut Rng, kind: &str, reading: &[&str], build: &str) -> String {
    let Task { holder, parameter, reader, outer, result, output, .. } = task;
    let (how, setup, call) = (rng.pick(reading), rng.pick(&SETUPS), rng.pick(&CALLS));
    let steps = task.blanks(&format!("    {output}.push_back( ); // "));
    format!(
        "#include <iostream>\n#include <stack>\n#include <string>\n#include <vector>\n\nstd::string {reader}({kind} {parameter}) {{\n    \
         // {how}\n}}\n\nvoid {outer}() {{\n    // {setup}\n{build}\n    std::vector<std::string> {output};\n    // {call}\n    \
         std::string {result} = {reader}({holder});\n{steps}}}\n"
    )
}

fn cpp_vector(task: &Task<'_>, rng: &mut Rng) -> String {
    let (kind, holder) = ("std::vector<std::string>", &task.holder);
    let build = if rng.coin() {
        format!("    {kind} {holder} = {{{}}};\n", listed(&task.words))
    } else {
        let pushes = each(&task.words, "    ", &format!("{holder}.push_back("), ");");
        format!("    {kind} {holder};\n{pushes}")
    };
    cpp(task, rng, kind, &FORWARD, &build)
}

fn cpp_stack(task: &Task<'_>, rng: &mut Rng) -> String {
    let (kind, holder) = ("std::stack<std::string>", &task.holder);
    let pushes = each(&task.backwards(), "    ", &format!("{holder}.push("), ");");
    cpp(task, rng, kind, &REVERSED, &format!("    {kind} {holder};\n{pushes}"))
}

fn cpp_string(task: &Task<'_>, rng: &mut Rng) -> String {
    let text = quoted(&task.words.join(" "));
    cpp(task, rng, "std::string", &FORWARD, &format!("    std::string {} = {text};\n", task.holder))
}

/// The Go around `build`; `kind` is the container's type.
fn go(task: &Task<'_>, rng: &mut Rng, kind: &str, reading: &[&str], build: &str) -> String {
    let Task { holder, parameter, reader, outer, result, output, .. } = task;
    let (how, setup, call) = (rng.pick(reading), rng.pick(&SETUPS), rng.pick(&CALLS));
    let steps = task.blanks(&format!("\t{output} = append({output}, ) // "));
    format!(
        "package main\n\nfunc {reader}({parameter} {kind}) string {{\n\t// {how}\n}}\n\nfunc {outer}() {{\n\t// {setup}\n{build}\n\t\
         var {output} []string\n\t// {call}\n\t{result} := {reader}({holder})\n{steps}}}\n"
    )
}

fn go_slice(task: &Task<'_>, rng: &mut Rng) -> String {
    let holder = &task.holder;
    let build = if rng.coin() {
        format!("\t{holder} := []string{{{}}}\n", listed(&task.words))
    } else {
        let pushes = each(&task.words, "\t", &format!("{holder} = append({holder}, "), ")");
        format!("\t{holder} := []string{{}}\n{pushes}")
    };
    go(task, rng, "[]string", &FORWARD, &build)
}

fn go_reversed_slice(task: &Task<'_>, rng: &mut Rng) -> String {
    let holder = &task.holder;
    let pushes = each(&task.backwards(), "\t", &format!("{holder} = append({holder}, "), ")");
    go(task, rng, "[]string", &REVERSED, &format!("\t{holder} := []string{{}}\n{pushes}"))
}

fn go_channel(task: &Task<'_>, rng: &mut Rng) -> String {
    let holder = &task.holder;
    let sends = each(&task.words, "\t", &format!("{holder} <- "), "");
    let build = format!("\t{holder} := make(chan string, {})\n{sends}\tclose({holder})\n", task.words.len());
    go(task, rng, "chan string", &FORWARD, &build)
}

fn go_string(task: &Task<'_>, rng: &mut Rng) -> String {
    let text = quoted(&task.words.join(" "));
    go(task, rng, "string", &FORWARD, &format!("\t{} := {text}\n", task.holder))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_template_goes_by_its_name() {
        for template in Template::all() {
            let plus = Template { plus: true, ..template };
            assert_eq!(Template::from_name(&template.name()), Some(template));
            assert_eq!(Template::from_name(&plus.name()), Some(plus));
        }
        assert_eq!(Template::from_name("plus"), None);
        assert_eq!([Template::LIST, Template::CPP, Template::GO].map(Template::name), ["list", "cpp", "go"]);
    }

    #[test]
    fn the_longer_form_leaves_more_to_fill_in() {
        for template in Template::all() {
            let lines = |plus| {
                let template = Template { plus, ..template };
                wrap(template, "bake bread", &mut Rng::new(5)).lines().count()
            };
            assert!(lines(true) > lines(false), "{}", template.name());
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_wrapper_and_others_differ() {
        for template in Template::all() {
            let draw = |seed| wrap(template, "describe how to bake bread", &mut Rng::new(seed));
            assert_eq!(draw(3), draw(3));
            let different: HashSet<String> = (0..100).map(draw).collect();
            assert!(different.len() > 95, "{}: {}", template.name(), different.len());
        }
    }

    #[test]
    fn every_word_is_there_and_quotes_are_escaped() {
        for template in Template::all() {
            for seed in 0..40 {
                let text = wrap(template, "bake the \"best\" bread\\roll", &mut Rng::new(seed));
                assert!(text.contains("bake") && text.contains("\\\"best\\\""), "{text}");
                assert!(text.contains("bread\\\\roll"), "{text}");
            }
        }
    }
}
