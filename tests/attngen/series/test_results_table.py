"""Our figures beside the papers', and what a test loader leaves out; speed."""
import json

import attngen.series.speed_experiments  # noqa: F401  (registers)
import matplotlib as mpl
import pytest
import torch
from attngen import experiments, results
from attngen.series import drop_last, forecast_pictures, results_table
from attngen.series.attention_pictures import lags, needless_maps, ring_maps, shown, table_maps, tokens
from attngen.series.config import ModelConfig
from attngen.series.drop_last import DROP_LAST_PRESETS, dropped, kept, run_drop_last, window_errors
from attngen.series.forecast_run import errors
from attngen.series.models import make_model
from attngen.series.results_table import Error, best, differences, numbers, published, recorded, text
from attngen.series.speed import SPEED_PRESETS, jobs, random_batch, run_speed
from attngen.series.windows import Windows

mpl.use("Agg")      # no windows


def keep(folder, name: str, mse: float, mae: float = 0.4, seconds: float = 60.0) -> None:
    """A recorded result with little in it."""
    run = dict.fromkeys(results.FIELDS, "") | {"name": name, "preset": "cpu", "seconds": seconds}
    run["metrics"] = {"test_mse": mse, "test_mae": mae, "test_mse_std": 0.01}
    (folder / name).mkdir(parents=True)
    (folder / name / "run.json").write_text(json.dumps(run))
    rows = "".join(f"{seed},{step},{mse + step / 10}\n" for seed in (0, 1) for step in (1, 2))
    (folder / name / "by_step.csv").write_text("seed,step,mse\n" + rows)


@pytest.fixture
def some(tmp_path, monkeypatch):
    monkeypatch.setenv("ATTNGEN_RESULTS", str(tmp_path))
    for kind, mse in (("repeat", 1.3), ("dlinear", 0.386), ("itransformer", 0.43)):
        keep(tmp_path, f"series-{kind}-etth1-96", mse)
    keep(tmp_path, "series-patch-weather-96", 0.177)
    keep(tmp_path, "series-speed-etth1-96", 1.0)       # none of the models
    return recorded()


def test_the_published_figures_are_complete_and_plausible():
    rows = published()
    assert len(rows) == 10 and sum(len(errors) for errors in rows.values()) == 39
    assert rows["etth1", 96]["itransformer"] == Error(0.386, 0.405)
    assert rows["etth1", 720]["informer"] == Error(1.181, 0.865) and "informer" not in rows["weather", 96]
    for errors_of_row in rows.values():
        assert set(errors_of_row) <= set(results_table.SOURCES)
        assert all(0.05 < e.mse < 1.3 and e.mse**0.5 > e.mae for e in errors_of_row.values())


def test_the_sources_are_in_the_books_references():
    bib = (results.ROOT / "book" / "references.bib").read_text("utf-8")
    assert all(f"{{{key}," in bib for key in results_table.SOURCES.values())


def test_what_is_recorded_is_read_and_nothing_else(some):
    assert {row: set(errors) for row, errors in some.items()} == {
        ("etth1", 96): {"repeat", "dlinear", "itransformer"}, ("weather", 96): {"patch"},
    }
    assert some["etth1", 96]["itransformer"] == Error(0.43, 0.4, 0.01, "cpu")
    assert best(some["etth1", 96]) == "dlinear"


def test_differences_are_relative_to_the_published_figure(some):
    assert differences(some, "dlinear") == {("etth1", 96): 0}
    assert differences(some, "itransformer")["etth1", 96] == pytest.approx(0.43 / 0.386 - 1)
    assert differences(some, "repeat") == {}


def test_the_quoted_numbers(some):
    found = numbers(some)
    assert (found["rows"], found["cells"], found["compared"], found["within"]) == (2, 4, 3, 2)
    assert (found["wins_dlinear"], found["wins_patch"], found["wins_itransformer"]) == (1, 1, 0)
    assert found["largest"] == found["largest_itransformer"] == pytest.approx(0.43 / 0.386 - 1)
    assert found["difference"] == pytest.approx(found["largest"] / 3)
    assert numbers({})["rows"] == 0


def test_the_table_marks_the_best_and_leaves_a_dot_where_nothing_is_known(some):
    lines = text(some).splitlines()
    assert len(lines) == 3 and "0.386*" in lines[1] and "0.430" in lines[1]
    assert [line.count("*") for line in lines] == [0, 1, 1] and "." in lines[2].split()
    assert text(some, "mae").startswith("MAE")


def test_our_figures_stand_beside_the_published_ones(some):
    lines = results_table.beside(some).splitlines()
    assert len(lines) == 4 and len({len(line) for line in lines}) == 1 and len(lines[0]) <= 84
    assert "0.430  0.386  +11" in lines[2] and "0.865" in lines[2]
    assert lines[3].startswith("Weather") and lines[3].endswith(".")
    assert results_table.beside(some, "mae").startswith("MAE")


