"""The decoder-only transformer: a language model.

Vaswani et al. 2017 (arXiv 1706.03762) without the encoder, as in Radford et al. 2018; layer normalisation
before each sub-layer (Xiong et al. 2020, arXiv 2002.04745), rotary positions (Su et al. 2021, arXiv
2104.09864), one table for input and output (Press and Wolf 2017, arXiv 1608.05859).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from attngen.nn.attention import MultiHeadAttention, causal_mask, scaled_dot_product_attention
from attngen.nn.cache import KVCache
from attngen.nn.positions import rotary_angles, rotate


@dataclass(frozen=True)
class DecoderConfig:
    """Shape of a decoder-only transformer.

    vocabulary   - number of tokens
    dim          - width of the residual stream;  heads, layers - as everywhere
    feed_forward - hidden width of the feed-forward sub-layer as a multiple of dim
    context      - tokens that it can look at, the newest one included
    positions    - "rotary", "learned", or "none"
    dropout      - share of the embeddings and of each sub-layer's output that training zeroes
    """

    vocabulary: int = 4096
    dim: int = 192
    heads: int = 6
    layers: int = 4
    feed_forward: int = 4
    context: int = 256
    positions: str = "rotary"
    dropout: float = 0.1

    def __post_init__(self):
        if self.positions not in ("rotary", "learned", "none"):
            raise ValueError(f"positions are 'rotary', 'learned' or 'none', not '{self.positions}'")
        if self.context < 1:
            raise ValueError(f"the context must hold at least one token: {self.context}")


class CausalSelfAttention(MultiHeadAttention):
    """Attention of each position to itself and to what came before.

    Queries and keys are turned by the angles of their positions.
    """

    def forward(
        self,
        x: Tensor,
        angles: Tensor | None,
        past: KVCache | None = None,
        weights: bool = False,
    ):
        """x (B, T, dim), angles (T, dim / heads / 2) of its positions.

        past - the keys and values of all earlier positions; x's own are added
        Returns the output (B, T, dim), and if asked the weights (B, heads, T, S).
        """
        query, (key, value) = self.split(self.query(x)), self.keys_values(x)
        if angles is not None:
            query, key = rotate(query, angles), rotate(key, angles)
        if past is not None:
            key, value = past.append(key, value)
        new, seen = query.shape[2], key.shape[2]
        # One new position may look at all there is; several need the last rows of
        # the triangle.
        mask = None if new == 1 else causal_mask(seen, x.device)[seen - new :]
        if weights:
            out, shown = scaled_dot_product_attention(query, key, value, mask)
        else:  # torch's kernel: the same output in less time and memory
            torch_attention = nn.functional.scaled_dot_product_attention
            out, shown = torch_attention(query, key, value, mask), None
        return self.output(out.transpose(1, 2).flatten(2)), shown


class DecoderLayer(nn.Module):
    """Self-attention, then a feed-forward network.

    Each reads the normalised stream and adds to it.
    """

    def __init__(self, config: DecoderConfig):
        super().__init__()
        inner = config.feed_forward * config.dim
        self.attention_norm = nn.LayerNorm(config.dim)
        self.attention = CausalSelfAttention(config.dim, config.heads)
        self.ff_norm = nn.LayerNorm(config.dim)
        self.ff = nn.Sequential(
            nn.Linear(config.dim, inner), nn.GELU(), nn.Linear(inner, config.dim)
        )
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, angles=None, past=None, weights=False):
        out, shown = self.attention(self.attention_norm(x), angles, past, weights)
        x = x + self.dropout(out)
        return x + self.dropout(self.ff(self.ff_norm(x))), shown


class Decoder(nn.Module):
    """A transformer that says, at each position, how likely each token comes next."""

    def __init__(self, config: DecoderConfig):
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.dim)
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.dim)
        self.dropout = nn.Dropout(config.dropout)
        self.register_buffer("angles", None, persistent=False)
        if config.positions == "rotary":
            self.angles = rotary_angles(config.context, config.dim // config.heads)
        elif config.positions == "learned":
            self.places = nn.Parameter(torch.randn(config.context, config.dim) * 0.02)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Small random weights; those that write to the stream smaller still, as layers add up in it."""
        for name, weight in self.named_parameters():
            if weight.dim() == 2 and name != "places":
                writes = name.endswith(("output.weight", "ff.2.weight"))
                scale = 1 / math.sqrt(2 * self.config.layers) if writes else 1.0
                nn.init.normal_(weight, std=0.02 * scale)
            elif name.endswith("bias"):
                nn.init.zeros_(weight)

    @property
    def context(self) -> int:
        return self.config.context

    def stream(
        self,
        tokens: Tensor,
        past: list[KVCache] | None = None,
        weights: bool = False,
    ):
        """tokens (B, T) -> the normalised output (B, T, dim), and weights by layer.

        Raises ValueError where there are more tokens than the context holds.
        """
        start = past[0].used if past else 0
        end = start + tokens.shape[1]
        if end > self.context:
            room = f"a context of {self.context}"
            raise ValueError(f"{end} tokens do not fit into {room}")
        x = self.embedding(tokens)
        if self.config.positions == "learned":
            x = x + self.places[start:end]
        x, shown = self.dropout(x), []
        angles = None if self.angles is None else self.angles[start:end]
        for number, layer in enumerate(self.layers):
            cache = past[number] if past else None
            x, layer_weights = layer(x, angles, cache, weights)
            shown.append(layer_weights)
        return self.norm(x), shown

    def logits(self, x: Tensor) -> Tensor:
        """(..., dim) -> (..., vocabulary), by the table that the embedding reads."""
        return x @ self.embedding.weight.T

    def forward(self, tokens: Tensor, scored: Tensor | None = None) -> Tensor:
        """tokens (B, T) -> logits (B, T, vocabulary) of each position's next token.

        scored - boolean (B, T): logits of these K positions only, (K, vocabulary)
        """
        x, _ = self.stream(tokens)
        return self.logits(x if scored is None else x[scored])

    @torch.no_grad()
    def attention_maps(self, tokens: Tensor) -> Tensor:
        """tokens (B, T) -> (B, layers, heads, T, T)"""
        return torch.stack(self.stream(tokens, weights=True)[1], dim=1)

    def begin(self, tokens: Tensor, room: int = 0) -> tuple[Tensor, list[KVCache]]:
        """Read tokens (B, T) -> logits (B, vocabulary) of the next, and a cache.

        room - how many more tokens the cache can take, within the context
        """
        length = min(self.context, tokens.shape[1] + room)
        past = [KVCache(length) for _ in self.layers]
        x, _ = self.stream(tokens, past)
        return self.logits(x[:, -1]), past

    def step(self, token: Tensor, past: list[KVCache]) -> Tensor:
        """One more token (B,) -> logits (B, vocabulary) of the next; past grows."""
        x, _ = self.stream(token[:, None], past)
        return self.logits(x[:, -1])
