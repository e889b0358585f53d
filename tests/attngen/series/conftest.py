"""What the tests of time series share."""
import pytest
from attngen.data import DataError, locate
from attngen.series import table

LEFT_OUT = "left out: "   # see tests/conftest.py


@pytest.fixture(scope="session")
def real():
    """A function: name -> a published table; the test is left out where its file is not at hand."""
    loaded = {}

    def get(name: str) -> table.SeriesTable:
        if name not in loaded:
            try:
                locate("time-series", table.FILES[name][0], download=False)
            except DataError:
                pytest.skip(LEFT_OUT + "the tables of time series are not on this machine")
            loaded[name] = table.load(name)
        return loaded[name]

    return get
