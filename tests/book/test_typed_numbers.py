"""The list of numbers typed into prose, and the mark for those that the exercise gives."""
import minisite
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typed_numbers import typed_in

EN = """# Page

Nothing here: 3 heads, 512 units, Python v1.2.3, `0.9`, $p = 0.9$ and {given}`0.9`.

The loss fell
to 3.14 at once. Vaswani found 28.4 {cite}`vaswani`. Then 12% came.

| model | score |
|---|---|
| ours | 0.77 |

| model | score |
|---|---|
| theirs {cite}`vaswani` | 0.66 |

```python
rate = 0.55
```
"""
FA = """# صفحه

زیان به ۳٫۱۴ رسید، یعنی ۱۲٪ کمتر. احتمال {given}`-0.5` داده شده است.
"""
BIB = "@article{vaswani, author={Vaswani, A.}, title={Attention}, year={2017}, journal={J}}\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("typed")
    (folder / "book").mkdir()
    (folder / "book/references.bib").write_text(BIB)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(minisite.SETTINGS, "bibtex_bibfiles", ["book/references.bib"])
        pages = {"book/en/page": EN, "book/fa/page": FA, "book/en/references": "# R\n\n```{bibliography}\n```\n"}
        return minisite.build(folder, pages, "sphinxcontrib.bibtex", "typed_numbers")


def test_every_typed_number_is_listed_with_its_line(site):
    assert site.warnings == []
    listed = (site.folder / "_build/typed-numbers.txt").read_text("utf-8").splitlines()
    assert listed == ["book/en/page.md:6: 3.14", "book/en/page.md:6: 12%", "book/en/page.md:10: 0.77",
                      "book/fa/page.md:3: ۳٫۱۴", "book/fa/page.md:3: ۱۲٪"]
    assert all(line in site.status for line in listed)


def test_given_numbers_come_in_the_pages_digits(site):
    assert site.page("book/en/page").select_one(".given").get_text() == "0.9"
    given = site.page("book/fa/page").select_one(".given")
    assert given.get_text() == "−۰٫۵" and given.find("bdi") and not given.has_attr("title")


PERSIAN = str.maketrans("0123456789.%", "۰۱۲۳۴۵۶۷۸۹٫٪")


@given(st.integers(0, 10**6), st.integers(0, 999), st.booleans(), st.booleans())
def test_decimals_are_found_in_either_writing(whole, part, percent, persian):
    number = f"{whole}.{part}{'%' if percent else ''}"
    number = number.translate(PERSIAN) if persian else number
    assert typed_in(f"It is {number}. And more") == [number]
    assert typed_in(f"It is {number} \x01. And 7 more") == []      # a citation stands in the sentence


@pytest.mark.parametrize("text", ["in 2017, 8 heads", "v1.2", "1.2.3", "figure 3", "h3.5x", "192.168.0.1"])
def test_names_versions_and_whole_numbers_are_no_matter(text):
    assert typed_in(text) == []
