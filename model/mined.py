#!/usr/bin/env python3
"""The files of many packages that a model takes for harm, as rows for `unspool train --data`, and the files of others to measure on.

Of hundreds of files one holds a word that no lesson had in harmless company (a lexer's ILLEGAL, `hack to create exception`), and the
model learns most from that one. The packages are drawn from Debian's archive, whose copyright files name only permissive licences. A third of
them is learned from by nobody: their files go to `--unseen`, for `unspool scan --jsonl` to say how many ordinary files are blocked.

    model/mined.py --unspool target/release/unspool --out /tmp/mined.jsonl.gz --unseen /tmp/unseen.jsonl    # twenty minutes, 1 GB of downloads

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
TABLES = {"html", "json", "txt", "po", "css", "xml"}
# Rows of one package, and the score from which a file is one.
ROWS, SCORE = 12, 0.3


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


def scored(unspool, files):
    """The score of each (package, file, text), as the model finds it."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as rows:
        for at, (_, _, text) in enumerate(files):
            rows.write(json.dumps({"id": str(at), "prompt": text}) + "\n")
        rows.flush()
        told = subprocess.run([unspool, "scan", "--jsonl", rows.name], check=False, stdout=subprocess.PIPE, text=True).stdout
    scores = {int(row["id"]): row["score"] for row in map(json.loads, told.splitlines())}
    return [scores.get(at, 0.0) for at in range(len(files))]


def is_unseen(package):
    return int(hashlib.md5(package.encode()).hexdigest(), 16) % 3 == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--unspool", required=True, help="the binary whose model is asked")
    parser.add_argument("--out", required=True, help="the rows to learn from, gzipped JSON Lines")
    parser.add_argument("--unseen", required=True, help="the files to measure on, JSON Lines for `scan --jsonl`")
    parser.add_argument("--packages", type=int, default=900)
    parser.add_argument("--seed", type=int, default=5)
    asked = parser.parse_args()
    files = list(fetched(drawn(asked.seed, asked.packages), asked.seed))
    with open(asked.unseen, "w", encoding="utf-8") as out:
        for name, file, text in files:
            if is_unseen(name):
                out.write(json.dumps({"id": f"{name}/{file}", "prompt": text}) + "\n")
    learned = [found for found in files if not is_unseen(found[0])]
    found = sorted(zip(scored(asked.unspool, learned), learned), key=lambda pair: (-pair[0], pair[1][:2]))
    of_package = collections.Counter()
    with gzip.open(asked.out, "wt", encoding="utf-8") as out:
        for score, (name, _, text) in found:
            of_package[name] += 1
            if score >= SCORE and of_package[name] <= ROWS:
                out.write(json.dumps({"text": text, "label": "benign", "source": f"code_hard {name}", "permissive": True}) + "\n")


if __name__ == "__main__":
    main()
