"""The encoder layer that this chapter's transformers share, whatever their tokens are."""

from __future__ import annotations

from torch import Tensor, nn

from attngen.nn.attention import MultiHeadAttention
from attngen.series.config import ModelConfig


class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward network, each added to the stream and then normalised.

    The order of Vaswani et al. 2017 and of iTransformer's and PatchTST's encoders (norm
    after the sum).  Dropout is on what attention and the network give, not on the weights.
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        dim, inner = config.dim, config.dim * config.feed_forward
        self.attention = MultiHeadAttention(dim, config.heads)
        self.ff = nn.Sequential(
            nn.Linear(dim, inner), nn.GELU(), nn.Dropout(config.dropout), nn.Linear(inner, dim)
        )
        self.first_norm, self.second_norm = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, fused: bool = True) -> tuple[Tensor, Tensor | None]:
        """x (B, N, dim) -> the same shape, and the weights (B, heads, N, N) unless fused."""
        out, weights = self.attention(x, fused=fused)
        x = self.first_norm(x + self.dropout(out))
        return self.second_norm(x + self.dropout(self.ff(x))), weights
