"""How many numbers an attention module learns, in symbols or in numbers.

The modules are ``attngen.nn.AdditiveAttention`` and its relatives with other scores: dot product, and Luong's
general score q W k (Luong, Pham and Manning 2015, arXiv 1508.04025, section 3.1).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch
from sympy import Expr, Integer, factor, symbols, sympify

from attngen.cost.exact import formula
from attngen.nn.additive import AdditiveAttention

# Widths of queries, keys, values, of a head, of the output; and how many heads.
q, k, v, m, o, h = symbols("q k v m o h", integer=True, positive=True)
SCORES = ("additive", "dot", "general")


@dataclass(frozen=True)
class Shape:
    """What fixes the count; a width is a whole number from 1 on, or a symbol.

    query, key, value - widths of the inputs;  hidden - width of a head;  output - None: no last map
    bias   - whether the linear maps have one;  project_values - whether a head maps its values
    score  - "additive", "dot" (both sides projected), or "general" (q W k, without a width of its own)
    Raises ValueError where a size is impossible.
    """

    query: object
    key: object
    value: object
    hidden: object
    heads: object = 1
    output: object = None
    bias: bool = False
    project_values: bool = True
    score: str = "additive"

    def __post_init__(self):
        if self.score not in SCORES:
            raise ValueError(f"the score is {', '.join(SCORES)}, not '{self.score}'")
        for name in ("query", "key", "value", "hidden", "heads", "output"):
            size = getattr(self, name)
            if size is None and name == "output":
                continue
            exact = sympify(size)
            if not exact.is_integer or not exact.is_positive:
                raise ValueError(f"{name} must be a whole number from 1 on, not {size}")


@dataclass(frozen=True)
class Map:
    """``times`` matrices of (rows x columns), each with a bias of ``columns`` numbers or without."""

    name: str
    times: Expr
    rows: Expr
    columns: Expr
    bias: bool = False

    @property
    def numbers(self) -> Expr:
        return self.times * (self.rows * self.columns + (self.columns if self.bias else 0))

    @property
    def shape(self) -> str:
        bias = f" + {self.columns}" if self.bias else ""
        return f"{self.times} x ({self.rows} x {self.columns}{bias})"


def maps(shape: Shape) -> list[Map]:
    """Every learned matrix and vector of the module."""
    sizes = (shape.query, shape.key, shape.value, shape.hidden, shape.heads)
    query, key, value, hidden, heads = map(sympify, sizes)
    if shape.score == "general":
        found = [Map("W", heads, query, key)]
    else:
        found = [
            Map("W^Q", heads, query, hidden, shape.bias),
            Map("W^K", heads, key, hidden, shape.bias),
        ]
    if shape.score == "additive":
        found.append(Map("v", heads, Integer(1), hidden))
    if shape.project_values:
        found.append(Map("W^V", heads, value, hidden, shape.bias))
    if shape.output is not None:
        joined = heads * (hidden if shape.project_values else value)
        found.append(Map("W^O", Integer(1), joined, sympify(shape.output), shape.bias))
    return found


def count(shape: Shape) -> Expr:
    """How many numbers the module learns."""
    return sum((each.numbers for each in maps(shape)), Integer(0))


def derivation(shape: Shape) -> str:
    """The count as a table: each matrix with its shape, what it comes to, and the sum."""
    found = maps(shape)
    width = max(len(each.shape) for each in found)
    lines = [f"{each.name:4s} {each.shape:{width}s} = {written(each.numbers)}" for each in found]
    return "\n".join([*lines, f"{'sum':{width + 5}s} = {written(count(shape))}"])


def written(number: Expr) -> str:
    """A number with commas, or an expression with its common factors taken out."""
    return f"{int(number):,}" if number.is_number else formula(factor(number))


def build(shape: Shape) -> AdditiveAttention:
    """The real module, on torch's device ``meta`` (shapes without numbers).

    Raises ValueError for another score than the additive one.
    """
    if shape.score != "additive":
        raise ValueError(f"only additive attention is a module of its own, not '{shape.score}'")
    wanted = dataclasses.asdict(shape)
    del wanted["score"]
    with torch.device("meta"):
        return AdditiveAttention(**wanted)


def learned(module: torch.nn.Module) -> int:
    """The numbers that a module really learns."""
    return sum(parameter.numel() for parameter in module.parameters())


def shared_out(total: int, heads: int) -> int:
    """The width of a head where ``total`` columns are dealt out to all heads together.

    Raises ValueError, with the nearest widths that can be, where they cannot be dealt out evenly.
    """
    if heads < 1 or total < heads:
        raise ValueError(f"{heads} heads need at least one column each, and there are {total} columns")
    if total % heads:
        below = total - total % heads
        raise ValueError(f"{total} columns are not {heads} equal heads; {below} or {below + heads} would be")
    return total // heads
