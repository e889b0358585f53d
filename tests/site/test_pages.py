"""Every page, opened as a reader does: nothing from elsewhere, no error, no sideways scroll, and on paper."""
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.browser
LANGS = {"fa": "rtl", "en": "ltr"}
A4_TEXT = 718   # CSS pixels between margins of 1 cm
SCREEN_ONLY = (".bd-sidebar-primary, .bd-sidebar-secondary, .bd-header, .header-article, "
               ".prev-next-footer, .prev-next-area, .bd-footer, .copybtn")

# What sticks out of the window, for the message: innermost elements first to find the culprit.
STICKING_OUT = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const boxed = e => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
    if (/auto|scroll|hidden|clip/.test(getComputedStyle(p).overflowX)) return true; return false; };
  return [`page ${document.documentElement.scrollWidth} px in ${width}`,
    ...[...document.querySelectorAll("body *")].filter(e => {
      const r = e.getBoundingClientRect();
      return r.width && (r.right > width + 1 || r.left < -1) && !boxed(e);
    }).slice(-8).map(e => `<${e.tagName.toLowerCase()} class="${e.className}"> ` + e.textContent.trim().slice(0, 40))];
}"""


def assert_stands_alone(v, origin: str):
    """No request leaves the site, and neither the page nor its scripts err."""
    home = urlsplit(origin)
    elsewhere = [u for u in v.requests if urlsplit(u).scheme not in ("data", "blob")
                 and urlsplit(u)[:2] != home[:2]]
    assert elsewhere == []
    assert v.errors == []


def test_page_stands_alone_on_the_disk(shown, site, path):
    assert_stands_alone(shown, site.as_uri())


def test_page_stands_alone_on_a_server(visit, served, sample):
    with visit(f"{served}/{sample}") as v:
        assert_stands_alone(v, served)


def test_language_and_direction(shown, path):
    lang, direction = shown.page.evaluate("[document.documentElement.lang, getComputedStyle(document.body).direction]")
    folder = path.split("/")[1]
    expected = LANGS.get(folder, "ltr")   # the choice of language, above both folders, reads as English
    assert (lang, direction) == (folder if folder in LANGS else "en", expected)


@pytest.mark.parametrize("width", [1440, 390])
def test_no_sideways_scroll(shown, path, width):
    shown.page.emulate_media(media="screen", color_scheme="light")
    shown.page.set_viewport_size({"width": width, "height": 900})
    shown.page.wait_for_timeout(150)
    assert shown.page.evaluate(STICKING_OUT) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_follows_the_readers_colour_scheme(visit, site, scheme):
    with visit(f"{site.as_uri()}/book/fa/index.html", scheme=scheme) as v:
        assert v.page.evaluate("document.documentElement.dataset.theme") == scheme


def test_prints_to_pdf_without_the_furniture(shown, path):
    page = shown.page
    page.set_viewport_size({"width": A4_TEXT, "height": 900})
    page.emulate_media(media="screen", color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    page.emulate_media(media="print", color_scheme="dark")
    seen = page.evaluate("""which => [...document.querySelectorAll(which)]
        .filter(e => e.checkVisibility() && e.getBoundingClientRect().height > 0)
        .map(e => e.className)""", SCREEN_ONLY)
    assert seen == []
    assert page.evaluate("document.documentElement.scrollWidth") <= A4_TEXT
    # Paper is white, whatever the screen was: the text must not be the dark scheme's.
    ink = page.evaluate("""() => getComputedStyle(document.querySelector('article') || document.body)
        .color.match(/[\\d.]+/g).slice(0, 3).map(Number)""")
    assert max(ink) < 128
    pdf = page.pdf(format="A4")
    assert pdf.startswith(b"%PDF-") and b"/Type /Page" in pdf
