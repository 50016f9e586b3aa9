#!/usr/bin/env python3
"""The files of many packages that a model takes for harm, as rows for `unspool train --data`, and the files of others to measure on.

Of hundreds of files one holds a word that no lesson had in harmless company (a lexer's ILLEGAL, `hack to create exception`), and the
model learns most from that one. The packages are drawn from Debian's archive, whose copyright files name only permissive licences. A third of
them is learned from by nobody: their files go to `--unseen`, for `unspool scan --jsonl` to say how many ordinary files are blocked.
With `--below` the packages are the folders right below others instead (cargo's registry, site-packages), whose licences are yours to know; all
their files are asked about, a quarter of them as a patch and a quarter with line numbers, as coding agents see them, large ones in pieces, and
`--unseen` is not needed.
With `--stretches` what was read in the files that are learned from is written too, 24 words at a time, each with its own score, for `context.py`.

    model/mined.py --unspool target/release/unspool --out /tmp/mined.jsonl.gz --unseen /tmp/unseen.jsonl    # twenty minutes, 1 GB of downloads
    model/mined.py --unspool target/release/unspool --out /tmp/below.jsonl.gz --below ~/.cargo/registry/src/* PY/python3.11    # five minutes

Each row is {"text", "label": "benign", "source": "code_hard PACKAGE", "permissive": true}.
"""

import argparse
import collections
import gzip
import hashlib
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from packages import BOUND, DEBIAN, FREE, SIZES, wanted

# Packages of each section of the archive.
SECTIONS = {
    "perl": 90, "python": 120, "golang": 120, "rust": 60, "gnu-r": 80, "javascript": 130, "ruby": 120, "php": 70, "libdevel": 80, "ocaml": 15,
    "lisp": 30, "games": 60, "doc": 60, "editors": 20, "devel": 50, "web": 40, "admin": 40, "text": 20, "science": 20, "net": 30, "misc": 20,
    "interpreters": 20,
}
BYTES = range(6_001, 4_000_000)
AT_ONCE = 45
FILES, OF_ONE_KIND, OF_A_TABLE = 60, 40, 8
BELOW_OF_ONE_KIND = 250
# A larger file is asked about in pieces: the largest, how many pieces at random, and how long each.
LARGE, PIECES, PIECE = 900 << 10, 4, 40 << 10
# Other guards carry lists of what they block.
GUARDS = ("litellm", "llm_guard", "nemoguardrails", "garak", "pyrit", "rustrict", "censor")
TABLES = {"html", "json", "txt", "po", "css", "xml"}
# Rows of one package, and the score from which a file is one.
ROWS, SCORE = 12, 0.3
# Texts of a file in stretches of so many words: so many of a file, from texts with this score on, the longest text and stretch.
WORDS, OF_A_FILE, TOUCHED, WORDS_READ, LONGEST = 24, 24, 0.1, 480, 300


def archive():
    """(name, section) of the packages of a good size, as apt knows them."""
    told = subprocess.run(["apt-cache", "dumpavail"], check=True, capture_output=True, text=True).stdout
    for paragraph in told.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and not line.startswith(" "))
        name = fields.get("Package", "")
        if int(fields.get("Size", 0)) in BYTES and name not in DEBIAN and not name.endswith(("-dbg", "-prof")):
            yield name, fields.get("Section", "")


def drawn(seed, most):
    chance, by_section = random.Random(seed), collections.defaultdict(list)
    for name, section in archive():
        by_section[section].append(name)
    names = []
    for section, count in SECTIONS.items():
        there = sorted(by_section[section])
        chance.shuffle(there)
        names += there[:count]
    chance.shuffle(names)
    return names[:most]


def texts(package, name, seed):
    """(file, text) of some of a package's files, not many of one kind; nothing when a licence is not permissive."""
    notices = b"".join(path.read_bytes() for path in package.glob("usr/share/doc/*/copyright") if path.is_file())
    if not FREE.search(notices) or BOUND.search(notices):
        return
    paths = [path for path in sorted(package.rglob("*")) if wanted(path.name) and path.is_file() and not path.is_symlink() and path.stat().st_size in SIZES]
    random.Random(f"{seed} {name}").shuffle(paths)
    kinds, left = collections.Counter(), FILES
    for path in paths:
        kind = path.name.rsplit(".", 1)[-1]
        kinds[kind] += 1
        if left and kinds[kind] <= (OF_A_TABLE if kind in TABLES else OF_ONE_KIND):
            left -= 1
            yield str(path.relative_to(package)), path.read_text(encoding="utf-8", errors="ignore")


def fetched(names, seed):
    """(package, file, text) of all packages, so many downloads at a time that apt reads its lists seldom."""
    for start in range(0, len(names), AT_ONCE):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["apt-get", "download", "-q", *names[start : start + AT_ONCE]], cwd=folder, check=False, capture_output=True, timeout=900)
            for archived in sorted(Path(folder).glob("*.deb")):
                name, unpacked = archived.name.split("_")[0], Path(folder, "package")
                subprocess.run(["dpkg-deb", "-x", archived, unpacked], check=False, capture_output=True)
                yield from ((name, file, text) for file, text in texts(unpacked, name, seed))
                subprocess.run(["rm", "-rf", unpacked, archived], check=True)
        print(f"{min(start + AT_ONCE, len(names))} of {len(names)} packages", file=sys.stderr)


