"""Third-party assets: made once, made again when stale, done without where they cannot be had."""
import re
from pathlib import Path

import pytest
import vendor

ROOT = Path(__file__).parents[2]
installed = pytest.mark.skipif(not (ROOT / "node_modules" / "katex").is_dir(), reason="left out: npm ci has not run")


def test_without_npm_the_missing_are_named_and_the_folder_stands(tmp_path):
    folder = tmp_path / "vendor"
    assert vendor.ensure(tmp_path, folder) == ["KaTeX styles", "fonts", "right-to-left styles"]
    assert folder.is_dir() and not any(folder.iterdir())


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("assets") / "vendor"
    assert vendor.ensure(ROOT, folder) == []
    return folder


@installed
def test_every_file_a_style_sheet_names_is_there(made):
    named = [(sheet, url) for sheet in (made / "fonts.css", made / "katex" / "katex.min.css")
             for url in re.findall(r"url\(([^)]+?\.woff2)\)", sheet.read_text("utf-8"))]
    assert len(named) > len(vendor.FONTS)
    assert [url for sheet, url in named if not (sheet.parent / url).is_file()] == []


@installed
def test_mirrored_sheets_mirror(made):
    assert "padding-right" in (made / "rtl-theme.css").read_text("utf-8")
    assert "url(http" not in (made / "rtl-extensions.css").read_text("utf-8")


@installed
def test_fresh_outputs_are_left_alone_and_stale_ones_replaced(made, monkeypatch):
    mark = made / "mark"
    mark.touch()
    vendor.ensure(ROOT, made)
    assert mark.exists()
    monkeypatch.setattr(vendor, "fingerprint", lambda root: "another version")
    vendor.ensure(ROOT, made)
    assert not mark.exists()


def test_mirrored_sheets_exist_in_the_pinned_packages():
    assert [len(paths) for paths in vendor.style_paths().values()] == [len(names) for names in vendor.STYLES.values()]
