"""Rollout against plain loops over numbers, and where the answer is known beforehand."""
import numpy as np
import pytest
import torch
from attngen.vision.rollout import FUSIONS, fused, gradient_rollout, normalised, rollout, without_weakest
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=40)
shapes = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(2, 7))


def rows(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.ones(shape[-1]), size=shape[:-1])


def oracle(attn: np.ndarray, fusion: str, discard: float, residual: float) -> np.ndarray:
    """Entry by entry, as the definition says it."""
    fuse = {"mean": lambda w: sum(w) / len(w), "max": max, "min": min}[fusion]
    layers, _, tokens, _ = attn.shape
    flow, found = [[float(i == j) for j in range(tokens)] for i in range(tokens)], []
    for layer in range(layers):
        step = []
        for q in range(tokens):
            row = [fuse(list(attn[layer, :, q, k])) for k in range(tokens)]
            for k in sorted(range(tokens), key=lambda k: row[k])[: int(discard * tokens)]:
                if k != 0:
                    row[k] = 0.0
            total = sum(row)
            step.append([residual * (q == k) + (1 - residual) * row[k] / total for k in range(tokens)])
        every = range(tokens)
        flow = [[sum(step[q][m] * flow[m][k] for m in every) for k in every] for q in every]
        found.append(flow)
    return np.array(found)


@few
@given(shapes, st.sampled_from(FUSIONS), st.floats(0, 0.99), st.floats(0, 1), st.integers(0, 99))
def test_rollout_is_that_of_the_definition(shape, fusion, discard, residual, seed):
    attn = rows(*shape, shape[-1], seed=seed)
    found = rollout(torch.from_numpy(attn), fusion, discard, residual)
    np.testing.assert_allclose(found, oracle(attn, fusion, discard, residual), atol=1e-12)


@few
@given(shapes, st.sampled_from(FUSIONS), st.floats(0, 0.99), st.floats(0, 1), st.integers(0, 99))
def test_rows_sum_to_1_whatever_is_discarded(shape, fusion, discard, residual, seed):
    found = rollout(torch.from_numpy(rows(*shape, shape[-1], seed=seed)), fusion, discard, residual)
    np.testing.assert_allclose(found.sum(-1), 1)
    assert (found >= 0).all()


@few
@given(shapes, st.sampled_from(FUSIONS), st.sampled_from([0.0, 0.5, 0.9]), st.integers(0, 99), st.randoms())
def test_the_order_of_tokens_decides_nothing(shape, fusion, discard, seed, random):
    """Tokens in another order, [CLS] first as before: the same flow in that order."""
    attn = torch.from_numpy(rows(*shape, shape[-1], seed=seed))
    order = [0, *random.sample(range(1, shape[-1]), shape[-1] - 1)]
    reordered = rollout(attn[..., order, :][..., order], fusion, discard)
    torch.testing.assert_close(reordered, rollout(attn, fusion, discard)[:, order][..., order])


@given(st.sampled_from(FUSIONS), st.floats(0, 1))
def test_tokens_that_look_at_themselves_stay_themselves(fusion, residual):
    tokens = torch.eye(5, dtype=torch.float64)
    found = rollout(tokens.expand(4, 3, 5, 5), fusion, 0.5, residual)
    torch.testing.assert_close(found, tokens.expand(4, 5, 5))


@given(st.integers(1, 6), st.integers(2, 8), st.sampled_from(FUSIONS), st.sampled_from([0.0, 0.9]))
def test_even_attention_leaves_half_to_the_power_of_depth(layers, tokens, fusion, discard):
    even = torch.full((layers, 2, tokens, tokens), 1 / tokens, dtype=torch.float64)
    found = rollout(even, fusion, discard)
    for depth in range(1, layers + 1):
        kept = 0.5**depth
        expected = kept * torch.eye(tokens, dtype=torch.float64) + (1 - kept) / tokens
        torch.testing.assert_close(found[depth - 1], expected)


