"""Every page, opened as a reader does: nothing from elsewhere, no error, no sideways scroll."""
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.browser
LANGS = {"fa": "rtl", "en": "ltr"}

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


def test_page_stands_alone(visit, origin, path):
    """No request leaves the site, and neither the page nor its scripts err."""
    with visit(f"{origin}/{path}") as v:
        home = urlsplit(origin)
        elsewhere = [u for u in v.requests if urlsplit(u).scheme not in ("data", "blob")
                     and urlsplit(u)[:2] != home[:2]]
        assert elsewhere == []
        assert v.errors == []


def test_language_and_direction(visit, site, path):
    with visit(f"{site.as_uri()}/{path}") as v:
        lang, direction = v.page.evaluate("[document.documentElement.lang, getComputedStyle(document.body).direction]")
        folder = path.split("/")[1]
        expected = LANGS.get(folder, "ltr")   # the choice of language, above both folders, reads as English
        assert (lang, direction) == (folder if folder in LANGS else "en", expected)


@pytest.mark.parametrize("width", [390, 1440])
def test_no_sideways_scroll(visit, site, path, width):
    with visit(f"{site.as_uri()}/{path}", width=width) as v:
        assert v.page.evaluate(STICKING_OUT) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_follows_the_readers_colour_scheme(visit, site, scheme):
    with visit(f"{site.as_uri()}/book/fa/index.html", scheme=scheme) as v:
        assert v.page.evaluate("document.documentElement.dataset.theme") == scheme
