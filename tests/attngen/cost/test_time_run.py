"""The benchmark: a smoke run through the experiments, its clock, and numbers that follow from its rows."""
import attngen.cost.experiments  # noqa: F401  (registers)
import pytest
import torch
from attngen import experiments
from attngen.cost import clock
from attngen.cost.time_config import TIME_PRESETS
from attngen.cost.time_pictures import points
from attngen.cost.time_run import compare

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cost")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTNGEN_RUNS", str(folder / "runs"))
        patch.setenv("ATTNGEN_RESULTS", str(folder / "results"))
        return experiments.run("attention-cost-time", "smoke", device="cpu")


def test_a_smoke_run_records_every_measure(smoke):
    kinds = set(zip(smoke.history["measure"], map(str, smoke.history["kind"]), strict=True))
    by_length = {"projections", "dense", "fused", "softmax", "linformer", "fourier"}
    assert kinds == {("roofs", kind) for kind in ("product", "copy", "sum")} | {("length", kind) for kind in by_length} | {
        ("cache", kind) for kind in ("all", "new", "groups")} | {("decode", "4"), ("decode", "1")}  # fmt: skip
    assert all(second > 0 for second in smoke.history["seconds"])
    assert all(value >= 0 for value in smoke.metrics.values())
    assert smoke.metrics["at"] == 32 and torch.get_num_threads() == 1


def test_every_preset_measures_written_scores_somewhere_and_fits_its_heads():
    assert set(TIME_PRESETS) == set(experiments.PRESETS)
    for config in TIME_PRESETS.values():
        assert min(config.lengths) <= config.longest_dense and config.new <= config.length
        assert all(config.heads % kv == 0 for kv in config.kv_heads) and config.dim % config.groups == 0


def test_comparisons_follow_from_the_seconds():
    config = TIME_PRESETS["smoke"]
    seconds = {"projections": 1.0, "dense": 8.0, "fused": 4.0, "softmax": 2.0, "linformer": 2.0, "fourier": 0.5}
    found = compare(config, {16: seconds, 64: seconds, 128: {"fused": 9.0}}, peak=1e6, size=4)
    assert found["at"] == 64   # the longest at which all were measured
    assert found["dense_over_linformer"] == 4 and found["softmax_share"] == 0.25
    assert found["dense_utilisation"] == pytest.approx(4 * 64**2 * 32 / 8e6)
    # seconds = a n^2 = b n log2 n at n = 64: b / a = (0.5 / 8) * 64 / 6
    assert found["fourier_constant_over_dense"] == pytest.approx(64 / 16 / 6)
    # seconds = a n^2 = b n at n = 64: equal where n = 64 * 2 / 8
    assert found["linformer_crossover_dense"] == pytest.approx(16)


def test_points_have_the_intensity_of_their_rows(smoke):
    labels = {label for label, *_ in points(smoke)}
    kinds = ("projections", "fused", "linformer", "dense", "softmax")
    assert labels == {f"length {kind}" for kind in kinds} | {"decode 4", "decode 1"}
    assert all(intensity > 0 and speed > 0 for _, intensity, speed in points(smoke))


def test_on_a_cpu_this_threads_processor_time_counts_and_on_a_card_the_clock(monkeypatch):
    readings = iter([10.0, 12.5])
    monkeypatch.setattr(clock.time, "thread_time", lambda: next(readings))
    assert clock.spent(lambda: None, CPU) == 2.5
    monkeypatch.setattr(clock, "timed", lambda function: (7.0, function()))
    assert clock.spent(lambda: None, torch.device("cuda")) == 7.0


def test_the_best_of_the_rounds_counts_and_the_first_call_does_not():
    calls = []
    found = clock.best({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 2, CPU)
    assert calls == ["a", "b"] * 3 and set(found) == {"a", "b"}
    with pytest.raises(ValueError, match="at least one round is needed, not 0"):
        clock.best({}, 0, CPU)


def test_threads_are_given_back_even_after_an_error():
    before = torch.get_num_threads()
    with pytest.raises(RuntimeError), clock.threads(2):
        assert torch.get_num_threads() == 2
        raise RuntimeError
    assert torch.get_num_threads() == before
