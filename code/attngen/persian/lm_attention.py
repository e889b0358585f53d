"""Where the transformer looks while it reads or writes a sentence."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import torch
from matplotlib.colors import PowerNorm
from torch import Tensor

from attngen.digits import persian_text
from attngen.nn import Decoder, causal_mask
from attngen.persian.bpe import BPE
from attngen.persian.windows import END
from attngen.plotting import HEAT, attention_map, figure


def labels(tokenizer: BPE, ids: Sequence[int]) -> list[str]:
    """Tokens as short labels: without the space before a word, and with an ellipsis where one goes on."""
    found, before = [], ""
    for token in ids:
        text = "END" if token == END else tokenizer.decode([token])
        inside = before[-1:].isalpha() and before != "END" and text[0].isalpha()
        shown = text.strip().strip("\u200c") or ("⏎" if "\n" in text else "␣")
        found.append(f"\u200f…{shown}" if inside and token != END else shown)
        before = text
    return found


@torch.no_grad()
def maps_of(model: Decoder, tokenizer: BPE, text: str) -> tuple[Tensor, list[str]]:
    """(layers, heads, T, T) while the model reads END and the text, NaN where it may not look; labels."""
    ids = [END, *tokenizer.encode(text)]
    maps = model.attention_maps(torch.tensor([ids], device=model.embedding.weight.device))[0].cpu()
    return maps.masked_fill(~causal_mask(len(ids)), float("nan")), labels(tokenizer, ids)


def near_and_far(maps: Tensor) -> list[tuple[int, int]]:
    """Two heads: the one that looks most at the token just before, and the one that looks furthest back.

    What lies on the first position does not count for the second: many heads rest there.
    """
    length = maps.shape[-1]
    weights = maps.nan_to_num()
    near = weights.diagonal(-1, dim1=-2, dim2=-1).mean(-1)  # (layers, heads)
    distance = (torch.arange(length)[:, None] - torch.arange(length)).clamp(min=0).float()
    away = weights[..., 1:, 1:]
    far = (away * distance[1:, 1:]).sum((-1, -2)) / away.sum((-1, -2)).clamp(min=1e-6)
    far[near == near.max()] = -1.0
    heads = maps.shape[1]
    return [divmod(int(score.argmax()), heads) for score in (near, far)]


def all_heads(model: Decoder, tokenizer: BPE, text: str) -> None:
    """A small map for each layer and head."""
    maps, _ = maps_of(model, tokenizer, text)
    layers, heads = maps.shape[:2]

    @figure(
        fa=persian_text(
            f"{layers} سطر و {heads} ستون نقشهٔ توجه، یکی برای هر لایه و سر. هر نقشه مثلثی است، چون هیچ "
            "جایگاهی بعدی‌ها را نمی‌بیند. "
            "در برخی خطی کنار قطر پررنگ است، در برخی ستون نخست، و در برخی لکه‌هایی دورتر."
        ),
        en=f"{layers} rows and {heads} columns of attention maps, one for each layer and head. Each is a "
        "triangle, since no "
        "position sees later ones. In some a line beside the diagonal is dark, in some the first column, in "
        "some spots "
        "further away.",
    )  # fmt: skip
    def draw(T):
        plt.rcParams["font.size"] = 11
        size = 6, 6 / heads * layers + 0.3
        _, axes = plt.subplots(layers, heads, figsize=size, squeeze=False, layout="constrained")
        for layer in range(layers):
            for head in range(heads):
                ax = axes[layer, head]
                shades = PowerNorm(0.5, vmin=0, vmax=1)  # on maps so small, weak weights would be lost
                ax.imshow(maps[layer, head].numpy(), cmap=HEAT, norm=shades, interpolation="none")
                ax.invert_xaxis()  # keys from right to left, as the text runs
                ax.set(xticks=(), yticks=())
                ax.grid(visible=False)
                ax.spines[:].set_visible(False)
                if layer == 0:
                    ax.set_title(T(f"سر {head + 1}", f"head {head + 1}"), fontsize=10)
            axes[layer, 0].set_ylabel(T(f"لایهٔ {layer + 1}", f"layer {layer + 1}"), fontsize=10)


def two_heads(model: Decoder, tokenizer: BPE, text: str) -> None:
    """Two heads with their tokens: the one that looks nearest, and the one that looks furthest."""
    maps, names = maps_of(model, tokenizer, text)
    chosen = near_and_far(maps)

    @figure(
        fa=persian_text(
            "دو نقشهٔ توجه از یک جملهٔ فارسی با برچسب توکن‌ها؛ سطرها پرس‌وجو و ستون‌ها کلید، از راست به چپ. "
            "بالا سری که بیشتر به توکن "
            "پیش از خود نگاه می‌کند و پایین سری که دورتر از همه نگاه می‌کند."
        ),
        en="Two attention maps of one Persian sentence with its tokens as labels; rows are queries and "
        "columns keys, from "
        "right to left. Above, the head that looks most at the token just before; below, the one that looks "
        "furthest.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 11
        side = 0.27 * len(names) + 0.9
        _, axes = plt.subplots(2, 1, figsize=(min(6, side + 0.6), 2 * min(5.6, side)), layout="constrained")
        for ax, (layer, head) in zip(axes, chosen, strict=True):
            attention_map(ax, maps[layer, head].numpy(), names, names, T=T, write=False)
            ax.invert_xaxis()
            ax.yaxis.tick_right()
            ax.tick_params(length=0)
            ax.set_xticks(range(len(names)), names, rotation=90, parse_math=False)
            ax.set_xlabel(T(f"لایهٔ {layer + 1}، سر {head + 1}", f"layer {layer + 1}, head {head + 1}"))
