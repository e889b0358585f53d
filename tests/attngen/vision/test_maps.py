"""Attention maps of several kinds of models, against weights computed by hand and known answers."""
import math

import numpy as np
import pytest
import torch
from attngen.vision import maps
from attngen.vision.maps import NoMaps
from hypothesis import given
from hypothesis import strategies as st
from transformers import (
    CLIPConfig, CLIPModel, ConvNextConfig, ConvNextForImageClassification, SegformerConfig,
    SegformerForImageClassification, SiglipVisionConfig, SiglipVisionModel, SwinConfig,
    SwinForImageClassification, ViTMAEConfig, ViTMAEModel, YolosConfig, YolosModel,
)  # fmt: skip
from tiny_vits import KINDS, extra, picture, tiny

SMALL = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
grids = st.tuples(st.integers(1, 5), st.integers(1, 5))


def rows(*shape: int, seed: int = 0) -> torch.Tensor:
    """Attention weights with rows that sum to 1."""
    return torch.from_numpy(np.random.default_rng(seed).dirichlet(np.ones(shape[-1]), size=shape[:-1]))


@pytest.mark.parametrize("kind", KINDS)
def test_weights_have_a_row_for_every_token_and_rows_sum_to_1(kind):
    model = tiny(kind)
    attn = maps.attentions(model, picture())
    tokens = 16 + extra(kind)
    assert attn.shape == (3, 2, tokens, tokens) and attn.dtype == torch.float32 and not attn.requires_grad
    torch.testing.assert_close(attn.sum(-1), torch.ones(3, 2, tokens))
    seen = maps.cls_maps(attn, maps.grid_of(model, picture()))
    assert seen.shape == (3, 2, 4, 4)
    torch.testing.assert_close(seen.flatten(2), attn[:, :, 0, extra(kind):])


def test_weights_are_those_of_the_formula():
    """softmax(q k / sqrt(d)) of the first layer, from the model's own projections."""
    model = tiny("vit")
    attn = maps.attentions(model, picture())
    with torch.no_grad():
        layer = model.vit.layers[0]
        x = layer.layernorm_before(model.vit.embeddings(picture()))
        both = layer.attention.q_proj, layer.attention.k_proj
        q, k = (project(x)[0].view(17, 2, 8).transpose(0, 1) for project in both)
        torch.testing.assert_close(attn[0], (q @ k.mT / math.sqrt(8)).softmax(-1))


def test_a_map_shows_the_patch_at_its_place():
    """A model whose keys are all of one patch's making looks at that patch, wherever it is put."""
    model = tiny("vit")
    base = torch.zeros(1, 3, 32, 32)
    with torch.no_grad():
        model.vit.embeddings.position_embeddings.zero_()
    plain = maps.cls_maps(maps.attentions(model, base), (4, 4))[0, 0]
    torch.testing.assert_close(plain, plain[:1, :1].expand(4, 4))
    base[..., 8:16, 16:24] = 3.0  # row 1, column 2
    changed = maps.cls_maps(maps.attentions(model, base), (4, 4))[0, 0]
    others = changed.flatten().index_select(0, torch.tensor([i for i in range(16) if i != 6]))
    torch.testing.assert_close(others, others[:1].expand(15))
    assert (changed[1, 2] - others[0]).abs() > 1e-3


def test_dropout_is_off_while_looking_and_the_model_stays_as_it_was():
    model = tiny("vit", attention_probs_dropout_prob=0.5).train()
    attn = maps.attentions(model, picture())
    assert model.training and torch.equal(attn, maps.attentions(model.eval(), picture()))


def test_an_image_need_not_be_square():
    model = tiny("vit", image_size=(32, 16))
    pixels = picture(height=32, width=16)
    assert maps.grid_of(model, pixels) == (4, 2)
    assert maps.cls_maps(maps.attentions(model, pixels), (4, 2)).shape == (3, 2, 4, 2)


def test_models_in_half_precision_are_asked_in_theirs():
    attn = maps.attentions(tiny("vit").to(torch.bfloat16), picture())
    assert attn.dtype == torch.float32
    torch.testing.assert_close(attn.sum(-1), torch.ones(3, 2, 17), atol=0.02, rtol=0)


