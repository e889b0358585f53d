"""What scores can express: products from tanh units, folded maps, lookup, saturation."""
import math

import pytest
import torch
from attngen.additive import lookup, saturation, walks
from attngen.additive.folding import fold_values
from attngen.additive.imitation import CENTRE, CURVATURE, imitate
from attngen.additive.lookup import KINDS, Comparison, LookupConfig, accuracy, compare, train
from attngen.nn.additive import AdditiveAttention, additive_scores
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=20, deadline=None)
sizes = st.integers(1, 6)


def test_the_centre_is_where_tanh_is_most_curved():
    x = torch.linspace(0, 2, 20001, dtype=torch.double).requires_grad_()
    [slope] = torch.autograd.grad(torch.tanh(x).sum(), x, create_graph=True)
    [curve] = torch.autograd.grad(slope.sum(), x)
    assert x[curve.abs().argmax()].item() == pytest.approx(CENTRE, abs=1e-4)
    assert curve.abs().max().item() == pytest.approx(-CURVATURE, abs=1e-6)


@few
@given(sizes, sizes, sizes, st.integers(0, 999))
def test_tanh_units_approach_the_dot_product_with_the_square_of_the_step(queries, keys, width, seed):
    torch.manual_seed(seed)
    query, key = torch.randn(queries, width, dtype=torch.double), torch.randn(keys, width, dtype=torch.double)
    wanted = query @ key.T
    errors = [(imitate(query, key, step) - wanted).abs().max().item() for step in (0.02, 0.01)]
    assert errors[1] < 0.05 * (1 + wanted.abs().max())
    assert errors[0] == pytest.approx(4 * errors[1], rel=0.2)


@few
@given(sizes, sizes, sizes, sizes, st.integers(1, 3), sizes, st.integers(0, 999))
def test_folded_maps_compute_the_same(query, key, value, hidden, heads, output, seed):
    torch.manual_seed(seed)
    layer = AdditiveAttention(query, key, value, hidden, heads, output).double()
    x = [torch.randn(2, n, dim, dtype=torch.double) for n, dim in ((3, query), (4, key), (4, value))]
    mask = torch.rand(3, 4) < 0.8
    folded = fold_values(layer).double()
    with torch.no_grad():
        for found, wanted in zip(folded(*x, mask), layer(*x, mask), strict=True):
            torch.testing.assert_close(found, wanted, atol=1e-6, rtol=1e-5)  # folded in single precision


def test_what_cannot_be_folded_is_refused():
    with pytest.raises(ValueError, match="needs a value projection"):
        fold_values(AdditiveAttention(2, 2, 2, 2, output=None))
    with pytest.raises(ValueError, match="without biases only"):
        fold_values(AdditiveAttention(2, 2, 2, 2, output=2, bias=True))


def test_without_a_curve_every_query_has_the_same_weights():
    # v . (q + k) = v . q + v . k: the first part is the same for all keys, and softmax does not see it
    query, key, vector = torch.randn(5, 8), torch.randn(6, 8), torch.randn(8)
    weights = ((query[:, None] + key[None]) @ vector).softmax(-1)
    torch.testing.assert_close(weights, weights[:1].expand(5, -1))
    assert (additive_scores(query, key, vector).softmax(-1).std(0) > 1e-3).any()


@few
@given(st.sampled_from([1, 3, 8]), st.integers(2, 9), st.integers(0, 999))
def test_a_score_without_biases_finds_at_most_one_of_a_question_and_its_mirror_image(dim, keys, seed):
    torch.manual_seed(seed)
    model = Comparison(dim, "additive, no bias", 16)
    query, key = torch.randn(1, dim), torch.randn(keys, dim)
    best, mirrored = model(query, key).argmax(), model(-query, -key)
    assert mirrored.argmin() == best and mirrored.argmax() != best


@few
@given(st.integers(2, 9), st.integers(0, 999))
def test_dot_products_of_single_numbers_prefer_the_ends(keys, seed):
    torch.manual_seed(seed)
    model, key = Comparison(1, "dot", 1), torch.randn(keys, 1)
    torch.nn.init.normal_(model.query.bias)
    best = model(torch.randn(7, 1), key).argmax(-1)
    assert set(best.tolist()) <= {key.argmin().item(), key.argmax().item()}


