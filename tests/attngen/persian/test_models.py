"""The neural n-gram against a plain loop, the recurrent network against torch's cells; what each sees; sizes."""
import functools

import pytest
import torch
from attngen.persian.models import NeuralNGram, NeuralNGramConfig, RecurrentConfig, RecurrentModel
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

few = settings(max_examples=20, deadline=None)
ngrams = st.builds(NeuralNGramConfig, st.just(17), st.integers(1, 4), st.integers(2, 6), st.integers(1, 5))
recurrents = st.builds(
    RecurrentConfig, st.just(17), st.integers(1, 4), st.integers(1, 5), st.integers(1, 2), st.sampled_from(["gru", "lstm"])
)  # fmt: skip
configs = ngrams | recurrents


@functools.cache
def build(config) -> nn.Module:
    """In double precision, with weights large enough to matter."""
    torch.manual_seed(0)
    model = (NeuralNGram if isinstance(config, NeuralNGramConfig) else RecurrentModel)(config).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.7)
    return model


def tokens(batch: int, length: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 17, (batch, length), generator=torch.Generator().manual_seed(seed))


@few
@given(ngrams, st.integers(1, 9))
@torch.no_grad()
def test_the_neural_ngram_is_bengios_formula_position_by_position(config, length):
    model, read = build(config), tokens(2, length)
    table = model.embedding.weight
    for row, found in zip(read.tolist(), model(read), strict=True):
        padded = [row[0]] * (config.order - 2) + row
        for place in range(length):
            window = padded[place : place + config.order - 1]
            x = torch.cat([table[token] for token in window])
            h = torch.tanh(model.hidden.weight @ x + model.hidden.bias)
            narrow = model.narrow.weight @ h + model.narrow.bias
            torch.testing.assert_close(found[place], table @ narrow + model.bias)


@few
@given(recurrents, st.integers(1, 9))
@torch.no_grad()
def test_the_recurrent_network_is_torchs_cells_one_after_the_other(config, length):
    model, read = build(config), tokens(3, length)
    kind = nn.GRUCell if config.kind == "gru" else nn.LSTMCell
    cells = [kind(config.dim if n == 0 else config.hidden, config.hidden).double() for n in range(config.layers)]
    for n, cell in enumerate(cells):
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        cell.load_state_dict({name: getattr(model.network, f"{name}_l{n}") for name in names})
    states = [None] * config.layers
    for place in range(length):
        x = model.embedding(read[:, place])
        for n, cell in enumerate(cells):
            states[n] = cell(x, states[n])
            x = states[n] if config.kind == "gru" else states[n][0]
        expected = model.narrow(x) @ model.embedding.weight.T + model.bias
        torch.testing.assert_close(model(read)[:, place], expected)


@few
@given(configs, st.integers(1, 9), st.data())
@torch.no_grad()
def test_token_by_token_it_says_what_it_says_at_once(config, length, data):
    model, read = build(config), tokens(3, length)
    first = data.draw(st.integers(1, length))
    whole = model(read)
    logits, state = model.begin(read[:, :first], length - first)
    torch.testing.assert_close(logits, whole[:, first - 1])
    for place in range(first, length):
        torch.testing.assert_close(model.step(read[:, place], state), whole[:, place])


@few
@given(configs, st.integers(1, 9))
def test_what_each_position_sees_by_the_gradient(config, length):
    model, seen = build(config), []

    def keep(module, arguments, output):
        output.retain_grad()
        seen.append((arguments[0], output))

    handle = model.embedding.register_forward_hook(keep)
    read = torch.arange(length)[None]   # all different, so that a table row is a position
    logits = model(read)
    handle.remove()
    reach = config.order - 1 if isinstance(config, NeuralNGramConfig) else length
    numbers, vectors = seen[0]
    for place in range(length):
        vectors.grad = None
        logits[0, place].square().sum().backward(retain_graph=True)
        found = set(numbers[vectors.grad.abs().sum(-1) > 0].tolist())
        assert found == set(range(max(0, place - reach + 1), place + 1))


@few
@given(configs, st.integers(1, 9), st.integers(0, 99))
@torch.no_grad()
def test_logits_of_some_positions_are_those_among_all(config, length, seed):
    model, read = build(config), tokens(3, length)
    scored = torch.rand(3, length, generator=torch.Generator().manual_seed(seed)) < 0.5
    torch.testing.assert_close(model(read, scored), model(read)[scored])


@few
@given(ngrams, st.integers(1, 9))
@torch.no_grad()
def test_a_whole_context_from_the_middle_is_enough(config, length):
    model, read = build(config), tokens(2, length + config.order)
    torch.testing.assert_close(model(read[:, -model.context :])[:, -1], model(read)[:, -1])


@given(ngrams)
@settings(max_examples=20)
def test_the_number_of_parameters_of_an_ngram_model(c):
    expected = 17 * c.dim + (c.order - 1) * c.dim * c.hidden + c.hidden + c.hidden * c.dim + c.dim + 17
    assert sum(p.numel() for p in NeuralNGram(c).parameters()) == expected


@given(recurrents)
@settings(max_examples=20)
def test_the_number_of_parameters_of_a_recurrent_model(c):
    gates = 3 if c.kind == "gru" else 4
    layers = sum(
        gates * c.hidden * ((c.dim if n == 0 else c.hidden) + c.hidden + 2) for n in range(c.layers)
    )
    expected = 17 * c.dim + layers + c.hidden * c.dim + c.dim + 17
    assert sum(p.numel() for p in RecurrentModel(c).parameters()) == expected


@given(configs)
@settings(max_examples=20)
def test_one_table_reads_and_writes(config):
    model = build(config)
    shapes = [tuple(p.shape) for p in model.parameters()]
    assert shapes.count((17, config.dim)) == 1 or config.hidden == 17
    assert model.context == (config.order - 1 if isinstance(config, NeuralNGramConfig) else None)


@pytest.mark.parametrize("config", [NeuralNGramConfig(17, 4, dropout=0.5), RecurrentConfig(17, 4, layers=2, dropout=0.5)])
def test_dropout_is_for_training_only(config):
    model, read = build(config), tokens(2, 9)
    assert not torch.equal(model.train()(read), model(read))
    assert torch.equal(model.eval()(read), model(read))


def test_shapes_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="order 2 or more, not 1"):
        NeuralNGramConfig(order=1)
    with pytest.raises(ValueError, match="'gru' or 'lstm', not 'rnn'"):
        RecurrentConfig(kind="rnn")
