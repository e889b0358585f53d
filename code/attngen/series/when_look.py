"""Where a trained transformer looks: a short training in the world of changing delays, and its weights."""

from __future__ import annotations

import torch
from torch import Tensor

from attngen.series.switching import SwitchingWorld
from attngen.series.table import SeriesError
from attngen.series.when_models import OneLook, make
from attngen.series.when_windows import WorldWindows


def quick(world, updates: int = 500, lookback: int = 32, batch: int = 64, seed: int = 0):
    """A transformer trained for a few seconds on fresh windows of ``world``, and windows it has not seen.

    Returns (model, test windows).  Raises SeriesError without an update.
    """
    if updates < 1:
        raise SeriesError(f"training takes at least one update, not {updates}")
    torch.manual_seed(seed)
    model = make("transformer", world.variables, len(world.targets))
    fresh = WorldWindows(world, updates * batch, lookback, seed)
    test = WorldWindows(world, 1000, lookback, seed + 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, updates)
    for numbers in torch.randperm(len(fresh)).split(batch):
        seen = fresh.batch(numbers)
        loss = (model(seen.past, seen.ages) - seen.future).square().mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return model.eval(), test


@torch.no_grad()
def mean_square(model: OneLook, windows: WorldWindows) -> float:
    """The model's mean squared error on all windows."""
    seen = windows.all()
    return (model(seen.past, seen.ages) - seen.future).square().mean().item()


@torch.no_grad()
def looks(model: OneLook, windows: WorldWindows) -> Tensor:
    """(delays, L): by announced delay, the mean weight on each row of the head that looks hardest."""
    world = windows.world
    if not isinstance(world, SwitchingWorld):
        raise SeriesError(f"looks are sorted by announced delays: a {type(world).__name__} has none")
    seen = windows.all()
    weights = model.look(seen.past, seen.ages)  # (N, heads, L)
    announced = seen.past[:, -1, 2:].argmax(dim=1)
    rows = []
    for number in range(len(world.delays)):
        mean = weights[announced == number].mean(dim=0)  # (heads, L)
        rows.append(mean[mean.max(dim=1).values.argmax()])
    return torch.stack(rows)


def reach(kind: str, lookback: int = 64, draws: int = 20) -> Tensor:
    """(lookback,): how much an untrained model's forecast moves with the row of each age, age 1 first.

    The root mean square of the gradient over inputs and fresh models, as a multiple of the newest row's.
    """
    total = torch.zeros(lookback)
    for seed in range(draws):
        torch.manual_seed(seed)
        model = make(kind, 4, 4)
        past = torch.randn(16, lookback, 4, requires_grad=True)
        ages = torch.arange(lookback, 0, -1).expand(16, -1)
        (slope,) = torch.autograd.grad((model(past, ages) * torch.randn(16, 4)).sum(), past)
        total += slope.square().mean(dim=(0, 2)).flip(0)
    return (total / total[0]).sqrt()
