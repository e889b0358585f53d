"""What the chapter's tests share: small networks whose weights are large enough to matter, and MNIST if it is there."""
import pytest
import torch
from attngen.pixelcnn.data import at_hand, load_fixed, load_grey
from attngen.pixelcnn.networks import NetworkConfig, make_network
from hypothesis import strategies as st

LEFT_OUT = "left out: "   # see tests/conftest.py


@pytest.fixture(scope="session")
def lively():
    """A function: configuration and seed -> a network in double precision, its fresh weights enlarged.

    Networks whose logits are all nearly the same would hide what a pixel wrongly sees.
    """

    def make(config: NetworkConfig, seed: int = 0) -> torch.nn.Module:
        torch.manual_seed(seed)
        model = make_network(config).double().eval()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(3 if parameter.dim() > 1 else 1)
        return model

    return make


@pytest.fixture(scope="session")
def uniform():
    """A function: shape and seed -> uniform random numbers in double precision."""

    def make(*shape: int, seed: int = 0) -> torch.Tensor:
        return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)

    return make


@pytest.fixture(scope="session")
def configs():
    """Small networks of both kinds, to be drawn with hypothesis; two stacks need rows above, hence no 1x1."""
    channels, layers = st.integers(1, 4), st.integers(1, 3)
    sheet = st.builds(NetworkConfig, st.just("sheet"), channels, layers, st.sampled_from([1, 3, 5, 7]), st.booleans())
    gated = st.builds(NetworkConfig, st.just("gated"), channels, layers, st.sampled_from([3, 5, 7]))
    return sheet | gated


@pytest.fixture
def mnist():
    """The fixed and the grey MNIST are at hand, or the test is left out."""
    if at_hand() != "fixed":
        pytest.skip(LEFT_OUT + "MNIST is not on this machine")
    try:
        return load_fixed("test"), load_grey("test")
    except OSError as error:
        pytest.skip(LEFT_OUT + f"MNIST is not whole on this machine ({error})")
