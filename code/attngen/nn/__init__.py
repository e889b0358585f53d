"""Attention, positions and the transformer, written to be read.

Tensors are ordered (batch, heads, time, dim) everywhere.
"""

from attngen.nn.attention import MultiHeadAttention, causal_mask, scaled_dot_product_attention
from attngen.nn.cache import KVCache
from attngen.nn.decoder import Decoder, DecoderConfig
from attngen.nn.positions import rotary_angles, rotate, sinusoidal_positions
from attngen.nn.transformer import EncoderDecoder, TransformerConfig

__all__ = [
    "Decoder",
    "DecoderConfig",
    "EncoderDecoder",
    "KVCache",
    "MultiHeadAttention",
    "TransformerConfig",
    "causal_mask",
    "rotary_angles",
    "rotate",
    "scaled_dot_product_attention",
    "sinusoidal_positions",
]
