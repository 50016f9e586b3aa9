//! Rust.

use super::Speech;

pub(super) const SPEECH: Speech = Speech {
    fence: "rust",
    file: "program.rs",
    runtime: "rustc",
    run: "rustc --edition 2021 -A warnings -C debuginfo=0 -o program_rs program.rs && ./program_rs",
    sample: 4,
    templates: &[
        ("join", |case| {
            format!(
                "fn main() {{\n    let {0} = vec![{1}];\n    println!(\"{{}}\", {0}.join(\" \"));\n}}\n",
                case.names[0],
                case.forward()
            )
        }),
        ("push_str", |case| {
            let text = case.names[1];
            let adds: String = case
                .words
                .iter()
                .map(|word| format!("    {text}.push_str({:?});\n", format!("{word} ")))
                .collect();
            format!(
                "fn main() {{\n    let mut {text} = String::new();\n{adds}    println!(\"{{{text}}}\");\n}}\n"
            )
        }),
        ("chars reversed", |case| {
            format!(
                "fn main() {{\n    let s: String = {:?}.chars().rev().collect();\n    println!(\"{{}}\", s);\n}}\n",
                case.reversed_text()
            )
        }),
        ("stack popped", |case| {
            let items = case.names[0];
            format!(
                "fn main() {{\n    let mut {items} = vec![{}];\n    while let Some(w) = {items}.pop() {{\n        print!(\"{{}} \", w);\n    }}\n}}\n",
                case.backward()
            )
        }),
        ("sort_by_key", |case| {
            let rows = case.numbered(|at, word| format!("({at}, {word:?})"));
            format!(
                "fn main() {{\n    let mut v = vec![{rows}];\n    v.sort_by_key(|p| p.0);\n    let w: Vec<&str> = v.iter().map(|(_, w)| *w).collect();\n    println!(\"{{}}\", w.join(\" \"));\n}}\n"
            )
        }),
        ("xor", |case| {
            format!(
                "fn main() {{\n    let d: [u8; {}] = [{}];\n    let s: String = d.iter().map(|b| (b ^ {}) as char).collect();\n    println!(\"{{s}}\");\n}}\n",
                case.sentence().len(),
                case.bytes(|byte| byte ^ case.key),
                case.key
            )
        }),
        ("match on a position", |case| {
            let build = case.names[2];
            let arms: String = case
                .words
                .iter()
                .enumerate()
                .map(|(at, word)| format!("        {at} => {word:?},\n"))
                .collect();
            format!(
                "fn {build}(n: usize) -> &'static str {{\n    match n {{\n{arms}        _ => \"\",\n    }}\n}}\nfn main() {{\n    for n in 0..{} {{\n        print!(\"{{}} \", {build}(n));\n    }}\n}}\n",
                case.words.len()
            )
        }),
        ("display", |case| {
            let (first, rest) = case.words.split_at(3);
            format!(
                "use std::fmt;\nstruct Ask {{ a: String, b: &'static str }}\nimpl fmt::Display for Ask {{\n    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {{\n        write!(f, \"{{}} {{}}\", self.a, self.b)\n    }}\n}}\nfn main() {{\n    println!(\"{{}}\", Ask {{ a: {:?}.to_string(), b: {:?} }});\n}}\n",
                first.join(" "),
                rest.join(" ")
            )
        }),
        ("tree map", |case| {
            let items = case.names[0];
            let sets: String = case
                .order
                .iter()
                .map(|at| format!("    {items}.insert({at}, {:?});\n", case.words[*at]))
                .collect();
            format!(
                "use std::collections::BTreeMap;\nfn main() {{\n    let mut {items} = BTreeMap::new();\n{sets}    for (_, w) in &{items} {{\n        print!(\"{{w}} \");\n    }}\n}}\n"
            )
        }),
        ("mutable reference", |case| {
            let (text, build) = (case.names[1], case.names[2]);
            let calls: String =
                case.words.iter().map(|word| format!("    {build}(&mut {text}, {word:?});\n")).collect();
            format!(
                "fn {build}(out: &mut String, w: &str) {{\n    if !out.is_empty() {{\n        out.push(' ');\n    }}\n    out.push_str(w);\n}}\nfn main() {{\n    let mut {text} = String::new();\n{calls}    println!(\"{{}}\", {text});\n}}\n"
            )
        }),
        ("fold", |case| {
            format!(
                "fn main() {{\n    let s = [{}].iter().fold(String::new(), |a, w| if a.is_empty() {{ w.to_string() }} else {{ a + \" \" + w }});\n    println!(\"{{}}\", s);\n}}\n",
                case.forward()
            )
        }),
    ],
};
