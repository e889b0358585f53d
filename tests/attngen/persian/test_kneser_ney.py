"""Kneser-Ney: a slow model out of dictionaries, nltk's, sums of one, and the sampler's interface."""
from collections import Counter, defaultdict

import numpy as np
import pytest
import torch
from attngen.persian.kneser_ney import FALLBACK, KneserNey, adjusted_counts, discounts
from attngen.persian.ngram_counts import count_ngrams
from attngen.persian.windows import END
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.lm import KneserNeyInterpolated

few = settings(max_examples=40, deadline=None)
VOCABULARY = 6
documents_ = st.lists(st.lists(st.integers(1, VOCABULARY - 1), max_size=12), min_size=1, max_size=6)
contexts_ = st.lists(st.integers(0, VOCABULARY - 1), max_size=7)
prompts_ = st.lists(contexts_.filter(len), min_size=1, max_size=3)
orders = st.integers(1, 5)


class Slow:
    """The same formulas once more: counts in dictionaries, one probability at a time, recursively."""

    def __init__(self, documents, order, fixed=None):
        self.order, self.left, raw = order, defaultdict(set), Counter()
        for document in documents:
            read = (END, *document, END)
            for last in range(1, len(read)):
                for k in range(1, order + 1):
                    if last - k + 1 >= 0:
                        gram = read[last - k + 1 : last + 1]
                        raw[gram] += 1
                        if last - k >= 0:
                            self.left[gram].add(read[last - k])
        self.a = {
            gram: count if len(gram) == order or (gram[0] == END and len(gram) > 1) else len(self.left[gram])
            for gram, count in raw.items()
        }
        self.d = [fixed[k - 1] if fixed else self.estimate(k) for k in range(1, order + 1)]

    def estimate(self, k):
        n = Counter(a for gram, a in self.a.items() if len(gram) == k)
        try:
            y = n[1] / (n[1] + 2 * n[2])
            d = 1 - 2 * y * n[2] / n[1], 2 - 3 * y * n[3] / n[2], 3 - 4 * y * n[4] / n[3]
        except ZeroDivisionError:
            return FALLBACK
        return d if all(0 < x <= c for c, x in enumerate(d, 1)) else FALLBACK

    def p(self, token, context):
        context = tuple(context)[max(0, len(context) - self.order + 1) :]
        shorter = self.p(token, context[1:]) if context else 1 / VOCABULARY
        of_context = {gram: a for gram, a in self.a.items() if gram[:-1] == context}
        total = sum(of_context.values())
        if not total:
            return shorter
        off = {gram: self.d[len(context)][min(a, 3) - 1] for gram, a in of_context.items()}
        gram = (*context, token)
        return (of_context.get(gram, 0) - off.get(gram, 0) + sum(off.values()) * shorter) / total


@few
@given(documents_, documents_, orders)
def test_the_probabilities_are_those_of_the_slow_model(documents, others, order):
    model, slow = KneserNey.fit(documents, order, VOCABULARY), Slow(documents, order)
    np.testing.assert_allclose(model.discounts, slow.d)
    for document in others:
        read = [END, *document, END]
        expected = [np.log(slow.p(read[i], read[:i])) for i in range(1, len(read))]
        np.testing.assert_allclose(model.log_probabilities(document), expected)


@few
@given(documents_, contexts_, orders)
def test_a_distribution_is_positive_and_sums_to_one_in_any_context(documents, context, order):
    p = KneserNey.fit(documents, order, VOCABULARY).distribution(context)
    assert p.shape == (VOCABULARY,) and (p > 0).all()
    assert p.sum() == pytest.approx(1, abs=1e-12)


@few
@given(documents_, documents_, orders)
def test_scores_are_the_distributions_of_what_comes_before(documents, others, order):
    model = KneserNey.fit(documents, order, VOCABULARY)
    expected = []
    for document in others:
        read = [END, *document, END]
        expected += [np.log(model.distribution(read[:i])[read[i]]) for i in range(1, len(read))]
    np.testing.assert_allclose(model.scores(others), expected)
    np.testing.assert_allclose(np.concatenate([model.log_probabilities(d) for d in others]), expected)


@few
@given(documents_, contexts_, orders)
def test_neither_the_order_of_documents_matters_nor_what_stands_before_an_end(documents, context, order):
    model, turned = (KneserNey.fit(d, order, VOCABULARY) for d in (documents, documents[::-1]))
    np.testing.assert_array_equal(model.distribution(context), turned.distribution(context))
    behind = [*context, END]
    np.testing.assert_array_equal(model.distribution(behind), model.distribution([END]))
    np.testing.assert_array_equal(model.distribution([*behind, 1, 2]), model.distribution([END, 1, 2]))


