"""The encoder-decoder: torch's own with the same weights, causality by gradient, and its size."""
import pytest
import torch
from attngen.nn import EncoderDecoder, KVCache, TransformerConfig
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

few = settings(max_examples=15, deadline=None)
shapes = {"heads": st.sampled_from([1, 2, 4]), "layers": st.integers(1, 3), "norm": st.booleans(),
          "feed_forward": st.sampled_from([0, 2]), "tied": st.booleans(), "causal": st.booleans()}
configs = st.fixed_dictionaries(shapes)


def random_batch(seed: int = 0, batch: int = 3, source: int = 6, target: int = 7):
    """Tokens and masks of random lengths; the padding comes last."""
    generator = torch.Generator().manual_seed(seed)
    tokens = [torch.randint(0, 29, (batch, n), generator=generator) for n in (source, target)]
    masks = [torch.arange(n) < torch.randint(1, n + 1, (batch, 1), generator=generator) for n in (source, target)]
    return tokens[0], masks[0], tokens[1], masks[1]


def copy_attention(ours, theirs: nn.MultiheadAttention) -> None:
    projections = (ours.query, ours.key, ours.value)
    theirs.in_proj_weight.data = torch.cat([p.weight.data for p in projections])
    theirs.in_proj_bias.data = torch.cat([p.bias.data for p in projections])
    theirs.out_proj.load_state_dict(ours.output.state_dict())


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_with_the_same_weights_it_is_torchs_transformer(build):
    model = build(dim=16, heads=4, layers=2, feed_forward=4)
    settings_ = dict(dropout=0.0, activation="gelu", batch_first=True, norm_first=True, dtype=torch.double)
    twin = nn.Transformer(16, 4, 2, 2, 64, **settings_).eval()
    twin.encoder.norm.load_state_dict(model.encoder_norm.state_dict())
    twin.decoder.norm.load_state_dict(model.decoder_norm.state_dict())
    for ours, theirs in [*zip(model.encoder, twin.encoder.layers), *zip(model.decoder, twin.decoder.layers)]:
        copy_attention(ours.self_attention, theirs.self_attn)
        norms = [ours.self_norm, ours.ff_norm]
        if hasattr(ours, "cross_attention"):
            copy_attention(ours.cross_attention, theirs.multihead_attn)
            norms.insert(1, ours.cross_norm)
        for number, norm in enumerate(norms, start=1):
            getattr(theirs, f"norm{number}").load_state_dict(norm.state_dict())
        theirs.linear1.load_state_dict(ours.ff[0].state_dict())
        theirs.linear2.load_state_dict(ours.ff[2].state_dict())
    source, source_mask, target, _ = random_batch()
    stream = twin(
        model.embed(model.source_embedding, source), model.embed(model.target_embedding, target),
        tgt_mask=nn.Transformer.generate_square_subsequent_mask(7, dtype=torch.double),
        src_key_padding_mask=~source_mask, memory_key_padding_mask=~source_mask,
    )
    torch.testing.assert_close(model(source, source_mask, target), model.output(stream))


@few
@given(configs)
def test_the_fused_path_gives_the_same_logits(build, config):
    model = build(**config)
    source, source_mask, target, target_mask = random_batch()
    memory, encoder_weights = model.encode(source, source_mask)
    logits, weights = model.decode(target, memory, source_mask, target_mask)
    torch.testing.assert_close(model(source, source_mask, target, target_mask), logits)
    assert len(encoder_weights) == len(weights) == config["layers"]
    for layer in weights:
        for kind, keys in (("self", 7), ("cross", 6)):
            assert layer[kind].shape == (3, config["heads"], 7, keys)
            torch.testing.assert_close(layer[kind].sum(-1), torch.ones(3, config["heads"], 7).double())


def reach(model, fused: bool) -> torch.Tensor:
    """(T, T): does the logit at t change with the input at s?  By the gradient, at two words."""
    source, source_mask, target, _ = random_batch(batch=2, target=5)
    kept = []

    def keep(module, arguments, output):
        output.retain_grad()
        kept.append(output)

    handle = model.target_embedding.register_forward_hook(keep)
    if fused:
        logits = model(source, source_mask, target)
    else:
        logits = model.decode(target, model.encode(source, source_mask)[0], source_mask)[0]
    handle.remove()
    rows = []
    for t in range(5):
        (gradient,) = torch.autograd.grad(logits[:, t].square().sum(), kept[0], retain_graph=True)
        rows.append((gradient != 0).any(-1).any(0))
    return torch.stack(rows)


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("norm", [True, False])
def test_logits_depend_on_earlier_inputs_and_never_on_later_ones(build, norm, fused):
    assert torch.equal(reach(build(norm=norm), fused), torch.ones(5, 5).bool().tril())


