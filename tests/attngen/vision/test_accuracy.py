"""Measures of a classifier, against their definitions and other libraries."""
import numpy as np
import pytest
import torch
from attngen.vision import accuracy
from hypothesis import given
from hypothesis import strategies as st

LOGITS = torch.tensor([[2.0, 0, 0], [0, 1, 0], [0, 0, 5], [1, 0, 0], [0, 3, 0]])
LABELS = torch.tensor([0, 1, 2, 1, 0])


def test_right_and_wrong():
    assert accuracy.correct(LOGITS, LABELS).tolist() == [1, 1, 1, 0, 0]
    expected = -LOGITS.log_softmax(-1)[torch.arange(5), LABELS]
    assert torch.allclose(accuracy.losses(LOGITS, LABELS), expected)
    table = accuracy.confusion(LOGITS, LABELS)
    assert table.tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]   # rows: what they are
    assert np.trace(table) == 3


@given(st.integers(1, 300), st.data())
def test_wilsons_interval_is_its_formula(count, data):
    right = data.draw(st.integers(0, count))
    low, high = accuracy.wilson(right, count)
    z, share = 1.959964, right / count
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    assert (low, high) == (pytest.approx(middle - half, abs=1e-6), pytest.approx(middle + half, abs=1e-6))
    assert 0 <= low <= share <= high <= 1


def test_by_class_over_any_axes():
    values = torch.stack([torch.arange(5.0), torch.ones(5)])
    found = accuracy.by_class(values, LABELS, 4)
    assert found[:, :3].tolist() == [[2, 2, 2], [1, 1, 1]] and found[:, 3].isnan().all()


def test_intervals_by_class_are_those_of_its_examples():
    from attngen.heads.intervals import mean_interval

    labels = torch.tensor([0, 2, 0, 2, 1, 0])
    values = torch.rand(2, 3, 6, generator=torch.Generator().manual_seed(0))
    found = accuracy.interval_by_class(values, labels, 4, draws=40)
    assert found.mean.shape == found.low.shape == (2, 3, 4)
    alone = mean_interval(values[..., labels == 0], draws=40)
    assert np.array_equal(found.low[..., 0], alone.low) and np.array_equal(found.high[..., 0], alone.high)
    assert np.allclose(found.mean[..., [0, 2]], accuracy.by_class(values, labels, 4)[..., [0, 2]])
    assert np.isnan(found.mean[..., [1, 3]]).all()   # one example, and none: no interval


def test_measures_go_together():
    found = accuracy.measures(LOGITS, LABELS, "test")
    assert found["test_accuracy"] == 0.6 and found["test_images"] == 5
    assert found["test_accuracy_low"] < 0.6 < found["test_accuracy_high"]
    assert found["test_loss"] == pytest.approx(accuracy.losses(LOGITS, LABELS).mean().item())


def test_logits_do_not_depend_on_the_batches():
    from attngen.vision.compact import CompactShape, make_model

    torch.manual_seed(0)
    model = make_model(CompactShape(dim=6, layers=1, heads=2, image=8, stem=(4, 4))).eval()
    images = torch.randint(256, (7, 3, 8, 8), dtype=torch.uint8)
    one, other = accuracy.logits_of(model, images, 7), accuracy.logits_of(model, images, 2)
    assert torch.allclose(one, other, atol=1e-5) and not one.requires_grad
