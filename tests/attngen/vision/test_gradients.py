"""The gradient by attention, against difference quotients; outlier patches; covering patches in order."""
import pytest
import torch
from attngen.vision import artefacts, deletion, maps
from attngen.vision.gradients import attention_gradients, class_score, similarity
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from tiny_vits import KINDS, extra, picture, tiny

CLASSIFIERS = [kind for kind in KINDS if kind != "clip"]


def score_of(kind: str):
    return similarity(torch.arange(1.0, 7)) if kind == "clip" else class_score(2)


@pytest.mark.parametrize("kind", KINDS)
def test_the_weights_are_those_without_a_gradient(kind):
    model = tiny(kind).requires_grad_(False)  # frozen weights are no hindrance
    attn, gradients = attention_gradients(model, picture(), score_of(kind))
    torch.testing.assert_close(attn, maps.attentions(model, picture()))
    assert gradients.shape == attn.shape and gradients.abs().sum() > 0
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize(("layer", "head", "query", "key"), [(0, 1, 3, 5), (1, 0, 0, 7), (2, 1, 0, 0)])
def test_the_gradient_is_the_difference_quotient(layer, head, query, key, monkeypatch):
    from transformers.models.vit import modeling_vit

    model, step = tiny("vit").double(), 1e-6
    _, gradients = attention_gradients(model, picture().double(), class_score(2))
    attention = model.vit.layers[layer].attention

    def moved(module, q, k, v, mask, scaling, dropout=0.0, **rest):
        weights = (q @ k.mT * scaling).softmax(-1)
        if module is attention:
            weights[0, head, query, key] += moved.by
        return (weights @ v).transpose(1, 2), weights

    monkeypatch.setattr(modeling_vit, "eager_attention_forward", moved)
    scores = []
    for moved.by in (-step, step):
        with torch.no_grad():
            scores.append(model(picture().double()).logits[0, 2].item())
    quotient = (scores[1] - scores[0]) / (2 * step)
    assert gradients[layer, head, query, key].item() == pytest.approx(quotient, rel=1e-4)


def test_the_last_layer_matters_by_cls_alone():
    """A classifier reads [CLS]: what other tokens do in the last layer has no part in the score."""
    _, gradients = attention_gradients(tiny("vit"), picture(), class_score(0))
    assert gradients[-1, :, 1:].abs().max() == 0 and gradients[-1, :, 0].abs().min() > 0


def test_a_score_without_attention_is_refused():
    with pytest.raises(ValueError, match="no attention weight has a part in this score"):
        attention_gradients(tiny("vit"), picture(), lambda output: torch.ones((), requires_grad=True) * 2)


def test_models_of_another_kind_are_refused():
    for function in (lambda m: attention_gradients(m, picture(), class_score(0)),
                     lambda m: artefacts.patch_norms(m, picture())):  # fmt: skip
        with pytest.raises(maps.NoMaps, match="Linear does not take images alone"):
            function(nn.Linear(1, 1))


@pytest.mark.parametrize("kind", KINDS)
def test_norms_are_those_of_the_patches_states(kind):
    model = tiny(kind)
    norms = artefacts.patch_norms(model, picture())
    with torch.no_grad():
        states = model(pixel_values=picture(), output_hidden_states=True).hidden_states
    assert norms.shape == (4, 4, 4) == (len(states), 4, 4)
    for layer, state in enumerate(states):
        for patch in range(16):
            expected = state[0, extra(kind) + patch].square().sum().sqrt()
            torch.testing.assert_close(norms[layer, patch // 4, patch % 4], expected)


def test_outliers_stand_out_from_their_own_layer():
    norms = torch.ones(3, 4, 4)
    norms[1, 2, 3], norms[2] = 3.5, 10
    norms[2, 0, 0] = 25
    assert artefacts.outliers(norms).nonzero().tolist() == [[1, 2, 3]]
    assert artefacts.outliers(norms, 2).nonzero().tolist() == [[1, 2, 3], [2, 0, 0]]


def test_the_share_on_chosen_patches():
    where = torch.zeros(2, 2, dtype=torch.bool)
    where[0, 1] = True
    shares = artefacts.share_on(where, torch.tensor([[[1.0, 2], [3, 4]], [[0, 5], [0, 0]]]))
    assert shares.tolist() == pytest.approx([0.2, 1.0])


reliefs = st.permutations(range(12)).map(lambda order: torch.tensor(order).view(3, 4).float())


@given(reliefs, st.integers(0, 12), st.booleans())
def test_patches_are_covered_in_order_of_relevance(relevance, count, least):
    pixels = torch.rand(1, 3, 12, 8) + 1
    seen = deletion.covered(pixels, relevance, count / 12, least=least)
    for row in range(3):
        for column in range(4):
            rank = relevance[row, column] if least else 11 - relevance[row, column]
            patch = (..., slice(4 * row, 4 * row + 4), slice(2 * column, 2 * column + 2))
            assert torch.equal(seen[patch], torch.zeros(1, 3, 4, 2) if rank < count else pixels[patch])


@given(reliefs, st.integers(1, 8))
def test_a_deletion_curve_goes_from_the_whole_photo_to_none(relevance, steps):
    """A score that adds up light by a patch's relevance: the order of relevance takes it down fastest."""
    pixels = torch.ones(1, 1, 12, 16)
    light = relevance.repeat_interleave(4, 0).repeat_interleave(4, 1)
    light = light / light.sum()

    def probability(images):
        return (images[:, 0] * light).sum((-2, -1))

    down = deletion.deletion_curve(probability, pixels, relevance, steps)
    slow = deletion.deletion_curve(probability, pixels, relevance, steps, least=True)
    assert down.shape == (steps + 1,)
    assert down[0].item() == pytest.approx(1, abs=1e-5) and down[-1] == 0
    assert (down.diff() <= 1e-6).all() and (down <= slow + 1e-6).all()
    assert deletion.area(down) <= deletion.area(slow) + 1e-6


def test_known_areas():
    assert deletion.area(torch.tensor([1.0, 0.0])).item() == 0.5
    assert deletion.area(torch.ones(2, 11)).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_shares_out_of_range_are_refused(share):
    with pytest.raises(ValueError, match="lies in 0..1, not"):
        deletion.covered(torch.zeros(1, 3, 4, 4), torch.zeros(2, 2), share)