def test_attention_that_keeps_no_weights_is_named_with_the_remedy():
    model = tiny("vit", attention="sdpa")
    with pytest.raises(NoMaps, match=r'by "sdpa", which keeps no weights.*implementation\("eager"\)'):
        maps.attentions(model, picture())
    model.set_attn_implementation("eager")
    assert maps.attentions(model, picture()).shape == (3, 2, 17, 17)


OTHERS = {
    "no transformer": (lambda: torch.nn.Linear(2, 2), "Linear does not take images alone"),
    "convolutions": (lambda: ConvNextForImageClassification(ConvNextConfig(
        hidden_sizes=[8] * 4, depths=[1] * 4)),
        "ConvNext.* hands out no attention weights; it is not a vision transformer"),
    "windows": (lambda: SwinForImageClassification(SwinConfig(
        image_size=32, patch_size=4, embed_dim=8, depths=[1, 1], num_heads=[2, 2], window_size=4)),
        r"Swin.* is not a plain vision transformer.*\(4, 2, 16, 16\)"),
    "fewer keys": (lambda: SegformerForImageClassification(SegformerConfig()), "Segformer.* is not a plain"),
    "boxes last": (lambda: YolosModel(YolosConfig(
        **SMALL, image_size=(32, 32), patch_size=8, num_detection_tokens=5)),
        "the 22 tokens of YolosModel do not end with its 4x4 patches"),
    "hidden patches": (lambda: ViTMAEModel(ViTMAEConfig(**SMALL, image_size=32, patch_size=8)),
                       "the 5 tokens of ViTMAEModel do not end with its 4x4 patches"),
    "images and text": (lambda: CLIPModel(CLIPConfig(
        text_config=SMALL | {"vocab_size": 9, "bos_token_id": 1, "eos_token_id": 2},
        vision_config=SMALL | {"image_size": 32, "patch_size": 8}, projection_dim=4)),
        "CLIPModel does not take images alone.*model.vision_model"),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_models_of_another_kind_are_refused_by_name(name):
    make, message = OTHERS[name]
    model = make()
    if hasattr(model, "set_attn_implementation"):
        model.set_attn_implementation("eager")
    with pytest.raises(NoMaps, match=message):
        maps.attentions(model, picture())


@pytest.mark.parametrize("pixels", [torch.zeros(3, 32, 32), torch.zeros(2, 3, 32, 32)])
def test_one_image_is_asked_for(pixels):
    with pytest.raises(NoMaps, match="one image, not"):
        maps.attentions(tiny("vit"), pixels)


def test_a_model_without_cls_has_weights_but_no_maps_of_it():
    model = SiglipVisionModel(SiglipVisionConfig(**SMALL, image_size=32, patch_size=8)).eval()
    model.set_attn_implementation("eager")
    attn = maps.attentions(model, picture())
    assert attn.shape == (2, 2, 16, 16)
    with pytest.raises(NoMaps, match=r"all 16 tokens are patches: there is no \[CLS\] token"):
        maps.cls_maps(attn, (4, 4))
    assert maps.mean_distance(attn, (4, 4), 8).shape == (2, 2)


@pytest.mark.parametrize("function", [maps.cls_maps, lambda attn, grid: maps.mean_distance(attn, grid, 1)])
def test_a_grid_larger_than_the_tokens_is_refused(function):
    with pytest.raises(NoMaps, match="5 tokens cannot hold a grid of 2x3 patches"):
        function(rows(5, 5), (2, 3))


@given(grids, st.integers(1, 3), st.integers(0, 9))
def test_cls_maps_keep_every_weight_at_its_place(grid, others, seed):
    height, width = grid
    tokens = others + height * width
    attn = rows(2, 3, tokens, tokens, seed=seed)
    seen = maps.cls_maps(attn, grid)
    assert seen.shape == (2, 3, height, width)
    for row in range(height):
        for column in range(width):
            assert torch.equal(seen[..., row, column], attn[..., 0, others + row * width + column])
