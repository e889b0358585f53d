"""Gates that learn to close: the hard-concrete distribution, and the expected number of open ones.

Louizos, Welling and Kingma 2018, "Learning Sparse Neural Networks through L0 Regularization" (arXiv
1712.01312), section 2.2 and equations (10) to (13); on attention heads: Voita et al. 2019 (arXiv 1905.09418),
section 5.  A binary concrete number s in (0, 1) is stretched to (gamma, zeta) and cut off at 0 and 1:
    s = sigmoid((log u - log(1 - u) + log_alpha) / beta),     z = min(1, max(0, s (zeta - gamma) + gamma)).
So z is exactly 0 and exactly 1 with positive probability, and between them it has a derivative.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

BETA, GAMMA, ZETA = 2 / 3, -0.1, 1.1  # temperature and ends of the stretched interval, as in the paper


def hard_concrete(log_alpha: Tensor, uniform: Tensor) -> Tensor:
    """Gates z in [0, 1] from uniform numbers in (0, 1): equations (10) and (11).

    log_alpha and uniform are broadcast against each other.
    """
    s = ((uniform.log() - (-uniform).log1p() + log_alpha) / BETA).sigmoid()
    return (s * (ZETA - GAMMA) + GAMMA).clamp(0, 1)


def below(log_alpha: Tensor, z: float) -> Tensor:
    """P(gate <= z) for z in [0, 1): the distribution function, 1 at z = 1.

    ValueError for z elsewhere.
    """
    if not 0 <= z <= 1:
        raise ValueError(f"a gate lies between 0 and 1, not at {z}")
    if z == 1:
        return torch.ones_like(log_alpha)
    s = (z - GAMMA) / (ZETA - GAMMA)
    return (BETA * math.log(s / (1 - s)) - log_alpha).sigmoid()


def open_probability(log_alpha: Tensor) -> Tensor:
    """P(gate != 0) = sigmoid(log_alpha - beta log(-gamma / zeta)): equation (12)."""
    return (log_alpha - BETA * math.log(-GAMMA / ZETA)).sigmoid()


def typical(log_alpha: Tensor) -> Tensor:
    """The gate that is used once learning is over: equation (13)."""
    return (log_alpha.sigmoid() * (ZETA - GAMMA) + GAMMA).clamp(0, 1)


class LearnedGates(nn.Module):
    """A hard-concrete gate for each head: (layers, heads) numbers ``log_alpha``.

    start - their first value; 2.0 lets a gate be open with probability .97, and
            fully open with .60
    """

    def __init__(self, layers: int, heads: int, start: float = 2.0):
        super().__init__()
        self.log_alpha = nn.Parameter(torch.full((layers, heads), float(start)))

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """Gates (layers, heads) by chance, through which a gradient flows."""
        uniform = torch.rand(self.log_alpha.shape, generator=generator)
        smallest = torch.finfo(uniform.dtype).eps  # log 0 would be infinite
        return hard_concrete(self.log_alpha, uniform.clamp(smallest, 1 - smallest))

    def expected_open(self) -> Tensor:
        """The expected number of gates that are not 0: the L0 penalty."""
        return open_probability(self.log_alpha).sum()

    @torch.no_grad()
    def keep(self) -> Tensor:
        """(layers, heads), boolean: the heads whose typical gate is at least half open."""
        return typical(self.log_alpha) >= 0.5
