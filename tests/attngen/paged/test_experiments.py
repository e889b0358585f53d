"""The recorded experiments: smoke runs with all metrics, live runs from a summary, and hit rates by hand."""
import math

import pytest
from attngen import experiments, results
from attngen.paged import azure_run, prefix
from attngen.paged.experiments import PAGED_PRESETS, PREFIX_PRESETS, SHARING_PRESETS, SPEED_PRESETS

PRESETS = {"paged-azure": PAGED_PRESETS, "paged-prefix": PREFIX_PRESETS, "paged-sharing": SHARING_PRESETS,
           "paged-speed": SPEED_PRESETS}


@pytest.mark.parametrize("name", PRESETS)
def test_a_smoke_run_records_finite_numbers(places, name):
    outcome = experiments.run(name, "smoke", device="cpu")
    assert outcome.metrics and all(math.isfinite(value) for value in outcome.metrics.values())
    assert {"smoke", "cpu"} <= set(PRESETS[name])
    if name == "paged-azure":
        rates = {row for row in outcome.history["rate"]}
        assert rates == {0.0, *PAGED_PRESETS["smoke"].rates}
        assert {"utilisation_max", "utilisation_pow2", "utilisation_oracle", "utilisation_paged16"} <= set(outcome.metrics)
        assert outcome.path("lengths.json").exists()


def test_the_presets_ask_for_the_same_metrics():
    """A smoke run must give every recorded metric: what names them does not depend on the preset."""
    smoke, full = PAGED_PRESETS["smoke"], PAGED_PRESETS["cpu"]
    assert (smoke.rates, smoke.widths) == (full.rates, full.widths)
    assert PREFIX_PRESETS["smoke"].memories == PREFIX_PRESETS["cpu"].memories
    assert SHARING_PRESETS["smoke"].widths == SHARING_PRESETS["cpu"].widths


def test_a_live_run_needs_the_recorded_one(places):
    with pytest.raises(results.UnknownResult, match="no recorded result 'paged-azure'"):
        azure_run.run_live()


def test_a_live_run_draws_from_the_recorded_summary(places, monkeypatch):
    made = azure_run.all_requests(PAGED_PRESETS["smoke"], 0)
    kept = {name: azure_run.summary(requests) for name, requests in made.items()}
    monkeypatch.setattr(azure_run, "recorded_summary", lambda: kept)
    small = azure_run.replace(PAGED_PRESETS["minute"], requests=30, shared=2)
    monkeypatch.setitem(azure_run.PAGED_PRESETS, "minute", small)
    live = azure_run.run_live(seed=2).metrics
    assert 0 < live["utilisation_max"] < live["utilisation_paged16"] <= 1
    assert live["azure_paged_batch"] > live["azure_max_batch"]
    assert results.names() == []        # nothing was recorded


def test_an_unknown_source_is_refused():
    with pytest.raises(ValueError, match="trace, recorded or synthetic, not 'web'"):
        azure_run.PagedConfig("web")
    with pytest.raises(ValueError, match="trace or synthetic, not 'web'"):
        prefix.run_prefix(prefix.PrefixConfig("web"), None)


def test_the_model_in_numbers():
    config = PAGED_PRESETS["cpu"]
    assert config.slots == 15_728
    assert config.machine.read_seconds(1) == pytest.approx(26e9 / 1.555e12)
    assert config.machine.read_seconds(1000) == pytest.approx(26e9 * 1000 / 156e12)


def test_hits_by_hand():
    prompts = [[0, 1, 2], [0, 1, 3], [0, 4], [0, 1, 2, 5]]
    assert prefix.hit_rate(prompts, 100) == (0 + 2 + 1 + 3) / 12
    assert prefix.hit_rate([[1, 2], [3, 4], [1, 2]], 2) == 0        # forgotten by then
    assert prefix.hit_rate([[1, 2, 3]] * 2, 2) == 0                 # too long for the memory


def test_made_up_prompts_grow_from_each_other():
    prompts = prefix.made_up_prompts(50, seed=0)
    assert len(prompts) == 50 and prefix.hit_rate(prompts, 1000) > 0.2
