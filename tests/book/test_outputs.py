"""One execution, two pages: each keeps its own outputs and takes the alternative text from them."""
import minisite
import pytest

CELL = """```{code-cell} python3
---
mystnb:
  figure:
    caption: %s
---
from IPython.display import display
for lang, alt in (("fa", "نمودار"), ("en", "a chart")):
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><title>{lang}</title></svg>'
    display({"image/svg+xml": svg}, raw=True, metadata={"lang": lang, "alt": alt})
```

```{code-cell} python3
import time; print("ran at", time.time_ns())
```
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    pages = {f"book/{lang}/x": minisite.notebook(CELL % caption) for lang, caption in (("fa", "شکل"), ("en", "Chart"))}
    return minisite.build(tmp_path_factory.mktemp("outputs"), pages, "interface_language", "outputs_by_language")


@pytest.mark.parametrize("lang, alt", [("fa", "نمودار"), ("en", "a chart")])
def test_each_page_keeps_its_own_figure(built, lang, alt):
    images = built.page(f"book/{lang}/x").find_all("img")
    assert [image["alt"] for image in images] == [alt]
    source = built.folder / "_build/html/book" / lang / images[0]["src"]
    assert f"<title>{lang}</title>" in source.read_text("utf-8")


def test_captions_stay_each_page_s_own(built):
    assert "Chart" in built.page("book/en/x").figcaption.text
    assert "شکل" in built.page("book/fa/x").figcaption.text


def test_both_pages_show_one_execution(built):
    said = [built.page(f"book/{lang}/x").find(class_="stream").text for lang in ("fa", "en")]
    assert said[0] == said[1] and said[0].startswith("ran at")
    assert built.status.count("Executed notebook") == 1
