"""The cleaning pipeline: named steps in order, and the count of what each of them did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from operator import ne

from attngen.persian import marks, markup, steps
from attngen.persian.steps import Step

# The order matters: pieces go first, then characters are mended, spaces put right at the end.
STEPS: dict[str, Step] = {
    "nfc": steps.nfc,
    "invisible": steps.invisible,
    "tex": markup.tex,
    "markup": markup.markup,
    "addresses": markup.addresses,
    "references": markup.references,
    "foreign brackets": markup.foreign_brackets,
    "foreign runs": markup.foreign_runs,
    "letters": steps.letters,
    "diacritics": steps.diacritics,
    "digits": steps.digits,
    "tatweel": steps.tatweel,
    "marks": marks.persian_marks,
    "symbols": marks.symbols,
    "brackets": marks.brackets,
    "punctuation": marks.punctuation,
    "half-spaces": steps.half_spaces,
    "spaces": marks.spaces,
}  # fmt: skip


@dataclass
class Counts:
    """What the steps did, by their names.

    removed - characters fewer after the step
    written - characters written otherwise, where the length stayed the same
    touched - texts that the step changed
    """

    removed: Counter = field(default_factory=Counter)
    written: Counter = field(default_factory=Counter)
    touched: Counter = field(default_factory=Counter)

    def note(self, name: str, before: str, after: str) -> None:
        self.touched[name] += 1
        if len(after) == len(before):
            self.written[name] += sum(map(ne, before, after))
        self.removed[name] += len(before) - len(after)


@dataclass(frozen=True)
class Pipeline:
    """Steps by name, done in order: ``Pipeline()(text)`` is the cleaned text."""

    steps: dict[str, Step] = field(default_factory=lambda: dict(STEPS))

    def __call__(self, text: str, counts: Counts | None = None) -> str:
        """The text after all steps; ``counts``, if given, is added to."""
        for name, step in self.steps.items():
            after = step(text)
            if counts is not None and after != text:
                counts.note(name, text, after)
            text = after
        return text

    def only(self, *names: str) -> Pipeline:
        """The pipeline of these steps alone, in its order; KeyError for a name it lacks."""
        if unknown := set(names) - set(self.steps):
            known = ", ".join(self.steps)
            raise KeyError(f"there is no step {sorted(unknown)}; known: {known}")
        return Pipeline({name: self.steps[name] for name in self.steps if name in names})
