"""The recorded experiments on transformers made for series: smoke runs and what follows from their rows."""
import pytest
import torch
from attngen import experiments
from attngen.series import compare_experiments  # noqa: F401  (registers)
from attngen.series.compare_config import COMPARE_PRESETS, PROBSPARSE_PRESETS, SAMPLED_PRESETS, VARIANTS, SampledConfig
from attngen.series.compare_run import check_compare, recorded_config
from attngen.series.informer import InformerConfig
from attngen.series.probsparse_run import TIMED, crossings
from attngen.series.probsparse_study import CHOICES, SEQUENCES
from attngen.series.sampled_run import KINDS, POINTS, check_sampled, fan, measured
from attngen.series.sampled_run import recorded_config as sampled_config

NAMES = ("series-probsparse", "series-informer-etth1-96", "series-hf-etth1-24")


@pytest.fixture(scope="module")
def smoke(tmp_path_factory, real):
    """The smoke runs by name."""
    real("etth1")
    folder = tmp_path_factory.mktemp("compare")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTNGEN_RUNS", str(folder / "runs"))
        patch.setenv("ATTNGEN_RESULTS", str(folder / "results"))
        yield {name: experiments.run(name, "smoke", device="cpu") for name in NAMES}


def test_the_benchmark_has_every_kind_at_every_length(smoke):
    history, config = smoke["series-probsparse"].history, PROBSPARSE_PRESETS["smoke"]
    rows = list(zip(history["measure"], history["kind"], history["length"], strict=True))
    assert {row for row in rows if row[0] == "cost"} == {("cost", k, n) for k in TIMED for n in config.lengths}
    found = smoke["series-probsparse"].metrics
    assert found["short_length"] == 16 and found["long_length"] == 64
    assert {f"kept_{s}_{c.replace(' ', '_')}" for s in SEQUENCES for c in CHOICES} <= set(found)
    assert found["long_mib_shared"] < found["long_mib_probsparse"]


def test_where_lines_cross():
    config = PROBSPARSE_PRESETS["smoke"]

    def row(kind, length, milliseconds, mib):
        return {"measure": "cost", "kind": kind, "length": length, "milliseconds": milliseconds, "mib": mib}

    rows = [row(kind, n, 1, 1) for kind in ("full", "fused") for n in config.lengths]
    rows += [row("probsparse", 16, 2, 0.5), row("probsparse", 64, 0.5, 0.5)]
    rows += [row(kind, n, ms, 2) for kind in ("shared", "hugging_face") for n, ms in ((16, 0.5), (64, 2))]
    found = crossings(rows, config)
    assert found["crossing_ms_probsparse_full"] == 64 and found["crossing_mib_probsparse_full"] == 16
    assert found["crossing_ms_shared_full"] == found["crossing_mib_shared_full"] == 128  # never


def test_every_variant_is_recorded(smoke):
    result = smoke["series-informer-etth1-96"]
    found = result.metrics
    for name in VARIANTS:
        assert {f"test_mse_{name}", f"test_mae_{name}_std", f"swapped_mse_{name}", f"parameters_{name}"} <= set(found)
        assert result.path(f"{name}.safetensors").exists()
    assert found["test_mse"] == found["test_mse_informer"] and found["test_windows"] == 32
    assert found["parameters_informer"] > found["parameters_full"] == found["parameters_full_normalised"]


def test_kept_weights_measure_as_recorded(smoke):
    result = smoke["series-informer-etth1-96"]
    config, of = COMPARE_PRESETS["smoke"], recorded_config(result)
    assert (of.base, of.names, of.limit) == (config.base, config.names, config.limit)
    for name, value in check_compare(result).items():
        assert value == pytest.approx(result.metrics[name], abs=2e-3), name


def test_every_sampled_forecast_is_recorded(smoke):
    result = smoke["series-hf-etth1-24"]
    found = result.metrics
    for kind in KINDS:
        assert {f"{m}_{kind}" for m in ("mse", "mae", "crps", "coverage", "coverage_of_mean", "width")} <= set(found)
        lines = result.path(f"fan_{kind}.csv").read_text().splitlines()
        assert len(lines) == 1 + SAMPLED_PRESETS["smoke"].model.horizon
    assert {f"mse_{kind}" for kind in POINTS} <= set(found) and found["windows"] == 6
    config, of = SAMPLED_PRESETS["smoke"], sampled_config(result)
    assert (of.model, of.own, of.windows) == (config.model, config.own, config.windows)
    for name, value in check_sampled(result).items():
        assert value == pytest.approx(found[name], abs=2e-3), name


def test_errors_that_hang_together_show_in_the_mean_over_the_horizon():
    """The truth is one level for all steps; steps drawn apart average it away."""
    torch.manual_seed(0)
    truth = torch.randn(300, 1, 1).expand(-1, 24, 1)
    apart, together = torch.randn(300, 100, 24, 1), torch.randn(300, 100, 1, 1).expand(-1, -1, 24, 1)
    one, other = measured(apart, truth, 0.8), measured(together, truth, 0.8)
    assert one["coverage"] == pytest.approx(0.8, abs=0.06) == other["coverage"]
    assert one["coverage_of_mean"] < 0.4 < 0.7 < other["coverage_of_mean"]


def test_a_fan_has_a_row_a_step():
    rows = fan(torch.randn(3, 20, 5, 2), torch.randn(3, 5, 2), 0.8)
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5]
    assert all(row["lower"] <= row["median"] <= row["upper"] for row in rows)
    assert {"truth", "path0", "path2"} <= set(rows[0])


def test_models_that_see_different_pasts_are_not_compared():
    with pytest.raises(ValueError, match="same past"):
        SampledConfig(own=InformerConfig(horizon=24, lookback=80))


def test_every_preset_is_there_and_compares_all():
    for presets in (COMPARE_PRESETS, SAMPLED_PRESETS, PROBSPARSE_PRESETS):
        assert set(presets) == set(experiments.PRESETS)
    assert COMPARE_PRESETS["cpu"].names == tuple(VARIANTS) and COMPARE_PRESETS["cpu"].test_limit == 0
    for config in PROBSPARSE_PRESETS.values():
        assert config.factor in config.factors
