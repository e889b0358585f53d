"""From the split's raw articles to the documents that models read, and a count of all that was left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from attngen.persian import cores, hazm_tools
from attngen.persian.articles import Article
from attngen.persian.clean import Counts, Pipeline
from attngen.persian.duplicates import containment, near_duplicates, shingles
from attngen.persian.paragraphs import identity, reason_to_drop

ORDER = ("test", "validation", "train")  # of two equal paragraphs the one that is measured on stays
CONTAINED = 0.4  # share of a paragraph's shingles in held-out text from which it is left out of training


@dataclass
class Prepared:
    """Documents by part, in the articles' order, and what was left out.

    steps       what each cleaning step did, over all parts
    paragraphs  paragraphs dropped, by reason: those of ``paragraphs.REASONS``; "duplicate" of one before;
                "near-duplicate" within one part; "leak": in training (validation), and held out too
    characters  characters of those paragraphs, as they were before they were dropped
    """

    documents: dict[str, list[str]] = field(default_factory=dict)
    titles: dict[str, list[str]] = field(default_factory=dict)
    steps: Counts = field(default_factory=Counts)
    paragraphs: Counter = field(default_factory=Counter)
    characters: Counter = field(default_factory=Counter)

    def drop(self, reason: str, paragraph: str) -> None:
        self.paragraphs[reason] += 1
        self.characters[reason] += len(paragraph)


def prose(articles: list[Article], pipeline: Pipeline, report: Prepared) -> list[list[str]]:
    """The cleaned paragraphs of each article that are prose."""
    kept: list[list[str]] = []
    for article in articles:
        kept.append([])
        for raw in article.paragraphs:
            cleaned = pipeline(raw, report.steps)
            if reason := reason_to_drop(raw, cleaned):
                report.drop(reason, cleaned)
            else:
                kept[-1].append(cleaned)
    return kept


def unique(
    articles: list[list[str]], held_out: set[int], seen: set[bytes], report: Prepared
) -> list[list[str]]:
    """The paragraphs of each article, less those that repeat one before or stand in held-out text.

    ``held_out`` are the shingles of the parts before, ``seen`` the identities of all paragraphs kept so
    far, to which those of this part are added.
    """
    flat = [(place, paragraph) for place, article in enumerate(articles) for paragraph in article]
    twins = near_duplicates(paragraph for _, paragraph in flat)
    kept: list[list[str]] = [[] for _ in articles]
    for index, (place, paragraph) in enumerate(flat):
        name = identity(paragraph)
        if name in seen:
            report.drop("duplicate", paragraph)
        elif held_out and containment(shingles(paragraph), held_out) >= CONTAINED:
            report.drop("leak", paragraph)
        elif index in twins:
            report.drop("near-duplicate", paragraph)
        else:
            seen.add(name)
            kept[place].append(paragraph)
    return kept


def as_trained(text: str) -> str:
    """A reader's own text, cleaned and normalised as the training text was, paragraph by paragraph.

    A model has never seen an Arabic kaf, a half-space left out or a stray mark; asked to go on with a text
    that has them, it would be judged on what the text was before cleaning.

    Raises ValueError where the cleaning leaves nothing, as of a text without Persian words.
    """
    pipeline = Pipeline()
    cleaned = (pipeline(line) for line in text.splitlines())
    result = hazm_tools.normalize("\n".join(line for line in cleaned if line))
    if text.strip() and not result:
        raise ValueError(f"nothing is left of {text.strip()!r:.60} after the cleaning: Persian prose is expected")
    return result


def prepare(parts: dict[str, list[Article]], processes: int = 0) -> Prepared:
    """Clean, sift and normalise the articles of each part; articles without any prose are left out."""
    report, pipeline = Prepared(), Pipeline()
    seen: set[bytes] = set()
    held_out: set[int] = set()
    for part in ORDER:
        sifted = unique(prose(parts[part], pipeline, report), held_out, seen, report)
        if part != "train":
            held_out |= {item for article in sifted for paragraph in article for item in shingles(paragraph)}
        report.titles[part] = [a.title for a, texts in zip(parts[part], sifted, strict=True) if texts]
        found = ["\n".join(texts) for texts in sifted if texts]
        report.documents[part] = list(cores.by_line(hazm_tools.normalize, found, processes))
    return report
