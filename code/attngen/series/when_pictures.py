"""Pictures of part (a): ways from a cause to its forecast; skill by lag, updates and data; and looks."""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.ticker import FuncFormatter, NullLocator

from attngen.cost.pictures import rows_of
from attngen.plotting import HEAT, PALETTE, figure
from attngen.plotting.drawing import arrow, box, canvas, word

KINDS = {  # colour, mark, Persian and English name
    "transformer": ("blue", "o", "ترنسفورمر", "transformer"),
    "lstm": ("vermilion", "s", "LSTM", "LSTM"),
    "lstm_longer": ("vermilion", "D", "LSTM، آموزش درازتر", "LSTM, longer training"),
    "lstm_open": ("purple", "X", "LSTM با دروازهٔ باز", "LSTM, gates open"),
    "lstm_ages": ("gold", "^", "LSTM با سن گام‌ها", "LSTM with ages"),
    "linear": ("green", "v", "خطی", "linear"),
}
_BY_LAG = ("gold", "vermilion", "purple")  # the LSTM's longer trainings, nearest cause first
_DASHED = (0, (3, 2))


def _plain(value: float, _=None) -> str:
    return f"{value:g}"


def _axes(height: float, columns: int = 1):
    plt.rcParams["font.size"] = 12
    options = {"layout": "constrained", "squeeze": False, "sharey": True}
    return plt.subplots(1, columns, figsize=(6, height), **options)[1][0]


def _numbers(axis, values) -> None:
    """A logarithmic axis with just these numbers, written out."""
    axis.axes.set_xscale("log")
    axis.set_ticks(sorted(values))
    axis.set_major_formatter(FuncFormatter(_plain))
    axis.set_minor_locator(NullLocator())


def _line(ax, T, name: str, points: dict[float, list[float]]) -> None:
    colour, mark, fa, en = KINDS[name]
    style = {"color": PALETTE[colour], "marker": mark, "markersize": 6, "label": T(fa, en)}
    xs = sorted(points)
    means = [sum(points[x]) / len(points[x]) for x in xs]
    linestyle = {"lstm_longer": _DASHED, "linear": (0, (1, 1))}.get(name, "-")
    ax.plot(xs, means, linestyle=linestyle, zorder=4 if name == "transformer" else 3, **style)
    for x in xs:  # every seed by itself
        ax.plot([x] * len(points[x]), points[x], linestyle="", marker=".", alpha=0.5, color=PALETTE[colour])


def _collect(rows: list[dict], x: str, chosen) -> dict[str, dict[float, list[float]]]:
    """kind -> x -> the skill of every seed, of the rows that ``chosen`` picks."""
    found: dict[str, dict[float, list[float]]] = {}
    for row in rows:
        if row["measure"] == "skill" and chosen(row):
            name = "lstm_longer" if row["longer"] and row["kind"] == "lstm" else row["kind"]
            found.setdefault(name, {}).setdefault(row[x], []).append(row["value"])
    return found


def paths(lag: int = 6) -> None:
    """The way of one old value to the forecast: through every state of an LSTM, or with one look."""

    @figure(
        fa="دو ردیف خانه، هر خانه یک گام زمانی. در ردیف بالا پیکان‌ها از هر خانه به خانهٔ پس از آن می‌روند: "
        "خبر گام نخست باید از همهٔ حالت‌ها بگذرد. در ردیف پایین یک پیکان از گام نخست یک‌راست به پیش‌بینی می‌رسد.",
        en="Two rows of boxes, each box a time step. In the upper row arrows lead from each box to the next: "
        "news of the first step must pass through every state. In the lower row one arrow leads from the "
        "first step straight to the forecast.",
    )
    def draw(T):
        ax, xs = canvas(6, 3.5), [0.55 + 0.82 * i for i in range(lag + 1)]
        for y, colour, name in ((2.7, "vermilion", "LSTM"), (0.75, "blue", T("ترنسفورمر", "transformer"))):
            word(ax, 3, y + 0.62 if name == "LSTM" else y + 1.02, name, color=PALETTE[colour])
            for i, x in enumerate(xs):
                text = T("؟", "?") if i == lag else T.number(i - lag)
                box(ax, x, y, 0.56, 0.5, text, "gold" if i in (0, lag) else colour)
        for left, right in zip(xs, xs[1:], strict=False):
            arrow(ax, (left + 0.29, 2.7), (right - 0.29, 2.7), colour="vermilion")
        arrow(ax, (xs[0], 1.02), (xs[0], 1.4), (xs[-1], 1.4), (xs[-1], 1.02), colour="blue")


def by_lag(result) -> None:
    """Skill of every model by the lag of the cause."""
    found = _collect(rows_of(result), "lag", lambda row: str(row["place"]).startswith(("lag", "longer_lag")))

    @figure(
        fa="سهم توضیح‌داده‌شده بر حسب فاصلهٔ علت: ترنسفورمر و مدل خطی در همهٔ فاصله‌ها نزدیک یک‌اند؛ "
        "LSTM با دور شدن علت پایین می‌آید، با آموزش درازتر دیرتر، و با دروازه‌های باز و آموزش درازتر در ۲۴ گام هم بالاست.",
        en="The share explained by the distance of the cause: transformer and linear model are near one at "
        "every distance; the LSTM comes down as the cause moves away, later so with longer training; with gates "
        "that begin open and longer training it is high at 24 steps as well.",
    )
    def draw(T):
        (ax,) = _axes(4.2)
        for name in KINDS:
            if name in found:
                _line(ax, T, name, found[name])
        _numbers(ax.xaxis, {lag for points in found.values() for lag in points})
        ax.set(xlabel=T("فاصلهٔ علت (گام)", "lag of the cause (steps)"), ylim=(-0.1, 1.05))
        ax.set_ylabel(T("سهم توضیح‌داده‌شده", "skill"))
        ax.figure.legend(loc="outside lower center", ncols=2, **T.legend)


