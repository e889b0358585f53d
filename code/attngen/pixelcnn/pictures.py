"""The chapter's pictures of data, gradients and runs; those of samples stand in ``sample_pictures``."""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.lines import Line2D
from torch import Tensor

from attngen import results
from attngen.digits import persian_text
from attngen.pixelcnn import receptive, tiles
from attngen.pixelcnn.data import at_hand, binarize, load_fixed, load_grey
from attngen.pixelcnn.drawing import cells, key, outline
from attngen.pixelcnn.networks import NetworkConfig, make_network
from attngen.pixelcnn.sample_pictures import completions, name_data, neighbours, samples, temperatures, watched
from attngen.plotting import PALETTE, figure
from attngen.plotting.drawing import canvas, legend, word

__all__ = ["blind_spot", "completions", "curves", "live_curve", "neighbours", "preparations", "samples", "temperatures",
           "watched"]  # fmt: skip


def one_digit(index: int) -> tuple[Tensor, Tensor, bool]:
    """Grey levels (H, W) uint8 and fixed pixels (H, W) of one digit, and whether they are MNIST's.

    The fixed images come in an order of their own: the grey image to one of them is that from which it is
    most probably drawn.  Without MNIST the digit is one of scikit-learn's, and a threshold fixes its pixels.
    """
    if at_hand() == "digits":
        from sklearn.datasets import load_digits

        grey = torch.from_numpy(load_digits().images[index] * 255 / 16).to(torch.uint8)
        return grey, (grey > 127).float(), False
    fixed, grey = load_fixed("train")[index, 0], load_grey("train")[0][:, 0]
    chance = torch.where(fixed.bool(), grey, 255 - grey).flatten(1)  # of each pixel as it was fixed, times 255
    possible = (chance == 0).sum(1).topk(100, largest=False).indices  # a sieve: logarithms of all would take seconds
    best = torch.log(chance[possible] / 255 + 1e-4).sum(1).argmax()
    return grey[possible[best]], fixed.float(), True


