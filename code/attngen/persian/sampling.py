"""How the next token is chosen from a model's logits.

Temperature, the k likeliest tokens (Fan et al. 2018, arXiv 1805.04833), the nucleus
of probability p (Holtzman et al. 2020, arXiv 1904.09751) and a penalty on repeats
(Keskar et al. 2019, arXiv 1909.05858, section 4.1), each a pure function of logits
(B, V).  What is not kept gets the logit -inf, that is, the probability zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


def keep(logits: Tensor, kept: Tensor) -> Tensor:
    """The logits where ``kept`` (B, V, boolean) is true, and -inf elsewhere."""
    return logits.masked_fill(~kept, -math.inf)


def with_temperature(logits: Tensor, temperature: float) -> Tensor:
    """Logits (B, V) divided by the temperature.

    At 0 only the largest is left, the first of equals.  The largest is subtracted
    first, so that no temperature is too small to divide by.
    """
    if temperature == 0:
        largest = logits.argmax(-1, keepdim=True)
        nothing = torch.zeros_like(logits, dtype=torch.bool)
        return keep(logits, nothing.scatter(-1, largest, True))
    return (logits - logits.amax(-1, keepdim=True)) / temperature


def keep_top_k(logits: Tensor, k: int) -> Tensor:
    """The k largest of the logits (B, V), or all where there are no more.

    Of equal ones at the border those with the lower number are kept.
    """
    if k >= logits.shape[-1]:
        return logits
    border = logits.topk(k).values[:, -1:]
    larger, equal = logits > border, logits == border
    room = k - larger.sum(-1, keepdim=True)
    return keep(logits, larger | equal & (equal.cumsum(-1) <= room))


def keep_top_p(logits: Tensor, p: float) -> Tensor:
    """The smallest set of tokens whose probabilities reach p.

    The token that crosses p belongs to the set, so one is always left.  Of equal
    ones at the border those with the lower number are kept.
    """
    if p == 1:
        return logits  # a sum of thousands of rounded numbers may reach 1 too early
    in_order, order = logits.sort(dim=-1, descending=True, stable=True)
    probabilities = in_order.softmax(-1)
    before = probabilities.cumsum(-1) - probabilities  # what the larger ones have
    nothing = torch.zeros_like(logits, dtype=torch.bool)
    return keep(logits, nothing.scatter(-1, order, before < p))


def penalise_repeats(logits: Tensor, recent: Tensor, penalty: float) -> Tensor:
    """Make the tokens of ``recent`` (B, W) less likely; -1 there is no token.

    The paper divides a repeated token's score by the penalty, which would make a
    *negative* score larger; so those are multiplied instead.  A token that stands
    there twice is penalised once.
    """
    if recent.shape[1] == 0:
        return logits
    width = logits.shape[1]
    places = torch.where(recent < 0, width, recent)  # a column for "no token"
    seen = logits.new_zeros(len(logits), width + 1, dtype=torch.bool)
    seen = seen.scatter(1, places, True)[:, :width]
    penalised = torch.where(logits > 0, logits / penalty, logits * penalty)
    return torch.where(seen, penalised, logits)


@dataclass(frozen=True)
class Sampling:
    """How a token is drawn: penalty, temperature, top-k and top-p, in this order.

    temperature        - 0 for the likeliest token always ("greedy")
    top_k, top_p       - None and 1.0 keep everything
    repetition_penalty - 1.0 for none; it applies to log-probabilities, since logits
                         have no zero of their own
    window             - how many of the last tokens count as repeats
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float = 1.0
    repetition_penalty: float = 1.0
    window: int = 64

    def __post_init__(self):
        def check(name: str, right: bool, what: str) -> None:
            if not right:
                raise ValueError(f"{name} is {what}, not {getattr(self, name)}")

        def counts(value) -> bool:
            return isinstance(value, int) and value >= 1

        finite = 0 <= self.temperature < math.inf
        check("temperature", finite, "a finite number from 0 (greedy) on")
        all_tokens = self.top_k is None
        check("top_k", all_tokens or counts(self.top_k), "None, or 1, 2, 3 ...")
        check("top_p", 0 < self.top_p <= 1, "above 0, and at most 1 (all)")
        some = 1 <= self.repetition_penalty < math.inf
        check("repetition_penalty", some, "a finite number from 1 (none) on")
        check("window", counts(self.window), "a number of tokens: 1, 2, 3, ...")

    def probabilities(self, logits: Tensor, recent: Tensor | None = None) -> Tensor:
        """(B, V), in double precision: what the next token is drawn from.

        recent - (B, W) tokens so far; the last ``window`` count; -1 for none
        """
        scores = logits.double()
        if recent is not None and self.repetition_penalty > 1:
            scores, last = scores.log_softmax(-1), recent[:, -self.window :]
            scores = penalise_repeats(scores, last, self.repetition_penalty)
        scores = with_temperature(scores, self.temperature)
        if self.top_k is not None:
            scores = keep_top_k(scores, self.top_k)
        return keep_top_p(scores, self.top_p).softmax(-1)

    def draw(self, logits: Tensor, noise: Tensor, recent=None) -> Tensor:
        """One token (B,) for each row, by its random number in [0, 1).

        The probabilities are laid side by side on a line, and the number says where
        it is cut (inverse transform sampling): the same number gives the same
        token, whatever else is drawn beside it.
        Raises ArithmeticError where the logits are no numbers.
        """
        if not logits.amax(-1).isfinite().all():  # NaN is larger than any number
            raise ArithmeticError("the logits are not numbers, or none is finite")
        line = self.probabilities(logits, recent).cumsum(-1)  # (B, V)
        cut = noise.double().unsqueeze(1) * line[:, -1:]  # its end is rounded
        return torch.searchsorted(line, cut, right=True).squeeze(1)


GREEDY = Sampling(temperature=0.0)


def uniform_noise(count: int, tokens: int, generator: torch.Generator) -> Tensor:
    """(count, tokens) random numbers in [0, 1), one for each token to draw."""
    return torch.rand(count, tokens, generator=generator, dtype=torch.float64)
