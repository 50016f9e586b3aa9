//! Python.

use super::{Case, Speech};

pub(super) const SPEECH: Speech = Speech {
    fence: "python",
    file: "program.py",
    runtime: "python3",
    run: "python3 program.py",
    sample: 14,
    templates: &[
        ("join", |case| format!("{0} = [{1}]\nprint(' '.join({0}))\n", case.names[0], case.forward())),
        ("loop backwards", |case| {
            let [items, text, _, i] = case.names;
            let list = case.backward();
            format!(
                "{items} = [{list}]\n{text} = ''\nfor {i} in range(len({items}) - 1, -1, -1):\n    {text} += {items}[{i}] + ' '\nprint({text}.strip())\n"
            )
        }),
        ("sorted pairs", |case| {
            let [items, text, ..] = case.names;
            let pairs = case.numbered(|at, word| format!("({at}, {word:?})"));
            format!("{items} = [{pairs}]\n{text} = [w for _, w in sorted({items})]\nprint(*{text})\n")
        }),
        ("stack", |case| {
            let [items, text, ..] = case.names;
            let pushes: String =
                case.words.iter().rev().map(|word| format!("{items}.append({word:?})\n")).collect();
            format!(
                "{items} = []\n{pushes}{text} = []\nwhile {items}:\n    {text}.append({items}.pop())\nprint(' '.join({text}))\n"
            )
        }),
        ("deque", |case| {
            let [items, ..] = case.names;
            let pushes: String =
                case.words.iter().rev().map(|word| format!("{items}.appendleft({word:?})\n")).collect();
            format!("from collections import deque\n{items} = deque()\n{pushes}print(' '.join({items}))\n")
        }),
        ("reversed text", |case| format!("print({:?}[::-1])\n", case.reversed_text())),
        ("codes", |case| format!("print(''.join(chr(c) for c in [{}]))\n", case.bytes(|byte| byte))),
        ("xor", |case| {
            let bytes = case.bytes(|byte| byte ^ case.key);
            format!("print(bytes(b ^ {} for b in [{bytes}]).decode())\n", case.key)
        }),
        ("shifted letters", |case| {
            let [_, text, build, _] = case.names;
            let (shift, hidden) = (case.shift(), case.shifted());
            format!(
                "def {build}(s, n):\n    r = ''\n    for c in s:\n        if c.islower():\n            r += chr((ord(c) - 97 - n) % 26 + 97)\n        else:\n            r += c\n    return r\n{text} = {build}({hidden:?}, {shift})\nprint({text})\n"
            )
        }),
        ("class", |case| {
            let adds: String = case.words.iter().map(|word| format!(".add({word:?})")).collect();
            format!(
                "class Box:\n    def __init__(self):\n        self.w = []\n    def add(self, x):\n        self.w.append(x)\n        return self\n    def text(self):\n        return ' '.join(self.w)\nprint(Box(){adds}.text())\n"
            )
        }),
        ("generator", |case| {
            let build = case.names[2];
            format!(
                "def {build}():\n    for w in ({},):\n        yield w\nprint(' '.join({build}()))\n",
                case.forward()
            )
        }),
        ("dictionary by index", |case| {
            let items = case.names[0];
            let pairs = case.numbered(|at, word| format!("{at}: {word:?}"));
            format!("{items} = {{{pairs}}}\nprint(' '.join({items}[k] for k in sorted({items})))\n")
        }),
        ("reduce", |case| {
            format!(
                "from functools import reduce\nprint(reduce(lambda a, b: a + ' ' + b, [{}]))\n",
                case.forward()
            )
        }),
        ("heap", |case| {
            let pairs = case.numbered(|at, word| format!("({at}, {word:?})"));
            format!(
                "import heapq\nh = []\nfor p in [{pairs}]:\n    heapq.heappush(h, p)\nprint(' '.join(heapq.heappop(h)[1] for _ in range(len(h))))\n"
            )
        }),
        ("decorator", |case| {
            let build = case.names[2];
            let (first, rest) = case.words.split_at(2);
            format!(
                "def before(f):\n    def inner(*a):\n        return {:?} + ' ' + f(*a)\n    return inner\n@before\ndef {build}(w):\n    return ' '.join(w)\nprint({build}([{}]))\n",
                first.join(" "),
                Case::quoted(rest)
            )
        }),
        ("match and recursion", |case| {
            let build = case.names[2];
            format!(
                "def {build}(xs):\n    match xs:\n        case []:\n            return ''\n        case [x]:\n            return x\n        case [x, *rest]:\n            return x + ' ' + {build}(rest)\nprint({build}([{}]))\n",
                case.forward()
            )
        }),
    ],
};
