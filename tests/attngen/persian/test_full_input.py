"""The full-size run where its file is missing, or is something else: what is wrong, and what to do."""
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
from attngen import experiments
from attngen.data import DataError
from attngen.experiments import Context, make_accelerator
from attngen.persian import kaggle
from attngen.persian.articles import part_of
from attngen.persian.full import FULL_PRESETS, prepare, run_full

SMOKE = FULL_PRESETS["smoke"]


def test_without_the_file_it_is_said_what_to_do(places, tmp_path, monkeypatch):
    def offline(*arguments, **named):
        raise ConnectionError("no network")

    monkeypatch.setenv("ATTNGEN_DATA", str(tmp_path))
    monkeypatch.setattr(kaggle, "local_folders", lambda: [tmp_path])
    monkeypatch.setitem(sys.modules, "kagglehub", SimpleNamespace(dataset_download=offline))
    with pytest.raises(DataError, match="Persian-WikiText-1.txt .*could not be fetched(.|\n)*kaggle.json"):
        experiments.run("persian-transformer-full", "smoke", device="cpu")


@pytest.mark.parametrize(("content", "message"), [
    ("", "is empty"),
    ("An English text has no place in this corpus, and is refused.\n" * 20, "does not look Persian"),
    (f"{kaggle.TITLE} کوتاه\n\nسلام\n", "no paragraph of prose is left"),
])
def test_a_file_of_something_else_is_refused(places, tmp_path, content, message):
    path = tmp_path / "corpus.txt"
    path.write_text(content, "utf-8")
    with pytest.raises(DataError, match=message):
        prepare(replace(SMOKE, path=str(path)), processes=1)


def test_a_file_without_an_article_to_measure_is_refused(places, tmp_path, generated):
    titles = [title for title in map("مقالهٔ {}".format, range(20)) if part_of(title) == "train"]
    config = replace(SMOKE, path=str(generated(tmp_path / "corpus.txt", titles)))
    with pytest.raises(DataError, match="corpus.txt has no article for the part 'validation': it holds too few"):
        prepare(config, processes=1)
        run_full(config, Context(tmp_path / "run", (0,), make_accelerator("cpu"), progress=False))


def test_a_path_that_leads_nowhere_is_named(places, tmp_path):
    with pytest.raises(DataError, match="there is no file .*nowhere.txt, which the configuration names"):
        prepare(replace(SMOKE, path=str(tmp_path / "nowhere.txt")))
