"""Printing from the browser: the chapter alone, in a page's width, in both languages."""
import pytest

pytestmark = pytest.mark.browser
A4_TEXT = 718   # CSS pixels between margins of 1 cm
SCREEN_ONLY = (".bd-sidebar-primary, .bd-sidebar-secondary, .bd-header, .header-article, "
               ".prev-next-footer, .prev-next-area, .bd-footer, .copybtn")


def test_prints_to_pdf_without_the_furniture(visit, site, path):
    with visit(f"{site.as_uri()}/{path}", width=A4_TEXT, scheme="dark") as v:
        v.page.emulate_media(media="print")
        seen = v.page.evaluate("""which => [...document.querySelectorAll(which)]
            .filter(e => e.checkVisibility() && e.getBoundingClientRect().height > 0)
            .map(e => e.className)""", SCREEN_ONLY)
        assert seen == []
        assert v.page.evaluate("document.documentElement.scrollWidth") <= A4_TEXT
        # Paper is white, whatever the screen was: the text must not be the dark scheme's.
        ink = v.page.evaluate("""() => getComputedStyle(document.querySelector('article') || document.body)
            .color.match(/[\\d.]+/g).slice(0, 3).map(Number)""")
        assert max(ink) < 128
        pdf = v.page.pdf(format="A4")
        assert pdf.startswith(b"%PDF-") and b"/Type /Page" in pdf
