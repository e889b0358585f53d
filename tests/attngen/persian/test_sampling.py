"""Choosing a token: against a slow version in numpy, and what must hold of any choice."""
import dataclasses
import math

import numpy as np
import pytest
import torch
from attngen.persian.sampling import (
    GREEDY,
    Sampling,
    keep_top_k,
    keep_top_p,
    penalise_repeats,
    uniform_noise,
    with_temperature,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

few = settings(max_examples=60, deadline=None)
seeds = st.integers(0, 2**31)
temperatures = st.sampled_from([1e-9, 0.3, 1.0, 2.5])
ks = st.none() | st.integers(1, 9)
ps = st.sampled_from([1e-6, 0.31, 0.9, 0.999, 1.0])
penalties = st.sampled_from([1.0, 1.2, 3.0])


@st.composite
def some_logits(draw):
    """(B, V) in double precision, no two equal in a row."""
    torch.manual_seed(draw(seeds))
    shape = draw(st.integers(1, 4)), draw(st.integers(1, 12))
    return torch.randn(shape, dtype=torch.double) * draw(st.sampled_from([0.1, 1.0, 8.0]))


@st.composite
def some_recent(draw, width: int = 12):
    """(B, W) tokens, -1 for none."""
    torch.manual_seed(draw(seeds))
    return lambda batch, vocabulary: torch.randint(-1, vocabulary, (batch, draw(st.integers(0, width))))


def slow(logits: list[float], sampling: Sampling, recent: list[int]) -> np.ndarray:
    """Probabilities of one row, one step after the other, with nothing but loops and sorting."""
    scores = np.array(logits) - np.logaddexp.reduce(logits)
    for token in set(recent[-sampling.window :]) - {-1}:
        scores[token] *= sampling.repetition_penalty   # log-probabilities are negative
    if sampling.temperature == 0:
        return np.eye(len(scores))[int(scores.argmax())]
    scores = (scores - scores.max()) / sampling.temperature
    order = sorted(range(len(scores)), key=lambda token: (-scores[token], token))
    if sampling.top_k is not None:
        order = order[: sampling.top_k]
    chances = {token: math.exp(scores[token]) for token in order}
    total, reached, kept = sum(chances.values()), 0.0, {}
    for token, chance in chances.items():
        if reached < sampling.top_p or sampling.top_p == 1:
            kept[token] = chance
        reached += chance / total
    answer = np.zeros(len(scores))
    for token, chance in kept.items():
        answer[token] = chance / sum(kept.values())
    return answer


@few
@given(some_logits(), some_recent(), st.sampled_from([0.0, 1e-9, 0.3, 1.0, 2.5]), ks, ps, penalties, st.integers(1, 9))
def test_probabilities_are_those_of_the_slow_version(logits, recent, temperature, k, p, penalty, window):
    sampling, recent = Sampling(temperature, k, p, penalty, window), recent(*logits.shape)
    fast = sampling.probabilities(logits, recent)
    oracle = [slow(row, sampling, last) for row, last in zip(logits.tolist(), recent.tolist(), strict=True)]
    np.testing.assert_allclose(fast.numpy(), np.stack(oracle), atol=1e-9)


@few
@given(some_logits(), some_recent(), temperatures, ks, ps, penalties)
def test_what_is_kept_sums_to_one(logits, recent, temperature, k, p, penalty):
    probabilities = Sampling(temperature, k, p, penalty).probabilities(logits.float(), recent(*logits.shape))
    assert probabilities.dtype == torch.double and (probabilities >= 0).all()
    torch.testing.assert_close(probabilities.sum(-1), torch.ones(len(logits)).double())


@few
@given(some_logits(), st.floats(1e-9, 1, exclude_max=True))
def test_the_nucleus_is_the_smallest_set_that_reaches_p(logits, p):
    chances = logits.softmax(-1)
    kept = keep_top_p(logits, p).isfinite()
    assert (kept.sum(-1) >= 1).all()
    for row, inside in zip(chances, kept, strict=True):
        assert row[inside].sum() >= p - 1e-12
        assert row[inside].sum() - row[inside].min() < p + 1e-12   # without its least likely it would not
        assert inside.all() or row[inside].min() > row[~inside].max()


@few
@given(some_logits(), st.integers(1, 15))
def test_top_k_keeps_the_k_largest(logits, k):
    kept = keep_top_k(logits, k)
    inside = kept.isfinite()
    assert (inside.sum(-1) == min(k, logits.shape[1])).all()
    assert torch.equal(kept[inside], logits[inside])
    for row, chosen in zip(logits, inside, strict=True):
        assert chosen.all() or row[chosen].min() > row[~chosen].max()


def test_of_equal_tokens_the_first_are_kept():
    logits = torch.tensor([[1.0, 2.0, 1.0, 1.0, 0.0]])
    assert keep_top_k(logits, 3).isfinite().tolist() == [[True, True, True, False, False]]
    assert keep_top_k(torch.zeros(1, 4), 2).isfinite().tolist() == [[True, True, False, False]]
    assert keep_top_p(torch.zeros(1, 4), 0.4).isfinite().tolist() == [[True, True, False, False]]
    assert with_temperature(torch.zeros(1, 4), 0).isfinite().tolist() == [[True, False, False, False]]


@few
@given(some_logits(), some_recent(), ks, ps, penalties, st.floats(0, 1, exclude_max=True))
def test_towards_temperature_zero_it_is_greedy(logits, recent, k, p, penalty, number):
    recent, noise = recent(*logits.shape), torch.full((len(logits),), number, dtype=torch.float64)
    cold, greedy = (Sampling(t, k, p, penalty) for t in (1e-300, 0.0))
    assert torch.equal(cold.draw(logits, noise, recent), greedy.draw(logits, noise, recent))
    torch.testing.assert_close(cold.probabilities(logits.float(), recent), greedy.probabilities(logits.float(), recent))


@few
@given(some_logits(), st.floats(0, 1, exclude_max=True))
def test_greedy_is_the_largest_logit(logits, number):
    drawn = GREEDY.draw(logits, torch.full((len(logits),), number, dtype=torch.float64))
    assert torch.equal(drawn, logits.argmax(-1)) and drawn.shape == (len(logits),)


@few
@given(some_logits(), temperatures, ks, ps, seeds)
def test_renaming_the_tokens_renames_the_probabilities(logits, temperature, k, p, seed):
    order = torch.randperm(logits.shape[1], generator=torch.Generator().manual_seed(seed))
    sampling = Sampling(temperature, k, p)
    torch.testing.assert_close(sampling.probabilities(logits[:, order]), sampling.probabilities(logits)[:, order])


@few
@given(some_logits(), some_recent(), temperatures, ks, ps, penalties, st.floats(-50, 50))
def test_a_constant_added_to_all_logits_changes_nothing(logits, recent, temperature, k, p, penalty, constant):
    sampling, recent = Sampling(max(temperature, 0.3), k, p, penalty), recent(*logits.shape)
    shifted = sampling.probabilities(logits + constant, recent)
    torch.testing.assert_close(shifted, sampling.probabilities(logits, recent), atol=1e-9, rtol=1e-6)


@few
@given(some_logits(), some_recent(), st.sampled_from([1.1, 2.0]))
def test_the_penalty_lowers_what_was_there_and_nothing_else(logits, recent, penalty):
    recent = recent(*logits.shape)
    penalised = penalise_repeats(logits, recent, penalty)
    for before, after, last in zip(logits, penalised, recent.tolist(), strict=True):
        for token in range(logits.shape[1]):
            assert (after[token] < before[token]) if token in last else (after[token] == before[token])


def test_only_the_window_counts_as_a_repeat():
    logits, recent = torch.zeros(1, 4), torch.tensor([[0, 1, 1, 2]])
    chances = Sampling(repetition_penalty=2.0, window=3).probabilities(logits, recent)[0]
    assert chances[0] == chances[3] and chances[1] == chances[2] < chances[0]
    assert torch.equal(Sampling(window=3).probabilities(logits, recent), Sampling().probabilities(logits))


@pytest.mark.parametrize("sampling", [
    Sampling(), Sampling(0.6), Sampling(1.5, top_k=3), Sampling(top_p=0.7), Sampling(repetition_penalty=1.5),
])  # fmt: skip
def test_tokens_come_as_often_as_they_are_probable(sampling):
    count, logits = 20_000, torch.tensor([[0.0, 1.0, -1.0, 0.5, -0.2]])
    recent = torch.tensor([[1, 3]])
    expected = sampling.probabilities(logits, recent)[0]
    noise = uniform_noise(1, count, torch.Generator().manual_seed(5))[0]
    drawn = sampling.draw(logits.expand(count, -1), noise, recent.expand(count, -1))
    found = drawn.bincount(minlength=5)
    possible = expected > 0
    assert (found[~possible] == 0).all() and 1 < possible.sum()
    assert chisquare(found[possible].numpy(), (expected[possible] * count).numpy()).pvalue > 1e-3


@few
@given(some_logits(), temperatures, ks, ps, seeds)
def test_a_draw_does_not_depend_on_its_neighbours_and_is_possible(logits, temperature, k, p, seed):
    sampling = Sampling(temperature, k, p)
    noise = torch.rand(len(logits), generator=torch.Generator().manual_seed(seed), dtype=torch.double)
    together = sampling.draw(logits, noise)
    assert (sampling.probabilities(logits).gather(1, together[:, None]) > 0).all()
    for row in range(len(logits)):
        assert sampling.draw(logits[row : row + 1], noise[row : row + 1]) == together[row]


@pytest.mark.parametrize("number", [0.0, 0.5, 1 - 2**-53])
def test_the_ends_of_the_line_are_possible_tokens(number):
    logits = torch.tensor([[-math.inf, 0.3, -math.inf, 0.1, -math.inf]])
    drawn = Sampling().draw(logits, torch.tensor([number], dtype=torch.double))
    assert drawn.item() == (1 if number < 0.9 else 3)


@pytest.mark.parametrize(("changes", "message"), [
    ({"temperature": -0.1}, "temperature is a finite number from 0 .greedy. on, not -0.1"),
    ({"temperature": math.inf}, "temperature .* not inf"), ({"temperature": math.nan}, "temperature .* not nan"),
    ({"top_k": 0}, "top_k .* not 0"), ({"top_k": -3}, "top_k .* not -3"), ({"top_k": 2.5}, "top_k .* not 2.5"),
    ({"top_p": 0.0}, "top_p .* not 0.0"), ({"top_p": 1.1}, "top_p .* not 1.1"), ({"top_p": math.nan}, "top_p"),
    ({"repetition_penalty": 0.9}, "repetition_penalty is a finite number from 1 .none. on, not 0.9"), ({"repetition_penalty": math.inf}, "not inf"),
    ({"window": 0}, "window .* not 0"),
])  # fmt: skip
def test_settings_that_make_no_sense_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Sampling(**changes)


def test_settings_are_values():
    assert Sampling(0.5) == Sampling(temperature=0.5) and hash(GREEDY) == hash(Sampling(0.0))
    with pytest.raises(dataclasses.FrozenInstanceError):
        Sampling().top_k = 3


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("sampling", [Sampling(), Sampling(0.5, 2, 0.9), GREEDY])
def test_logits_that_are_no_numbers_are_refused(bad, sampling):
    with pytest.raises(ArithmeticError, match="the logits are not numbers"):
        sampling.draw(torch.full((2, 3), bad), torch.tensor([0.1, 0.2]))
