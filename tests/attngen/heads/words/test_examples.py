"""What words come to under gates: against letting the model write, and against the loss elsewhere."""
import pytest
import torch
from attngen.heads.gates import HeadGates
from attngen.heads.words.examples import LOSS, RIGHT, Words, calibration, sample_pairs
from attngen.piglatin.data import LETTERS, WordPairs
from attngen.piglatin.decoding import translate
from attngen.piglatin.evaluation import mean_loss
from attngen.piglatin.rules import pig_latin
from attngen.piglatin.train import load_model


@pytest.fixture(scope="module")
def trained():
    """A recorded translator and words of which it gets some right and some wrong with a head off."""
    return Words(load_model("pig-latin-large-h32"), sample_pairs("offline", "validation", 60), batch=32)


def test_right_is_what_the_model_writes_by_itself(trained):
    """The oracle: greedy decoding, with the gates open on the same heads."""
    gates = torch.ones(9, 4)
    gates[4, 3] = 0   # without it about a third is wrong
    right = trained.answers(gates)[:, RIGHT]
    open_gates = HeadGates.of(trained.model)
    open_gates.values = gates
    with open_gates:
        written = translate(trained.model, [word for word, _ in trained.pairs.pairs])
    truth = [float(a == b) for a, (_, b) in zip(written, trained.pairs.pairs, strict=True)]
    assert right.tolist() == truth
    assert 0.2 < right.mean() < 0.95


def test_losses_are_those_of_the_other_chapter_and_phases_add_up(trained):
    found = trained.whole()
    letters = sum(len(target) + 1 for _, target in trained.pairs.pairs)
    assert found[:, LOSS].sum().item() / letters == pytest.approx(mean_loss(trained.model, trained.pairs), rel=1e-5)
    assert torch.allclose(found[:, 2:].sum(1), found[:, LOSS], atol=1e-5)
    assert torch.equal(trained.answers(torch.ones(9, 4)), found)


def test_batches_make_no_difference(model, words):
    whole = Words(model, words.pairs.pairs, batch=10)
    assert torch.allclose(words.whole(), whole.whole(), rtol=1e-9)
    assert torch.allclose(words.gradients(), whole.gradients(), atol=1e-9)


def test_gradients_are_slopes_of_each_words_loss(words):
    found, step = words.gradients(), 1e-5
    assert found.shape == (10, 6, 2)
    for place in ((0, 1), (3, 0), (5, 1)):
        sides = []
        for sign in (1, -1):
            gates = torch.ones(6, 2, dtype=torch.double)
            gates[place] += sign * step
            sides.append(words.answers(gates)[:, LOSS])
        slope = (sides[0] - sides[1]) / (2 * step)
        assert torch.allclose(found[:, *place].double(), slope, atol=1e-5)


def test_samples_are_clear_sorted_and_of_their_part():
    one, again, other = (sample_pairs("offline", "test", 50, seed) for seed in (0, 0, 1))
    assert one == again != other
    assert all(target == pig_latin(word, False) and set(word) <= set(LETTERS) for word, target in one)
    assert [len(target) for _, target in one] == sorted(len(target) for _, target in one)
    assert not set(one) & set(sample_pairs("offline", "validation"))
    with pytest.raises(ValueError, match=r"the test part of 'offline' has \d+ clear pairs, not 99999"):
        sample_pairs("offline", "test", 99999)


def test_confidence_of_a_model_that_is_sure_and_right_and_of_one_that_is_not(trained, words):
    good = calibration(trained, torch.ones(9, 4))
    assert good.error < 0.02 and good.confidence > 0.98 and good.right > 0.98
    bad = calibration(words, torch.ones(6, 2))
    assert 0 <= bad.error <= 1 and bad.error >= abs(bad.confidence - bad.right) - 1e-6
    one_group = calibration(words, torch.ones(6, 2), groups=1)
    assert one_group.error == pytest.approx(abs(bad.confidence - bad.right), abs=1e-6)


def test_one_word_is_enough(model):
    assert Words(model, [("so", "osay")]).whole().shape == (1, 6)
    with pytest.raises(ValueError, match="at least one pair"):
        WordPairs([])
