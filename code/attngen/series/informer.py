"""Informer: an encoder that shortens the series, and a decoder that writes all steps at once.

Zhou et al. 2021, "Informer: Beyond Efficient Transformer for Long Sequence Time-Series Forecasting" (arXiv
2012.07436), figure 2.  Its two savings can be switched off one by one, which leaves a standard
encoder-decoder transformer with the same inputs and the same one-step decoder.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from attngen.nn.attention import MultiHeadAttention, causal_mask
from attngen.nn.positions import sinusoidal_positions
from attngen.series.distilling import Distil
from attngen.series.models import Forecaster
from attngen.series.probsparse import ProbSparseHeads

ATTENTIONS = ("probsparse", "full")


@dataclass(frozen=True)
class InformerConfig:
    """Shape of an Informer.

    lookback, horizon, variables, calendar - as in ``ModelConfig``
    label_length - how many steps of the past the decoder is handed as its beginning
    layers, decoder_layers - of the encoder and of the decoder
    feed_forward - hidden width of the feed-forward network as a multiple of dim
    attention - "probsparse" or "full" self-attention;  factor - the c of ProbSparse
    shared    - ProbSparse samples the same keys for all queries of the encoder
    distil    - halve the sequence between the encoder's layers
    normalise - reversible instance normalisation round the model (not in the paper)
    """

    lookback: int = 96
    horizon: int = 96
    variables: int = 7
    calendar: int = 4
    label_length: int = 48
    dim: int = 64
    heads: int = 4
    layers: int = 2
    decoder_layers: int = 1
    feed_forward: int = 2
    dropout: float = 0.1
    attention: str = "probsparse"
    factor: float = 5.0
    shared: bool = False
    distil: bool = True
    normalise: bool = False

    def __post_init__(self):
        if self.attention not in ATTENTIONS:
            raise ValueError(f"the attention is one of {', '.join(ATTENTIONS)}, not '{self.attention}'")
        if not 0 <= self.label_length <= self.lookback:
            between = f"between 0 and the lookback of {self.lookback}"
            raise ValueError(f"label_length must lie {between}, not {self.label_length}")
        if min(self.horizon, self.variables, self.layers, self.decoder_layers) < 1:
            raise ValueError("horizon, variables, layers and decoder_layers must be positive")


class SeriesEmbedding(nn.Module):
    """A moment as the sum of its values, its position and its calendar: (B, T, V), (B, T, C) -> (B, T, dim).

    The values come through a convolution over three moments, so that a token knows whether
    its series rise or fall; it wraps round the window's ends, as in the authors' program.
    """

    def __init__(self, config: InformerConfig, length: int):
        super().__init__()
        self.values = nn.Conv1d(
            config.variables, config.dim, 3, padding=1, padding_mode="circular", bias=False
        )
        self.calendar = nn.Linear(config.calendar, config.dim, bias=False)
        positions = sinusoidal_positions(length, config.dim)
        self.register_buffer("positions", positions, persistent=False)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, values: Tensor, calendar: Tensor) -> Tensor:
        local = self.values(values.transpose(1, 2)).transpose(1, 2)
        return self.dropout(local + self.calendar(calendar) + self.positions[: values.shape[1]])


class InformerLayer(nn.Module):
    """Self-attention (ProbSparse or full), cross-attention in a decoder, and a feed-forward network.

    Each sub-layer's answer is added to the stream, which is normalised after the sum.
    """

    def __init__(self, config: InformerConfig, decoder: bool, seed: int = 0):
        super().__init__()
        dim, inner = config.dim, config.dim * config.feed_forward
        self.decoder, self.sparse = decoder, config.attention == "probsparse"
        if self.sparse:
            shared = config.shared and not decoder
            self.attention = ProbSparseHeads(
                dim, config.heads, config.factor, causal=decoder, shared=shared, seed=seed
            )
        else:
            self.attention = MultiHeadAttention(dim, config.heads)
        if decoder:
            self.cross, self.cross_norm = MultiHeadAttention(dim, config.heads), nn.LayerNorm(dim)
        self.ff = nn.Sequential(
            nn.Linear(dim, inner), nn.GELU(), nn.Dropout(config.dropout), nn.Linear(inner, dim)
        )
        self.attention_norm, self.ff_norm = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, memory: Tensor | None = None) -> Tensor:
        """x (B, T, dim), and for a decoder the encoder's memory (B, S, dim) -> (B, T, dim)."""
        if self.sparse:
            out, _ = self.attention(x)
        else:
            mask = causal_mask(x.shape[1], x.device) if self.decoder else None
            out, _ = self.attention(x, mask=mask, fused=True)
        x = self.attention_norm(x + self.dropout(out))
        if self.decoder:
            x = self.cross_norm(x + self.dropout(self.cross(x, memory, fused=True)[0]))
        return self.ff_norm(x + self.dropout(self.ff(x)))


class Informer(nn.Module):
    """Reads a window, writes the whole horizon in one pass."""

    def __init__(self, config: InformerConfig):
        super().__init__()
        self.config = config
        self.encoder_embedding = SeriesEmbedding(config, config.lookback)
        self.decoder_embedding = SeriesEmbedding(config, config.label_length + config.horizon)
        self.encoder = nn.ModuleList(InformerLayer(config, False, i) for i in range(config.layers))
        between = range(config.layers - 1) if config.distil else ()
        self.distil = nn.ModuleList(Distil(config.dim) for _ in between)
        self.decoder = nn.ModuleList(InformerLayer(config, True, i) for i in range(config.decoder_layers))
        self.encoder_norm, self.decoder_norm = nn.LayerNorm(config.dim), nn.LayerNorm(config.dim)
        self.head = nn.Linear(config.dim, config.variables)

    def encode(self, past: Tensor, calendar: Tensor) -> Tensor:
        """(B, L, V), (B, L, C) -> (B, S, dim); S is L, halved between any two layers if it distils."""
        x = self.encoder_embedding(past, calendar)
        for number, layer in enumerate(self.encoder):
            x = layer(x)
            if number < len(self.distil):
                x = self.distil[number](x)
        return self.encoder_norm(x)

    def decoder_input(self, past: Tensor, past_calendar: Tensor, future_calendar):
        """The end of the past, then zeros for the forecast; both with their calendar."""
        start = past.shape[1] - self.config.label_length
        holes = past.new_zeros(len(past), self.config.horizon, past.shape[2])
        values = torch.cat([past[:, start:], holes], dim=1)
        return values, torch.cat([past_calendar[:, start:], future_calendar], dim=1)

    def forward(self, past: Tensor, past_calendar: Tensor, future_calendar: Tensor) -> Tensor:
        """past (B, L, V), calendars (B, L, C) and (B, H, C) -> forecast (B, H, V)"""
        memory = self.encode(past, past_calendar)
        x = self.decoder_embedding(*self.decoder_input(past, past_calendar, future_calendar))
        for layer in self.decoder:
            x = layer(x, memory)
        return self.head(self.decoder_norm(x[:, -self.config.horizon :]))


def make_informer(config: InformerConfig) -> Forecaster:
    """A fresh Informer, with its windows normalised where the configuration asks for it."""
    return Forecaster(config, Informer(config))
