"""The code cells of the book are the same in both languages; and the tool that keeps them so."""
from pathlib import Path

import pytest
import sync_cells
from hypothesis import given, settings
from hypothesis import strategies as st
from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from sync_cells import Cell, cells, differences, main, page_pairs, with_cells


@pytest.mark.parametrize(("fa", "en"), page_pairs(sync_cells.BOOK) or [(None, None)],
                         ids=lambda page: str(page and page.relative_to(sync_cells.BOOK)))
def test_the_book_has_equal_cells_in_both_languages(fa, en):
    assert fa and en, "the book has no pages"
    assert differences(fa, en) == []


def cell(code, *options, fence="```"):
    return "\n".join([f"{fence}{{code-cell}}", *options, code, fence])


def pages(book: Path, fa: str, en: str | None):
    for language, text in (("fa", fa), ("en", en)):
        (book / language).mkdir(parents=True, exist_ok=True)
        if text is not None:
            (book / language / "page.md").write_text(text, "utf-8")
    return book / "fa/page.md", book / "en/page.md"


FENCES = st.sampled_from(["```", "`````", "~~~", "~~~~"])
LINES = st.lists(st.text("ab =()'`#", max_size=12).map(str.rstrip).filter(lambda line: "```" not in line)
                 | st.sampled_from(["x[:2]", "a - b", "پ"]), min_size=1, max_size=5)
CODES = LINES.map("\n".join).map(lambda code: code.strip("\n")).filter(bool)
TAGS = st.lists(st.sampled_from(["hide-input", "remove-output", "scroll"]), unique=True, max_size=2)


@st.composite
def options(draw, tags):
    """The same tags in one of the ways a cell may carry them."""
    caption = draw(st.sampled_from(["", "mystnb:\n  figure:\n    caption: شکل"]))
    listed = f"[{', '.join(tags)}]"
    way = draw(st.sampled_from(["colon", "flow", "block"])) if tags else "none"
    if way == "colon" and not caption:
        return [f":tags: {listed}"]
    lines = {"none": "", "block": "tags:\n- " + "\n- ".join(tags)}.get(way, f"tags: {listed}")
    inside = "\n".join(filter(None, [caption, lines]))
    return ["---", inside, "---"] if inside else []


@st.composite
def written(draw, contents, prose):
    parts = [cell(code, *draw(options(tags)), fence=draw(FENCES)) for code, tags in contents]
    return "# " + prose + "\n\n" + f"\n\n{prose}\n\n".join(parts) + "\n"


HEADER = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n"


def executed(text):
    """Code and tags of the cells that the book's builder would run."""
    notebook = read_myst_markdown_notebook(text, MdParserConfig(enable_extensions={"colon_fence"}))
    return [(each.source.strip("\n"), sorted(each.metadata.get("tags", [])))
            for each in notebook.cells if each.cell_type == "code"]


@settings(max_examples=40)
@given(st.lists(st.tuples(CODES, TAGS), min_size=1, max_size=4), st.data())
def test_cells_are_those_that_the_builder_runs(contents, data):
    text = HEADER + data.draw(written(contents, "words"))
    found = [(each.code, sorted(each.tags)) for each in cells(text)]
    assert found == [(code, sorted(tags)) for code, tags in contents]
    assert found == executed(text)


@settings(max_examples=40)
@given(st.lists(st.tuples(CODES, TAGS, CODES, TAGS), min_size=1, max_size=4), st.data())
def test_copied_cells_are_the_sources_and_the_prose_is_the_targets(both, data):
    source = data.draw(written([(code, tags) for code, tags, _, _ in both], "متن"))
    target = data.draw(written([(code, tags) for _, _, code, tags in both], "words"))
    result = with_cells(target, cells(source))
    assert [(each.code, sorted(each.tags)) for each in cells(result)] == [
        (each.code, sorted(each.tags)) for each in cells(source)]
    assert result.count("words") == target.count("words") and result.count("شکل") == target.count("شکل")
    assert with_cells(result, cells(source)) == result


@pytest.mark.parametrize("text", [
    "````\n```{code-cell}\nx\n```\n````",                # shown, not run
    "`````{note}\n````\n```{code-cell}\nx\n```\n````\n`````",
    ":::{note}\nwords\n:::", "a ``{code-cell}`` in a line", "```python\nx\n```"])
def test_what_is_quoted_is_no_cell(text):
    assert cells(text) == executed(HEADER + text) == []


def test_a_longer_fence_may_hold_a_shorter_one():
    assert [each.code for each in cells(cell('text = """\n```\n"""', fence="````"))] == ['text = """\n```\n"""']


def test_difference_is_named_by_file_and_line(tmp_path):
    fa, en = pages(tmp_path, "متن\n\n" + cell("a\nb\nc"), "words\nmore\n\n" + cell("a\nB\nc", ":tags: [x]"))
    assert differences(fa, en) == [f"{en}:4: cell 1 has other tags than {fa}:3",
                                   f"{en}:7: cell 1 has other code than {fa}:3"]
    assert main([], tmp_path) == 1


def test_missing_counterparts_are_named(tmp_path):
    fa, en = pages(tmp_path, cell("a") + "\n\n" + cell("b"), cell("a"))
    [message] = differences(fa, en)
    assert message.startswith(f"{fa}:5: cell 2 has no counterpart")
    assert main(["--write"], tmp_path) == 1 and en.read_text("utf-8") == cell("a")
    en.unlink()
    [message] = differences(fa, en)
    assert str(en) in message and message.startswith(f"{fa}:1:")


@pytest.mark.parametrize(("source", "code"), [("fa", "from_fa"), ("en", "from_en")])
def test_write_copies_one_side(tmp_path, source, code):
    fa, en = pages(tmp_path, cell("from_fa", ":tags: [hide-input]"), cell("from_en"))
    assert main(["--write", "--from", source], tmp_path) == 0
    assert [each.code for page in (fa, en) for each in cells(page.read_text("utf-8"))] == [code, code]
    assert main([], tmp_path) == 0


def test_only_the_named_page_is_looked_at(tmp_path):
    pages(tmp_path, cell("a"), cell("b"))
    assert main(["other.md"], tmp_path) == 0 and main(["page.md"], tmp_path) == 1
    assert page_pairs(tmp_path, ["page.md"]) == page_pairs(tmp_path)
    assert isinstance(cells(cell("a"))[0], Cell)
