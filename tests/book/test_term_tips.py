"""Terms of two glossaries in one build: each language finds its own, with its definition."""
import minisite
import pytest

GLOSSARY_EN = """# Glossary

```{glossary}
attention
  A weighted mean of values. The weights come from queries and keys.

PagedAttention
  Attention over a cache kept in blocks, e.g. of 16 tokens

head
multi-head
  One of several attentions side by side.
```
"""
GLOSSARY_FA = """# واژه‌نامه

```{glossary}
توجه
  میانگین وزن‌دار مقدارها. وزن‌ها از پرس‌وجو و کلید می‌آیند.

PagedAttention
  توجه روی حافظه‌ای که بلوک‌بلوک است.

گرادیان
  [gradient](https://example.org): شیب $-\\log p$ یا $1/\\sqrt{d}$ در `x`. باقی.
```
"""
EN = "# P\n\n{term}`attention`, {term}`Attention`, {term}`PagedAttention`, {term}`heads <head>`, {term}`multi-head`\n"
FA = "# P\n\n{term}`توجه`، {term}`توجه‌ها <توجه>`، {term}`PagedAttention`، {term}`گرادیان`\n"
PAGES = {"book/fa/glossary": GLOSSARY_FA, "book/en/glossary": GLOSSARY_EN, "book/fa/page": FA, "book/en/page": EN}


def links(site, page):
    return [(link.get_text(), link["href"].split("#")[0], link.get("title"))
            for link in site.page(page).select("p > a")]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return minisite.build(tmp_path_factory.mktemp("terms"), PAGES, "term_tips")


def test_a_name_in_both_glossaries_is_no_duplicate(site):
    assert site.warnings == []


def test_terms_lead_to_the_own_glossary_and_carry_the_first_sentence(site):
    mean, one = "A weighted mean of values.", "One of several attentions side by side."
    assert links(site, "book/en/page") == [
        ("attention", "glossary.html", mean), ("Attention", "glossary.html", mean),
        ("PagedAttention", "glossary.html", "Attention over a cache kept in blocks, e.g. of 16 tokens"),
        ("heads", "glossary.html", one), ("multi-head", "glossary.html", one)]
    assert links(site, "book/fa/page") == [
        ("توجه", "glossary.html", "میانگین وزن‌دار مقدارها."), ("توجه‌ها", "glossary.html", "میانگین وزن‌دار مقدارها."),
        ("PagedAttention", "glossary.html", "توجه روی حافظه‌ای که بلوک‌بلوک است."),
        ("گرادیان", "glossary.html", "gradient: شیب \u2068-log p\u2069 یا \u20681/√d\u2069 در x.")]


def test_own_entry_stays_after_the_other_glossary_is_read_again(site):
    again = minisite.build(site.folder, PAGES | {
        "book/en/glossary": GLOSSARY_EN.replace("kept in blocks", "cut into blocks"), "book/en/page": EN + "\nMore.\n",
        "book/fa/page": FA + "\nباز هم.\n"}, "term_tips")
    assert "book/fa/glossary" not in again.read and again.warnings == []
    assert "cut into blocks" in links(again, "book/en/page")[2][2]
    assert "بلوک‌بلوک" in links(again, "book/fa/page")[2][2]


def test_a_term_of_the_other_language_alone_is_reported(tmp_path):
    built = minisite.build(tmp_path, PAGES | {"book/fa/page": "# P\n\n{term}`attention`\n"}, "term_tips")
    [warning] = built.warnings
    assert warning.startswith("book/fa/page.md:3: WARNING: term not in glossary: 'attention'")


def test_a_term_defined_twice_in_one_language_is_reported(tmp_path):
    twice = GLOSSARY_FA + "\n```{glossary}\nتوجه\n  باز.\n```\n"
    built = minisite.build(tmp_path, PAGES | {"book/fa/glossary": twice}, "term_tips")
    [warning] = built.warnings
    assert "book/fa/glossary.md" in warning and "'توجه' is defined twice" in warning
