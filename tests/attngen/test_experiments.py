"""Running by name: what is recorded, where it goes, a run killed and resumed, and two processes."""
import dataclasses
import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from attngen import experiments, results
from attngen.experiments import Experiment, Outcome, RunError

HERE = Path(__file__).parent
CELL = "pig-latin-small-h32"


@dataclasses.dataclass(frozen=True)
class Toy:
    size: int = 3
    seeds: tuple[int, ...] = (0, 1)


def outcome(config, context):
    return Outcome({"seeds": len(context.seeds)}, [{"epoch": 1, "val_loss": 0.5}], data={"toy": "none"})


@pytest.fixture
def toy(places, monkeypatch):
    """One more experiment, for the time of a test, with results in a folder of its own."""
    experiments.all_experiments()
    monkeypatch.setattr(experiments, "_REGISTRY", dict(experiments._REGISTRY))
    presets = {preset: Toy() for preset in experiments.PRESETS}
    return experiments.register(Experiment("toy", "a toy", presets, outcome))


def test_a_run_records_where_it_comes_from(toy):
    result = experiments.run("toy", "cpu", seeds=(4, 5, 6), device="cpu")
    assert result == results.load("toy")
    assert (result.preset, result.seed, result.metrics, result.data) == ("cpu", [4, 5, 6], {"seeds": 3}, {"toy": "none"})
    assert result.command == "attngen run toy --preset cpu --seed 4,5,6 --device cpu"
    assert result.config == {"size": 3, "seeds": [4, 5, 6]}
    assert result.versions["torch"] == torch.__version__.split("+")[0]
    assert result.history == {"epoch": [1], "val_loss": [0.5]}


@pytest.mark.parametrize("seed", [-1, 2**32, 10**30])
def test_seeds_that_nothing_takes_are_refused(toy, seed):
    with pytest.raises(RunError, match=f"a seed is a whole number from 0 to 4294967295, not {seed}$"):
        experiments.run("toy", "cpu", seeds=(0, seed), device="cpu")
    assert results.names() == []


@pytest.mark.parametrize("seed", [0, experiments.LARGEST_SEED])
def test_the_extreme_seeds_are_good_for_every_generator(seed):
    np.random.RandomState(seed)
    torch.Generator().manual_seed(seed * 100_003 + 10_000)   # as training.fit does


@pytest.mark.parametrize(("recorded", "preset", "force", "elsewhere"), [
    (None, "smoke", False, True), (None, "minute", False, False), ("minute", "minute", False, False),
    ("cpu", "minute", False, True), ("minute", "cpu", False, False), ("gpu", "cpu", False, True),
    ("gpu", "smoke", True, False), (None, "smoke", True, False),
])
def test_a_small_preset_never_replaces_a_recorded_result(toy, places, recorded, preset, force, elsewhere):
    if recorded:
        experiments.run("toy", recorded, device="cpu")
    result = experiments.run("toy", preset, device="cpu", force=force)
    assert result.preset == preset
    assert (places / "runs" / "results" / "toy" / "run.json").exists() == elsewhere
    assert results.names() == ([] if elsewhere and not recorded else ["toy"])
    if results.names():
        assert results.load("toy").preset == (recorded if elsewhere else preset)


def test_a_broken_record_is_met_before_the_training_not_after(toy, places, monkeypatch):
    experiments.run("toy", "cpu", device="cpu")
    (places / "results" / "toy" / "run.json").write_text("{")
    began = []
    patched = dataclasses.replace(toy, function=lambda config, context: began.append(1))
    monkeypatch.setitem(experiments._REGISTRY, "toy", patched)
    with pytest.raises(results.UnknownResult, match="cannot be read"):
        experiments.run("toy", "cpu", device="cpu")
    assert not began


def test_unknown_names_presets_and_devices_are_answered_with_the_known_ones(toy):
    with pytest.raises(RunError, match="no experiment 'pig-latin-smal-h32'") as caught:
        experiments.run("pig-latin-smal-h32")
    assert CELL in str(caught.value)
    with pytest.raises(RunError, match="toy has no preset 'tiny'; it has: smoke, minute, cpu, gpu"):
        experiments.run("toy", "tiny")
    with pytest.raises(RunError, match="auto, cpu or cuda, not 'tpu'"):
        experiments.run("toy", device="tpu")
    assert results.names() == []


