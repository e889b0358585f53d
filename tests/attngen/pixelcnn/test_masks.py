"""Masks and masked convolutions against the order in which one reads, written out pixel by pixel."""
import inspect

import pytest
import torch
from attngen.pixelcnn.masks import CroppedConv2d, MaskedConv2d, causal_mask_2d
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=15, deadline=None)
kinds = st.sampled_from(["A", "B"])
sizes = st.sampled_from([1, 3, 5, 7, 9])
layers = st.tuples(kinds, st.integers(1, 3), st.integers(1, 3), sizes)


def may_see(kind: str, from_row: int, from_column: int, row: int, column: int) -> bool:
    """Comes the one pixel before the other, as one reads?  With mask B a pixel may also see itself."""
    before = (row, column) < (from_row, from_column)
    return before or (kind == "B" and (row, column) == (from_row, from_column))


def doubled(conv, *arguments, seed: int = 0):
    torch.manual_seed(seed)
    return conv(*arguments).double()


@given(kinds, st.integers(0, 12).map(lambda half: 2 * half + 1))
def test_the_mask_is_the_reading_order(kind, size):
    mask, centre = causal_mask_2d(kind, size), size // 2
    assert mask.shape == (size, size) and mask.dtype == torch.float32
    for row in range(size):
        for column in range(size):
            assert mask[row, column] == may_see(kind, centre, centre, row, column)


def test_the_masks_of_the_page():
    assert causal_mask_2d("A", 3).tolist() == [[1, 1, 1], [1, 0, 0], [0, 0, 0]]
    assert causal_mask_2d("B", 3).tolist() == [[1, 1, 1], [1, 1, 0], [0, 0, 0]]


@pytest.mark.parametrize("make", [
    causal_mask_2d, lambda kind, size: MaskedConv2d(kind, 1, 2, size), lambda kind, size: CroppedConv2d(kind, 1, 2, size),
])  # fmt: skip
@pytest.mark.parametrize(("kind", "size", "message"), [
    ("A", 4, "odd size, so that it has a centre; got 4"),
    ("B", 0, "odd size, .* got 0"),
    ("A", -3, "odd size, .* got -3"),
    ("C", 3, "the mask is 'A' or 'B', not 'C'"),
    ("a", 3, "not 'a'"),
])  # fmt: skip
def test_a_mask_without_a_centre_or_of_another_kind_is_refused(make, kind, size, message):
    with pytest.raises(ValueError, match=message):
        make(kind, size)


@few
@given(layers, st.integers(1, 5), st.integers(1, 5), st.sampled_from([MaskedConv2d, CroppedConv2d]))
def test_a_masked_convolution_is_the_sum_over_earlier_pixels(uniform, layer, height, width, conv):
    kind, channels, _, size = layer
    conv = doubled(conv, *layer)
    x = uniform(1, channels, height, width)
    found = conv(x)[0]
    for row in range(height):
        for column in range(width):
            expected = conv.bias.clone()
            for i in range(max(0, row - size // 2), row + 1):
                for j in range(max(0, column - size // 2), min(width, column + size // 2 + 1)):
                    if may_see(kind, row, column, i, j):
                        expected += conv.weight[:, :, i - row + size // 2, j - column + size // 2] @ x[0, :, i, j]
            torch.testing.assert_close(found[:, row, column], expected)


@few
@given(layers, st.integers(1, 9), st.integers(1, 9), st.integers(0, 99))
def test_the_cropped_kernel_is_the_same_function_with_the_same_gradients(uniform, layer, height, width, seed):
    masked = doubled(MaskedConv2d, *layer, seed=seed)
    cropped = CroppedConv2d.of(masked)
    x = uniform(2, layer[1], height, width, seed=seed)
    inputs = [x.clone().requires_grad_() for _ in range(2)]
    outputs = [conv(one) for conv, one in zip((masked, cropped), inputs, strict=True)]
    torch.testing.assert_close(*outputs)
    weighting = uniform(*outputs[0].shape, seed=seed + 1)
    for output in outputs:
        (output * weighting).sum().backward()
    torch.testing.assert_close(inputs[0].grad, inputs[1].grad)
    rows = layer[3] // 2 + 1
    torch.testing.assert_close(masked.weight.grad[:, :, :rows], cropped.weight.grad)
    torch.testing.assert_close(masked.bias.grad, cropped.bias.grad)
    assert (masked.weight.grad[:, :, rows:] == 0).all()
    assert (cropped.kernel == masked.weight[:, :, :rows] * masked.mask[:rows]).all()


@few
@given(layers, st.integers(0, 99))
def test_both_begin_with_the_same_weights(layer, seed):
    """So that a comparison of the two is one of speed alone."""
    masked, cropped = (doubled(conv, *layer, seed=seed) for conv in (MaskedConv2d, CroppedConv2d))
    assert torch.equal(masked.weight[:, :, : layer[3] // 2 + 1], cropped.weight)
    assert torch.equal(masked.bias, cropped.bias)


@few
@given(layers, st.sampled_from([MaskedConv2d, CroppedConv2d]), st.booleans())
def test_weights_are_never_overwritten(uniform, layer, conv, training):
    conv = doubled(conv, *layer).train(training)
    before = {key: value.clone() for key, value in conv.state_dict().items()}
    conv(uniform(1, layer[1], 4, 5)).square().sum().backward()
    after = conv.state_dict()
    assert sorted(after) == ["bias", "weight"]   # the mask is no weight: a checkpoint cannot change it
    assert all(torch.equal(after[key], before[key]) for key in before)


@few
@given(layers, st.sampled_from([MaskedConv2d, CroppedConv2d]))
def test_closed_weights_get_no_gradient_and_keep_their_values(uniform, layer, conv):
    conv = doubled(conv, *layer)
    closed = (conv.mask == 0).expand_as(conv.weight)
    before = conv.weight.detach().clone()
    optimizer = torch.optim.Adam(conv.parameters(), lr=0.1)
    for step in range(3):
        optimizer.zero_grad()
        conv(uniform(2, layer[1], 9, 9, seed=step)).square().sum().backward()
        assert (conv.weight.grad[closed] == 0).all()
        optimizer.step()
    assert torch.equal(conv.weight[closed], before[closed])
    assert (conv.weight[~closed] != before[~closed]).all()


@few
@given(layers)
def test_weights_behind_the_mask_cannot_be_opened_from_outside(uniform, layer):
    """A checkpoint of another convolution brings numbers for them; the function stays the masked one."""
    conv, x = doubled(MaskedConv2d, *layer), uniform(1, layer[1], 5, 5)
    expected = conv(x)
    state = conv.state_dict()
    state["weight"] = torch.where(conv.mask == 0, 7.0, conv.weight.detach())
    conv.load_state_dict(state)
    assert torch.equal(conv(x), expected)


def test_a_1x1_kernel_with_mask_a_sees_nothing(uniform):
    for conv in (MaskedConv2d, CroppedConv2d):
        conv = doubled(conv, "A", 1, 3, 1)
        out = conv(uniform(2, 1, 4, 4))
        assert torch.equal(out, conv.bias.view(1, 3, 1, 1).expand_as(out))


def test_the_class_of_the_page_is_short():
    assert len(inspect.getsource(MaskedConv2d).splitlines()) <= 40
