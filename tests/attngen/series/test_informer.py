"""The Informer: shapes, what it may read, and that it learns."""
from dataclasses import replace

import pytest
import torch
from attngen.series.compare_config import VARIANTS
from attngen.series.compare_run import with_attention
from attngen.series.distilling import halved
from attngen.series.informer import Informer, InformerConfig, make_informer
from attngen.series.probsparse import ProbSparseHeads

SMALL = InformerConfig(lookback=24, horizon=12, variables=3, calendar=2, label_length=6, dim=8, heads=2, layers=3,
                       dropout=0.0)
EVERY_KIND = [
    replace(SMALL, attention=attention, distil=distil, normalise=normalise)
    for attention in ("full", "probsparse") for distil in (True, False) for normalise in (True, False)
]


def window(config=SMALL, batch=4, seed=0):
    generator = torch.Generator().manual_seed(seed)

    def random(steps, columns):
        return torch.randn(batch, steps, columns, generator=generator)

    return (random(config.lookback, config.variables), random(config.lookback, config.calendar),
            random(config.horizon, config.calendar))


def built(config, seed=0):
    torch.manual_seed(seed)
    return make_informer(config)


@pytest.mark.parametrize("config", EVERY_KIND)
def test_the_forecast_has_a_row_a_step_and_a_column_a_variable(config):
    assert built(config)(*window()).shape == (4, 12, 3)


@pytest.mark.parametrize("distil", [True, False])
def test_the_encoders_memory_is_halved_between_layers_only_when_distilling(distil):
    model = Informer(replace(SMALL, distil=distil)).eval()
    past, calendar, _ = window()
    assert model.encode(past, calendar).shape == (4, halved(24, 2) if distil else 24, 8)


def test_the_decoder_is_handed_the_end_of_the_past_and_then_zeros():
    model, (past, calendar, ahead) = Informer(SMALL), window()
    values, times = model.decoder_input(past, calendar, ahead)
    assert torch.equal(values[:, :6], past[:, -6:]) and values[:, 6:].eq(0).all() and values.shape == (4, 18, 3)
    assert torch.equal(times, torch.cat([calendar[:, -6:], ahead], dim=1))


def test_without_a_start_the_decoder_sees_zeros_only():
    model, batch = Informer(replace(SMALL, label_length=0)), window()
    assert model.decoder_input(*batch)[0].eq(0).all() and model(*batch).shape == (4, 12, 3)


@pytest.mark.parametrize("config", EVERY_KIND)
def test_one_forecast_does_not_depend_on_the_other_windows(config):
    model, batch = built(config).eval(), window()
    alone = model(*(part[:1] for part in batch))
    torch.testing.assert_close(model(*batch)[:1], alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("config", [c for c in EVERY_KIND if c.attention == "full"])
def test_a_step_does_not_read_the_calendar_of_later_steps(config):
    """The decoder is causal: positions after a step change nothing before it, the mix of three at the seams apart."""
    model, (past, calendar, ahead) = built(config).eval(), window()
    ahead.requires_grad_()
    model(past, calendar, ahead)[:, 4].sum().backward()
    assert ahead.grad[:, 5:].eq(0).all() and ahead.grad[:, :5].ne(0).any()


@pytest.mark.parametrize("config", EVERY_KIND)
def test_the_forecast_reads_the_past_the_calendar_and_nothing_else(config):
    """There is no way in for the future's values; everything that is handed in has a gradient."""
    model = built(config)
    past, calendar, ahead = (part.requires_grad_() for part in window())
    model(past, calendar, ahead).square().sum().backward()
    for part in (past, calendar, ahead):
        assert part.grad.abs().sum() > 0
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def test_a_constant_moves_the_forecast_of_a_normalised_model_along():
    model, (past, calendar, ahead) = built(replace(SMALL, normalise=True)).eval(), window()
    moved = model(past + 10, calendar, ahead)
    torch.testing.assert_close(moved, model(past, calendar, ahead) + 10, atol=1e-3, rtol=1e-4)


def test_it_forecasts_the_same_twice():
    model, batch = built(replace(SMALL, factor=1.0)).eval(), window()
    assert torch.equal(model(*batch), model(*batch))


def test_with_every_query_kept_the_two_attentions_agree():
    model, batch = built(replace(SMALL, factor=1000.0)).eval(), window()
    torch.testing.assert_close(model(*batch), with_attention(model, "full")(*batch), atol=1e-5, rtol=1e-4)


def test_switches_do_what_they_say():
    sparse, full = built(SMALL), built(replace(SMALL, attention="full", distil=False))
    count = {name: sum(isinstance(m, ProbSparseHeads) for m in model.modules())
             for name, model in (("sparse", sparse), ("full", full))}
    assert count == {"sparse": 4, "full": 0} and len(sparse.body.distil) == 2 and len(full.body.distil) == 0
    shared = [m.shared for m in built(replace(SMALL, shared=True)).modules() if isinstance(m, ProbSparseHeads)]
    assert shared == [True, True, True, False]  # the decoder is causal and samples for each query


def test_it_learns_a_wave():
    torch.manual_seed(0)
    config = replace(SMALL, variables=1, layers=2, dim=16)
    times = torch.arange(36) + torch.randint(24, (64, 1))
    series = torch.sin(2 * torch.pi * times / 12)[..., None]
    past, future = series[:, :24], series[:, 24:]
    calendar = torch.zeros(64, 36, 2)
    model = built(config)
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)
    for _ in range(60):
        loss = (model(past, calendar[:, :24], calendar[:, 24:]) - future).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1  # the mean of the wave alone has 0.5


def test_bad_configurations_are_refused():
    for changes, message in (
        ({"attention": "sparse"}, "the attention is one of"),
        ({"label_length": 30}, "label_length must lie"),
        ({"layers": 0}, "must be positive"),
    ):
        with pytest.raises(ValueError, match=message):
            replace(SMALL, **changes)
    with pytest.raises(ValueError, match="was expected"):
        built(SMALL)(torch.randn(2, 20, 3), torch.randn(2, 20, 2), torch.randn(2, 12, 2))


def test_the_variants_differ_only_in_what_their_names_say():
    paper, full = VARIANTS["informer"], VARIANTS["full"]
    assert replace(full, attention="probsparse", distil=True) == paper
    assert replace(paper, normalise=True) == VARIANTS["informer_normalised"]
    assert replace(full, normalise=True) == VARIANTS["full_normalised"]
