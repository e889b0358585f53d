"""The transformer with a token for each moment: what is added to a token, and what reaches the forecast."""
import pytest
import torch
from attngen.nn.positions import sinusoidal_positions
from attngen.series.config import ModelConfig
from attngen.series.transformer import TimeTransformer

SHAPE = {"lookback": 9, "horizon": 4, "variables": 3, "calendar": 2, "dim": 8, "heads": 2, "layers": 2}


def a_model(**changes) -> TimeTransformer:
    torch.manual_seed(0)
    return TimeTransformer(ModelConfig("transformer", **SHAPE | changes)).double().eval()


def a_batch(windows: int = 2, seed: int = 1):
    make = torch.Generator().manual_seed(seed)
    sizes = (9, 3), (9, 2), (4, 2)
    return [torch.randn(windows, *size, dtype=torch.double, generator=make) for size in sizes]


def test_the_forecast_is_its_steps_written_out():
    model, (past, before, ahead) = a_model(), a_batch()
    tokens = [
        model.embed(past[:, step]) + model.embed_calendar(before[:, step]) + sinusoidal_positions(9, 8)[step]
        for step in range(9)
    ]
    x = torch.stack(tokens, dim=1)
    for layer in model.layers:
        x = layer(x, fused=False)[0]
    for step in range(4):
        mixed = torch.einsum("l,bld->bd", model.over_time.weight[step], x) + model.over_time.bias[step]
        expected = model.head(mixed + model.calendar_ahead(ahead[:, step]))
        torch.testing.assert_close(model(past, before, ahead)[:, step], expected, rtol=1e-6, atol=1e-6)


def test_a_token_is_a_moment():
    """As many tokens as steps, whatever the variables: the weights of attention are (L, L)."""
    model, (past, before, _) = a_model(), a_batch()
    x = model.embed(past) + model.embed_calendar(before) + model.positions
    assert model.layers[0](x, fused=False)[1].shape == (2, 2, 9, 9)


def test_moments_have_positions():
    """Without them the encoder would give permuted outputs for a permuted past."""
    model, (past, before, ahead) = a_model(), a_batch()
    order = torch.randperm(9, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():   # a map over time that is blind to order, so that only positions can tell
        model.over_time.weight.fill_(1 / 9)
    plain, mixed = model(past, before, ahead), model(past[:, order], before[:, order], ahead)
    assert not torch.allclose(plain, mixed, atol=1e-4)
    model.positions.zero_()
    torch.testing.assert_close(model(past, before, ahead), model(past[:, order], before[:, order], ahead))


def test_the_calendar_ahead_reaches_its_own_step_alone():
    model, (past, before, ahead) = a_model(), a_batch()
    ahead.requires_grad_()
    for step in range(4):
        slope = torch.autograd.grad(model(past, before, ahead)[:, step].sum(), ahead)[0]
        assert [bool(row.any()) for row in slope[0]] == [other == step for other in range(4)]


def test_every_moment_reaches_every_step():
    model, (past, before, ahead) = a_model(), a_batch()
    past.requires_grad_()
    for step in range(4):
        assert (torch.autograd.grad(model(past, before, ahead)[:, step].sum(), past)[0] != 0).all()


def test_positions_are_no_part_of_the_weights_file():
    model = a_model()
    assert "positions" not in model.state_dict() and not model.positions.requires_grad


@pytest.mark.parametrize("lookback", [1, 9, 33])
def test_with_the_lookback_only_the_map_over_time_grows(lookback):
    base = sum(p.numel() for p in a_model(lookback=1).parameters())
    assert sum(p.numel() for p in a_model(lookback=lookback).parameters()) == base + 4 * (lookback - 1)
