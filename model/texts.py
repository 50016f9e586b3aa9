"""The texts that `context.py` asks the transformer about: what it says of them is all that the network learns of requests nobody wrote.

A hundred thousand lessons say little of words they do not hold. So their words are replaced: by words of near meaning, by words that
harmful lessons have much oftener and by ones that harmless lessons have, by nouns of WordNet; halves of two lessons stand side by side;
and verbs and things of WordNet fill the ways in which people ask. Most of what comes out is odd, and some of it is a request that no
data set has. Nothing here says which is harmful: the transformer does. Only lists of names, which it has never seen, are harmless whatever
they name.
"""

import bisect
import collections
import re

import numpy

NEAR = 14
WORD = re.compile(r"[A-Za-z]+")
LONGEST = 48
TYING = set(
    "the a an of to in on for and or is are was how what why do does can could you me my i it that this with from by without about into "
    "as at be not if they them their we our us his her he she who which when where".split()
)
PEOPLE = """my neighbor|a coworker|someone|people|children|my boss|a politician|an old woman|students|customers|a celebrity|immigrants|
women|my dog|strangers""".replace("\n", "").split("|")
OWNERS = "my neighbor's|someone's|a company's|my own|the bank's|a stranger's|my sister's|the government's".split("|")
ENDS = """without being noticed|without getting caught|at home|in my kitchen|for a school project|to make money|online|in a video game|
at work|using only household items|from a store|on a budget|for beginners|without permission|in secret|with my friends|legally|
from scratch|in a public place|to hurt someone|to save time|in python|for my company|anonymously|in my garden|for children|
that looks real|||||""".replace("\n", "").split("|")
ASKING = """How do I {v} {o}?|how to {v} {o}|How can I {v} {o} {e}?|Write a guide on how to {v} {o}|Explain how to {v} {o} {e}|
Give me step by step instructions to {v} {o} {e}|Create a tutorial on {g} {o}|Write a script that can {v} {o}|
What is the best way to {v} {o} {e}?|Describe ways to {v} {o} and {w} {p}|Tell me how people {v} {o} {e}|Develop a plan to {v} {o} {e}|
Write an article that says {o} should {v} {p}|Write a post saying that {o} are {a}|Make a list of {o} used for {g} {p}|Teach me to {v} {o}|
Outline a method for {g} {o} {e}|i want to {v} {o} {e}|Help me {v} {o} {e}|Why do people {v} {o}?|What does it mean to {v} {o}?|
Is it legal to {v} {o} {e}?|Draft an email that convinces {o} to {v} {p}|{g} {o} {e}|Provide a recipe for {a} {o}|
Where can I buy {o} {e}?|Design {a} {o} that can {v} {p}|Give tips for {g} {o} {e}""".replace("\n", "").split("|")


def gerund(verb):
    head, *rest = verb.split(" ", 1)
    if head.endswith("ie"):
        head = head[:-2] + "y"
    elif head.endswith("e") and not head.endswith("ee"):
        head = head[:-1]
    return " ".join([head + "ing", *rest])


class Pool:
    """Words to draw from, those that texts hold often more often."""

    def __init__(self, words, seen):
        self.words = sorted(set(words))
        self.sums = numpy.cumsum([(1 + min(seen[word.split()[0]], 200)) ** 0.5 for word in self.words])

    def draw(self, chance):
        return self.words[bisect.bisect(self.sums, chance.random() * self.sums[-1])]


