"""The book's decoder on a paged cache writes what it writes on a contiguous one."""
import pytest
import torch
from attngen.nn import Decoder, DecoderConfig
from attngen.paged.audit import audit
from attngen.paged.cache import PagedCache
from attngen.paged.decoding import beam_search, sample_parallel
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture(scope="module", params=["rotary", "learned"])
def model(request):
    torch.manual_seed(3)
    shape = DecoderConfig(vocabulary=13, dim=16, heads=2, layers=2, context=48, positions=request.param)
    made = Decoder(shape).double().eval()
    for parameter in made.parameters():
        parameter.data = torch.randn_like(parameter) / 3      # so that choices are clear
    return made


@settings(max_examples=20)
@given(prompt=st.lists(st.integers(0, 12), min_size=1, max_size=17), size=st.sampled_from([1, 2, 4, 16]))
@torch.no_grad()
def test_logits_are_those_of_the_contiguous_cache(model, prompt, size):
    cache = PagedCache(model, 64, size)
    paged = cache.begin("a", prompt)
    logits, past = model.begin(torch.tensor([prompt]), 8)
    torch.testing.assert_close(paged, logits)
    for _ in range(8):
        token = logits.argmax(-1)
        logits = model.step(token, past)
        torch.testing.assert_close(cache.step({"a": token.item()}), logits)
    assert audit(cache.manager) == []


@torch.no_grad()
def test_a_prompt_found_by_hash_gives_the_same_logits(model):
    prompt = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    cache = PagedCache(model, 16, 4)
    first = cache.begin("a", prompt)
    before = [store.keys.clone() for store in cache.stores]
    torch.testing.assert_close(cache.begin("b", prompt), first)
    torch.testing.assert_close(cache.begin("c", prompt[:8] + [0]), model.begin(torch.tensor([prompt[:8] + [0]]))[0])
    shared = cache.manager.table("a")[:2]
    assert cache.manager.table("b")[:2] == shared
    for store, old in zip(cache.stores, before):      # what is shared was not written again
        assert torch.equal(store.keys[shared], old[shared])


@torch.no_grad()
def alone(model, prompt, uniform):
    """One sample, with a contiguous cache, and its score."""
    logits, past = model.begin(torch.tensor([prompt]), len(uniform))
    text, score = [], 0.0
    for number in uniform:
        total = logits.log_softmax(-1).double().exp().cumsum(-1)
        token = int(torch.searchsorted(total[0], number.double() * total[0, -1], right=True))
        score += logits.log_softmax(-1)[0, token].item()
        text.append(token)
        logits = model.step(torch.tensor([token]), past)
    return text, score


def test_parallel_samples_are_those_drawn_alone(model):
    noise = torch.rand(4, 12, generator=torch.Generator().manual_seed(1))
    written = sample_parallel(model, [5, 1, 7, 3, 3], noise, 4)
    for row in range(4):
        text, score = alone(model, [5, 1, 7, 3, 3], noise[row])
        assert written.texts[row] == text and written.scores[row] == pytest.approx(score)
    assert 0 < written.saved < 0.75


@torch.no_grad()
def naive_beams(model, prompt, width, tokens):
    """Beam search that reads every text anew."""
    beams = [([], 0.0)]
    for _ in range(tokens):
        proposals = []
        for text, score in beams:
            chances = model(torch.tensor([prompt + text]))[0, -1].log_softmax(-1)
            proposals += [(text + [t], score + c) for t, c in enumerate(chances.tolist())]
        beams = sorted(proposals, key=lambda pair: -pair[1])[:width]
    return beams


@pytest.mark.parametrize("width", [1, 2, 5])
def test_beam_search_finds_what_a_naive_one_finds(model, width):
    written = beam_search(model, [2, 9], width, 9, 4)
    right = naive_beams(model, [2, 9], width, 9)
    assert written.texts == [text for text, _ in right]
    assert written.scores == pytest.approx([score for _, score in right])
    assert all(len(step) == width for step in written.parents[1:])
    assert (written.saved == 0) == (width == 1)


def test_what_cannot_be_written_is_refused(model):
    with pytest.raises(ValueError, match="at least 1: 0 tokens, 2 answers of 3"):
        beam_search(model, [], 2, 3)
    with pytest.raises(ValueError, match="14 beams need as many tokens: there are 13"):
        beam_search(model, [1], 14, 3)
