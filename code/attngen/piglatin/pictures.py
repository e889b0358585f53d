"""The pictures of the Pig-Latin chapter; each is drawn once, with labels in both languages."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from attngen import results
from attngen.nn import causal_mask, scaled_dot_product_attention
from attngen.piglatin.data import EOS, LETTERS, SOS
from attngen.piglatin.decoding import pad_words, translate
from attngen.plotting import PALETTE, attention_map, figure

CELLS = [(size, dim) for size in ("small", "large") for dim in (32, 64)]
_COLOURS = dict(zip(CELLS, ("blue", "green", "vermilion", "purple"), strict=True))


def cell_label(T, size: str, dim: int) -> str:
    return T(f"{'کوچک' if size == 'small' else 'بزرگ'}، {dim}", f"{size}, {dim}")


def _plain_ticks(axis) -> None:
    """0.01, 0.1, 1 on a log axis: easier to read than powers, above all in Persian."""
    axis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def masked_attention(word: str = "street") -> None:
    """Scores, mask and weights of one causal attention over the letters of a word, side by side."""
    torch.manual_seed(3)
    query, key = torch.randn(2, len(word), 8)
    scores = query @ key.T / 8**0.5
    mask = causal_mask(len(word))
    weights = scaled_dot_product_attention(query, key, key, mask)[1].masked_fill(~mask, float("nan"))

    @figure(
        fa="سه نقشهٔ کنار هم برای حرف‌های یک کلمه: امتیازها که همه جا عدد دارند، ماسک علّی که نیمهٔ بالایی را می‌پوشاند، "
        "و وزن‌ها که در هر سطر روی خانه‌های باز پخش شده‌اند.",
        en="Three maps over the letters of a word: scores everywhere, the causal mask that covers the upper half, and "
        "the weights, spread in each row over the open cells.",
    )
    def draw(T):
        fig, axes = plt.subplots(1, 3, figsize=(7.6, 2.9), layout="constrained")
        shade = (scores - scores.min()) / (scores.max() - scores.min())
        panels = [(shade, T("امتیازها", "scores")), (mask.float(), T("ماسک", "mask")), (weights, T("وزن‌ها", "weights"))]
        for ax, (values, title) in zip(axes, panels, strict=True):
            attention_map(ax, values.numpy(), list(word), list(word), T=T, write=False)
            ax.set_xlabel(title)
        axes[0].set_ylabel(T("پرس‌وجو", "query"))


def live_curve(history: dict[str, list]) -> None:
    """The losses of the run that the page has just made."""

    @figure(
        fa="زیان آموزش و اعتبارسنجی در دوره‌های اجرای همین صفحه؛ هر دو پیوسته کم می‌شوند.",
        en="Training and validation loss over the epochs of this page's own run; both fall steadily.",
    )
    def draw(T):
        _, ax = plt.subplots(figsize=(6.4, 2.9))
        ax.plot(history["epoch"], history["train_loss"], label=T("آموزش", "training"), color=PALETTE["blue"])
        ax.plot(history["epoch"], history["val_loss"], label=T("اعتبارسنجی", "validation"), color=PALETTE["vermilion"])
        ax.set(yscale="log", xlabel=T("دوره", "epoch"), ylabel=T("زیان (نات بر توکن)", "loss (nats per token)"))
        _plain_ticks(ax.yaxis)
        ax.legend(**T.legend)


def _by_epoch(name: str, column: str, where: dict | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Epochs and the (seeds, epochs) values of one column of a recorded history."""
    history = results.load(name).history
    keep = [all(history[k][i] == v for k, v in (where or {}).items()) for i in range(len(history["epoch"]))]
    rows = [(s, e, v) for s, e, v, k in zip(history["seed"], history["epoch"], history[column], keep) if k]
    seeds, epochs = sorted({r[0] for r in rows}), sorted({r[1] for r in rows})
    table = {(s, e): v for s, e, v in rows}
    return np.array(epochs), np.array([[table[s, e] for e in epochs] for s in seeds])


