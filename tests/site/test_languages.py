"""Between the languages: the switch keeps the reader's place, the search keeps the page's language."""
from urllib.parse import quote, unquote, urlsplit

import pytest

pytestmark = pytest.mark.browser
OTHER = {"fa": "en", "en": "fa"}
SECTIONS = "[...document.querySelectorAll('article section[id]')].map(s => s.id)"

# One word, as readers type it: as printed, joined, apart, and on an Arabic keyboard.
SEARCHES = [("fa", word) for word in ("درست‌نمایی", "درستنمایی", "درست نمایی", "درست‌نمايي")]
SEARCHES += [("en", "likelihood"), ("en", "Likelihood")]


def switch(page) -> tuple[str, str]:
    """Follow the language switch; the path and the fragment it leads to."""
    lang = page.evaluate("document.documentElement.lang")
    box = page.locator("a.language-switch:visible").first.bounding_box()
    # The mouse itself: a locator's click may scroll first, and so leave the place being tested.
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(f"**/{OTHER[lang]}/**")
    landed = urlsplit(page.url)
    return landed.path, unquote(landed.fragment)


@pytest.mark.parametrize("width", [1440, 390])
def test_switch_leads_to_the_twin_of_a_linked_section(visit, site, sample, width):
    """A reader who came to the middle section by its link gets the sibling's middle section."""
    lang = sample.split("/")[1]
    with visit(f"{site.as_uri()}/{sample}", width=width) as v:
        here = v.page.evaluate(SECTIONS)
        place = len(here) // 2
        v.page.goto(f"{site.as_uri()}/{sample}#{here[place]}")
        path, fragment = switch(v.page)
        there = v.page.evaluate(SECTIONS)
        assert path.endswith(sample.replace(f"/{lang}/", f"/{OTHER[lang]}/", 1))
        assert len(there) == len(here)
        assert fragment == (there[place] if place else "")
        assert v.errors == []


def test_switch_keeps_the_place_of_a_reader_who_scrolled(visit, site, sample):
    """Without a link: it leads to a section that is in the window."""
    with visit(f"{site.as_uri()}/{sample}") as v:
        v.page.evaluate("scrollTo({top: document.documentElement.scrollHeight / 2, behavior: 'instant'})")
        here = v.page.evaluate(SECTIONS)
        in_view = v.page.evaluate("""() => [...document.querySelectorAll('article section[id]')].map(s => {
            const r = s.getBoundingClientRect(); return r.top < innerHeight && r.bottom > 0; })""")
        _, fragment = switch(v.page)
        there = v.page.evaluate(SECTIONS)
        assert in_view[there.index(fragment) if fragment else 0], (fragment, here)


@pytest.mark.parametrize("lang, word", SEARCHES)
def test_search_finds_the_word_in_its_language_only(visit, origin, lang, word):
    """The glossary defines the word in both languages; only the page's own is answered with."""
    with visit(f"{origin}/book/{lang}/search.html?q={quote(word)}") as v:
        v.page.wait_for_selector("#search-results li a")
        v.page.wait_for_function("document.querySelector('.search-summary')?.textContent.match(/[\\d۰-۹]/)")
        found = v.page.eval_on_selector_all("#search-results li a", "links => links.map(a => a.href)")
        assert any(f"/book/{lang}/appendix/glossary.html" in url for url in found)
        assert [url for url in found if f"/book/{lang}/" not in url] == []
        assert v.errors == []


def test_search_that_finds_nothing_says_so(visit, site):
    with visit(f"{site.as_uri()}/book/fa/search.html?q=zzzzqqqq") as v:
        v.page.wait_for_function("document.querySelector('.search-summary')?.textContent.length > 5")
        assert v.page.locator("#search-results li").count() == 0
