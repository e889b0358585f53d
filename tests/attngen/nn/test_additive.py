"""Additive attention against loops straight from the equation, and what must hold of it."""
import numpy as np
import pytest
import torch
from attngen.nn.additive import AdditiveAttention, additive_attention, additive_scores
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=25, deadline=None)
sizes = st.integers(1, 5)


@st.composite
def inputs(draw):
    """Projected queries and keys, values, vector and a mask (or none); some rows may see nothing."""
    batch, heads, queries, keys, width, values = (draw(sizes) for _ in range(6))
    torch.manual_seed(draw(st.integers(0, 2**31)))
    shapes = (batch, heads, queries, width), (batch, heads, keys, width), (batch, heads, keys, values), (heads, width)
    query, key, value, vector = (torch.randn(shape, dtype=torch.double) for shape in shapes)
    share = draw(st.sampled_from([None, 0.0, 0.3, 0.7, 1.0]))
    shape = draw(st.sampled_from([(batch, heads, queries, keys), (batch, 1, 1, keys), (queries, keys)]))
    return query, key, value, vector, None if share is None else torch.rand(shape) < share


def by_loops(query, key, value, vector, mask):
    """One sum after another in NumPy: e = v . tanh(q + k), a = exp e / sum exp e, out = sum a x."""
    batch, heads, queries, _ = query.shape
    out = np.zeros((batch, heads, queries, value.shape[-1]))
    for b in range(batch):
        for h in range(heads):
            for t in range(queries):
                seen = [s for s in range(key.shape[2]) if mask[b, h, t, s]]
                scores = {s: sum(vector[h, j] * np.tanh(query[b, h, t, j] + key[b, h, s, j])
                                 for j in range(vector.shape[1])) for s in seen}
                total = sum(np.exp(score) for score in scores.values())
                for s, score in scores.items():
                    out[b, h, t] += np.exp(score) / total * value[b, h, s]
    return out


@few
@given(inputs())
def test_the_equation_in_loops(case):
    *tensors, mask = case
    query, key = tensors[:2]
    whole = query.shape[:-1] + key.shape[-2:-1]
    opened = np.ones(whole, bool) if mask is None else mask.expand(whole).numpy()
    expected = by_loops(*(tensor.numpy() for tensor in tensors), opened)
    np.testing.assert_allclose(additive_attention(*tensors, mask)[0].numpy(), expected, atol=1e-12)


@few
@given(sizes, sizes, sizes, sizes, sizes, st.integers(0, 2**31))
def test_luongs_concat_score_is_the_same_function(queries, keys, query_dim, key_dim, width, seed):
    # v . tanh(W [q; k]) with torch's own layers on every pair of rows
    torch.manual_seed(seed)
    query, key = torch.randn(queries, query_dim), torch.randn(keys, key_dim)
    joined, vector = torch.nn.Linear(query_dim + key_dim, width), torch.nn.Linear(width, 1, bias=False)
    pairs = torch.cat([query[:, None].expand(-1, keys, -1), key[None].expand(queries, -1, -1)], dim=-1)
    expected = torch.nn.Sequential(joined, torch.nn.Tanh(), vector)(pairs)[..., 0]
    left, right = joined.weight.split([query_dim, key_dim], dim=1)
    found = additive_scores(query @ left.T + joined.bias, key @ right.T, vector.weight[0])
    torch.testing.assert_close(found, expected)


@few
@given(inputs())
def test_rows_sum_to_one_and_closed_keys_weigh_nothing(case):
    *tensors, mask = case
    out, weights = additive_attention(*tensors, mask)
    mask = torch.ones_like(weights).bool() if mask is None else mask.expand_as(weights)
    sees = mask.any(-1)
    torch.testing.assert_close(weights.sum(-1), sees.double())
    assert (weights >= 0).all() and (weights[~mask] == 0).all() and (out[~sees] == 0).all()


@few
@given(inputs(), st.randoms())
def test_the_order_of_keys_does_not_matter(case, random):
    query, key, value, vector, _ = case
    order = list(range(key.shape[2]))
    random.shuffle(order)
    out, weights = additive_attention(query, key, value, vector)
    again, moved = additive_attention(query, key[:, :, order], value[:, :, order], vector)
    torch.testing.assert_close(again, out)
    torch.testing.assert_close(moved, weights[..., order])


@few
@given(inputs())
def test_scores_are_bounded_by_the_vector_and_odd(case):
    query, key, _, vector, _ = case
    scores = additive_scores(1e6 * query, -1e6 * key, vector)
    assert (scores.abs() <= vector.abs().sum(-1)[:, None, None] + 1e-12).all()
    torch.testing.assert_close(additive_scores(-query, -key, vector), -additive_scores(query, key, vector))