def four_runs() -> None:
    """Training and validation curves of the four cells; the band spans the seeds."""

    @figure(
        fa="دو نمودار لگاریتمی: زیان آموزش و زیان اعتبارسنجی چهار اجرا در دوره‌ها. اجراهای دادهٔ بزرگ در اعتبارسنجی بسیار "
        "پایین‌تر می‌رسند؛ در دادهٔ کوچک زیان آموزش از زیان اعتبارسنجی جدا می‌شود.",
        en="Two plots on a log scale: training and validation loss of the four runs by epoch. The runs on large data end "
        "far lower in validation; on small data the training loss parts from the validation loss.",
    )
    def draw(T):
        fig, axes = plt.subplots(1, 2, figsize=(7.6, 3.4), sharey=True, layout="constrained")
        columns = [("train_loss", T("آموزش", "training")), ("val_loss", T("اعتبارسنجی", "validation"))]
        for ax, (column, title) in zip(axes, columns, strict=True):
            for size, dim in CELLS:
                epochs, values = _by_epoch(f"pig-latin-{size}-h{dim}", column)
                colour = PALETTE[_COLOURS[size, dim]]
                ax.plot(epochs, values.mean(0), color=colour, label=cell_label(T, size, dim))
                ax.fill_between(epochs, values.min(0), values.max(0), color=colour, alpha=0.2, linewidth=0)
            ax.set(yscale="log", xlabel=T("دوره", "epoch"), title=title)
        axes[0].set_ylabel(T("زیان (نات بر توکن)", "loss (nats per token)"))
        _plain_ticks(axes[0].yaxis)
        axes[0].legend(title=T("داده، پهنا", "data, hidden"), **T.legend)


def capacity_and_data() -> None:
    """Lowest validation loss of each cell: the course's settings beside the book's."""

    @figure(
        fa="کمترین زیان اعتبارسنجی چهار خانه با تنظیم درس و با تنظیم کتاب، روی محور لگاریتمی؛ نقطه‌های کتاب در هر خانه چند "
        "برابر پایین‌ترند.",
        en="Lowest validation loss of the four cells with the course's settings and with the book's, on a log axis; the "
        "book's points lie several times lower in each cell.",
    )
    def draw(T):
        _, ax = plt.subplots(figsize=(6.4, 3.2))
        for prefix, label, colour, marker in (
            ("pig-latin-course-", T("تنظیم درس", "the course's settings"), "vermilion", "s"),
            ("pig-latin-", T("تنظیم کتاب", "the book's settings"), "blue", "o"),
        ):
            found = [results.load(f"{prefix}{size}-h{dim}").metrics for size, dim in CELLS]
            losses, spread = [m["val_loss"] for m in found], [m["val_loss_std"] for m in found]
            ax.errorbar(range(4), losses, spread, color=PALETTE[colour], marker=marker, linestyle="none", label=label)
            for x, loss in enumerate(losses):
                ax.annotate(T.number(loss, ".3f"), (x, loss), (8, -4), textcoords="offset points", fontsize="small")
        ax.set_xticks(range(4), [cell_label(T, *cell) for cell in CELLS])
        ax.set(yscale="log", xlim=(-0.4, 3.7), ylabel=T("زیان (نات بر توکن)", "loss (nats per token)"))
        _plain_ticks(ax.yaxis)
        ax.legend(**T.legend)


_PART_NAMES = {
    "course": ("مدل ساده", "plain model"),
    "norm": ("نرمال‌سازی لایه", "layer normalization"),
    "feed_forward": ("لایهٔ پیش‌خور پهن", "wide feed-forward"),
    "heads": ("چند سر", "several heads"),
    "recipe": ("دستور آموزش", "training recipe"),
    "average": ("میانگین وزن‌ها", "weight averaging"),
}


def ablation() -> None:
    """What each part brings when added in turn, and what is lost when it alone is left out."""
    metrics = results.load("pig-latin-ablation").metrics
    ladder = sorted(key for key in metrics if key.startswith("val_loss_ladder_"))
    parts = [key.split("_", 4)[4] for key in ladder]
    full = metrics[ladder[-1]]

    @figure(
        fa="دو نمودار میله‌ای از زیان اعتبارسنجی: چپ، بخش‌ها یکی‌یکی به مدل ساده افزوده می‌شوند؛ راست، از مدل کامل هر بار یک "
        "بخش برداشته می‌شود و خط‌چین زیان مدل کامل است.",
        en="Two bar charts of validation loss: left, the parts are added to the plain model one after another; right, one "
        "part at a time is taken from the full model, whose loss is the dashed line.",
    )
    def draw(T):
        fig, axes = plt.subplots(1, 2, figsize=(7.8, 3.2), sharex=True, layout="constrained")
        added = [(T("+ ", "+ ") if i else "") + T(*_PART_NAMES[p]).lstrip("\u200f") for i, p in enumerate(parts)]
        bars = [([metrics[key] for key in ladder], added, T("بخش‌ها یکی‌یکی افزوده", "parts added in turn"))]
        without = [metrics[f"val_loss_without_{p}"] for p in parts[1:]]
        bars.append((without, [T(*_PART_NAMES[p]) for p in parts[1:]], T("هر بار یکی برداشته", "one part left out")))
        for ax, (values, names, title), colour in zip(axes, bars, ("blue", "vermilion"), strict=True):
            ax.barh(range(len(values)), values, color=PALETTE[colour], linewidth=0, height=0.65)
            for y, number in enumerate(values):
                ax.annotate(T.number(number, ".3f"), (number, y), (4, 0), textcoords="offset points", va="center")
            ax.set_yticks(range(len(values)), names)
            ax.invert_yaxis()
            ax.set(xscale="log", title=title, xlabel=T("زیان (نات بر توکن)", "loss (nats per token)"))
            ax.margins(x=0.25)
            _plain_ticks(ax.xaxis)
        axes[1].axvline(full, color=PALETTE["ink"], linestyle="--", linewidth=1)