def preparations(index: int = 4, draws: int = 3) -> None:
    """One digit in grey, drawn several times, and fixed."""
    grey, fixed, mnist = one_digit(index)
    generator = torch.Generator().manual_seed(0)
    row = torch.stack([grey / 255, *(binarize(grey, generator) for _ in range(draws)), fixed])
    fa, en = "MNIST", "MNIST"
    if not mnist:
        fa, en = "scikit-learn، چون MNIST روی این دستگاه نیست", "scikit-learn, as MNIST is not on this machine"

    @figure(
        fa=persian_text(
            f"یک رقم ({fa}) به {draws + 2} صورت: سطح‌های خاکستری، {draws} قرعهٔ تازه، و صورت ثابت. قرعه‌ها در لبهٔ "
            "خط‌ها با هم فرق دارند، جایی که سطح خاکستری نه صفر است و نه یک."
        ),
        en=f"One digit ({en}) in {draws + 2} forms: in grey levels, drawn anew {draws} times, and fixed. The drawn "
        "ones differ along the edges of the strokes, where the grey level is neither zero nor one.",
    )  # fmt: skip
    def draw(T):
        ax, drawn = tiles.axes(len(row), 1, around=0.3 if mnist else 0.75), T("هر بار از نو", "drawn anew each time")
        names = {0: T("خاکستری", "grey"), (draws + 1) / 2: drawn, draws + 1: T("ثابت", "fixed")}
        tiles.show(ax, row[None], tiles.DATA, above=names, gap=max(1, grey.shape[1] // 9))
        name_data(ax, T, pad=22)


def seen_letters(field: Tensor, row: int, column: int, reach: int) -> list[str]:
    """A receptive field as letters of ``drawing.CELLS``: the more a pixel can tell, the deeper its shade."""
    blind, before = receptive.blind_spot(field, row, column, reach), receptive.earlier(row, column, *field.shape)
    depth = (4 + torch.log10(field / field.max()) / 0.75).clamp(1, 4).int()

    def letter(r: int, c: int) -> str:
        if field[r, c] > 0:
            return str(int(depth[r, c]))
        return "x" if blind[r, c] else "." if before[r, c] else "-"

    return ["".join(letter(r, c) for c in range(field.shape[1])) for r in range(field.shape[0])]


def blind_spot(layers: int = 4) -> None:
    """What one pixel sees after each layer, by gradient: of masks above, of two stacks below."""
    row, column, height, width = layers, layers, layers + 2, 2 * layers + 1
    shape = {"channels": 2, "size": 3}
    kinds = (NetworkConfig("sheet", layers=layers, **shape), NetworkConfig("gated", layers=max(1, layers - 1), **shape))
    fields = [receptive.layer_by_layer(make_network(kind), row, column, height, width)[:layers] for kind in kinds]

    @figure(
        fa=persian_text(
            f"دو ردیف جدول، یک ستون برای هر شمار لایه از ۱ تا {layers}: پیکسل‌هایی که پیکسل مشخص‌شده به آن‌ها وابسته "
            "است، از روی گرادیان، با هستهٔ ۳ در ۳. بالا، کانولوشن‌های ماسک‌دار: ناحیهٔ دیده‌شده با هر لایه بزرگ‌تر "
            "می‌شود، ولی مثلثی در بالا و سمت راست پیکسل هرگز دیده نمی‌شود؛ این نقطهٔ کور است. پایین، دو پشتهٔ "
            "دروازه‌دار: همان بُرد، بی نقطهٔ کور."
        ),
        en=f"Two rows of tables, a column for each number of layers from 1 to {layers}: the pixels on which the marked "
        "pixel depends, by gradient, with 3 by 3 kernels. Top, masked convolutions: what is seen grows with each "
        "layer, but a triangle to the right above the pixel is never seen, the blind spot. Bottom, two gated stacks: "
        "the same reach, no blind spot.",
    )  # fmt: skip
    def draw(T):
        side = 6.0 / (layers * (width + 1) - 1)
        tall = height * side
        ax = canvas(6, 2 * tall + 1.85)
        titles = T("کانولوشن‌های ماسک‌دار", "masked convolutions"), T("دو پشتهٔ دروازه‌دار", "two gated stacks")
        for title, stack, top in zip(titles, fields, (2 * tall + 1.15, tall + 0.58), strict=True):
            word(ax, 6 if T.lang == "fa" else 0, top + 0.2, title, ha="right" if T.lang == "fa" else "left")
            for depth, field in enumerate(stack, start=1):
                left = (depth - 1) * (width + 1) * side
                cells(ax, left, top, seen_letters(field, row, column, depth), side)
                outline(ax, left, top, row, column, side, colour="ink", linewidth=1.8)
        for depth in range(1, layers + 1):
            middle = ((depth - 1) * (width + 1) + width / 2) * side
            word(ax, middle, 2 * tall + 1.66, T(f"لایهٔ {depth}", f"layer {depth}"), color=PALETTE["muted"])
        marks = [key("4", T("دیده می‌شود", "seen")), key("x", T("نقطهٔ کور", "blind spot")),
                 key(".", T("هنوز دور", "too far yet")), key("-", T("بعدی‌ها", "later pixels"))]  # fmt: skip
        legend(ax, T, marks, 0.0)


_RUNS = {  # name: colour, and what it is called
    "pixelcnn-sheet": ("blue", "شبکهٔ تمرین", "the exercise’s network"),
    "pixelcnn-better": ("vermilion", "دو پشتهٔ دروازه‌دار", "two gated stacks"),
    "pixelcnn-mnist": ("green", "شبکهٔ تمرین، دادهٔ پویا", "the exercise’s, pixels drawn anew"),
}


def spread(values: list[float], gap: float) -> list[float]:
    """Heights for labels at these values, at least ``gap`` apart, in the same order."""
    order = sorted(range(len(values)), key=values.__getitem__)
    heights, last = list(values), -float("inf")
    for place in order:
        heights[place] = last = max(values[place], last + gap)
    return heights


def curves() -> None:
    """Training and validation nats of the recorded runs by epoch, and the test images' at the end."""
    runs = {name: results.load(name) for name in _RUNS}
    tests = [run.metrics["test_nll_nats"] for run in runs.values()]
    lowest = min(min(run.history["val_loss"] + run.history["train_loss"]) for run in runs.values())
    floor, ceiling = min(lowest, *tests) * 0.98, max(lowest * 1.15, *(test * 1.05 for test in tests))

    @figure(
        fa="زیان سه شبکه به نات بر تصویر در دوره‌های آموزش: خط‌چین برای آموزش، خط پر برای اعتبارسنجی، و در پایان "
        "نقطه‌ای با عدد برای دادهٔ آزمون. محور عمودی نخستین مقدارها را، که بسیار بزرگ‌ترند، در بر نمی‌گیرد.",
        en="Loss of three networks in nats an image over the epochs of training: dashed for training, solid for "
        "validation, and at the end a point with its number for the test images. The vertical axis leaves out the "
        "first values, which are far larger.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 12
        _, ax = plt.subplots(figsize=(6, 4.4), layout="constrained")
        heights = spread(tests, (ceiling - floor) * 0.065)
        for (name, run), test, height in zip(runs.items(), tests, heights, strict=True):
            colour, end = PALETTE[_RUNS[name][0]], run.history["epoch"][-1]
            ax.plot(run.history["epoch"], run.history["train_loss"], color=colour, linestyle=(0, (2, 1.5)), linewidth=1.3)
            ax.plot(run.history["epoch"], run.history["val_loss"], color=colour)
            ax.plot([end], [test], color=colour, marker="D", markersize=7)
            place = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "va": "center"}
            ax.annotate(T.number(test, ".2f"), (1, height), (6, 0), color=colour, **place)
        ax.set(ylim=(floor, ceiling), xlabel=T("دوره", "epoch"), ylabel=T("نات بر تصویر", "nats an image"))
        ax.set_xlim(0, max(run.history["epoch"][-1] for run in runs.values()) * 1.03)
        ink = PALETTE["ink"]
        marks = [Line2D([], [], color=PALETTE[c], label=T(fa, en)) for c, fa, en in _RUNS.values()]
        marks += [Line2D([], [], color=ink, linestyle=(0, (2, 1.5)), linewidth=1.3, label=T("آموزش", "training")),
                  Line2D([], [], color=ink, label=T("اعتبارسنجی", "validation")),
                  Line2D([], [], color=ink, marker="D", linestyle="none", label=T("آزمون", "test"))]  # fmt: skip
        marks = marks if T.lang == "en" else marks[3:] + marks[:3]
        ax.figure.legend(handles=marks, loc="outside lower center", ncols=2, **T.legend)


def live_curve(history: dict[str, list]) -> None:
    """The losses of the run that the page has just made."""

    @figure(
        fa="زیان آموزش و اعتبارسنجی، به نات بر تصویر، در دوره‌های اجرای همین صفحه.",
        en="Training and validation loss, in nats an image, over the epochs of this page's own run.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 12
        _, ax = plt.subplots(figsize=(6, 3), layout="constrained")
        for column, colour, label in (("train_loss", "blue", T("آموزش", "training")),
                                      ("val_loss", "vermilion", T("اعتبارسنجی", "validation"))):  # fmt: skip
            ax.plot(history["epoch"], history[column], color=PALETTE[colour], marker="o", markersize=4, label=label)
        ax.set(xlabel=T("دوره", "epoch"), ylabel=T("نات بر تصویر", "nats an image"))
        ax.legend(**T.legend)
