"""The compact vision transformer: its size, its stem, and that it is a ViT of transformers."""
import pytest
import torch
from attngen import weights
from attngen.vision.compact import CompactShape, make_model, processor, untrained
from attngen.vision.experiments import COMPACT, SMALL
from attngen.vision.images import normalised
from PIL import Image
from transformers import ViTForImageClassification

TINY = CompactShape(dim=12, layers=2, heads=3, feed_forward=2, image=16, classes=5)
STEM = CompactShape(dim=12, layers=2, heads=3, feed_forward=2, image=16, classes=5, stem=(4, 6, 8))


@pytest.mark.parametrize("shape", [TINY, STEM], ids=["patch", "stem"])
def test_logits_and_maps(shape):
    torch.manual_seed(0)
    model = make_model(shape).eval()
    assert isinstance(model, ViTForImageClassification)
    out = model(torch.randn(3, 3, 16, 16), output_attentions=True)
    assert out.logits.shape == (3, 5)
    rows, columns = shape.grid
    tokens = 1 + rows * columns
    assert [tuple(layer.shape) for layer in out.attentions] == [(3, 3, tokens, tokens)] * 2
    assert torch.allclose(out.attentions[0].sum(-1), torch.ones(3, 3, 17), atol=1e-5)


def test_both_kinds_of_attention_agree():
    torch.manual_seed(0)
    model, pixels = make_model(STEM).eval(), torch.randn(2, 3, 16, 16)
    eager = model(pixels).logits
    model.set_attn_implementation("sdpa")
    assert torch.allclose(model(pixels).logits, eager, atol=1e-5)


def test_the_number_of_parameters_and_bytes(tmp_path):
    for shape, most in ((SMALL, 1_000_000), (CompactShape(), 2_700_000), (COMPACT, 3_000_000)):
        model = make_model(shape)
        assert sum(p.numel() for p in model.parameters()) < most
        assert weights.save(model, tmp_path / "half", half=True).stat().st_size < 6_000_000


def test_a_patch_without_a_stem_is_one_linear_map():
    """The oracle: a matrix times each patch written out as a row."""
    torch.manual_seed(0)
    patches = make_model(TINY).vit.embeddings.patch_embeddings
    pixels = torch.randn(2, 3, 16, 16)
    rows = pixels.unfold(2, 4, 4).unfold(3, 4, 4).permute(0, 2, 3, 1, 4, 5).flatten(1, 2).flatten(2)
    weight = patches.projection.weight.flatten(1)
    assert torch.allclose(patches(pixels), rows @ weight.T + patches.projection.bias, atol=1e-5)


@pytest.mark.parametrize(
    ("stem", "patch", "grid"), [((4, 6), 4, 4), ((4, 6, 8), 4, 4), ((4,), 2, 8), ((4, 4, 6, 8), 8, 2)]
)
def test_a_stem_halves_down_to_the_patches(stem, patch, grid):
    shape = CompactShape(dim=12, layers=1, heads=3, image=16, patch=patch, stem=stem)
    patches = make_model(shape).vit.embeddings.patch_embeddings
    found = patches(torch.randn(2, 3, 16, 16))
    assert found.shape == (2, grid * grid, 12) and shape.grid == (grid, grid)


def test_patches_of_a_stem_are_row_by_row_and_local():
    torch.manual_seed(0)
    patches = make_model(STEM).vit.embeddings.patch_embeddings.eval()
    pixels = torch.randn(1, 3, 16, 16, requires_grad=True)
    patches(pixels)[0, 4 * 2 + 3].sum().backward()   # the patch in row 2, column 3
    rows, columns = pixels.grad.abs().sum((0, 1)).nonzero().T
    assert 8 - 5 <= rows.min() <= 8 and 11 <= rows.max() <= 11 + 5
    assert 12 - 5 <= columns.min() <= 12 and columns.max() == 15


def test_a_photo_becomes_an_input():
    image = Image.new("RGB", (40, 20), (255, 0, 51))
    pixels = processor(TINY)(image, return_tensors="pt")["pixel_values"]
    assert pixels.shape == (1, 3, 16, 16)
    expected = normalised(torch.tensor([255, 0, 51], dtype=torch.uint8))
    assert torch.allclose(pixels[0, :, 3, 7], expected, atol=1e-6)


def test_weights_begin_by_the_size_of_their_matrix():
    torch.manual_seed(0)
    model = make_model(CompactShape(dim=96, layers=2, heads=6, stem=(16, 32, 64)))
    layer = model.vit.layers[1]
    for linear, (inputs, outputs) in (
        (layer.attention.q_proj, (96, 96)), (layer.attention.o_proj, (96, 96)), (layer.mlp.fc1, (96, 384)),
        (layer.mlp.fc2, (384, 96)),
    ):  # fmt: skip
        expected = (2 / (inputs + outputs)) ** 0.5
        assert linear.weight.std().item() == pytest.approx(expected, rel=0.05) and not linear.bias.any()
    out = model.eval()(torch.randn(4, 3, 32, 32))
    assert not out.logits.any()   # all classes alike
    patches = model.train().vit.embeddings.patch_embeddings(torch.randn(20, 3, 32, 32))
    assert 0.2 < patches.std().item() < 5


def test_an_untrained_model_for_tests_answers_and_repeats():
    pixels = torch.randn(2, 3, 16, 16)
    one, again, other = (untrained(TINY, seed=seed)(pixels).logits for seed in (1, 1, 2))
    assert torch.equal(one, again) and not torch.allclose(one, other) and one.std() > 0.1


@pytest.mark.parametrize(("changes", "message"), [
    ({"dim": 10}, "multiple of heads: 10 and 3"), ({"patch": 5}, "whole patches: 16 and 5"),
    ({"stem": (4,)}, "a patch of 4 pixels takes 2 convolutions, not 1"),
    ({"image": 18, "patch": 6, "stem": (4, 4, 4)}, "a power of 2, not 6"),
])  # fmt: skip
def test_shapes_that_make_no_sense(changes, message):
    shape = {"dim": 12, "layers": 1, "heads": 3, "image": 16} | changes
    with pytest.raises(ValueError, match=message):
        CompactShape(**shape)
