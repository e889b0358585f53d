"""Smoke runs of the three experiments, and what must be true of their numbers."""
import attngen.heads.experiments  # noqa: F401  (registers)
import numpy as np
import pytest
import torch
from attngen import experiments, results
from attngen.heads.experiments import GATES_PRESETS, HEADS_PRESETS, POLICY_PRESETS
from attngen.heads.words.curves import drop_heads, greedy_order, remembered
from attngen.heads.words.examples import LOSS
from attngen.heads.words.removal import attention_alone, removal
from attngen.heads.orders import random_orders


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A function: name -> the result of a smoke run, which is made once."""
    folder, known = tmp_path_factory.mktemp("heads"), {}

    def make(name):
        if name not in known:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("ATTNGEN_RUNS", str(folder / "runs"))
                patch.setenv("ATTNGEN_RESULTS", str(folder / "results"))
                known[name] = experiments.run(name, "smoke", device="cpu")
        return known[name]

    return make


def test_every_preset_can_be_had():
    for presets in (HEADS_PRESETS, GATES_PRESETS, POLICY_PRESETS):
        assert set(presets) == set(experiments.PRESETS)
        assert presets["cpu"].model in results.names()


def test_heads_are_measured_and_dropped(run):
    found = run("heads-pig-latin")
    history = found.history
    counts = {what: history["what"].count(what) for what in set(history["what"])}
    assert counts == {"head": 18, "attention": 9, "other head": 18, "other attention": 9, "cut": 4, "alone": 3}
    m = found.metrics
    assert m["heads"] == 18 and m["off_by"] < 1e-4
    assert m["half_parameters"] < 1 and m["half_flops"] < 1 and m["alone_half_flops"] == pytest.approx(0.5, abs=0.01)
    assert all(-1 <= value <= 1 for key, value in m.items() if key.startswith("rank_"))
    with np.load(found.path("curves.npz")) as file:
        assert file["chance_accuracy"].shape == (2, 19) and file["order_greedy"].shape == (18, 2)
        whole = file["greedy_loss"][0]
        assert whole == pytest.approx(m["judged_loss"], rel=1e-5)


def test_gates_are_learned_and_models_adapt(run):
    found = run("heads-gates")
    rows = found.history
    assert set(rows["method"]) == {"whole", "frozen", "adapted", "greedy", "random"}
    m = found.metrics
    assert m["loss_whole_adapted"] != m["loss_whole"] and m["right_greedy_1_std"] == 0
    for number, size in enumerate(GATES_PRESETS["smoke"].sizes, 1):
        assert m[f"heads_greedy_{number}"] == m[f"heads_random_adapted_{number}"] == size


def test_policies_are_learned_and_judged(run):
    found = run("heads-policy")
    m = found.metrics
    assert m["masks"] == 64 and m["tried_exhaustive"] == 64 * 8
    assert m["shapley_total"] == pytest.approx(m["brought_by_all"], abs=1e-4)
    kinds = set(found.history["what"])
    assert kinds == {"frontier", "price", "budget", "curve", "shapley", "full", "kept", "full budget", "full curve"}
    for number in range(1, 5):   # the best of all cannot be beaten on the words it was chosen by
        assert m[f"heads_all_{number}"] == 6
        gain = m[f"right_known_{number}"] - m[f"equal_known_greedy_{number}"]
        assert m[f"gain_known_greedy_{number}"] == pytest.approx(gain, abs=1e-6)
    rows = [row for row in zip(found.history["what"], found.history["by_oracle"], found.history["by_exhaustive"])]
    assert all(float(oracle) >= float(best) - 1e-6 for what, oracle, best in rows if what == "budget")


def test_greedy_looks_at_each_mask_once_and_its_loss_is_no_higher_than_chance(words):
    calls = []

    def score(gates):
        calls.append(gates.numpy().tobytes())
        return words.answers(gates)[:, LOSS]

    looked = remembered(score)
    gates = torch.ones(6, 2, dtype=torch.double)
    assert torch.equal(looked(gates), looked(gates)) and len(calls) == 1
    order = greedy_order(words, 6, 2)
    assert sorted(order) == [(layer, head) for layer in range(6) for head in range(2)]
    curves = drop_heads(words, {"greedy": order}, random_orders(6, 2, 20), draws=10)
    one_gone = curves.loss["greedy"].mean[1]
    assert one_gone <= curves.chance_loss[:, 1].min() + 1e-6
    assert curves.heads == 12 and curves.metrics()["half_heads"] == 6


def test_heads_cut_out_answer_as_heads_switched_off(words):
    keep = torch.ones(6, 2, dtype=torch.bool)
    half = keep.clone()
    half[:, 1] = False
    rows = removal(words, {"12": keep, "6": half}, repeats=1)
    assert [row["heads"] for row in rows] == [12, 6] and all(row["off_by"] < 1e-9 for row in rows)
    # each head: 3 maps from 8 to 4 with biases, and 4 columns of the last
    assert rows[0]["parameters"] - rows[1]["parameters"] == 6 * (3 * (8 * 4 + 4) + 4 * 8)
    assert rows[1]["flops"] < rows[0]["flops"]


def test_one_attention_costs_as_many_operations_as_it_has_heads():
    rows = attention_alone(16, 4, 8, repeats=1)
    assert [row["heads"] for row in rows] == [4, 2, 1]
    assert rows[0]["flops"] == 2 * rows[1]["flops"] == 4 * rows[2]["flops"]
