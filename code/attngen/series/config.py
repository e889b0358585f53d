"""The shape of a forecasting model."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("repeat", "seasonal", "dlinear", "lstm", "transformer", "patch", "itransformer")
POSITIVE = (
    "lookback", "horizon", "variables", "dim", "heads", "layers", "feed_forward",
    "patch", "stride", "kernel", "period",
)  # fmt: skip


@dataclass(frozen=True)
class ModelConfig:
    """Which model, and its shape; a kind ignores what it does not have.

    lookback, horizon - time steps read and forecast
    variables    - series side by side;  calendar - time features of each step (0: none)
    dim          - width of the model ("d_model"; of the LSTM's state)
    heads, layers - of attention in each layer, and of the network
    feed_forward - hidden width of a layer's feed-forward network as a multiple of dim
    dropout      - share of the numbers that training sets to zero
    patch, stride - length of a patch and steps from one to the next
    kernel       - time steps of DLinear's moving average, an odd number
    normalise    - reversible instance normalisation round the model
    period       - steps of a season, for the seasonal repeat

    Raises ValueError where the kind is unknown, a size is not positive, or the kind's own parts do not fit.
    """

    kind: str = "itransformer"
    lookback: int = 96
    horizon: int = 96
    variables: int = 7
    calendar: int = 4
    dim: int = 128
    heads: int = 8
    layers: int = 2
    feed_forward: int = 1
    dropout: float = 0.1
    patch: int = 16
    stride: int = 8
    kernel: int = 25
    normalise: bool = True
    period: int = 24

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"there is no model '{self.kind}'; known: {', '.join(KINDS)}")
        if wrong := [f"{name}={getattr(self, name)}" for name in POSITIVE if getattr(self, name) < 1]:
            raise ValueError(f"sizes of a model must be positive: {', '.join(wrong)}")
        if self.calendar < 0:
            raise ValueError(f"there cannot be {self.calendar} features of the calendar")
        if self.kind == "dlinear" and self.kernel % 2 == 0:
            raise ValueError(f"DLinear's moving average needs an odd number of steps, not {self.kernel}")
        if self.kind == "patch" and self.lookback < self.patch:
            raise ValueError(f"a patch of {self.patch} steps does not fit into a lookback of {self.lookback}")
        if self.kind == "seasonal" and self.period > self.lookback:
            season = f"a season of {self.period} steps"
            raise ValueError(f"{season} is longer than the lookback of {self.lookback}")