@few
@given(documents_, documents_)
def test_no_ngram_reaches_into_the_next_document(documents, others):
    """Some documents begin with a token that no other place has: it follows END and nothing else."""
    mark = VOCABULARY
    counts = count_ngrams(documents + [[mark, *d] for d in others], 2, VOCABULARY + 1)
    assert set(counts.first_tokens(2)[counts.suffixes(2) == mark]) == {END}
    assert adjusted_counts(counts)[0][mark] == 1


@few
@given(documents_, contexts_, st.integers(2, 4), st.floats(0.1, 0.9))
def test_nltk_agrees_where_the_definitions_do(documents, context, order, discount):
    """One discount, nothing below the single tokens, and a context that does not begin a document.

    (nltk writes END as often as an n-gram is long, which changes the counts of what begins with END.)
    """
    fixed = [(0.0, 0.0, 0.0)] + [(discount,) * 3] * (order - 1)
    model = KneserNey.fit(documents, order, VOCABULARY, fixed)
    theirs = KneserNeyInterpolated(order, discount)
    padded = [[str(t) for t in [END] * (order - 1) + d + [END]] for d in documents]
    whole = [  # every n-gram that ends with a token to be predicted, which an opening END is not
        tuple(d[last - k + 1 : last + 1])
        for d in padded for last in range(order - 1, len(d)) for k in range(1, order + 1)
    ]
    theirs.fit([whole], [str(t) for t in range(VOCABULARY)])
    context = [token for token in context if token != END][-(order - 1) :]
    ours = model.distribution(context)
    for token in range(VOCABULARY):
        expected = theirs.score(str(token), [str(t) for t in context])
        assert ours[token] == pytest.approx(expected, abs=1e-12)


def test_a_famous_example():
    """"San Francisco" is frequent, but "Francisco" follows one word only: elsewhere it is unlikely."""
    san, francisco, glasses, *others = range(1, 10)
    documents = [[san, francisco]] * 20 + [[word, glasses] for word in others]
    counts = count_ngrams(documents, 2, 10)
    different = adjusted_counts(counts)[0]
    assert different[francisco] == 1 and different[glasses] == len(others)
    assert counts.counts[0][francisco] > counts.counts[0][glasses]
    p = KneserNey.of(counts).distribution([glasses])
    assert p[glasses] > p[francisco]


def test_discounts_by_hand_and_where_they_cannot_be_estimated():
    sizes = np.array([1] * 40 + [2] * 20 + [3] * 10 + [4] * 5 + [9])
    assert discounts(sizes) == pytest.approx((0.5, 1.25, 2.0))
    assert discounts(np.array([1, 1, 1, 2])) == FALLBACK  # no count of three
    assert discounts(np.array([], dtype=np.int64)) == FALLBACK
    assert discounts(np.array([1] * 100 + [2] + [3] * 10 + [4])) == FALLBACK  # D2 would be negative


@few
@given(documents_, prompts_, st.lists(st.integers(0, VOCABULARY - 1), max_size=5), orders)
def test_begin_and_step_follow_the_distribution(documents, prompts, drawn, order):
    model = KneserNey.fit(documents, order, VOCABULARY)
    length = min(map(len, prompts))
    text = torch.tensor([prompt[:length] for prompt in prompts])
    logits, state = model.begin(text, room=len(drawn))
    for token in [*drawn, None]:
        expected = np.log([model.distribution(row) for row in text.tolist()])
        np.testing.assert_allclose(logits.numpy(), expected, rtol=1e-5)
        if token is not None:
            column = torch.full((len(text),), token)
            text = torch.cat([text, column[:, None]], dim=1)
            logits = model.step(column, state)


def test_a_higher_order_helps_where_it_is_needed():
    """x y and z y differ in what follows; two tokens of context know it, one does not."""
    documents = [[1, 3, 4]] * 30 + [[2, 3, 5]] * 30
    nats = [-KneserNey.fit(documents, order, VOCABULARY).scores(documents).mean() for order in (1, 2, 3)]
    assert nats[0] > nats[1] > nats[2] + 0.1


def test_what_makes_no_sense_is_refused():
    model = KneserNey.fit([[1, 2]], 2, VOCABULARY)
    with pytest.raises(ValueError, match="tokens lie between 0 and 5"):
        model.distribution([6])
    with pytest.raises(ValueError, match="a document's tokens"):
        model.log_probabilities([END])