def test_a_missing_graphics_card_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RunError, match="no CUDA device .* --device cpu"):
        experiments.make_accelerator("cuda")


def test_a_name_is_taken_once_and_presets_are_the_four(toy):
    with pytest.raises(ValueError, match="two experiments called 'toy'"):
        experiments.register(toy)
    with pytest.raises(ValueError, match="unknown presets .'huge'.; known: smoke"):
        experiments.register(Experiment("other", "", {"huge": Toy()}, outcome))


def test_code_outside_git_has_no_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "ROOT", tmp_path)
    assert experiments.git_commit() == "unknown"


def environment(folder) -> dict:
    here = {"ATTNGEN_RUNS": str(folder / "runs"), "ATTNGEN_RESULTS": str(folder / "results"), "OMP_NUM_THREADS": "1"}
    return os.environ | here


def losses(result) -> list:
    history = result.history
    return list(zip(*(history[key] for key in ("seed", "epoch", "lr", "train_loss", "val_loss")), strict=True))


def test_a_killed_run_loses_one_epoch_and_ends_as_if_it_had_not_been_killed(places, monkeypatch, capfd):
    spec = importlib.util.spec_from_file_location("killed", HERE / "killed.py")
    killed = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(killed)
    experiment = killed.lengthen()
    monkeypatch.setattr(experiments, "_REGISTRY", experiments._REGISTRY | {CELL: experiment})
    epochs = experiment.presets["smoke"].train.epochs

    done = subprocess.run(  # seed 0 is done, and of seed 1 two epochs
        [sys.executable, str(HERE / "killed.py"), str(epochs + 3)], env=environment(places), capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    work = places / "runs" / CELL / "smoke"
    assert {p.name for p in work.glob("seed-*")} == {"seed-0.pt", "seed-1.pt"}
    state = torch.load(work / "seed-1.pt", weights_only=True)
    assert len(state["history"]) == 2   # it died in the third

    measured, mean_loss = [], killed.train.mean_loss
    monkeypatch.setattr(killed.train, "mean_loss", lambda *a: measured.append(1) or mean_loss(*a))
    resumed = experiments.run(CELL, "smoke", device="cpu", force=True)
    resumed_losses = losses(resumed)
    assert len(measured) == epochs - 2
    assert list(work.glob("seed-*")) == []   # recorded: the next run begins anew
    whole = experiments.run(CELL, "smoke", device="cpu", force=True)
    assert len(measured) == epochs - 2 + 2 * epochs
    for found, wanted in zip(resumed_losses, losses(whole), strict=True):
        assert found == pytest.approx(wanted, rel=1e-6)
    for key in ("val_loss", "val_loss_std", "best_seed", "test_word_accuracy"):
        assert resumed.metrics[key] == pytest.approx(whole.metrics[key], rel=1e-6)


def test_without_resume_a_run_begins_anew(places, monkeypatch):
    work = places / "runs" / CELL / "smoke"
    work.mkdir(parents=True)
    (work / "seed-0.pt").write_bytes(b"broken")
    with pytest.raises(OSError, match="cannot be read"):
        experiments.run(CELL, "smoke", device="cpu")
    assert experiments.run(CELL, "smoke", device="cpu", resume=False).preset == "smoke"


def test_two_processes_under_accelerate_compute_what_one_does(places):
    # --multi_gpu is accelerate's word for several processes on one machine; --cpu would start a single one.
    command = "-m accelerate.commands.launch --multi_gpu --num_processes 2 --num_machines 1 --main_process_port 0"
    command += f" --mixed_precision no --dynamo_backend no -m attngen.cli run {CELL} --preset smoke --device cpu"
    done = subprocess.run(
        [sys.executable, *command.split()], env=environment(places), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    with results.stored_in(places / "runs" / "results"):
        two, record = losses(results.load(CELL)), results.load(CELL).path("run.json").read_text()
    assert '"processes": 2' in record
    assert done.stderr.count("parameters  ") == 1   # one report, not one a process
    assert Accelerator().num_processes == 1
    one = losses(experiments.run(CELL, "smoke", device="cpu", force=True))
    assert len(one) == len(two) == 2
    for ours, theirs in zip(one, two, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-4)
