"""A model taken apart is the model, and leaving out heads by what is cached is leaving them out."""
import pytest
import torch
from attngen.heads.by_rollout import rollout_importance
from attngen.heads.cached import outputs_without_each
from attngen.heads.gates import HeadGates
from attngen.heads.importance import scored, without_each
from attngen.heads.stack import take_apart
from attngen.vision.compact import CompactShape, make_model
from hypothesis import given, settings
from hypothesis import strategies as st

READ = {"vit": "logits", "clip": "image_embeds"}


def outputs(model, kind, pixels):
    return getattr(model(pixels), READ[kind])


@pytest.mark.parametrize("kind", READ)
def test_a_model_taken_apart_gives_the_models_outputs(models, kind, pixels):
    model, _ = models[kind]
    stack = take_apart(model)
    with torch.no_grad():
        assert torch.allclose(stack(pixels), outputs(model, kind, pixels), rtol=1e-9, atol=1e-9)
        x = stack.embed(pixels)
        some, every = stack.blocks[1](x, rows=2), stack.blocks[1](x)
    assert every.shape == x.shape and torch.allclose(some, every[:, :2], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", READ)
def test_cached_is_naive(models, kind, pixels):
    model, _ = models[kind]
    gates = HeadGates.of(model)
    naive = without_each(scored(gates, lambda: outputs(model, kind, pixels)), *gates.shape)
    found, whole = outputs_without_each(take_apart(model), pixels)
    assert torch.allclose(found, naive, rtol=1e-9, atol=1e-9)
    with torch.no_grad():
        assert torch.allclose(whole, outputs(model, kind, pixels), rtol=1e-9, atol=1e-9)
    spread = (naive - whole).abs().amax((-1, -2))
    assert spread.min() > 1e-3   # every head matters here, so that leaving out the wrong one would show


ROWS = st.lists(st.booleans(), min_size=4, max_size=4)


@settings(max_examples=15)
@given(keep=st.lists(ROWS, min_size=3, max_size=3).map(torch.tensor))
def test_cached_is_naive_with_some_heads_off_already(models, keep):
    model, _ = models["vit"]
    pixels = torch.randn(3, 3, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    gates = HeadGates.of(model)
    score = scored(gates, lambda: model(pixels).logits)
    naive = without_each(lambda one_off: score(keep * one_off), *gates.shape)
    found, whole = outputs_without_each(take_apart(model), pixels, keep.float())
    assert torch.allclose(found, naive, rtol=1e-9, atol=1e-9)
    assert torch.allclose(whole, score(keep.float()), rtol=1e-9, atol=1e-9)


def test_a_stem_of_convolutions_goes_along(pixels):
    torch.manual_seed(0)
    shape = CompactShape(dim=8, layers=2, heads=2, image=8, patch=4, stem=(4, 4, 6))
    model = make_model(shape, "sdpa").double().eval()
    torch.nn.init.normal_(model.classifier.weight)
    with torch.no_grad():
        assert torch.allclose(take_apart(model)(pixels), model(pixels).logits, rtol=1e-9, atol=1e-9)


def test_only_known_models_in_use_are_taken_apart(models):
    with pytest.raises(ValueError, match="can be taken apart, not a Decoder"):
        take_apart(models["decoder"][0])
    fresh = make_model(CompactShape(dim=8, layers=1, heads=2, image=8)).train()
    with pytest.raises(ValueError, match=r"call eval\(\) first"):
        take_apart(fresh)


def attention_weights(*shape: int, seed: int = 0):
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(*shape, generator=generator, dtype=torch.float64) * 2).softmax(-1)


def plain_rollout(attentions, residual):
    """The product of the layers, one example: written out as the paper has it."""
    product = torch.eye(len(attentions[0][0]), dtype=torch.float64)
    for layer in attentions:   # each a list of (T, T)
        mean = sum(layer) / len(layer)
        product = (residual * torch.eye(len(mean), dtype=torch.float64) + (1 - residual) * mean) @ product
    return product


@pytest.mark.parametrize("residual", [0.0, 0.5, 0.8])
def test_importance_by_rollout_is_the_change_of_a_rollout_computed_anew(residual):
    attentions = attention_weights(2, 3, 4, 5, 5)
    found = rollout_importance(attentions, residual)
    for example, weights in enumerate(attentions):
        whole = plain_rollout([list(layer) for layer in weights], residual)[0]
        for layer in range(3):
            for head in range(4):
                kept = [list(rows) for rows in weights]
                del kept[layer][head]
                change = (plain_rollout(kept, residual)[0] - whole).abs().sum() / 2
                assert found[example, layer, head].item() == pytest.approx(change.item(), abs=1e-12)


@given(st.integers(1, 3), st.integers(2, 3), st.integers(1, 4), st.integers(0, 100))
def test_importance_by_rollout_is_a_share_of_the_flow(layers, heads, tokens, seed):
    found = rollout_importance(attention_weights(2, layers, heads, tokens, tokens, seed=seed))
    assert found.shape == (2, layers, heads) and (found >= 0).all() and (found <= 1).all()
    alike = attention_weights(1, layers, 1, tokens, tokens, seed=seed).expand(-1, -1, heads, -1, -1)
    assert rollout_importance(alike).abs().max() < 1e-12   # heads that look the same way: none is missed


def test_rollout_needs_whole_attention():
    with pytest.raises(ValueError, match=r"\(batch, layers, heads, T, T\), not \(2, 3, 4, 5\)"):
        rollout_importance(torch.ones(2, 3, 4, 5))
    with pytest.raises(ValueError, match="a single head"):
        rollout_importance(torch.ones(1, 2, 1, 3, 3))
