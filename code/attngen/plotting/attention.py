"""Attention weights as a picture: one row for each query, one column for each key."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from .bilingual import Label
from .palette import HEAT, PALETTE

_MOST_WRITTEN = 8    # columns up to which the weights are written into the cells


def attention_map(ax: Axes, weights, rows: Sequence[str], columns: Sequence[str], *,
                  T: Label = Label("en"), write: bool | None = None) -> AxesImage:
    """Show ``weights`` (queries x keys, each in 0..1; NaN where masked), tokens on both axes.

    ``write`` puts the numbers into the cells, in the digits of ``T``'s language; left out, small
    maps get them.  The order of tokens is the matrix's in both languages.
    """
    weights = np.ma.masked_invalid(np.asarray(weights, dtype=float))
    if weights.shape != (len(rows), len(columns)):
        raise ValueError(f"weights have shape {weights.shape}, the tokens ask for {(len(rows), len(columns))}")
    if weights.count() and not (0 <= weights.min() and weights.max() <= 1 + 1e-6):
        raise ValueError(f"attention weights lie in 0..1, these in {weights.min():.3g}..{weights.max():.3g}")
    image = ax.imshow(weights, cmap=HEAT, vmin=0, vmax=1, interpolation="none", aspect="equal")
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    ax.set_xticks(range(len(columns)), columns, parse_math=False)
    ax.set_yticks(range(len(rows)), rows, parse_math=False)
    ax.xaxis.set_label_position("top")
    if write is None:
        write = len(columns) <= _MOST_WRITTEN
    if write:
        for (row, column), weight in np.ma.ndenumerate(weights):
            ax.text(column, row, T.number(weight, ".2f"), ha="center", va="center", size="small",
                    color=PALETTE["paper" if weight > 0.9 else "ink"])
    return image
