"""Every model of the comparison by its name."""

from __future__ import annotations

from torch import Tensor, nn

from attngen.series.config import KINDS, ModelConfig
from attngen.series.itransformer import ITransformer
from attngen.series.linear import DLinear, RepeatLast, SeasonalRepeat
from attngen.series.lstm import LSTM
from attngen.series.normalise import normalise
from attngen.series.patch import PatchTransformer
from attngen.series.transformer import TimeTransformer

__all__ = ["KINDS", "Forecaster", "ModelConfig", "make_model"]

BODIES = {
    "repeat": RepeatLast,
    "seasonal": SeasonalRepeat,
    "dlinear": DLinear,
    "lstm": LSTM,
    "transformer": TimeTransformer,
    "patch": PatchTransformer,
    "itransformer": ITransformer,
}
UNTRAINED = ("repeat", "seasonal")


class Forecaster(nn.Module):
    """A model, with each window normalised before it and restored after it where the configuration says so.

    body - the model itself instead of the configured kind
    """

    def __init__(self, config: ModelConfig, body: nn.Module | None = None):
        super().__init__()
        self.config = config
        self.body = BODIES[config.kind](config) if body is None else body

    def forward(self, past: Tensor, past_calendar: Tensor, future_calendar: Tensor) -> Tensor:
        """past (B, L, V), calendars (B, L, C) and (B, H, C) -> forecast (B, H, V).

        Raises ValueError where steps, variables or features of the calendar are not the configuration's.
        """
        if past.shape[1:] != (self.config.lookback, self.config.variables):
            wanted, given = (self.config.lookback, self.config.variables), tuple(past.shape[1:])
            raise ValueError(f"a past of (steps, variables) = {wanted} was expected, not {given}")
        calendars = (past_calendar, self.config.lookback), (future_calendar, self.config.horizon)
        for calendar, steps in calendars:
            if calendar is not None and calendar.shape[1:] != (steps, self.config.calendar):
                wanted, given = (steps, self.config.calendar), tuple(calendar.shape[1:])
                raise ValueError(f"a calendar of (steps, features) = {wanted} was expected, not {given}")
        if not self.config.normalise:
            return self.body(past, past_calendar, future_calendar)
        scaled, scale = normalise(past)
        return scale.restore(self.body(scaled, past_calendar, future_calendar))


def make_model(config: ModelConfig) -> Forecaster:
    """A fresh model of the configured kind."""
    return Forecaster(config)
