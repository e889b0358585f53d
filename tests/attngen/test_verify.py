"""``attngen verify``: a good record passes, a changed one is found out, and what cannot be checked is said."""
import json

import pytest
from attngen import experiments, results, verify
from attngen.data import DataError

CELL = "pig-latin-small-h32"


@pytest.fixture
def record(places):
    experiments.run(CELL, "smoke", device="cpu", force=True)
    return places / "results" / CELL / "run.json"


def findings(names=None) -> dict:
    return {(f.check, f.detail.split(":")[0] if f.check == "measured again" else ""): f for f in verify.verify(names)}


def change(record, **metrics) -> None:
    run = json.loads(record.read_text())
    run["metrics"] |= metrics
    record.write_text(json.dumps(run))


def test_a_good_record_passes_every_check(record):
    found = findings()
    assert set(found) == {
        ("record", ""), ("smoke run", ""),
        ("measured again", "best_seed_val_loss"), ("measured again", "best_seed_test_word_accuracy"),
    }  # fmt: skip
    assert all(finding.ok for finding in found.values())
    assert results.load(CELL).commit == json.loads(record.read_text())["commit"]   # nothing was recorded anew


def test_a_number_that_the_weights_do_not_give_is_found(record):
    change(record, best_seed_val_loss=1.0)
    found = findings([CELL])
    assert not found["measured again", "best_seed_val_loss"].ok
    assert found["measured again", "best_seed_test_word_accuracy"].ok
    assert "recorded 1.00000, again" in found["measured again", "best_seed_val_loss"].detail


def test_a_small_difference_is_tolerated(record):
    change(record, best_seed_val_loss=results.load(CELL).metrics["best_seed_val_loss"] + verify.TOLERANCE / 2)
    assert findings()["measured again", "best_seed_val_loss"].ok


def test_a_metric_that_no_run_gives_and_one_that_is_not_finite_are_found(record):
    change(record, invented=1.0, broken=float("nan"))
    found = findings()
    assert not found["smoke run", ""].ok and "missing ['broken', 'invented']" in found["smoke run", ""].detail
    assert not found["record", ""].ok and "broken" in found["record", ""].detail


def test_without_the_data_the_weights_are_not_measured_and_it_says_so(record, monkeypatch):
    known = experiments.all_experiments()[CELL]

    def missing(result):
        raise DataError("pig-latin: not on this machine\nand more")

    monkeypatch.setitem(experiments._REGISTRY, CELL, type(known)(**vars(known) | {"check": missing}))
    finding = findings()["measured again", "pig-latin"]
    assert finding.ok is None
    assert finding.detail == "pig-latin: not on this machine; see: attngen data list"


def test_a_record_of_no_experiment_is_found(record):
    record.parent.rename(record.parent.with_name("stranger"))
    run = record.parent.with_name("stranger") / "run.json"
    run.write_text(run.read_text().replace(f'"{CELL}"', '"stranger"'))
    (finding,) = [f for f in verify.verify() if f.ok is False]
    assert (finding.name, finding.check) == ("stranger", "experiment")


def test_an_unknown_name_is_answered_with_the_nearest(record):
    with pytest.raises(results.UnknownResult, match=f"nearest known: {CELL}"):
        list(verify.verify(["pig-latin-small-h31"]))
