"""A dot product made of tanh units, four for each column.

Lin, Tegmark and Rolnick 2017 (arXiv 1608.08225): four units of any smooth non-linearity multiply two numbers,
to any accuracy, if it is curved where they work.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from attngen.nn.additive import additive_scores

# f(x) = tanh(c + x) is most curved at 0 where tanh(c)^2 = 1/3.
CENTRE = math.atanh(math.sqrt(1 / 3))
CURVATURE = -2 * math.sqrt(1 / 3) * (1 - 1 / 3)  # f''(0)


def imitate(query: Tensor, key: Tensor, step: float) -> Tensor:
    """The additive scores that approach q . k as ``step`` goes to 0.

    query (..., T, d), key (..., S, d) -> (..., T, S).  The hidden width is 4 d:
    f(e(q+k)) + f(-e(q+k)) - f(e(q-k)) - f(-e(q-k)) = 4 e^2 f''(0) q k + O(e^4).
    """
    units = torch.cat([query, -query, query, -query], dim=-1) * step + CENTRE
    others = torch.cat([key, -key, -key, key], dim=-1) * step
    signs = torch.tensor([1.0, 1.0, -1.0, -1.0], dtype=query.dtype)
    vector = signs.repeat_interleave(query.shape[-1]) / (4 * step**2 * CURVATURE)
    return additive_scores(units, others, vector)
