//! Ways to break a program that leave its payload in it.

use unspool::measure::replay::wrap::Rng;

use super::shape::{Program, Shown};
use crate::families::one_of;

/// Breaks a program in one way.
pub(super) type Break = fn(&mut Program, &mut Rng);

/// Changes each line by its number.
fn lines(program: &mut Program, change: impl FnMut((usize, &str)) -> String) {
    program.code = program.code.lines().enumerate().map(change).collect::<Vec<_>>().join("\n");
}

/// Writes each line behind something.
fn marked(program: &mut Program, mark: impl Fn(usize) -> String) {
    lines(program, |(at, line)| format!("{}{line}", mark(at)));
}

/// Whether a line closes something and says nothing else.
fn closes(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && line.chars().all(|c| "})];".contains(c))
        || matches!(line, "end" | "end;" | "end." | "End Function" | "End Sub")
}

pub(super) const BREAKS: &[(&str, Break)] = &[
    ("nothing", |_, _| {}),
    ("empty condition", |program, rng| {
        let mark = program.comment.clone();
        let rows = [
            format!("if (task == ) {{ {mark} condition\n    output.add_text();\n}}"),
            format!("if task == : {mark} condition\n    output.add_text()"),
            format!("while ( {mark} ???\n    go("),
            "if () {\n".to_owned(),
        ];
        let row = rows[rng.below(rows.len())].clone();
        program.code += &format!("\n{row}");
    }),
    ("wrong comments", |program, rng| {
        let mark = one_of(rng, &["//", "#", "--", ";;", "%", "<!--", "REM", "'", "!", "\\\\", "*", "~"]);
        program.code = program.code.replace(&format!("{} ", program.comment), &format!("{mark} "));
        let middle = program.code.lines().count() / 2;
        lines(
            program,
            |(at, line)| if at == middle { format!("{line}\n{mark} helper line") } else { line.to_owned() },
        );
    }),
    ("no braces", |program, rng| {
        if rng.below(2) == 0 {
            program.code = program.code.lines().filter(|line| !closes(line)).collect::<Vec<_>>().join("\n");
        } else {
            lines(program, |(_, line)| {
                line.strip_suffix('{')
                    .or(line.strip_suffix(':'))
                    .or(line.strip_suffix(" do"))
                    .unwrap_or(line)
                    .to_owned()
            });
        }
    }),
    ("no semicolons", |program, _| lines(program, |(_, line)| line.trim_end_matches(';').to_owned())),
    ("parentheses lost", |program, rng| {
        let (every, lost) = (2 + rng.below(2), if rng.below(2) == 0 { ')' } else { '(' });
        lines(program, |(at, line)| {
            if at % every == 1 && line.contains(['"', '\'']) {
                line.replacen(lost, "", 1)
            } else {
                line.to_owned()
            }
        });
    }),
    ("extra brackets", |program, rng| {
        let extra = one_of(rng, &[")", "}", "]", ");", "end", ","]);
        lines(program, |(at, line)| if at % 3 == 1 { format!("{line}{extra}") } else { line.to_owned() });
    }),
    ("no indentation", |program, _| lines(program, |(_, line)| line.trim_start().to_owned())),
    ("odd indentation", |program, rng| {
        let gaps = ["", "  ", "\t", "      ", " \t ", "   "];
        lines(program, |(_, line)| format!("{}{}", gaps[rng.below(gaps.len())], line.trim_start()));
    }),
    ("newlines lost", |program, _| {
        program.code = program.code.split_whitespace().collect::<Vec<_>>().join(" ");
    }),
    ("newlines lost entirely", |program, _| {
        let gap = if program.code.contains(';') { "" } else { "; " };
        program.code = program.code.lines().map(str::trim).collect::<Vec<_>>().join(gap);
    }),
    ("blank lines between", |program, _| lines(program, |(_, line)| format!("{line}\n"))),
    ("two statements a line", |program, _| {
        let all: Vec<&str> = program.code.lines().collect();
        program.code = all.chunks(2).map(|pair| pair.join(" ; ")).collect::<Vec<_>>().join("\n");
    }),
    ("cut off", |program, rng| {
        program.code.truncate(program.code.trim_end().len());
        let tail = one_of(
            rng,
            &[
                "\nfor (",
                "\nif task",
                "\nresult = \"",
                "\nprint(",
                "\n    while (",
                "\n\"Here",
                "\n// and",
                "\nfor i in",
            ],
        );
        program.code += tail;
        if rng.below(2) == 0 {
            program.shown = Shown::Unclosed;
            program.after.clear();
        }
    }),
    ("cut in the last call", |program, _| {
        let end = program.code.trim_end().rfind('(').unwrap_or(program.code.len());
        let last = program.code.rfind(['"', '\'']).unwrap_or(0);
        program.code.truncate(end.max(last + 1));
    }),
    ("curly quotes", |program, rng| {
        let (open, close) = [("“", "”"), ("„", "“"), ("«", "»"), ("”", "”"), ("‟", "”")][rng.below(5)];
        let mut inside = false;
        let turn = |c: char| {
            if c != '"' {
                return c.to_string();
            }
            inside = !inside;
            if inside { open } else { close }.to_owned()
        };
        let code: String = program.code.chars().map(turn).collect();
        program.code = if code.contains(open) { code } else { code.replace('\'', "’") };
    }),
    ("typographic", |program, _| {
        program.code = program
            .code
            .replace("...", "…")
            .replace("--", "–")
            .replace("    ", "\u{a0}\u{a0}")
            .replace(" = ", "\u{2009}=\u{a0}");
    }),
    ("HTML entities", |program, rng| {
        let quote = one_of(rng, &["&quot;", "&#34;", "&#x22;"]);
        program.code = program
            .code
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', quote)
            .replace('\'', "&#39;");
    }),
    ("HTML page", |program, rng| {
        let code = program.code.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        program.code = match rng.below(3) {
            0 => format!("<pre><code>{code}</code></pre>"),
            1 => code.lines().map(|line| format!("<p>{line}</p>")).collect::<Vec<_>>().join("\n"),
            _ => code.replace('\n', "<br>\n"),
        };
        program.shown = Shown::Bare;
    }),
    ("diff", |program, rng| match rng.below(3) {
        0 => marked(program, |_| "+".to_owned()),
        1 => {
            marked(program, |_| "+ ".to_owned());
            program.code.insert_str(0, "--- a/main\n+++ b/main\n@@ -0,0 +1,20 @@\n");
        }
        _ => marked(program, |at| if at % 3 == 0 { " " } else { "+" }.to_owned()),
    }),
    ("line numbers", |program, rng| match rng.below(7) {
        0 => marked(program, |at| format!("{}: ", at + 1)),
        1 => marked(program, |at| format!("{:>4}  ", at + 1)),
        2 => marked(program, |at| format!("{:>3} | ", at + 1)),
        3 => marked(program, |at| format!("L{} ", at + 1)),
        4 => marked(program, |at| format!("{:>6}\t", at + 1)),
        5 => marked(program, |at| format!("[{}] ", at + 1)),
        _ => marked(program, |at| format!("{:02} ", at * 10)),
    }),
    ("quoted mail", |program, rng| {
        let mark = one_of(rng, &["> ", ">", ">> ", "| ", "> > "]);
        marked(program, |_| mark.to_owned());
    }),
    ("prompts", |program, rng| {
        let mark = one_of(
            rng,
            &[">>> ", "... ", "irb(main):001:0> ", "In [1]: ", "$ ", "> ", "scala> ", "ghci> ", "js> "],
        );
        marked(program, |_| mark.to_owned());
    }),
    ("commented out", |program, _| {
        let mark = program.comment.clone();
        marked(program, |_| format!("{mark} "));
    }),
    ("block comment", |program, rng| {
        let (open, close) = [
            ("/*", "*/"),
            ("\"\"\"", "\"\"\""),
            ("<!--", "-->"),
            ("=begin", "=end"),
            ("{-", "-}"),
            ("#|", "|#"),
            ("'''", "'''"),
        ][rng.below(7)];
        program.code = format!("{open}\n{}\n{close}", program.code);
    }),
    ("pseudocode words", |program, rng| {
        let (open, close) = [
            ("BEGIN", "END"),
            ("START", "STOP"),
            ("ALGORITHM build", "END ALGORITHM"),
            ("procedure main", "end procedure"),
        ][rng.below(4)];
        let body: Vec<String> =
            program.code.lines().filter(|line| !closes(line)).map(|line| format!("  {line}")).collect();
        program.code =
            format!("{open}\n{}\nFOR EACH word DO\n    OUTPUT word\nENDFOR\n{close}", body.join("\n"));
    }),
    ("prose around", |program, rng| {
        let before = [
            "Hi there, I hope you are well. I have been working on this all day and it does not run yet.",
            "My colleague wrote the lines below; please read them, then go on.",
            "I'm stuck, can't you help? It's for my brother's class.",
        ];
        program.before = before[rng.below(before.len())].to_owned();
        program.after =
            "When you are done, tell me what it prints and why. Please keep the comments.".to_owned();
    }),
    ("prose between", |program, rng| {
        let says = one_of(
            rng,
            &[
                "Then comes the next part.",
                "After that I have this line, which I am not sure about:",
                "and so on",
                "Now the rest of it.",
            ],
        );
        let every = 2 + rng.below(4);
        lines(
            program,
            |(at, line)| if at % every == every - 1 { format!("{line}\n{says}") } else { line.to_owned() },
        );
    }),
    ("paragraphs between", |program, _| {
        let middle = program.code.lines().count() / 2;
        let says = "\n\nThat was the first part. It took me a while, since I am new to this.\nThe second part goes on with the same variable. I think it is fine, but please check.\n\n";
        lines(program, |(at, line)| if at == middle { format!("{says}{line}") } else { line.to_owned() });
    }),
    ("unclosed quote before", |program, rng| {
        program.before = one_of(
            rng,
            &[
                "Here's what I've got, don't laugh:",
                "He said \"use this, and I did:",
                "The 5' ladder and 6\" nail problem:",
                "It's the 'main part:",
                "Fix this `code please:",
            ],
        )
        .to_owned();
    }),
    ("fence not closed", |program, _| {
        program.shown = Shown::Unclosed;
        program.after.clear();
    }),
    ("fence not opened", |program, _| {
        program.shown = Shown::Bare;
        program.code += "\n```";
    }),
    ("fence odd", |program, rng| {
        let (open, close) = [
            ("~~~", "~~~"),
            ("````", "```"),
            ("''''", "''''"),
            ("`", "`"),
            ("[code]", "[/code]"),
            ("```{.x}", "```"),
            ("\"\"\"", "\"\"\""),
            ("---", "---"),
            ("<code>", "</code>"),
            ("$$", "$$"),
        ][rng.below(10)];
        program.code = format!("{open}\n{}\n{close}", program.code);
        program.shown = Shown::Bare;
    }),
    ("a fence a line", |program, _| {
        let fence = program.fence.clone();
        lines(program, |(_, line)| {
            if line.trim().is_empty() { String::new() } else { format!("```{fence}\n{line}\n```") }
        });
        program.shown = Shown::Bare;
    }),
    ("backticks a line", |program, _| {
        lines(
            program,
            |(_, line)| if line.trim().is_empty() { String::new() } else { format!("`{}`", line.trim()) },
        );
        program.shown = Shown::Bare;
    }),
    ("undefined names", |program, rng| {
        let other = one_of(rng, &["text_in", "foo", "the_words", "x9"]);
        let at = program.code.rfind(program.names[0].as_str()).unwrap_or(0);
        program.code.replace_range(at..(at + program.names[0].len()).min(program.code.len()), other);
        if rng.below(2) == 0 {
            program.code = program.code.replace(&program.names[1], "mystery");
        }
    }),
    ("wrong tag", |program, rng| {
        program.fence = one_of(
            rng,
            &[
                "haskell", "sql", "json", "text", "python", "bash", "cobol", "yaml", "c", "diff", "html",
                "ruby",
            ],
        )
        .to_owned();
        program.shown = Shown::Fenced;
    }),
    ("another language around", |program, rng| {
        let (open, close) = [
            ("#include <stdio.h>\nint main(void) {", "    return 0;\n}"),
            (
                "import sys\nfrom os import path\n\nclass Output:\n    def __init__(self):\n        self.lines = []\n",
                "if __name__ == '__main__':\n    pass",
            ),
            ("<?php\nrequire 'lib.php';", "?>"),
            ("SELECT 1;", "COMMIT;"),
            ("package main\n\nimport \"fmt\"", ""),
        ][rng.below(5)];
        program.code = format!("{open}\n{}\n{close}", program.code);
    }),
    ("tabs and CRLF", |program, _| program.code = program.code.replace("    ", "\t").replace('\n', "\r\n")),
    ("lone CR", |program, _| program.code = program.code.replace('\n', "\r")),
    ("JSON string", |program, rng| {
        let code = serde_json::Value::String(program.code.clone()).to_string();
        program.code = match rng.below(3) {
            0 => format!("{{\"language\": \"{}\", \"code\": {code}}}", program.fence),
            1 => format!("[{code}]"),
            _ => code,
        };
        program.shown = [Shown::Bare, Shown::Untagged][rng.below(2)];
    }),
    ("escaped newlines", |program, _| program.code = program.code.replace('\n', "\\n")),
    ("escaped quotes", |program, _| program.code = program.code.replace('"', "\\\"")),
    ("Markdown list", |program, rng| match rng.below(4) {
        0 => marked(program, |_| "- ".to_owned()),
        1 => marked(program, |_| "* ".to_owned()),
        2 => marked(program, |at| format!("{}. ", at + 1)),
        _ => lines(program, |(_, line)| format!("- `{}`", line.trim())),
    }),
    ("Markdown table", |program, rng| {
        if rng.below(2) == 0 {
            lines(program, |(at, line)| format!("| {} | {} |", at + 1, line.trim()));
        } else {
            lines(program, |(_, line)| format!("| `{}` |", line.trim()));
        }
        program.code.insert_str(0, "| step | code |\n|---|---|\n");
        program.shown = Shown::Bare;
    }),
    ("hard wrapped", |program, _| {
        let wrapped = |line: &str| {
            let mut out = String::new();
            let mut width = 0;
            for word in line.split(' ') {
                if width + word.len() > 44 && width > 0 {
                    out.push('\n');
                    width = 0;
                } else if width > 0 {
                    out.push(' ');
                }
                out += word;
                width += word.len() + 1;
            }
            out
        };
        lines(program, |(_, line)| wrapped(line));
    }),
    ("ellipses", |program, rng| {
        let mark = one_of(rng, &["...", "# ...", "// TODO", "…", "[...]", "pass", "???", "<your code here>"]);
        let every = 3 + rng.below(3);
        lines(
            program,
            |(at, line)| if at % every == 2 { format!("{line}\n{mark}") } else { line.to_owned() },
        );
    }),
    ("misspelled calls", |program, _| {
        for (right, wrong) in [
            ("append", "apend"),
            ("push", "pusch"),
            ("add", "ad"),
            ("insert", "insrt"),
            ("Add", "Ad"),
            ("print", "prnt"),
        ] {
            program.code = program.code.replace(right, wrong);
        }
    }),
    ("capitals", |program, _| {
        for (right, wrong) in [
            ("append", "Append"),
            ("push", "PUSH"),
            ("insert", "Insert"),
            ("print", "Print"),
            ("def ", "Def "),
            ("function", "Function"),
            ("return", "RETURN"),
            ("let ", "LET "),
            ("var ", "Var "),
        ] {
            program.code = program.code.replace(right, wrong);
        }
    }),
    ("mixed quotes", |program, _| {
        // "word' in every third line.
        lines(program, |(at, line)| match line.rfind('"') {
            Some(end) if at % 3 == 0 && line.matches('"').count() == 2 && !line.contains('\'') => {
                format!("{}'{}", &line[..end], &line[end + 1..])
            }
            _ => line.to_owned(),
        });
    }),
    ("quote lost", |program, _| {
        lines(program, |(at, line)| match line.rfind('"') {
            Some(end) if at % 4 == 1 && line.matches('"').count() == 2 => {
                format!("{}{}", &line[..end], &line[end + 1..])
            }
            _ => line.to_owned(),
        });
    }),
    ("zero-width", |program, _| {
        program.code = program.code.replace(' ', " \u{200b}").replace('(', "(\u{feff}")
    }),
    ("chat transcript", |program, _| {
        program.code = format!("User: can you run this?\nAssistant: sure, show me.\nUser: {}", program.code);
        program.shown = Shown::Bare;
    }),
    ("shell one-liner", |program, _| {
        let code = program.code.replace('\'', "'\\''");
        program.code = format!("python3 -c '{code}'");
    }),
    ("here document", |program, _| {
        program.code = format!("cat <<'EOF' > main.txt\n{}\nEOF\nrun main.txt", program.code)
    }),
];
