"""Charts of the part on preparing a series: what leaks, what a calendar looks like, what a scale does."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import torch

from attngen.plotting import PALETTE, figure
from attngen.results import Result
from attngen.series.calendar import time_features
from attngen.series.normalise import normalise
from attngen.series.splits import Scaler, borders
from attngen.series.table import SeriesTable


def axes(height: float, rows: int = 1, columns: int = 1, **options):
    """Axes of the book's width in a flat array."""
    plt.rcParams["font.size"] = 12
    style = {"figsize": (6, height), "layout": "constrained", "squeeze": False}
    return plt.subplots(rows, columns, **style, **options)[1].ravel()


def leakage(table: SeriesTable, train: Scaler, everything: Scaler) -> None:
    """The first variable scaled by the training rows and by all rows, day by day."""
    stop = borders(table.name, len(table), 1)["train"][1]
    days = len(table) // 24
    daily = table.values[: 24 * days, :1].reshape(days, 24).mean(axis=1)
    scaled = [(daily - scaler.mean[0]) / scaler.std[0] for scaler in (train, everything)]

    @figure(
        fa="میانگین روزانهٔ یک سری که سطحش بالا می‌رود، با دو مقیاس. با مقیاس سطرهای آموزش، بخش آموزش دور "
        "صفر است و آزمون بالای آن. با مقیاس همهٔ سطرها، بخش آموزش پایین‌تر از صفر جابه‌جا شده است: جای آن "
        "می‌گوید که سری بعد بالا خواهد رفت.",
        en="Daily means of a series whose level climbs, in two scales. Scaled by the training rows, the "
        "training part lies around zero and the test part above. Scaled by all rows, the training part is "
        "shifted below zero: where it lies tells that the series will rise later.",
    )
    def draw(T):
        (ax,) = axes(3.1)
        names = [T("مقیاس سطرهای آموزش", "scaled by training rows")]
        names += [T("مقیاس همهٔ سطرها", "scaled by all rows")]
        for colour, name, values in zip(("blue", "vermilion"), names, scaled, strict=True):
            ax.plot(values, color=PALETTE[colour], label=name)
        ax.axvline(stop / 24, color=PALETTE["ink"], linestyle=(0, (4, 3)), linewidth=1)
        ax.axhline(0, color=PALETTE["muted"], linewidth=1)
        ax.text(stop / 24, 0.97, T(" پایان آموزش ", " end of training "), transform=ax.get_xaxis_transform(),
                ha="right", va="top")  # fmt: skip
        ax.set(xlabel=T("روز", "day"), ylabel=T("مقدار مقیاس‌شده", "scaled value"))
        ax.figure.legend(loc="outside lower center", ncols=2, **T.legend)


def calendar(days: int = 10, first: str = "2024-02-26T00:00:00") -> None:
    """Hour and weekday as one number each, and the hour as a point on a circle."""
    times = np.datetime64(first) + np.arange(24 * days) * np.timedelta64(3600, "s")
    features, day = time_features(times, 60), np.arange(24 * days) / 24

    @figure(
        fa="بالا: ساعت به صورت عددی که هر روز از منفی نیم تا نیم بالا می‌رود و نیمه‌شب می‌پرد، و روز هفته که "
        "هر روز یک پله بالا می‌رود و پس از یکشنبه می‌افتد. پایین: همان ساعت به صورت سینوس و کسینوس که نمی‌پرند.",
        en="Above: the hour as a number that rises from minus one half to one half each day and jumps at "
        "midnight, and the weekday, a step up each day and down again after Sunday. Below: the same hour as "
        "a sine and a cosine, which do not jump.",
    )
    def draw(T):
        upper, lower = axes(3.9, 2, sharex=True)
        upper.plot(day, features[:, 0], color=PALETTE["blue"], label=T("ساعت روز", "hour of day"))
        upper.plot(day, features[:, 1], color=PALETTE["vermilion"], label=T("روز هفته", "day of week"))
        angle = 2 * np.pi * day
        lower.plot(day, np.sin(angle) / 2, color=PALETTE["green"], label=T("سینوس ساعت", "sine of the hour"))
        cosine = T("کسینوس ساعت", "cosine of the hour")
        lower.plot(day, np.cos(angle) / 2, color=PALETTE["gold"], label=cosine)
        lower.set(xlabel=T("روز، از یک دوشنبه", "day, from a Monday on"))
        upper.figure.legend(loc="outside lower center", ncols=2, **T.legend)


