"""Figures with labels in both languages from one execution.

    @figure(fa="زیان آموزش با گام‌ها کم می‌شود.", en="The training loss falls with the steps.")
    def loss_curve(T):
        fig, ax = plt.subplots()
        ax.plot(steps, loss)
        ax.set_xlabel(T("گام آموزش", "training step"))

``draw`` is called once for each language and must only draw: compute before it.  The book
publishes both pictures, each marked in its output metadata with its language and its
alternative text, and a page keeps its own.  In Jupyter only the picture in the language of
the open notebook is shown.
"""
from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from dataclasses import dataclass

import matplotlib as mpl
import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import Formatter

from ..digits import persian_number, persian_text
from .fonts import families
from .palette import PALETTE, STYLE
from .photos import light
from .svg import compact, themed, titled

LANGUAGES = ("fa", "en")
_RLM = "\u200f"
_PERSIAN_LETTER = re.compile("[\u0621-\u064a\u066e-\u06d3\ufb50-\ufdff\ufe70-\ufefc]")
_MATH = re.compile(r"(?<!\\)\$.*?(?<!\\)\$", re.S)
# A Persian number after a Latin word would be drawn as a part of the Latin run.
_AFTER_LATIN = re.compile(r"(?<=[A-Za-z)])([،؛:]?\s+)(?=[−۰-۹])")


class MixedLabel(ValueError):
    """A label with Persian letters and a formula, which matplotlib cannot draw together."""


def _check(label: str) -> str:
    if _MATH.search(label) and _PERSIAN_LETTER.search(label):
        raise MixedLabel(
            f"the label {label!r} mixes Persian letters with a $formula$: the letters would come out "
            "unjoined and reversed; put the formula into a text of its own, or write it without $...$")
    return label


@dataclass(frozen=True)
class Label:
    """What ``draw`` is handed: picks the text, and writes numbers, in one language."""

    lang: str

    def __call__(self, fa: str, en: str) -> str:
        if self.lang == "en":
            return en
        lines = persian_text(_check(fa)).split("\n")
        return "\n".join(_RLM + _AFTER_LATIN.sub(rf"\1{_RLM}", line) for line in lines)

    @property
    def legend(self) -> dict[str, object]:
        """For ``ax.legend(**T.legend)``: a Persian legend has its marks on the right."""
        return {"markerfirst": False, "alignment": "right"} if self.lang == "fa" else {}

    def number(self, value: float, spec: str = "") -> str:
        """``value`` formatted by ``spec``, in the language's digits."""
        text = format(value, spec)
        return persian_number(text) if self.lang == "fa" else text.replace("-", "−")


class PersianTicks(Formatter):
    """Another formatter's tick labels, in Persian digits."""

    def __init__(self, plain: Formatter):
        self.plain = plain

    def set_axis(self, axis):
        super().set_axis(axis)
        self.plain.set_axis(axis)

    def set_locs(self, locs):
        super().set_locs(locs)
        self.plain.set_locs(locs)

    def __call__(self, x, pos=None):
        return persian_text(self.plain(x, pos))

    def format_ticks(self, values):
        return [persian_text(label) for label in self.plain.format_ticks(values)]

    def get_offset(self):
        return persian_text(self.plain.get_offset())


def _finish(fig: Figure, lang: str) -> None:
    for axis in (axis for axes in fig.axes for axis in (axes.xaxis, axes.yaxis) if lang == "fa"):
        axis.set_major_formatter(PersianTicks(axis.get_major_formatter()))
        axis.set_minor_formatter(PersianTicks(axis.get_minor_formatter()))
    for text in fig.findobj(Text):      # also labels that did not come through T
        if text.get_parse_math():
            _check(text.get_text())


def render(draw: Callable[[Label], object], lang: str, alt: str, *, follow_scheme: bool = True) -> str:
    """The SVG of ``draw`` in one language.

    With ``follow_scheme`` the ground is transparent and the colours follow the page's light
    or dark scheme; without it the picture is a light one on its own paper.
    """
    with mpl.rc_context({**STYLE, "font.family": list(families())}), io.StringIO() as out:
        try:
            draw(Label(lang))
            fig = plt.gcf()
            _finish(fig, lang)
            fig.savefig(out, format="svg", bbox_inches="tight", pad_inches=0.04,
                        facecolor="none" if follow_scheme else PALETTE["paper"],
                        metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
        finally:
            plt.close("all")
        svg = light(compact(out.getvalue()))
    return titled(themed(svg) if follow_scheme else svg, alt)


def languages() -> tuple[str, ...]:
    """Both in a build; in Jupyter the open notebook's own, which its path tells."""
    session = os.environ.get("JPY_SESSION_NAME", "")
    return tuple(lang for lang in LANGUAGES if f"/{lang}/" in f"/{session}") or LANGUAGES


def figure(*, fa: str, en: str) -> Callable:
    """Draw the decorated function in both languages; ``fa`` and ``en`` say in words what it shows."""
    if not _PERSIAN_LETTER.search(fa):
        raise ValueError(f"figure(fa=...) wants the alternative text in Persian, not {fa!r}")
    if not en.strip() or _PERSIAN_LETTER.search(en):
        raise ValueError(f"figure(en=...) wants the alternative text in English, not {en!r}")

    def decorate(draw: Callable[[Label], object]) -> Callable[[Label], object]:
        # JupyterLab does not tell a picture whether its own theme is dark: paper is safe there.
        in_build = "JPY_SESSION_NAME" not in os.environ
        for lang in languages():
            alt = {"fa": fa, "en": en}[lang]
            svg = render(draw, lang, alt, follow_scheme=in_build)
            display({"image/svg+xml": svg, "text/plain": alt}, raw=True,
                    metadata={"lang": lang, "alt": alt})
        return draw
    return decorate
