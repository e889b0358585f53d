"""Going on with a text: together as alone, cached as uncached, and what strange prompts do."""
import functools
import re

import numpy as np
import pytest
import torch
from attngen.nn import Decoder, DecoderConfig
from attngen.persian.bpe import train_bpe
from attngen.persian.generate import continue_tokens, generate, prompt_noise, trimmed
from attngen.persian.kneser_ney import KneserNey
from attngen.persian.models import NeuralNGram, NeuralNGramConfig, RecurrentConfig, RecurrentModel
from attngen.persian.sampling import GREEDY, Sampling
from attngen.persian.windows import END
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=30, deadline=None)
TEXTS = ["شهر تهران پایتخت ایران است.", "او می‌رود و کتاب‌ها را می‌خواند.\nشهر بزرگ است."] * 3
TOKENIZER = train_bpe(TEXTS, 280)
CONTEXT = 12
NAMES = ("ngram", "gru", "lstm", "rotary", "learned", "counts")
models = st.sampled_from(NAMES)
samplings = st.builds(
    Sampling, st.sampled_from([0.0, 0.7, 1.0, 1.6]), st.none() | st.integers(1, 40), st.sampled_from([0.5, 0.95, 1.0]),
    st.sampled_from([1.0, 1.4]), st.integers(1, 20),
)  # fmt: skip
prompts = st.text("شهر تهران می‌رود.\n aZé😀", max_size=25)


@functools.cache
def model_of(name: str):
    """A small model in double precision whose weights are large enough to matter, or one that counts."""
    torch.manual_seed(len(name))
    size = TOKENIZER.size
    if name == "counts":
        return KneserNey.fit([TOKENIZER.encode(text) for text in TEXTS], 4, size)
    if name == "ngram":
        model = NeuralNGram(NeuralNGramConfig(size, 6, 5, 8))
    elif name in ("gru", "lstm"):
        model = RecurrentModel(RecurrentConfig(size, 6, 8, kind=name))
    else:
        model = Decoder(DecoderConfig(size, 8, 2, 2, 2, CONTEXT, name))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:   # to a size at which what is read decides what is written
                parameter.copy_(torch.randn_like(parameter) * (1.5 if isinstance(model, Decoder) else 0.8))
    return model.double().eval()


@few
@given(models, st.lists(prompts, min_size=1, max_size=4), samplings, st.integers(0, 9), st.booleans(), st.booleans())
def test_together_they_go_on_as_each_does_alone(name, texts, sampling, seed, cached, stop):
    settings_ = {"tokens": 20, "sampling": sampling, "seed": seed, "cached": cached, "stop_at_end": stop}
    texts = list(dict.fromkeys(map(trimmed, texts)))   # the same prompt twice has two answers
    together = generate(model_of(name), TOKENIZER, texts, **settings_)
    alone = [generate(model_of(name), TOKENIZER, [text], **settings_)[0] for text in texts]
    assert together == alone


@few
@given(models, st.lists(prompts, min_size=1, max_size=3), samplings, st.booleans())
def test_the_cache_changes_nothing(name, texts, sampling, stop):
    with_cache, without = (
        generate(model_of(name), TOKENIZER, texts, 30, sampling, cached=cached, stop_at_end=stop)
        for cached in (True, False)
    )
    assert with_cache == without


def plain_loop(model, prompt, noise, sampling, context):
    """One prompt, every token by a whole pass over the window that the definition names."""
    text = [END, *prompt]
    text = text[-context:] if context else text
    begin, written = 0, []
    for number in noise:
        if context and len(text) - begin > context:
            begin = len(text) - context // 2
        logits = model(torch.tensor([text[begin:]]))[:, -1].clone()
        logits[:, END] = -torch.inf
        recent = torch.tensor([[token for token in text if token != END][-sampling.window :]], dtype=torch.long)
        written.append(sampling.draw(logits, number[None], recent).item())
        text.append(written[-1])
    return written


