"""Greedy decoding: the cached loop writes what the naive one writes, and bad words are refused."""
import pytest
import torch
from attngen.piglatin.data import EOS, LETTERS, decode, encode
from attngen.piglatin.decoding import greedy_cached, greedy_naive, pad_words, translate
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=20, deadline=None)
word_lists = st.lists(st.text(LETTERS, min_size=1, max_size=10), min_size=1, max_size=5)
shapes = st.fixed_dictionaries({
    "heads": st.sampled_from([1, 2]), "layers": st.integers(1, 2), "norm": st.booleans(),
    "feed_forward": st.sampled_from([0, 2]), "tied": st.booleans(),
})  # fmt: skip


def talkative(model, ends: float):
    """Random weights that sometimes end a word: by a push on <EOS>'s score."""
    with torch.no_grad():
        model.output.bias[EOS] = ends
    return model


@few
@given(shapes, word_lists, st.integers(0, 100), st.sampled_from([-9.0, 0.3, 1.0]))
def test_the_cached_loop_writes_what_the_naive_one_writes(build, shape, words, seed, ends):
    model = talkative(build(seed, **shape), ends)
    source, mask = pad_words(words)
    naive = greedy_naive(model, source, mask, 12)
    assert naive.shape == (len(words), 12)
    assert torch.equal(greedy_cached(model, source, mask, 12), naive)
    after_end = (naive == EOS).cummax(dim=1).values
    assert (naive[after_end] == EOS).all()


@few
@given(word_lists, st.integers(0, 100))
def test_a_words_answer_does_not_depend_on_its_neighbours(build, words, seed):
    model = talkative(build(seed), 0.3)
    together = translate(model, words, length=12)
    assert together == [translate(model, [word], length=12)[0] for word in words]
    assert translate(model, words, length=12, batch_size=2) == together


def test_each_token_is_the_likeliest_after_those_before_it(build):
    model = build(4)
    source, mask = pad_words(["street", "my"])
    tokens = greedy_naive(model, source, mask, 6)
    for row in range(2):
        for t in range(6):
            prefix = torch.cat([torch.tensor([27]), tokens[row, :t]])[None]
            logits = model(source[row : row + 1], mask[row : row + 1], prefix)
            assert logits[0, -1].argmax() == tokens[row, t]
            if tokens[row, t] == EOS:
                break


def test_padding_of_words():
    tokens, mask = pad_words(["my", "street"])
    assert tokens.shape == mask.shape == (2, 7)
    assert tokens[0, :2].tolist() == encode("my")
    assert (tokens[0, 2:] == EOS).all()
    assert mask.sum(1).tolist() == [3, 7]
    assert decode(tokens[1].tolist()) == "street"


def test_a_cache_without_the_causal_mask_is_refused(build):
    with pytest.raises(ValueError, match="causal decoder"):
        greedy_cached(build(causal=False), *pad_words(["my"]), 5)


def test_a_non_causal_model_still_translates_with_the_naive_loop(build):
    model = build(causal=False)
    source, mask = pad_words(["my"])
    assert translate(model, ["my"], length=5) == [decode(greedy_naive(model, source, mask, 5)[0].tolist())]


@pytest.mark.parametrize(("word", "message"), [
    ("", "letters a-z and hyphens .* ''"),
    ("Straße", "'Straße'"),
    ("a" * 32, "at most 31 letters; too long: 'aaaa"),
])
def test_words_that_cannot_be_read_are_refused(build, word, message):
    with pytest.raises(ValueError, match=message):
        translate(build(), ["fine", word], length=5)


def test_the_longest_word_is_still_read(build):
    assert len(translate(build(), ["a" * 31], length=5)) == 1


def test_no_words_have_no_answers_and_no_padding(build):
    assert translate(build(), []) == []
    with pytest.raises(ValueError, match="at least one word"):
        pad_words([])


def test_translating_leaves_the_model_in_the_mode_it_was_in(build):
    model = build(dropout=0.5).train()
    assert translate(model, ["street"], 8) == translate(model, ["street"], 8)   # without dropout
    assert model.training
    assert not (translate(model.eval(), ["my"], 5) and model.training)