def reversible(table: SeriesTable, lookback: int = 96, horizon: int = 48) -> None:
    """Two windows of a drifting variable as they are, and both after the normalisation."""
    starts = {"blue": len(table) // 10, "vermilion": len(table) - lookback - horizon - len(table) // 50}
    series = torch.from_numpy(table.values[:, 0])
    cut = {colour: series[start : start + lookback + horizon] for colour, start in starts.items()}
    scaled = {}
    for colour, window in cut.items():
        _, scale = normalise(window[None, :lookback, None])
        scaled[colour] = ((window - scale.mean[0, 0]) / scale.std[0, 0]).numpy()

    @figure(
        fa="چپ: دو پنجرهٔ یک سری، یکی از آغاز و یکی از پایان آن؛ دومی بالاتر است و بلندتر نوسان می‌کند. راست: "
        "هر یک با میانگین و انحراف معیار گذشتهٔ خودش نرمال شده است؛ هر دو کمابیش روی هم می‌افتند.",
        en="Left: two windows of a series, one from its beginning and one from its end; the second lies "
        "higher and swings wider. Right: each normalized by the mean and deviation of its own past; the two "
        "nearly coincide.",
    )
    def draw(T):
        left, right = axes(3.0, 1, 2)
        names = (T("پنجرهٔ آغازین", "early window"), T("پنجرهٔ پایانی", "late window"))
        for (colour, window), name in zip(cut.items(), names, strict=True):
            left.plot(window.numpy(), color=PALETTE[colour], label=name, linewidth=1.4)
            right.plot(scaled[colour], color=PALETTE[colour], linewidth=1.4)
        for ax in (left, right):
            ax.axvline(lookback, color=PALETTE["ink"], linestyle=(0, (4, 3)), linewidth=1)
            ax.set_xlabel(T("گام پنجره", "step of the window"))
        left.set_title(T("در یکای سری", "in the series' unit"))
        right.set_title(T("نرمال‌شده", "normalized"))
        left.figure.legend(loc="outside lower center", ncols=2, **T.legend)


def coming_day(table: SeriesTable, values: np.ndarray, truth: np.ndarray, days: int = 3) -> None:
    """The last days of an hourly table's first variable, its forecast (H, V), and what came (H, V)."""
    past, coming = table.values[-24 * days :, 0], np.arange(1, len(values) + 1)

    @figure(
        fa="سه شبانه‌روز آخر بار و پیش‌بینی بیست‌وچهار ساعت پس از پایان جدول، به کیلووات. پیش‌بینی موج روزانه "
        "را در همان سطح ادامه می‌دهد و نزدیک نقطه‌های توخالی می‌گذرد، که مقدارهایی‌اند که بعد آمده‌اند.",
        en="The last three days of the load, and the forecast of the twenty-four hours after the table's end, "
        "in kilowatts. The forecast goes on with the daily wave on its level and passes close to the hollow "
        "points, the values that came.",
    )
    def draw(T):
        (ax,) = axes(3.1)
        ax.plot(np.arange(1 - len(past), 1), past, color=PALETTE["muted"], label=T("جدول", "table"))
        ax.plot(coming, values[:, 0], color=PALETTE["vermilion"], label=T("پیش‌بینی", "forecast"))
        came = T("آنچه آمد", "what came")
        ax.plot(coming, truth[:, 0], "o", color=PALETTE["blue"], markersize=5, fillstyle="none", label=came)
        ax.axvline(0.5, color=PALETTE["ink"], linestyle=(0, (4, 3)), linewidth=1)
        ax.set(xlabel=T("ساعت، از پایان جدول", "hours from the table's end"), ylabel=T("بار (kW)", "load (kW)"))
        ax.set_xticks(range(-24 * days, len(values) + 1, 24))
        ax.figure.legend(loc="outside lower center", ncols=3, **T.legend)


def sentinel_errors(result: Result, method: str = "linear") -> None:
    """The recorded error of each column of Weather, scaled as published and after cleaning."""
    rows = result.history
    kept = [i for i, each in enumerate(rows["method"]) if each == method]
    names = [rows["column"][i].partition(" (")[0] for i in kept]
    errors = {key: [float(rows[key][i]) for i in kept] for key in ("published", "clean")}

    @figure(
        fa="خطای هر ستون Weather با نگاشت خطی، یک بار با مقیاس دادهٔ منتشرشده و یک بار پس از پاک‌سازی. در "
        "بیشتر ستون‌ها دو نقطه روی هم‌اند؛ در wv و OT خطای منتشرشده نزدیک صفر است و پس از پاک‌سازی مانند "
        "بقیهٔ ستون‌ها.",
        en="The error of each column of Weather with a linear map, in the scale of the data as published and "
        "after cleaning. In most columns the two points coincide; in wv and OT the published error is near "
        "zero, and after cleaning it is like the other columns'.",
    )
    def draw(T):
        (ax,) = axes(5.2)
        heights = np.arange(len(names))[::-1]
        ax.hlines(heights, errors["published"], errors["clean"], color=PALETTE["muted"], linewidth=1.2)
        labels = (T("چنان‌که منتشر شده", "as published"), T("پس از پاک‌سازی", "after cleaning"))
        styles = (("blue", "o"), ("vermilion", "D"))
        for (colour, mark), key, label in zip(styles, errors, labels, strict=True):
            ax.plot(errors[key], heights, mark, color=PALETTE[colour], markersize=6, label=label)
        ax.set_yticks(heights, names)
        ax.set(xlabel=T("میانگین مربع خطا", "mean squared error"), xlim=(-0.03, None))
        ax.figure.legend(loc="outside lower center", ncols=2, **T.legend)
