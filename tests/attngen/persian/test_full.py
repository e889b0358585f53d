"""The full-size run on a small generated file of Kaggle's format: the whole way, on one process and on two."""
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from attngen import experiments, results
from attngen.experiments import Context, RunError, make_accelerator, plain
from attngen.persian import full, kaggle, streaming, train
from attngen.persian.articles import PARTS, part_of
from attngen.persian.evaluate import measures, sliding, total_nats
from attngen.persian.full import FULL_PRESETS, config_of, load_full, measured, prepare, run_full
from attngen.persian.generate import generate
from attngen.persian.sharded_blocks import ShardedBlocks
from attngen.persian.shards import TokenFiles, read_shard
from attngen.persian.tokens import TextConfig

NAME = "persian-transformer-full"
SMOKE = FULL_PRESETS["smoke"]
TITLES = [f"مقالهٔ {number}" for number in range(64)]


@pytest.fixture(scope="module", autouse=True)
def room(tmp_path_factory, generated):
    """Runs, results and data of this file's tests, with a generated file where Kaggle's is looked for."""
    folder = tmp_path_factory.mktemp("full")
    generated(folder / "data" / "persian-wikipedia" / kaggle.NAME, TITLES)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("runs", "results", "data"):
            patch.setenv(f"ATTNGEN_{name.upper()}", str(folder / name))
        prepare(SMOKE, processes=1)
        yield folder


@pytest.fixture(scope="module")
def recorded(room):
    return experiments.run(NAME, "smoke", device="cpu", force=True)


def context(folder, seed: int = 0) -> Context:
    return Context(folder, (seed,), make_accelerator("cpu"), progress=False)


def losses(history) -> list:
    return [(row["epoch"], row["lr"], row["train_loss"], row["val_loss"]) for row in history]


def test_a_run_records_what_the_others_record(recorded, room):
    metrics = recorded.metrics
    assert {"test_bits_per_char", "test_perplexity", "validation_bits_per_char", "parameters"} <= set(metrics)
    expected = {part: [title for title in TITLES if part_of(title) == part] for part in PARTS}
    assert all(metrics[f"{part}_articles"] == len(expected[part]) > 0 for part in PARTS)
    assert metrics["vocabulary"] == 300 and recorded.config["path"] == ""
    assert list(recorded.data) == [kaggle.NAME] and recorded.data[kaggle.NAME].startswith("sha256:")
    assert recorded.history["epoch"] == [0.5, 1.0]
    assert recorded.path("model.safetensors").stat().st_size < 2 * metrics["parameters"] + 8192


def test_what_is_recorded_is_measured_from_the_cleaned_articles_themselves(recorded):
    model, tokenizer = load_full(NAME)
    clean = sorted((prepare(SMOKE).folder.parent / "clean").glob("*.jsonl"))
    texts = [text for path in clean for part, text in read_shard(path) if part == "test"]
    nats, count = total_nats(model, sliding(model, [tokenizer.encode(text) for text in texts], SMOKE.length))
    again = measures(nats, count, sum(len(text) + 1 for text in texts), "test_")
    for key, value in again.items():
        assert recorded.metrics[key] == pytest.approx(value, rel=1e-6)
    checked = experiments.get(NAME).check(recorded)
    assert checked == {"test_bits_per_char": pytest.approx(again["test_bits_per_char"], rel=1e-6)}


def test_it_writes_like_the_other_models(recorded):
    model, tokenizer = load_full(NAME)
    [words] = generate(model, tokenizer, ["ما در این کتاب"], tokens=5)
    assert isinstance(words, str) and not model.training


def test_nothing_is_prepared_twice(recorded, monkeypatch):
    monkeypatch.setattr(streaming, "clean_file", lambda *arguments: pytest.fail("cleaned again"))
    assert prepare(SMOKE) == prepare(replace(SMOKE, measured=3, length=16))


def test_another_vocabulary_uses_the_same_cleaned_shards(monkeypatch):
    cleaned = prepare(SMOKE).folder.parent / "clean"
    monkeypatch.setattr(streaming, "Reader", lambda path: pytest.fail("read again"))
    other = prepare(replace(SMOKE, size=290), processes=1)
    assert other.folder.parent / "clean" == cleaned and other != prepare(SMOKE)


def test_another_file_is_another_corpus(tmp_path, generated):
    path = generated(tmp_path / "other.txt", TITLES[:30])
    assert full.corpus_of(SMOKE, path).folder.parent != prepare(SMOKE).folder.parent


