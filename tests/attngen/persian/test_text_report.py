"""The recorded experiments about text: their numbers add up, and their examples show what they say."""
import json
from collections import Counter
from types import SimpleNamespace

import pytest
from attngen.persian import corpus, cores, text_report
from attngen.persian.articles import Article
from attngen.persian.clean import STEPS
from attngen.persian.text_examples import LICENCE, examples, lost_negations, verb_lemmas
from attngen.persian.text_report import TEXT_PRESETS, TextReportConfig, run_text, some
from attngen.persian.text_speed import TEXT_SPEED_PRESETS, run_text_speed, up_to

SENTENCES = (
    "این شهر در شمال کشور است و مردم آن به كشاورزي و باغداري می‌پردازند. "
    "بتن (به انگلیسی: Concrete) یکی از پرکاربردترین مصالح ساختمانی در جهان است. "
    "جمعیت آن در سال ۱۳۹۵ برابر با ۵۰ هزار نفر بوده‌است.[۱][نیازمند منبع] "
    "نولان از موفق ترین کارگردان های چند سال اخیر سینما به شمار می رود."
)


@pytest.fixture
def one_core(monkeypatch):
    monkeypatch.setattr(cores.os, "cpu_count", lambda: 1)


@pytest.fixture
def report(tmp_path, one_core):
    return run_text(TEXT_PRESETS["smoke"], SimpleNamespace(folder=tmp_path))


def test_the_numbers_of_the_report_add_up(report):
    m = report.metrics
    assert m["articles"] == 5 and m["titled_articles"] == 5       # three of training, one of each other part
    assert m["paragraphs"] - m["dropped_paragraphs"] == m["kept_paragraphs"]
    assert m["kept_characters"] == sum(m[f"{part}_characters"] for part in ("train", "validation", "test"))
    steps = [name.replace(" ", "_").replace("-", "_") for name in STEPS]
    assert m["removed_characters"] == sum(m[f"removed_{name}"] for name in steps) >= 0
    assert m["alphabet_after"] < m["alphabet_before"] and m["words"] > m["different_words"] > m["once"]
    assert 0 < m["stop_word_share"] < 1 and m["different_lemmas"] < m["different_words"]
    assert m["half_spaces_after_joining_letter"] <= m["half_spaces_after"]
    assert report.data.keys() == {"book/fa"}


def test_what_the_pictures_read_is_recorded(report):
    files = {name: json.loads(path.read_text()) for name, path in report.files.items()}
    zipf = files["zipf.json"]
    assert [row["rank"] for row in zipf] == sorted({row["rank"] for row in zipf}) and zipf[0]["rank"] == 1
    assert all(a["count"] >= b["count"] for a, b in zip(zipf, zipf[1:], strict=False))
    assert {len(files["inventory.json"][when]) for when in ("before", "after")} == {
        report.metrics["alphabet_before"], report.metrics["alphabet_after"]}  # fmt: skip
    assert set(files["examples.json"]) == {"examples", "verbs", "negations"}


def test_an_example_shows_its_step():
    found = {row["step"]: row for row in examples([Article("بتن", (SENTENCES,), "x"), Article("", (SENTENCES,), "x")])}
    assert "كشاورزي" in found["letters"]["before"] and "کشاورزی" in found["letters"]["after"]
    assert "Concrete" in found["foreign brackets"]["before"] and "(" not in found["foreign brackets"]["after"]
    assert found["references"]["after"].endswith("بوده‌است.") and "[" in found["references"]["before"]
    assert "کارگردان‌های" in found["hazm"]["after"] and "tex" not in found
    assert all(row["title"] == "بتن" and row["source"] == LICENCE and len(row["before"]) <= 250 for row in found.values())


def test_verbs_and_the_negations_that_their_lemmas_lose():
    words = Counter({"دارد": 5, "ندارد": 4, "می‌روند": 3, "می‌رود": 2, "کتاب‌ها": 9})
    assert [row["word"] for row in verb_lemmas(words)] == ["دارد", "می‌روند"]
    assert lost_negations(words) == [{"word": "ندارد", "opposite": "دارد", "lemma": "داشت"}]


def test_some_articles_are_spread_evenly():
    assert some(list(range(10)), 3) == [0, 3, 6] and some([1, 2], 5) == some([1, 2], 0) == [1, 2] and some([], 3) == []


def test_the_smallest_benchmark(tmp_path, one_core):
    outcome = run_text_speed(TEXT_SPEED_PRESETS["smoke"], SimpleNamespace(folder=tmp_path))
    names = [f"step_{name.replace(' ', '_').replace('-', '_')}" for name in STEPS]
    assert all(outcome.metrics[f"{name}_mb_per_second"] > 0 for name in [*names, "own", "hazm_normalizer"])
    assert abs(sum(outcome.metrics[f"{name}_share"] for name in names) - 1) < 1e-6
    assert not list(tmp_path.iterdir())


def test_texts_up_to_a_size():
    assert up_to(["ab", "cd", "ef"], 4e-6) == ["ab", "cd"] and up_to(["abc"], 1e-6) == ["abc"] and up_to([], 1) == []


def test_the_presets_name_known_sources():
    for preset in [*TEXT_PRESETS.values(), *TEXT_SPEED_PRESETS.values()]:
        assert preset.source in corpus.SOURCES and preset.seeds
    assert TEXT_PRESETS["cpu"] == TextReportConfig() and text_report.TEXT_PRESETS["smoke"].articles