@pytest.mark.parametrize("fused", [True, False])
def test_without_the_mask_every_input_reaches_every_logit(build, fused):
    assert reach(build(causal=False), fused).all()


@few
@given(configs, st.integers(0, 1000))
def test_padding_never_changes_the_logits_of_a_word(build, config, seed):
    model = build(**config)
    source, source_mask, target, target_mask = random_batch(seed)
    together = model(source, source_mask, target, target_mask)
    for i in range(len(source)):
        s, t = int(source_mask[i].sum()), int(target_mask[i].sum())
        alone = model(source[i : i + 1, :s], source_mask[i : i + 1, :s], target[i : i + 1, :t])
        torch.testing.assert_close(together[i : i + 1, :t], alone)


@few
@given(configs)
def test_decoding_step_by_step_gives_the_logits_of_the_whole(build, config):
    model = build(**config | {"causal": True})
    source, source_mask, target, _ = random_batch()
    memory, _ = model.encode(source, source_mask)
    whole, _ = model.decode(target, memory, source_mask)
    crosses = [layer.cross_attention.keys_values(memory) for layer in model.decoder]
    pasts = [KVCache(7) for _ in model.decoder]
    for t in range(target.shape[1]):
        x = model.embed(model.target_embedding, target[:, t : t + 1], start=t)
        for number, layer in enumerate(model.decoder):
            x = layer.step(x, pasts[number], crosses[number], source_mask[:, None, None, :])
        torch.testing.assert_close(model.output(model.decoder_norm(x))[:, 0], whole[:, t])
    assert pasts[0].keys.shape == (3, config["heads"], 7, 8 // config["heads"])


def size(c: TransformerConfig) -> int:
    """Parameters by a closed formula (biases included)."""
    linear = c.dim**2 + c.dim
    attention = (4 if c.heads > 1 else 3) * linear
    inner = c.feed_forward * c.dim
    ff = c.dim * inner + inner + inner * c.dim + c.dim if c.feed_forward else linear
    norm = 2 * c.dim if c.norm else 0
    layers = c.layers * ((attention + ff + 2 * norm) + (2 * attention + ff + 3 * norm)) + 2 * norm
    return layers + (1 if c.tied else 3) * c.vocabulary * c.dim + c.vocabulary


@few
@given(configs, st.sampled_from([8, 16]))
def test_the_size_follows_the_formula(config, dim):
    config = TransformerConfig(dim=dim, **config)
    assert sum(p.numel() for p in EncoderDecoder(config).parameters()) == size(config)


def test_the_chapters_model_has_as_many_parameters_as_it_says():
    assert size(TransformerConfig()) == sum(p.numel() for p in EncoderDecoder(TransformerConfig()).parameters()) == 92_029


def test_dropout_is_for_training_only(build):
    model = build(dropout=0.5)
    source, source_mask, target, _ = random_batch()
    assert torch.equal(model(source, source_mask, target), model(source, source_mask, target))
    model.train()
    assert not torch.equal(model(source, source_mask, target), model(source, source_mask, target))


def test_a_sequence_past_the_longest_is_refused(build):
    model = build(max_length=4)
    source, source_mask, _, _ = random_batch(source=5)
    with pytest.raises(ValueError, match="5 tokens is longer than max_length=4"):
        model.encode(source, source_mask)


def test_a_mask_of_numbers_is_refused(build):
    source, source_mask, _, _ = random_batch()
    with pytest.raises(ValueError, match="boolean"):
        build().encode(source, source_mask.double())


@pytest.mark.parametrize("changes", [{"heads": 3}, {"dim": 7, "heads": 7}])
def test_widths_that_do_not_fit_are_refused(changes):
    with pytest.raises(ValueError, match="dim must be"):
        EncoderDecoder(TransformerConfig(**changes))
