"""The LSTM forecaster against its equations, written out step by step."""
import pytest
import torch
from attngen.series.config import ModelConfig
from attngen.series.lstm import LSTM
from hypothesis import given, settings
from hypothesis import strategies as st


def a_model(layers: int, seed: int = 0, **changes) -> LSTM:
    torch.manual_seed(seed)
    shape = {"lookback": 6, "horizon": 4, "variables": 3, "calendar": 2, "dim": 5} | changes
    return LSTM(ModelConfig("lstm", layers=layers, **shape)).double().eval()


def a_batch(windows: int = 3, lookback: int = 6, seed: int = 1):
    make = torch.Generator().manual_seed(seed)
    return [torch.randn(windows, lookback, width, dtype=torch.double, generator=make) for width in (3, 2)]


def by_hand(model: LSTM, past, calendar):
    """Hochreiter and Schmidhuber's cell with the forget gate of Gers et al. 2000, one step after another."""
    inputs = torch.cat([past, calendar], dim=2)
    for layer in range(model.lstm.num_layers):
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        into, back, bias, more = (getattr(model.lstm, f"{name}_l{layer}") for name in names)
        state = cell = torch.zeros(len(past), model.lstm.hidden_size, dtype=torch.double)
        states = []
        for step in range(inputs.shape[1]):
            gates = inputs[:, step] @ into.T + state @ back.T + bias + more
            enter, forget, new, leave = gates.chunk(4, dim=1)
            cell = forget.sigmoid() * cell + enter.sigmoid() * new.tanh()
            state = leave.sigmoid() * cell.tanh()
            states.append(state)
        inputs = torch.stack(states, dim=1)
    flat = inputs[:, -1] @ model.head.weight.T + model.head.bias
    return flat.reshape(len(past), -1, past.shape[2])   # step by step, all variables of a step together


@pytest.mark.parametrize("layers", [1, 2, 3])
@settings(max_examples=8)
@given(st.integers(1, 12), st.integers(1, 4), st.integers(0, 99))
def test_the_forecast_is_what_the_equations_say(layers, lookback, windows, seed):
    model, batch = a_model(layers, seed), a_batch(windows, lookback, seed)
    torch.testing.assert_close(model(*batch), by_hand(model, *batch))


def test_all_steps_come_from_the_last_state():
    """Two pasts with the same last state would have the same forecast: the head reads nothing else."""
    model, batch = a_model(1), a_batch()
    _, (state, _) = model.lstm(torch.cat(batch, dim=2))
    torch.testing.assert_close(model(*batch), model.head(state[-1]).unflatten(1, (4, 3)))


def test_the_calendar_of_the_past_is_read_and_the_futures_is_not():
    model, (past, calendar) = a_model(1), a_batch()
    assert torch.equal(model(past, calendar, None), model(past, calendar, torch.full((3, 4, 2), torch.nan)))
    assert not torch.allclose(model(past, calendar + 1), model(past, calendar))


def test_one_layer_gives_no_warning_about_dropout(recwarn):
    a_model(1, dropout=0.3)
    assert not recwarn.list
    assert a_model(2, dropout=0.3).lstm.dropout == 0.3


def test_the_count_of_weights():
    """Four gates of (inputs + states + 2 biases), and the head."""
    model = a_model(1)
    assert sum(p.numel() for p in model.parameters()) == 4 * 5 * (3 + 2 + 5 + 2) + 4 * 3 * (5 + 1)
