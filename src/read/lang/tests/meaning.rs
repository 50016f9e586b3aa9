//! What one line of each language means: every row is a line of code and outlines that its ir must have.

use super::outline;

/// A line of code, and parts that the outline of its ir has.
type Row = (&'static str, &'static [&'static str]);

/// Two rows of one name, of which the second is never found, are a mistake.
#[test]
fn names_of_library_tables_are_unique() {
    for language in crate::read::lang::LANGUAGES {
        for table in language.tables {
            let mut seen = std::collections::BTreeSet::new();
            for row in *table {
                assert!(seen.insert((row.name, row.args)), "{} {} twice", language.name, row.name);
                assert!(
                    row.args.is_none() || !seen.contains(&(row.name, None)),
                    "{} {} hidden by an earlier row",
                    language.name,
                    row.name
                );
            }
        }
    }
}

/// Walks rows of a language.
fn rows(language: &str, rows: &[Row]) {
    for (text, wanted) in rows {
        let (_, printed) = outline(language, text);
        let flat = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
        for part in *wanted {
            assert!(flat(&printed).contains(&flat(part)), "{language}: no {part:?} in\n{printed}\nof {text}");
        }
    }
}

#[test]
#[cfg(feature = "cpp")]
fn cpp_lines_mean_what_they_do() {
    rows("cpp", CPP);
}

/// Lines and outlines of their ir.
#[cfg(feature = "cpp")]
const CPP: &[Row] = &[
    ("void f() { printf(\"%s %d\", a, 1); }", &["do Write\n          do FormatPercent", "do ListOf"]),
    (
        "void f() { char b[9]; sprintf(b, \"%s\", w); puts(b); }",
        &["assign\n          name b\n          do FormatPercent"],
    ),
    (
        "void f() { snprintf(b, sizeof(b), \"%s-%s\", w, x); }",
        &["do FormatPercent\n            text \"%s-%s\""],
    ),
    (
        "void f() { std::print(\"{} {}\", a, b); std::println(\"{}\", c); }",
        &["do Write", "do Print", "do FormatBrace"],
    ),
    (
        "auto s = std::accumulate(v.begin(), v.end(), std::string(\"\"), [](auto a, auto b) { return a + b; });",
        &["do Reduce\n        function (a, b)"],
    ),
    ("auto s = accumulate(v.begin(), v.end(), string());", &["do Sum"]),
    (
        "void f() { v.insert(v.begin(), x); }",
        &["do Insert\n          name v\n          int 0\n          name x"],
    ),
    ("void f() { v.insert(v.begin() + 2, x); }", &["do Insert\n          name v\n          int 2"]),
    ("void f() { v.insert(v.end(), w.begin(), w.end()); }", &["do Push", "spread"]),
    (
        "void f() { s.insert(0, \"bake\"); m.insert({\"a\", \"b\"}); st.insert(\"x\"); }",
        &["do Insert", "do Set", "do Push"],
    ),
    ("enum Part { One, Two = 5, Three };", &["name Three\n        int 6"]),
    ("enum class Part { One, Two }; auto x = Part::Two;", &["name Two"]),
    ("struct B { std::string w; }; struct A : public B { };", &["class A\n      name B"]),
    (
        "char s[] = {'b', 97, 0};",
        &["concat\n        do Chr\n          text \"b\"\n        do Chr\n          int 97"],
    ),
    ("void f() { char s[8]; s[0] = 'b'; s[n++] = 'a'; s[2] = 0; }", &["slice", "do Push", "concat"]),
    (
        "void f() { std::copy(v.begin(), v.end(), std::ostream_iterator<std::string>(std::cout, \" \")); }",
        &["do Write\n          do Join"],
    ),
    ("void f() { std::copy(v.begin(), v.end(), std::back_inserter(w)); }", &["do Extend\n          name w"]),
    (
        "void f() { for (size_t i = v.size(); i-- > 0;) s += v[i]; }",
        &["binary Gt\n            binary Add\n              assign Sub"],
    ),
    (
        "void f() { for (int i = 0; i < 3; i++) s += v[i]; }",
        &["assign Add\n            name i\n            int 1"],
    ),
    (
        "std::string_view s = \"bake\"; std::vector<std::string> v(arr, arr + 2);",
        &["text \"bake\"", "do NewList\n        do Slice"],
    ),
    ("auto s = std::string(v.rbegin(), v.rend());", &["do Join\n        call, library Reverse"]),
    ("auto s = [&] { return w; }();", &["call\n        function ()"]),
    (
        "void f() { std::transform(s.begin(), s.end(), s.begin(), ::toupper); }",
        &["do Map\n            function (a)", "do Upper"],
    ),
    (
        "void f(std::string s) { std::transform(s.begin(), s.end(), s.begin(), [](char c) { return c ^ 1; }); }",
        &["do Chr\n            do Map"],
    ),
    (
        "void f() { std::for_each(v.begin(), v.end(), [&](const std::string& w) { s += w; }); }",
        &["do ForEach\n          function (w)"],
    ),
    (
        "void f() { std::stringstream ss(t); while (std::getline(ss, w, ' ')) { v.push_back(w); } }",
        &["for\n          name w\n          do Split"],
    ),
    (
        "void f(std::string t) { std::istringstream ss(t); while (ss >> w) v.push_back(w); ss >> a >> b; }",
        &["for\n          name w\n          do Split", "do Drop"],
    ),
    (
        "void f() { auto it = v.begin(); while (it != v.end()) { s += *it; ++it; } }",
        &["for\n          name it"],
    ),
    (
        "void f() { for (auto it = m.begin(); it != m.end(); ++it) s += it->second; }",
        &["do Items", "index\n                name it\n                int 1"],
    ),
    (
        "std::map<std::string, int> m = {{\"bake\", 1}, {\"bread\", 2}};",
        &["do NewSorted\n        map\n          pair"],
    ),
    ("std::set<std::string> m;", &["do NewSorted\n        list"]),
    (
        "struct W { std::string t; int i; }; std::vector<W> v = {{\"bake\", 1}};",
        &["list\n          call\n            name W\n            text \"bake\""],
    ),
    ("std::string s(3, 'x'), t = \"y\", u;", &["do Repeat", "text \"y\"", "text \"\""]),
    ("std::vector<std::string> v(n + 1);", &["do NewFilled"]),
    ("void f() { std::swap(s[i], s[j]); }", &["assign\n          list\n            index"]),
    ("void f() { for (auto w : v | std::views::reverse) s += w; }", &["do Reverse\n            name v"]),
    (
        "void f() { using namespace std; cout << string(1, c) << endl; }",
        &["do Write\n          do Repeat", "text \"\\n\""],
    ),
    (
        "void f() { v.erase(v.begin()); v.erase(v.begin() + 1); s.erase(0, 2); }",
        &["do PopFront", "do Delete", "do Splice"],
    ),
];

#[test]
#[cfg(feature = "go")]
fn go_lines_mean_what_they_do() {
    rows("go", GO);
}

/// Lines and outlines of their ir.
#[cfg(feature = "go")]
const GO: &[Row] = &[
    (
        "type S []string\nfunc (s *S) Push(x string) { *s = append(*s, x) }\nfunc main() { var s S; s.Push(\"bake\") }",
        &[
            "class S",
            "do Splice\nname s\nint 0",
            "name s\ndo NewList",
            "call\nfield .Push\nname S\nname s\ntext \"bake\"",
        ],
    ),
    ("func f() { g(ws, strings.ToLower) }", &["function (a)\ndo Lower"]),
    (
        "func f() { fmt.Printf(\"%s\", w); fmt.Fprintf(&sb, \"%s \", w); fmt.Fprintln(os.Stdout, w) }",
        &[
            "do Write\n          do FormatPercent",
            "do Push\n          name sb\n          do FormatPercent",
            "do Print",
        ],
    ),
    (
        "func f() { copy(dst, src); copy(dst[1:], src) }",
        &["do Splice\n          name dst\n          int 0", "do Splice\n          name dst\n          int 1"],
    ),
    (
        "func f() { sort.Slice(ws, func(i, j int) bool { return ws[i].at < ws[j].at }) }",
        &[
            "do SortInPlace\n          name ws\n          function (i, j)",
            "field .at\n                  name i",
        ],
    ),
    (
        "func f() { sort.Strings(ws); slices.Reverse(ws); slices.Sort(ws); sort.Sort(sort.Reverse(sort.StringSlice(ws))) }",
        &["library SortInPlace", "library ReverseInPlace", "bool true"],
    ),
    (
        "func f() { l := list.New(); l.PushBack(\"bake\"); for e := l.Front(); e != nil; e = e.Next() { s += e.Value.(string) } }",
        &[
            "for\n          name e\n          name l",
            "assign Add\n              name s\n              name e",
        ],
    ),
    (
        "func f() { l.Remove(l.Front()); x := l.Front().Value.(string) }",
        &["do PopFront", "declare\n          name x\n          call, library First"],
    ),
    (
        "func f() { r := strings.NewReplacer(\"a\", \"b\"); return r.Replace(t) }",
        &["do ReplaceMany\n            name t\n            spread"],
    ),
    (
        "func f() { return strings.Map(func(r rune) rune { return r + 1 }, t) }",
        &["do Chr\n            do Map"],
    ),
    (
        "func f() { for { select { case w, ok := <-ch: s += w; default: return } } }",
        &["match", "binary Gt\n                  do Length", "do PopFront"],
    ),
    (
        "type W struct { Text string; At int }\nvar ws = []W{{\"bake\", 1}, {Text: \"bread\"}}\nfunc (w W) Say() string { return w.Text }",
        &[
            "class W",
            "list\n          call\n            name W\n            text \"bake\"\n            int 1",
            "function Say(w)",
        ],
    ),
    ("type A struct { B }\n", &["class A\n        name B"]),
    ("const ( A = iota + 1; B; C )", &["name C\n        binary Add\n          int 2"]),
    (
        "func f() { w, ok := m[k]; x, err := strconv.Atoi(t); v, more := <-ch }",
        &["do Contains", "name err\n            null", "name more\n            binary Gt"],
    ),
    (
        "func f() { s := bufio.NewScanner(strings.NewReader(t)); for s.Scan() { out = append(out, s.Text()) } }",
        &["for\n          name s line\n          do Lines"],
    ),
    (
        "func Map[T any](xs []T, f func(T) string) []string { return nil }\nfunc g() { Map[string](ws, h) }",
        &["function Map(xs, f)", "call"],
    ),
    ("func f() { defer func() { fmt.Println(\"bread\") }() }", &["defer", "library Print"]),
    ("func f() { fmt.Sprintf(\"%v\", ws) }", &["do ListOf\n            name ws"]),
    (
        "func f() { var b bytes.Buffer; b.WriteString(\"x\"); b.String() }",
        &["do NewBuilder", "library Push", "library ToText"],
    ),
    (
        "func f() { switch v := x.(type) { case string: s += v } }",
        &["declare\n            name v\n            name x"],
    ),
];

#[test]
#[cfg(feature = "python")]
fn python_lines_mean_what_they_do() {
    rows("python", PYTHON);
}

/// Lines and outlines of their ir.
#[cfg(feature = "python")]
const PYTHON: &[Row] = &[
    (
        "import heapq\nheapq.heappush(h, (2, 'bread'))\nw = heapq.heappop(h)",
        &["library Push", "do PopFront\n        do SortInPlace"],
    ),
    ("from operator import itemgetter\nws.sort(key=itemgetter(0))", &["function (a)\n        index"]),
    ("print('bake', 'bread', sep='-', file=buf)", &["do Push\n      name buf\n      do Join"]),
    ("import sys\nprint('x', file=sys.stderr)", &["library Print"]),
    ("d = dict(a='bake', b='bread')", &["map\n        pair\n          text \"a\"\n          text \"bake\""]),
    (
        "match c:\n    case ['say', w]:\n        out.append(w)\n    case {'k': v}:\n        pass\n    case other:\n        pass\n",
        &["binary Or\n            assign\n              name w", "do Contains", "name other"],
    ),
    (
        "match c:\n    case 'a' | 'b':\n        x = 1\n",
        &["match\n        name match subject\n        text \"a\"\n        text \"b\""],
    ),
    (
        "import functools, operator\nfunctools.reduce(operator.add, ws)",
        &["library Reduce", "function (a, b)\n        binary Add"],
    ),
    ("functools.reduce(lambda a, b: a + b, ws, '')", &["library Reduce"]),
    (
        "from itertools import zip_longest, islice, cycle, chain\nzip_longest(a, b, fillvalue='')\nislice(a, 2)\nchain.from_iterable(x)",
        &["do Max", "do Get", "library Take", "library Flatten"],
    ),
    (
        "from string import Template\nTemplate('$a $b').substitute(a='bake', b='bread')",
        &["do ReplaceMany", "text \"${a}\"", "text \"$b\""],
    ),
    ("''.join(map(chr, xs))", &["function (a)\n          do Chr"]),
    ("list(map(str.upper, ws))", &["function (a)\n          do Upper\n            name a"]),
    ("list(map(out.append, ws))", &["function (a)\n          do Push\n            name out"]),
    (
        "def chr(x):\n    return x\nlist(map(chr, xs))",
        &["call, library Map\n        name map\n        name chr"],
    ),
    ("x = 464588988123516961644900\ny = x.to_bytes(10, 'big').decode()", &["wide 10", "library ToBytes"]),
    ("import ast\nast.literal_eval(t)", &["library Decode(Json)"]),
    ("P = namedtuple('P', 'word at')\nQ = collections.namedtuple('Q', ['word'])", &["class P", "class Q"]),
    (
        "@dataclass\nclass C:\n    a: str = 'bake'\n    b: list = field(default_factory=list)\n",
        &["class C", "text \"bake\""],
    ),
    (
        "class E(Enum):\n    A = 'bake'\n    B = 'bread'\nfor e in E:\n    out.append(e.value)\n[e.value for e in E]\nlist(E)",
        &["do NewObject", "for\n      name e\n      do Values", "do Values"],
    ),
    ("while (w := q.popleft()):\n    out += w", &["while\n      assign"]),
    ("f = partial(join, ' ')\n", &["function (rest)"]),
    ("map(lambda a, b: a + b, xs, ys)", &["comprehend", "do Zip"]),
    ("import sys\nsys.stdout.write('bake')", &["library Write"]),
    ("ops = {'a': lambda x: x + 'b'}\nops['a']('c')", &["call\n      index"]),
];
