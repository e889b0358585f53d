"""A file in the format of Kaggle's, of made-up words, as long as one wants: to try out the way of a big file.

Nothing is learned from it.  Its words are random syllables, the frequent ones as frequent as Zipf's law has
it; among them stand the kinds of noise that the steps remove.  Articles and paragraphs are of very different
lengths, and now and then a paragraph comes again.
"""

from __future__ import annotations

import random
from itertools import accumulate
from pathlib import Path

from attngen.persian.kaggle import TITLE

VOCABULARY = 20_000
_ONSETS = ["ب", "پ", "ت", "ج", "چ", "خ", "د", "ر", "ز", "س", "ش", "ف", "ق", "ک", "گ", "ل", "م", "ن", "ه"]
_ENDS = ["ا", "و", "ی", "ار", "ان", "ید", "ور", "یر", "ست", "ند"]
_NOISE = [
    "[۱]", "[نیازمند منبع]", "(به انگلیسی: Generated Name)", "{\\displaystyle a_{1}}", "DNA", "بُزرگ",
    "https://example.org/x", "كتاب", "خانه\u0654", "12,345", "ســاخت", "می\u200c\u200cرود", "<br/>",
    "( )", "و،،", "•",
]  # fmt: skip


def vocabulary(draw: random.Random, count: int = VOCABULARY) -> list[str]:
    """Different made-up words of one to three syllables, short ones first."""
    words: dict[str, None] = {}
    while len(words) < count:
        syllables = 1 + (len(words) >= 100) + (len(words) >= 8000)
        words["".join(draw.choice(_ONSETS) + draw.choice(_ENDS) for _ in range(syllables))] = None
    return list(words)


def write_file(path: Path, megabytes: float, seed: int = 0) -> Path:
    """Write at least so many megabytes (10^6 bytes) of articles to ``path``; the same for the same seed."""
    draw = random.Random(seed)
    words = vocabulary(draw)
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    written, number, earlier = 0, 0, ""
    with path.open("wb") as file:
        while written < megabytes * 1e6:
            number += 1
            lines = [f"{TITLE} {' '.join(draw.choices(words, k=2))} {number}", ""]
            for _ in range(1 + int(draw.paretovariate(1.2)) % 60):
                found = draw.choices(words, cum_weights=weights, k=5 + int(draw.lognormvariate(3.5, 0.9)))
                for place in range(12, len(found), 25):
                    found[place] += " " + draw.choice(_NOISE)
                paragraph = " ".join(found) + "."
                lines += [earlier if earlier and draw.random() < 0.02 else paragraph, ""]
                earlier = paragraph
            written += file.write(("\n".join(lines) + "\n").encode())
    return path
