"""Numbers and folded blocks of a small site in both languages."""
import minisite
import pytest

PAGE = """({lang}-ch)=
# T

({lang}-sec-a)=
## A

```{{figure}} x.png
:name: fig-{lang}-a
C
```

See {{numref}}`fig-{lang}-a`.[^n]

```{{admonition}} Answer
:class: dropdown
Inside [a link](https://example.org).
```

[^n]: A note.
"""
INDEX = "# Home\n\n```{toctree}\n:numbered:\nch\n```\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("numbers")
    pages = {}
    for lang in ("fa", "en"):
        (folder / "book" / lang).mkdir(parents=True)
        (folder / "book" / lang / "x.png").write_bytes(b"")
        pages |= {f"book/{lang}/index": INDEX, f"book/{lang}/ch": PAGE.format(lang=lang)}
    index = {f"book/{lang}/index": pages[f"book/{lang}/index"] for lang in ("fa", "en")}
    chapters = {name: text for name, text in pages.items() if name not in index}
    for name, text in chapters.items():
        (folder / f"{name}.md").write_text(text, "utf-8")
    minisite.SETTINGS["numfig"] = True
    try:
        return minisite.build(folder, index, "interface_language", "numbering", "solutions")
    finally:
        del minisite.SETTINGS["numfig"]


@pytest.mark.parametrize("lang, section, figure, note", [("fa", "۱.۱. ", "شکل ۱.۱", "۱"), ("en", "1.1. ", "Figure 1.1", "1")])
def test_numbers_start_anew_in_each_language_in_its_digits(built, lang, section, figure, note):
    page = built.page(f"book/{lang}/ch")
    assert [number.text for number in page.find_all(class_="section-number")][1] == section
    assert page.find("figcaption").find(class_="caption-number").text.strip() == figure
    assert page.find("a", href=f"#fig-{lang}-a", class_="reference").text == figure
    assert page.find(class_="footnote-reference").text.strip("[]") == note


@pytest.mark.parametrize("lang", ["fa", "en"])
def test_a_section_s_address_is_its_label(built, lang):
    assert [section["id"] for section in built.page(f"book/{lang}/ch").find_all("section")] == [
        f"{lang}-ch", f"{lang}-sec-a"]


def test_a_dropdown_is_folded_by_the_browser_and_its_button_holds_no_link(built):
    block = built.page("book/en/ch").find("details")
    assert block.summary.text == "Answer" and block.summary.a is None
    assert block.find("a", href="https://example.org") is not None
