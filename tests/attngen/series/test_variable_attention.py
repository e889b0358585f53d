"""Maps of attention, and what the forecast needs, against oracles."""
import attngen.series.attention_experiments  # noqa: F401  (registers)
import numpy as np
import pytest
import torch
from attngen import experiments
from attngen.series import ring, table_attention, variable_attention
from attngen.series.attention_config import RING_PRESETS, TABLE_PRESETS
from attngen.series.attention_run import CASES, check_ring, hubs, learn, measure, recorded_config, recorded_tables
from attngen.series.models import ModelConfig, make_model
from attngen.series.table import SeriesError
from attngen.series.variable_attention import alone, errors_by_variable, lag_profile, mean_attention, rises, share_on
from attngen.series.windows import Windows
from hypothesis import given
from hypothesis import strategies as st

SHAPE = ModelConfig("itransformer", lookback=6, horizon=3, variables=4, calendar=2, dim=8, heads=2, layers=2)


def windows(rows: int = 40, variables: int = 4, calendar: int = 2) -> Windows:
    generator = torch.Generator().manual_seed(0)
    values, about = (torch.randn(rows, n, generator=generator) for n in (variables, calendar))
    return Windows(values.cumsum(0), about, 6, 3)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return make_model(SHAPE).eval()


@pytest.mark.parametrize("size", [1, 5, 256])
def test_the_mean_map_is_the_mean_over_single_windows(model, size, monkeypatch):
    monkeypatch.setattr(variable_attention.batches, "__defaults__", (size,))
    each = []
    for i in range(len(windows())):
        batch = windows().batch(torch.tensor([i]))
        scaled = (batch.past - batch.past.mean(1)) / torch.sqrt(batch.past.var(1, unbiased=False) + 1e-5)[:, None]
        each.append(torch.stack(model.body.forward_with_weights(scaled, batch.past_calendar)[1])[:, 0])
    found = mean_attention(model, windows())
    assert found.shape == (2, 2, 6, 6)
    torch.testing.assert_close(found, torch.stack(each).double().mean(0), rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(found.sum(-1), torch.ones(2, 2, 6, dtype=torch.double))


def test_a_model_without_attention_between_variables_is_refused():
    with pytest.raises(SeriesError, match="DLinear has no attention"):
        mean_attention(make_model(ModelConfig("dlinear", 6, 3, 4)), windows())


@given(st.integers(-5, 5))
def test_a_score_made_for_one_shift_has_its_profile_there(shift):
    """Queries that are the past, keys that are the past shifted: M is one on a single diagonal."""
    one = make_model(ModelConfig("itransformer", 6, 3, 4, calendar=0, dim=6, heads=1, layers=1))
    attention = one.body.layers[0].attention
    with torch.no_grad():
        one.body.embed.weight.copy_(torch.eye(6))
        attention.query.weight.copy_(torch.eye(6))
        attention.key.weight.copy_(torch.diag(torch.ones(6 - abs(shift)), -shift))
    expected = torch.zeros(1, 11)
    expected[0, 5 + shift] = 6**-0.5
    torch.testing.assert_close(lag_profile(one, 5), expected)


def test_the_profile_adds_up_to_the_scores(model):
    """The sum of M over all pairs of moments is the first layer's score of two pasts of ones, without biases."""
    attention = model.body.layers[0].attention
    token = torch.ones(6) @ model.body.embed.weight.T  # of a past of ones, for which the score is M's sum
    query, key = ((token @ each.weight.T).unflatten(-1, (2, -1)) for each in (attention.query, attention.key))
    moments = torch.tensor([1.0, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1])  # pairs of moments at each shift
    summed = (lag_profile(model, 5) * moments).sum(-1)
    torch.testing.assert_close(summed, (query * key).sum(-1) / 2, rtol=1e-4, atol=1e-5)
    with pytest.raises(SeriesError, match="end at 5, not at 6"):
        lag_profile(model, 6)


def test_the_share_on_the_truth():
    true = ring.truth((1, 2, 0))
    assert share_on(true, true) == 1
    assert share_on(torch.full((3, 3), 1 / 3), true) == pytest.approx(1 / 3)
    assert share_on(torch.eye(3), true) == 0
    with pytest.raises(SeriesError, match=r"\(2, 2\)"):
        share_on(torch.eye(2), true)


def test_errors_by_variable_average_to_the_error(model):
    batch = windows().batch(torch.arange(len(windows())))
    wrong = (model(batch.past, batch.past_calendar, None) - batch.future).detach()
    torch.testing.assert_close(errors_by_variable(model, windows()), wrong.double().square().mean((0, 1)))


def test_a_model_that_reads_every_variable_by_itself_rises_on_the_diagonal_only():
    torch.manual_seed(0)
    found = rises(make_model(ModelConfig("repeat", 6, 3, 4, 2, normalise=False)), windows())
    assert torch.equal(found, torch.diag(found.diagonal())) and (found.diagonal() > 0).all()


def test_a_model_that_copies_its_neighbour_rises_there():
    class Neighbour(torch.nn.Module):
        def forward(self, past, *_):
            return past[:, -1:].roll(1, dims=2).expand(-1, 3, -1)

    plain = make_model(ModelConfig("repeat", 6, 3, 4, 2, normalise=False))
    plain.body = Neighbour()
    found = rises(plain, windows())
    assert torch.equal(found != 0, ring.truth(ring.ring(4)) == 1)


def test_alone_is_the_error_of_one_variable_at_a_time(model):
    single = make_model(ModelConfig(**vars(SHAPE) | {"variables": 1}))
    single.body = model.body
    errors = []
    for v in range(4):
        of_one = windows()
        of_one.values = of_one.values[:, v : v + 1]
        errors.append(errors_by_variable(single, of_one).item())
    assert alone(model, windows()) == pytest.approx(np.mean(errors), rel=1e-5)


def test_a_short_training_finds_the_drivers(tmp_path):
    config = RING_PRESETS["minute"]
    context = experiments.Context(tmp_path, (0,), experiments.make_accelerator("cpu"), progress=False)
    learned = learn(config, "ring", context)
    found, tables = measure(learned.model, learned.parts["test"], learned.drivers)
    assert found["share"] > 0.8 and tables["attention"].argmax(-1).tolist() == list(learned.drivers)
    assert ring.floor(config.ring.strength) * 0.9 < found["mse"] < 0.3
    assert found["rise_driver"] > 20 * abs(found["rise_other"]) and found["level_driver"] < 0.2
    assert found["lag"] == config.ring.lag


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ring")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTNGEN_RUNS", str(folder / "runs"))
        patch.setenv("ATTNGEN_RESULTS", str(folder / "results"))
        yield experiments.run("series-attention-ring", "smoke", device="cpu")


