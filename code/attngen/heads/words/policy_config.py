"""Settings of the experiment ``heads-policy``."""

from __future__ import annotations

from dataclasses import dataclass, field

from attngen.heads.reinforce import Learning
from attngen.nn import TransformerConfig


@dataclass(frozen=True)
class PolicyConfig:
    """What is tried.

    model  - the recorded run; "" for fresh weights of ``shape``;  data - whose words
    words  - validation words to learn from;  judge - test words to be judged by
    prices - of all heads together, in shares of words right
    table  - learning on cross-attention heads, where all masks are known
    known  - the same with coins that depend on the word
    full, full_known - learning on all heads, where the model must be asked, at ``full_price``
    choose - words for the greedy order on all heads
    samples - gradient estimates for the variance of each baseline
    """

    model: str = "pig-latin-large-h32"
    data: str = "large"
    words: int = 400
    judge: int = 500
    prices: tuple[float, ...] = (0.1, 0.2, 0.4, 0.8)
    table: Learning = field(default_factory=Learning)
    known: Learning = field(default_factory=lambda: Learning(steps=600, lr=0.015))
    full_price: float = 0.4
    full: Learning = field(default_factory=lambda: Learning(steps=250))
    full_known: Learning = field(default_factory=lambda: Learning(steps=250, lr=0.02))
    choose: int = 200
    samples: int = 300
    shape: TransformerConfig = field(default_factory=lambda: TransformerConfig(dim=16, heads=2))
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
