"""The exercise's chain: its exact numbers, the same by plain arithmetic, and how it prints."""
from fractions import Fraction
from math import log, log2

import pytest
from attngen.cost import answers, sheet
from attngen.cost.exact import decimal, plain
from attngen.cost.products import flops, self_attention
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational, sqrt

FACTS = {"a": "8,589,934,592", "b": "1,717,986,918.4", "c": "26,843,545.6", "d": "36,238,786.56",
         "e": "48,318,382.08", "extra": "12,079,595.52", "f": "141,557.76"}  # fmt: skip
shares = st.fractions(Fraction(1, 100), Fraction(99, 100), max_denominator=100)


def test_the_exercises_numbers_to_the_last_digit():
    assert {letter: decimal(part.value) for letter, part in sheet.parts().items()} == FACTS


@settings(max_examples=25)
@given(st.integers(1, 14), st.integers(1, 600), shares, st.integers(1, 100), shares, shares)
def test_the_chain_is_the_plain_arithmetic(power, dim, new, groups, overhead, performance):
    length = 2**power
    given_ = {sheet.n: length, sheet.d: dim, sheet.rho: Rational(new), sheet.G: groups,
              sheet.o: Rational(overhead), sheet.p: Rational(performance)}  # fmt: skip
    found = {letter: Fraction(int(part.value.p), int(part.value.q)) for letter, part in sheet.parts(given_).items()}
    a = Fraction(length**2 * dim)
    group = a * new / groups
    slow = group * (1 + overhead) / performance
    assert found == {"a": a, "b": a * new, "c": group, "d": group * (1 + overhead), "e": slow,
                     "extra": slow - group * (1 + overhead), "f": slow * int(log2(length)) / length}  # fmt: skip


def test_steps_are_the_formula_the_numbers_and_the_value():
    parts = sheet.parts()
    assert parts["c"].steps().split("\n") == [
        "(c) = d*n^2*rho/G", "    = 512*4096^2*0.2/64", "    = 26,843,545.6"]  # fmt: skip
    for part in parts.values():   # what is printed can be computed, and gives what is printed
        numbers, value = (line.split("= ")[1] for line in part.steps().split("\n")[1:])
        assert eval(numbers.replace("^", "**"), {"log": log}) == pytest.approx(float(value.replace(",", "")))


def test_the_derivation_ends_each_line_with_the_number():
    lines = sheet.derivation(sheet.parts()).split("\n")
    assert [line.split("=")[-1].strip() for line in lines] == list(FACTS.values())
    assert max(map(len, lines)) <= 84


@given(st.integers(-10**9, 10**9), st.integers(0, 9), st.integers(0, 9))
def test_a_finite_decimal_is_written_in_full(numerator, twos, fives):
    number = Rational(numerator, 2**twos * 5**fives)
    assert Fraction(decimal(number).replace(",", "")) == Fraction(int(number.p), int(number.q))


@pytest.mark.parametrize(("number", "message"), [(Rational(1, 3), "of 1/3 does not end"), (sqrt(2), "only a rational")])
def test_what_has_no_end_is_refused(number, message):
    with pytest.raises(ValueError, match=message):
        decimal(number)


def test_plain_numbers():
    assert plain(Rational(6, 2)) == 3 and isinstance(plain(Rational(6, 2)), int)
    assert plain(Rational(1, 4)) == 0.25 and plain("7") == 7


def test_answers_really():
    done = answers.really()
    assert done["a"] == 5 * answers.sheet()["a"]
    assert done["c"] == done["d"] == done["e"] == flops(self_attention(4096, 512, 8, 2, 820)) < done["b"]
    assert answers.sheet()["extra"] == pytest.approx(answers.sheet()["e"] - answers.sheet()["d"])
    without_sharing = answers.really(kv_heads=8)
    assert without_sharing["c"] == without_sharing["b"]
