"""Short excerpts, before and after, that show what a step does; found by a rule, not by hand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from attngen.persian import hazm_tools
from attngen.persian.articles import Article
from attngen.persian.clean import STEPS, Counts, Pipeline
from attngen.persian.paragraphs import reason_to_drop

SHOWN = ("nfc", "tex", "markup", "references", "foreign brackets", "foreign runs", "letters", "diacritics",
         "digits", "symbols", "half-spaces")  # fmt: skip
LICENCE = "fa.wikipedia.org, CC BY-SA 4.0"
SHORTEST, LONGEST = 50, 220  # characters of an excerpt
SEARCHED = 60_000  # sentences, at most
_SENTENCE = re.compile(r"(?<=[.؟!\]])\s+")  # a reference mark may stand after the full stop
# Steps whose work beside another's is no distraction.
_QUIET = {"spaces", "punctuation", "nfc"}


def sentences(articles: Iterable[Article]):
    """Title and sentence, where the sentence is of a good length and stands in prose of a known article."""
    for article in articles:
        for paragraph in article.paragraphs if article.title else ():
            for sentence in _SENTENCE.split(paragraph):
                if SHORTEST <= len(sentence) <= LONGEST:
                    yield article.title, sentence


def examples(articles: list[Article], names: tuple[str, ...] = SHOWN) -> list[dict[str, str]]:
    """For each step the sentence in which it does most beside the least done by others; and one for hazm.

    Each is {"step", "title", "before", "after", "source"}: before as it was found, after all steps and hazm.
    A step that changes none of the sentences is left out.
    """
    pipeline, best = Pipeline(), {}
    for number, (title, sentence) in enumerate(sentences(articles)):
        if number == SEARCHED:
            break
        counts = Counts()
        cleaned = pipeline(sentence, counts)
        if reason_to_drop(sentence, cleaned):
            continue
        done = {name: abs(counts.removed[name]) + counts.written[name] for name in counts.touched}
        if not done.keys() - _QUIET:
            after = hazm_tools.normalize(cleaned) if "hazm" not in best or best["hazm"][0] < 3 else cleaned
            done = {"hazm": after.count("\u200c") - cleaned.count("\u200c")}
        for name in (set(names) | {"hazm"}) & done.keys():
            noise = sum(amount for other, amount in done.items() if other != name and other not in _QUIET)
            worth = min(done[name], 30) - 2 * noise
            if worth > best.get(name, (0,))[0]:
                best[name] = (worth, title, sentence, cleaned)
    found = []
    for name in [*(name for name in STEPS if name in names), "hazm"]:
        if name in best:
            _, title, before, cleaned = best[name]
            found.append({"step": name, "title": title, "before": before,
                          "after": hazm_tools.normalize(cleaned), "source": LICENCE})  # fmt: skip
    return found


def verb_lemmas(words: Counter, count: int = 12) -> list[dict[str, str]]:
    """Frequent verbs: as they stand, as hazm's lemmatizer gives them, and the form chosen; one a lemma."""
    found: dict[str, dict[str, str]] = {}
    for word, _ in words.most_common():
        both = hazm_tools.both_stems(word)
        if "#" in both and both not in found and hazm_tools.lemma(word) != word:
            found[both] = {"word": word, "hazm": both, "lemma": hazm_tools.lemma(word)}
            if len(found) == count:
                break
    return list(found.values())


def lost_negations(words: Counter, count: int = 6) -> list[dict[str, str]]:
    """Verbs that mean the opposite of their lemma: «ندارد» and «دارد» have the same one."""
    found = []
    for word, _ in words.most_common():
        if word.startswith("ن") and word[1:] in words and "#" in hazm_tools.both_stems(word):
            if hazm_tools.both_stems(word) == hazm_tools.both_stems(word[1:]):
                found.append({"word": word, "opposite": word[1:], "lemma": hazm_tools.lemma(word)})
        if len(found) == count:
            break
    return found
