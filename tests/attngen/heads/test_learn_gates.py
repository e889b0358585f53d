"""Gates that learn to close on a model whose idle heads are known."""
import copy

import pytest
import torch
from attngen.heads.gates import HeadGates
from attngen.heads.learn_gates import GateLearning, adapt, learn_gates
from attngen.nn import MultiHeadAttention


@pytest.fixture
def task():
    """An attention of four heads of which the second and the fourth say nothing; its own output is the target."""
    torch.manual_seed(0)
    layer = torch.nn.ModuleDict({"attention": MultiHeadAttention(8, 4)})
    with torch.no_grad():
        weight = layer["attention"].output.weight.view(8, 4, 2)
        weight.normal_()
        weight[:, 1::2] = 0
    inputs = torch.randn(64, 5, 8)
    with torch.no_grad():
        targets = layer["attention"](inputs)[0]

    def draw(generator):
        chosen = torch.randint(64, (16,), generator=generator)
        return inputs[chosen], targets[chosen]

    def loss_of(model):
        return lambda batch: (model["attention"](batch[0])[0] - batch[1]).square().sum((1, 2)).mean()

    return layer, loss_of, draw


def test_idle_heads_close_and_the_model_stays_as_it_is(task):
    layer, loss_of, draw = task
    before = copy.deepcopy(layer.state_dict())
    gates, rows = learn_gates(layer, loss_of(layer), draw, GateLearning(price=0.05, steps=250, gate_lr=0.2))
    assert gates.keep().tolist() == [[True, False, True, False]]
    assert len(rows) == 250 and rows[-1]["open"] < rows[0]["open"]
    assert all(torch.equal(value, layer.state_dict()[name]) for name, value in before.items())
    assert all(parameter.requires_grad and parameter.grad is None for parameter in layer.parameters())
    assert not layer["attention"].output._forward_pre_hooks


def test_a_high_price_closes_all_and_the_same_seed_gives_the_same(task):
    layer, loss_of, draw = task
    learning = GateLearning(price=1e4, steps=60, gate_lr=0.2)
    [one, _], [again, _] = (learn_gates(layer, loss_of(layer), draw, learning, seed=3) for _ in range(2))
    assert not one.keep().any()
    assert torch.equal(one.log_alpha, again.log_alpha)


def test_weights_adapt_where_they_may(task):
    layer, loss_of, draw = task
    mine = copy.deepcopy(layer)
    learn_gates(mine, loss_of(mine), draw, GateLearning(steps=3, lr=1e-2))
    assert not torch.equal(mine["attention"].query.weight, layer["attention"].query.weight)


def test_adapting_mends_a_model_without_a_head(task):
    layer, loss_of, draw = task
    gates = HeadGates.of(layer)
    gates.values = torch.tensor([[1.0, 1, 0, 1]])
    whole = draw(torch.Generator().manual_seed(9))
    with gates:
        before = loss_of(layer)(whole).item()
        adapt(layer, loss_of(layer), draw, GateLearning(steps=200, lr=1e-2))
        assert loss_of(layer)(whole).item() < 0.8 * before
