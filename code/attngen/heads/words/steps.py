"""What each letter of a Pig-Latin translation is there for, and which letter of the word it comes from.

    street -> eetstray‹e›       e e t: copied from the first vowel on;  s t r: the opening, moved to the end;
                                a y: the ending, which comes from no letter;  ‹e›: the stop
"""

from __future__ import annotations

from dataclasses import dataclass

from attngen.piglatin.data import Pair
from attngen.piglatin.evaluation import valid_targets
from attngen.piglatin.rules import pig_latin, translate_part

PHASES = ("copy", "move", "ending", "stop")
COPY, MOVE, ENDING, STOP = range(len(PHASES))


@dataclass(frozen=True)
class Step:
    """One letter of a translation: its phase, and the place in the word that it comes from, if any."""

    phase: int
    source: int | None = None


def steps(word: str, target: str) -> list[Step]:
    """A step for each letter of the translation and one for its end.

    Raises ValueError where neither rule for "qu" makes ``target`` of ``word``.
    """
    for qu_block in (True, False):
        if pig_latin(word, qu_block) == target:
            break
    else:
        raise ValueError(f"no rule makes {target!r} of {word!r}")
    found, start = [], 0
    for number, part in enumerate(word.split("-")):
        if number:
            found.append(Step(COPY, start - 1))  # the hyphen
        if part:
            found += _of_part(part, start, qu_block)
        start += len(part) + 1
    return [*found, Step(STOP)]


def _of_part(part: str, start: int, qu_block: bool) -> list[Step]:
    """The steps of a part that begins at place ``start`` of its word."""
    translated = translate_part(part, qu_block)
    ending = len(translated) - len(part)  # "way" or "ay"
    stem = translated[:-ending]
    moved = next(k for k in range(len(part)) if part[k:] + part[:k] == stem)
    copied = [Step(COPY, start + place) for place in range(moved, len(part))]
    opening = [Step(MOVE, start + place) for place in range(moved)]
    return copied + opening + [Step(ENDING)] * ending


def clear_pairs(pairs: list[Pair]) -> list[Pair]:
    """Those pairs whose word has one translation, which a rule explains: all but a handful."""
    targets = valid_targets(pairs)

    def clear(word: str, target: str) -> bool:
        return len(targets[word]) == 1 and target in (pig_latin(word, True), pig_latin(word, False))

    return [pair for pair in pairs if clear(*pair)]
