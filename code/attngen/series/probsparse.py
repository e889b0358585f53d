"""ProbSparse attention: full attention for the few queries that choose, a mean for all others.

Zhou et al. 2021, "Informer" (arXiv 2012.07436), section 3.2.  A query whose scores are nearly alike gets
nearly uniform weights, so its output is nearly the mean of the values: it is *lazy*.  How far it is from
lazy is measured on a few sampled keys, equation (4) of the paper,

    M(q, K) = max_j q.k_j / sqrt(d)  -  mean_j q.k_j / sqrt(d),

and only the u = c ln L queries with the largest M are compared with every key.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from attngen.nn.attention import MultiHeadAttention, scaled_dot_product_attention


def few(length: int, factor: float) -> int:
    """c ln L, rounded up, at least 1 and at most L: the queries kept, and the keys sampled for each."""
    if length < 1 or factor <= 0:
        raise ValueError(f"a length of at least 1 and a positive factor are needed: {length=}, {factor=}")
    return min(length, max(1, math.ceil(factor * math.log(length))))


def sample_keys(queries: int, keys: int, count: int, causal=False, generator=None) -> Tensor:
    """(queries, count) random key positions, with repetition; of query t none after t if ``causal``."""
    device = generator.device if generator is not None else None
    draws = torch.rand(queries, count, generator=generator, device=device)
    open_to = torch.full((queries, 1), keys, device=draws.device)
    if causal:
        open_to = torch.arange(1, queries + 1, device=draws.device)[:, None]
    return (draws * open_to).long().clamp_(max=keys - 1)


def sparsity(query: Tensor, key: Tensor, sample: Tensor) -> Tensor:
    """How much each query chooses: the largest minus the mean of its sampled scores.

    query - (..., L, d);  key - (..., S, d)
    sample - (L, U) positions of keys for each query, or (U,) the same for all
    Returns M (..., L), which is zero for a query that finds its keys all alike.
    """
    if sample.dim() == 1:  # all queries share the keys: one product (..., L, U)
        scores = query @ key[..., sample, :].transpose(-2, -1)
    else:  # each query has keys of its own: (..., L, U, d) are gathered
        scores = (key[..., sample, :] @ query[..., None]).squeeze(-1)
    scores = scores / math.sqrt(query.shape[-1])
    return scores.amax(dim=-1) - scores.mean(dim=-1)


@torch.no_grad()
def active(query, key, factor, causal=False, shared=False, generator=None) -> Tensor:
    """Positions (..., u) of the queries that get full attention.  Nothing learns through this choice."""
    if shared and causal:
        raise ValueError("keys sampled once for all queries cannot respect a causal mask")
    queries, keys = query.shape[-2], key.shape[-2]
    kept, sampled = few(queries, factor), few(keys, factor)
    rows = 1 if shared else queries
    sample = sample_keys(rows, keys, sampled, causal, generator).to(query.device)
    measure = sparsity(query, key, sample[0] if shared else sample)
    return measure.topk(kept, dim=-1).indices


def lazy_output(value: Tensor, queries: int, causal: bool) -> Tensor:
    """What uniform weights give: the mean of the values, (..., L, e), or of those up to each position."""
    if not causal:
        mean = value.mean(dim=-2, keepdim=True)
        return mean.expand(*value.shape[:-2], queries, value.shape[-1])
    counts = torch.arange(1, queries + 1, device=value.device, dtype=value.dtype)
    return value.cumsum(dim=-2) / counts[:, None]


def attend_at(
    query: Tensor, key: Tensor, value: Tensor, chosen: Tensor, causal=False
):
    """Full attention at positions ``chosen`` (..., u), the values' mean elsewhere.

    Shapes as in ``probsparse_attention``; returns (..., L, e).
    """
    places = chosen[..., None].expand(*chosen.shape, query.shape[-1])
    rows = query.gather(-2, places)  # (..., u, d)
    mask = None
    if causal:
        keys = torch.arange(key.shape[-2], device=key.device)
        mask = keys <= chosen[..., None]  # (..., u, S)
    attended, _ = scaled_dot_product_attention(rows, key, value, mask)
    out = lazy_output(value, query.shape[-2], causal)
    places = chosen[..., None].expand(*chosen.shape, value.shape[-1])
    return out.scatter(-2, places, attended.to(out.dtype))


def probsparse_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    factor: float = 5.0,
    causal: bool = False,
    shared: bool = False,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """Attention in which only c ln L queries look at all keys.

    query  - (..., L, d);  key - (..., S, d);  value - (..., S, e)
    factor - the paper's c; from c = L / ln L on, every query is kept: full attention
    causal - position t uses keys and values 0..t (then S must be L); *which* queries are
             chosen still depends on all queries, as in the paper
    shared - measure all queries on the same sampled keys (faster, a little cruder)

    Returns the output (..., L, e) and the chosen positions (..., u).
    """
    queries, keys = query.shape[-2], key.shape[-2]
    if causal and queries != keys:
        raise ValueError(f"a causal mask needs as many keys as queries: {keys} and {queries}")
    if few(queries, factor) == queries:
        everyone = torch.arange(queries, device=query.device)
        chosen = everyone.expand(*query.shape[:-1])
    else:
        chosen = active(query, key, factor, causal, shared, generator)
    return attend_at(query, key, value, chosen, causal), chosen


def best_so_far(measure: Tensor, count: int) -> Tensor:
    """Boolean (..., L): whether query t is among the ``count`` largest of the queries 0..t."""
    larger = measure[..., None, :] > measure[..., :, None]  # (..., t, s): s beats t
    return larger.tril().sum(dim=-1) < count


def strictly_causal(
    query: Tensor, key: Tensor, value: Tensor, factor=5.0, generator=None
):
    """Causal ProbSparse attention; nor does the choice of queries see what comes later.

    A query is chosen if it is among the largest *so far*.  Written for clarity: it
    computes all rows and keeps the chosen ones.  Shapes as in ``probsparse_attention``.
    """
    length = query.shape[-2]
    kept, sampled = few(length, factor), few(length, factor)
    sample = sample_keys(length, length, sampled, causal=True, generator=generator)
    chosen = best_so_far(sparsity(query, key, sample.to(query.device)), kept)
    mask = torch.ones(length, length, dtype=torch.bool, device=query.device).tril()
    full, _ = scaled_dot_product_attention(query, key, value, mask)
    lazy = lazy_output(value, length, causal=True)
    return torch.where(chosen[..., None], full, lazy)


class ProbSparseHeads(MultiHeadAttention):
    """Multi-head self-attention by ProbSparse.

    In training the sample of keys comes from torch's random state; in evaluation
    from ``seed``, so that a trained model gives one forecast and not many.
    """

    def __init__(self, dim: int, heads: int, factor: float = 5.0, causal=False, shared=False, seed=0):
        super().__init__(dim, heads)
        if shared and causal:
            raise ValueError("keys sampled once for all queries cannot respect a causal mask")
        self.factor, self.causal, self.shared, self.seed = factor, causal, shared, seed

    def forward(self, x: Tensor, memory: Tensor | None = None, mask=None, fused=False):
        """x (B, T, dim) -> (B, T, dim) and the chosen queries (B, heads, u)."""
        if mask is not None:
            raise ValueError("ProbSparse attention takes no mask; say causal=True when it is made")
        keys, values = self.keys_values(x if memory is None else memory)
        generator = None if self.training else torch.Generator().manual_seed(self.seed)
        out, chosen = probsparse_attention(
            self.split(self.query(x)), keys, values, self.factor, self.causal, self.shared, generator
        )
        return self.output(out.transpose(1, 2).flatten(2)), chosen
