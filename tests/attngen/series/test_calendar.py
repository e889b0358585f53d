"""The calendar as numbers, against Python's own calendar."""
import datetime

import numpy as np
import pytest
from attngen.series.calendar import DAY, feature_count, time_features
from hypothesis import given
from hypothesis import strategies as st

MOMENTS = st.datetimes(datetime.datetime(1950, 1, 1), datetime.datetime(2100, 1, 1))


def by_hand(moment: datetime.datetime) -> list[float]:
    """Minute of hour, hour, weekday, day of month, day of year: each between -0.5 and 0.5."""
    day_of_year = moment.timetuple().tm_yday - 1
    found = [moment.minute / 59, moment.hour / 23, moment.weekday() / 6, (moment.day - 1) / 30, day_of_year / 365]
    return [each - 0.5 for each in found]


@given(st.lists(MOMENTS, min_size=1, max_size=5))
def test_the_features_are_pythons(moments):
    times = np.array(moments, dtype="datetime64[s]")
    expected = np.array([by_hand(moment) for moment in moments])
    for minutes, kept in ((15, slice(0, None)), (60, slice(1, None)), (DAY, slice(2, None))):
        found = time_features(times, minutes)
        np.testing.assert_allclose(found, expected[:, kept], atol=1e-6)
        assert found.dtype == np.float32 and np.abs(found).max() <= 0.5 + 1e-6
        assert found.shape == (len(moments), feature_count(minutes))


@pytest.mark.parametrize(("time", "features"), [
    ("2024-01-01T00:00:00", [-0.5, -0.5, -0.5, -0.5]),   # a Monday, in every respect the beginning
    ("2024-12-31T23:00:00", [0.5, 1 / 6 - 0.5, 0.5, 0.5]),   # a Tuesday, the 366th day
    ("2023-12-31T23:00:00", [0.5, 0.5, 0.5, 364 / 365 - 0.5]),
    ("1969-12-31T23:00:00", [0.5, 2 / 6 - 0.5, 0.5, 364 / 365 - 0.5]),   # before the epoch
])  # fmt: skip
def test_ends_of_cycles(time, features):
    found = time_features(np.array([time], dtype="datetime64[s]"), 60)
    np.testing.assert_allclose(found[0], features, atol=1e-6)


def test_only_the_time_counts():
    times = np.datetime64("2023-12-30T00:00:00") + np.arange(500) * np.timedelta64(3600, "s")
    whole = time_features(times, 60)
    np.testing.assert_array_equal(whole[100:110], time_features(times[100:110], 60))
    np.testing.assert_array_equal(whole[:168, 1], whole[168:336, 1])   # weekdays come again after a week
