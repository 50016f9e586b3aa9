//! Go.

use super::Speech;

pub(super) const SPEECH: Speech = Speech {
    fence: "go",
    file: "program.go",
    runtime: "go",
    run: "go run program.go",
    sample: 2,
    templates: &[
        ("join", |case| {
            format!(
                "package main\n\nimport (\n\t\"fmt\"\n\t\"strings\"\n)\n\nfunc main() {{\n\t{0} := []string{{{1}}}\n\tfmt.Println(strings.Join({0}, \" \"))\n}}\n",
                case.names[0],
                case.forward()
            )
        }),
        ("channel", |case| {
            format!(
                "package main\n\nimport \"fmt\"\n\nfunc main() {{\n\tc := make(chan string)\n\tgo func() {{\n\t\tfor _, w := range []string{{{}}} {{\n\t\t\tc <- w\n\t\t}}\n\t\tclose(c)\n\t}}()\n\tfor w := range c {{\n\t\tfmt.Print(w, \" \")\n\t}}\n}}\n",
                case.forward()
            )
        }),
        ("defer", |case| {
            format!(
                "package main\n\nimport \"fmt\"\n\nfunc main() {{\n\tfor _, w := range []string{{{}}} {{\n\t\tdefer fmt.Print(w, \" \")\n\t}}\n}}\n",
                case.backward()
            )
        }),
        ("builder backwards", |case| {
            let [items, text, _, i] = case.names;
            format!(
                "package main\n\nimport (\n\t\"fmt\"\n\t\"strings\"\n)\n\nfunc main() {{\n\t{items} := []string{{{}}}\n\tvar {text} strings.Builder\n\tfor {i} := len({items}) - 1; {i} >= 0; {i}-- {{\n\t\t{text}.WriteString({items}[{i}])\n\t\t{text}.WriteByte(' ')\n\t}}\n\tfmt.Println({text}.String())\n}}\n",
                case.backward()
            )
        }),
        ("sorted keys", |case| {
            let pairs = case.numbered(|at, word| format!("{at}: {word:?}"));
            format!(
                "package main\n\nimport (\n\t\"fmt\"\n\t\"sort\"\n)\n\nfunc main() {{\n\tm := map[int]string{{{pairs}}}\n\tvar ks []int\n\tfor k := range m {{\n\t\tks = append(ks, k)\n\t}}\n\tsort.Ints(ks)\n\tfor _, k := range ks {{\n\t\tfmt.Printf(\"%s \", m[k])\n\t}}\n}}\n"
            )
        }),
        ("sort.Slice", |case| {
            let rows = case.numbered(|at, word| format!("{{{at}, {word:?}}}"));
            format!(
                "package main\n\nimport (\n\t\"fmt\"\n\t\"sort\"\n)\n\ntype Row struct {{\n\tn int\n\tw string\n}}\n\nfunc main() {{\n\tr := []Row{{{rows}}}\n\tsort.Slice(r, func(i, j int) bool {{ return r[i].n < r[j].n }})\n\tfor _, x := range r {{\n\t\tfmt.Print(x.w, \" \")\n\t}}\n}}\n"
            )
        }),
        ("runes reversed", |case| {
            format!(
                "package main\n\nimport \"fmt\"\n\nfunc main() {{\n\tr := []rune({:?})\n\tfor i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {{\n\t\tr[i], r[j] = r[j], r[i]\n\t}}\n\tfmt.Println(string(r))\n}}\n",
                case.reversed_text()
            )
        }),
        ("xor", |case| {
            format!(
                "package main\n\nimport \"fmt\"\n\nfunc main() {{\n\td := []byte{{{}}}\n\tfor i := range d {{\n\t\td[i] ^= {}\n\t}}\n\tfmt.Println(string(d))\n}}\n",
                case.bytes(|byte| byte ^ case.key),
                case.key
            )
        }),
        ("methods", |case| {
            let adds: String = case.words.iter().map(|word| format!(".Add({word:?})")).collect();
            format!(
                "package main\n\nimport \"fmt\"\n\ntype Box struct{{ s string }}\n\nfunc (b *Box) Add(w string) *Box {{\n\tif b.s != \"\" {{\n\t\tb.s += \" \"\n\t}}\n\tb.s += w\n\treturn b\n}}\n\nfunc main() {{\n\tb := &Box{{}}\n\tb{adds}\n\tfmt.Println(b.s)\n}}\n"
            )
        }),
    ],
};
