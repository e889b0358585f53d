"""The strategies for many steps: what each may read, and what rolling forward does to a known process."""
from dataclasses import replace

import pytest
import torch
from attngen.series.multistep import (
    Direct,
    MultiOutput,
    Recursive,
    fold,
    make_strategy,
    passes,
    rollout,
    unfold,
)
from attngen.series.multistep_config import FOUR, STRATEGIES, MultistepConfig, StrategyConfig
from attngen.series.multistep_decoder import EncoderDecoder, shifted
from attngen.series.multistep_waves import Waves, ar1_error
from attngen.series.table import SeriesError
from attngen.series.windows import Windows

SMALL = StrategyConfig(lookback=16, horizon=6, patch=4, dim=8, heads=2, layers=2, chunks=3, dropout=0.1)


def window(batch=3, variables=2, steps=6):
    torch.manual_seed(1)
    return torch.randn(batch, 16, variables), torch.randn(batch, steps, variables)


def made(name, config=SMALL):
    return make_strategy(name, config).eval()


def test_folding_keeps_each_variable_together():
    past = torch.arange(24.0).reshape(2, 4, 3)
    assert torch.equal(fold(past)[4], past[1, :, 1])
    assert torch.equal(unfold(fold(past), 3), past)


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_forecast_has_all_steps_of_all_variables(name):
    past, future = window()
    model = made(name)
    assert model.forecast(past).shape == (3, 6, 2)
    assert model(past, future).shape == (3, 1 if name == "recursive" else 6, 2)


def test_with_a_horizon_of_one_recursive_and_multi_output_are_the_same_model():
    one = replace(SMALL, horizon=1, chunks=1)
    past, _ = window()
    recursive, at_once = made("recursive", one), made("multi_output", one)
    recursive.one_step.load_state_dict(at_once.state_dict())
    assert torch.equal(recursive.forecast(past), at_once.forecast(past))
    direct = made("direct", one)
    direct.models[0].load_state_dict(at_once.state_dict())
    assert torch.equal(direct.forecast(past), at_once.forecast(past))


def test_rolling_a_linear_model_forward_is_a_matrix_power():
    torch.manual_seed(0)
    matrix = 0.5 * torch.randn(3, 3, dtype=torch.float64)
    past = torch.randn(5, 4, 3, dtype=torch.float64)
    rolled = rollout(lambda window: window[:, -1:] @ matrix.T, past, 7)
    for step in range(7):
        expected = past[:, -1] @ torch.linalg.matrix_power(matrix, step + 1).T
        torch.testing.assert_close(rolled[:, step], expected)


