"""n-gram counts against plain dictionaries, and the two simple estimates."""
from collections import Counter

import numpy as np
import pytest
from attngen.persian.ngram_counts import NOWHERE, count_ngrams, find, stream, unseen, walk
from attngen.persian.simple_ngrams import add_one, add_one_log_probabilities, followers, maximum_likelihood
from attngen.persian.windows import END
from hypothesis import example, given, settings
from hypothesis import strategies as st

few = settings(max_examples=60, deadline=None)
VOCABULARY = 5
documents_ = st.lists(st.lists(st.integers(1, VOCABULARY - 1), max_size=9), min_size=1, max_size=6)
orders = st.integers(1, 5)


def grams(documents, order):
    """Every n-gram of one order, as the module's docstring says it, and as often as it occurs."""
    found = Counter()
    for document in documents:
        read = [END, *document, END]
        for last in range(1, len(read)):
            if last - order + 1 >= 0:
                found[tuple(read[last - order + 1 : last + 1])] += 1
    return found


def spelled(counts, order):
    """The n-grams of a table, each as its tokens."""
    if order == 1:
        return [(token,) for token in counts.keys[0].tolist()]
    contexts = spelled(counts, order - 1)
    pairs = (divmod(key, counts.vocabulary) for key in counts.keys[order - 1].tolist())
    return [(*contexts[context], token) for context, token in pairs]


@few
@given(documents_, orders)
def test_the_counts_are_those_of_dictionaries(documents, order):
    counts = count_ngrams(documents, order, VOCABULARY)
    assert counts.order == order
    for k in range(1, order + 1):
        table = dict(zip(spelled(counts, k), counts.counts[k - 1].tolist(), strict=True))
        assert {gram: count for gram, count in table.items() if count} == dict(grams(documents, k))
        assert (np.diff(counts.keys[k - 1]) > 0).all()


@few
@given(documents_, st.integers(2, 5))
def test_first_tokens_and_suffixes(documents, order):
    counts = count_ngrams(documents, order, VOCABULARY)
    whole, shorter = spelled(counts, order), spelled(counts, order - 1)
    assert counts.first_tokens(order).tolist() == [gram[0] for gram in whole]
    assert [shorter[number] for number in counts.suffixes(order)] == [gram[1:] for gram in whole]


@few
@given(documents_, orders)
def test_the_order_of_documents_does_not_matter_and_no_ngram_crosses(documents, order):
    counts, turned = (count_ngrams(d, order, VOCABULARY) for d in (documents, documents[::-1]))
    for k in range(order):
        assert counts.keys[k].tolist() == turned.keys[k].tolist()
        assert counts.counts[k].tolist() == turned.counts[k].tolist()
    apart = sum((grams([document], order) for document in documents), Counter())
    assert apart == grams(documents, order)
    assert counts.counts[-1].sum() == sum(max(0, len(d) + 2 - max(1, order - 1)) for d in documents)


@few
@given(documents_, documents_, orders)
def test_walking_finds_every_ngram_that_is_there_and_no_other(documents, others, order):
    counts = count_ngrams(documents, order, VOCABULARY)
    read = stream(others, VOCABULARY)
    for k, numbers in enumerate(walk(counts.keys, read, VOCABULARY), start=1):
        names = spelled(counts, k)
        for place, number in enumerate(numbers):
            if number != NOWHERE and read.offset[place] >= max(1, k - 1):
                assert names[number] == tuple(read.tokens[place - k + 1 : place + 1])
            elif read.offset[place] >= max(1, k - 1):
                assert tuple(read.tokens[place - k + 1 : place + 1]) not in names


@few
@given(documents_, documents_, orders)
def test_the_share_of_unseen_ngrams(documents, others, order):
    counts = count_ngrams(documents, order, VOCABULARY)
    for k, share in enumerate(unseen(counts, others), start=1):
        known, met = grams(documents, k), grams(others, k)
        missing = sum(count for gram, count in met.items() if gram not in known)
        assert share == pytest.approx(missing / met.total() if met else 0)
    assert unseen(counts, documents) == [0] * order


def test_a_worked_example():
    counts = count_ngrams([[1, 2, 1, 2], [1, 2, 3]], 3, 4)
    assert followers(counts, [1, 2]).tolist() == [1, 1, 0, 1]
    assert maximum_likelihood(counts, [1]).tolist() == [0, 0, 1, 0]
    assert maximum_likelihood(counts, [END]).tolist() == [0, 1, 0, 0]
    assert add_one(counts, [1]).tolist() == [1 / 7, 1 / 7, 4 / 7, 1 / 7]
    assert maximum_likelihood(counts, []).tolist() == [2 / 9, 3 / 9, 3 / 9, 1 / 9]
    assert np.isnan(maximum_likelihood(counts, [3, 3])).all()  # never seen: no answer
    assert add_one(counts, [3, 3]).tolist() == [0.25] * 4


@few
@example([[]], [[]], 4)  # no context of three tokens at all
@given(documents_, documents_, orders)
def test_adding_one_is_the_same_in_a_row_and_one_by_one(documents, others, order):
    counts = count_ngrams(documents, order, VOCABULARY)
    expected = []
    for document in others:
        read = [END, *document, END]
        for last in range(1, len(read)):
            expected.append(np.log(add_one(counts, read[max(0, last - order + 1) : last])[read[last]]))
    np.testing.assert_allclose(add_one_log_probabilities(counts, others, order), expected)


@given(st.lists(st.integers(0, 50)), st.lists(st.integers(0, 60)))
def test_find(keys, wanted):
    keys = np.unique(np.array(keys, dtype=np.int64))
    for place, key in zip(find(keys, np.array(wanted, dtype=np.int64)), wanted, strict=True):
        assert keys[place] == key if place != NOWHERE else key not in keys


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="no documents"):
        count_ngrams([], 2, 4)
    for document in ([1, END, 2], [4], [-1]):
        with pytest.raises(ValueError, match="a document's tokens lie between 1 and 3"):
            count_ngrams([document], 2, 4)
    with pytest.raises(ValueError, match="order of an n-gram"):
        count_ngrams([[1]], 0, 4)
    with pytest.raises(ValueError, match="no context of 2 tokens"):
        followers(count_ngrams([[1]], 2, 4), [1, 1])
