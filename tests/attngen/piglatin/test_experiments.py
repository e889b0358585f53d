"""Every experiment of the chapter runs under its smoke preset and records what the book needs."""
import math

import pytest
import torch
from attngen import experiments, weights
from attngen.data import DataError, registry
from attngen.nn import EncoderDecoder
from attngen.piglatin import ablation, train
from attngen.piglatin.data import WordPairs, load_pairs
from attngen.piglatin.evaluation import mean_loss
from attngen.piglatin.noncausal import leak
from attngen.piglatin.train import PigLatinConfig, load_model, parts_of, plain
from safetensors import safe_open

CHAPTER = {name: e for name, e in experiments.all_experiments().items() if name.startswith("pig-latin")}
CELLS = [f"pig-latin-{data}-h{dim}" for data in ("small", "large") for dim in (32, 64)]
DESIGN = {"val_loss", "val_loss_std", "test_word_accuracy"}


def test_the_experiments_are_those_of_the_chapter():
    course = [name.replace("latin-", "latin-course-") for name in CELLS]
    others = [f"pig-latin-{name}" for name in ("noncausal", "tuned", "ablation", "speed", "data", "closer")]
    assert sorted(CHAPTER) == sorted([*CELLS, *course, *others])


@pytest.mark.parametrize("name", [name for name, e in CHAPTER.items() if e.function is train.train_cell])
def test_a_cell_under_smoke(places, name):
    result = experiments.run(name, "smoke", device="cpu", force=True)
    assert DESIGN <= set(result.metrics)
    assert all(math.isfinite(number) for number in result.metrics.values())
    assert 0 <= result.metrics["test_word_accuracy"] <= 1
    assert set(result.data) == {"wordsegment"}
    assert result.metrics["val_loss"] == min(result.history["val_loss"])


def test_recorded_weights_measured_again_give_the_recorded_numbers(places):
    result = experiments.run(CELLS[0], "smoke", device="cpu", force=True)
    again = train.check_cell(result)
    assert again == pytest.approx({key: result.metrics[key] for key in again}, abs=1e-6)
    model = load_model(CELLS[0])
    assert isinstance(model, EncoderDecoder) and not model.training
    with safe_open(result.path("model.safetensors"), "pt") as file:
        stored = sum(file.get_tensor(key).numel() for key in file.keys())  # noqa: SIM118
    assert stored == result.metrics["parameters"] == sum(p.numel() for p in model.parameters())
    assert train.config_of(result) == CHAPTER[CELLS[0]].presets["smoke"]
    with result.path("mistakes.csv").open() as file:
        assert file.readline() == "word,answer,right\n"


def test_the_same_seed_gives_the_same_run_and_another_one_does_not(places):
    runs = (experiments.run(CELLS[0], "smoke", (seed,), "cpu", force=True) for seed in (3, 3, 4))
    first, second, other = (run.history["train_loss"] for run in runs)   # each read before the next one runs
    assert first == second
    assert first != other


def test_the_non_causal_decoder_records_its_leak(places):
    result = experiments.run("pig-latin-noncausal", "smoke", device="cpu")
    assert DESIGN | {"copied_from_future", "first_letter_accuracy"} <= set(result.metrics)
    assert result.config["model"]["causal"] is False


class Copier:
    """A stand-in that reads the next letter from the decoder's own input, as a leaking decoder can."""

    output = torch.nn.Linear(1, 1)

    def __call__(self, source, source_mask, inputs, target_mask=None):
        following = torch.cat([inputs[:, 1:], inputs[:, -1:] * 0 + 28], dim=1)
        return torch.nn.functional.one_hot(following, 29).float()


def test_the_leak_of_a_model_that_only_copies():
    pairs = load_pairs("offline")[:20]
    found = leak(Copier(), pairs)
    words = WordPairs(pairs).batch(torch.arange(20))
    last = words.targets.shape[1] - words.target_mask.sum(1)
    assert (last >= 0).all()
    assert found["copied_from_future"] == 1.0   # whatever the source word is
    assert found["first_letter_accuracy"] == 0.0   # with nothing to copy from