def test_rolling_forward_is_the_loop_one_would_write_and_each_window_by_itself():
    past, _ = window()
    model = made("recursive")
    seen, rolled = past, model.forecast(past)
    with torch.no_grad():
        for step in range(6):
            seen = torch.cat([seen[:, 1:], model(seen)], dim=1)
            torch.testing.assert_close(rolled[:, step], seen[:, -1])
    alone = torch.cat([model.forecast(past[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(rolled, alone)


def test_rolling_forward_leaves_the_past_as_it_was():
    past, _ = window()
    before = past.clone()
    made("recursive").forecast(past)
    assert torch.equal(past, before)


def test_what_the_decoder_reads_is_the_step_before():
    future = torch.tensor([[1.0, 2.0, 3.0]])
    assert shifted(torch.tensor([[9.0]]), future).tolist() == [[[9.0], [1.0], [2.0]]]
    assert shifted(torch.tensor([[8.0, 9.0]]), future).tolist() == [[[8.0, 9.0], [9.0, 1.0], [1.0, 2.0]]]


@pytest.mark.parametrize("lags", [1, 3])
@pytest.mark.parametrize("name", ["encoder_decoder", "scheduled"])
def test_teacher_forcing_is_causal(name, lags):
    past, future = window(batch=1)
    model = made(name, replace(SMALL, lags=lags))
    future.requires_grad_()
    for step in range(6):
        (gradient,) = torch.autograd.grad(model(past, future)[0, step, 1], future)
        assert torch.count_nonzero(gradient[0, step:]) == 0, "a step saw its own truth or a later one"
        assert torch.count_nonzero(gradient[0, :, 0]) == 0, "a variable saw another"
        assert step == 0 or (gradient[0, :step, 1] != 0).all()


@pytest.mark.parametrize("lags", [1, 3])
def test_the_decoder_alone_writes_what_it_writes_when_its_own_words_are_the_truth(lags):
    past, _ = window()
    model = made("encoder_decoder", replace(SMALL, lags=lags))
    free = model.forecast(past)  # a step at a time, with kept keys and values
    with torch.no_grad():
        torch.testing.assert_close(model(past, free), free, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_forecast_needs_nothing_of_the_future(name):
    values = torch.randn(40, 2)
    windows = Windows(values, torch.zeros(40, 1), 16, 6)
    model, first = made(name), torch.arange(1)
    before = model.forecast(windows.batch(first).past)
    values[16:] = torch.nan
    torch.testing.assert_close(model.forecast(windows.batch(first).past), before, rtol=0, atol=0)


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_forecast_goes_along_when_the_window_is_shifted_and_stretched(name):
    past, _ = window()
    model = made(name)
    expected = 3 * model.forecast(past) + 7
    torch.testing.assert_close(model.forecast(3 * past + 7), expected, rtol=1e-3, atol=1e-3)


def test_the_direct_models_are_independent():
    past, future = window()
    model = make_strategy("direct", SMALL).eval()
    written = model(past, future)
    (written[:, 2:4] - future[:, 2:4]).square().sum().backward()  # the second chunk's loss
    for number, part in enumerate(model.models):
        touched = [weight.grad is not None and bool(weight.grad.any()) for weight in part.parameters()]
        assert any(touched) == (number == 1)
    assert len({id(weight) for weight in model.parameters()}) == 3 * len(list(model.models[0].parameters()))


def test_training_the_direct_models_together_is_training_them_one_by_one():
    past, future = window()

    def train(which):
        model = make_strategy("direct", replace(SMALL, dropout=0.0))
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
        for _ in range(4):
            written = model(past)
            steps = slice(0, 6) if which is None else slice(2 * which, 2 * which + 2)
            loss = (written[:, steps] - future[:, steps]).square().sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return model

    together, alone = train(None), train(1)
    for a, b in zip(together.models[1].parameters(), alone.models[1].parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_scheduled_sampling_begins_with_the_truth_and_ends_with_the_models_own_words():
    past, future = window()
    model = make_strategy("scheduled", replace(SMALL, dropout=0.0, sampling=1.0, ramp=2)).train()
    plain = made("encoder_decoder", replace(SMALL, dropout=0.0))
    assert torch.equal(model(past, future), plain(past, future))  # a share of 0
    model(past, future)
    with torch.no_grad():
        own = plain(past, plain(past, future))  # a share of 1: reads what a first pass wrote
        torch.testing.assert_close(model(past, future), own)
        torch.testing.assert_close(model.eval()(past, future), plain(past, future))


@pytest.mark.parametrize("name", FOUR)
def test_passes_are_counted_as_they_are_made(name):
    past, future = window()
    model, counted = made(name), {"body": 0, "decoder": 0}
    for module in model.modules():
        kind = type(module).__name__
        if kind == "Body":
            module.register_forward_hook(lambda *_: counted.update(body=counted["body"] + 1))
    if isinstance(model, EncoderDecoder):
        model.norm.register_forward_hook(lambda *_: counted.update(decoder=counted["decoder"] + 1))
    expected = passes(name, SMALL)
    model(past, future)
    assert counted == {"body": expected["body_training"], "decoder": expected["decoder_training"]}
    counted.update(body=0, decoder=0)
    model.forecast(past)
    assert counted == {"body": expected["body_forecast"], "decoder": expected["decoder_forecast"]}


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: StrategyConfig(lookback=50, patch=8), "no whole number of patches"),
        (lambda: StrategyConfig(horizon=96, chunks=5), "equal chunks"),
        (lambda: StrategyConfig(horizon=0), "must be positive"),
        (lambda: StrategyConfig(lags=0), "from 1 to the lookback"),
        (lambda: StrategyConfig(sampling=1.5), "from 0 to 1"),
        (lambda: MultistepConfig(strategies=("guess",)), "unknown strategies"),
        (lambda: make_strategy("guess", SMALL), "no strategy 'guess'"),
        (lambda: made("multi_output")(torch.randn(2, 15, 1)), r"\(B, 16, V\)"),
        (lambda: made("encoder_decoder")(torch.randn(2, 16, 1), torch.randn(2, 7, 1)), "7 steps"),
        (lambda: Waves(phi=1.0), "finite variance"),
        (lambda: ar1_error(1.1, 0.5, 3), "stationary"),
    ],
)
def test_what_cannot_be_is_said(build, told):
    with pytest.raises(SeriesError, match=told):
        build()


def test_the_parts_are_what_their_names_say():
    kinds = (Recursive, Direct, MultiOutput, EncoderDecoder)
    assert all(isinstance(made(name), kind) for name, kind in zip(FOUR, kinds, strict=True))