@given(st.permutations(range(5)), st.permutations(range(5)))
def test_without_residual_permutations_are_followed_back(first, second):
    tokens = torch.eye(5, dtype=torch.float64)
    attn = torch.stack([tokens[list(first)], tokens[list(second)]])[:, None]
    found = rollout(attn, residual=0.0)
    assert found[1].argmax(-1).tolist() == [first[second[q]] for q in range(5)]
    assert torch.equal(rollout(attn, residual=1.0), tokens.expand(2, 5, 5))


def test_a_common_slip_is_not_made():
    """Dividing by the sums of rows along the wrong axis leaves rows that do not sum to 1."""
    attn = torch.from_numpy(rows(3, 2, 6, 6))
    step = (without_weakest(fused(attn, "mean"), 0.5)[0] + torch.eye(6)) / 2
    slip = step / step.sum(dim=-1)
    assert (slip.sum(-1) - 1).abs().max() > 0.01
    torch.testing.assert_close(rollout(attn, discard=0.5)[0].sum(-1), torch.ones(6, dtype=torch.float64))


@given(st.integers(2, 9), st.floats(0, 0.99), st.integers(0, 99))
def test_discarding_takes_the_weakest_and_never_cls(tokens, discard, seed):
    layers = torch.from_numpy(rows(1, tokens, tokens, seed=seed))
    left = without_weakest(layers, discard)
    gone = int(discard * tokens)
    assert torch.equal(left[..., 0], layers[..., 0])
    assert ((left == 0).sum(-1) <= gone).all() and ((left == 0).sum(-1) >= gone - 1).all()
    assert torch.equal(left[left > 0], layers[left > 0])
    for row, kept in zip(layers[0], left[0], strict=True):
        lost, others = row[kept == 0], kept[1:][kept[1:] > 0]
        assert not (len(lost) and len(others)) or lost.max() < others.min()


def test_heads_with_nothing_in_common_leave_each_token_to_itself():
    tokens = torch.eye(4, dtype=torch.float64)
    attn = torch.stack([tokens, tokens.roll(1, 0)])[None]
    assert torch.equal(rollout(attn, "min")[0], tokens)
    assert torch.equal(normalised(torch.zeros(1, 4, 4)), torch.eye(4)[None])


@few
@given(shapes, st.integers(0, 99))
def test_gradient_rollout_is_that_of_the_papers_equations(shape, seed):
    attn = rows(*shape, shape[-1], seed=seed)
    gradients = np.random.default_rng(seed).normal(size=attn.shape)
    relevance = np.eye(shape[-1])
    found = gradient_rollout(torch.from_numpy(attn), torch.from_numpy(gradients))
    for layer in range(shape[0]):
        mean = np.zeros_like(relevance)
        for head in range(shape[1]):
            mean += np.maximum(gradients[layer, head] * attn[layer, head], 0) / shape[1]
        relevance = relevance + np.einsum("qk,kt->qt", mean, relevance)
        np.testing.assert_allclose(found[layer], relevance, atol=1e-9)


def test_what_speaks_against_a_class_has_no_relevance():
    attn = torch.from_numpy(rows(3, 2, 5, 5))
    assert torch.equal(gradient_rollout(attn, -torch.ones_like(attn))[-1], torch.eye(5, dtype=torch.float64))
    both = gradient_rollout(attn, torch.ones_like(attn))[-1]
    assert (both >= torch.eye(5)).all() and both.sum() > 5


@pytest.mark.parametrize(("options", "message"), [
    ({"fusion": "median"}, "mean, max, min, not 'median'"), ({"discard": 1.0}, "to below 1, not 1.0"),
    ({"discard": -0.1}, "not -0.1"), ({"residual": 1.5}, "0..1, not 1.5")])  # fmt: skip
def test_settings_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        rollout(torch.from_numpy(rows(1, 1, 3, 3)), **options)


def test_gradients_of_other_weights_are_refused():
    with pytest.raises(ValueError, match=r"not \(1, 1, 3, 3\) and \(1, 1, 4, 4\)"):
        gradient_rollout(torch.from_numpy(rows(1, 1, 3, 3)), torch.zeros(1, 1, 4, 4))