def test_the_ablation_adds_and_leaves_out_one_part_at_a_time(places):
    config = CHAPTER["pig-latin-ablation"].presets["cpu"]
    found = ablation.variants(config)
    assert found[f"ladder_{len(ablation.PARTS)}_{ablation.PARTS[-1]}"] == config.base

    def different(a, b) -> set[str]:
        a, b = plain(a), plain(b)
        model = {key for key in a["model"] if a["model"][key] != b["model"][key]}
        recipe = {key for key in a["train"] if a["train"][key] != b["train"][key]}
        average = {"average"} & recipe
        return model | average | ({"recipe"} if recipe - average else set())

    ladder = [found[key] for key in sorted(key for key in found if key.startswith("ladder"))]
    steps = [different(a, b) for a, b in zip(ladder, ladder[1:], strict=False)]
    assert steps == [{part} for part in ablation.PARTS]
    for part in ablation.PARTS[:-1]:
        assert different(found[f"without_{part}"], config.base) == {part}
    assert different(found["ladder_0_course"], config.base) == set(ablation.PARTS)
    for kind, like in (("course", ladder[0]), ("book", config.base)):
        by_length = found[f"{kind}_by_length"]
        assert by_length.train.by_length
        assert different(by_length, like) == {"recipe"}
        assert by_length.model == like.model
    assert {v.train.epochs for v in found.values()} == {config.base.train.epochs}


def test_the_ablation_records_every_variant(places):
    result = experiments.run("pig-latin-ablation", "smoke", device="cpu")
    for name in [*ablation.variants(CHAPTER["pig-latin-ablation"].presets["smoke"]), "without_average"]:
        assert result.metrics[f"val_loss_{name}"] > 0
    ladder = result.metrics["val_loss_ladder_0_course"] / result.metrics["val_loss_ladder_5_average"]
    assert result.metrics["course_over_book"] == ladder


def test_both_decoding_loops_of_the_benchmark_write_the_same(places):
    result = experiments.run("pig-latin-speed", "smoke", device="cpu")
    assert result.metrics["same_tokens"] == 1.0
    assert min(result.metrics.values()) > 0


@pytest.mark.parametrize("name", CHAPTER)
def test_presets_are_what_they_are_called(name):
    presets = CHAPTER[name].presets
    assert {"minute", "cpu"} <= set(presets)
    if "gpu" in presets:
        assert presets["gpu"] == presets["cpu"]
    if isinstance(presets["cpu"], PigLatinConfig):
        assert presets["minute"].data == presets["smoke"].data == "offline"   # what every reader has
        assert presets["minute"].model == presets["cpu"].model
        assert presets["cpu"].limit == 0
        assert len(presets["cpu"].seeds) == (3 if name in CELLS else 1)


def test_a_limit_takes_the_first_of_each_part():
    whole = parts_of(PigLatinConfig("offline"))
    some = parts_of(PigLatinConfig("offline", limit=60))
    assert {part: len(pairs) for part, pairs in some.items()} == {"train": 60, "validation": 8, "test": 8}
    assert all(pairs == whole[part][: len(pairs)] for part, pairs in some.items())
    assert sum(map(len, whole.values())) == 20_000


def test_without_the_files_a_cell_says_what_is_missing(places, monkeypatch):
    load_pairs.cache_clear()
    monkeypatch.setenv("ATTNGEN_DATA", str(places))
    monkeypatch.setenv("ATTNGEN_CACHE", str(places))
    monkeypatch.setattr(registry, "ROOT", places / "a" / "b")

    def offline(*arguments, **options):
        raise OSError("no network")

    monkeypatch.setattr(registry.pooch, "retrieve", offline)
    with pytest.raises(DataError, match="pig_latin_small.txt.*could not be fetched .no network.*(?s:Tried)"):
        experiments.run(CELLS[0], "cpu", device="cpu")


def test_weights_of_shared_tables_come_back(places, build):
    model = build(7, tied=True).float()
    again = train.load_weights(PigLatinConfig(model=model.config), weights.save(model, places / "model.safetensors"))
    words = WordPairs(load_pairs("offline")[:5])
    assert mean_loss(again, words) == mean_loss(model, words)
