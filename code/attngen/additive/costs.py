"""What the scores of projected queries and keys cost, operation by operation, in symbols or numbers."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Integer, symbols, sympify

from attngen.cost.exact import formula

n, m = symbols("n m", integer=True, positive=True)  # positions on either side; width of a head


@dataclass(frozen=True)
class ScoreCost:
    """multiply_adds, additions, tanhs - operations;  largest - numbers in the largest array that is made"""

    name: str
    multiply_adds: Expr
    additions: Expr
    tanhs: Expr
    largest: Expr

    def line(self) -> str:
        parts = (self.multiply_adds, self.additions, self.tanhs, self.largest)
        return f"{self.name:10s}" + "".join(f"{formula(part):>14s}" for part in parts)


def cost(score: str, length=n, width=m) -> ScoreCost:
    """The cost of ``length`` queries with as many keys; ValueError for an unknown score.

    score - "dot"; "general", whose matrix meets the queries first; or "additive"
    """
    length, width = sympify(length), sympify(width)
    pairs, none = length**2, Integer(0)
    if score == "dot":
        return ScoreCost(score, pairs * width, none, none, pairs)
    if score == "general":
        return ScoreCost(score, pairs * width + length * width**2, none, none, pairs)
    if score == "additive":
        each = pairs * width  # every pair has a vector of its own before v makes it one number
        return ScoreCost(score, each, each, each, each)
    raise ValueError(f"the score is dot, general or additive, not '{score}'")


HEADER = f"{'score':10s}{'multiply-adds':>14s}{'additions':>14s}{'tanh':>14s}{'largest array':>14s}"


def table() -> str:
    """All three as lines, in symbols."""
    return "\n".join([HEADER, *(cost(score).line() for score in ("dot", "general", "additive"))])
