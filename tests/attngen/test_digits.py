"""Numbers in Persian writing: nothing is lost, and names keep their digits."""
import re

import pytest
from attngen.digits import persian_number, persian_text
from hypothesis import given
from hypothesis import strategies as st

BACK = str.maketrans("۰۱۲۳۴۵۶۷۸۹٫٬٪−", "0123456789.,%-")


@given(st.floats(-1e9, 1e9), st.sampled_from(["", ".3f", ",.2f", ".1%", ".2e"]))
def test_a_persian_number_reads_back(value, spec):
    text = format(value, spec)
    written = persian_number(text)
    assert written.translate(BACK) == text
    assert not re.search("[0-9.,%-]", written)


@pytest.mark.parametrize(("text", "written"), [
    ("زیان 0.5 است.", "زیان ۰٫۵ است."),
    ("3 سر، 1,024 توکن و 12.5%", "۳ سر، ۱٬۰۲۴ توکن و ۱۲٫۵٪"),
    ("در سال 2017.", "در سال ۲۰۱۷."),
    ("ETTh1 و h32 و 2x و v1.2", "ETTh1 و h32 و 2x و v1.2"),
    (r"$\mathdefault{10^{-2}}$", r"$\mathdefault{۱۰^{-۲}}$"),
])
def test_numbers_in_text(text, written):
    assert persian_text(text) == written


@given(st.text(st.characters(exclude_categories=["Nd"])))
def test_text_without_digits_stays(text):
    assert persian_text(text) == text
