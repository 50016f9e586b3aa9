use super::*;
use crate::budget::Limits;
use proptest::prelude::*;

fn read(text: &str) -> Lexed {
    lex(text, &mut Budget::new(Limits::default()))
}

fn joined(text: &str) -> Vec<String> {
    let words = |group: &Group| group.pieces.iter().map(|p| p.text.trim()).collect::<Vec<_>>().join(" ");
    read(text).groups.iter().map(words).collect()
}

#[test]
fn pieces_are_grouped_in_any_language() {
    let cases = [
        "xs.append(\"bake\")\nxs.append('the')\nprint(\"no\")\nxs.append(\"bread\")",
        "self.w.push_back(\"bake\"); self.w.push_back(\"the\"); self.w.push_back(\"bread\");",
        "q.enqueue(String::from(\"bake\"));\nq.enqueue(String::from(\"the\"));\nq.enqueue(String::from(\"bread\"));",
        "x << \"bake\" << \"the\" << \"bread\"",
        "x << \"bake\"\nx << \"the\"\nx << \"bread\"",
        "x = \"bake\"\nx += \"the\"\nx = x + \"bread\"",
        "$x .= \"bake\";\n$x .= \"the\";\n$x .= 'bread';",
        "x[0] = \"bake\"; x[1] = \"the\"; x[2] = \"bread\";",
        "ch <- \"bake\"\nch <- \"the\"\nch <- \"bread\"",
        "x = append(x, \"bake\")\nx = append(x, \"the\")\nx = append(x, \"bread\")",
        "array_push($x, \"bake\"); array_push($x, \"the\"); array_push($x, \"bread\");",
        "sb.WriteString(\"bake\")\nsb.WriteString(\"the\")\nsb.WriteString(\"bread\")",
        "sb.append(\"bake\")\n  .append(\"the\")\n  .append(\"bread\");",
        "n += sprintf(b + n, \"%s\", \"bake\"); n += sprintf(b + n, \"%s\", \"the\"); n += sprintf(b + n, \"%s\", \"bread\");",
        "write!(f, \"{}\", \"bake\").unwrap(); write!(f, \"{}\", \"the\").unwrap(); write!(f, \"{}\", \"bread\").unwrap();",
        "xs = [\"bake\", \"the\", # two\n \"bread\"]",
        "const char *w[] = {\"bake\", \"the\", \"bread\"};",
        "w := []string{\"bake\", \"the\", \"bread\"}",
        "let w = vec![\"bake\", \"the\", \"bread\"];",
        "w <- c(\"bake\", \"the\", \"bread\")",
        "s = \"bake\" + \"the\" + \"bread\"",
        "s = \"bake\" .. \"the\" .. \"bread\"",
        "s = 'bake' 'the' 'bread'",
        "String p0 = \"bake\"; String p1 = \"the\"; String p2 = \"bread\";",
        "w = %w[bake the bread]",
        "my @w = qw(bake the bread);",
        "arr=(bake the bread)",
        "{\"a\": \"bake\", \"b\": \"the\", \"c\": \"bread\"}",
        "[(\"bake\", 0), (\"the\", 1), (\"bread\", 2)]",
        "xs = [] # fill xs.append(\"bake\") xs.append(\"the\") xs.append(\"bread\")",
        "puts \"bake\"\nputs \"the\"\nputs \"bread\"",
        "x = \"\nw = [\"bake\", \"the\", \"bread\"]",
        "It's the dogs' turn: [“bake”, “the”, “bread”]",
    ];
    let missed = cases.into_iter().filter(|case| !joined(case).iter().any(|t| t == "bake the bread"));
    assert_eq!(missed.collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn numbers_paired_with_words_say_where_they_go() {
    let indices = |text: &str| -> Vec<Vec<Option<i64>>> {
        read(text).groups.iter().map(|g| g.pieces.iter().map(|p| p.index).collect()).collect()
    };
    for text in [
        "x[2] = \"a\"; x[0] = \"b\";",
        "[(\"a\", 2), (\"b\", 0)]",
        "d = {2: \"a\", 0: \"b\"}",
        "[{\"a\": 2}, {\"b\": 0}]",
    ] {
        assert!(indices(text).contains(&vec![Some(2), Some(0)]), "{text} {:?}", read(text).groups);
    }
    assert_eq!(read("bytes([98, 97, 107, 101])").numbers, [vec![98, 97, 107, 101]]);
}

#[test]
fn strings_are_found_however_they_are_quoted() {
    let cases = [
        ("x = r\"a\\b\"", "a\\b"),
        ("x = f'bread'", "bread"),
        ("x = \"\"\"two\nlines\"\"\"", "two\nlines"),
        ("x = R\"(raw)\";", "raw"),
        ("x = r#\"a \"b\" c\"#;", "a \"b\" c"),
        ("cat <<EOF\nbake\nEOF\n", "bake\n"),
        ("x = `tick`", "tick"),
        ("x = [[long one]]", "long one"),
        ("x = @\"a\\b\"", "a\\b"),
        ("say(\"bread);\nnext()", "bread"),
        ("don't f('x') isn't", "x"),
        ("fn f<'a>(x: &'a str) { g(\"y\") }", "y"),
    ];
    for (text, meant) in cases {
        let found = read(text).literals;
        assert!(found.iter().any(|l| l.text == meant), "{text} {found:?}");
    }
    assert!(read("don't you think it's the dogs' bowl?").literals.is_empty());
}

#[test]
fn comments_and_docstrings_are_kept() {
    let text = "def f():\n    \"\"\"bake\"\"\"\n    # reverse\nx // join\n/* both */ <!-- page --> y -- sql\n#include <a>";
    let comments: Vec<_> = read(text).comments.into_iter().map(|c| (c.text, c.doc)).collect();
    let meant = [
        ("bake", true),
        ("reverse", false),
        ("join", false),
        ("both", false),
        ("page", false),
        ("sql", false),
    ];
    assert_eq!(comments, meant.map(|(t, d)| (t.to_owned(), d)));
}

#[test]
fn work_is_linear_in_hostile_text() {
    for unit in [
        "\"",
        "'",
        "`a",
        "(",
        "[[",
        "<<AA\n",
        "R\"a(",
        "\"\"\"",
        "/*",
        "x.y(\"a\",",
        "[\"a\",",
        "%w[",
        "<\'a",
        "a<",
        "\\\"",
        "\\\'",
        "«",
        "‘",
        "“",
        " q(",
    ] {
        let text = unit.repeat(200_000 / unit.len());
        let found = read(&text);
        assert!(found.groups.iter().map(|g| g.pieces.len()).sum::<usize>() < 8 * text.len(), "{unit}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_and_every_range_is_inside(text in "(?s).{0,200}|[a-z\"'`(){}\\[\\]#/*\\\\%<=+., \n\u{201c}\u{201d}é]{0,300}") {
        let found = read(&text);
        for literal in &found.literals {
            prop_assert!(text.get(literal.raw.clone()).is_some());
        }
        for comment in &found.comments {
            prop_assert!(text.get(comment.range.clone()).is_some());
        }
        prop_assert!(found.groups.iter().all(|g| g.pieces.len() > 1));
    }
}

proptest! {
    #[test]
    fn lines_and_words_are_counted_as_they_are_cut(text in "([a-zA-Z0-9_]{1,6}|[ '’(;,é-]|\\r?\\n|\\r){0,40}") {
        prop_assert_eq!(lines(&text).collect::<Vec<_>>(), text.lines().collect::<Vec<_>>());
        prop_assert_eq!(row::count_words(&text), row::words(&text).len());
    }
}
