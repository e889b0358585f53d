"""Recorded texts on a page: whole, escaped, in both languages."""

import json

import pytest
from attngen import results
from attngen.persian import text_display

EXAMPLES = [
    {"step": "tex", "title": "ابر <b>", "before": "الف & <i>", "after": "الف", "source": "s"},
    {"step": "hazm", "title": "باد", "before": "می رود", "after": "می‌رود", "source": "s"},
]
SAMPLES = [
    {"version": version, "prompt": f"آغاز {i}", "continuation": f"{version} {i}\n<hr>"}
    for version in text_display.VERSION_NAMES
    for i in range(3)
]


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """What is displayed, as (data, language), with results of our own."""
    base = dict.fromkeys(results.FIELDS, "") | {"config": {}, "metrics": {}}
    for name, filename, content in (
        (text_display.RECORD, "examples.json", {"examples": EXAMPLES}),
        (text_display.VERSIONS, "samples.json", SAMPLES),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(json.dumps(base | {"name": name}), "utf-8")
        (tmp_path / name / filename).write_text(json.dumps(content), "utf-8")
    found = []

    def keep(data, raw, metadata):
        found.append((data, metadata["lang"]))

    monkeypatch.setattr(text_display, "display", keep)
    monkeypatch.setattr(text_display, "languages", lambda: ("fa", "en"))
    with results.stored_in(tmp_path):
        yield found


def test_examples_come_in_both_languages_and_escaped(shown):
    text_display.show_examples()
    (fa, _), (en, _) = shown
    assert [lang for _, lang in shown] == ["fa", "en"]
    for data, direction in ((fa, "rtl"), (en, "ltr")):
        assert "«ابر &lt;b&gt;»" in data["text/html"] and "الف &amp; &lt;i&gt;" in data["text/html"]
        assert data["text/html"].count(f'<table dir="{direction}">') == len(EXAMPLES)
    assert "formulas" in en["text/html"] and "formulas" not in fa["text/html"]


def test_examples_can_be_chosen_by_step(shown):
    text_display.show_examples("hazm")
    assert all("می‌رود" in data["text/html"] and "الف" not in data["text/html"] for data, _ in shown)


def test_versions_stand_side_by_side(shown):
    text_display.show_versions(2)
    html = dict((lang, data["text/html"]) for data, lang in shown)
    assert html["en"].count('<table dir="ltr">') == 2
    assert html["en"].count("<tr>") == 2 * len(text_display.VERSION_NAMES)
    assert all(en in html["en"] and fa not in html["en"] for fa, en in text_display.VERSION_NAMES.values())
    assert "<hr>" not in html["fa"] and "both 1<br/>&lt;hr&gt;" in html["fa"] and "both 2" not in html["fa"]


def test_pairs_stand_side_by_side_in_both_languages(shown):
    text_display.show_pairs((before, before.upper()) for before in ("a<b", "و"))
    (persian, fa), (english, en) = shown
    assert (fa, en) == ("fa", "en") and "پیش از آن" in persian["text/html"] and "before" in english["text/html"]
    for data in (persian, english):
        assert data["text/html"].count("<tr>") == 3 and "a&lt;b</td><td" in data["text/html"]
        assert data["text/html"].startswith('<table dir="rtl">')
        assert data["text/plain"] == "a<b → A<B\nو → و"