def symbols(tokens) -> list[str]:
    """Tokens as short labels."""
    names = {SOS: "‹s›", EOS: "‹e›"}
    return [names.get(int(token)) or LETTERS[int(token)] for token in tokens]


@torch.no_grad()
def attention_of(model, word: str) -> tuple[dict[str, torch.Tensor], list[str], list[str]]:
    """Every attention of the model while it translates ``word`` by itself.

    Returns weights (layers, heads, T, S) under ``encoder``, ``self`` and ``cross``, the source's tokens and
    the tokens that the decoder had read when it wrote each letter.
    """
    source, mask = pad_words([word], model.output.weight.device)
    written = translate(model, [word])[0]
    answer = pad_words([written])[0] if written else source[:, :0]
    inputs = torch.cat([torch.tensor([[SOS]]), answer[:, :-1]], dim=1)
    memory, encoder = model.encode(source, mask)
    _, decoder = model.decode(inputs, memory, mask)
    maps = {"encoder": torch.cat([w["self"] for w in encoder])}
    maps |= {kind: torch.cat([w[kind] for w in decoder]) for kind in ("self", "cross")}
    return maps, symbols(source[0]), symbols(inputs[0])


def cross_attention(model, word: str) -> None:
    """Where the decoder looks in the source: one small map for each layer and head."""
    maps, source, inputs = attention_of(model, word)
    cross = maps["cross"]

    @figure(
        fa="نقشه‌های توجه متقاطع، یک سطر برای هر لایه و یک ستون برای هر سر. در چند سر خطی مورب دیده می‌شود که از نخستین حرف "
        "صدادار آغاز می‌شود و سپس به خوشهٔ آغازین بازمی‌گردد.",
        en="Cross-attention maps, a row for each layer and a column for each head. Several heads show a diagonal that "
        "begins at the first vowel and then returns to the opening cluster.",
    )
    def draw(T):
        layers, heads = cross.shape[:2]
        fig, axes = plt.subplots(
            layers, heads, figsize=(1.9 * heads, 2.2 * layers), squeeze=False, layout="constrained"
        )  # fmt: skip
        for layer in range(layers):
            for head in range(heads):
                ax = axes[layer, head]
                attention_map(ax, cross[layer, head].numpy(), inputs, source, T=T, write=False)
                ax.tick_params(labelsize="x-small")
                ax.set_xlabel(T(f"لایهٔ {layer + 1}، سر {head + 1}", f"layer {layer + 1}, head {head + 1}"), fontsize="small")


def causal_and_not(causal, noncausal, word: str, target: str) -> None:
    """Decoder self-attention on the true prefix, with the mask and without: the largest weight over layers and heads."""
    source, mask = pad_words([word])
    answer, _ = pad_words([target])
    inputs = torch.cat([torch.tensor([[SOS]]), answer[:, :-1]], dim=1)
    maps = []
    for model in (causal, noncausal):
        with torch.no_grad():
            _, decoder = model.decode(inputs, model.encode(source, mask)[0], mask)
        maps.append(torch.stack([layer["self"][0] for layer in decoder]).amax(dim=(0, 1)))
    maps[0] = maps[0].masked_fill(~causal_mask(inputs.shape[1]), float("nan"))
    tokens = symbols(inputs[0])

    @figure(
        fa="دو نقشهٔ خودتوجهی رمزگشا. چپ با ماسک علّی: فقط نیمهٔ پایینی پر است. راست بی‌ماسک: قطر بالای قطر اصلی پررنگ "
        "است، یعنی هر جایگاه حرف بعدی را که باید پیش‌بینی کند می‌بیند.",
        en="Two maps of decoder self-attention. Left, with the causal mask: only the lower half is filled. Right, without: "
        "the line above the diagonal is dark, each position looks at the next letter, which it has to predict.",
    )
    def draw(T):
        fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.6), layout="constrained")
        titles = (T("با ماسک علّی", "causal"), T("بی‌ماسک", "non-causal"))
        for ax, weights, title in zip(axes, maps, titles, strict=True):
            attention_map(ax, weights.numpy(), tokens, tokens, T=T, write=False)
            ax.set_xlabel(title)
        axes[0].set_ylabel(T("پرس‌وجو", "query"))
