"""What Pig Latin does to a word, as the data of the exercise really has it.

The exercise tells of one moved consonant and of a list of pairs such as "sh".  The files
(University of Toronto, CSC 421) follow simpler rules, which this module states and
``agreement`` counts:

* each part of a hyphenated word is translated by itself;
* everything before the first vowel moves to the end, then "ay":  street -> eetstray;
* "y" is a vowel that ends a cluster:  my -> ymay;
* a part that begins with a, e, i, o or u gets "way":  impress -> impressway;
* a part that begins with y, or has no vowel, gets only "ay":  yes -> yesay, bbc -> bbcay.

The small file moves "qu" as one block (quick -> ickquay), the frequency list inside the large
file does not (quick -> uickqay): hence ``qu_block``.
"""

from __future__ import annotations

import re

WORD = re.compile(r"[a-z-]+")


def translate_part(part: str, qu_block: bool = True) -> str:
    """Pig Latin of one part of a word, without hyphens: "street" -> "eetstray"."""
    if part[:1] and part[0] in "aeiou":
        return part + "way"
    onset = re.match(r"(?:qu|[^aeiouy])*" if qu_block else r"[^aeiouy]*", part)[0]
    if onset == part:
        return part + "ay"
    return part[len(onset) :] + onset + "ay"


def pig_latin(word: str, qu_block: bool = True) -> str:
    """Pig Latin of a word of lower-case letters and hyphens.

    Raises ValueError on anything else.
    """
    if not WORD.fullmatch(word):
        raise ValueError(f"a word of the letters a-z and hyphens is needed, not {word!r}")
    return "-".join(translate_part(part, qu_block) if part else "" for part in word.split("-"))


def agreement(pairs, qu_block: bool) -> int:
    """How many (word, translation) pairs the rule reproduces."""
    return sum(pig_latin(word, qu_block) == target for word, target in pairs)