@few
@given(st.sampled_from([2, 5]), st.integers(2, 9), st.integers(0, 999))
def test_among_keys_of_equal_length_the_largest_product_is_the_nearest_key(dim, keys, seed):
    torch.manual_seed(seed)
    query, key = torch.randn(dim), torch.nn.functional.normalize(torch.randn(keys, dim), dim=-1)
    assert (key @ query).argmax() == (key - query).norm(dim=-1).argmin()


@pytest.mark.parametrize("kind", KINDS)
def test_training_is_reproducible_and_learns_what_the_kind_can(kind):
    config = LookupConfig(keys=4, steps=200, batch=32)
    (model, turn), (again, _) = train(2, kind, config), train(2, kind, config)
    for one, other in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)
    found = accuracy(model, turn, config)
    if kind.endswith("no bias"):
        assert found <= 0.5
    elif kind != "dot":
        assert found > 0.8


def test_compare_has_a_number_for_every_width_but_one():
    found = compare((1, 2), LookupConfig(keys=3, hidden=4, steps=2, batch=4))
    assert set(found) == set(lookup.KINDS) and all(len(row) == 2 for row in found.values())
    assert math.isnan(found["dot, equal lengths"][0])
    with pytest.raises(ValueError, match="a comparison is one of dot, .* not 'cosine'"):
        Comparison(2, "cosine", 4)


def test_the_slope_is_the_trace_of_the_jacobian():
    scores = torch.randn(6, dtype=torch.double)
    jacobian = torch.autograd.functional.jacobian(lambda s: s.softmax(-1), scores)
    torch.testing.assert_close(saturation.slope(scores.softmax(-1)), jacobian.diagonal().sum())
    assert saturation.slope(torch.tensor([0.0, 1.0])) == 0


def test_only_the_unscaled_product_grows_with_the_width():
    small, large = saturation.measure(16), saturation.measure(256)
    assert large["unscaled"]["spread"] == pytest.approx(16, rel=0.05)
    assert large["unscaled"]["slope"] < small["unscaled"]["slope"] < small["scaled"]["slope"]
    for kind in ("scaled", "additive"):
        assert large[kind]["spread"] == pytest.approx(small[kind]["spread"], rel=0.4)


def test_gradients_at_the_queries_come_from_the_jacobian():
    width, keys, queries = 5, 4, 3
    generator = torch.Generator().manual_seed(0)
    shapes = (queries, 1, width), (queries, keys, width), (queries, 1, keys)
    query, key, pull = (torch.randn(*shape, generator=generator) for shape in shapes)
    for kind, scale in (("unscaled", 1.0), ("scaled", width**-0.5)):
        lengths = []
        for q, k, g in zip(query, key, pull, strict=True):
            p = (scale * q[0] @ k.T).softmax(-1)
            lengths.append((scale * k.T @ (torch.diag(p) - torch.outer(p, p)) @ g[0]).norm())
        found = saturation.gradients(width, keys, queries)[kind]
        assert found["mean"] == pytest.approx(torch.stack(lengths).mean().item(), rel=1e-4)
        assert found["median"] == pytest.approx(torch.stack(lengths).median().item(), rel=1e-4)


def test_unscaled_products_leave_the_typical_query_little_and_a_few_very_much():
    found = saturation.gradients(1024, queries=128)
    assert found["unscaled"]["median"] < found["scaled"]["median"] < found["unscaled"]["mean"]


def test_every_walk_through_the_pairs_takes_time():
    found = walks.measure(4, 3, 1)
    assert list(found) == ["sum, new memory", "sum, same memory", "tanh", "times v", "product"]
    assert all(nanoseconds > 0 for nanoseconds in found.values())
    with pytest.raises(ValueError, match="1 at least: 0, 3, 1"):
        walks.measure(0, 3, 1)


def test_an_odd_score_can_know_one_side_and_keep_quiet_on_the_other():
    # the key meant stands above equal others for x, and so below them for -x: better than a plain mean
    score = torch.tensor([50.0, 0, 0, 0])
    known, quiet = score.softmax(-1), (-score).softmax(-1)
    values = torch.eye(4)
    errors = [(weights @ values - values[0]).square().sum() for weights in (known, quiet)]
    evenly = (torch.full((4,), 0.25) @ values - values[0]).square().sum()
    assert sum(errors) / 2 < evenly
