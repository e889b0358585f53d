"""A small transformer, an LSTM of the same size, and linear least squares: a window in, the next row out."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from attngen.nn.attention import MultiHeadAttention
from attngen.nn.positions import sinusoidal_positions
from attngen.series.table import SeriesError
from attngen.series.when_windows import LONGEST, Seen


class OneLook(nn.Module):
    """A transformer with a token a time step and one layer, whose last token asks.

    columns, targets - numbers in a row, and numbers to forecast
    Where a token stands is told by its age, not by its place in the window.
    """

    def __init__(self, columns: int, targets: int, dim: int = 32, heads: int = 4):
        super().__init__()
        self.embed = nn.Linear(columns, dim)
        positions = sinusoidal_positions(LONGEST, dim)
        self.register_buffer("positions", positions, persistent=False)
        self.norm, self.attention = nn.LayerNorm(dim), MultiHeadAttention(dim, heads)
        inner = nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim)
        self.feed_forward = nn.Sequential(nn.LayerNorm(dim), *inner)
        self.output = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, targets))

    def forward(self, past: Tensor, ages: Tensor, every: bool = False) -> Tensor:
        """past (B, L, C), ages (B, L) -> (B, K); with ``every`` all tokens ask: (B, L, K)"""
        tokens = self.embed(past) + self.positions[ages]
        memory = self.norm(tokens)
        first = 0 if every else -1  # the forecast needs the last token's answer only
        x = tokens[:, first:]
        x = x + self.attention(memory[:, first:], memory, fused=True)[0]
        out = self.output(x + self.feed_forward(x))
        return out if every else out[:, 0]

    def look(self, past: Tensor, ages: Tensor) -> Tensor:
        """(B, heads, L): how much weight each head of the last token gives to each row."""
        memory = self.norm(self.embed(past) + self.positions[ages])
        return self.attention(memory[:, -1:], memory)[1][:, :, 0]


class SmallLSTM(nn.Module):
    """An LSTM that reads row by row (Hochreiter and Schmidhuber 1997), and a linear map of its last state.

    ages - also give it each row's age, as so many sinusoids (0: values only, it counts steps by itself)
    open - added to the forget gates' biases: before training they keep sigmoid(open) of the memory a step
           (Tallec and Ollivier 2018, arXiv 1804.11188, choose it by the lag)
    """

    def __init__(self, columns: int, targets: int, hidden: int = 44, ages: int = 0, open: float = 0.0):
        super().__init__()
        positions = sinusoidal_positions(LONGEST, ages)
        self.register_buffer("positions", positions, persistent=False)
        self.lstm = nn.LSTM(columns + ages, hidden, batch_first=True)
        self.output = nn.Linear(hidden, targets)
        with torch.no_grad():  # torch's order of the gates: input, forget, cell, output
            self.lstm.bias_ih_l0[hidden : 2 * hidden] += open

    def forward(self, past: Tensor, ages: Tensor, every: bool = False) -> Tensor:
        """past (B, L, C), ages (B, L) -> (B, K); with ``every`` after each row: (B, L, K)"""
        states, _ = self.lstm(torch.cat([past, self.positions[ages]], dim=-1))
        return self.output(states if every else states[:, -1])


def matched_hidden(columns: int, ages: int, parameters: int, targets: int) -> int:
    """The hidden width whose LSTM has about so many parameters."""
    sizes = {
        h: 4 * h * (columns + ages + h + 2) + (h + 1) * targets for h in range(1, 513)
    }
    return min(sizes, key=lambda h: abs(sizes[h] - parameters))


OPEN = 3.0  # keeps 95 % of the memory a step


def make(kind: str, columns: int, targets: int, dim: int = 32, heads: int = 4) -> nn.Module:
    """A fresh model; all kinds have nearly the same number of parameters.

    kind - "transformer", "lstm" (values only), "lstm_ages", or "lstm_open" (its gates begin open);
           anything else is a SeriesError
    """
    transformer = OneLook(columns, targets, dim, heads)
    if kind == "transformer":
        return transformer
    if kind not in ("lstm", "lstm_ages", "lstm_open"):
        raise SeriesError(f"a model is 'transformer', 'lstm', 'lstm_ages' or 'lstm_open', not '{kind}'")
    ages = dim // 2 if kind == "lstm_ages" else 0
    parameters = sum(p.numel() for p in transformer.parameters())
    hidden = matched_hidden(columns, ages, parameters, targets)
    return SmallLSTM(columns, targets, hidden, ages, OPEN if kind == "lstm_open" else 0.0)


def in_order(seen: Seen) -> Tensor:
    """(B, L * (C + 1)): the rows one after the other with their ages, for a linear model."""
    ages = seen.ages[..., None] / seen.ages.shape[1]
    return torch.cat([seen.past, ages], dim=-1).flatten(1)


def on_grid(seen: Seen, longest: int) -> Tensor:
    """(B, longest * (C + 1)): each value in the place of its age, 0 where none was seen, and a sign of it."""
    past, batch = seen.past, torch.arange(len(seen.past))[:, None]
    grid = past.new_zeros(len(past), longest + 2, past.shape[-1] + 1)  # the last place takes what is older
    rows = torch.cat([past, past.new_ones(*past.shape[:2], 1)], dim=-1)
    grid[batch, seen.ages.clamp(max=longest + 1)] = rows
    return grid[:, 1:-1].flatten(1)


class Ridge:
    """Least squares with a penalty on large weights, chosen on validation data."""

    penalties = (1e-2, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5)

    def __init__(self, inputs: Tensor, future: Tensor, check_inputs: Tensor, check_future: Tensor):
        inputs, future = _with_one(inputs), future.double()
        squares, products = inputs.T @ inputs, inputs.T @ future
        size, best = torch.eye(len(squares), dtype=torch.float64), float("inf")
        for penalty in self.penalties:
            self.weights = torch.linalg.solve(squares + penalty * size, products)
            error = (self(check_inputs) - check_future).square().mean().item()
            if error < best:
                best, kept, self.penalty = error, self.weights, penalty
        self.weights = kept

    def __call__(self, inputs: Tensor) -> Tensor:
        """(B, F) -> (B, K) in double precision"""
        return _with_one(inputs) @ self.weights


def _with_one(inputs: Tensor) -> Tensor:
    return torch.cat([inputs.double(), torch.ones(len(inputs), 1, dtype=torch.float64)], dim=1)
