"""The built files, without a browser: links, anchors, pictures, and what must not be there."""
import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

LANGS = ("fa", "en")


@cache
def soup(file: Path) -> BeautifulSoup:
    return BeautifulSoup(file.read_text("utf-8"), "html.parser")


@cache
def anchors(file: Path) -> frozenset[str]:
    return frozenset(e["id"] for e in soup(file).find_all(id=True)) | {"", "top"}


def test_links_and_anchors_resolve(site, path):
    page, broken = site / path, []
    for element in soup(page).find_all(["a", "img", "script", "link", "source", "iframe"]):
        url = element.get("href") or element.get("src")
        parts = urlsplit(url or "")
        if not url or parts.scheme or parts.netloc:
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        target = target / "index.html" if target.is_dir() else target
        if not target.is_file():
            broken.append(url)
        elif target.suffix == ".html" and unquote(parts.fragment) not in anchors(target):
            broken.append(url)
    assert broken == []


def test_nothing_is_loaded_from_another_host(site, path):
    """Also what a browser asks for only later: lazy pictures, print sheets, prefetched hosts."""
    loads = [e.get("src") or e.get("href") for e in soup(site / path).find_all(["img", "script", "source", "iframe"])]
    loads += [e.get("href") for e in soup(site / path).find_all("link")
              if not set(e.get("rel", [])) & {"canonical", "alternate", "license"}]
    assert [u for u in loads if u and urlsplit(u).netloc] == []


def test_pictures_have_alt_text(site, path):
    """Every picture says what it shows; an ornament says so by an empty alt outside a figure."""
    bad = [str(img)[:120] for img in soup(site / path).find_all("img")
           if img.get("alt") is None
           or (not img["alt"].strip() and img.find_parent(class_=["cell_output", "figure"]))
           or img["alt"].startswith(("_images/", "../"))]
    assert bad == []


def test_formulas_are_set(site, path):
    text = (site / path).read_text("utf-8")
    assert "katex-error" not in text
    assert "system-message" not in text


def test_previous_and_next_stay_in_the_language(site, content):
    links = soup(site / content).select(".prev-next-area a[href]")
    assert links   # the first page has a next, the last one a previous
    for a in links:
        target = (site / content).parent.joinpath(urlsplit(a["href"]).path).resolve()
        assert target.relative_to(site.resolve()).parts[:2] == ("book", content.split("/")[1]), a["href"]


def test_the_switch_knows_the_twin_of_every_section(site, content):
    """In order, and each of them a section there: what the switch's script relies on."""
    lang = content.split("/")[1]
    twin = content.replace(f"/{lang}/", f"/{LANGS[lang == 'fa']}/", 1)
    chosen = "article section[id]:not([id=exercise-content], [id=solution-content])"  # of sphinx-exercise
    here, there = ([section["id"] for section in soup(site / page).select(chosen)] for page in (content, twin))
    known = json.loads(soup(site / content).find(id="section-twins").string)
    assert here and list(known.items()) == list(zip(here, there, strict=True))


def test_both_languages_have_the_same_pages(site):
    fa, en = ({str(f.relative_to(site / "book" / lang)) for f in (site / "book" / lang).rglob("*.html")}
              for lang in LANGS)
    assert fa == en and len(fa) > 1


@pytest.mark.parametrize("unwanted", [r"\.map$", r"fontawesome(\.min)?\.js", r"thebe", r"\.ipynb_checkpoints"])
def test_unwanted_files_are_left_out(site, unwanted):
    found = [str(f.relative_to(site)) for f in site.rglob("*") if f.is_file() and re.search(unwanted, f.as_posix())]
    assert found == []


def test_style_sheets_load_nothing_from_elsewhere(site):
    found = [f"{f.name}: {m}" for f in site.rglob("*.css")
             for m in re.findall(r"(?:url\(|@import\s+)['\"]?(?:https?:)?//[^)'\"]+", f.read_text("utf-8"))]
    assert found == []
