"""The decoder: torch's own with the same weights, causality by gradient, its cache, and its size."""
import functools
import math

import pytest
import torch
from attngen.nn import Decoder, DecoderConfig, causal_mask
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

few = settings(max_examples=20, deadline=None)
positions = st.sampled_from(["rotary", "learned", "none"])
configs = st.builds(
    DecoderConfig, st.just(23), st.just(8), st.sampled_from([1, 2, 4]), st.integers(1, 3), st.sampled_from([1, 4]),
    st.just(10), positions,
)  # fmt: skip


@functools.cache
def decoder(config: DecoderConfig) -> Decoder:
    """In double precision, with weights large enough to matter."""
    torch.manual_seed(0)
    model = Decoder(config).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * (0.6 if parameter.dim() > 1 else 0.3))
    return model


def tokens(batch: int, length: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 23, (batch, length), generator=torch.Generator().manual_seed(seed))


@few
@given(configs.filter(lambda config: config.positions != "rotary"), st.integers(1, 10))
@torch.no_grad()
def test_with_the_same_weights_it_is_torchs_encoder_behind_a_causal_mask(config, length):
    model = decoder(config)
    layer = nn.TransformerEncoderLayer(
        8, config.heads, config.feed_forward * 8, 0.0, "gelu", batch_first=True, norm_first=True, dtype=torch.double
    )
    twin = nn.TransformerEncoder(layer, config.layers, nn.LayerNorm(8).double(), enable_nested_tensor=False).eval()
    twin.norm.load_state_dict(model.norm.state_dict())
    for ours, theirs in zip(model.layers, twin.layers, strict=True):
        projections = (ours.attention.query, ours.attention.key, ours.attention.value)
        theirs.self_attn.in_proj_weight.data = torch.cat([p.weight for p in projections])
        theirs.self_attn.in_proj_bias.data = torch.cat([p.bias for p in projections])
        theirs.self_attn.out_proj.load_state_dict(ours.attention.output.state_dict())
        theirs.norm1.load_state_dict(ours.attention_norm.state_dict())
        theirs.norm2.load_state_dict(ours.ff_norm.state_dict())
        theirs.linear1.load_state_dict(ours.ff[0].state_dict())
        theirs.linear2.load_state_dict(ours.ff[2].state_dict())
    read = tokens(3, length)
    x = model.embedding(read) + (model.places[:length] if config.positions == "learned" else 0)
    stream = twin(x, mask=nn.Transformer.generate_square_subsequent_mask(length, dtype=torch.double))
    torch.testing.assert_close(model(read), stream @ model.embedding.weight.T)


@few
@given(configs, st.integers(1, 10))
def test_no_position_sees_a_later_one_and_each_sees_all_earlier(config, length):
    model, seen = decoder(config), []

    def keep(module, arguments, output):
        output.retain_grad()
        seen.append(output)

    handle = model.embedding.register_forward_hook(keep)
    logits = model(tokens(2, length))
    handle.remove()
    for place in range(length):
        seen[0].grad = None
        logits[:, place].square().sum().backward(retain_graph=True)
        found = seen[0].grad.abs().sum(-1) > 0
        assert torch.equal(found, causal_mask(length)[place].expand(2, -1))


@few
@given(configs, st.integers(1, 10), st.data())
@torch.no_grad()
def test_token_by_token_it_says_what_it_says_at_once(config, length, data):
    model, read = decoder(config), tokens(3, length)
    first = data.draw(st.integers(1, length))
    whole = model(read)
    logits, past = model.begin(read[:, :first], length - first)
    torch.testing.assert_close(logits, whole[:, first - 1])
    for place in range(first, length):
        torch.testing.assert_close(model.step(read[:, place], past), whole[:, place])
    assert all(cache.used == length for cache in past)


@torch.no_grad()
def test_the_cache_is_exact_enough_in_single_precision():
    torch.manual_seed(0)
    model, read = Decoder(DecoderConfig(vocabulary=500, dim=64, heads=4, context=128)).eval(), torch.randint(0, 500, (4, 128))
    whole = model(read)
    logits, past = model.begin(read[:, :1], 127)
    steps = [logits, *(model.step(read[:, place], past) for place in range(1, 128))]
    assert (torch.stack(steps, dim=1) - whole).abs().max() < 1e-5


