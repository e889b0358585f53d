"""Patches against a loop, and the transformer that reads them."""
import pytest
import torch
from attngen.series.config import ModelConfig
from attngen.series.patch import PatchTransformer, patch_count, patches
from hypothesis import given, settings
from hypothesis import strategies as st

SMALL = {"lookback": 20, "horizon": 5, "variables": 3, "dim": 8, "heads": 2, "layers": 1,
         "patch": 6, "stride": 4}  # fmt: skip


def a_model(**changes) -> PatchTransformer:
    torch.manual_seed(0)
    return PatchTransformer(ModelConfig("patch", **SMALL | changes)).double().eval()


def a_past(variables: int = 3, seed: int = 1) -> torch.Tensor:
    return torch.randn(2, 20, variables, dtype=torch.double, generator=torch.Generator().manual_seed(seed))


@st.composite
def cuts(draw):
    """Steps, length of a patch, stride."""
    steps = draw(st.integers(1, 50))
    return steps, draw(st.integers(1, steps)), draw(st.integers(1, 12))


@settings(max_examples=80)
@given(cuts(), st.integers(0, 2**20))
def test_patches_are_slices_of_the_series_and_its_repeated_end(cut, seed):
    steps, length, stride = cut
    series = torch.randn(2, 3, steps, generator=torch.Generator().manual_seed(seed))
    found = patches(series, length, stride)
    longer = torch.cat([series] + [series[..., -1:]] * stride, dim=-1)
    count = (steps - length) // stride + 2
    assert found.shape == (2, 3, count, length) and patch_count(*cut) == count
    for number in range(count):
        assert torch.equal(found[:, :, number], longer[..., number * stride : number * stride + length])
    assert count * stride + length > steps + stride   # not one more would fit


@settings(max_examples=60)
@given(cuts())
def test_no_step_is_left_out_where_patches_touch(cut):
    steps, length, stride = cut
    seen = set(patches(torch.arange(steps), length, stride).flatten().tolist())
    assert seen == set(range(steps)) or stride > length


def test_the_papers_count():
    """Nie et al. 2023, section 3.1: 42 patches of 336 steps, 64 of 512, length 16 and stride 8."""
    assert (patch_count(336, 16, 8), patch_count(512, 16, 8), patch_count(96, 16, 8)) == (42, 64, 12)


def test_a_variable_is_forecast_the_same_whoever_stands_beside_it():
    model, past = a_model(), a_past()
    together = model(past)
    for variable in range(3):
        torch.testing.assert_close(model(past[..., variable : variable + 1])[..., 0], together[..., variable])


def test_the_model_is_as_large_whatever_the_variables():
    counts = {sum(p.numel() for p in a_model(variables=v).parameters()) for v in (1, 3, 21)}
    assert len(counts) == 1


def test_patches_know_where_they_stand():
    """Positions in another order give another forecast of the same past."""
    model, past = a_model(), a_past()
    before = model(past)
    with torch.no_grad():
        model.positions.copy_(model.positions.flip(0))
    assert not torch.allclose(model(past), before)


def test_every_step_of_the_past_reaches_every_step_of_the_forecast():
    model, past = a_model(), a_past().requires_grad_()
    for step in range(5):
        slope = torch.autograd.grad(model(past)[:, step].sum(), past)[0]
        assert (slope != 0).all()


@pytest.mark.parametrize(("lookback", "patch"), [(5, 6), (1, 16)])
def test_a_patch_longer_than_the_past_is_refused(lookback, patch):
    words = f"a patch of {patch} steps does not fit into a lookback of {lookback}$"
    with pytest.raises(ValueError, match=words):
        a_model(lookback=lookback, patch=patch)


def test_a_patch_as_long_as_the_past_is_the_whole_of_it_and_the_end():
    assert a_model(lookback=6)(a_past()[:, :6]).shape == (2, 5, 3)
