"""The encoder-decoder transformer.

Vaswani et al. 2017 (arXiv 1706.03762), with layer normalisation before each sub-layer instead of after
it (Xiong et al. 2020, arXiv 2002.04745).  Every part that distinguishes it from the plainest model of
its kind can be switched off in the configuration, so that experiments can say what each part is worth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from attngen.nn.attention import MultiHeadAttention, causal_mask
from attngen.nn.cache import KVCache
from attngen.nn.positions import sinusoidal_positions


@dataclass(frozen=True)
class TransformerConfig:
    """Shape of an encoder-decoder transformer.

    vocabulary   - number of tokens, shared by source and target
    dim          - width of the residual stream ("hidden size")
    heads        - attention heads in each layer
    layers       - layers of the encoder, and of the decoder
    feed_forward - hidden width of the feed-forward sub-layer as a multiple of dim;
                   0 stands for one linear map and a ReLU
    norm         - layer normalisation before each sub-layer
    tied         - one table of letters for the source, the target and the output
    dropout      - share of each sub-layer's output that training zeroes
    causal       - whether the decoder hides what comes later (False leaks the answer)
    max_length   - longest sequence, in tokens
    """

    vocabulary: int = 29
    dim: int = 32
    heads: int = 4
    layers: int = 3
    feed_forward: int = 4
    norm: bool = True
    tied: bool = False
    dropout: float = 0.0
    causal: bool = True
    max_length: int = 64

    @property
    def output_projection(self) -> bool:
        return self.heads > 1


def feed_forward(config: TransformerConfig) -> nn.Module:
    """The position-wise network of a layer: (..., dim) -> (..., dim)."""
    if config.feed_forward == 0:
        return nn.Sequential(nn.Linear(config.dim, config.dim), nn.ReLU())
    inner = config.feed_forward * config.dim
    return nn.Sequential(nn.Linear(config.dim, inner), nn.GELU(), nn.Linear(inner, config.dim))


class Layer(nn.Module):
    """Self-attention, cross-attention where it has a memory, and a feed-forward network.

    Each sub-layer reads the normalised stream and adds its answer to it.
    """

    def __init__(self, config: TransformerConfig, cross: bool):
        super().__init__()

        def norm() -> nn.Module:
            return nn.LayerNorm(config.dim) if config.norm else nn.Identity()

        def attention() -> MultiHeadAttention:
            return MultiHeadAttention(config.dim, config.heads, config.output_projection)

        self.self_norm, self.self_attention = norm(), attention()
        if cross:
            self.cross_norm, self.cross_attention = norm(), attention()
        self.ff_norm, self.ff = norm(), feed_forward(config)
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self,
        x: Tensor,
        mask=None,
        memory=None,
        memory_mask=None,
        fused=False,
    ):
        """x (B, T, dim) -> the same shape, and the weights of each attention."""
        weights = {}
        h = self.self_norm(x)
        out, weights["self"] = self.self_attention(h, mask=mask, fused=fused)
        x = x + self.dropout(out)
        if memory is not None:
            h = self.cross_norm(x)
            out, shown = self.cross_attention(h, memory, memory_mask, fused)
            weights["cross"] = shown
            x = x + self.dropout(out)
        return x + self.dropout(self.ff(self.ff_norm(x))), weights

    def step(self, x: Tensor, past: KVCache, memory: tuple[Tensor, Tensor], memory_mask):
        """One new position x (B, 1, dim), given the keys and values of all earlier ones.

        past   - the cache, to which the new position is added
        memory - the projected keys and values of the source, which never change
        Torch's fused kernel works in blocks of queries: for a single one it is slower.
        """
        h = self.self_norm(x)
        keys, values = past.append(*self.self_attention.keys_values(h))
        x = x + self.self_attention.attend(h, keys, values)[0]
        h = self.cross_norm(x)
        x = x + self.cross_attention.attend(h, *memory, memory_mask)[0]
        return x + self.ff(self.ff_norm(x))


class EncoderDecoder(nn.Module):
    """A transformer that reads one sequence of tokens and writes another."""

    def __init__(self, config: TransformerConfig):
        super().__init__()
        self.config = config
        self.source_embedding = nn.Embedding(config.vocabulary, config.dim)
        self.target_embedding = nn.Embedding(config.vocabulary, config.dim)
        self.encoder = nn.ModuleList(Layer(config, cross=False) for _ in range(config.layers))
        self.decoder = nn.ModuleList(Layer(config, cross=True) for _ in range(config.layers))
        self.encoder_norm, self.decoder_norm = (
            nn.LayerNorm(config.dim) if config.norm else nn.Identity() for _ in range(2)
        )
        self.output = nn.Linear(config.dim, config.vocabulary)
        self.dropout = nn.Dropout(config.dropout)
        if config.tied:
            self.target_embedding.weight = self.output.weight = self.source_embedding.weight
        positions = sinusoidal_positions(config.max_length, config.dim)
        self.register_buffer("positions", positions, persistent=False)
        if config.norm:  # a stream of unit variance, on which positions and letters weigh alike
            for embedding in (self.source_embedding, self.target_embedding):
                nn.init.normal_(embedding.weight, std=1 / math.sqrt(2))

    def embed(self, embedding: nn.Embedding, tokens: Tensor, start: int = 0) -> Tensor:
        """Letters plus positions: (B, T) -> (B, T, dim).  Raises ValueError past max_length."""
        end = start + tokens.shape[1]
        if end > self.config.max_length:
            raise ValueError(f"a sequence of {end} tokens is longer than max_length={self.config.max_length}")
        return self.dropout(embedding(tokens) + self.positions[start:end])

    def encode(self, source: Tensor, source_mask: Tensor, fused: bool = False):
        """source (B, S), source_mask (B, S) True at real tokens -> annotations (B, S, dim), weights by layer."""
        x, weights, mask = self.embed(self.source_embedding, source), [], source_mask[:, None, None, :]
        for layer in self.encoder:
            x, w = layer(x, mask, fused=fused)
            weights.append(w)
        return self.encoder_norm(x), weights

    def decode(
        self, target: Tensor, memory: Tensor, source_mask: Tensor, target_mask: Tensor | None = None, fused=False
    ):
        """target (B, T), shifted right -> logits (B, T, vocabulary), weights by layer.

        target_mask (B, T), True at real tokens, matters only without the causal mask: with it
        no position can see the padding, which comes last.
        """
        if self.config.causal:
            mask = causal_mask(target.shape[1], target.device)
        else:
            mask = None if target_mask is None else target_mask[:, None, None, :]
        x, weights, memory_mask = self.embed(self.target_embedding, target), [], source_mask[:, None, None, :]
        for layer in self.decoder:
            x, w = layer(x, mask, memory, memory_mask, fused)
            weights.append(w)
        return self.output(self.decoder_norm(x)), weights

    def forward(self, source: Tensor, source_mask: Tensor, target: Tensor, target_mask: Tensor | None = None):
        """Logits (B, T, vocabulary) of the token after each position of ``target`` (B, T).

        Training needs no attention weights, so this path uses the fused kernel.
        """
        memory, _ = self.encode(source, source_mask, fused=True)
        return self.decode(target, memory, source_mask, target_mask, fused=True)[0]
