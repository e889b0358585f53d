"""An explained photo as a picture (PNG, SVG) or as a page of its own (HTML), in either language."""

from __future__ import annotations

import base64
import io
from html import escape

import matplotlib as mpl
import matplotlib.pyplot as plt

from attngen.digits import persian_text
from attngen.plotting import PALETTE, Label, render
from attngen.plotting.fonts import families
from attngen.plotting.palette import STYLE
from attngen.plotting.photos import photo
from attngen.vision import writing
from attngen.vision.look import Look
from attngen.vision.overlay import over
from attngen.vision.pictures import wall_on

_LONGEST = 34  # letters of a class's name; those of ImageNet are lists of synonyms
_DPI = 160


def sheet(look: Look):
    """A function that draws all: the photo, rollout, gradient rollout, the classes, and the wall of heads."""

    def draw(T: Label) -> None:
        plt.rcParams["font.size"] = 11
        layers, heads = look.attention.shape[:2]
        figure = plt.figure(figsize=(9, 4.4 + 8.5 * layers / heads), layout="constrained")
        above, below = figure.subfigures(2, 1, height_ratios=(4.4, 8.5 * layers / heads))
        places = above.subplot_mosaic([[0, 1, 2], [3, 3, 3]], height_ratios=(2.9, 1.5))
        shown = [
            (look.seen, T("عکس، چنان که مدل می‌بیند", "the photo, as the model sees it")),
            (over(look.seen, look.flow[-1]), T("گسترش توجه (rollout)", "attention rollout")),
            (over(look.seen, look.gradient[0]), T("گرادیان، ردهٔ نخست", "gradient, for the first class")),
        ]
        order = (2, 1, 0) if T.lang == "fa" else (0, 1, 2)
        for place, (picture, title) in zip(order, shown, strict=True):
            photo(places[place], picture)
            places[place].set_title(title, fontsize=11)
        _bars(places[3], look, T)
        wall_on(below.add_subplot(), look, T)

    return draw


def _bars(ax, look: Look, T: Label) -> None:
    names = [short(found.fa if T.lang == "fa" else found.label) for found in look.classes]
    for row, found in enumerate(look.classes):
        ax.barh(row, found.probability, 0.66, color=PALETTE["blue"])
        side = "right" if T.lang == "fa" else "left"
        ax.text(found.probability, row, f"  {T.number(found.probability, '.1%')}  ", ha=side, va="center")
    ax.set_yticks(range(len(names)), [T(name, name) for name in names], parse_math=False)
    ax.set(xlim=(0, 1.1), xticks=())
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.invert_yaxis()
    if T.lang == "fa":  # bars grow from where the language begins
        ax.invert_xaxis()
        ax.yaxis.tick_right()


def plain(text: str) -> str:
    """Text from outside in one line of characters that every file format takes."""
    text = " ".join(text.encode("utf-8", "replace").decode().split())
    return "".join(letter if letter.isprintable() or letter == "\u200c" else "?" for letter in text)


def short(name: str) -> str:
    """A class's name in at most ``_LONGEST`` letters: its first synonym, cut if need be."""
    name = plain(name)
    first = name.partition(",")[0].strip() or name
    return first if len(first) <= _LONGEST else first[: _LONGEST - 1] + "…"


def alternative(look: Look, lang: str, name: str) -> str:
    """What the picture shows, in words."""
    if lang == "fa":
        found = "، ".join(f"{short(f.fa)} {f.probability:.1%}" for f in look.classes)
        return persian_text(
            f"توضیح {name}: پنج ردهٔ محتمل‌تر ({found})؛ نقشهٔ گسترش توجه و نقشهٔ گرادیان روی عکس؛ و نقشهٔ "
            "توجه [CLS] برای هر سر هر لایه."
        )
    found = ", ".join(f"{short(f.label)} {f.probability:.1%}" for f in look.classes)
    return (
        f"{name} explained: its most probable classes ({found}); attention rollout and gradient rollout over "
        "the photo; and the attention map of [CLS] for every head of every layer."
    )


def as_svg(look: Look, lang: str, name: str, model: str) -> bytes:
    """A picture on its own paper."""
    return render(sheet(look), lang, alternative(look, lang, name), follow_scheme=False).encode()


def as_png(look: Look, lang: str, name: str, model: str) -> bytes:
    with mpl.rc_context({**STYLE, "font.family": list(families())}), io.BytesIO() as out:
        try:
            sheet(look)(Label(lang))
            words = {"Title": name, "Description": alternative(look, "en", name), "Software": "attngen"}
            plt.gcf().savefig(out, format="png", dpi=_DPI, facecolor=PALETTE["paper"], metadata=words)
        finally:
            plt.close("all")
        return out.getvalue()


def as_html(look: Look, lang: str, name: str, model: str) -> bytes:
    """A page that needs no other file, in the reader's light or dark scheme, with the classes as a table."""
    svg = render(sheet(look), lang, alternative(look, lang, name))
    image = base64.b64encode(svg.encode()).decode()
    words = _WORDS[lang]
    rows = "".join(
        f"<tr><th scope=row>{escape(plain(found.fa if lang == 'fa' else found.label))}</th>"
        f"<td>{Label(lang).number(found.probability, '.1%')}</td></tr>"
        for found in look.classes
    )
    page = f"""<!doctype html>
<html lang="{lang}" dir="{'rtl' if lang == 'fa' else 'ltr'}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>{escape(name)}</title>
<style>
body {{ max-width: 60rem; margin: auto; padding: 1rem; font: 1rem/1.7 Vazirmatn, system-ui, sans-serif }}
img {{ width: 100% }}
th {{ text-align: start; padding-inline-end: 2rem; font-weight: normal }}
caption {{ white-space: nowrap; text-align: start }}
</style></head>
<body><h1><bdi>{escape(name)}</bdi></h1>
<p>{words['model']} <bdi>{escape(model)}</bdi></p>
<table><caption>{words['classes']}</caption>{rows}</table>
<p>{words['how']}</p>
<img src="data:image/svg+xml;base64,{image}" alt="{escape(alternative(look, lang, name))}">
</body></html>
"""
    return page.encode()


_WORDS = {
    "en": {
        "model": "Model:", "classes": "The most probable classes",
        "how": "Over the photo: attention rollout, which follows what flows from each patch to the class "
        "token through all layers, and gradient rollout, which counts only what speaks for the first "
        "class. Below: where the class token looks, a row for each layer and a column for each head. "
        "Brighter is more; each map has its own scale.",
    },
    "fa": {
        "model": "مدل:", "classes": "محتمل‌ترین رده‌ها",
        "how": "روی عکس: گسترش توجه، که جریان هر وصله را تا توکن رده از همهٔ لایه‌ها دنبال می‌کند، و همان با "
        "گرادیان، که تنها آنچه را به سود ردهٔ نخست است می‌شمارد. پایین: جایی که توکن رده نگاه می‌کند، یک "
        "سطر برای هر لایه و یک ستون برای هر سر. روشن‌تر یعنی بیشتر؛ هر نقشه مقیاس خود را دارد.",
    },
}  # fmt: skip
KINDS = dict(zip(writing.KINDS, (as_png, as_svg, as_html), strict=True))
