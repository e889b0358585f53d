"""Nearest images against a loop over all of them."""
import pytest
import torch
from attngen.pixelcnn import memory
from attngen.pixelcnn.memory import nearest
from hypothesis import given, settings
from hypothesis import strategies as st


def binary(seed: int, *shape: int, ink: float = 0.5) -> torch.Tensor:
    return (torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) < ink).float()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 5), st.integers(1, 12), st.integers(1, 3), st.integers(1, 3), st.integers(0, 99), st.data())
def test_the_nearest_are_those_that_a_loop_finds(count, many, height, width, seed, data):
    """Small images, so that there are many ties: the one that stands first comes first."""
    k = data.draw(st.integers(1, many))
    images, among = binary(seed, count, 1, height, width), binary(seed + 1, many, 1, height, width)
    distances, indices = nearest(images, among, k)
    assert distances.shape == indices.shape == (count, k)
    assert distances.dtype == indices.dtype == torch.int64
    for image, found, where in zip(images, distances.tolist(), indices.tolist(), strict=True):
        ranked = sorted((int((image != other).sum()), position) for position, other in enumerate(among))
        assert list(zip(found, where, strict=True)) == ranked[:k]


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.float32, torch.float64])
def test_whatever_zeros_and_ones_are_kept_in(dtype):
    images, among = binary(0, 4, 1, 28, 28), binary(1, 30, 1, 28, 28)
    for found, expected in zip(nearest(images.to(dtype), among.to(dtype), 3), nearest(images, among, 3), strict=True):
        assert torch.equal(found, expected)


def test_a_copy_is_found_and_has_no_distance():
    among = binary(2, 200, 1, 28, 28, ink=0.13)
    order = torch.randperm(200, generator=torch.Generator().manual_seed(0))
    distances, indices = nearest(among[order], among)
    assert (distances == 0).all()
    assert torch.equal(indices[:, 0], order)


def test_large_tables_are_made_in_parts(monkeypatch):
    images, among = binary(3, 11, 1, 5, 5), binary(4, 9, 1, 5, 5)
    whole = nearest(images, among, 4)
    monkeypatch.setattr(memory, "_AT_ONCE", 2)
    for found, expected in zip(nearest(images, among, 4), whole, strict=True):
        assert torch.equal(found, expected)


def test_all_white_against_all_black_is_every_pixel():
    distances, _ = nearest(torch.zeros(1, 1, 28, 28), torch.ones(1, 1, 28, 28))
    assert distances.item() == 784


@pytest.mark.parametrize(("images", "among", "k", "message"), [
    (torch.zeros(2, 1, 4, 4), torch.zeros(2, 1, 4, 5), 1, r"one shape .* \(1, 4, 4\) and \(1, 4, 5\)"),
    (torch.zeros(2, 1, 4, 4), torch.zeros(2, 1, 4, 4), 3, "k is between 1 and .* 2; got 3"),
    (torch.zeros(2, 1, 4, 4), torch.zeros(2, 1, 4, 4), 0, "got 0"),
    (torch.zeros(2, 1, 4, 4), torch.zeros(0, 1, 4, 4), 1, "choose from, 0; got 1"),
    (torch.full((2, 1, 4, 4), 0.5), torch.zeros(2, 1, 4, 4), 1, "0 or 1 .*; binarize grey levels first"),
    (torch.zeros(2, 1, 4, 4), torch.full((2, 1, 4, 4), 255), 1, "0 or 1"),
    (torch.full((2, 1, 4, 4), torch.nan), torch.zeros(2, 1, 4, 4), 1, "0 or 1"),
])  # fmt: skip
def test_what_cannot_be_compared_is_refused(images, among, k, message):
    with pytest.raises(ValueError, match=message):
        nearest(images, among, k)
