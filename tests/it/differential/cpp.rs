//! C++.

use super::Speech;

fn program(body: &str) -> String {
    format!(
        "#include <algorithm>\n#include <iostream>\n#include <map>\n#include <numeric>\n#include <queue>\n#include <sstream>\n#include <stack>\n#include <string>\n#include <vector>\n\n{body}"
    )
}

pub(super) const SPEECH: Speech = Speech {
    fence: "cpp",
    file: "program.cpp",
    runtime: "g++",
    run: "g++ -std=c++17 -w -O0 -o program_cpp program.cpp && ./program_cpp",
    sample: 3,
    templates: &[
        ("stream", |case| {
            let text = case.names[1];
            let adds: String = case.words.iter().map(|word| format!(" << {word:?} << ' '")).collect();
            program(&format!(
                "int main() {{\n    std::ostringstream {text};\n    {text}{adds};\n    std::cout << {text}.str() << std::endl;\n}}\n"
            ))
        }),
        ("reference parameter", |case| {
            let (text, build) = (case.names[1], case.names[2]);
            let calls: String =
                case.words.iter().map(|word| format!("    {build}({text}, {word:?});\n")).collect();
            program(&format!(
                "void {build}(std::string& out, const std::string& w) {{\n    if (!out.empty()) out += \" \";\n    out += w;\n}}\nint main() {{\n    std::string {text};\n{calls}    std::cout << {text};\n}}\n"
            ))
        }),
        ("map in key order", |case| {
            let items = case.names[0];
            let sets: String =
                case.order.iter().map(|at| format!("    {items}[{at}] = {:?};\n", case.words[*at])).collect();
            program(&format!(
                "int main() {{\n    std::map<int, std::string> {items};\n{sets}    for (const auto& [k, w] : {items}) std::cout << w << \" \";\n}}\n"
            ))
        }),
        ("stack", |case| {
            let items = case.names[0];
            let pushes: String =
                case.words.iter().rev().map(|word| format!("    {items}.push({word:?});\n")).collect();
            program(&format!(
                "int main() {{\n    std::stack<std::string> {items};\n{pushes}    while (!{items}.empty()) {{\n        std::cout << {items}.top() << ' ';\n        {items}.pop();\n    }}\n}}\n"
            ))
        }),
        ("sorted with a lambda", |case| {
            let rows = case.numbered(|at, word| format!("{{{at}, {word:?}}}"));
            program(&format!(
                "struct Row {{ int n; std::string w; }};\nint main() {{\n    std::vector<Row> r{{{rows}}};\n    std::sort(r.begin(), r.end(), [](const Row& a, const Row& b) {{ return a.n < b.n; }});\n    for (const auto& x : r) std::cout << x.w << ' ';\n}}\n"
            ))
        }),
        ("accumulate", |case| {
            let items = case.names[0];
            program(&format!(
                "int main() {{\n    std::vector<std::string> {items}{{{}}};\n    std::cout << std::accumulate({items}.begin() + 1, {items}.end(), {items}[0], [](std::string a, const std::string& b) {{ return a + \" \" + b; }});\n}}\n",
                case.forward()
            ))
        }),
        ("reverse", |case| {
            program(&format!(
                "int main() {{\n    std::string s = {:?};\n    std::reverse(s.begin(), s.end());\n    std::cout << s << \"\\n\";\n}}\n",
                case.reversed_text()
            ))
        }),
        ("xor", |case| {
            program(&format!(
                "int main() {{\n    std::vector<int> d{{{}}};\n    std::string o;\n    for (int c : d) o += static_cast<char>(c ^ {});\n    std::cout << o;\n}}\n",
                case.bytes(|byte| byte ^ case.key),
                case.key
            ))
        }),
        ("changed by reference", |case| {
            program(&format!(
                "int main() {{\n    std::string s = {:?};\n    for (char& c : s)\n        if (c >= 'a' && c <= 'z') c = (c - 'a' + 26 - {}) % 26 + 'a';\n    std::cout << s;\n}}\n",
                case.shifted(),
                case.shift()
            ))
        }),
        ("class with an operator", |case| {
            let adds: String = case.words.iter().map(|word| format!(" + Word{{{word:?}}}")).collect();
            program(&format!(
                "struct Word {{\n    std::string t;\n    Word operator+(const Word& o) const {{ return Word{{t.empty() ? o.t : t + \" \" + o.t}}; }}\n}};\nint main() {{\n    std::cout << (Word{{\"\"}}{adds}).t;\n}}\n"
            ))
        }),
    ],
};
