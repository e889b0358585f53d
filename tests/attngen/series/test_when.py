"""Who is compared on made-up worlds: models of one size, linear models that are right, a run that adds up."""
import attngen.series.when_experiments  # noqa: F401  (registers)
import pytest
import torch
from attngen import experiments
from attngen.experiments import Context, make_accelerator
from attngen.series import when_look, when_pictures, when_run
from attngen.series.switching import SwitchingWorld
from attngen.series.table import SeriesError
from attngen.series.when_config import SWITCHING, WHEN_PRESETS, WhenConfig, far
from attngen.series.when_models import OneLook, Ridge, SmallLSTM, in_order, make, matched_hidden, on_grid
from attngen.series.when_windows import Seen, WorldWindows, skill, yardstick
from hypothesis import given, settings
from hypothesis import strategies as st


def parameters(model) -> int:
    return sum(p.numel() for p in model.parameters())


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    folder = tmp_path_factory.mktemp("when")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTNGEN_RUNS", str(folder / "runs"))
        patch.setenv("ATTNGEN_RESULTS", str(folder / "results"))
        return experiments.run("series-when", "smoke", device="cpu")


@pytest.mark.parametrize("kind", ["transformer", "lstm", "lstm_ages", "lstm_open"])
@pytest.mark.parametrize("columns, targets", [(4, 4), (5, 1)])
def test_models_are_of_one_size_and_forecast_every_target(kind, columns, targets):
    model = make(kind, columns, targets)
    past, ages = torch.randn(3, 10, columns), torch.arange(10, 0, -1).repeat(3, 1)
    assert model(past, ages).shape == (3, targets)
    torch.testing.assert_close(model(past, ages, every=True)[:, -1], model(past, ages))
    assert parameters(model) == pytest.approx(parameters(make("transformer", columns, targets)), rel=0.03)


def test_an_unknown_model_is_named():
    with pytest.raises(SeriesError, match="'gru'"):
        make("gru", 4, 4)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 6), st.sampled_from([0, 4, 16]), st.integers(1, 4), st.integers(500, 20_000))
def test_the_width_that_matches_is_the_nearest(columns, ages, targets, wanted):
    hidden = matched_hidden(columns, ages, wanted, targets)
    sizes = [parameters(SmallLSTM(columns, targets, h, ages)) for h in (hidden - 1, hidden, hidden + 1) if h]
    chosen = parameters(SmallLSTM(columns, targets, hidden, ages))
    assert min(sizes, key=lambda size: abs(size - wanted)) == chosen


def test_the_transformer_knows_a_row_by_its_age_not_by_its_place():
    torch.manual_seed(0)
    model, past, ages = OneLook(4, 4).eval(), torch.randn(2, 9, 4), torch.arange(9, 0, -1).repeat(2, 1)
    order = torch.tensor([3, 0, 5, 1, 7, 2, 6, 4, 8])  # the last row, which asks, stays
    torch.testing.assert_close(model(past[:, order], ages[:, order]), model(past, ages))
    assert not torch.allclose(model(past, ages + 2), model(past, ages))


def test_the_lstm_without_ages_does_not_see_them_and_minds_the_order():
    torch.manual_seed(0)
    plain, aged = SmallLSTM(4, 4).eval(), SmallLSTM(4, 4, ages=8).eval()
    past, ages = torch.randn(2, 9, 4), torch.arange(9, 0, -1).repeat(2, 1)
    torch.testing.assert_close(plain(past, ages + 5), plain(past, ages))
    assert not torch.allclose(aged(past, ages + 5), aged(past, ages))
    assert not torch.allclose(plain(past.flip(1), ages), plain(past, ages))


def test_open_gates_begin_by_keeping_the_memory():
    torch.manual_seed(0)
    plain, remembering = SmallLSTM(4, 4), make("lstm_open", 4, 4)
    for model, least, most in ((plain, 0.4, 0.6), (remembering, 0.93, 0.97)):
        hidden = model.lstm.hidden_size
        bias = (model.lstm.bias_ih_l0 + model.lstm.bias_hh_l0)[hidden : 2 * hidden]
        assert least < bias.sigmoid().min() and bias.sigmoid().max() < most


def test_looks_are_the_weights_of_the_layer():
    torch.manual_seed(0)
    model, past, ages = OneLook(4, 4).eval(), torch.randn(2, 9, 4), torch.arange(9, 0, -1).repeat(2, 1)
    weights = model.look(past, ages)
    assert weights.shape == (2, 4, 9)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 4))


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 8), st.integers(1, 3), st.integers(1, 12), st.data())
def test_the_grid_has_each_value_in_the_place_of_its_age(lookback, columns, longest, data):
    ages = data.draw(st.lists(st.integers(1, 15), min_size=lookback, max_size=lookback, unique=True))
    ages = torch.tensor(sorted(ages, reverse=True))[None]
    past = torch.arange(1, lookback * columns + 1.0).view(1, lookback, columns)
    grid = on_grid(Seen(past, ages, past[:, 0]), longest).view(longest, columns + 1)
    for age in range(1, longest + 1):
        found = (ages[0] == age).nonzero().flatten()
        assert grid[age - 1, -1] == len(found)
        expected = past[0, found[0]] if len(found) else torch.zeros(columns)
        torch.testing.assert_close(grid[age - 1, :-1], expected)


