"""Between the languages: the switch keeps the reader's place, the search keeps the page's language."""
from urllib.parse import quote, unquote, urlsplit

import pytest

pytestmark = pytest.mark.browser
OTHER = {"fa": "en", "en": "fa"}
SECTIONS = "[...document.querySelectorAll('article section[id]')].map(s => s.id)"

# One word, as readers type it: as printed, joined, apart, and on an Arabic keyboard.
SEARCHES = [("fa", word) for word in ("درست‌نمایی", "درستنمایی", "درست نمایی", "درست‌نمايي")]
SEARCHES += [("en", "likelihood"), ("en", "Likelihood")]


@pytest.mark.parametrize("width", [1440, 390])
def test_switch_leads_to_the_section_being_read(visit, site, content, width):
    lang = content.split("/")[1]
    with visit(f"{site.as_uri()}/{content}", width=width) as v:
        here = v.page.evaluate(SECTIONS)
        place = len(here) // 2
        # Jumping to the heading, as a reader scrolling to it; smooth scrolling would outlast the click.
        v.page.evaluate("id => document.getElementById(id).scrollIntoView({behavior: 'instant'})", here[place])
        v.page.locator("a.language-switch:visible").first.click()
        v.page.wait_for_url(f"**/{OTHER[lang]}/**")
        there, landed = v.page.evaluate(SECTIONS), urlsplit(v.page.url)
        assert len(there) == len(here)
        assert landed.path.endswith(content.replace(f"/{lang}/", f"/{OTHER[lang]}/", 1))
        assert unquote(landed.fragment) == (there[place] if place else "")
        assert v.errors == []


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
