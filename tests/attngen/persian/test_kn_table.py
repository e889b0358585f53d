"""Small tables: nothing left out changes nothing, sums stay one, and a broken file is refused."""
import numpy as np
import pytest
from attngen.persian import kn_table
from attngen.persian.kneser_ney import KneserNey
from attngen.persian.ngram_counts import count_ngrams
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=40, deadline=None)
VOCABULARY = 6
documents_ = st.lists(st.lists(st.integers(1, VOCABULARY - 1), max_size=12), min_size=1, max_size=6)
contexts_ = st.lists(st.integers(0, VOCABULARY - 1), max_size=5)
limits = st.lists(st.integers(1, 4), min_size=1, max_size=5).map(sorted)


@few
@given(documents_, contexts_, limits)
def test_a_pruned_model_still_sums_to_one(documents, context, least):
    counts = count_ngrams(documents, len(least), VOCABULARY)
    whole = KneserNey.of(counts)
    pruned = kn_table.prune(whole, counts, least)
    p = pruned.distribution(context)
    assert (p > 0).all() and p.sum() == pytest.approx(1, abs=1e-12)
    for order in range(2, len(least) + 1):
        assert len(pruned.keys[order - 1]) == np.count_nonzero(counts.counts[order - 1] >= least[order - 1])
    if set(least) == {1}:
        np.testing.assert_allclose(p, whole.distribution(context))


@few
@given(documents_, contexts_, limits)
def test_a_table_comes_back_nearly_as_it_was(tmp_path_factory, documents, context, least):
    counts = count_ngrams(documents, len(least), VOCABULARY)
    model = kn_table.prune(KneserNey.of(counts), counts, least)
    path = kn_table.save(model, tmp_path_factory.mktemp("table") / "model.safetensors")
    again = kn_table.load(path)
    assert [keys.tolist() for keys in again.keys] == [keys.tolist() for keys in model.keys]
    p = again.distribution(context)
    assert (p > 0).all() and p.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(p, model.distribution(context), rtol=0.05)


def test_an_ngram_costs_about_three_bytes(tmp_path):
    tokens = np.random.default_rng(0).integers(1, 500, size=(1, 20_000)).tolist()
    model = KneserNey.fit(tokens, 3, 500)
    path = kn_table.save(model, tmp_path / "table")
    assert path.stat().st_size < 5 * sum(map(len, model.keys)) + 5000
    assert [file.name for file in tmp_path.iterdir()] == ["table"]  # nothing unfinished is left


def test_what_makes_no_sense_is_refused(tmp_path):
    counts = count_ngrams([[1, 2]], 2, VOCABULARY)
    model = KneserNey.of(counts)
    for least in ((1,), (2, 1), (1, 1, 1)):
        with pytest.raises(ValueError, match="one limit for each of 2 orders"):
            kn_table.prune(model, counts, least)
    with pytest.raises(OSError, match="there is no table"):
        kn_table.load(tmp_path / "none")
    (tmp_path / "broken").write_bytes(b"no table at all")
    with pytest.raises(OSError, match="cannot be read"):
        kn_table.load(tmp_path / "broken")
    whole = kn_table.save(model, tmp_path / "whole").read_bytes()
    (tmp_path / "broken").write_bytes(whole[:-20])
    with pytest.raises(OSError, match="cannot be read"):
        kn_table.load(tmp_path / "broken")
    with pytest.raises(OSError, match="could not be written"):
        kn_table.save(model, tmp_path)
