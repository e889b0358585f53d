"""The exercise's own counting: each part multiplies or divides what the part before it gave.

The unit is n^2 d, one multiplication for each pair of positions and each column.  The chain is kept in
symbols, and its numbers are exact fractions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sympy import Expr, Rational, Symbol, factor, log, simplify, symbols

from attngen.cost.exact import decimal, formula
from attngen.cost.products import d, n

# share of new positions, groups, share of overhead, share of performance left
rho, G, o, p = symbols("rho G o p", positive=True)
GIVEN = {n: 4096, d: 512, rho: Rational(20, 100), G: 64, o: Rational(35, 100), p: Rational(75, 100)}


@dataclass(frozen=True)
class Part:
    """One lettered part: what is done to the count, the formula that results, and its exact value."""

    letter: str
    step: str
    formula: Expr
    value: Expr
    given: dict[Symbol, Expr]

    def steps(self) -> str:
        """The formula, the same with the numbers put in, and what it comes to: three lines."""
        written = formula(self.formula)
        names = {str(symbol): decimal(value).replace(",", "") for symbol, value in self.given.items()}
        numbers = re.sub(r"[A-Za-z]+", lambda word: names.get(word[0], word[0]), written)
        begin = f"({self.letter}) = "
        return f"\n{' ' * (len(begin) - 2)}= ".join([begin + written, numbers, decimal(self.value)])


def _value(count: Expr, given: dict[Symbol, Expr]) -> Expr:
    return simplify(count.subs(given))


def parts(given: dict[Symbol, Expr] | None = None) -> dict[str, Part]:
    """The parts a to f, and beside e its ``extra`` over d, for the given sizes and shares.

    given - values of some of n, d, rho, G, o, p in place of the exercise's.  The value of f is a number
            without logarithms only where n is a power of two.
    """
    given = GIVEN | (given or {})
    a = n**2 * d
    b = rho * a
    c = b / G
    with_overhead = (1 + o) * c
    slowed = with_overhead / p
    last = slowed.subs(n**2, n * log(n, 2))
    chain = [
        ("a", "n^2 d", a),
        ("b", "times rho", b),
        ("c", "over G", c),
        ("d", "times 1 + o", with_overhead),
        ("e", "over p", slowed),
        ("extra", "(e) - (d)", slowed - with_overhead),
        ("f", "n^2 to n log2 n", last),
    ]
    return {
        letter: Part(letter, step, factor(count), _value(count, given), given)
        for letter, step, count in chain
    }


def derivation(found: dict[str, Part]) -> str:
    """The chain as lines: letter, step, formula and exact value."""
    step_width = max(len(part.step) for part in found.values())
    width = max(len(formula(part.formula)) for part in found.values())
    return "\n".join(
        f"{part.letter:5s}  {part.step:{step_width}s}  "
        f"{formula(part.formula):{width}s} = {decimal(part.value):>17s}"
        for part in found.values()
    )
