"""The second look at the recorded models."""
import pytest
import torch
from attngen.nn import EncoderDecoder, TransformerConfig
from attngen.piglatin.closer import batch_mean_loss, has_relative, invented_words
from attngen.piglatin.data import WordPairs
from attngen.piglatin.evaluation import mean_loss
from attngen.piglatin.rules import pig_latin


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return EncoderDecoder(TransformerConfig(dim=16, heads=2, layers=1)).eval()


def pairs(words):
    return [(word, pig_latin(word)) for word in words]


def test_with_one_length_the_courses_measure_is_the_mean_per_token(model):
    same = pairs(["cat", "dog", "sun", "hat"])
    assert batch_mean_loss(model, same, 64) == pytest.approx(mean_loss(model, WordPairs(same)), rel=1e-5)


def test_a_lone_long_word_weighs_as_much_as_a_whole_batch(model):
    short, long = pairs(["cat", "dog", "sun", "hat"]), pairs(["characteristically"])
    expected = (mean_loss(model, WordPairs(short)) + mean_loss(model, WordPairs(long))) / 2
    assert batch_mean_loss(model, short + long, 64) == pytest.approx(expected, rel=1e-5)
    assert abs(expected - mean_loss(model, WordPairs(short + long))) > 1e-4


def test_a_batch_size_cuts_the_groups(model):
    words = pairs(["cat", "dog", "sun"])
    first, last = (mean_loss(model, WordPairs(part)) for part in (words[:2], words[2:]))
    assert batch_mean_loss(model, words, 2) == pytest.approx((first + last) / 2, rel=1e-5)


@pytest.mark.parametrize(("word", "known", "found"), [
    ("team", {"teams"}, True), ("teams", {"team"}, True), ("moved", {"move"}, True),
    ("team", {"teal", "steam"}, False), ("s", {""}, True)])
def test_relatives_differ_by_a_common_ending(word, known, found):
    assert has_relative(word, known) is found


def test_invented_words_come_from_their_seed_and_can_be_translated():
    words = invented_words(50, seed=1)
    assert words == invented_words(50, seed=1) != invented_words(50, seed=2)
    assert all(pig_latin(word).endswith("ay") for word in words)