def test_an_interrupted_run_ends_as_if_it_had_not_been(tmp_path, monkeypatch):
    config = replace(SMOKE, model=replace(SMOKE.model, dropout=0.2))
    whole = run_full(config, context(tmp_path / "whole"))
    calls, original = [], train.total_nats

    def breaking(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(train, "total_nats", breaking)
        with pytest.raises(KeyboardInterrupt):
            run_full(config, context(tmp_path / "broken"))
    resumed = run_full(config, context(tmp_path / "broken"))
    assert losses(resumed.history) == losses(whole.history)
    assert resumed.metrics["test_bits_per_char"] == whole.metrics["test_bits_per_char"]


def test_a_run_on_another_file_is_not_gone_on_with(tmp_path, generated):
    path = generated(tmp_path / "other.txt", TITLES[:45])
    prepare(replace(SMOKE, path=str(path)), processes=1)
    run_full(SMOKE, context(tmp_path / "run"))
    found = run_full(replace(SMOKE, path=str(path)), context(tmp_path / "run"))
    alone = run_full(replace(SMOKE, path=str(path)), context(tmp_path / "alone"))
    assert losses(found.history) == losses(alone.history)


def test_at_most_so_many_articles_are_measured():
    config = replace(SMOKE, measured=2)
    documents, characters = measured(config, prepare(config), "test")
    assert len(documents) == 2 and 0 < characters < measured(SMOKE, prepare(SMOKE), "test")[1]


def test_one_process_prepares_and_the_others_wait(room, monkeypatch):
    here, busy, order = threading.Barrier(3), [], []

    def slowly(config):
        assert not busy
        busy.append(1)
        time.sleep(0.05)
        order.append(threading.current_thread().name)
        busy.pop()
        return threading.current_thread().name

    monkeypatch.setattr(full, "prepare", slowly)
    threads = [
        threading.Thread(
            target=full.prepared, name=str(rank),
            args=(SMOKE, SimpleNamespace(is_main_process=rank == 0, wait_for_everyone=here.wait)),
        )
        for rank in (2, 1, 0)
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert order[0] == "0" and sorted(order) == ["0", "1", "2"]


def test_two_processes_under_accelerate_compute_what_one_does(recorded, room, tmp_path):
    """They prepare the corpus, too: the folder for their work is empty."""
    blocks = ShardedBlocks(TokenFiles(prepare(SMOKE).folder, "train"), SMOKE.length)
    assert len(blocks) % SMOKE.train.batch_size != 1   # a batch of one is too small for two
    command = "-m accelerate.commands.launch --multi_gpu --num_processes 2 --num_machines 1 --main_process_port 0"
    command += f" --mixed_precision no --dynamo_backend no -m attngen.cli run {NAME} --preset smoke --device cpu"
    changed = {f"ATTNGEN_{name.upper()}": str(tmp_path / name) for name in ("runs", "results")}
    done = subprocess.run(
        [sys.executable, *command.split()], env=os.environ | changed | {"OMP_NUM_THREADS": "1"},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with results.stored_in(tmp_path / "runs" / "results"):
        two = results.load(NAME)
        assert '"processes": 2' in two.path("run.json").read_text()
    assert done.stderr.count("cleaning:   0%") == done.stderr.count("encoding:   0%") == 1   # one did it
    assert two.data == recorded.data
    for key in ("train_loss", "val_loss"):
        assert two.history[key] == pytest.approx(recorded.history[key], abs=1e-4)
    assert two.metrics["test_bits_per_char"] == pytest.approx(recorded.metrics["test_bits_per_char"], abs=1e-3)


def test_several_seeds_are_refused_in_words():
    with pytest.raises(RunError, match="trains one seed; give a single one to --seed"):
        experiments.run(NAME, "smoke", seeds=(0, 1), device="cpu")


@pytest.mark.parametrize("preset", FULL_PRESETS)
def test_every_configuration_comes_back_from_its_record(preset):
    config = FULL_PRESETS[preset]
    assert config_of(type("Result", (), {"config": plain(config)})) == config
    assert experiments.get(NAME).presets[preset] == config
    assert config.length <= config.model.context


def test_the_full_model_is_larger_than_the_small_ones():
    def parameters(config, vocabulary):
        with torch.device("meta"):
            return sum(p.numel() for p in train.make_model(config.model, vocabulary).parameters())

    small = experiments.get("persian-transformer").presets["gpu"]
    size = parameters(FULL_PRESETS["gpu"], FULL_PRESETS["gpu"].size)
    assert size > 10 * parameters(small, TextConfig().size) and 2 * size < 70e6   # bytes of its weights
