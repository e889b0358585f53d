"""Tables of series: parsed as published, and errors that name the line."""
import re

import numpy as np
import pytest
from attngen.series.table import FILES, SeriesError, SeriesTable, load, parse

TEXT = "date,a, b \n2016-07-01 00:00:00,1.5,-2\n2016-07-01 01:00:00,3,4e1\n"


def test_a_table_from_text():
    table = parse("small", TEXT, 60)
    assert table.columns == ("a", "b") and len(table) == 2 and table.minutes == 60
    np.testing.assert_array_equal(table.values, [[1.5, -2], [3, 40]])
    assert table.times.dtype == "datetime64[s]" and str(table.times[1]) == "2016-07-01T01:00:00"
    assert table.column("b").tolist() == [-2, 40]


@pytest.mark.parametrize(("written", "read"), [
    ("1990/1/1 0:00", "1990-01-01T00:00:00"), ("2010/10/10 0:00", "2010-10-10T00:00:00"),
    ("2020-01-01 00:10:00", "2020-01-01T00:10:00"), ("2020-02-29", "2020-02-29T00:00:00"),
])  # fmt: skip
def test_both_ways_of_writing_a_time(written, read):
    assert str(parse("one", f"date,a\n{written},1\n", 1).times[0]) == read


def test_empty_lines_are_no_rows():
    assert len(parse("small", TEXT + "\n\n", 60)) == 2


@pytest.mark.parametrize(("text", "words"), [
    ("", "the first line must name"), ("date\n", "the first line must name"), ("date,a\n", "no rows"),
    (TEXT + "2016-07-01 02:00:00,1\n", "line 4: 2 fields, expected 3"),
    (TEXT + "2016-07-01 02:00:00,1,x\n", "line 4: .*'x'"), 
    (TEXT + "2016-07-01 02:00:00,1,x\n", "column 'b' holds 'x', which is no number"),
    *((TEXT + f"{time},1,2\n", f"line 4: '{re.escape(time)}' is no time such as 2016") for time in (
        "yesterday", "2016-13-01 00:00:00", "12/11/20 01:00", "2016-07-01 00:00:00+00:00", "1", "01.02.2020",
        "2016-07-01 00:00:00.500", "2016-07-01 25:00")),
])  # fmt: skip
def test_what_cannot_be_read_is_named_with_its_line(text, words):
    with pytest.raises(SeriesError, match=words):
        parse("broken", text, 60)


@pytest.mark.parametrize("empty", ["", " ", "NA", "NaN", "nan", "null"])
def test_a_missing_field_is_nan(empty):
    values = parse("holes", TEXT + f"2016-07-01 02:00:00,{empty},7\n", 60).values
    assert np.isnan(values[2, 0]) and values[2, 1] == 7 and np.isfinite(values).sum() == 5


@pytest.mark.parametrize("time", ["2016-07-01T02:00:00", "2016/7/1 2:00", "2016-07-01 02:00:00.000"])
def test_a_time_may_be_written_in_several_ways(time):
    assert str(parse("times", TEXT + f"{time},1,2\n", 60).times[2]) == "2016-07-01T02:00:00"


@pytest.mark.parametrize("minutes", [0, -60, 0.5, None])
def test_a_step_is_a_positive_whole_number_of_minutes(minutes):
    with pytest.raises(SeriesError, match="a step is a positive whole number of minutes"):
        parse("steps", TEXT, minutes)


def test_an_unknown_table_says_how_to_read_ones_own():
    with pytest.raises(SeriesError, match=r"a csv of your own is read by parse\(name, text, minutes\)"):
        load("mine.csv")


def test_values_need_a_row_for_each_time_and_a_column_for_each_name():
    with pytest.raises(SeriesError, match=r"2 times, 3 columns, values \(2, 2\)"):
        SeriesTable("odd", np.zeros(2, "datetime64[s]"), np.zeros((2, 2)), ("a", "b", "c"), 60)


def test_an_unknown_name_is_told_the_known_ones():
    with pytest.raises(SeriesError, match="it has: a, b"):
        parse("small", TEXT, 60).column("c")
    with pytest.raises(SeriesError, match="known: etth1, etth2"):
        load("etth9")


SHAPES = {"etth1": (17_420, 7), "etth2": (17_420, 7), "ettm1": (69_680, 7), "ettm2": (69_680, 7),
          "exchange": (7_588, 8), "weather": (52_696, 21)}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_the_published_tables(name, real):
    table = real(name)
    assert table.values.shape == SHAPES[name] and table.columns[-1] == "OT"
    steps = np.diff(table.times).astype(int) // 60
    assert np.median(steps) == table.minutes
    assert (steps != table.minutes).sum() == (2 if name == "weather" else 0)   # a row twice, and nine lost
