"""One SVG for light and dark pages.

Each colour of the palette becomes a CSS variable with a value for either scheme.  A browser
gives an ``<img>`` the colour scheme of the page around it, so the file needs no script and
no twin.  Black and white stand for ink and paper: matplotlib leaves pure black out where it
is SVG's default, hence the default fill below.
"""
from __future__ import annotations

import re
from xml.sax.saxutils import escape

from .palette import DARK, PALETTE

_NAMES = {tone: name for name, tone in PALETTE.items()} | {"#000000": "ink", "#ffffff": "paper"}
_COLOUR = re.compile(r'\b((?:fill|stroke|stop-color)(?:: |="))(#[0-9a-f]{6})\b')
_PREAMBLE = re.compile(r"\A.*?(?=<svg\b)|<!--.*?-->\n?", re.S)
_OPENING = re.compile(r"<svg\b[^>]*>")
_GROUP_ID = re.compile(r'(?<=<g) id="[^"]*_\d+"')     # matplotlib's own counting: nothing points there
_PATH = re.compile(r'(?<=\bd=")[^"]*')
_COORDINATES = re.compile(r'\b(?:d|x|y)="[^"]*"')
_LONG = re.compile(r"-?\d+\.\d{3,}")


def _style(used: set[str]) -> str:
    def block(tones: dict[str, str]) -> str:
        return ":root{" + "".join(f"--{name}:{tones[name]};" for name in sorted(used)) + "}"
    return (f"<style>{block(PALETTE)}@media (prefers-color-scheme:dark){{{block(DARK)}}}"
            "svg{fill:var(--ink)}</style>")


def _short(match: re.Match[str]) -> str:
    return f"{float(match[0]):.2f}".rstrip("0").rstrip(".")


def compact(svg: str) -> str:
    """Without what no reader sees, and with coordinates to a hundredth of a point."""
    svg = _GROUP_ID.sub("", _PREAMBLE.sub("", svg))
    svg = _PATH.sub(lambda path: re.sub(r"\s*([A-Za-z])\s*", r"\1", path[0]), re.sub(r"\n\s+", "\n", svg))
    return _COORDINATES.sub(lambda attribute: _LONG.sub(_short, attribute[0]), svg)


def titled(svg: str, title: str) -> str:
    """With a title, which tells a screen reader what an inlined picture shows."""
    return _OPENING.sub(lambda tag: f"{tag[0]}<title>{escape(title)}</title>", svg, count=1)


def themed(svg: str) -> str:
    """With the palette's colours as variables that follow the reader's colour scheme."""
    used = {"ink"}

    def name(match: re.Match[str]) -> str:
        if match[2] not in _NAMES:
            return match[0]
        used.add(_NAMES[match[2]])
        return f"{match[1]}var(--{_NAMES[match[2]]})"

    svg = _COLOUR.sub(name, svg)
    return _OPENING.sub(lambda tag: tag[0] + _style(used), svg, count=1)