@few
@given(configs, st.integers(1, 10))
@torch.no_grad()
def test_attention_maps_are_those_that_the_logits_come_from(config, length):
    model, read = decoder(config), tokens(2, length)
    maps = model.attention_maps(read)
    assert maps.shape == (2, config.layers, config.heads, length, length)
    torch.testing.assert_close(maps.sum(-1), torch.ones_like(maps[..., 0]))
    assert (maps.masked_select(~causal_mask(length)) == 0).all()
    x, _ = model.stream(read, weights=True)   # the book's own attention in place of torch's kernel
    torch.testing.assert_close(model.logits(x), model(read))


@few
@given(configs, st.integers(1, 10), st.integers(0, 99))
@torch.no_grad()
def test_logits_of_some_positions_are_those_among_all(config, length, seed):
    model, read = decoder(config), tokens(3, length)
    scored = torch.rand(3, length, generator=torch.Generator().manual_seed(seed)) < 0.5
    torch.testing.assert_close(model(read, scored), model(read)[scored])


@torch.no_grad()
def test_without_positions_the_past_has_no_order_and_with_them_it_has():
    for kind, ordered in (("rotary", True), ("learned", True), ("none", False)):
        # in one layer; in a second one, what a position has seen tells where it stands
        model = decoder(DecoderConfig(23, 8, 2, 1, 4, 10, kind))
        read = torch.tensor([[1, 2, 3, 4, 5]])
        changed = model(read[:, [2, 0, 3, 1, 4]])[:, -1]
        assert torch.allclose(model(read)[:, -1], changed) != ordered


@given(configs)
@settings(max_examples=20)
def test_the_number_of_parameters(config):
    d, inner = config.dim, config.feed_forward * config.dim
    attention, feed_forward, norm = 4 * (d * d + d), 2 * d * inner + inner + d, 2 * d
    places = config.context * d if config.positions == "learned" else 0
    expected = config.vocabulary * d + config.layers * (attention + feed_forward + 2 * norm) + norm + places
    assert sum(p.numel() for p in Decoder(config).parameters()) == expected


def test_a_fresh_one_knows_nothing_and_lets_gradients_through():
    torch.manual_seed(0)
    model = Decoder(DecoderConfig(vocabulary=1000, dropout=0.0))
    read = torch.randint(0, 1000, (4, 65))
    loss = nn.functional.cross_entropy(model(read[:, :-1]).flatten(0, 1), read[:, 1:].flatten())
    assert loss.item() == pytest.approx(math.log(1000), abs=0.1)
    loss.backward()
    # a constant added to all keys changes no attention: their biases alone learn nothing
    still = {name for name, p in model.named_parameters() if p.grad.abs().max() < 1e-9}
    assert still <= {f"layers.{n}.attention.key.bias" for n in range(4)}


def test_a_kept_model_brings_no_table_of_angles_along():
    assert "angles" not in decoder(DecoderConfig(23, 8, 2, 1)).state_dict()


def test_dropout_is_for_training_only():
    model = Decoder(DecoderConfig(23, 8, 2, 2, dropout=0.5))
    read = tokens(2, 9)
    assert not torch.equal(model.train()(read), model(read))
    assert torch.equal(model.eval()(read), model(read))


@pytest.mark.parametrize("kind", ["rotary", "learned", "none"])
def test_more_than_the_context_is_refused(kind):
    model = decoder(DecoderConfig(23, 8, 2, 1, 4, 10, kind))
    with pytest.raises(ValueError, match="11 tokens do not fit into a context of 10"):
        model(tokens(1, 11))
    _, past = model.begin(tokens(1, 10), room=5)
    with pytest.raises(ValueError, match="11 tokens do not fit into a context of 10"):
        model.step(torch.tensor([1]), past)


@pytest.mark.parametrize(("changes", "message"), [
    ({"positions": "sinus"}, "'rotary', 'learned' or 'none', not 'sinus'"), ({"context": 0}, "at least one token: 0"),
])  # fmt: skip
def test_shapes_that_make_no_sense_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        DecoderConfig(**changes)
    with pytest.raises(ValueError, match="dim must be a multiple of heads"):
        Decoder(DecoderConfig(dim=8, heads=3))
