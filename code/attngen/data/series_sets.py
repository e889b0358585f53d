"""The data of the chapter on time series: the tables that the field compares its forecasts on."""

from __future__ import annotations

import zipfile
from functools import partial
from pathlib import Path

from attngen.data.entries import Dataset, RemoteFile

_ETT = "https://raw.githubusercontent.com/zhouhaoyi/ETDataset/main/ETT-small/"


def _member(path: Path, name: str) -> bytes:
    """The file's bytes, out of the zip archive it may lie in."""
    if path.suffix != ".zip":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        inside = next((each for each in archive.namelist() if each.endswith(f"/{name}") or each == name), None)
        if inside is None:
            raise ValueError(f"the archive holds no {name}")
        return archive.read(inside)


def _file(name: str, url: str, sha256: str, archive: str) -> RemoteFile:
    return RemoteFile(name, url, sha256, original=partial(_member, name=name), also=(archive,))


def _ett(name: str, sha256: str) -> RemoteFile:
    return _file(name, _ETT + name, sha256, "ETT-small.zip")


SERIES = Dataset(
    name="time-series",
    title="Transformers' oil and loads (ETT), daily exchange rates, weather every ten minutes",
    origin="ETDataset (Zhou et al. 2021); Lai et al. 2018 and Wu et al. 2021, as collected for Autoformer",
    licence="CC BY-ND 4.0 (ETT: never pass on an altered part); of the others, see the collection",
    files=(
        _ett("ETTh1.csv", "f18de3ad269cef59bb07b5438d79bb3042d3be49bdeecf01c1cd6d29695ee066"),
        _ett("ETTh2.csv", "a3dc2c597b9218c7ce1cd55eb77b283fd459a1d09d753063f944967dd6b9218b"),
        _ett("ETTm1.csv", "6ce1759b1a18e3328421d5d75fadcb316c449fcd7cec32820c8dafda71986c9e"),
        _ett("ETTm2.csv", "db973ca252c6410a30d0469b13d696cf919648d0f3fd588c60f03fdbdbadd1fd"),
        _file(
            "exchange_rate.csv",
            "",
            "48b4d9d3d508f5104162e85b9a6042e3557fde11aa9f2944eba8c0d0efc89842",
            "exchange_rate.zip",
        ),
        _file("weather.csv", "", "34ee981d07313e51da2a50bb600072c8ae4a69cb4b0651f4cb93a069d7a2ba63", "weather.zip"),
    ),
    advice="`attngen data fetch time-series` gets the four ETT tables; exchange_rate.csv and weather.csv are in the "
    "collection that the README of https://github.com/thuml/Autoformer names, and may stay in their zip archives. "
    "The experiments series-{when,attention-ring,multistep-waves,speed,probsparse} need no files",
)
