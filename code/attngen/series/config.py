"""The shape of a forecasting model."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("repeat", "seasonal", "dlinear", "lstm", "transformer", "patch", "itransformer")


@dataclass(frozen=True)
class ModelConfig:
    """Which model, and its shape; a kind ignores what it does not have.

    lookback, horizon - time steps read and forecast;  variables - series side by side;  calendar - time features
    dim          - width of the model ("d_model"; of the LSTM's state)
    feed_forward - hidden width of a layer's feed-forward network as a multiple of dim
    patch, stride - length of a patch and steps from one to the next
    kernel       - time steps of DLinear's moving average
    normalise    - reversible instance normalisation round the model
    period       - steps of a season, for the seasonal repeat
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
        sizes = self.lookback, self.horizon, self.variables
        if min(sizes) < 1:
            raise ValueError(f"lookback, horizon and variables must be positive: {sizes}")
        if self.kind == "patch" and self.lookback < self.patch:
            raise ValueError(f"a patch of {self.patch} steps does not fit into a lookback of {self.lookback}")
        if self.kind == "seasonal" and self.period > self.lookback:
            raise ValueError(f"a season of {self.period} steps is longer than the lookback of {self.lookback}")
