//! C.

use super::Speech;

fn program(body: &str) -> String {
    format!("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n\n{body}")
}

pub(super) const SPEECH: Speech = Speech {
    fence: "c",
    file: "program.c",
    runtime: "gcc",
    run: "gcc -w -o program_c program.c && ./program_c",
    sample: 6,
    templates: &[
        ("array forwards", |case| {
            let [items, _, _, i] = case.names;
            program(&format!(
                "int main(void) {{\n    const char *{items}[] = {{{}}};\n    int count = sizeof({items}) / sizeof({items}[0]);\n    for (int {i} = 0; {i} < count; {i}++) printf(\"%s%s\", {items}[{i}], {i} + 1 < count ? \" \" : \"\\n\");\n    return 0;\n}}\n",
                case.forward()
            ))
        }),
        ("buffer and strcat", |case| {
            let [_, text, ..] = case.names;
            let adds: String = case
                .words
                .iter()
                .map(|word| format!("    strcat({text}, {:?});\n", format!("{word} ")))
                .collect();
            program(&format!(
                "int main(void) {{\n    char {text}[512] = \"\";\n{adds}    puts({text});\n    return 0;\n}}\n"
            ))
        }),
        ("sprintf with offset", |case| {
            let [items, text, build, i] = case.names;
            program(&format!(
                "static const char *{items}[] = {{{}, NULL}};\nvoid {build}(char *{text}) {{\n    int at = 0;\n    for (int {i} = 0; {items}[{i}]; {i}++) at += sprintf({text} + at, \"%s \", {items}[{i}]);\n}}\nint main(void) {{\n    char buf[512];\n    {build}(buf);\n    printf(\"%s\\n\", buf);\n}}\n",
                case.forward()
            ))
        }),
        ("reverse in place", |case| {
            let build = case.names[2];
            program(&format!(
                "void {build}(char *a, char *b) {{ while (a < b) {{ char t = *a; *a++ = *b; *b-- = t; }} }}\nint main(void) {{\n    char s[] = {:?};\n    {build}(s, s + strlen(s) - 1);\n    puts(s);\n}}\n",
                case.reversed_text()
            ))
        }),
        ("structs sorted", |case| {
            let rows = case.numbered(|at, word| format!("{{{at}, {word:?}}}"));
            program(&format!(
                "typedef struct {{ int n; const char *w; }} Row;\nint by(const void *a, const void *b) {{ return ((const Row *)a)->n - ((const Row *)b)->n; }}\nint main(void) {{\n    Row r[] = {{{rows}}};\n    int n = sizeof r / sizeof *r;\n    qsort(r, n, sizeof(Row), by);\n    for (int i = 0; i < n; i++) printf(\"%s \", r[i].w);\n}}\n"
            ))
        }),
        ("linked list", |case| {
            let pushes: String =
                case.words.iter().rev().map(|word| format!("    h = push(h, {word:?});\n")).collect();
            program(&format!(
                "struct Node {{ const char *w; struct Node *next; }};\nstruct Node *push(struct Node *h, const char *w) {{\n    struct Node *n = malloc(sizeof(struct Node));\n    n->w = w;\n    n->next = h;\n    return n;\n}}\nint main(void) {{\n    struct Node *h = NULL;\n{pushes}    for (struct Node *p = h; p; p = p->next) printf(\"%s \", p->w);\n}}\n"
            ))
        }),
        ("xor table", |case| {
            program(&format!(
                "int main(void) {{\n    unsigned char d[] = {{{}}};\n    for (size_t i = 0; i < sizeof(d); i++) putchar(d[i] ^ {});\n}}\n",
                case.bytes(|byte| byte ^ case.key),
                case.key
            ))
        }),
        ("pointer walk and letters", |case| {
            program(&format!(
                "int main(void) {{\n    const char *p = {:?};\n    while (*p) {{\n        char c = *p++;\n        if (c >= 'a' && c <= 'z') c = (c - 'a' - {} + 26) % 26 + 'a';\n        putchar(c);\n    }}\n}}\n",
                case.shifted(),
                case.shift()
            ))
        }),
        ("tokens backwards", |case| {
            let words: Vec<&str> = case.words.iter().rev().copied().collect();
            program(&format!(
                "int main(void) {{\n    char line[] = {:?};\n    char *w[64];\n    int n = 0;\n    for (char *t = strtok(line, \",\"); t; t = strtok(NULL, \",\")) w[n++] = t;\n    while (n--) printf(\"%s%c\", w[n], n ? ' ' : '\\n');\n}}\n",
                words.join(",")
            ))
        }),
        ("macros", |case| {
            let uses: String = case.words.iter().map(|word| format!("    SAY({word})\n")).collect();
            program(&format!(
                "#define TEXT(w) #w\n#define SAY(w) printf(\"%s \", TEXT(w));\nint main(void) {{\n{uses}}}\n"
            ))
        }),
        ("recursion", |case| {
            let (items, build) = (case.names[0], case.names[2]);
            program(&format!(
                "void {build}(const char **w, int n) {{\n    if (n == 0) return;\n    printf(\"%s \", *w);\n    {build}(w + 1, n - 1);\n}}\nint main(void) {{\n    const char *{items}[] = {{{}}};\n    {build}({items}, {});\n}}\n",
                case.forward(),
                case.words.len()
            ))
        }),
    ],
};