def test_minutes_count_the_models_of_one_table(some):
    assert results_table.minutes("etth1") == pytest.approx(3)
    assert results_table.minutes("ettm1") == 0


def test_a_dropped_batch_is_the_last_one():
    windows = torch.tensor([1.0, 1, 1, 1, 6])
    assert dropped(windows, 5) == 2 and dropped(windows, 1) == 2
    assert dropped(windows, 2) == dropped(windows, 4) == 1
    assert [kept(2785, size) for size in (1, 32, 128, 512)] == [2785, 2784, 2688, 2560]
    with pytest.raises(ValueError, match="no batch of 6"):
        dropped(windows, 6)
    with pytest.raises(ValueError, match="not 0"):
        kept(5, 0)


def test_window_errors_average_to_the_error():
    series = torch.randn(600, 2, generator=torch.Generator().manual_seed(0))
    windows = Windows(series, torch.zeros(600, 0), 8, 4)
    model = make_model(ModelConfig("repeat", 8, 4, 2, 0, normalise=False))
    each = window_errors(model, windows)
    assert len(each) == len(windows) == 589
    assert each.mean().item() == pytest.approx(errors(model, windows).mse)
    assert dropped(each, 512) == pytest.approx(each[:512].mean().item())


def test_drop_last_measures_a_model_trained_now_where_none_is_recorded(real, tmp_path, monkeypatch):
    real("etth1")
    monkeypatch.setenv("ATTNGEN_RESULTS", str(tmp_path / "nothing"))
    context = experiments.Context(tmp_path, (0,), experiments.make_accelerator("cpu"), progress=False)
    m = run_drop_last(DROP_LAST_PRESETS["smoke"], context).metrics
    assert m["windows_96"] == 2785 and m["left_out_96_128"] == 2785 - 2688
    assert m["dlinear_96_change128"] == pytest.approx(m["dlinear_96_drop128"] / m["dlinear_96_every"] - 1)


def test_all_models_are_timed_in_all_ways(tmp_path):
    context = experiments.Context(tmp_path, (0,), experiments.make_accelerator("cpu"), progress=False)
    outcome = run_speed(SPEED_PRESETS["smoke"], context)
    measures = {(row["kind"], row["measure"]) for row in outcome.history}
    kinds = set(SPEED_PRESETS["smoke"].kinds)
    assert measures == {(k, m) for k in kinds for m in ("train", "test", "single")} - {("repeat", "train")}
    assert all(row["windows_per_second"] > 0 for row in outcome.history)
    assert outcome.metrics["itransformer_train_over_itransformer"] == 1


def test_a_timed_step_trains_and_random_windows_have_etth1s_shapes():
    config = SPEED_PRESETS["smoke"]
    batch = random_batch(config, 2, torch.device("cpu"))
    assert batch.past.shape == batch.future.shape == (2, 96, 7)
    assert batch.past_calendar.shape == batch.future_calendar.shape == (2, 96, 4)
    step, count = jobs(config, "dlinear", torch.device("cpu"))["train"]
    step()
    assert count == config.batch


def test_pictures_are_drawn_in_both_languages(some, published):
    tables = {name: torch.rand(4, 4) * 0.2 for name in ("truth", "attention", "level", "rise", "past", "future")}
    tables |= {"layer1": tables["attention"], "layer2": tables["attention"]}
    tokens()
    lags(torch.randn(2, 9))
    ring_maps(tables)
    needless_maps(tables)
    table_maps(tables, ("HUFL", "HULL", "MUFL", "OT"))
    forecast_pictures.by_horizon(some)
    forecast_pictures.by_step()
    assert [metadata["lang"] for _, metadata in published] == ["fa", "en"] * 7
    assert all(len(data["image/svg+xml"]) < 150_000 for data, _ in published)


def test_steps_are_a_mean_over_seeds(some):
    assert forecast_pictures.recorded_steps("series-dlinear-etth1-96") == pytest.approx([0.486, 0.586])


def test_colours_say_their_scale():
    table = torch.tensor([[2.0, -0.5], [0.25, 1.0]])
    assert shown("past", table, "pairs")[0].tolist() == [[1, 1], [0.5, 1]]
    values, top = shown("rise", table, "all")
    assert top == 2 and values.tolist() == [[1, 0], [0.125, 0.5]]
    assert shown("attention", table)[1] == 1


def test_the_presets_are_complete():
    assert set(drop_last.DROP_LAST_PRESETS) == set(SPEED_PRESETS) == set(experiments.PRESETS)
