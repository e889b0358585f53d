"""What the package's tests share: tiny models, folders of their own, and one thread for all of it."""
import os

import pytest
import torch
from attngen.data import DataError, locate
from attngen.nn import EncoderDecoder, TransformerConfig
from attngen.piglatin import data as piglatin_data
from attngen.plotting import bilingual

LEFT_OUT = "left out: "   # see tests/conftest.py


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Tensors of this size gain nothing from threads, and sums in one thread always come out the same."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    os.environ["OMP_NUM_THREADS"] = "1"   # of the processes that tests start
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def build():
    """A function: seed and configuration -> a tiny transformer in double precision, ready to use."""

    def make(seed: int = 0, **changes) -> EncoderDecoder:
        torch.manual_seed(seed)
        shape = {"dim": 8, "heads": 2, "layers": 2, "feed_forward": 2, "max_length": 32} | changes
        return EncoderDecoder(TransformerConfig(**shape)).double().eval()

    return make


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Runs and results go to a folder of this test alone."""
    monkeypatch.setenv("ATTNGEN_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("ATTNGEN_RESULTS", str(tmp_path / "results"))
    return tmp_path


@pytest.fixture(scope="session")
def course_files():
    """The pairs of the exercise's two files, by name; the test is left out where they are not at hand."""
    try:
        for size in ("small", "large"):
            locate("pig-latin", f"pig_latin_{size}.txt", download=False)
    except DataError:
        pytest.skip(LEFT_OUT + "the Pig Latin files are not on this machine")
    return {size: piglatin_data.load_pairs(size) for size in ("small", "large")}


@pytest.fixture
def small_disk():
    """A function: bytes -> context in which no file can grow past them, as on a full disk."""
    resource = pytest.importorskip("resource", reason=LEFT_OUT + "this system has no limit on file sizes")
    import contextlib

    @contextlib.contextmanager
    def limit(size: int):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limit


@pytest.fixture
def published(monkeypatch):
    """What ``figure`` hands to IPython, as (data, metadata)."""
    shown = []
    monkeypatch.setattr(bilingual, "display", lambda data, raw, metadata: shown.append((data, metadata)))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    return shown
