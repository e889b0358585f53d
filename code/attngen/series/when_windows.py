"""Windows of a made-up world: what was seen, how long ago, and the row that follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from attngen.series.switching import SwitchingWorld
from attngen.series.table import SeriesError
from attngen.series.world import World

LONGEST = 1024  # ages from here on are not told apart; windows of the experiments are far shorter


@dataclass
class Seen:
    """past - (B, L, C) values;  ages - (B, L) whole steps from each row to the target
    future - (B, K) targets
    """

    past: Tensor
    ages: Tensor
    future: Tensor


class WorldWindows:
    """``count`` windows of ``lookback`` seen rows, each with the next seen row's targets.

    keep  - the share of steps that is seen at all: the others are dropped at random
    draws - how many windows an epoch has (0: count); a window comes again where draws is more than count
    Values are divided by the standard deviation that the targets have in this world.
    """

    def __init__(self, world: World | SwitchingWorld, count: int, lookback: int, seed: int,
                 keep: float = 1.0, draws: int = 0):  # fmt: skip
        if count < 1 or lookback < 1:
            raise SeriesError(f"there must be a window and a step in it: {count=}, {lookback=}")
        if not 0 < keep <= 1:
            raise SeriesError(f"keep is a share above 0 and up to 1, not {keep}")
        rows = count + lookback
        # enough steps that ``rows`` of them are kept, almost surely
        length = rows if keep == 1 else int(rows / keep + 10 * (rows / keep) ** 0.5) + 20
        values, times = world.draw(length, seed) / world.variance**0.5, np.arange(length)
        if keep < 1:
            seen = np.random.default_rng([seed, 1]).random(length) < keep
            values, times = values[seen], times[seen]
        if len(values) < rows:
            raise SeriesError(f"{len(values)} of {length} steps are kept, {rows} needed: take another seed")
        self.world, self.count, self.lookback = world, count, lookback
        self.values = torch.tensor(values[:rows], dtype=torch.float32)
        self.times = torch.tensor(times[:rows])
        self.lengths = torch.full((draws or count,), lookback)

    def __len__(self) -> int:
        return len(self.lengths)

    def batch(self, indices: Tensor) -> Seen:
        """The windows of these numbers (B,); numbers past the last window begin again at the first."""
        first = indices % self.count
        rows, target = first[:, None] + torch.arange(self.lookback), first + self.lookback
        ages = (self.times[target][:, None] - self.times[rows]).clamp(max=LONGEST - 1)
        return Seen(self.values[rows], ages, self.values[target][:, list(self.world.targets)])

    def all(self) -> Seen:
        """Every window once."""
        return self.batch(torch.arange(self.count))


def yardstick(windows: WorldWindows) -> tuple[float, float]:
    """Mean squared errors on these windows of who always says the mean, and of the best possible forecast."""
    seen, scale = windows.all(), windows.world.variance**0.5
    past, future = seen.past.double().numpy() * scale, seen.future.double().numpy()
    best = windows.world.best_forecast(past, seen.ages.numpy()) / scale
    return float((future**2).mean()), float(((future - best) ** 2).mean())


def skill(error: float, yard: tuple[float, float]) -> float:
    """The share explained of what can be explained: 0 for the mean's forecast, 1 for the best possible."""
    mean, best = yard
    if not best < mean:
        raise SeriesError(f"nothing here can be explained: the mean's error is {mean}, the best one {best}")
    return (mean - error) / (mean - best)
