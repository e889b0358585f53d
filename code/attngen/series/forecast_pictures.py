"""Pictures of the comparison: error by horizon beside the published figures, and by step of the forecast."""

from __future__ import annotations

import csv

import matplotlib.pyplot as plt
from matplotlib.lines import Line2D

from attngen import results
from attngen.plotting import PALETTE, figure
from attngen.series.results_table import KINDS, SOURCES, Error, Row, published

MODELS = {  # colour, mark, Persian and English name
    "repeat": ("muted", "X", "تکرار", "repeat"),
    "seasonal": ("muted", "P", "تکرار فصل پیش", "the season before"),
    "dlinear": ("gold", "v", "DLinear", "DLinear"),
    "lstm": ("green", "s", "LSTM", "LSTM"),
    "transformer": ("sky", "D", "ترنسفورمر ساده", "plain transformer"),
    "patch": ("purple", "^", "ترنسفورمر وصله‌ای", "patches (PatchTST)"),
    "itransformer": ("vermilion", "o", "iTransformer", "iTransformer"),
}
_APART = 0.11  # between two models at one horizon, in places of the axis


def by_horizon(
    ours: dict[Row, dict[str, Error]], data: str = "etth1", without: tuple[str, ...] = ("repeat", "seasonal")
) -> None:
    """MSE of every recorded model by horizon, with the spread over seeds; the published figures hollow.

    without - models left out: a repeated value is so far off that the rest would lie on top of each other
    """
    rows = [row for row in ours if row[0] == data]
    kinds = [kind for kind in KINDS if kind not in without and any(kind in ours[row] for row in rows)]
    theirs = published()

    @figure(
        fa="میانگین مربع خطای هر مدل برای هر افق پیش‌بینی؛ نشان‌های پر نتیجهٔ این کتاب‌اند و نشان‌های "
        "توخالی عدد مقاله‌ها. هر چه افق دورتر باشد خطا بیشتر است.",
        en="Mean squared error of every model at every horizon; full marks are this book's results, "
        "hollow marks the papers' figures. The farther the horizon, the larger the error.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 12
        fig, ax = plt.subplots(figsize=(6, 4.3), layout="constrained")
        for number, kind in enumerate(kinds):
            colour, mark = PALETTE[MODELS[kind][0]], MODELS[kind][1]
            shift = (number - (len(kinds) - 1) / 2) * _APART
            for place, row in enumerate(rows):
                x = place + shift
                if kind in ours[row]:
                    own = ours[row][kind]
                    ax.errorbar(x, own.mse, own.mse_std, color=colour, marker=mark, markersize=6, capsize=2)
                if kind in SOURCES and kind in theirs[row]:
                    paper = theirs[row][kind].mse
                    ax.plot(x, paper, mark, markerfacecolor="none", markeredgecolor=colour, markersize=9)
        ax.set_xticks(range(len(rows)), [T.number(row[1]) for row in rows])
        ax.set_xlabel(T("افق (گام)", "horizon (steps)"))
        ax.set_ylabel(T("میانگین مربع خطا", "mean squared error"), labelpad=8)
        ax.grid(axis="x", visible=False)
        marks = [_mark(T, kind) for kind in kinds]
        marks.append(
            Line2D([], [], linestyle="", marker="o", markersize=9, markerfacecolor="none",
                   markeredgecolor=PALETTE["ink"], label=T("عدد مقاله", "published"))
        )  # fmt: skip
        fig.legend(handles=marks, loc="outside lower center", ncols=3, **T.legend)


def _mark(T, kind: str) -> Line2D:
    colour, mark, fa, en = MODELS[kind]
    return Line2D([], [], color=PALETTE[colour], marker=mark, markersize=6, linestyle="", label=T(fa, en))


def recorded_steps(name: str) -> list[float]:
    """The squared error of each step of the forecast, a mean over seeds, of a recorded result."""
    found: dict[int, list[float]] = {}
    with results.load(name).path("by_step.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(int(row["step"]), []).append(float(row["mse"]))
    return [sum(found[step]) / len(found[step]) for step in sorted(found)]


def by_step(
    data: str = "etth1", horizon: int = 96, without: tuple[str, ...] = ("repeat", "seasonal")
) -> None:
    """The error of each step of the forecast, of every recorded model."""
    names = {kind: f"series-{kind}-{data}-{horizon}" for kind in KINDS if kind not in without}
    known = set(results.names())
    lines = {kind: recorded_steps(name) for kind, name in names.items() if name in known}

    @figure(
        fa="خطای هر گام پیش‌بینی برای هر مدل: در گام‌های نخست تند بالا می‌رود و سپس با هر روز یک پله.",
        en="The error of each step of the forecast for every model: it rises fast in the first steps, and "
        "then by a stair each day.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 12
        fig, ax = plt.subplots(figsize=(6, 4.0), layout="constrained")
        for kind, line in lines.items():
            colour, _, fa, en = MODELS[kind]
            ax.plot(range(1, len(line) + 1), line, color=PALETTE[colour], label=T(fa, en), linewidth=1.6)
        ax.set_xticks(range(0, horizon + 1, 24))
        ax.set_xlabel(T("گام پیش‌بینی", "step of the forecast"))
        ax.set_ylabel(T("میانگین مربع خطا", "mean squared error"), labelpad=8)
        ax.set_ylim(bottom=0)
        fig.legend(loc="outside lower center", ncols=3, **T.legend)
