"""The role {result} in a small site of both languages, executed once and then from the cache."""
import json
import os
import re

import minisite
import pytest
from hypothesis import given
from hypothesis import strategies as st
from results_role import glued, written

RUN = {"name": "demo", "preset": "cpu", "device": "CPU", "seed": 1, "seconds": 12.5,
       "command": "attngen run demo --preset cpu", "commit": "0", "date": "2026-11-22T23:59:00+00:00",
       "versions": {}, "data": {}, "config": {},
       "metrics": {"val_loss": 0.34567, "accuracy": 0.912, "words": 12345, "rate": 1.2e-5}}
CELL = """
```{code-cell}
from myst_nb import glue
class Scalar(float):
    def __repr__(self): return f"np.float64({float(self)})"
glue("after", Scalar(-0.123), display=False)
```
"""
NUMBERS = ["demo/val_loss:.3f", "demo/accuracy:.1%", "demo/words:,", "demo/val_loss:.2f nats", "demo/rate:.1e",
           "cell/after:.2f"]
SHOWN = {"en": ["0.346", "91.2%", "12,345", "0.35\xa0nats", "1.2×10−5", "−0.12"],
         "fa": ["۰٫۳۴۶", "۹۱٫۲٪", "۱۲٬۳۴۵", "۰٫۳۵\xa0nats", "۱٫۲×۱۰−۵", "−۰٫۱۲"]}
GOOD = minisite.notebook(CELL + "\n".join(f"- {{result}}`{each}`" for each in NUMBERS)
                         + "\n\n| a |\n|---|\n| {result}`demo/words` |\n")
BAD = {"demo/val_los:.2f": "val_loss", "dmo/val_loss": "demo", "demo/val_loss:.zz": "ormat",
       "demo val_loss": "has no value", "demo/words: .3f": "write it as"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    run = folder / "results/demo/run.json"
    run.parent.mkdir(parents=True)
    run.write_text(json.dumps(RUN))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTNGEN_RESULTS", str(folder / "results"))
        yield folder


@pytest.fixture(scope="module")
def site(folder):
    pages = {"book/fa/page": GOOD, "book/en/page": GOOD}
    minisite.build(folder / "site", pages, "results_role")
    return minisite.build(folder / "site", pages, "results_role", fresh=True)


def test_second_build_reads_glue_from_the_cache(site):
    assert site.warnings == []
    assert "Using cached notebook" in site.status and "Executed notebook" not in site.status


@pytest.mark.parametrize("language", SHOWN)
def test_numbers_in_the_pages_digits(site, language):
    shown = [span.get_text() for span in site.page(f"book/{language}/page").select("li .result")]
    assert shown == SHOWN[language]


@pytest.mark.parametrize(("language", "words"), [
    ("en", ["cpu", "CPU", "22 November 2026", RUN["command"]]),
    ("fa", ["cpu", "CPU", "۲۲ نوامبر ۲۰۲۶", RUN["command"], "پیش‌تنظیم"])])
def test_tooltip_says_where_the_number_comes_from(site, language, words):
    numbers = site.page(f"book/{language}/page").select(".result")
    assert all(number["tabindex"] == "0" and number["title"] for number in numbers)
    assert all(word in numbers[0]["title"] for word in words)
    assert numbers[5]["title"] in ("computed by this page", "همین صفحه آن را حساب کرده است")


def test_role_works_in_a_table(site):
    assert site.page("book/fa/page").select_one("td .result bdi").get_text() == "۱۲۳۴۵"


def test_page_is_read_again_when_the_record_changes(site, folder):
    pages = {"book/fa/page": GOOD, "book/en/page": GOOD}
    assert minisite.build(folder / "site", pages, "results_role").read == []
    run, later = folder / "results/demo/run.json", os.stat(folder / "site/_build/.doctrees/environment.pickle")
    run.write_text(json.dumps(RUN | {"metrics": RUN["metrics"] | {"val_loss": 0.111}}))
    os.utime(run, (later.st_mtime + 10,) * 2)
    again = minisite.build(folder / "site", pages, "results_role")
    assert sorted(again.read) == ["book/en/page", "book/fa/page"]
    assert again.page("book/en/page").select_one(".result").get_text() == "0.111"


@pytest.mark.parametrize(("call", "hint"), BAD.items())
def test_what_cannot_be_shown_is_a_warning_with_its_place(folder, tmp_path, call, hint):
    built = minisite.build(tmp_path, {"book/en/page": f"# Page\n\nA line.\n\nSee {{result}}`{call}`.\n"},
                           "results_role")
    [warning] = built.warnings
    assert warning.startswith("book/en/page.md:5: WARNING") and call in warning and hint in warning


class Page:
    """The part of a document that MyST-NB's glue is read from."""

    def __init__(self, **texts):
        client = type("Client", (), {"glue_data": {key: {"data": {"text/plain": text}} for key, text in texts.items()}})
        renderer = type("Renderer", (), {"nb_client": client})
        self.attributes = {"nb_renderer": type("Element", (), {"renderer": renderer})}


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_glued_numbers_keep_every_digit(value):
    assert glued(Page(x=repr(value)), "x") == value
    assert glued(Page(x=f"np.float64({value!r})"), "x") == value


@pytest.mark.parametrize(("key", "error", "hint"), [
    ("aftr", KeyError, "after"), ("word", ValueError, "not a number"), ("tensor", ValueError, "glue float")])
def test_what_a_cell_does_not_glue_is_named(key, error, hint):
    with pytest.raises(error, match=hint):
        glued(Page(after="1.0", word="'many'", tensor="tensor(0.12)"), key)


@given(st.floats(-1e12, 1e12), st.sampled_from([".3f", ".0f", ",.1f", ".1%", ".3e", ".4g"]))
def test_written_number_is_the_formatted_one(value, spec):
    back = str.maketrans("۰۱۲۳۴۵۶۷۸۹٫٬٪−", "0123456789.,%-")
    fa, en = ("|".join(piece.astext() for piece in written(value, spec, language)) for language in ("fa", "en"))
    assert fa.translate(back) == en.translate(back)
    mantissa, _, exponent = format(value, spec).partition("e")
    expected = f"{mantissa}×10|{int(exponent)}" if exponent else mantissa
    assert en.replace("−", "-") == expected
    assert not re.search("[0-9]", fa)
