"""A font with Persian letters for matplotlib.

No font is kept in the repository.  The site's own, Vazirmatn, comes with its npm packages as
two variable web fonts (Persian and Latin letters); matplotlib reads neither the format nor
the weight axis, so a static font is made of them once and kept in ``_build``.  Where npm has
not run (Binder, a plain ``pip install``) a Vazirmatn of the system is taken, and failing that
DejaVu Sans, which matplotlib brings along and which has the Persian letters too.
"""
from __future__ import annotations

import hashlib
import io
import logging
import os
from functools import cache
from pathlib import Path

from matplotlib import font_manager

NAME, FALLBACK = "Vazirmatn", "DejaVu Sans"
WEB_FONTS = tuple(f"node_modules/@fontsource-variable/vazirmatn/files/vazirmatn-{letters}-wght-normal.woff2"
                  for letters in ("arabic", "latin"))
_REPOSITORY = Path(__file__).parents[3]


def _static(web_font: bytes) -> io.BytesIO:
    """A variable web font as a TrueType font of regular weight."""
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont
    font = instantiateVariableFont(TTFont(io.BytesIO(web_font)), {"wght": 400})
    font.flavor = None
    out = io.BytesIO()
    font.save(out)
    return out


def from_web_fonts(root: Path) -> Path:
    """The static font under ``root``, made now if it is not there yet.

    Raises OSError where the web fonts are not installed or nothing can be written, ImportError
    without the decompressor of their format (brotli).
    """
    parts = [(root / name).read_bytes() for name in WEB_FONTS]
    path = root / "_build" / "fonts" / f"{NAME}-{hashlib.sha256(b''.join(parts)).hexdigest()[:8]}.ttf"
    if not path.is_file():
        from fontTools.merge import Merger
        merged = Merger().merge([_static(part) for part in parts])
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}")      # another kernel may be at it too
        merged.save(unfinished)
        unfinished.replace(path)
    return path


@cache
def families(root: Path = _REPOSITORY) -> tuple[str, ...]:
    """The families to draw with, best first; says once, in one line, when Vazirmatn is not there."""
    try:
        font_manager.fontManager.addfont(from_web_fonts(root))
    except (OSError, ImportError) as reason:
        if all(font.name != NAME for font in font_manager.fontManager.ttflist):
            logging.getLogger("attngen").warning(
                "Figures are drawn with %s: the font %s comes with 'npm ci' (%s).", FALLBACK, NAME, reason)
            return (FALLBACK,)
    return NAME, FALLBACK
