"""What the comparison of forecasts trains: data, horizons, models, and how long each learns.

Widths are of the order of the published scripts' (ETTh1: iTransformer 256 and 512, PatchTST 16); learning
rates are larger, as there are fewer epochs, and one setting of a model serves all tables and horizons.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from attngen.series.config import ModelConfig
from attngen.training import TrainConfig

HORIZONS = (96, 192, 336, 720)
COMPARED = ("repeat", "dlinear", "lstm", "transformer", "patch", "itransformer")
SHAPES = {  # variables, calendar features, steps of a season
    "etth1": (7, 4, 24),
    "ettm1": (7, 5, 96),
    "exchange": (8, 3, 7),
    "weather": (21, 5, 144),
}


@dataclass(frozen=True)
class ForecastConfig:
    """One model on one table.

    data - name of the table;  model, train - the model and how it learns;  seeds - one model each
    train_stride - take every so-many-th training window in an epoch
    limit - of the training windows, take this many, evenly spread (0: all)
    validation_limit, test_limit - the same for the windows of the other parts

    Raises ValueError where there is no seed, a limit is negative or the stride is not positive.
    """

    data: str = "etth1"
    model: ModelConfig = field(default_factory=ModelConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    seeds: tuple[int, ...] = (0, 1, 2)
    train_stride: int = 1
    limit: int = 0
    validation_limit: int = 0
    test_limit: int = 0

    def __post_init__(self):
        if not self.seeds:
            raise ValueError("a run needs at least one seed")
        limits = self.limit, self.validation_limit, self.test_limit
        if min(limits) < 0 or self.train_stride < 1:
            numbers = f"limits {limits}, train_stride {self.train_stride}"
            raise ValueError(f"limits must be 0 (all windows) or more, the stride positive: {numbers}")


_TRAIN = TrainConfig(
    epochs=6, batch_size=32, lr=3e-4, betas=(0.9, 0.999), optimizer="adam", average=0.995
)
MODELS = {
    "repeat": (ModelConfig("repeat", normalise=False), _TRAIN),
    "seasonal": (ModelConfig("seasonal", normalise=False), _TRAIN),
    "dlinear": (ModelConfig("dlinear", normalise=False), replace(_TRAIN, lr=1e-3)),
    "lstm": (ModelConfig("lstm", dim=64, layers=1), replace(_TRAIN, lr=1e-3, batch_size=64, epochs=5)),
    "transformer": (
        ModelConfig("transformer", dim=64, heads=4, feed_forward=2, dropout=0.2),
        replace(_TRAIN, lr=5e-4, batch_size=64, epochs=4),
    ),
    "patch": (ModelConfig("patch", dim=32, heads=4, feed_forward=2, dropout=0.2), replace(_TRAIN, epochs=5)),
    "itransformer": (ModelConfig("itransformer", dim=128), _TRAIN),
}
# Tables with more windows than two cores can go through: every so-many-th trains, so many validate an epoch.
# The test part is always whole.
THINNED = {"ettm1": (4, 2000), "weather": (2, 1000)}


def forecast(kind: str, data: str, horizon: int) -> ForecastConfig:
    """The recorded comparison's settings for a model, a table and a horizon; ValueError for unknown names."""
    for name, known in ((kind, MODELS), (data, SHAPES)):
        if name not in known:
            raise ValueError(f"the comparison has no '{name}'; it has: {', '.join(known)}")
    model, train = MODELS[kind]
    variables, calendar, period = SHAPES[data]
    model = replace(model, horizon=horizon, variables=variables, calendar=calendar, period=period)
    stride, validated = THINNED.get(data, (1, 0))
    return ForecastConfig(data, model, train, train_stride=stride, validation_limit=validated)
