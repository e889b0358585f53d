"""The two transformers for series of Hugging Face's ``transformers``, on this chapter's windows.

``TimeSeriesTransformerForPrediction`` and ``InformerForPrediction`` want the same things, which differ from
what the other models of the chapter get:

past_values        - (B, context + longest lag, V): the lags reach further back than the encoder does
lags_sequence      - which earlier values stand beside each moment as further columns
*_time_features    - the calendar; here with an "age" that counts the steps, as their documentation advises
past_observed_mask - 1 where a value was measured, 0 where it is missing (and then written as zero)
generate()         - draws ``num_parallel_samples`` paths, one step after the other
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from attngen.series.windows import Batch

KINDS = ("tst", "informer")


@dataclass(frozen=True)
class HuggingFaceConfig:
    """Which of the two, and its shape.

    kind    - "tst" (Time Series Transformer) or "informer"
    context - steps the encoder reads;  lags - earlier steps shown beside each, in steps
    scaling - how the model scales each window: "mean" (by the mean absolute value), "std" or "none"
    paths   - sampled futures a forecast;  factor - ProbSparse's c (the Informer only)
    """

    kind: str = "tst"
    horizon: int = 24
    context: int = 72
    lags: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7, 24)
    variables: int = 7
    calendar: int = 4
    dim: int = 32
    heads: int = 2
    layers: int = 2
    feed_forward: int = 64
    dropout: float = 0.1
    scaling: str = "std"
    paths: int = 50
    factor: int = 5

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"the kind is one of {', '.join(KINDS)}, not '{self.kind}'")
        if not self.lags or min(self.lags) < 1:
            raise ValueError(f"lags are whole numbers from 1 on, not {self.lags}")
        if self.scaling not in ("mean", "std", "none"):
            raise ValueError(f"the scaling is mean, std or none, not '{self.scaling}'")

    @property
    def lookback(self) -> int:
        """How many steps of the past a window must have."""
        return self.context + max(self.lags)


def build(config: HuggingFaceConfig) -> nn.Module:
    """A fresh model of ``transformers``; nothing is downloaded."""
    from transformers import InformerConfig, InformerForPrediction
    from transformers import TimeSeriesTransformerConfig as TSTConfig
    from transformers import TimeSeriesTransformerForPrediction as TSTForPrediction

    shape = {
        "prediction_length": config.horizon,
        "context_length": config.context,
        "input_size": config.variables,
        "lags_sequence": list(config.lags),
        "num_time_features": config.calendar + 1,
        "scaling": None if config.scaling == "none" else config.scaling,
        "d_model": config.dim,
        "encoder_layers": config.layers,
        "decoder_layers": config.layers,
        "encoder_attention_heads": config.heads,
        "decoder_attention_heads": config.heads,
        "encoder_ffn_dim": config.feed_forward,
        "decoder_ffn_dim": config.feed_forward,
        "dropout": config.dropout,
        "encoder_layerdrop": 0.0,
        "decoder_layerdrop": 0.0,
        "distribution_output": "student_t",
        "num_parallel_samples": config.paths,
    }
    if config.kind == "tst":
        return TSTForPrediction(TSTConfig(**shape))
    informer = InformerConfig(**shape, attention_type="prob", sampling_factor=config.factor, distil=True)
    return InformerForPrediction(informer)


def with_age(past_calendar: Tensor, future_calendar: Tensor) -> tuple[Tensor, Tensor]:
    """Both calendars with one more column, the logarithm of how many steps there have been."""
    steps = past_calendar.shape[1] + future_calendar.shape[1]
    age = torch.log10(2.0 + torch.arange(steps, dtype=past_calendar.dtype))
    age = age.to(past_calendar.device).expand(len(past_calendar), steps)[..., None]
    cut = past_calendar.shape[1]
    past = torch.cat([past_calendar, age[:, :cut]], dim=-1)
    return past, torch.cat([future_calendar, age[:, cut:]], dim=-1)


def inputs(batch: Batch, future: bool = True) -> dict[str, Tensor]:
    """The arguments of the model: with the future's values for training, without them to forecast."""
    past, ahead = with_age(batch.past_calendar, batch.future_calendar)
    named = {
        "past_values": batch.past,
        "past_time_features": past,
        "past_observed_mask": torch.ones_like(batch.past),  # nothing is missing in ETT
        "future_time_features": ahead,
    }
    return named | ({"future_values": batch.future} if future else {})


def likelihood_loss(model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
    """The model's own loss, the mean negative log likelihood of a step, times the windows; their count."""
    loss = model(**inputs(batch)).loss
    count = torch.tensor(float(len(batch.past)), device=loss.device)
    return loss * count, count


@torch.no_grad()
def sampled(model: nn.Module, batch: Batch) -> Tensor:
    """Paths (B, paths, H, V) drawn by the model's ``generate``."""
    model.eval()
    return model.generate(**inputs(batch, future=False)).sequences
