"""Make ready the third-party assets that the site serves itself.

    python tools/vendor.py

Copies KaTeX's style sheet and fonts and the text fonts out of ``node_modules``, and has
``tools/rtl.mjs`` mirror the theme's style sheets for Persian.  The build calls :func:`ensure`, which does nothing while the outputs are as fresh
as the inputs.  What cannot be made is named, and the site is built without it.
"""
from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

FOLDER = "_build/vendor"
KATEX = "node_modules/katex/dist"
ARABIC = "U+0600-06FF, U+0750-077F, U+08A0-08FF, U+200C-200F, U+2010-2011, U+FB50-FDFF, U+FE70-FEFC"
LATIN = "U+0000-00FF, U+0131, U+0152-0153, U+2000-200B, U+2012-206F, U+20AC, U+2122, U+2191, U+2193, U+2212"
FONTS = [        # family, package, file, style, characters
    ("Vazirmatn", "vazirmatn", "vazirmatn-arabic-wght-normal.woff2", "normal", ARABIC),
    ("Vazirmatn", "vazirmatn", "vazirmatn-latin-wght-normal.woff2", "normal", LATIN),
    ("Source Serif 4", "source-serif-4", "source-serif-4-latin-wght-normal.woff2", "normal", LATIN),
    ("Source Serif 4", "source-serif-4", "source-serif-4-latin-wght-italic.woff2", "italic", LATIN),
]
FONT_PACKAGES = "node_modules/@fontsource-variable"
FONT_FACE = """@font-face {{ font-family: "{family}"; font-style: {style}; font-weight: 100 900; font-display: swap;
  src: url(fonts/{file}) format("woff2"); unicode-range: {characters}; }}
"""
STYLES = {       # mirrored sheet: the sheets it mirrors, as (package, file)
    "rtl-theme.css": [
        ("pydata_sphinx_theme", "theme/pydata_sphinx_theme/static/styles/pydata-sphinx-theme.css")],
    "rtl-extensions.css": [
        ("sphinx_book_theme", "theme/sphinx_book_theme/static/styles/sphinx-book-theme.css"),
        ("myst_nb", "static/mystnb.css"),
        ("sphinx_copybutton", "_static/copybutton.css"),
        ("sphinx_proof", "_static/proof.css"),
        ("sphinx_exercise", "assets/html/exercise.css"),
        ("sphinx_design", "static/sphinx-design.min.css"),
        ("sphinxcontrib.katex", "katex-math.css")],
}
FONT_FACES = """
@font-face {{ font-family: "Vazirmatn"; font-weight: 100 900; font-display: swap;
  src: url(fonts/{arabic}) format("woff2");
  unicode-range: U+0600-06FF, U+0750-077F, U+08A0-08FF, U+200C-200F, U+2010-2011, U+FB50-FDFF, U+FE70-FEFC; }}
@font-face {{ font-family: "Vazirmatn"; font-weight: 100 900; font-display: swap;
  src: url(fonts/{latin}) format("woff2");
  unicode-range: U+0000-00FF, U+0131, U+2000-200B, U+2012-206F, U+20AC, U+2122, U+2191, U+2193, U+2212; }}
"""
DIGITS_FACE = """
@font-face { font-family: "PersianDigits"; font-weight: 100 900; font-display: swap;
  src: url(fonts/persian-digits.woff2) format("woff2"); unicode-range: U+0030-0039; }
"""


def style_paths() -> dict[str, list[Path]]:
    """The installed style sheets that are mirrored; one that a version lacks is passed over."""
    found = {}
    for sheet, sources in STYLES.items():
        paths = (Path(find_spec(package).origin).parent / name for package, name in sources)
        found[sheet] = [path for path in paths if path.is_file()]
    return found


def fingerprint(root: Path) -> str:
    """Changes with any input: versions of the packages, the style sheets, these tools."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    inputs = [root / "tools" / "rtl.mjs", *(path for paths in style_paths().values() for path in paths)]
    packages = ["katex", "postcss", "postcss-rtlcss", *(f"@fontsource-variable/{package}" for _, package, *_ in FONTS)]
    inputs += [root / "node_modules" / name / "package.json" for name in packages]
    for path in inputs:
        digest.update(path.read_bytes() if path.is_file() else b"missing")
    digest.update(str(shutil.which("node")).encode())
    return digest.hexdigest()


def copy_katex(root: Path, folder: Path) -> bool:
    source = root / KATEX
    if not source.is_dir():
        return False
    (folder / "katex" / "fonts").mkdir(parents=True)
    shutil.copy2(source / "katex.min.css", folder / "katex")
    for font in source.glob("fonts/*.woff2"):
        shutil.copy2(font, folder / "katex" / "fonts")
    return True


def copy_fonts(root: Path, folder: Path) -> bool:
    source = root / FONT_PACKAGES
    if not all((source / package).is_dir() for _, package, *_ in FONTS):
        return False
    (folder / "fonts").mkdir()
    sheet = ""
    for family, package, file, style, characters in FONTS:
        shutil.copy2(source / package / "files" / file, folder / "fonts")
        shutil.copy2(source / package / "LICENSE", folder / "fonts" / f"LICENSE-{package}")
        sheet += FONT_FACE.format(family=family, style=style, file=file, characters=characters)
    (folder / "fonts.css").write_text(sheet, encoding="utf-8")
    return True


def mirror_styles(root: Path, folder: Path) -> bool:
    node = shutil.which("node")
    if not node or not (root / "node_modules" / "postcss-rtlcss").is_dir():
        return False
    for sheet, paths in style_paths().items():
        made = subprocess.run([node, str(root / "tools" / "rtl.mjs"), *map(str, paths)],
                              stdout=subprocess.PIPE, text=True, check=True)   # its complaints go to the screen
        (folder / sheet).write_text(made.stdout, encoding="utf-8")
    return True


def ensure(root: Path, folder: Path) -> list[str]:
    """Make every asset unless all are fresh; return the names of those that cannot be made."""
    stamp, now = folder.with_suffix(".json"), fingerprint(root)
    if folder.is_dir() and stamp.is_file():
        made = json.loads(stamp.read_text())
        if made["fingerprint"] == now:
            return made["missing"]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    steps = {"KaTeX styles": copy_katex, "fonts": copy_fonts, "right-to-left styles": mirror_styles}
    missing = [name for name, step in steps.items() if not step(root, folder)]
    stamp.write_text(json.dumps({"fingerprint": now, "missing": missing}))
    return missing


if __name__ == "__main__":
    root = Path(__file__).resolve().parents[1]
    missing = ensure(root, root / FOLDER)
    sys.exit(f"cannot make without `npm ci`: {', '.join(missing)}" if missing else 0)