def as_agents_see(path, text):
    """The file as it stands, or as a patch or a listing shows it: which, its path says. A large one in some pieces."""
    digest = hashlib.md5(str(path).encode()).digest()
    if len(text) >= SIZES.stop:
        cut = [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
        return random.Random(digest).sample(cut, min(PIECES, len(cut)))
    lines = text.split("\n")
    head = f"diff --git a/{path.name} b/{path.name}\n--- /dev/null\n+++ b/{path.name}\n@@ -0,0 +1,{len(lines)} @@\n"
    forms = [head + "\n".join("+" + line for line in lines), "\n".join(f"{at + 1:6}\t{line}" for at, line in enumerate(lines)), text, text]
    return [forms[digest[0] % 4]]


def below(folders):
    """(package, file, text) of every package that is a folder right below one of `folders`."""
    there = sorted(path for folder in folders for path in Path(folder).iterdir() if path.is_dir())
    for package in (path for path in there if not path.name.startswith(GUARDS)):
        kinds = collections.Counter()
        for path in sorted(package.rglob("*"), key=lambda path: hashlib.md5(str(path).encode()).digest()):
            if wanted(path.name) and path.is_file() and not path.is_symlink() and SIZES.start <= path.stat().st_size < LARGE:
                kind = path.name.rsplit(".", 1)[-1]
                kinds[kind] += 1
                if kinds[kind] <= (OF_A_TABLE if kind in TABLES else BELOW_OF_ONE_KIND):
                    texts = as_agents_see(path, path.read_text(encoding="utf-8", errors="ignore"))
                    yield from ((package.name, str(path), text) for text in texts)


def told(unspool, texts, *flags):
    """What `unspool scan` says of each text, by its place."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as rows:
        rows.writelines(json.dumps({"id": str(at), "prompt": text}) + "\n" for at, text in enumerate(texts))
        rows.flush()
        said = subprocess.run([unspool, "scan", "--jsonl", *flags, rows.name], check=False, stdout=subprocess.PIPE, text=True).stdout
    return {int(row["id"]): row for row in map(json.loads, said.strip().split("\n"))}


def scored(unspool, files):
    """The score of each (package, file, text), as the model finds it."""
    rows = told(unspool, [text for _, _, text in files])
    return [rows[at]["score"] if at in rows else 0.0 for at in range(len(files))]


def stretches(unspool, texts):
    """(score, stretch) of what is read in `texts` and scores, the highest first."""
    seen = {}
    for row in told(unspool, texts, "--candidates").values():
        found = sorted((one for one in row["candidates"] if (one["score"] or 0) >= TOUCHED), key=lambda one: -one["score"])
        cut = [one["text"].split()[:WORDS_READ] for one in found]
        parts = [" ".join(words[at : at + WORDS])[:LONGEST] for words in cut for at in range(0, len(words), WORDS)]
        new = [part for part in dict.fromkeys(parts) if len(part) >= 8 and part.lower() not in seen]
        seen |= {part.lower(): part for part in new[:OF_A_FILE]}
    parts = list(seen.values())
    rows = told(unspool, parts, "--no-recovery")
    return sorted(((row["score"], parts[at]) for at, row in rows.items()), reverse=True)


def is_unseen(package):
    return int(hashlib.md5(package.encode()).hexdigest(), 16) % 3 == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--unspool", required=True, help="the binary whose model is asked")
    parser.add_argument("--out", required=True, help="the rows to learn from, gzipped JSON Lines")
    parser.add_argument("--unseen", help="the files to measure on, JSON Lines for `scan --jsonl`")
    parser.add_argument("--stretches", help="what is read in the files that are learned from, JSON Lines for `context.py`")
    parser.add_argument("--below", nargs="*", default=[], help="folders of packages to be asked about instead of Debian's")
    parser.add_argument("--packages", type=int, default=900)
    parser.add_argument("--seed", type=int, default=5)
    asked = parser.parse_args()
    files = list(below(asked.below) if asked.below else fetched(drawn(asked.seed, asked.packages), asked.seed))
    learned = files
    if asked.unseen:
        learned = [found for found in files if not is_unseen(found[0])]
        with open(asked.unseen, "w", encoding="utf-8") as out:
            for name, file, text in files:
                if is_unseen(name):
                    out.write(json.dumps({"id": f"{name}/{file}", "prompt": text}) + "\n")
    found = sorted(zip(scored(asked.unspool, learned), learned), key=lambda pair: (-pair[0], pair[1][:2]))
    of_package, rows = collections.Counter(), []
    for score, (name, _, text) in found:
        of_package[name] += 1
        if score >= SCORE and of_package[name] <= ROWS:
            rows.append({"text": text, "label": "benign", "source": f"code_hard {name}", "permissive": True})
    with gzip.open(asked.out, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
    if asked.stretches:
        with open(asked.stretches, "w", encoding="utf-8") as out:
            for score, text in stretches(asked.unspool, [row["text"] for row in rows]):
                out.write(json.dumps({"text": text, "score": score}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
