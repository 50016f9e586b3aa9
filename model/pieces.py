"""Word pieces as `judge::classify::model::piece` cuts them, for the scripts beside this file."""

import re
import unicodedata


class Cutter:
    """Cuts by the numbers of the pieces: words folded, then greedily, longest piece first, 96 words a text at most."""

    def __init__(self, number):
        self.number, self.longest = number, max(map(len, number))

    def __call__(self, text):
        text = re.sub(r"\d", "0", re.sub("['’]", "", unicodedata.normalize("NFKC", text).lower()))
        return [piece for word in re.findall(r"[^\W_]+", text)[:96] for piece in self.word(word)]

    def word(self, rest):
        found, mark = [], ""
        while rest:
            lengths = range(min(len(rest), self.longest), 0, -1)
            end = next((length for length in lengths if mark + rest[:length] in self.number), 0)
            if end == 0:
                break
            found.append(self.number[mark + rest[:end]])
            rest, mark = rest[end:], "##"
        return found
