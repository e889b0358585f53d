"""Attention, positions and the transformer, written to be read.

Tensors are ordered (batch, heads, time, dim) everywhere.
"""

from attngen.nn.attention import MultiHeadAttention, causal_mask, scaled_dot_product_attention
from attngen.nn.cache import KVCache
from attngen.nn.positions import sinusoidal_positions
from attngen.nn.transformer import EncoderDecoder, TransformerConfig

__all__ = [
    "EncoderDecoder",
    "KVCache",
    "MultiHeadAttention",
    "TransformerConfig",
    "causal_mask",
    "scaled_dot_product_attention",
    "sinusoidal_positions",
]
