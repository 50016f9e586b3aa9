//! Tests that walk all rows: shapes of broken prompts, surviving literals, hostile depth, node kinds.

mod meaning;
mod mutation;

use super::*;
use crate::budget::Limits;
use crate::read::ir::Node;
use crate::read::ir::print;

fn outline(name: &str, text: &str) -> (Lowered, String) {
    let mut program = Program::new();
    let limits = Limits { parse: std::time::Duration::from_secs(5), ..Limits::default() };
    let mut budget = Budget::new(limits);
    let language = by_name(name).unwrap();
    let lowered = lower(language, text, SpanId(0), 0, &mut program, &mut budget);
    (lowered, print(&program))
}

fn check(name: &str, text: &str, wanted: &[&str]) {
    let (_, printed) = outline(name, text);
    for line in wanted {
        assert!(printed.contains(line), "{name}: no {line:?} in\n{printed}");
    }
}

#[test]
fn broken_python_keeps_bodiless_functions_and_pushes() {
    let text = "from collections import deque\ndef read_all(q: deque) -> str:\n   # reverse the order\n\n\ndef plan():\n    w = deque()\n    w.append(\"bake\")\n    w.append(\"bread\")\n    t = read_all(w)\n    if t == : // condition\n        out.append( ) // step 1\n\nif __name__ == \"__main__\":\n    plan()\n";
    check(
        "python",
        text,
        &[
            "function read_all(q)",
            "function plan()",
            "call, library NewList",
            "call, library Push",
            "text \"bake\"",
            "text \"bread\"",
            "name t",
            "text \"__main__\"",
        ],
    );
    let mut program = Program::new();
    let mut budget = Budget::new(Limits::default());
    let language = by_name("py").unwrap();
    let root = lower(language, text, SpanId(0), 0, &mut program, &mut budget).root.unwrap();
    let Node::Block(statements) = program.node(root) else { panic!("no block") };
    let comment = statements.iter().find_map(|id| match program.node(*id) {
        Node::Function { name: Some(name), comment, .. } if &**name == "read_all" => comment.clone(),
        _ => None,
    });
    assert_eq!(comment.as_deref(), Some("reverse the order"));
}

#[test]
fn python_expressions_lower() {
    let text = "import base64 as b\nx = f\"a{y:>3}\" 'c'\nprint(*reversed(ws), sep=' ')\nz = [w.upper() for w in ws if w][::-1]\nb.b64decode(q)\n', '.join(ws)\nimport codecs\ncodecs.decode(s, 'rot13')\n";
    check(
        "python",
        text,
        &[
            "concat",
            "library FormatBrace",
            "library Print",
            "library Reverse",
            "comprehend",
            "slice",
            "library Decode(Base64)",
            "library Join",
            "library Decode(Rot13)",
        ],
    );
}

#[test]
fn broken_go_keeps_channel_words() {
    let text = "package main\nfunc read(input string) string {\n    # Just copy\n}\nfunc main() {\n    ch := make(chan string)\n    go func() {\n        ch <- \"bake\"\n        ch <- \"bread\"\n        close(ch)\n    }()\n    var sb strings.Builder\n    for w := range ch {\n        sb.WriteString(w + \" \")\n    }\n    t := strings.TrimSpace(sb.String())\n    if t == // condition {\n        out = append(out, )\n    }\n}\n";
    check(
        "go",
        text,
        &[
            "function read(input)",
            "do NewQueue",
            "do Push",
            "text \"bake\"",
            "text \"bread\"",
            "do NewBuilder",
            "for",
            "library Push",
            "library Trim",
            "library ToText",
            "library Appended",
        ],
    );
}

#[test]
fn cpp_containers_streams_and_iterators_lower() {
    let text = "std::string copy(const std::string& s) {\n // copy\n}\nint main() {\n std::string a = \"bake\"; std::vector<std::string> v = {\"x\", \"y\"}; std::stack<std::string> st; st.push(\"w\"); v.push_back(\"bread\");\n std::string r(a.rbegin(), a.rend()); std::reverse(v.begin(), v.end());\n for (auto it = v.begin(); it != v.end(); ++it) { a += *it + \" \"; }\n for (const auto& [k, w] : v) std::cout << w << std::endl;\n std::ostringstream o; o << \"q\" << a; if (a == /* c */) { v.push_back(); }\n char c = (char)(x ^ 0x2a);\n}\nstruct N { std::string v; N(std::string v): v(v) {} };\n";
    check(
        "cpp",
        text,
        &[
            "function copy(s)",
            "text \"bake\"",
            "do NewList",
            "do NewStack",
            "library Push",
            "text \"bread\"",
            "do Join",
            "library ReverseInPlace",
            "for",
            "do Write",
            "do NewBuilder",
            "do Push",
            "do Chr",
            "class N",
            "function N(v)",
        ],
    );
}

#[test]
fn every_literal_survives_and_is_counted_once() {
    for (name, text) in [
        (
            "python",
            "def f(a: \"one\" = \"two\"): \"three\"\nif x == : \"four\"\n  @d(\"five\")\nclass C(\"six\"): x: \"seven\"\n",
        ),
        (
            "cpp",
            "[[deprecated(\"one\")]] void f(char* a = \"two\") { if (x == ) g(\"three\" ; static_assert(1, \"four\"); }\n",
        ),
        (
            "go",
            "type T struct { A string `one` }\nfunc f( { g(\"two\" \n x := \"three\"; }\nvar y = \"four\"\n",
        ),
    ] {
        let (lowered, printed) = outline(name, text);
        for word in ["one", "two", "three", "four", "five", "six", "seven"] {
            assert!(
                !text.contains(word) || printed.contains(&format!("text {word:?}")),
                "{name} {word}\n{printed}"
            );
        }
        // A variable of no value starts as an empty text that nobody wrote.
        let texts = printed.matches("text \"").count() - printed.matches("text \"\"").count();
        assert_eq!(lowered.literals, texts, "{name}\n{printed}");
    }
}

