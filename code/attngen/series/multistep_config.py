"""What the comparison of forecasting strategies trains, and its presets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from attngen.series.table import SeriesError
from attngen.training import TrainConfig

FOUR = ("recursive", "direct", "multi_output", "encoder_decoder")
STRATEGIES = (*FOUR, "scheduled")  # the last one: the encoder-decoder with scheduled sampling


@dataclass(frozen=True)
class StrategyConfig:
    """The one body that every strategy is built round, and what a strategy adds to it.

    lookback, horizon - time steps read and forecast;  patch - time steps in a token of the body
    dim, heads, layers, feed_forward, dropout - of the body, as in ``attngen.nn.transformer``
    decoder_layers, lags - of the encoder-decoder: layers that write, and how many values just before
               a step the decoder reads in one token
    chunks   - models of the direct strategy, each for horizon / chunks steps; ``horizon`` makes one a step
    sampling - for "scheduled": the share of the decoder's inputs that are its own forecasts
               after ``ramp`` training passes, up to which it grows from 0
    """

    lookback: int = 96
    horizon: int = 96
    patch: int = 8
    dim: int = 32
    heads: int = 4
    layers: int = 2
    feed_forward: int = 2
    dropout: float = 0.1
    decoder_layers: int = 1
    lags: int = 8
    chunks: int = 4
    sampling: float = 0.5
    ramp: int = 200

    def __post_init__(self):
        if min(self.lookback, self.horizon, self.patch, self.chunks) < 1:
            numbers = f"{self.lookback}, {self.horizon}, {self.patch}, {self.chunks}"
            raise SeriesError(f"lookback, horizon, patch and chunks must be positive: {numbers}")
        if self.lookback % self.patch:
            raise SeriesError(f"a lookback of {self.lookback} is no whole number of patches of {self.patch}")
        if not 1 <= self.lags <= self.lookback:
            raise SeriesError(f"lags are from 1 to the lookback of {self.lookback}, not {self.lags}")
        if self.horizon % self.chunks:
            raise SeriesError(f"a horizon of {self.horizon} is not to be had in {self.chunks} equal chunks")
        if not 0 <= self.sampling <= 1 or self.ramp < 1:
            shares = f"{self.sampling} and {self.ramp}"
            raise SeriesError(f"sampling is from 0 to 1 and ramp positive, not {shares}")


@dataclass(frozen=True)
class MultistepConfig:
    """data - a table's name (see ``table.FILES``), or "waves" (see ``multistep_waves``)

    strategies - which to train;  train - one and the same for all, so that all make equally many updates
    watched    - validation windows, evenly spread, whose free-running error says which weights to keep
    tested     - test windows, evenly spread; 0 for all of them
    train_stride - train on every so-many-th window
    """

    data: str = "etth1"
    model: StrategyConfig = field(default_factory=StrategyConfig)
    train: TrainConfig = field(
        # no clipping: the common norm of several models' gradients would tie the direct strategy's together
        default_factory=lambda: TrainConfig(
            epochs=3, batch_size=16, lr=3e-3, warmup=0.1, clip=0.0
        )
    )
    strategies: tuple[str, ...] = FOUR
    watched: int = 60
    tested: int = 0
    train_stride: int = 2
    seeds: tuple[int, ...] = (0, 1)

    def __post_init__(self):
        if unknown := set(self.strategies) - set(STRATEGIES):
            raise SeriesError(f"unknown strategies {sorted(unknown)}; known: {', '.join(STRATEGIES)}")


_TINY = StrategyConfig(lookback=16, horizon=24, patch=8, dim=8, heads=2, layers=1, chunks=2, dropout=0.0)
_SECONDS = TrainConfig(epochs=1, batch_size=8, lr=3e-3, clip=0.0)
WAVES = MultistepConfig(  # for one page: seconds, and the encoder-decoder is far from done
    "waves",
    StrategyConfig(
        lookback=48, horizon=24, patch=8, dim=16, heads=2, layers=1, dropout=0.0, decoder_layers=2, lags=1
    ),
    TrainConfig(epochs=8, batch_size=16, lr=1e-2, warmup=0.1, clip=0.0),
    watched=30,
    tested=200,
    train_stride=4,
    seeds=(0,),
)
MULTISTEP_ETTH1_PRESETS = {
    "smoke": MultistepConfig(
        "etth1", replace(_TINY, horizon=96), _SECONDS, watched=4, tested=8, train_stride=400, seeds=(0,)
    ),
    "minute": MultistepConfig(watched=20, tested=60, train_stride=16, seeds=(0,)),
    "cpu": MultistepConfig(),
    "gpu": MultistepConfig(
        train=TrainConfig(epochs=10, batch_size=32, lr=2e-3, warmup=0.1, clip=0.0),
        strategies=STRATEGIES,
        train_stride=1,
        seeds=(0, 1, 2),
    ),
}
MULTISTEP_WAVES_PRESETS = {
    "smoke": MultistepConfig(
        "waves", _TINY, _SECONDS, STRATEGIES, watched=4, tested=8, train_stride=60, seeds=(0,)
    ),
    "minute": WAVES,
    "cpu": replace(
        WAVES,
        train=TrainConfig(epochs=15, batch_size=32, lr=5e-3, warmup=0.1, clip=0.0),
        strategies=STRATEGIES,
        tested=0,
        train_stride=1,
        seeds=(0, 1),
    ),
}
