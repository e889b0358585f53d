"""ProbSparse attention: equal to full attention where all queries are kept, and what it may look at."""
import math

import pytest
import torch
from attngen.nn.attention import scaled_dot_product_attention
from attngen.series.probsparse import (
    ProbSparseHeads,
    active,
    attend_at,
    best_so_far,
    few,
    probsparse_attention,
    sample_keys,
    sparsity,
    strictly_causal,
)
from attngen.series.probsparse_study import CHOICES, SEQUENCES, choose, kept_share, structured_sequence, study
from torch.nn import functional as F

EVERY = 1000.0  # a factor that keeps every query


def made(*shape, seed=0, count=3):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=generator, dtype=torch.double) for _ in range(count)]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("causal", [False, True])
def test_with_every_query_kept_it_is_torchs_attention(causal):
    query, key, value = made(2, 3, 17, 8)
    out, chosen = probsparse_attention(query, key, value, EVERY, causal)
    expected = F.scaled_dot_product_attention(query, key, value, is_causal=causal)
    torch.testing.assert_close(out, expected)
    assert chosen.shape == (2, 3, 17)


def test_chosen_queries_get_full_attention_and_the_others_the_mean():
    query, key, value = made(2, 3, 40, 8)
    out, chosen = probsparse_attention(query, key, value, 2.0, generator=seeded())
    full = F.scaled_dot_product_attention(query, key, value)
    kept = torch.zeros(2, 3, 40, dtype=torch.bool).scatter(-1, chosen, True)
    assert kept.sum(-1).eq(few(40, 2.0)).all()
    torch.testing.assert_close(out[kept], full[kept])
    torch.testing.assert_close(out[~kept], value.mean(-2, keepdim=True).expand_as(out)[~kept])


def test_the_causal_mean_ends_at_each_position():
    query, key, value = made(1, 2, 30, 4)
    out, chosen = probsparse_attention(query, key, value, 1.0, causal=True, generator=seeded())
    kept = torch.zeros(1, 2, 30, dtype=torch.bool).scatter(-1, chosen, True)
    full = F.scaled_dot_product_attention(query, key, value, is_causal=True)
    so_far = torch.stack([value[..., : t + 1, :].mean(-2) for t in range(30)], dim=-2)
    torch.testing.assert_close(out[kept], full[kept])
    torch.testing.assert_close(out[~kept], so_far[~kept])


@pytest.mark.parametrize("causal", [False, True])
def test_the_rows_of_weights_sum_to_one(causal):
    query, key, _ = made(2, 24, 8)
    weights, _ = probsparse_attention(
        query, key, torch.eye(24, dtype=torch.double).expand(2, -1, -1), 1.5, causal, generator=seeded()
    )
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 24, dtype=torch.double))
    assert (weights >= 0).all()
    if causal:
        assert weights.triu(1).eq(0).all()


@pytest.mark.parametrize("position", [0, 7, 20])
def test_no_causal_output_has_a_gradient_from_later_values_or_keys(position):
    query, key, value = (x.requires_grad_() for x in made(1, 1, 32, 4))
    out, _ = probsparse_attention(query, key, value, 2.0, causal=True, generator=seeded())
    out[..., position, :].sum().backward()
    later = slice(position + 1, None)
    assert value.grad[..., later, :].eq(0).all() and value.grad[..., : position + 1, :].ne(0).any()
    for tensor in (query, key):
        assert tensor.grad is None or tensor.grad[..., later, :].eq(0).all()


def test_the_strictly_causal_form_does_not_change_with_the_future():
    first = made(2, 48, 8)
    second = [torch.cat([x[:, :30], 5 * torch.randn(2, 18, 8, dtype=torch.double)], dim=1) for x in first]
    before, after = (strictly_causal(*x, factor=1.0, generator=seeded()) for x in (first, second))
    torch.testing.assert_close(before[:, :30], after[:, :30])
    assert not torch.allclose(before[:, 30:], after[:, 30:])


def test_the_papers_choice_of_queries_does_change_with_the_future():
    """What the strict form is for: a later query can take an earlier one's place among the chosen."""
    query, key, value = made(1, 48, 8)
    louder = torch.cat([query[:, :30], 50 * query[:, 30:]], dim=1)
    before, after = (
        probsparse_attention(q, key, value, 2.0, causal=True, generator=seeded())[0] for q in (query, louder)
    )
    assert not torch.allclose(before[:, :30], after[:, :30])


def test_the_strict_form_keeps_every_query_where_there_are_few():
    query, key, value = made(3, 12, 4)
    expected = F.scaled_dot_product_attention(query, key, value, is_causal=True)
    torch.testing.assert_close(strictly_causal(query, key, value, EVERY), expected)


def test_best_so_far_against_a_loop():
    measure = torch.randn(4, 25)
    expected = torch.tensor(
        [[row[: t + 1].gt(row[t]).sum() < 3 for t in range(25)] for row in measure], dtype=torch.bool
    )
    assert torch.equal(best_so_far(measure, 3), expected)


@pytest.mark.parametrize(
    ("length", "factor", "count"), [(96, 5, 23), (10, 5, 10), (1, 5, 1), (1000, 1, 7), (2, 0.1, 1)]
)
def test_how_many_are_kept(length, factor, count):
    assert few(length, factor) == count
    assert count == min(length, max(1, math.ceil(factor * math.log(length))))


