"""A policy that chooses heads: every head is kept by a coin of its own.

The action is a mask m of zeros and ones, one for each head; the policy tosses independent coins,
    pi(m | x) = prod_k p_k^m_k (1 - p_k)^(1 - m_k),      p = sigmoid(logits(x)),
with the same coins for all inputs (nothing is known: a bandit), or with coins that a small network sets by
what it knows of the input x (a contextual bandit).  Bengio et al. 2016, "Conditional Computation in Neural
Networks for faster models" (arXiv 1511.06297), use the same policy on blocks of units.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class HeadPolicy(nn.Module):
    """Logits of keeping each head.

    heads    - how many there are to choose from
    features - numbers that are known of an input; 0 for a policy that is the same for all
    hidden   - width of the hidden layer between them and the logits
    start    - the first logit of every head: 2.0 keeps it with probability .88
    """

    def __init__(self, heads: int, features: int = 0, hidden: int = 32, start: float = 2.0):
        super().__init__()
        self.heads, self.features = heads, features
        self.bias = nn.Parameter(torch.full((heads,), float(start)))
        if features:
            last = nn.Linear(hidden, heads, bias=False)
            nn.init.zeros_(last.weight)  # at first all inputs are treated alike
            self.network = nn.Sequential(nn.Linear(features, hidden), nn.Tanh(), last)

    def forward(self, state: Tensor) -> Tensor:
        """What is known of inputs (B, features) -> logits (B, heads)."""
        if state.shape[-1] != self.features:
            raise ValueError(f"the policy knows {self.features} features, not {state.shape[-1]}")
        if not self.features:
            return self.bias.expand(len(state), -1)
        return self.bias + self.network(state)


def toss(logits: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Masks of 0 and 1 by chance, one for each row of logits."""
    return torch.bernoulli(logits.detach().sigmoid(), generator=generator)


def log_probability(logits: Tensor, masks: Tensor) -> Tensor:
    """log pi(m), summed over the last dimension, the heads; the others are broadcast."""
    kept, gone = F.logsigmoid(logits), F.logsigmoid(-logits)
    return (masks * kept + (1 - masks) * gone).sum(-1)


def entropy(logits: Tensor) -> Tensor:
    """How undecided the coins are, in nats, summed over the heads: 0 to heads * log 2."""
    p = logits.sigmoid()
    return -(p * F.logsigmoid(logits) + (1 - p) * F.logsigmoid(-logits)).sum(-1)


def all_masks(heads: int) -> Tensor:
    """All 2^heads masks, (2^heads, heads); the first head is the highest binary digit.

    ValueError for more than 20 heads, whose masks are too many to look at.
    """
    if not 1 <= heads <= 20:
        raise ValueError(f"the masks of 1 to 20 heads can be listed, not of {heads}")
    digits = torch.arange(heads - 1, -1, -1)
    return (torch.arange(2**heads)[:, None] >> digits & 1).float()


def number_of(masks: Tensor) -> Tensor:
    """Where masks (..., heads) stand in ``all_masks``."""
    digits = torch.arange(masks.shape[-1] - 1, -1, -1)
    return (masks.long() << digits).sum(-1)


def expected(logits: Tensor, values: Tensor) -> Tensor:
    """The exact mean of values (2^heads, ...) of all masks under a policy (heads,).

    Its gradient by the logits is the exact policy gradient.
    """
    probabilities = log_probability(logits, all_masks(len(logits))).exp()
    return torch.tensordot(probabilities, values, dims=1)