def by_updates(result) -> None:
    """How the skill on validation windows grows with training: the LSTM's longer ones, and a transformer."""
    first = result.config["seeds"][0]
    rows = [row for row in rows_of(result) if row["measure"] == "learning" and row["seed"] == first]
    lags = {row["lag"] for row in rows if row["longer"]}
    far = max(lags)
    chosen = {("lstm", lag, 1): colour for lag, colour in zip(sorted(lags), _BY_LAG, strict=False)}
    chosen |= {("lstm_open", far, 1): "green", ("transformer", far, 0): "blue"}
    lines: dict[tuple, list[tuple[float, float]]] = {}
    for row in rows:
        key = row["kind"], row["lag"], row["longer"]
        if key in chosen and "lag" in str(row["place"]):
            lines.setdefault(key, []).append((row["updates"], row["value"]))

    @figure(
        fa="سهم توضیح‌داده‌شده بر حسب شمار به‌روزرسانی‌ها، محور افقی لگاریتمی: خط ترنسفورمر تند بالا می‌رود؛ خط "
        "LSTM در چهار گام زود، در هشت گام آهسته و در ۲۴ گام هیچ بالا نمی‌آید، مگر دروازه‌هایش در آغاز باز باشند.",
        en="The share explained by the number of updates, horizontal axis logarithmic: the transformer's line "
        "rises early; that of the LSTM early at four steps, slowly at eight, and at 24 not at all unless its "
        "gates begin open.",
    )
    def draw(T):
        (ax,) = _axes(4.2)
        for (kind, lag, longer), colour in chosen.items():
            mark, fa, en = KINDS[kind][1:]
            label = T(f"{fa}، فاصلهٔ {T.number(lag)}", f"{en}, lag {lag}")
            points = sorted(lines[kind, lag, longer])
            ax.plot(*zip(*points, strict=True), color=PALETTE[colour], marker=mark, markersize=5, label=label)
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(FuncFormatter(_plain))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set_xlabel(T("به‌روزرسانی", "updates"))
        ax.set_ylabel(T("سهم توضیح‌داده‌شده", "skill"))
        ax.figure.legend(loc="outside lower center", ncols=2, **T.legend)


def by_windows(result) -> None:
    """Skill by the number of training windows, where the cause is far and where the state is local."""
    rows, lag = rows_of(result), result.config["few_lag"]
    places = [
        {f"lag{lag}", *(f"n{count}" for count in result.config["few"])},
        {"local", *(f"local_n{count}" for count in result.config["few"])},
    ]
    found = [_collect(rows, "windows", lambda row, names=names: row["place"] in names) for names in places]

    @figure(
        fa="سهم توضیح‌داده‌شده بر حسب شمار پنجره‌های آموزشی در دو جهان. با علت دور، مدل خطی از "
        "کم‌ترین داده هم می‌آموزد و ترنسفورمر به دادهٔ بیشتری نیاز دارد. در جهان محلی با دادهٔ کم LSTM بالاتر است "
        "و با دادهٔ زیاد همه به هم می‌رسند.",
        en="The share explained by the number of training windows in two worlds. With a far cause the linear "
        "model learns from the least data and the transformer needs more. In the local world the LSTM is above "
        "the others where data is scarce, and all meet where it is plenty.",
    )
    def draw(T):
        panels = _axes(4.4, 2)
        titles = T(f"علت در فاصلهٔ {T.number(lag)}", f"cause at lag {lag}"), T("حالت محلی", "local state")
        for ax, lines, title in zip(panels, found, titles, strict=True):
            for name in ("transformer", "lstm", "linear"):
                _line(ax, T, name, lines[name])
            _numbers(ax.xaxis, {count for points in lines.values() for count in points})
            ax.set(title=title, xlabel=T("پنجره‌های آموزشی", "training windows"))
            ax.tick_params(axis="x", labelsize="small", labelrotation=40)
        panels[0].set_ylabel(T("سهم توضیح‌داده‌شده", "skill"))
        handles, labels = panels[0].get_legend_handles_labels()
        panels[0].figure.legend(handles, labels, loc="outside lower center", ncols=3, **T.legend)


def looks(weights: torch.Tensor, delays) -> None:
    """Weights (delays, L) as a map: one row for each announced delay, the newest step on the right."""
    shown = weights.numpy()

    @figure(
        fa="نقشهٔ وزن‌ها، یک ردیف برای هر تأخیر اعلام‌شده: در هر ردیف وزن بر گامی می‌نشیند که همان قدر به "
        "عقب است.",
        en="A map of weights, one row for each announced delay: in each row the weight sits on the step that "
        "lies so far back.",
    )
    def draw(T):
        (ax,) = _axes(2.3)
        length = shown.shape[1]
        extent = (length + 0.5, 0.5, len(delays) - 0.5, -0.5)
        ax.imshow(shown, cmap=HEAT, vmin=0, vmax=1, aspect="auto", extent=extent)
        ax.set_yticks(range(len(delays)), [T.number(delay) for delay in delays])
        ax.set_xticks(sorted({1, *delays, length}))
        ax.grid(False)
        ax.set(xlabel=T("سن گام (چند گام پیش از هدف)", "age of the step (steps before the target)"))
        ax.set_ylabel(T("تأخیر اعلام‌شده", "announced"))
