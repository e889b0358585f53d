"""What the tests of the translators' heads share: a small model, and words that every machine has."""
import pytest
import torch
from attngen.heads.words.examples import Words, sample_pairs
from attngen.nn import EncoderDecoder, TransformerConfig


@pytest.fixture(scope="session")
def model():
    """Two layers of two heads, in double precision, with weights large enough to tell heads apart."""
    torch.manual_seed(0)
    model = EncoderDecoder(TransformerConfig(dim=8, heads=2, layers=2, feed_forward=2, max_length=32))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape) * 0.4)
    return model.double().eval()


@pytest.fixture(scope="session")
def words(model):
    """Ten words, four at a time."""
    return Words(model, sample_pairs("offline", "validation", 10), batch=4)
