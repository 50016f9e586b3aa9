//! Hostile patterns: screening them neither panics nor overflows a small stack, ends, and costs steps in line with
//! their size.

use std::thread;

use unspool::config::Config;
use unspool::request::Request;
use unspool::screen::screen;

/// The stack of the thread that screens: what a runtime's blocking thread has by default.
const STACK: usize = 2 << 20;
/// How much more a text of twice the size may cost, beside [`BASE`].
const GROWTH: u64 = 5;
/// Steps that say nothing about growth.
const BASE: u64 = 50_000;

/// A name and what it makes for a size in bytes.
type Pattern = (&'static str, fn(usize) -> String);

const PATTERNS: &[Pattern] = &[
    ("deep round brackets", |n| format!("x = {}1{}", "(".repeat(n / 2), ")".repeat(n / 2))),
    ("deep lists", |n| format!("```python\nx = {}{}\n```", "[".repeat(n / 2), "]".repeat(n / 2))),
    ("deep braces, never closed", |n| format!("```cpp\n{}\n```", "{".repeat(n))),
    ("generics", |n| format!("```cpp\n{}\n```", "a<".repeat(n / 2))),
    ("open quotes", |n| format!("x = {}", "\"a ".repeat(n / 3))),
    ("quotes", |n| "\"".repeat(n)),
    ("quotes of both kinds", |n| "'\"".repeat(n / 2)),
    ("fences", |n| "```\n".repeat(n / 4)),
    ("fences with languages", |n| "```python\nx = \"a\"\n```\n".repeat(n / 24)),
    ("one letter", |n| "a".repeat(n)),
    ("blanks", |n| " ".repeat(n)),
    ("line ends", |n| "\n".repeat(n)),
    ("open comments", |n| "/*".repeat(n / 2)),
    ("slashes", |n| format!("x = 1; {}", "/".repeat(n))),
    ("hashes", |n| "#".repeat(n)),
    ("backslashes", |n| format!("x = \"{}", "\\".repeat(n))),
    ("base64 letters", |n| "QUJD".repeat(n / 4)),
    ("hex digits", |n| "6162".repeat(n / 4)),
    ("zeros and ones", |n| "0110 ".repeat(n / 5)),
    ("percent signs", |n| "%41".repeat(n / 3)),
    ("many pushes", |n| "words.append(\"bread\")\n".repeat(n / 22)),
    ("many lists", |n| (0..n / 24).map(|i| format!("w{i} = [\"bake\", \"b{i}\"]\n")).collect()),
    ("a long sum", |n| format!("x = \"a\"{}", " + \"b\"".repeat(n / 6))),
    ("nested calls", |n| format!("```python\nx = {}'a'{}\n```", "f(".repeat(n / 3), ")".repeat(n / 3))),
    ("many else branches", |n| format!("if a:\n x = 'b'\n{}", "elif b:\n x = 'c'\n".repeat(n / 18))),
    ("many functions", |n| (0..n / 30).map(|i| format!("def f{i}():\n    return \"a{i}\"\n")).collect()),
    ("invisible letters", |n| "\u{e0041}".repeat(n / 4)),
    ("combining marks", |n| format!("e{}", "\u{301}".repeat(n / 2))),
    ("unary minus", |n| format!("```python\nx = {}1\n```", "-".repeat(n))),
    ("dots", |n| format!("```python\nx = a{}\n```", ".b".repeat(n / 2))),
    ("here-documents of shells", |n| format!("```bash\n{}\n```", "cat <<A\n".repeat(n / 8))),
    ("words and braces of shells", |n| format!("```bash\necho{}\n```", " {1..99}".repeat(n / 8))),
    ("pipes", |n| format!("```bash\necho a{}\n```", " | rev".repeat(n / 6))),
    ("prose taken for Julia", |n| format!("```julia\n{}\n```", "the bread is good, ".repeat(n / 19))),
    ("here-documents of Ruby", |n| format!("```ruby\n{}\n```", "x = <<A\n".repeat(n / 8))),
    ("here-documents of Perl", |n| format!("```perl\n{}\n```", "$x = <<A;\n".repeat(n / 10))),
    ("bare keys in PHP", |n| format!("```php\n{}\n```", "$a[x];\n".repeat(n / 7))),
    ("texts joined in Lua", |n| format!("```lua\n{}\n```", "x = a..b\n".repeat(n / 9))),
    ("formulas of vectors", |n| format!("```r\nx <- 1{}\n```", " + y".repeat(n / 4))),
    ("blocks of PowerShell", |n| format!("```powershell\n{}\n```", "$x | % { $_ }\n".repeat(n / 14))),
    ("indentation steps", |n| {
        let depth = (1..).take_while(|d| d * (d + 6) / 2 < n).last().unwrap_or(1);
        (0..depth).map(|d| format!("{}if a:\n", " ".repeat(d))).collect()
    }),
];

/// Programs that would run for ever, or fill the memory, if they were run.
const PROGRAMS: &[&str] = &[
    "x = 'a' * 10**12\nprint(x)\n",
    "x = 'ab'\nfor i in range(200):\n    x = x + x\nprint(x)\n",
    "x = ['ab']\nwhile True:\n    x = x + x\n",
    "x = []\nwhile True:\n    x.append(x)\n",
    "x = ['a', 'b']\nx.append(x)\nprint(' '.join(x))\n",
    "def f(n):\n    return f(n + 1) + f(n + 2)\nprint(f(0))\n",
    "def f():\n    g()\ndef g():\n    f()\nf()\n",
    "x = 2 ** 2 ** 2 ** 2 ** 2 ** 2\nprint(chr(x))\n",
    "print('%0999999999d' % 1)\nprint(f\"{'a':>999999999}\")\n",
    "x = 'a'\nwhile len(x) < 10**9:\n    x = x.replace('a', 'aa')\n",
    "print([i for i in range(10**9) for j in range(10**9)])\n",
    "x = 'bake'[10**18:-10**18:-10**18]\ny = 'bake'[::0]\nprint(x, y, 1 // 0, 1 % 0, -9223372036854775808 // -1)\n",
    "import base64\nx = 'YmFrZQ=='\nwhile True:\n    x = base64.b64encode(x)\n",
    "x = lambda: x()\nx()\n",
    "class A(A):\n    def __init__(self):\n        self.a = A()\nA().a.a.a\n",
];

/// Languages of the C family, as fence tags.
const CURLY: &[&str] = &["js", "ts", "java", "csharp", "kotlin", "swift", "scala"];

/// What is repeated to fool the grammars of these languages.
const UNITS: &[&str] = &[
    "a<",
    "{",
    "f(",
    "a.b().",
    "a ? b : ",
    "\"a\" + ",
    "- ",
    "x => ",
    "if (a) {",
    "`${",
    "$\"{",
    "\"\\(",
    "case 1: ",
    "[",
    "class A { ",
    "else if (a) b; ",
    "new A<",
    "switch (a) { ",
    "a, ",
    "@A(",
    "!",
    "() -> ",
    "'",
    "\"\"\"",
];

/// Programs of these languages that would run for ever, or fill the memory, if they were run.
const CURLY_PROGRAMS: &[(&str, &str)] = &[
    ("js", "let s = 'ab'; while (true) { s += s; }"),
    ("js", "let s = 'a'.repeat(1e12); const a = new Array(1e9).fill('b'); console.log(a.join(s));"),
    (
        "js",
        "function* g() { let i = 0; while (true) yield 'a' + i++; }\nfor (const x of g()) console.log(x);",
    ),
    ("js", "const f = () => setTimeout(f, 1); f(); setInterval(f, 1);"),
    (
        "js",
        "const a = []; a.push(a); const o = { get x() { return this.x; } }; console.log(a.flat(Infinity).join(o.x));",
    ),
    ("js", "class A { toString() { return `${this}`; } }\nconsole.log(`${new A()}` + new A());"),
    ("js", "outer: for (;;) { for (;;) { continue outer; } }"),
    ("js", "console.log('a'.padStart(1e9) + /(a+)+$/.exec('a'.repeat(9999) + 'b'));"),
    (
        "java",
        "class M { public static void main(String[] a) { List<Object> l = new ArrayList<>(); while (true) l.add(l); } }",
    ),
    ("java", "System.out.println(Stream.iterate(\"a\", s -> s + s).collect(Collectors.joining()));"),
    (
        "java",
        "class M { static String f(String s) { return f(s + \"a\") + f(s); } public static void main(String[] a) { f(\"\"); } }",
    ),
    ("csharp", "var s = string.Concat(Enumerable.Repeat(\"a\", 1000000000)); while (true) s += s;"),
    ("csharp", "var l = Enumerable.Range(0, int.MaxValue).SelectMany(x => Enumerable.Range(0, x)).ToList();"),
    ("kotlin", "fun main() { val s = generateSequence(\"a\") { it + it }\nprintln(s.joinToString(\"\")) }"),
    (
        "kotlin",
        "val x = \"a\".repeat(2000000000)\nwhile (true) { println(x.windowed(1000000).joinToString(x)) }",
    ),
    ("swift", "var a = [String](repeating: \"a\", count: 1 << 40)\nwhile true { a.append(contentsOf: a) }"),
    ("scala", "object M extends App { var l = List(\"a\")\nwhile (true) l = l ++ l }"),
    ("scala", "object M extends App { for (i <- 1 to 1000000000; j <- 1 to 1000000000) yield s\"$i$j\" }"),
];

#[test]
fn grammars_of_the_c_family_take_hostile_texts() {
    let mut failures = Vec::new();
    for tag in CURLY {
        for unit in UNITS {
            let make = |n: usize| format!("```{tag}\nx = \"b\"; {}\n```", unit.repeat(n / unit.len()));
            let (small, large) = (steps(make(4 << 10)), steps(make(8 << 10)));
            if large > small.saturating_mul(GROWTH) / 2 + BASE {
                failures.push(format!("{tag} {unit}: {small} steps, then {large}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn programs_of_the_c_family_that_never_end_are_left() {
    for (tag, program) in CURLY_PROGRAMS {
        assert!(steps(format!("```{tag}\n{program}\n```\n")) < 2_000_000, "{program}");
    }
}

/// The same in other languages: a fence and a program.
const OTHERS: &[(&str, &str)] = &[
    ("ruby", "x = 'ab'\nloop { x << x }\nputs x * 10**12\ndef f(n) = f(n + 1) + f(n + 2)\nputs f(0)\n"),
    ("php", "<?php\n$x = 'ab';\nwhile (true) { $x .= $x; }\necho str_repeat($x, 1000000000000);\n"),
    ("bash", "x=ab\nwhile true; do x=$x$x; done\nf() { f | f; }\nf\nseq 1 1000000000 | rev\n"),
    ("lua", "local x = 'ab'\nwhile true do x = x .. x end\nprint(x:rep(10^12))\n"),
    ("lua", "local t = setmetatable({}, {})\nt.__index = t\nsetmetatable(t, t)\nprint(t.a.b)\n"),
    (
        "perl",
        "my $x = 'ab';\nwhile (1) { $x .= $x; }\nprint $x x 1000000000000;\nsub f { f() . f() }\nprint f();\n",
    ),
    ("r", "x <- 'ab'\nrepeat { x <- c(x, x) }\ncat(paste(1:1000000000, 1:1000000000))\n"),
    ("powershell", "$x = 'ab'\nwhile ($true) { $x += $x }\n1..1000000000 | % { $_ }\n"),
    (
        "julia",
        "x = \"ab\"\nwhile true\n  global x *= x\nend\nprintln(x ^ 10^12)\nf(n) = f(n + 1) * f(n + 2)\nf(0)\n",
    ),
];

fn steps(text: String) -> u64 {
    let work = move || screen(&Config::default().engine().unwrap(), &Request::plain(&text)).steps;
    let thread = thread::Builder::new().stack_size(STACK).spawn(work).unwrap();
    thread.join().unwrap()
}

#[test]
fn cost_grows_with_the_size_of_a_hostile_text() {
    let mut failures = Vec::new();
    for (name, make) in PATTERNS {
        let (small, large) = (steps(make(32 << 10)), steps(make(64 << 10)));
        if large > small.saturating_mul(GROWTH) / 2 + BASE {
            failures.push(format!("{name}: {small} steps, then {large}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn programs_that_never_end_are_left() {
    for program in PROGRAMS {
        assert!(steps(format!("```python\n{program}```\n")) < 2_000_000, "{program}");
    }
    for (language, program) in OTHERS {
        assert!(steps(format!("```{language}\n{program}```\n")) < 2_000_000, "{language} {program}");
    }
}

#[test]
fn a_megabyte_of_anything_is_read_to_the_end() {
    for unit in ["\"", "(", "```\n", "a ", "'\\", "/*"] {
        steps(unit.repeat((1 << 20) / unit.len()));
    }
}
