"""Distilling: half the length, and the same numbers as Hugging Face's layer."""
import pytest
import torch
from attngen.series.distilling import Distil, halved


@pytest.mark.parametrize("length", [1, 2, 3, 24, 95, 96])
def test_the_length_is_halved_and_rounded_up(length):
    out = Distil(8).eval()(torch.randn(2, length, 8)) if length > 1 else None
    assert halved(length) == (length + 1) // 2
    assert out is None or out.shape == (2, halved(length), 8)


def test_halving_three_times():
    assert halved(96, 3) == 12 and halved(97, 2) == 25 and halved(5, 0) == 5


def test_it_refuses_what_has_no_length():
    with pytest.raises(ValueError, match="at least 1"):
        halved(0)


@pytest.mark.parametrize("training", [True, False])
def test_against_hugging_face(training):
    modeling = pytest.importorskip("transformers.models.informer.modeling_informer")
    torch.manual_seed(0)
    ours, theirs = Distil(6).train(training), modeling.InformerConvLayer(6).train(training)
    names = {"downConv": ours.conv, "norm": ours.norm}
    for name, module in names.items():
        getattr(theirs, name).load_state_dict(module.state_dict())
    x = torch.randn(3, 21, 6)
    torch.testing.assert_close(ours(x), theirs(x))


def test_gradients_reach_the_input():
    x = torch.randn(2, 16, 4, requires_grad=True)
    Distil(4)(x).sum().backward()
    assert x.grad.ne(0).any()