def test_sampled_keys_lie_where_they_may():
    free = sample_keys(50, 20, 400, generator=seeded())
    assert free.shape == (50, 400) and free.min() == 0 and free.max() == 19
    causal = sample_keys(50, 50, 400, causal=True, generator=seeded())
    assert (causal <= torch.arange(50)[:, None]).all() and causal[0].eq(0).all() and causal[49].max() > 40


def test_the_measure_against_a_loop():
    query, key = made(6, 5, count=2)
    sample = sample_keys(6, 6, 4, generator=seeded())
    for t in range(6):
        scores = [(query[t] @ key[s] / math.sqrt(5)).item() for s in sample[t]]
        assert sparsity(query, key, sample)[t].item() == pytest.approx(max(scores) - sum(scores) / 4)
    torch.testing.assert_close(sparsity(query, key, sample[0])[:1], sparsity(query, key, sample)[:1])


def test_the_measure_is_zero_for_a_query_that_does_not_choose():
    _, key = made(6, 5, count=2)
    zero = torch.zeros(6, 5, dtype=torch.double)
    assert sparsity(zero, key, torch.arange(6)).eq(0).all()


def test_a_query_that_looks_for_something_is_found():
    generator = seeded(3)
    query, key, value = structured_sequence(256, 32, generator)
    seekers = query.norm(dim=-1).topk(13).indices
    chosen = active(query, key, 5.0, generator=generator)
    assert set(seekers.tolist()) <= set(chosen.tolist())


def test_the_same_seed_gives_the_same_choice_and_another_may_not():
    query, key, value = made(1, 200, 8)
    one, again = (probsparse_attention(query, key, value, 1.0, generator=seeded(1))[1] for _ in range(2))
    others = [probsparse_attention(query, key, value, 1.0, generator=seeded(s))[1] for s in range(2, 6)]
    assert torch.equal(one, again)
    assert any(set(one[0].tolist()) != set(other[0].tolist()) for other in others)


@pytest.mark.parametrize("shared", [False, True])
def test_gradients_reach_what_was_chosen(shared):
    query, key, value = (x.requires_grad_() for x in made(1, 60, 4))
    out, chosen = probsparse_attention(query, key, value, 1.0, shared=shared, generator=seeded())
    out.square().sum().backward()
    moved = query.grad.abs().sum(-1).gt(0)[0].nonzero().flatten().tolist()
    assert moved == sorted(chosen[0].tolist())
    assert key.grad.ne(0).any() and value.grad.ne(0).all()


def test_heads_forecast_alike_twice_and_sample_anew_in_training():
    torch.manual_seed(0)
    heads = ProbSparseHeads(16, 2, factor=1.0).double()
    x = torch.randn(2, 64, 16, dtype=torch.double)
    out, chosen = heads.eval()(x)
    torch.testing.assert_close(out, heads(x)[0])
    assert out.shape == x.shape and chosen.shape == (2, 2, few(64, 1.0))
    heads.train()
    assert any(not torch.allclose(out, heads(x)[0]) for _ in range(5))


def test_heads_with_every_query_kept_are_multi_head_attention():
    from attngen.nn.attention import MultiHeadAttention

    torch.manual_seed(0)
    sparse, full = ProbSparseHeads(16, 4, factor=EVERY).double(), MultiHeadAttention(16, 4).double()
    full.load_state_dict(sparse.state_dict())
    x = torch.randn(2, 9, 16, dtype=torch.double)
    torch.testing.assert_close(sparse(x)[0], full(x)[0])


def test_bad_requests_are_refused():
    query, key, value = made(1, 8, 4)
    with pytest.raises(ValueError, match="as many keys as queries"):
        probsparse_attention(query, key[:, :5], value[:, :5], causal=True)
    with pytest.raises(ValueError, match="causal mask"):
        ProbSparseHeads(8, 2, causal=True, shared=True)
    with pytest.raises(ValueError, match="takes no mask"):
        ProbSparseHeads(8, 2)(torch.randn(1, 4, 8), mask=torch.ones(4, 4).bool())
    for length, factor in ((0, 5), (5, 0)):
        with pytest.raises(ValueError, match="positive factor"):
            few(length, factor)


def test_what_is_kept_lies_between_the_mean_and_full_attention():
    query, key, value = made(40, 8)
    full, _ = scaled_dot_product_attention(query, key, value)
    assert kept_share(full, full, value) == 1
    assert kept_share(value.mean(0).expand(40, -1), full, value) == pytest.approx(0)
    everyone = attend_at(query, key, value, torch.arange(40))
    assert kept_share(everyone, full, value) == pytest.approx(1)


def test_the_study_tells_structure_from_none():
    found = {kind: study(kind, length=128, factors=(5,), repeats=2) for kind in SEQUENCES}
    assert set(found["random"]) == set(CHOICES)
    assert found["structured"]["sampled"][0] > 0.9 > 0.6 > found["random"]["sampled"][0]
    assert found["structured"]["at random"][0] < 0.5
    with pytest.raises(ValueError, match="a sequence is one of"):
        study("noise")
    with pytest.raises(ValueError, match="a choice is one of"):
        choose("best", *made(8, 4, count=2), 5.0, seeded())
