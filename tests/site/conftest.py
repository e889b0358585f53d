"""The built site, a Chromium and a local server, for the tests that look at pages as a reader does.

Where the site is not built or there is no browser, the tests are left out and say so."""
import functools
import http.server
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import chromium as browsers
import pytest

ROOT = Path(__file__).parents[2]
SITE = Path(os.environ.get("BOOK_SITE", ROOT / "_build" / "html"))
LEFT = "net::ERR_ABORTED"  # of a request under way when the reader goes on to another page: no fault
NOT_BUILT = "left out: the site is not built (make book)"


def pages(site: Path = SITE) -> list[str]:
    """Every page of the book, by its path in the site."""
    return sorted(str(f.relative_to(site)) for f in site.glob("book/**/*.html"))


def contents() -> list[str]:
    """The pages somebody wrote, in both languages: without the search and the choice of language."""
    return [page for page in pages() if page.count("/") > 1 and (ROOT / page).with_suffix(".md").exists()]


def samples() -> list[str]:
    """Of each language the shortest written page and the one with most to draw.

    For what one script does on every page alike: opening a page is the dearest step of these tests.
    """
    by_size = sorted(contents(), key=lambda page: (SITE / page).stat().st_size)
    of = {lang: [page for page in by_size if f"/{lang}/" in page] for lang in ("fa", "en")}
    return [page for listed in of.values() for page in listed[:1] + listed[-1:]]


def pytest_generate_tests(metafunc):
    """A test that asks for `path` runs once for each page; for `content`, once for each written one.

    A file's tests of one page come together, so that they can share what they opened (`shown`).
    """
    for name, listed in (("path", pages), ("content", contents), ("sample", samples)):
        if name in metafunc.fixturenames:
            none = pytest.param("", marks=pytest.mark.skip(reason=NOT_BUILT))
            metafunc.parametrize(name, listed() or [none], scope="module")


def pytest_terminal_summary(terminalreporter):
    if (SITE / "index.html").exists():
        files = [f for f in SITE.rglob("*") if f.is_file()]
        size = sum(f.stat().st_size for f in files) / 1e6
        terminalreporter.line(f"the site: {size:.1f} MB in {len(files)} files, {len(pages())} pages of the book")


@pytest.fixture(scope="session")
def site() -> Path:
    if not (SITE / "index.html").exists():
        pytest.skip(NOT_BUILT)
    return SITE


@pytest.fixture(scope="session")
def served(site):
    """The site's address on a server of this machine, for what differs from file://."""
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="session")
def chromium():
    if browsers.find() is None:
        pytest.skip("left out: no Chromium on this machine (or name one: CHROMIUM=/path)")
    with browsers.launch() as browser:
        yield browser


@dataclass
class Visit:
    """A page as opened, with what it asked for and what went wrong meanwhile."""
    page: object
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@contextmanager
def opened(chromium, url: str, width: int = 1440, height: int = 900, scheme: str = "light"):
    """A page in a browser of its own, once it has come to rest."""
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme,
                                   reduced_motion="reduce")
    context.set_default_timeout(20_000)
    context.set_default_navigation_timeout(60_000)
    v = Visit(context.new_page())
    v.page.on("request", lambda r: v.requests.append(r.url))
    v.page.on("requestfailed", lambda r: r.failure != LEFT and v.errors.append(f"failed: {r.url} ({r.failure})"))
    v.page.on("response", lambda r: r.status >= 400 and v.errors.append(f"{r.status}: {r.url}"))
    v.page.on("pageerror", lambda e: v.errors.append(f"page error: {e}"))
    v.page.on("console", lambda m: m.type == "error" and v.errors.append(f"console: {m.text}"))
    try:
        v.page.goto(url, wait_until="load")
        v.page.evaluate("document.fonts.ready.then(() => true)")   # which may move the lines
        v.page.wait_for_timeout(150)                               # and what scripts do after the load
        yield v
    finally:
        context.close()


@pytest.fixture
def visit(chromium):
    """`with visit(url, width=390, scheme="dark") as v:` opens a page in a browser of its own."""
    return functools.partial(opened, chromium)


@pytest.fixture(scope="module")
def shown(chromium, site, path):
    """A page that all tests of a file share, opened once: from the disk, wide and light.

    Who needs it otherwise sets width, scheme and medium first, all of them; nobody leads it elsewhere.
    """
    with opened(chromium, f"{site.as_uri()}/{path}") as v:
        yield v


@pytest.fixture(params=["file", "http"])
def origin(request, site) -> str:
    """Both ways to read the site: from the disk, and from a server."""
    return site.as_uri() if request.param == "file" else request.getfixturevalue("served")
