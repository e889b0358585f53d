"""Receptive fields by gradient, against sets of pixels counted by hand; the blind spot, and a network without one."""
import pytest
import torch
from attngen.pixelcnn import mistakes
from attngen.pixelcnn.masks import MaskedConv2d, causal_mask_2d
from attngen.pixelcnn.networks import NetworkConfig, make_network
from attngen.pixelcnn.receptive import (
    blind_spot,
    earlier,
    features,
    gradient,
    layer_by_layer,
    positive,
    reach,
    receptive_field,
)
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=15, deadline=None)
SHEET = NetworkConfig(channels=2, layers=3, size=3)
GATED = NetworkConfig("gated", channels=2, layers=3, size=3)
pixels = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda size: st.tuples(st.integers(0, size[0] - 1), st.integers(0, size[1] - 1), st.just(size[0]), st.just(size[1]))
)


def reached(masks, row: int, column: int, height: int, width: int) -> set:
    """The pixels that a stack of masked layers, first to last, reaches from one pixel: set by set, no network."""
    pixels = {(row, column)}
    for mask in reversed(masks):
        half = len(mask) // 2
        offsets = [(i - half, j - half) for i, j in mask.nonzero().tolist()]
        steps = {(r + i, c + j) for r, c in pixels for i, j in offsets}
        pixels = {(r, c) for r, c in steps if 0 <= r < height and 0 <= c < width}
    return pixels


def seen(field: torch.Tensor) -> set:
    return set(map(tuple, field.nonzero().tolist()))


@few
@given(st.integers(1, 4), st.sampled_from([1, 3, 5]), st.booleans(), pixels)
def test_the_field_of_masked_layers_is_the_set_that_their_masks_reach(layers, size, cropped, pixel):
    model = make_network(NetworkConfig("sheet", 2, layers, size, cropped))
    masks = [causal_mask_2d("B" if layer else "A", size) for layer in range(layers)]
    assert seen(receptive_field(model, *pixel)) == reached(masks, *pixel)


@few
@given(st.integers(1, 3), st.sampled_from([3, 5, 7]), pixels)
def test_two_stacks_see_every_earlier_pixel_within_reach(layers, size, pixel):
    model = make_network(NetworkConfig("gated", 2, layers, size))
    row, column, height, width = pixel
    far = reach(model)
    expected = {
        (r, c) for r in range(height) for c in range(width)
        if (r, c) < (row, column) and row - r <= far and abs(column - c) <= far
    }  # fmt: skip
    field = receptive_field(model, *pixel)
    assert seen(field) == expected
    assert not blind_spot(field, row, column, far).any()


def test_the_sheets_network_has_a_blind_spot_from_its_second_layer_on():
    model = make_network(NetworkConfig(channels=2))
    fields = layer_by_layer(model, 14, 14)
    blind = [int(blind_spot(field, 14, 14, reach(model, depth)).sum()) for depth, field in enumerate(fields, 1)]
    assert len(fields) == 6
    assert blind[:4] == [0, 3, 9, 18]   # 3 columns more in each row above, as long as the image has room
    spot = blind_spot(fields[-1], 14, 14, reach(model))
    rows = [14 - row for row in spot.any(1).nonzero().flatten().tolist()]
    assert spot[:, :14].sum() == 0   # it lies to the right
    assert rows == [4, 3, 2, 1]
    for up in rows:
        assert spot[14 - up].nonzero().flatten().tolist() == list(range(14 + 3 * up + 1, 28))


def test_two_stacks_have_none_at_any_depth():
    model = make_network(GATED)
    for depth, field in enumerate(layer_by_layer(model, 10, 10, 21, 21), 1):
        assert reach(model, depth) == depth
        assert not blind_spot(field, 10, 10, depth).any()
        assert (field > 0).sum() == depth * (2 * depth + 1) + depth


@pytest.mark.parametrize("config", [SHEET, GATED])
def test_fields_grow_with_depth_and_end_in_that_of_the_network(config):
    model = make_network(config)
    fields = layer_by_layer(model, 8, 8, 17, 17)
    for smaller, larger in zip(fields, fields[1:], strict=False):
        assert seen(smaller) < seen(larger)
    assert seen(receptive_field(model, 8, 8, 17, 17)) == seen(fields[-1])


def test_layers_alone_can_be_asked():
    layers = [MaskedConv2d("A", 1, 2, 3), MaskedConv2d("B", 2, 2, 3)]
    assert seen(receptive_field(layers, 4, 4, 9, 9)) == seen(layer_by_layer(make_network(SHEET), 4, 4, 9, 9)[1])
    swapped = [MaskedConv2d("B", 1, 2, 3), MaskedConv2d("A", 2, 2, 3)]
    masks = [causal_mask_2d(kind, 3) for kind in "BA"]
    assert seen(receptive_field(swapped, 4, 4, 9, 9)) == reached(masks, 4, 4, 9, 9)


@pytest.mark.parametrize("config", [SHEET, GATED])
def test_asking_leaves_the_network_alone(config):
    model = make_network(config).train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    assert (receptive_field(model, 3, 3, 5, 5) >= 0).all()
    assert model.training and all(p.grad is None for p in model.parameters())
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def test_a_positive_copy_has_no_negative_weight_and_the_same_shape():
    model = make_network(GATED)
    copied = positive(model)
    assert [p.shape for p in copied.parameters()] == [p.shape for p in model.parameters()]
    assert all((p > 0).all() if p.dim() > 1 else (p == 0).all() for p in copied.parameters())
    assert all(torch.equal(a, b) for a, b in zip(positive(model).parameters(), copied.parameters(), strict=True))


@pytest.mark.parametrize("config", [SHEET, GATED])
def test_the_gradient_of_real_weights_is_the_difference_quotient(lively, uniform, config):
    model, image, step = lively(config), uniform(1, 1, 5, 5), 1e-6
    found = gradient(model, image, 3, 2, depth=2)
    for row in range(5):
        for column in range(5):
            changed = image.clone()
            changed[0, 0, row, column] += step
            values = [features(model, x, 2)[0, :, 3, 2].sum().item() for x in (changed, image)]
            assert found[row, column] == pytest.approx(abs(values[0] - values[1]) / step, abs=1e-4)


@given(pixels)
def test_earlier_pixels_are_those_read_before(pixel):
    row, column, height, width = pixel
    assert seen(earlier(*pixel)) == {(r, c) for r in range(height) for c in range(width) if (r, c) < (row, column)}


@pytest.mark.parametrize(("arguments", "message"), [
    ((5, 0, 5, 5), r"the pixel \(5, 0\) is not in an image of 5x5"),
    ((0, -1, 5, 5), r"the pixel \(0, -1\) is not"),
    ((0, 0, 5, 5, 4), "layers 1 to 3; there is no layer 4"),
    ((0, 0, 5, 5, 0), "there is no layer 0"),
])  # fmt: skip
def test_what_is_not_there_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        receptive_field(make_network(SHEET), *arguments)


def test_layers_are_counted_in_known_networks_only():
    with pytest.raises(TypeError, match="PixelCNN and GatedPixelCNN, not in Sequential"):
        receptive_field([MaskedConv2d("A", 1, 1, 3)], 0, 0, 3, 3, depth=1)


def test_the_mistakes_show_in_their_fields():
    swapped = receptive_field(mistakes.make("SwappedMasks"), 6, 6, 13, 13)
    assert swapped[6, 6] == 0 and swapped[6, 5] == 0
    leaking = receptive_field(mistakes.make("NoMaskA"), 6, 6, 13, 13)
    assert leaking[6, 6] > 0
