#!/usr/bin/env python3
"""Real code of this machine as request bodies: what ordinary traffic must not become is incomplete or blocked.

    tests/ordinary/run.py                                    # every language whose code is here, 4 to 512 KB a body
    tests/ordinary/run.py --unspool target/debug/unspool --sizes 4,64 --per-language 20
    tests/ordinary/run.py --languages python,c --list        # and name each body that was stopped, with why

Bodies are chat completions with files in fences, as bare text, or as results of tools, cut at line ends to their size.
Which files go in is drawn from their paths, so a run on the same machine repeats. Exits 1 when more than `--most-incomplete`
bodies are incomplete or more than `--most-blocked` are blocked.
"""
import argparse
import collections
import hashlib
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent.parent.parent
HOME = pathlib.Path.home()
CARGO = HOME / ".cargo/registry/src"
# Language: suffixes, and where its code may be.
PLACES = {
    "python": ((".py",), ["/usr/lib/python3", "/usr/lib/python3.11", "/usr/lib/python3.13", HOME / ".pyenv/versions"]),
    "rust": ((".rs",), [CARGO]),
    "c": ((".c", ".h"), ["/usr/include", CARGO, "/usr/src"]),
    "cpp": ((".cpp", ".cc", ".hpp", ".hh"), ["/usr/include/c++", CARGO]),
    "javascript": ((".js", ".mjs", ".cjs"), ["/usr/share/nodejs", "/usr/lib/node_modules", "/usr/local/lib/node_modules"]),
    "typescript": ((".ts",), ["/usr/share/nodejs", "/usr/lib/node_modules", "/usr/local/lib/node_modules"]),
    "go": ((".go",), ["/usr/lib/go", "/usr/lib/go-1.19", "/usr/share/go-1.19", "/usr/local/go", "/usr/lib/go-1.24"]),
    "perl": ((".pm", ".pl"), ["/usr/share/perl", "/usr/share/perl5", "/usr/lib/x86_64-linux-gnu/perl"]),
    "ruby": ((".rb",), ["/usr/lib/ruby", "/usr/share/ruby", "/var/lib/gems"]),
    "r": ((".R", ".r"), ["/usr/lib/R", "/usr/share/R"]),
    "php": ((".php",), ["/usr/share/php", "/usr/share/doc"]),
    "bash": ((".sh",), ["/usr/share", "/usr/lib", "/etc"]),
    "lua": ((".lua",), ["/usr/share"]),
    "java": ((".java",), ["/usr/share", "/usr/lib"]),
    "yaml": ((".yml", ".yaml"), ["/usr/share", CARGO, "/usr/lib/python3"]),
    "json": ((".json",), ["/usr/share", CARGO]),
    "toml": ((".toml",), [CARGO]),
    "html": ((".html",), ["/usr/share"]),
    "css": ((".css",), ["/usr/share"]),
    "markdown": ((".md",), [CARGO, "/usr/share"]),
    "sql": ((".sql",), ["/usr/share", "/usr/lib", CARGO]),
    "text": ((".txt",), ["/usr/share", CARGO]),
}
ASKED = ["Please review this.", "Why does the test fail?", "Add type hints and docs to the module below.",
         "Refactor this so that it is easier to read.", "Explain what this code does, step by step.", "Find the bug."]


def binary():
    for profile in ("release", "debug"):
        path = HERE / "target" / profile / "unspool"
        if path.exists():
            return str(path)
    sys.exit("no unspool binary: run `cargo build` first, or name one with --unspool")


def draw(path):
    return hashlib.sha256(str(path).encode()).digest()


def files_of(language):
    suffixes, roots = PLACES[language]
    found = []
    for root in roots:
        for folder, _, names in os.walk(root):
            found += [os.path.join(folder, name) for name in names if name.endswith(suffixes)]
    return sorted(set(found), key=draw)


def texts(paths):
    for path in paths:
        try:
            text = pathlib.Path(path).read_bytes()[: 1 << 20].decode()
        except (OSError, UnicodeDecodeError):
            continue
        if len(text) > 400:
            yield path, text


def cut(text, size):
    if len(text) <= size:
        return text
    return text[: text.rfind("\n", 0, size) + 1] or text[:size]