@few
@given(st.sampled_from(NAMES[:-1]), prompts, samplings, st.integers(0, 99))
@torch.no_grad()
def test_it_is_the_plain_loop_over_the_models_window(name, text, sampling, seed):
    model, prompt = model_of(name), TOKENIZER.encode(text)
    noise = prompt_noise([text], 3 * CONTEXT, seed)
    context = CONTEXT if name in ("rotary", "learned") else None
    [written] = continue_tokens(model, [prompt], noise, sampling, stop_at_end=False)
    assert written == plain_loop(model, prompt, noise[0], sampling, context)


@pytest.mark.parametrize("name", NAMES)
def test_an_end_ends_a_row_and_no_other(name):
    model, noise = model_of(name), torch.rand(60, 40, generator=torch.Generator().manual_seed(3))
    rows = [TOKENIZER.encode("شهر")] * 60
    hot = Sampling(temperature=3.0)
    stopped = continue_tokens(model, rows, noise, hot)
    assert len({len(row) for row in stopped}) > 2 and max(map(len, stopped)) <= 40
    for row, numbers, answer in zip(rows, noise, stopped, strict=True):
        assert END not in answer
        if len(answer) < 40:   # the token after it was an END: one more number is all that it takes
            assert continue_tokens(model, [row], numbers[None, : len(answer)], hot) == [answer]
    endless = continue_tokens(model, rows, noise, hot, stop_at_end=False)
    assert all(len(row) == 40 and END not in row for row in endless)


@pytest.mark.parametrize("name", ["rotary", "learned"])
def test_of_a_long_prompt_the_last_tokens_are_read(name):
    generator = torch.Generator().manual_seed(0)
    ones, others = torch.randint(1, TOKENIZER.size, (2, 40, 2 * CONTEXT), generator=generator)
    noise = torch.rand(40, 20, generator=generator)
    answers = []
    for kept in (2 * CONTEXT, CONTEXT, CONTEXT - 1):   # the others' tokens before these are another prompt's
        rows = torch.cat([others[:, :-kept], ones[:, -kept:]], dim=1).tolist()
        answers.append(continue_tokens(model_of(name), rows, noise))
    assert answers[0] == answers[1] != answers[2]


@pytest.mark.parametrize("name", ["gru", "lstm"])
def test_a_recurrent_network_reads_it_all(name):
    noise, end = prompt_noise([""], 20), TOKENIZER.encode("شهر ایران") * 5
    firsts = [TOKENIZER.encode(word) for word in ("تهران", "می‌رود")]
    state = [model_of(name).begin(torch.tensor([[END, *first, *end]]))[0] for first in firsts]
    assert not torch.equal(*state)
    assert all(len(row) <= 20 for first in firsts for row in continue_tokens(model_of(name), [first + end], noise))


@pytest.mark.parametrize(("prompt", "left"), [
    ("شهر", "شهر"), ("شهر ", "شهر"), ("  شهر \t ", "شهر"), ("", ""), ("   ", ""), ("\u00a0\u2003", ""),
    ("سطر\n", "سطر\n"), ("سطر \n  ", "سطر \n"), ("می\u200c", "می\u200c"), ("دو  واژه", "دو  واژه"),
])  # fmt: skip
def test_spaces_at_the_ends_are_dropped(prompt, left):
    assert trimmed(prompt) == left
    answers = generate(model_of("rotary"), TOKENIZER, [prompt], 12)
    assert answers == generate(model_of("rotary"), TOKENIZER, [left], 12)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("prompt", ["", " ", "Hello, world!", "你好 😀", "\x00", "شهر " * 200, "ﷺ", "1234", "\n\n", "e\u0301"])
def test_any_prompt_goes_on(name, prompt):
    [answer] = generate(model_of(name), TOKENIZER, [prompt], 15, Sampling(1.2), stop_at_end=False)
    assert isinstance(answer, str) and not answer.endswith("\ufffd")


