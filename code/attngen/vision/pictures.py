"""The chapter's pictures of one photo: every head's map, rollout by layer, and what explains a class."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from attngen.digits import persian_text
from attngen.plotting import Label, figure
from attngen.plotting.photos import photo
from attngen.vision.artefacts import outliers
from attngen.vision.look import DISCARDS, Look
from attngen.vision.overlay import board, over
from attngen.vision.rollout import FUSIONS

_PHOTO, _ROLLOUT = ("عکس", "photo"), ("گسترش توجه", "rollout")
_GAP = 4  # pixels between the pictures of a board


def wall(look: Look, side: int = 56) -> None:
    """The map of every head of every layer over the photo: a row a layer, a column a head."""
    layers, heads = look.attention.shape[:2]

    @figure(
        fa=persian_text(
            f"دیواری از {layers} سطر و {heads} ستون: نقشهٔ توجه توکن [CLS] روی عکس، برای هر لایه، از بالا به "
            "پایین، و هر سر. هر جا روشن‌تر است، [CLS] بیشتر به آن نگاه می‌کند."
        ),
        en=f"A wall of {layers} rows and {heads} columns: the attention map of the [CLS] token over the "
        "photo, for every layer, from top to bottom, and every head. [CLS] looks more at where it is "
        "brighter.",
    )
    def draw(T):
        wall_on(_square(heads, layers, 0.55), look, T, side)


def wall_on(ax: Axes, look: Look, T: Label, side: int = 56) -> None:
    """The wall on axes, with numbers of layers and heads."""
    maps = [[over(look.seen, each, side) for each in layer] for layer in look.attention]
    layers, heads = ([T.number(n + 1) for n in range(count)] for count in look.attention.shape[:2])
    _named(ax, board(maps, _GAP), layers, heads)
    ax.set_ylabel(T("لایه", "layer"))
    ax.set_title(T("سر", "head"), pad=4)


def single_heads(look: Look, chosen: Sequence[tuple[int, int]]) -> None:
    """The photo, and the maps of some heads, (layer, head) counted from 1, enlarged beside it."""
    persian = "، ".join(f"لایهٔ {layer} سر {head}" for layer, head in chosen)
    english = ", ".join(f"layer {layer} head {head}" for layer, head in chosen)

    @figure(
        fa=persian_text(f"عکس، و کنار آن نقشهٔ توجه [CLS] در چند سر: {persian}."),
        en=f"The photo, and beside it the attention map of [CLS] in some heads: {english}.",
    )
    def draw(T):
        maps = [over(look.seen, look.attention[layer - 1, head - 1]) for layer, head in chosen]
        names = [T(f"لایهٔ {layer}، سر {head}", f"layer {layer}, head {head}") for layer, head in chosen]
        _panels(T, [look.seen, *maps], [T(*_PHOTO), *names])


def flow(look: Look, columns: int = 6) -> None:
    """Rollout up to each layer: how much of each patch has flowed to [CLS]."""
    layers = len(look.flow)

    @figure(
        fa=persian_text(
            f"{layers} تصویر، یکی برای هر لایه: سهم هر وصلهٔ عکس که با گسترش توجه تا آن لایه به [CLS] رسیده "
            "است؛ روشن‌تر یعنی بیشتر."
        ),
        en=f"{layers} pictures, one for each layer: how much of each patch has reached [CLS] up to that "
        "layer by attention rollout; brighter is more.",
    )
    def draw(T):
        names = [T(f"لایهٔ {layer}", f"layer {layer}") for layer in range(1, layers + 1)]
        _panels(T, [over(look.seen, each, 112) for each in look.flow], names, columns)


def fusions(look: Look) -> None:
    """Rollout by way of fusing the heads, a row each, and discarded share, a column each."""
    persian, english = (sign.join(f"{share:.0%}" for share in DISCARDS) for sign in ("، ", ", "))

    @figure(
        fa=persian_text(
            "نُه نقشهٔ گسترش توجه از یک عکس. سطرها، از بالا: سرها با میانگین، بیشینه و کمینه یکی شده‌اند؛ "
            f"ستون‌ها، از چپ: کنار گذاشتن {persian} از ضعیف‌ترین وزن‌ها."
        ),
        en="Nine rollout maps of one photo. Rows, from the top: heads fused by mean, maximum and minimum; "
        f"columns, from the left: {english} of the weakest weights discarded.",
    )
    def draw(T):
        tiles = [[over(look.seen, each, 112) for each in row] for row in look.fusions]
        ax = _square(len(DISCARDS), len(FUSIONS), 1.0, width=5.4)
        rows = [T("میانگین", "mean"), T("بیشینه", "maximum"), T("کمینه", "minimum")]
        _named(ax, board(tiles, _GAP), rows, [T.number(share, ".0%") for share in DISCARDS])
        ax.set_title(T("سهم کنارگذاشته", "discarded share"), pad=4)


def explained(look: Look) -> None:
    """The photo, rollout, and gradient rollout for the classes it was computed for."""
    named = look.classes[: len(look.gradient)]
    persian, english = "، ".join(found.fa for found in named), ", ".join(found.label for found in named)

    @figure(
        fa=persian_text(
            f"عکس، گسترش توجه آن، و گسترش توجه با وزن گرادیان برای این رده‌ها: {persian}. گسترش سادهٔ توجه "
            "رده را نمی‌شناسد و برای همه یکی است."
        ),
        en=f"The photo, its rollout, and gradient-weighted rollout for these classes: {english}. Plain "
        "rollout knows no class: it is the same for all.",
    )
    def draw(T):
        maps = [look.flow[-1], *look.gradient]
        names = [T(f"گرادیان: {found.fa}", f"gradient: {found.label}") for found in named]
        _panels(T, [look.seen, *(over(look.seen, each) for each in maps)], [T(*_PHOTO), T(*_ROLLOUT), *names])


def scratch_paper(look: Look) -> None:
    """The norm of the patches after the last layer, and gradient rollout with and without the outliers."""
    found = outliers(look.norms[-1])
    count, total, first = int(found.sum()), found.numel(), look.classes[0]

    @figure(
        fa=persian_text(
            f"عکس؛ نُرم بردار هر وصله پس از لایهٔ آخر، که در {count} وصله از {total} وصله بیش از سه برابر "
            f"میانه است؛ گسترش توجه با وزن گرادیان برای «{first.fa}»؛ و همان بی آن وصله‌های برون‌افتاده."
        ),
        en=f"The photo; the norm of each patch’s vector after the last layer, in {count} of the {total} "
        f"patches more than three times the median; gradient-weighted rollout for “{first.label}”; and the "
        "same without those outlier patches.",
    )
    def draw(T):
        maps = [look.norms[-1], look.gradient[0], look.gradient[0].masked_fill(found, 0)]
        names = [T("نُرم بردار", "norm"), T(f"گرادیان: {first.fa}", f"gradient: {first.label}")]
        names += [T("بی برون‌افتاده‌ها", "without outliers")]
        _panels(T, [look.seen, *(over(look.seen, each) for each in maps)], [T(*_PHOTO), *names])


def _square(columns: int, rows: int, beside: float, width: float = 6.0) -> Axes:
    """Axes for so many square pictures, with ``beside`` inches for names at the left and 0.5 above."""
    plt.rcParams["font.size"] = 11  # a phone shows six inches in 3.7; `render` takes it back
    height = (width - beside) / columns * rows
    return plt.figure(figsize=(width, height + 0.5), layout="constrained").add_subplot()


def _named(ax: Axes, picture: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> None:
    """A board on axes with the names of its rows and columns."""
    photo(ax, picture)
    high, wide = (picture.shape[0] + _GAP) / len(rows), (picture.shape[1] + _GAP) / len(columns)
    ax.set_yticks([(n + 0.5) * high - _GAP / 2 for n in range(len(rows))], rows)
    ax.set_xticks([(n + 0.5) * wide - _GAP / 2 for n in range(len(columns))], columns)
    ax.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)


def _panels(T: Label, pictures: Sequence[np.ndarray], names: Sequence[str], columns: int = 4) -> None:
    """Pictures in rows, each with its name above; a row begins where its language begins."""
    plt.rcParams["font.size"] = 11
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    size = 6.0, 6.0 / columns * rows + 0.28 * rows
    _, axes = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, picture, name in zip((axes[:, ::-1] if T.lang == "fa" else axes).flat, pictures, names):
        photo(ax, picture)
        ax.set_title(name, fontsize=10 if columns < 5 else 9, pad=3)
