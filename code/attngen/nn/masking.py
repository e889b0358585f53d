"""Softmax over the keys that a query may look at."""

from __future__ import annotations

import torch
from torch import Tensor


def masked_softmax(scores: Tensor, mask: Tensor | None = None) -> Tensor:
    """Scores (..., T, S) -> weights of the same shape; each row sums to one.

    mask - boolean, broadcastable to (..., T, S); True where a query may look.  A closed key
           weighs exactly 0; a query that may look nowhere gets a row of zeros.

    The largest score of a row is subtracted first (torch does it), so no exponential overflows.
    Raises ValueError where the mask is not boolean.
    """
    if mask is None:
        return scores.softmax(dim=-1)
    if mask.dtype != torch.bool:
        raise ValueError(f"the mask must be boolean (True: look), not {mask.dtype}")
    # The most negative finite number: with -inf a row without any True would be NaN.
    scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    return scores.softmax(dim=-1).masked_fill(~mask, 0.0)
