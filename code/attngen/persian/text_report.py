"""The experiment ``persian-text``: what there was, what each step did, what was left, and examples of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from attngen.experiments import Context, Outcome
from attngen.persian import corpus, hazm_tools
from attngen.persian.articles import PARTS, Article
from attngen.persian.clean import STEPS
from attngen.persian.markup import FOREIGN
from attngen.persian.prepare import Prepared, prepare
from attngen.persian.steps import LETTERS, ZWNJ, nfc
from attngen.persian.text_examples import examples, lost_negations, verb_lemmas

# After a letter that does not join the next one, a half-space changes no shape.
JOINING = "".join(sorted(set(LETTERS) - set("ءآأؤادذرزژوۀ")))


@dataclass(frozen=True)
class TextReportConfig:
    """articles - of each part, evenly spread; 0 for all"""

    source: str = "wikipedia"
    articles: int = 0
    seeds: tuple[int, ...] = (0,)


def some(articles: list[Article], count: int) -> list[Article]:
    """So many articles, evenly spread; 0 for all of them."""
    count = min(count, len(articles)) or len(articles)
    return [articles[i * len(articles) // count] for i in range(count)]


def before(articles: list[Article]) -> dict[str, float]:
    """What there was."""
    paragraphs = [p for article in articles for p in article.paragraphs]
    return {
        "articles": len(articles), "titled_articles": sum(bool(a.title) for a in articles),
        "paragraphs": len(paragraphs), "characters": sum(map(len, paragraphs)),
        "megabytes": sum(len(p.encode()) for p in paragraphs) / 1e6,
    }  # fmt: skip


def done(made: Prepared) -> dict[str, float]:
    """What each step did, which paragraphs were dropped, what was left in each part."""
    metrics: dict[str, float] = {}
    for name in STEPS:
        for what in ("removed", "written", "touched"):
            metrics[f"{what}_{name}"] = getattr(made.steps, what)[name]
    for reason, count in made.paragraphs.items():
        metrics |= {f"dropped_{reason}": count, f"dropped_{reason}_characters": made.characters[reason]}
    metrics["removed_characters"] = sum(made.steps.removed.values())
    metrics["dropped_paragraphs"] = sum(made.paragraphs.values())
    metrics["dropped_characters"] = sum(made.characters.values())
    for part in PARTS:
        texts = made.documents[part]
        metrics |= {
            f"{part}_articles": len(texts), f"{part}_titled_articles": sum(map(bool, made.titles[part])),
            f"{part}_paragraphs": sum(text.count("\n") + 1 for text in texts),
            f"{part}_characters": sum(map(len, texts)),
        }  # fmt: skip
    for what in ("articles", "paragraphs", "characters"):
        metrics[f"kept_{what}"] = sum(metrics[f"{part}_{what}"] for part in PARTS)
    return metrics


def spelling(raw: str, clean: str) -> dict[str, float]:
    """Alphabets, foreign words and half-spaces before and after."""
    foreign, latin = re.compile(f"[{FOREIGN}]+"), re.compile("[A-Za-z][A-Za-z0-9-]*")
    kept = Counter(latin.findall(clean))
    return {
        "alphabet_before": len(set(raw)), "alphabet_after": len(set(clean)),
        "foreign_words_before": len(foreign.findall(raw)), "latin_words_after": sum(kept.values()),
        "different_latin_words_after": len(kept), "dna_before": raw.count("DNA"), "dna_after": kept["DNA"],
        "half_spaces_before": raw.count(ZWNJ), "half_spaces_after": clean.count(ZWNJ),
        "half_spaces_after_joining_letter": len(re.findall(f"(?<=[{JOINING}]){ZWNJ}", clean)),
    }  # fmt: skip


def counted(clean: str) -> tuple[dict[str, float], Counter]:
    """Words, stop words and lemmas, and how often each word occurs."""
    words = Counter(w for line in clean.split("\n") for w in hazm_tools.words(line) if w[0].isalpha())
    total, stop = words.total(), hazm_tools.stop_words()
    lemmas = {word: hazm_tools.lemma(word) for word in words}
    return {
        "words": total, "different_words": len(words), "once": sum(n == 1 for n in words.values()),
        "stop_words": len(stop), "stop_words_seen": len(stop & words.keys()),
        "stop_word_share": sum(n for word, n in words.items() if word in stop) / total,
        "different_lemmas": len(set(lemmas.values())),
        "changed_by_lemma_share": sum(n for word, n in words.items() if lemmas[word] != word) / total,
        "half_space_word_share": sum(n for word, n in words.items() if ZWNJ in word) / total,
    }, words  # fmt: skip


def _kept(path: Path, content) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def run_text(config: TextReportConfig, context: Context) -> Outcome:
    """Prepare the corpus anew and record what happened on the way."""
    parts = {part: some(articles, config.articles) for part, articles in corpus.parts(config.source).items()}
    articles = [article for part in PARTS for article in parts[part]]
    made = prepare(parts)
    raw = "\n".join(nfc(article.text) for article in articles)
    clean = "\n".join(text for part in PARTS for text in made.documents[part])
    found, words = counted(clean)
    metrics = before(articles) | done(made) | spelling(raw, clean) | found
    metrics = {name.replace(" ", "_").replace("-", "_"): value for name, value in metrics.items()}
    ranked = words.most_common()
    stop = hazm_tools.stop_words()
    places = sorted({round(1.12**i) for i in range(200) if round(1.12**i) <= len(ranked)} | set(range(1, 61)))
    places = [rank for rank in places if rank <= len(ranked)]
    zipf = [{"rank": r, "count": ranked[r - 1][1], "word": ranked[r - 1][0], "stop": ranked[r - 1][0] in stop}
            for r in places]  # fmt: skip
    inventory = {"before": Counter(raw).most_common(), "after": Counter(clean).most_common()}
    shown = {"examples": examples(articles), "verbs": verb_lemmas(words), "negations": lost_negations(words)}
    files = {name: _kept(context.folder / name, content) for name, content in
             (("examples.json", shown), ("zipf.json", zipf), ("inventory.json", inventory))}  # fmt: skip
    return Outcome(metrics, files=files, data=corpus.data_record(config.source))


TEXT_PRESETS = {
    "smoke": TextReportConfig("book", 3),
    "minute": TextReportConfig("at-hand", 150),
    "cpu": TextReportConfig(),
}