def test_prompts_have_their_own_numbers():
    noise = prompt_noise(["آ", "ب", "آ"], 5, seed=1)
    assert noise.shape == (3, 5) and (noise >= 0).all() and (noise < 1).all()
    assert len({tuple(row) for row in noise.tolist()}) == 3
    assert torch.equal(prompt_noise(["ب"], 5, seed=1)[0], noise[1])
    assert torch.equal(prompt_noise(["آ", "آ"], 5, seed=1), noise[[0, 2]])
    assert not torch.equal(prompt_noise(["ب"], 5, seed=2)[0], noise[1])
    assert torch.equal(prompt_noise(["ب"], 3, seed=1)[0], noise[1, :3])   # more tokens leave the first as they are


def test_the_same_prompt_has_several_answers_and_a_seed_gives_them_again():
    model = model_of("gru")
    answers = generate(model, TOKENIZER, ["شهر"] * 5, 20)
    assert len(set(answers)) == 5
    assert generate(model, TOKENIZER, ["شهر"] * 5, 20) == answers != generate(model, TOKENIZER, ["شهر"] * 5, 20, seed=1)
    assert len(set(generate(model, TOKENIZER, ["شهر"] * 5, 20, GREEDY))) == 1


class Scripted:
    """Writes the given tokens, whatever it reads."""

    def __init__(self, tokens):
        self.tokens = tokens

    def begin(self, tokens, room=0):
        state = [0]
        return self.step(tokens[:, -1], state), state

    def step(self, token, state):
        state[0] += 1
        wanted = torch.tensor([self.tokens[(state[0] - 1) % len(self.tokens)]])
        return torch.nn.functional.one_hot(wanted, TOKENIZER.size).float().expand(len(token), -1) * 1000


def test_a_letter_that_the_limit_cuts_is_dropped_and_a_broken_one_is_shown():
    whole, letter = "است", "ش".encode()
    ids = TOKENIZER.encode(whole)
    assert generate(Scripted([*ids, letter[0] + 1]), TOKENIZER, [""], len(ids) + 1) == [whole]
    assert generate(Scripted([*ids, letter[0] + 1, letter[1] + 1]), TOKENIZER, [""], len(ids) + 2) == [whole + "ش"]
    assert generate(Scripted([*ids, letter[0] + 1, END]), TOKENIZER, [""], 50) == [whole + "\ufffd"]
    assert generate(Scripted([letter[0] + 1, *ids]), TOKENIZER, [""], len(ids) + 1) == ["\ufffd" + whole]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_asked_nothing_written(name):
    assert generate(model_of(name), TOKENIZER, []) == []
    assert generate(model_of(name), TOKENIZER, ["شهر", ""], tokens=0) == ["", ""]


def test_arguments_that_make_no_sense_are_refused():
    model = model_of("rotary")
    with pytest.raises(ValueError, match=r"write \[prompt\] for a single one"):
        generate(model, TOKENIZER, "شهر")
    with pytest.raises(ValueError, match="U\\+D83D"):
        generate(model, TOKENIZER, ["شهر \ud83d"])
    with pytest.raises(ValueError, match="cannot be -1"):
        generate(model, TOKENIZER, ["شهر"], -1)
    with pytest.raises(ValueError, match=f"one run: the model has {TOKENIZER.size} tokens, the tokenizer 257"):
        generate(model, train_bpe(["a"], 257), ["شهر"])
    with pytest.raises(ValueError, match=r"call model.eval\(\) first"):
        generate(Decoder(DecoderConfig(TOKENIZER.size, 8, 2, 1)).train(), TOKENIZER, ["شهر"])


@pytest.mark.parametrize(("prompts", "tokens", "said"), [
    ([None], 3, "a prompt is a string, not None"),
    (["سلام", b"x"], 3, "a prompt is a string, not b'x'"),
    (["سلام"], 1.5, "the number of tokens to write cannot be 1.5"),
    (["سلام"], np.int64(-1), "the number of tokens to write cannot be -1"),
])
def test_what_is_no_prompt_and_no_number_is_refused(prompts, tokens, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        generate(None, None, prompts, tokens)