def test_least_squares_finds_the_world_and_chooses_its_penalty_on_validation_data():
    parts = {seed: WorldWindows(far(3), 3000, 6, seed) for seed in (0, 1)}
    train, check = (windows.all() for windows in parts.values())
    model = Ridge(in_order(train), train.future, in_order(check), check.future)
    wrong = (model(in_order(check)) - check.future).square().mean().item()
    assert skill(wrong, yardstick(parts[1])) > 0.98
    few = parts[0].batch(torch.arange(8))  # fewer rows than weights: some penalty helps
    assert Ridge(in_order(few), few.future, in_order(check), check.future).penalty > Ridge.penalties[0]


def test_the_smoke_run_tries_everyone_everywhere(smoke):
    config = WHEN_PRESETS["smoke"]
    for trial in when_run.trials(config):
        for kind in trial.kinds:
            assert smoke.metrics[when_run.name_of(kind, trial)] <= 1.2
    names = {"skill_lstm_longer_lag4", "skill_lstm_ages_lag4", "skill_linear_grid_irregular"}
    assert names <= set(smoke.metrics)
    rows = set(zip(smoke.history["measure"], smoke.history["kind"], smoke.history["place"], strict=True))
    assert ("learning", "lstm", "longer_lag4") in rows and ("skill", "linear", "lag4") in rows
    assert smoke.data == {"synthetic": "drawn by series/world.py and series/switching.py"}


def test_a_linear_model_forecasts_what_is_linear_and_no_one_beats_the_best_by_much(smoke):
    assert smoke.metrics["skill_linear_lag4"] > 0.8
    assert 0 < smoke.metrics["best_share_lag4"] < 1


def test_ratios_follow_from_the_milliseconds(smoke):
    found = smoke.metrics
    for length in WHEN_PRESETS["smoke"].lengths:
        ratio = found[f"time_lstm_ms_{length}"] / found[f"time_transformer_ms_{length}"]
        assert found[f"time_lstm_over_transformer_{length}"] == pytest.approx(ratio)


def test_a_finished_training_is_not_done_again(tmp_path, monkeypatch):
    config, context = WHEN_PRESETS["smoke"], Context(tmp_path, (0,), make_accelerator("cpu"))
    trial = when_run.trials(config)[0]
    first = when_run.try_all(trial, config, context, 0)[0]
    original, reads = WorldWindows.batch, []

    def noted(windows, indices):
        reads.append(len(indices))
        return original(windows, indices)

    monkeypatch.setattr(WorldWindows, "batch", noted)
    assert when_run.try_all(trial, config, context, 0)[0] == pytest.approx(first)
    assert config.batch not in reads


def test_parts_are_separate_draws_and_seeds_draw_anew():
    trial, config = when_run.trials(WHEN_PRESETS["smoke"])[0], WHEN_PRESETS["smoke"]
    parts = [when_run.parts_of(trial, config, seed) for seed in (0, 1)]
    firsts = [windows.values[0, 0].item() for each in parts for windows in each.values()]
    assert len(set(firsts)) == 6


def test_every_preset_reaches_back_to_every_cause():
    assert set(WHEN_PRESETS) == set(experiments.PRESETS)
    for config in WHEN_PRESETS.values():
        assert len({trial.place for trial in when_run.trials(config)}) == len(when_run.trials(config))
    named_by = {"reach back": {"lookback": 32}, "pick from": {"aged": (5,)}, "seed": {"seeds": ()}}
    for named, wrong in named_by.items():
        with pytest.raises(SeriesError, match=named):
            WhenConfig(**wrong)


def test_a_short_training_learns_and_its_looks_are_weights():
    world = SwitchingWorld((2, 4))
    model, windows = when_look.quick(world, updates=200, lookback=6)
    assert when_look.mean_square(model, windows) < 0.6  # of a variance of 1; the best possible is 0.19
    found = when_look.looks(model, windows)
    assert found.shape == (2, 6)
    torch.testing.assert_close(found.sum(1), torch.ones(2))
    with pytest.raises(SeriesError, match="update"):
        when_look.quick(world, updates=0)
    with pytest.raises(SeriesError, match="announced"):
        when_look.looks(model, WorldWindows(far(2), 5, 6, 0))


def test_pictures_are_drawn_in_both_languages(smoke, published):
    when_pictures.paths()
    when_pictures.looks(torch.rand(3, 32), SWITCHING.delays)
    for draw in (when_pictures.by_lag, when_pictures.by_updates, when_pictures.by_windows):
        draw(smoke)
    assert [metadata["lang"] for _, metadata in published] == ["fa", "en"] * 5
    assert all("<svg" in data["image/svg+xml"] for data, _ in published)


def test_before_training_old_rows_hardly_reach_an_lstm_and_reach_a_transformer_all_alike():
    found = {kind: when_look.reach(kind, lookback=24, draws=3) for kind in ("lstm", "lstm_open", "transformer")}
    assert all(slopes[0] == 1 for slopes in found.values())
    assert found["lstm"][23] < 1e-4 < 1e-2 < found["lstm_open"][23]
    older = found["transformer"][4:]
    assert older.max() < 3 * older.min()
