"""Who looks at whom in an iTransformer, and whether the forecast has anything of it.

A map of attention says where a layer reads.  What the forecast needs is asked in two other ways: by handing
the model one variable of another window (``rises``), and by leaving it every variable alone (``alone``).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from attngen.series.models import Forecaster
from attngen.series.normalise import normalise
from attngen.series.table import SeriesError
from attngen.series.windows import Batch, Windows


def batches(windows: Windows, size: int = 256) -> Iterator[Batch]:
    """All windows, in order; the last batch may be smaller."""
    for indices in torch.arange(len(windows)).split(size):
        yield windows.batch(indices)


def attention_of(model: Forecaster, batch: Batch) -> list[Tensor]:
    """For each layer the weights (B, heads, N, N): N variables, and the calendar's features after them."""
    if not hasattr(model.body, "forward_with_weights"):
        raise SeriesError(f"{type(model.body).__name__} has no attention between variables")
    past = normalise(batch.past)[0] if model.config.normalise else batch.past
    return model.body.forward_with_weights(past, batch.past_calendar)[1]


@torch.no_grad()
def mean_attention(model: Forecaster, windows: Windows) -> Tensor:
    """(layers, heads, N, N): the mean over all windows of what each layer's heads weigh.

    Row v is who v looks at; rows sum to one.
    """
    model.eval()
    total = None
    for batch in batches(windows):
        summed = torch.stack([w.double().sum(dim=0) for w in attention_of(model, batch)])
        total = summed if total is None else total + summed
    return total / len(windows)


@torch.no_grad()
def lag_profile(model: Forecaster, furthest: int) -> Tensor:
    """(heads, 2 furthest + 1): how the first layer's scores weigh shifts, from -furthest to furthest.

    Without its biases the score of v for u is a sum over pairs of moments, x_v(t) M(t, s) x_u(s) with
    M = W_e^T W_q^T W_k W_e / sqrt(m).  The mean of M where s = t - k says how much a likeness of v to what u
    was k steps earlier adds to v's attention to u.
    """
    attention, embed = model.body.layers[0].attention, model.body.embed.weight  # (dim, L)
    lookback = embed.shape[1]
    if not 0 <= furthest < lookback:
        raise SeriesError(f"shifts of a past of {lookback} steps end at {lookback - 1}, not at {furthest}")
    maps = (layer.weight @ embed for layer in (attention.query, attention.key))  # (dim, L)
    query, key = (each.unflatten(0, (attention.heads, -1)) for each in maps)
    pairs = query.transpose(1, 2) @ key / query.shape[1] ** 0.5  # (heads, t, s)
    shifts = range(-furthest, furthest + 1)
    return torch.stack([pairs.diagonal(-k, dim1=1, dim2=2).mean(-1) for k in shifts], dim=1)


def share_on(attention: Tensor, truth: Tensor) -> float:
    """The mean weight (V, V) that a variable puts on the one that drives it, where ``truth`` is one.

    Looking everywhere alike gives 1 / V.
    """
    if attention.shape != truth.shape:
        raise SeriesError(f"the map is {tuple(attention.shape)}, the truth {tuple(truth.shape)}")
    return (attention * truth).sum(dim=-1).mean().item()


@torch.no_grad()
def errors_by_variable(model: Forecaster, windows: Windows, swapped: int | None = None) -> Tensor:
    """(V,): the mean squared error of each variable's forecast.

    swapped - hand the model this variable's past from another window, half of all windows later
    """
    model.eval()
    total, half = 0.0, len(windows) // 2
    for indices in torch.arange(len(windows)).split(256):
        batch = windows.batch(indices)
        past = batch.past
        if swapped is not None:
            other = windows.batch((indices + half) % len(windows))
            past = past.clone()
            past[:, :, swapped] = other.past[:, :, swapped]
        wrong = model(past, batch.past_calendar, batch.future_calendar) - batch.future
        total = total + wrong.double().square().mean(dim=1).sum(dim=0)
    return total / len(windows)


def rises(model: Forecaster, windows: Windows) -> Tensor:
    """(V, V): by how much the error of v rises when the model is handed u's past from another window.

    The diagonal is a variable's own past.  A rise near 0 off the diagonal: the forecast of v does not use u,
    however much attention u gets.
    """
    before = errors_by_variable(model, windows)
    after = [errors_by_variable(model, windows, u) for u in range(windows.values.shape[1])]
    return torch.stack(after, dim=1) - before[:, None]


@torch.no_grad()
def alone(model: Forecaster, windows: Windows) -> float:
    """The mean squared error when each variable is forecast from its own past only, without training again.

    An iTransformer takes any number of variables, also one; the calendar's tokens stay.
    """
    model.eval()
    total = 0.0
    for batch in batches(windows):
        past, scale = normalise(batch.past) if model.config.normalise else (batch.past, None)
        variables = past.shape[-1]
        single = past.transpose(1, 2).flatten(0, 1)[..., None]  # (B V, L, 1)
        calendar = batch.past_calendar.repeat_interleave(variables, dim=0)
        out = model.body(single, calendar)[..., 0].unflatten(0, (-1, variables)).transpose(1, 2)
        out = scale.restore(out) if scale else out
        total += (out - batch.future).double().square().mean(dim=(1, 2)).sum().item()
    return total / len(windows)
