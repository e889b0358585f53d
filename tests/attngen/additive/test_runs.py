"""The recorded experiments: smoke runs, what they keep, and numbers that follow from their rows."""
import attngen.additive.experiments  # noqa: F401  (registers)
import pytest
import torch
from attngen import experiments
from attngen.additive.time_config import ADDITIVE_TIME_PRESETS
from attngen.additive.time_run import KINDS as TIMED
from attngen.additive.time_run import measure, metrics
from attngen.additive.words_config import HEADS_PRESETS
from attngen.additive.words_run import PLACES, check_heads, force, gates, load_model, make, one_sided, recorded_config
from attngen.nn.mixed import KINDS
from attngen.piglatin.data import WordPairs
from attngen.piglatin.evaluation import valid_targets


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    """Both experiments' smoke runs, by name."""
    folder = tmp_path_factory.mktemp("additive")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTNGEN_RUNS", str(folder / "runs"))
        patch.setenv("ATTNGEN_RESULTS", str(folder / "results"))
        yield {name: experiments.run(name, "smoke", device="cpu") for name in ("additive-time", "additive-pig-latin")}


def test_the_benchmark_records_every_kind_at_every_length(smoke):
    result, config = smoke["additive-time"], ADDITIVE_TIME_PRESETS["smoke"]
    rows = set(zip(*(result.history[name] for name in ("measure", "kind", "length")), strict=True))
    expected = {("forward", kind, n) for kind in TIMED for n in config.lengths}
    expected |= {("training", kind, n) for kind in TIMED for n in config.trained}
    expected |= {("decode", kind, config.context) for kind in TIMED if kind != "blocks"}
    assert rows == expected
    assert all(second > 0 for second in result.history["seconds"])
    assert result.metrics["forward_at"] == result.metrics["short_at"] == 16 and result.metrics["tanh_ns"] > 0


def test_the_benchmarks_ratios_follow_from_the_seconds():
    seconds = {"fused": 1.0, "dot": 2.0, "blocks": 6.0, "additive": 8.0}
    found = metrics({"forward": (512, seconds)}, {"sum, new memory": 3.0, "product": 0.5})
    assert found["forward_at"] == 512 and found["forward_additive_ms"] == 8000
    assert found["forward_additive_over_dot"] == 4 and found["forward_blocks_over_fused"] == 6
    assert found["sum_new_memory_ns"] == 3 and found["product_ns"] == 0.5


def test_the_comparison_records_every_kind(smoke):
    result = smoke["additive-pig-latin"]
    assert set(result.history["kind"]) == set(KINDS)
    for kind in KINDS:
        model = make(HEADS_PRESETS["smoke"].base, kind)
        assert result.metrics[f"parameters_{kind}"] == sum(p.numel() for p in model.parameters())
        assert result.path(f"{kind}.safetensors").exists() == (kind != "dot")
    assert 0 < result.metrics["gate_lowest"] <= result.metrics["gate_mean"] <= result.metrics["gate_highest"] < 1


def test_kept_weights_measure_as_recorded(smoke):
    result = smoke["additive-pig-latin"]
    assert recorded_config(result) == HEADS_PRESETS["smoke"]
    for name, value in check_heads(result).items():
        assert value == pytest.approx(result.metrics[name], abs=1e-5), name


def test_gates_are_listed_by_place_layer_and_head(smoke):
    found = gates(load_model("gated", smoke["additive-pig-latin"]))
    assert set(found) == set(PLACES) and all(len(layers) == 1 and len(layers[0]) == 2 for layers in found.values())
    assert gates(load_model("additive", smoke["additive-pig-latin"])) == {place: [] for place in PLACES}


def test_one_sided_measures_leave_the_model_as_it_was(smoke):
    base = HEADS_PRESETS["smoke"].base
    model, pairs = make(base, "gated").eval(), [("team", "eamtay"), ("apple", "appleway")]
    before = gates(model)
    found = one_sided(model, WordPairs(pairs), valid_targets(pairs))
    assert gates(model) == before and found["only_adding_val_loss"] != found["only_multiplying_val_loss"]
    assert all(share == 1 for layers in gates(force(model, True)).values() for heads in layers for share in heads)


def test_a_finished_kind_is_not_trained_again(tmp_path, monkeypatch):
    from attngen.additive import words_run
    from attngen.experiments import Context, make_accelerator

    context = Context(tmp_path, (0,), make_accelerator("cpu"))
    first = words_run.run_heads(HEADS_PRESETS["smoke"], context)

    def never(*_):
        raise AssertionError("a batch was trained on")

    monkeypatch.setattr(words_run, "token_loss", never)
    monkeypatch.setattr(words_run, "mean_loss", lambda *_: 0.0)
    again = words_run.run_heads(HEADS_PRESETS["smoke"], context)
    assert [row["val_loss"] for row in again.history] == [row["val_loss"] for row in first.history]


def test_every_preset_times_forward_what_it_trains():
    assert set(ADDITIVE_TIME_PRESETS) == set(HEADS_PRESETS) == set(experiments.PRESETS)
    for config in ADDITIVE_TIME_PRESETS.values():
        assert config.trained[-1] in config.lengths


def test_the_benchmark_leaves_torchs_threads_as_they_were():
    before = torch.get_num_threads()
    measure(ADDITIVE_TIME_PRESETS["smoke"], torch.device("cpu"))
    assert torch.get_num_threads() == before


def test_all_kinds_are_compared_under_three_seeds_and_trained_alike():
    config = HEADS_PRESETS["cpu"]
    assert config.kinds == tuple(KINDS) and len(config.seeds) == 3
    assert config.base.train.epochs < HEADS_PRESETS["gpu"].base.train.epochs