@few
@given(inputs(), st.integers(1, 6))
def test_blocks_give_the_same_with_the_same_gradients(case, rows):
    *tensors, mask = case
    results = []
    for size in (None, rows):
        leaves = [tensor.clone().requires_grad_() for tensor in tensors]
        out, _ = additive_attention(*leaves, mask, rows=size)
        out.sin().sum().backward()
        results.append([out, *(leaf.grad for leaf in leaves)])
    for whole, blocks in zip(*results, strict=True):
        torch.testing.assert_close(blocks, whole)


@few
@given(sizes, sizes, sizes, st.integers(0, 2**31))
def test_gradients_are_those_of_finite_differences(queries, keys, width, seed):
    torch.manual_seed(seed)
    shapes = (queries, width), (keys, width), (keys, 2), (width,)
    leaves = [torch.randn(shape, dtype=torch.double, requires_grad=True) for shape in shapes]
    mask = torch.rand(queries, keys) < 0.7
    assert torch.autograd.gradcheck(lambda *t: additive_attention(*t, mask)[0], leaves)


def test_huge_inputs_stay_finite():
    query = torch.full((1, 2, 4), 1e30)
    vector = torch.full((4,), 1e30)
    out, weights = additive_attention(query, query, query, vector, torch.ones(2, 2).tril().bool())
    assert torch.isfinite(weights).all() and torch.isfinite(out).all()
    torch.testing.assert_close(weights[0, 1], torch.tensor([0.5, 0.5]))


dims = st.integers(1, 6)


@few
@given(dims, dims, dims, dims, dims, st.none() | dims, st.booleans(), st.booleans(), st.integers(0, 2**31))
def test_the_module_is_its_heads_one_by_one(query, key, value, hidden, heads, output, bias, project, seed):
    torch.manual_seed(seed)
    layer = AdditiveAttention(query, key, value, hidden, heads, output, bias, project).double()
    q, k, v = (torch.randn(2, length, dim, dtype=torch.double) for length, dim in ((3, query), (4, key), (4, value)))
    mask = torch.rand(2, 1, 3, 4) < 0.8
    out, weights = layer(q, k, v, mask)
    parts = []
    for head in range(heads):
        columns = slice(head * hidden, (head + 1) * hidden)
        values = layer.value(v)[..., columns] if project else v
        part, shown = additive_attention(
            layer.query(q)[..., columns], layer.key(k)[..., columns], values, layer.vector[head], mask[:, 0]
        )
        torch.testing.assert_close(weights[:, head], shown)
        parts.append(part)
    joined = torch.cat(parts, dim=-1)
    torch.testing.assert_close(out, joined if output is None else layer.output(joined))


@pytest.mark.parametrize(("widths", "words"), [((3, 4, 3), "3, 4 and 3"), ((3, 3, 2), "3, 3 and 2")])
def test_widths_that_do_not_fit_are_named(widths, words):
    with pytest.raises(ValueError, match=words):
        additive_scores(*(torch.zeros(size) for size in ((2, widths[0]), (2, widths[1]), (widths[2],))))


@pytest.mark.parametrize(("shapes", "words"), [
    (((5, 3), (2, 5, 4), (2, 5, 6)), r"query is \(batch, length, 3\), not \(5, 3\)"),
    (((2, 5, 4), (2, 5, 3), (2, 5, 6)), r"query is \(batch, length, 3\), not \(2, 5, 4\)"),
    (((2, 5, 3), (2, 5, 4), (2, 5, 5)), r"value is \(batch, length, 6\), not \(2, 5, 5\)"),
])
def test_the_module_names_the_input_that_does_not_fit(shapes, words):
    with pytest.raises(ValueError, match=words):
        AdditiveAttention(3, 4, 6, hidden=8)(*(torch.zeros(shape) for shape in shapes))


def test_other_bad_inputs_are_refused():
    x, vector = torch.zeros(2, 3), torch.zeros(3)
    with pytest.raises(ValueError, match="2 keys, 4 values"):
        additive_attention(x, x, torch.zeros(4, 3), vector)
    with pytest.raises(ValueError, match="must be boolean .* torch.float32"):
        additive_attention(x, x, x, vector, torch.zeros(2, 2))
    with pytest.raises(ValueError, match="at least one row .* not 0"):
        additive_scores(x, x, vector, rows=0)


@pytest.mark.parametrize(("name", "size"), [("query", 0), ("key", -1), ("hidden", 2.5), ("heads", 0), ("output", 0)])
def test_impossible_sizes_are_named(name, size):
    sizes = dict.fromkeys(("query", "key", "value", "hidden", "heads", "output"), 2) | {name: size}
    with pytest.raises(ValueError, match=f"{name} must be a whole number from 1 on, not {size}"):
        AdditiveAttention(**sizes)
