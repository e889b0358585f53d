"""Bytes of keys and values: the paper's figure, a real cache, and requests that make no sense."""
import pytest
import torch
from attngen.nn import Decoder, DecoderConfig
from attngen.paged.memory import GIB, KIB, MODELS, ModelShape, kv_bytes, model_shape, slots, table


def test_the_papers_example():
    opt = model_shape("OPT-13B")
    assert kv_bytes(opt) == 2 * 5120 * 40 * 2 == 800 * KIB     # Kwon et al. 2023, section 3
    assert kv_bytes(opt, 2048) / 1e9 == pytest.approx(1.68, abs=0.01)
    assert slots(0.3 * 40 * GIB, opt) == 15_728               # "15.7K" in their table 1


@pytest.mark.parametrize("tokens", [1, 5, 16])
def test_as_many_bytes_as_a_real_cache_takes(tokens):
    config = DecoderConfig(vocabulary=11, dim=24, heads=3, layers=2, context=16)
    _, past = Decoder(config).eval().begin(torch.ones(1, tokens, dtype=torch.long))
    real = sum(part.numel() * part.element_size() for cache in past for part in (cache.keys, cache.values))
    shape = ModelShape("ours", config.layers, config.heads, config.heads, config.dim // config.heads, 16)
    assert kv_bytes(shape, tokens, "float32") == real


def test_shared_heads_divide_the_bytes():
    llama = model_shape("Llama 2 70B")
    full = ModelShape("full", llama.layers, llama.heads, llama.heads, llama.head_dim, llama.context)
    assert kv_bytes(full) == 8 * kv_bytes(llama)


@pytest.mark.parametrize("call, message", [
    (lambda: kv_bytes(MODELS["OPT-13B"], -1), "-1 tokens"),
    (lambda: kv_bytes(MODELS["OPT-13B"], 1, "float8"), "not 'float8'"),
    (lambda: slots(-1, MODELS["OPT-13B"]), "-1 bytes"),
    (lambda: model_shape("GPT-5"), "known: GPT-2 XL, OPT-13B"),
    (lambda: ModelShape("m", 1, 6, 4, 8, 16), "6 query heads cannot share 4"),
    (lambda: ModelShape("m", 0, 1, 1, 1, 1), "at least 1"),
])
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_table_has_a_line_for_each_model():
    lines = table().splitlines()
    assert len(lines) == 1 + len(MODELS) and max(map(len, lines)) <= 84
    assert table(["OPT-13B"]).splitlines()[1].split()[-3] == "800"