def body(language, files, shape, at):
    asked = ASKED[at % len(ASKED)]
    if shape == "fence":
        content = asked + "\n\n" + "\n\n".join(f"```{language}\n{text}\n```" for _, text in files)
        messages = [{"role": "user", "content": content}]
    elif shape == "bare":
        messages = [{"role": "user", "content": asked + "\n\n" + "\n".join(text for _, text in files)}]
    else:
        messages = [{"role": "user", "content": asked}]
        for n, (path, text) in enumerate(files):
            call = {"id": f"c{n}", "type": "function",
                    "function": {"name": "read_file", "arguments": json.dumps({"path": path})}}
            messages += [{"role": "assistant", "content": None, "tool_calls": [call]},
                         {"role": "tool", "tool_call_id": f"c{n}", "content": text}]
    return {"model": "gpt-4o", "messages": messages}


def bodies(language, size, count):
    """`count` bodies of `size` KB: the next files each, until the size is reached."""
    source = texts(files_of(language))
    for at in range(count):
        files, left = [], size << 10
        for path, text in source:
            files.append((path, cut(text, left)))
            left -= len(files[-1][1])
            if left < 256 or len(files) >= 64:
                break
        if not files:
            return
        shape = ("fence", "tool", "bare")[at % 3]
        yield f"{language}-{size}k-{shape}-{at}", shape, body(language, files, shape, at)


def spread(values):
    values = sorted(values)
    at = lambda share: values[min(len(values) - 1, int(len(values) * share))]
    return f"p50 {at(.5)}, p90 {at(.9)}, most {values[-1]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unspool", default=None)
    parser.add_argument("--sizes", default="4,16,64,512", help="KB")
    parser.add_argument("--per-language", type=int, default=12, help="bodies of the smallest size; a quarter of it of the largest")
    parser.add_argument("--languages", default=",".join(PLACES))
    parser.add_argument("--list", action="store_true", help="name what was stopped and why")
    parser.add_argument("--keep", default=None, help="folder to leave the bodies in that were stopped")
    parser.add_argument("--most-incomplete", type=int, default=0)
    parser.add_argument("--most-blocked", type=int, default=0)
    args = parser.parse_args()
    unspool = args.unspool or binary()
    rows = []
    sizes = [int(size) for size in args.sizes.split(",")]
    for language, size in itertools.product(args.languages.split(","), sizes):
        count = args.per_language if size <= 16 else max(3, args.per_language // 4)
        with tempfile.TemporaryDirectory() as folder:
            names = []
            for name, shape, content in bodies(language, size, count):
                path = pathlib.Path(folder) / f"{name}.json"
                path.write_text(json.dumps(content))
                names.append((path, shape))
            if not names:
                continue
            done = subprocess.run([unspool, "scan", "--json", "--candidates", *[str(path) for path, _ in names]],
                                  text=True, stdout=subprocess.PIPE)
            for (path, shape), line in zip(names, done.stdout.split("\n")):
                row = json.loads(line)
                row.update(language=language, size=size, shape=shape)
                stopped = row.get("incomplete") or row.get("action") == "block" or "error" in row
                if stopped and args.keep:
                    pathlib.Path(args.keep).mkdir(parents=True, exist_ok=True)
                    (pathlib.Path(args.keep) / path.name).write_text(path.read_text())
                if stopped and args.list:
                    why = row.get("limits") or row.get("error") or ""
                    worst = max(row.get("candidates", []), key=lambda c: c["score"], default={})
                    shown = f"{worst.get('score', 0):.3f} {worst.get('text', '')[:100]!r}" if row.get("action") == "block" else ""
                    print(path.name, "incomplete" if row.get("incomplete") else "", row.get("action"), why, shown, flush=True)
                rows.append(row)
    for key in ("language", "size", "shape"):
        groups = collections.defaultdict(list)
        for row in rows:
            groups[row[key]].append(row)
        for name, part in groups.items():
            count = lambda wanted: sum(bool(wanted(row)) for row in part)
            print(f"{key} {name}: {len(part)} bodies, {count(lambda r: r.get('incomplete'))} incomplete, "
                  f"{count(lambda r: r.get('action') == 'block')} blocked, {count(lambda r: r.get('action') == 'flag')} flagged; "
                  f"candidates {spread([len(r.get('candidates', [])) for r in part])}; "
                  f"ms {spread([r.get('micros', 0) // 1000 for r in part])}")
    incomplete = sum(bool(row.get("incomplete")) or "error" in row for row in rows)
    blocked = sum(row.get("action") == "block" for row in rows)
    print(f"ordinary code: {len(rows)} bodies, {incomplete} incomplete, {blocked} blocked")
    sys.exit(incomplete > args.most_incomplete or blocked > args.most_blocked or not rows)


if __name__ == "__main__":
    main()
