"""Loss, whole words and floors, against sums made by hand."""
import math
from collections import Counter, defaultdict

import pytest
import torch
from attngen.piglatin import evaluation
from attngen.piglatin.data import LETTERS, WordPairs
from attngen.piglatin.evaluation import (
    entropy_floor,
    mean_loss,
    rule_floor,
    token_loss,
    valid_targets,
    word_accuracy,
    wrong_words,
)
from attngen.piglatin.rules import pig_latin
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=25, deadline=None)
words = st.text(LETTERS, min_size=1, max_size=7)
pair_lists = st.lists(st.tuples(words, words), min_size=1, max_size=6, unique=True)
# few words and letters, so that words do get several translations with common beginnings
ambiguous = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.text("ab", min_size=1, max_size=3)), min_size=1, max_size=12, unique=True
)


@few
@given(pair_lists, st.booleans())
def test_the_loss_of_a_batch_is_the_sum_over_single_words(build, pairs, causal):
    model, data = build(causal=causal), WordPairs(pairs)
    summed, count = token_loss(model, data.batch(torch.arange(len(pairs))))
    assert count.item() == sum(len(target) + 1 for _, target in pairs)
    alone = 0.0
    for number in range(len(pairs)):
        batch = data.batch(torch.tensor([number]))
        chances = model(batch.source, batch.source_mask, batch.inputs).log_softmax(-1)
        alone -= sum(chances[0, t, token].item() for t, token in enumerate(batch.targets[0].tolist()))
    assert summed.item() == pytest.approx(alone, rel=1e-5)
    for size in (1, 2, 512):
        assert mean_loss(model, data, size) == pytest.approx(alone / count.item(), rel=1e-5)


@few
@given(ambiguous)
def test_the_floor_is_what_the_best_table_of_next_letters_pays(pairs):
    following = defaultdict(Counter)
    for word, target in pairs:
        for t, letter in enumerate(target + "$"):
            following[word, target[:t]][letter] += 1
    nats, tokens = 0.0, 0
    for word, target in pairs:
        for t, letter in enumerate(target + "$"):
            counts = following[word, target[:t]]
            nats -= math.log(counts[letter] / counts.total())
            tokens += 1
    assert entropy_floor(pairs) == pytest.approx(nats / tokens, abs=1e-12)


def test_the_rule_floor_by_hand():
    train = [("quick", "ickquay"), ("quit", "uitqay"), ("queen", "eenquay"), ("street", "eetstray")]
    pairs = [("quiz", "izquay"), ("quip", "uipqay"), ("my", "ymay"), ("mp", "pmay")]
    share = 3 / 5   # two of three, and one of each added
    tokens = 7 + 7 + 5 + 5
    assert rule_floor(train, pairs) == pytest.approx(-(math.log(share) + math.log(1 - share)) / tokens)


def test_floors_are_zero_where_nothing_is_unclear():
    pairs = [(word, pig_latin(word)) for word in ("street", "my", "impress")]
    assert entropy_floor(pairs) == rule_floor(pairs, pairs) == 0


def test_two_targets_count_either(monkeypatch):
    targets = valid_targets([("quick", "ickquay"), ("quick", "uickqay"), ("my", "ymay"), ("street", "eetstray")])
    assert targets == {"quick": {"ickquay", "uickqay"}, "my": {"ymay"}, "street": {"eetstray"}}
    answers = {"quick": "uickqay", "my": "myay", "street": "eetstray"}
    monkeypatch.setattr(evaluation, "translate", lambda model, words: [answers[word] for word in words])
    assert wrong_words(None, targets) == [("my", "myay", {"ymay"})]
    assert word_accuracy(None, targets) == pytest.approx(2 / 3)


def test_the_large_file_has_19_words_with_two_targets(course_files):
    several = {word: found for word, found in valid_targets(course_files["large"]).items() if len(found) > 1}
    assert len(several) == 19
    assert several["quick"] == {"ickquay", "uickqay"}