def test_kept_weights_measure_as_recorded(smoke):
    assert recorded_config(smoke) == RING_PRESETS["smoke"]
    for name, value in check_ring(smoke).items():
        assert value == pytest.approx(smoke.metrics[name], abs=1e-6), name


def test_kept_tables_are_those_measured(smoke):
    for case in CASES:
        tables = recorded_tables(smoke, case=case)
        assert torch.equal(tables["truth"], ring.truth(CASES[case](3)))
        assert share_on(tables["attention"], tables["truth"]) == pytest.approx(smoke.metrics[f"{case}_share"], abs=1e-4)


def test_a_partner_is_the_other_with_the_largest_size():
    table = torch.tensor([[1.0, 0.2, -0.7], [0.2, 1.0, 0.1], [-0.7, 0.1, 1.0]])
    assert table_attention.partners(table).tolist() == [2, 0, 0]


def test_hubs_are_two():
    assert hubs(6) == (0, 0, 0, 3, 3, 3) and hubs(5) == (0, 0, 2, 2, 2)


def test_a_real_table_is_measured_from_briefly_trained_weights(real, tmp_path, monkeypatch):
    real("etth1")
    monkeypatch.setenv("ATTNGEN_RESULTS", str(tmp_path / "nothing"))
    context = experiments.Context(tmp_path, (0,), experiments.make_accelerator("cpu"), progress=False)
    outcome = table_attention.run_table(TABLE_PRESETS["smoke"], context)
    m = outcome.metrics
    assert m["recorded_weights"] == 0 and m["windows"] == 64 and m["variables"] == 7
    for layer in ("layer1", "layer2"):
        parts = (m[f"{layer}_{what}"] for what in ("self", "others", "calendar"))
        assert sum(parts) == pytest.approx(1)
        assert m[f"{layer}_past_low"] <= m[f"{layer}_past_high"] and -1 <= m[f"{layer}_past"] <= 1
    assert 0 <= m["layer1_partner_hits"] <= 7 and 0 < m["partner_correlation"] <= 1
    assert outcome.files["pairs.csv"].read_text().count("\n") == 1 + 49
