use super::*;
use crate::budget::Limits;
use crate::request::span::Role;
use crate::request::span::Slot;
use proptest::prelude::*;

fn take_apart(text: &str) -> Regions {
    let span = TextSpan {
        id: SpanId(0),
        pointer: String::new(),
        bytes: 0..text.len(),
        role: Role::User,
        slot: Slot::Content,
        turn: 0,
        text: text.to_owned(),
    };
    find(&span, &mut Budget::new(Limits::default()))
}

const BROKEN: &str = "def f(words):\n    # Join the words into a sentence.\n\ndef g():\n    w = []\n    w.append(\"bake\")\n\n    # Then:\n    t = f(w)\n    if t == : // condition\n        out.append( ) // first\n\nif __name__ == \"x\":\n    g()";

#[test]
fn unfenced_broken_code_is_one_region() {
    let found = take_apart(&format!("Complete the following code for me.\n\n{BROKEN}\n"));
    assert_eq!(found.code.len(), 1, "{found:?}");
    assert_eq!(found.code[0].text.trim_end(), BROKEN);
    assert_eq!(found.code[0].language, Some("python"));
    assert_eq!(found.prose.len(), 1);
}

#[test]
fn fences_of_all_kinds_are_found() {
    let cases = [
        "Look:\n```python\nx = 1\n```\nThanks!",
        "Look:\n~~~py\nx = 1\n~~~\n",
        "Look:\n```\nx = 1\n",
        "- item:\n  ```js\n  x = 1\n  ```\n",
        "> ````c\n> x = 1\n> ````\n",
        "Look:\n<pre><code>\nx = 1\n</code></pre>\nThanks",
        "Look: <b>\n<code>x = 1</code>\n",
    ];
    for case in cases {
        let found = take_apart(case);
        assert_eq!(found.code.len(), 1, "{case} {found:?}");
        assert!(found.code[0].fenced && found.code[0].text.contains("x = 1"), "{case} {found:?}");
        assert!(!found.code[0].text.contains("Thanks"), "{case} {found:?}");
    }
}

#[test]
fn prose_is_not_code() {
    for text in [
        "Please describe how to bake bread. I have flour, water and salt; what else do I need?",
        "Dear Anna,\n\nit's been a while since I wrote. How are you (and the dogs)?\n\nYours,\nBen",
        "What does `my_list` mean in Python?",
        "For the cake you need eggs.\nIf you have none, use bananas.\nReturn the tin when done.",
    ] {
        assert_eq!(take_apart(text).code, [], "{text}");
    }
    assert_eq!(take_apart("Run `print(\"bread\")` please, and say what it gives you.").code.len(), 1);
}

#[test]
fn code_is_cleaned() {
    let cases = [
        ("```\n> a = 1\n> b = 2\n```", "a = 1\nb = 2\n"),
        ("```\n>>> a = 1\n... b = 2\n```", "a = 1\nb = 2\n"),
        ("```\n+a = 1\n+b = 2\n```", "a = 1\nb = 2\n"),
        ("```\n1 | a = 1\n2 | b = 2\n```", "a = 1\nb = 2\n"),
        ("```\n# a = 1\n# b = 2\n```", "a = 1\nb = 2\n"),
        ("```\na = “x”\n```", "a = \"x\"\n"),
        ("```\na = &quot;x&quot;\n```", "a = \"x\"\n"),
        ("```\na\u{200b} =\u{a0}1\n```", "a = 1\n"),
    ];
    for (text, meant) in cases {
        let found = take_apart(text);
        assert_eq!(found.code[0].text, meant, "{text}");
        assert!(found.code[0].cleaned);
    }
}

#[test]
fn languages_are_told_apart_and_a_wrong_tag_does_not_matter() {
    let cases = [
        (
            "python",
            "from collections import deque\ndef f():\n    xs = []\n    xs.append('a')\n    print(' '.join(xs))",
        ),
        ("cpp", "#include <iostream>\nint main() {\n  std::string s = \"a\";\n  std::cout << s;\n}"),
        ("c", "#include <stdio.h>\n#include <string.h>\nint main() {\n  char b[9];\n  strcat(b, \"a\");\n}"),
        ("go", "package main\nimport \"fmt\"\nfunc main() {\n\ts := \"a\"\n\tfmt.Println(s)\n}"),
        ("javascript", "const a = [\"b\"];\nlet s = \"\";\nconsole.log(a.join(s));"),
        ("typescript", "const a: string[] = [\"b\"];\nlet n: number = 1;\nconsole.log(a);"),
        (
            "java",
            "import java.util.*;\npublic class M {\n public static void main(String[] a) {\n System.out.println(\"a\");\n }\n}",
        ),
        (
            "rust",
            "fn main() {\n    let mut v = vec![\"a\"];\n    v.push(\"b\");\n    println!(\"{}\", v.concat());\n}",
        ),
        (
            "csharp",
            "using System;\nclass P { static void Main() {\n var l = new List<string>();\n Console.WriteLine(l);\n}}",
        ),
        ("ruby", "w = %w[a b]\nw.each do |x|\n  puts x\nend\n"),
        ("php", "<?php\n$a = array(\"b\");\necho implode(\" \", $a);"),
        ("bash", "#!/bin/bash\nfor w in a b; do\n  echo $w\ndone\n"),
        ("lua", "local t = {}\ntable.insert(t, \"a\")\nprint(table.concat(t))"),
        ("json", "{\"a\": [1, 2], \"b\": \"c\"}"),
    ];
    for (name, code) in cases {
        assert_eq!(guess(code).first().map(|g| g.0), Some(name), "{:?}", guess(code));
        let wrong = if name == "haskell" { "sql" } else { "haskell" };
        let found = take_apart(&format!("Look:\n```{wrong}\n{code}\n```\n"));
        assert_eq!(found.code[0].language, Some(name), "{code}");
    }
}

proptest! {
    #[test]
    fn ranges_are_inside_and_in_order(text in "(?s).{0,200}|[a-z`~<>/#=(){};\"'.: \n\u{201c}é]{0,300}|(```|<pre>|</pre>|x = 1\n|\n|> |é){0,40}") {
        let found = take_apart(&text);
        let mut all: Vec<_> = found.code.iter().map(|r| r.range.clone()).chain(found.prose.clone()).collect();
        all.sort_by_key(|r| (r.start, r.end));
        for pair in all.windows(2) {
            prop_assert!(pair[0].end <= pair[1].start);
        }
        for range in all {
            prop_assert!(text.get(range).is_some());
        }
    }
}
