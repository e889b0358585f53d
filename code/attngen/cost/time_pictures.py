"""Charts of what was measured: seconds by length, the roofline, and where n log n begins to win."""

from __future__ import annotations

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

from attngen.cost import crossover, roofline
from attngen.cost.pictures import _DASHED, KINDS, _axes, _plain, rows_of
from attngen.plotting import PALETTE, figure


def times(found) -> None:
    """Seconds by length of a recorded result or of an outcome: attention twice, and what competes "
    "with it."""
    rows = [row for row in rows_of(found) if row["measure"] == "length" and row["kind"] in KINDS]

    @figure(
        fa="زمان بر حسب طول دنباله، هر دو محور لگاریتمی: خط‌های توجه با شیبی نزدیک دو بالا می‌روند، "
        "Linformer، تبدیل فوریه و نگاشت‌ها با شیبی نزدیک یک.",
        en="Time by sequence length, both axes logarithmic: the lines of attention rise with a slope "
        "near two, Linformer, the Fourier transform and the projections with one near one.",
    )
    def draw(T):
        ax, marks = _axes(4.2), []
        for kind, (colour, fa, en) in KINDS.items():
            points = sorted((row["length"], 1e3 * row["seconds"]) for row in rows if row["kind"] == kind)
            ax.plot(*zip(*points, strict=True), color=PALETTE[colour], marker="o", markersize=5)
            marks.append(Line2D([], [], color=PALETTE[colour], marker="o", markersize=5, label=T(fa, en)))
        ax.set_xscale("log", base=2)
        ax.set_yscale("log")
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(FuncFormatter(_plain))
            axis.set_minor_locator(NullLocator())
        ax.set(xlabel=T("طول دنباله", "sequence length"), ylabel=T("هزارم ثانیه", "milliseconds"))
        ax.figure.legend(handles=marks, loc="outside lower center", ncols=2, **T.legend)


def points(found) -> list[tuple[str, float, float]]:
    """(label, intensity, FLOP/s) of the measured rows at the longest length with written scores, "
    "and of decoding."""
    rows = [row for row in rows_of(found) if "flops" in row and row["flops"] and row["seconds"]]
    at = max(row["length"] for row in rows if row["measure"] == "length" and row["kind"] == "dense")
    chosen = [row for row in rows if row["measure"] == "length" and row["length"] == at]
    chosen += [row for row in rows if row["measure"] == "decode"]
    return [
        (f"{row['measure']} {row['kind']}", row["flops"] / row["bytes"], row["flops"] / row["seconds"])
        for row in chosen
    ]


def roofs(found) -> None:
    """The machine's two roofs, and where each piece of work lies under them."""
    peak, bandwidth = found.metrics["peak_gflops"] * 1e9, found.metrics["bandwidth_gb"] * 1e9
    placed = points(found)
    heads = max(int(label.split()[1]) for label, *_ in placed if label.startswith("decode"))
    names = {f"length {kind}": (fa, en, PALETTE[colour]) for kind, (colour, fa, en) in KINDS.items()}
    names["length softmax"] = ("سافت‌مکس", "softmax", PALETTE["gold"])

    @figure(
        fa="نمودار سقف‌ها، هر دو محور لگاریتمی: شدت محاسبه در برابر سرعت. سقف شیب‌دار پهنای باند حافظه "
        "است و سقف افقی بیشترین سرعت ضرب. نگاشت‌ها و هستهٔ یکپارچه راست و نزدیک سقف افقی‌اند؛ سافت‌مکس و "
        "نوشتن توکن به توکن چپ و زیر سقف شیب‌دار؛ توجهی که امتیازها را می‌نویسد زیر شکستگی و دور از هر "
        "دو سقف است.",
        en="A roofline chart, both axes logarithmic: arithmetic intensity against speed. The slanting "
        "roof is the memory's bandwidth, the level one the best speed of products. Projections and the "
        "fused kernel lie right, near the level roof; softmax and writing token by token left, under the "
        "slanting one; attention with written scores is below the bend, far from either roof.",
    )
    def draw(T):
        ax, marks = _axes(5.4), []
        span = np.geomspace(0.2, max(intensity for _, intensity, _ in placed) * 2, 200)
        allowed = [roofline.attainable(x, peak, bandwidth) / 1e9 for x in span]
        ax.plot(span, allowed, color=PALETTE["ink"])
        for label, intensity, speed in placed:
            kind = label.split()[1]
            if label in names:
                fa, en, colour = names[label]
                style, text = {"marker": "o"}, T(fa, en)
            else:
                share = 1 - 0.7 * int(kind) / heads
                colour, style = PALETTE["sky"], {"marker": "s", "alpha": 0.3 + 0.7 * share}
                text = T(f"یک توکن، سر کلید: {T.number(int(kind))}", f"one token, key heads: {kind}")
            style |= {"color": colour, "markersize": 8, "linestyle": ""}
            ax.plot([intensity], [speed / 1e9], **style)
            marks.append(Line2D([], [], label=text, **style))
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.xaxis.set_major_formatter(FuncFormatter(_plain))
        ax.yaxis.set_major_formatter(FuncFormatter(_plain))
        ax.set_xlabel(T("عملیات برای هر بایت", "operations for each byte"))
        ax.set_ylabel(T("میلیارد عملیات در ثانیه", "billion operations a second"))
        ax.figure.legend(handles=marks, loc="outside lower center", ncols=2, **T.legend)


def crossings(measured: dict[str, float]) -> None:
    """The length from which n log n wins, by the ratio of the constants; ``measured`` ratios are marked."""
    ratios = np.geomspace(crossover.NEVER_DEARER * 1.001, max(1e4, 2 * max(measured.values())), 80)
    lengths = [crossover.against_n_log_n(float(ratio)) for ratio in ratios]

    @figure(
        fa="طولی که از آن به بعد روش n log n ارزان‌تر است، در برابر نسبت دو ضریب، روی محورهای لگاریتمی: "
        "خطی بالارونده؛ بالای آن روش n log n برنده است و زیر آن توجه معمولی. نسبت‌های سنجیده با نقطه "
        "نشان داده شده‌اند.",
        en="The length from which a method of cost n log n is cheaper, against the ratio of the two "
        "constants, on logarithmic axes: a rising line; above it n log n wins, below it ordinary "
        "attention. Measured ratios are marked.",
    )
    def draw(T):
        ax = _axes(3.7)
        ax.plot(ratios, lengths, color=PALETTE["ink"])
        for kind, ratio in measured.items():
            colour, fa, en = KINDS[kind]
            style = {"color": PALETTE[colour], "marker": "o", "markersize": 8, "linestyle": ""}
            ax.plot([ratio], [crossover.against_n_log_n(ratio)], label=T(fa, en), **style)
        ax.axhline(4096, color=PALETTE["muted"], linestyle=_DASHED, linewidth=1.2)
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.xaxis.set_major_formatter(FuncFormatter(_plain))
        ax.yaxis.set_major_formatter(FuncFormatter(_plain))
        ax.set_xlabel(T("نسبت ضریب‌ها", "ratio of the constants"))
        ax.set_ylabel(T("طول دنباله", "sequence length"))
        inside = {"transform": ax.transAxes}
        ax.text(0.04, 0.9, T("اینجا n log n برنده است", "n log n wins here"), **inside)
        ax.text(0.96, 0.08, T("اینجا توجه برنده است", "attention wins here"), ha="right", **inside)
        ax.figure.legend(loc="outside lower center", ncols=2, **T.legend)
