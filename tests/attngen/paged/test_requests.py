"""Lengths of requests: from a summary as from the trace, and made up."""
import json

import numpy as np
import pytest
from attngen.data import DataError
from attngen.paged import requests
from attngen.paged.requests import PAPER_MEANS, Requests, from_summary, load_trace, save_summary, summary, synthetic


def correlated(count=6000):
    random = np.random.default_rng(0)
    prompts = random.geometric(1 / 500, count)
    return Requests(prompts, 1 + random.poisson(20 + prompts / 10)).within(2048)


def test_a_summary_keeps_what_matters(tmp_path):
    real = correlated()
    kept = json.loads(save_summary(tmp_path / "lengths.json", summary(real)).read_text())
    assert (tmp_path / "lengths.json").stat().st_size < 20_000
    drawn = from_summary(kept, 6000, 2048, seed=1)
    for part in ("prompts", "outputs"):
        assert getattr(drawn, part).mean() == pytest.approx(getattr(real, part).mean(), rel=0.05)
        assert np.median(getattr(drawn, part)) == pytest.approx(np.median(getattr(real, part)), rel=0.06)
    together = [np.corrcoef(r.prompts, r.outputs)[0, 1] for r in (real, drawn)]
    assert together[1] == pytest.approx(together[0], abs=0.03)
    assert drawn.prompts.min() >= 1 and drawn.outputs.min() >= 1


def test_the_same_seed_draws_the_same():
    kept = summary(correlated(500))
    one, other = (from_summary(kept, 50, 2048, seed=3) for _ in range(2))
    assert np.array_equal(one.prompts, other.prompts) and np.array_equal(one.outputs, other.outputs)


@pytest.mark.parametrize("name", PAPER_MEANS)
def test_made_up_lengths_have_the_means_they_should(name):
    made = synthetic(PAPER_MEANS[name], 20_000, 2048)
    assert made.prompts.mean() == pytest.approx(PAPER_MEANS[name][0], rel=0.04)
    assert made.outputs.mean() == pytest.approx(PAPER_MEANS[name][1], rel=0.04)
    assert (made.prompts + made.outputs).max() <= 2048


def test_more_than_there_are_begins_again():
    few = Requests(np.array([1, 2, 3]), np.array([4, 5, 6]))
    many = few.shuffled(7, 0)
    assert len(many) == 7 and set(zip(many.prompts.tolist(), many.outputs.tolist())) == {(1, 4), (2, 5), (3, 6)}


def test_an_unknown_trace_is_refused():
    with pytest.raises(ValueError, match="one of conversation, code, not 'music'"):
        load_trace("music")


def test_a_missing_trace_says_where_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(requests, "read", lambda *names: (_ for _ in ()).throw(DataError("nowhere")))
    with pytest.raises(DataError, match="nowhere"):
        load_trace()


def test_the_traces_are_registered_with_public_addresses():
    from attngen.data import get

    entry = get("llm-traces")
    assert {file.name for file in entry.files} >= set(requests.FILES.values())
    assert all(file.url.startswith("https://raw.githubusercontent.com/") for file in entry.files)
