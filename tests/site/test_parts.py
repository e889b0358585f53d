"""Parts of a page by themselves in a browser: the bubbles of numbers and terms, and a figure's colours."""
import io
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from attngen.plotting import DARK, PALETTE, render
from PIL import Image

pytestmark = pytest.mark.browser
STATIC = Path(__file__).parents[2] / "book" / "_static"
BUBBLE = ".tip-bubble:not([hidden])"
PAGE = f"""<!doctype html><html dir="{{direction}}"><meta charset="utf-8">
<link rel="stylesheet" href="{(STATIC / 'tips.css').as_uri()}">
<script defer src="{(STATIC / 'tips.js').as_uri()}"></script>
<body style="margin:0"><p><span class="result" tabindex="0" title="where it comes from, {'and how, ' * 30}">0.5</span>
<a class="reference internal" href="#x" title="what it means"><span class="xref std std-term">term</span></a></p>
<p style="margin-top:80vh">end</p>"""


@pytest.fixture(params=["rtl", "ltr"])
def page(request, tmp_path, visit):
    (tmp_path / "page.html").write_text(PAGE.format(direction=request.param), "utf-8")
    with visit((tmp_path / "page.html").as_uri(), width=390, height=500) as opened:
        assert opened.errors == []
        yield opened.page


@pytest.mark.parametrize(("owner", "words"), [(".result", "where it comes from"), ("a", "what it means")])
def test_bubble_on_focus_and_hover_says_it_once(page, owner, words):
    assert page.query_selector(BUBBLE) is None
    page.focus(owner)
    assert page.inner_text(BUBBLE).startswith(words)
    assert page.get_attribute(owner, "title") is None
    assert page.get_attribute(owner, "aria-description").startswith(words)
    page.keyboard.press("Escape")
    assert page.query_selector(BUBBLE) is None
    page.hover(owner)
    page.hover(BUBBLE)
    page.wait_for_timeout(400)
    assert page.inner_text(BUBBLE).startswith(words), "the pointer may move onto the bubble"
    page.hover("text=end")
    page.wait_for_selector(BUBBLE, state="detached")


def test_bubble_stays_inside_a_narrow_window(page):
    page.focus(".result")
    box = page.locator(BUBBLE).bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["y"] + box["height"] <= 500
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(("scheme", "tones"), [("light", PALETTE), ("dark", DARK)])
def test_a_figure_takes_the_colours_of_its_page(tmp_path, visit, scheme, tones):
    def draw(T):
        plt.figure(figsize=(2, 2)).add_axes((0, 0, 1, 1)).axis("off")
        plt.axvspan(0, 1, color=PALETTE["blue"])
    (tmp_path / "figure.svg").write_text(render(draw, "en", "x"), "utf-8")
    (tmp_path / "page.html").write_text(f'<html style="color-scheme:{scheme}"><img src="figure.svg">', "utf-8")
    # the reader's system says light; the page's own choice must win, as the theme's button asks
    with visit((tmp_path / "page.html").as_uri()) as opened:
        picture = Image.open(io.BytesIO(opened.page.locator("img").screenshot())).convert("RGB")
    middle = picture.getpixel((picture.width // 2, picture.height // 2))
    assert "#{:02x}{:02x}{:02x}".format(*middle) == tones["blue"]