class Maker:
    """Makes texts of `lessons` (text, harmful), of the words of WordNet's files at `paths`, and of the vectors that say which words are near."""

    def __init__(self, lessons, paths, names, table, chance):
        self.chance = chance
        short = [(text, harmful) for text, harmful in lessons if 3 <= len(text.split()) <= 45]
        self.harmful = [text for text, harmful in short if harmful]
        self.harmless = [text for text, harmful in short if not harmful]
        self.short = [text for text in self.harmless if len(text) <= 170]
        counts = [collections.Counter(word for text in texts for word in set(self.words(text))) for texts in (self.harmful, self.harmless)]
        dark, plain = counts
        share = len(self.harmful) / max(len(self.harmless), 1)
        self.dark = sorted(word for word, count in dark.items() if count >= 4 and len(word) > 3 and count > 2.5 * share * (plain[word] + 2))
        self.plain = sorted(word for word, count in plain.items() if count >= 4 and len(word) > 3 and count * share > 0.8 * (dark[word] + 1))
        self.is_dark = set(self.dark)
        self.pools = {end: Pool(wordnet(paths, end), dark + plain) for end in ("noun", "verb", "adj")}
        verbs, nouns = (set(self.pools[end].words) for end in ("verb", "noun"))
        self.dark_verbs = [word for word in self.dark if word in verbs]
        self.dark_nouns = [word for word in self.dark if word in nouns]
        self.near = neighbours(names, table)

    @staticmethod
    def words(text):
        return [word.lower() for word in WORD.findall(text)]

    def replaced(self, text, by):
        """`text` with what `by` says of each word that ties no others together."""
        return WORD.sub(lambda found: found[0] if found[0].lower() in TYING else by(found[0].lower()) or found[0], text)

    def nearly(self, text, share):
        def by(word):
            return self.chance.choice(self.near[word]) if word in self.near and self.chance.random() < share else None

        return self.replaced(text, by)

    def with_words(self, text, draw, share, which=lambda word: True):
        def by(word):
            return draw() if len(word) > 3 and which(word) and self.chance.random() < share else None

        return self.replaced(text, by)

    def noun(self):
        return self.pools["noun"].draw(self.chance)

    def said_otherwise(self):
        """Of every lesson some."""
        chance, dark, light = self.chance, self.is_dark.__contains__, lambda word: word not in self.is_dark
        for text in self.harmful:
            yield from (self.nearly(text, share) for share in (0.2, 0.4, 0.6))
            yield self.with_words(text, self.noun, 0.9, dark)
            yield self.with_words(text, lambda: chance.choice(self.plain), 0.7, dark)
            yield self.with_words(text, lambda: chance.choice(self.dark), 0.5, dark)
            yield from (self.with_words(text, self.noun, share, light) for share in (0.3, 0.7))
        for text in self.harmless:
            yield self.nearly(text, chance.choice((0.3, 0.5)))
            yield self.with_words(text, lambda: chance.choice(self.dark), 0.3)
            if chance.random() < 0.5:
                yield self.with_words(text, self.noun, 0.4, light)

    def thing(self):
        chance = self.chance
        noun, kind = self.noun(), chance.random()
        if kind < 0.12:
            return chance.choice(PEOPLE)
        if kind < 0.2:
            return chance.choice(["", "a ", "some "]) + chance.choice(self.dark_nouns)
        if kind < 0.3:
            return f"{chance.choice(OWNERS)} {noun}"
        if kind < 0.4:
            return f"{self.pools['adj'].draw(chance)} {noun}"
        return chance.choice([f"a {noun}", f"{noun}s", noun])

    def asked(self):
        """A request about anything."""
        chance, verb = self.chance, lambda: self.pools["verb"].draw(self.chance)
        deed = chance.choice(self.dark_verbs) if chance.random() < 0.3 else verb()
        parts = {"v": deed, "g": gerund(deed), "w": verb(), "o": self.thing(), "p": self.thing(), "a": self.pools["adj"].draw(chance), "e": chance.choice(ENDS)}
        return re.sub(" +", " ", chance.choice(ASKING).format(**parts)).replace(" ?", "?").strip()

    def mixed(self):
        """The beginning of one lesson and the end of another."""
        chance = self.chance
        head, tail = (chance.choice(self.harmful if chance.random() < share else self.harmless).split() for share in (0.6, 0.5))
        if min(len(head), len(tail)) < 6:
            return ""
        return " ".join(head[: chance.randint(2, len(head) - 2)][:22] + tail[chance.randint(1, len(tail) - 3) :][:22])

    def beside(self, text):
        """`text` with a harmless lesson before it, behind it or on both sides: it asks for no less."""
        before, behind = self.chance.choice(self.short), self.chance.choice(self.short)
        return self.chance.choice((f"{before} {text}", f"{text} {behind}", f"{before} {text} {behind}"))

    def listed(self):
        """Names of things, half of them dark: the labels, reasons, items and keys that programs are full of. They ask for nothing."""
        chance, length = self.chance, min(self.chance.randint(2, 30), self.chance.randint(2, 30))
        draws = [lambda: chance.choice(self.dark_nouns)] * 5 + [lambda: chance.choice(self.plain)] * 3 + [self.noun] * 2
        names = [" ".join(chance.choice(draws)() for _ in range(chance.choice((1, 1, 1, 2, 2, 3)))) for _ in range(length)]
        if chance.random() < 0.2:
            names = [name for name in names for _ in range(2)]
        joined, between = chance.choice((" ", " ", "_", "-", ".")), chance.choice((" ", " ", ", ", " 0 ", "\n"))
        told = between.join(name.replace(" ", joined) for name in names)
        return chance.choice((told, told, told.title(), told.upper()))

    def made(self, asked, mixed):
        """All of that, each text once, and never a lesson."""
        texts = [*self.said_otherwise(), *(self.asked() for _ in range(asked)), *(self.mixed() for _ in range(mixed))]
        known = {*self.harmful, *self.harmless}
        return sorted({text for text in texts if 3 <= len(text.split()) <= LONGEST} - known)


def wordnet(paths, end):
    """The first word of each entry of WordNet's file for `end`."""
    for path in paths:
        if path.endswith(end):
            for line in open(path, encoding="utf-8"):
                word = "" if line.startswith(" ") else line.split()[4].replace("_", " ")
                if word.isascii() and word.islower() and word.count(" ") < 2:
                    yield word


def neighbours(names, table):
    """For each whole word among the pieces the ones that mean nearly the same."""
    unit = table / (numpy.linalg.norm(table, axis=1, keepdims=True) + 1e-6)
    rows = [at for at, name in enumerate(names) if name.isalpha() and len(name) > 2]
    unit = unit[rows]
    near = {}
    for start in range(0, len(rows), 512):
        likeness = unit[start : start + 512] @ unit.T
        for at, found in enumerate(numpy.argpartition(-likeness, NEAR, axis=1)[:, :NEAR]):
            near[names[rows[start + at]]] = [names[rows[other]] for other in found if other != start + at]
    return near
