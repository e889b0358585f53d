"""Exact numbers, written as people write them."""

from __future__ import annotations

from sympy import Rational, sympify


def decimal(number) -> str:
    """A whole number or a finite decimal fraction in full, with commas: 171798691/100 -> "1,717,986.91".

    Raises ValueError where the decimal expansion does not end, or where it is no rational number.
    """
    number = sympify(number)
    if not number.is_Rational:
        raise ValueError(f"only a rational number can be written in full, not {number}")
    rest, places = number.q, 0
    while rest % 10 == 0 or rest % 2 == 0 or rest % 5 == 0:
        rest = rest // 10 if rest % 10 == 0 else rest // 2 if rest % 2 == 0 else rest // 5
        places += 1
    if rest != 1:
        raise ValueError(f"the decimal expansion of {number} does not end")
    digits = abs(number.p) * 10**places // number.q
    whole, fraction = divmod(digits, 10**places)
    tail = f".{fraction:0{places}d}" if places else ""
    return f"{'-' if number < 0 else ''}{whole:,}{tail}"


def formula(expression) -> str:
    """An expression with ^ for powers: "d*n^2"."""
    return str(expression).replace("**", "^")


def plain(number) -> int | float:
    """A sympy number as Python's: a whole one as int, another as float."""
    number = Rational(number) if isinstance(number, (int, str)) else sympify(number)
    return int(number) if number.is_integer else float(number)
