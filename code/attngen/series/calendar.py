"""The calendar as numbers: what hour, weekday, day of month and day of year each row has."""

from __future__ import annotations

import numpy as np

DAY, WEEK = 24 * 60, 7  # minutes; days


def time_features(times: np.ndarray, minutes: int) -> np.ndarray:
    """(T, C) float32: each feature of the times (T,), from -0.5 at the start of its cycle to 0.5 at the end.

    Steps under an hour: minute of hour, hour of day, weekday, day of month, day of year; hours: the same without
    the minute; days: without the hour, too.  (The encoding of Informer's code, Zhou et al. 2021.)
    """
    days = times.astype("datetime64[D]")
    month = times.astype("datetime64[M]")
    year = times.astype("datetime64[Y]")
    minute = (times - days).astype("timedelta64[m]").astype(int)
    found = [
        ((days.astype(int) + 3) % WEEK) / 6,  # 1970-01-01 was a Thursday; Monday is 0
        (days - month.astype("datetime64[D]")).astype(int) / 30,
        (days - year.astype("datetime64[D]")).astype(int) / 365,
    ]
    if minutes < DAY:
        found.insert(0, minute // 60 / 23)
    if minutes < 60:
        found.insert(0, minute % 60 / 59)
    return np.stack(found, axis=-1).astype(np.float32) - 0.5


def feature_count(minutes: int) -> int:
    """How many features ``time_features`` makes for rows this many minutes apart."""
    return 3 + (minutes < DAY) + (minutes < 60)
