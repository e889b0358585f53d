"""Nats against a loop that scores one token at a time; what perplexity and bits a character are."""
import math

import pytest
import torch
from attngen.nn import Decoder, DecoderConfig
from attngen.persian.bpe import train_bpe
from attngen.persian.evaluate import (
    characters,
    measures,
    sliding,
    summed_nats,
    target_nats,
    token_nats,
    total_nats,
)
from attngen.persian.models import NeuralNGram, NeuralNGramConfig, RecurrentConfig, RecurrentModel
from attngen.persian.windows import END, Blocks, NGrams
from hypothesis import given, settings
from hypothesis import strategies as st

DOCUMENTS = [[3, 5, 5, 9, 2, 7, 7, 1, 4, 8, 6], [], [4, 4, 10], [2, 3, 5, 9, 1, 1, 8]]
LONG = 20   # longer than all of them
FLOAT32 = 1e-6   # logits are scored in float32, whatever the model computes in
CONFIGS = {
    "ngram": (NeuralNGram, NeuralNGramConfig(11, 3, 4, 5, dropout=0.5)),
    "recurrent": (RecurrentModel, RecurrentConfig(11, 3, 4, dropout=0.5)),
    "transformer": (Decoder, DecoderConfig(11, 4, 2, 2, context=LONG, dropout=0.5)),
}


def build(kind: str) -> torch.nn.Module:
    """In double precision, with weights large enough to matter, and left in training mode, with dropout."""
    torch.manual_seed(0)
    make, config = CONFIGS[kind]
    model = make(config).double().train()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.6)
    return model


@torch.no_grad()
def one_by_one(model, documents, length: int = LONG, stride: int = LONG) -> tuple[float, int]:
    """Each target by itself: what comes after its past, which is that of the first window that holds it."""
    nats, count = 0.0, 0
    model.eval()
    for document in documents:
        row = [END, *document, END]
        for place in range(len(row) - 1):
            end = length
            while end <= place:
                end += stride
            begin = max(0, min(end, len(row) - 1) - length)
            logits = model(torch.tensor([row[begin : place + 1]]))[0, -1]
            nats, count = nats - logits.log_softmax(-1)[row[place + 1]].item(), count + 1
    model.train()
    return nats, count


@pytest.mark.parametrize("batch", [1, 40, 8192])
@pytest.mark.parametrize("kind", CONFIGS)
def test_the_nats_are_those_of_all_tokens_scored_one_by_one(kind, batch):
    model = build(kind)
    nats, count = total_nats(model, sliding(model, DOCUMENTS, LONG), batch)
    expected, tokens = one_by_one(model, DOCUMENTS)
    assert count == tokens == sum(len(document) + 1 for document in DOCUMENTS)
    assert nats == pytest.approx(expected, rel=FLOAT32)
    assert model.training   # as it was, and dropout did not take part


@pytest.mark.parametrize("length", [1, 4, 5, 8])
@pytest.mark.parametrize("kind", ["recurrent", "transformer"])
def test_longer_documents_are_measured_in_sliding_windows(kind, length):
    model = build(kind)
    nats, count = total_nats(model, sliding(model, DOCUMENTS, length))
    assert (nats, count) == pytest.approx(one_by_one(model, DOCUMENTS, length, max(1, length // 2)), rel=FLOAT32)


@pytest.mark.parametrize("kind", CONFIGS)
def test_the_nats_come_in_the_order_of_the_text(kind):
    model = build(kind)
    found = target_nats(model, sliding(model, DOCUMENTS, LONG), batch=7)
    alone = [target_nats(model, sliding(model, [document], LONG)) for document in DOCUMENTS]
    torch.testing.assert_close(found, torch.cat(alone), rtol=1e-5, atol=1e-6)


def test_ngrams_and_whole_documents_are_the_same_to_the_neural_ngram():
    model = build("ngram")
    by_ngram, by_block = NGrams(DOCUMENTS, model.config.order), Blocks(DOCUMENTS, LONG, fresh=True)
    assert total_nats(model, by_ngram) == pytest.approx(total_nats(model, by_block), rel=FLOAT32)
    assert isinstance(sliding(model, DOCUMENTS, LONG), NGrams) and sliding(model, DOCUMENTS, LONG).order == 4
    assert isinstance(sliding(build("recurrent"), DOCUMENTS, LONG), Blocks)


@pytest.mark.parametrize("kind", CONFIGS)
def test_what_is_trained_is_what_is_measured(kind):
    model = build(kind).eval()
    windows = NGrams(DOCUMENTS, 4) if kind == "ngram" else Blocks(DOCUMENTS, LONG)
    summed, count = summed_nats(model, windows.batch(torch.arange(len(windows))))
    assert (summed.item(), count.item()) == pytest.approx(total_nats(model, windows), rel=FLOAT32)
    summed.backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


def test_targets_that_do_not_count_cost_nothing():
    model = build("transformer").eval()
    blocks = Blocks(DOCUMENTS, 4, 2, fresh=True)
    assert len(token_nats(model, blocks.batch(torch.arange(len(blocks))))) == blocks.targets < len(blocks) * 4


@given(st.floats(0.01, 5000), st.integers(1, 10_000), st.integers(1, 10_000))
def test_perplexity_is_two_to_the_bits_a_token(nats, tokens, count):
    tokens = max(tokens, math.ceil(nats / 500))   # beyond, it is no floating-point number
    found = measures(nats, tokens, count, "test_")
    assert set(found) == {"test_bits_per_char", "test_perplexity", "test_nats_per_token"}
    assert found["test_perplexity"] == pytest.approx(2 ** (nats / math.log(2) / tokens), rel=1e-9)
    assert found["test_bits_per_char"] * count * math.log(2) == pytest.approx(nats, rel=1e-9)


@given(st.floats(1, 1000), st.integers(10, 1000), st.integers(10, 1000))
def test_bits_a_character_know_nothing_of_the_tokens(nats, one, other):
    first, second = (measures(nats, tokens, 500) for tokens in (one, other))
    assert first["bits_per_char"] == second["bits_per_char"]
    assert (first["perplexity"] == second["perplexity"]) == (one == other)


@settings(max_examples=10)
@given(st.lists(st.text("ابپ ن.\n", max_size=30), min_size=1, max_size=4).filter("".join))
def test_another_tokenizer_leaves_the_characters_as_they_are(texts):
    for size in (257, 300):
        tokenizer = train_bpe(texts, size)
        assert characters([tokenizer.decode(tokenizer.encode(text)) for text in texts]) == characters(texts)
    assert characters(texts) == len("\0".join(texts)) + 1


def test_a_model_that_knows_nothing_hesitates_between_all_tokens():
    model = build("transformer")
    with torch.no_grad():
        model.embedding.weight.zero_()
    nats, count = total_nats(model, sliding(model, DOCUMENTS, LONG))
    assert measures(nats, count, 100)["perplexity"] == pytest.approx(11, rel=FLOAT32)
    assert measures(nats, count, 100)["bits_per_char"] == pytest.approx(count * math.log2(11) / 100, rel=FLOAT32)


def test_nothing_measured_is_an_error():
    with pytest.raises(ValueError, match="nothing was measured: 0 tokens, 4 characters"):
        measures(0.0, 0, 4)
    with pytest.raises(ValueError, match="nothing was measured: 4 tokens, 0 characters"):
        measures(0.0, 4, 0)


def test_a_window_longer_than_the_transformer_is_refused():
    with pytest.raises(ValueError, match=f"a window of {LONG + 1} tokens is longer than the model's context of {LONG}"):
        sliding(build("transformer"), DOCUMENTS, LONG + 1)