#[test]
fn hostile_depth_fits_a_small_stack() {
    let run = || {
        for language in LANGUAGES {
            // Slow grammars are given less at once.
            let count = if language.slow { 1_000 } else { 4_000 };
            let head = if matches!(language.name, "php" | "perl" | "powershell") { "$x" } else { "x" };
            let chain = match language.name {
                "sql" => format!("SELECT {}'end'", "'a' || ".repeat(count)),
                _ => format!("{head} = {}\"end\"", "\"a\" + ".repeat(count)),
            };
            let (lowered, printed) = outline(language.name, &chain);
            assert_eq!(lowered.literals, count + 1, "{}", language.name);
            // In a shell these are words in a row.
            assert!(language.name == "bash" || printed.contains("binary Add"), "{}", language.name);
            for part in [
                "(", "[", "-", "not ", "!", "f(", "a.b().", "x<", "lambda: ", "if x {", "else if ",
                "a ? b : ",
            ] {
                let _ = outline(language.name, &part.repeat(30_000 / part.len()));
                let _ = outline(language.name, &format!("{}\"in\"", part.repeat(190)));
            }
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

/// Words that frontends name and that look like kinds of nodes.
const NOT_KINDS: &[&str] = &[
    "_replace",
    "__index",
    "yield_self",
    "__call",
    "__concat",
    "__enter__",
    "__exit__",
    "_annotation",
    "_cast",
    "_declaration",
    "_expression",
    "_parameters",
    "_pattern",
    "_type",
    "__init__",
    "_cast",
    "all_of",
    "and_then",
    "any_of",
    "array_agg",
    "as_bytes",
    "as_deref",
    "as_ref",
    "assert_eq",
    "assert_ne",
    "at_exit",
    "back_inserter",
    "black_box",
    "cached_property",
    "call_expression",
    "checked_add",
    "checked_sub",
    "concat_ws",
    "count_if",
    "debug_assert",
    "default_factory",
    "emplace_back",
    "find_if",
    "for_",
    "for_each",
    "format_args",
    "from_digit",
    "front_inserter",
    "group_concat",
    "into_bytes",
    "istream_iterator",
    "istreambuf_iterator",
    "iter_swap",
    "keyword_",
    "make_pair",
    "make_shared",
    "make_unique",
    "map_or",
    "max_by_key",
    "max_element",
    "min_by_key",
    "min_element",
    "none_of",
    "or_default",
    "or_else",
    "or_insert",
    "or_insert_with",
    "ostream_iterator",
    "ostreambuf_iterator",
    "partial_sort",
    "pop_back",
    "pop_front",
    "priority_queue",
    "public_send",
    "rem_euclid",
    "remove_if",
    "remove_prefix",
    "remove_suffix",
    "retain_mut",
    "safe_substitute",
    "saturating_add",
    "saturating_sub",
    "split_at",
    "split_once",
    "stable_sort",
    "str_c",
    "stri_c",
    "string_agg",
    "strip_prefix",
    "strip_suffix",
    "strtok_r",
    "sync_channel",
    "to_digit",
    "traverse_",
    "trim_end_matches",
    "trim_matches",
    "trim_start_matches",
    "try_fold",
    "unordered_map",
    "unwrap_or",
    "unwrap_or_default",
    "unwrap_or_else",
    "va_arg",
    "va_copy",
    "va_end",
    "va_start",
    "wrapping_add",
    "wrapping_mul",
    "wrapping_sub",
    "zip_longest",
];

#[test]
fn every_kind_a_frontend_names_is_in_its_grammar() {
    for language in LANGUAGES {
        let grammar = (language.grammar)();
        for kind in language.literals.iter().chain(language.silent) {
            assert_ne!(grammar.id_for_node_kind(kind, true), 0, "{} {kind}", language.name);
        }
        for source in language.sources {
            for word in source.split('"').skip(1).step_by(2) {
                let is_kind = word.len() > 1
                    && word.contains('_')
                    && word.chars().all(|char| char.is_ascii_lowercase() || char == '_');
                let field = grammar.field_id_for_name(word).is_some();
                let other = NOT_KINDS.contains(&word);
                assert!(
                    !is_kind || field || other || grammar.id_for_node_kind(word, true) != 0,
                    "{} {word}",
                    language.name
                );
            }
        }
    }
}

#[test]
fn names_and_aliases_are_unique() {
    let mut seen = std::collections::BTreeSet::new();
    for name in LANGUAGES.iter().flat_map(|language| language.aliases.iter().chain([&language.name])) {
        assert!(seen.insert(name), "{name} twice");
    }
}

/// The scanner of Perl's grammar has no end of its own in a heredoc.
#[test]
fn a_heredoc_that_breaks_off_ends() {
    for text in [
        "print <<y.\n\\[a\\",
        "x <<E;\nbake $x",
        "<<\"E\";\nrye\\\n",
        "<<E;\n@{[",
        "print <<E;\nbake\\x{",
        "<<~E\n  $",
    ] {
        assert!(!outline("perl", text).1.is_empty(), "{text}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]
    #[test]
    fn no_text_panics(text in "[a-z\"'(){}\\[\\]<>=+*/#:;,.\\\\ \né-]{0,300}") {
        for language in LANGUAGES {
            let _ = outline(language.name, &text);
        }
    }
}
