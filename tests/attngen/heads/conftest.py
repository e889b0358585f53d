"""What the tests of heads share: small models of several makers, in double precision.

transformers' own ("eager") attention rounds its weights to single precision, hence torch's kernel here.
"""
import pytest
import torch
from attngen.nn import Decoder, DecoderConfig, EncoderDecoder, TransformerConfig
from attngen.vision.compact import CompactShape, make_model
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

KINDS = ("vit", "clip", "encoder-decoder", "decoder")
SHAPES = {"vit": (3, 4), "clip": (3, 4), "encoder-decoder": (6, 4), "decoder": (3, 4)}


def lively(model):
    """Larger random weights and biases: outputs that nearly agree would hide a head that was not left out."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.25)
    return model.double().eval()


@pytest.fixture(scope="session")
def models():
    """By kind: a small model, and a function of it (and a number of examples) to outputs (N, ...)."""
    torch.manual_seed(0)
    pixels = torch.randn(5, 3, 8, 8, dtype=torch.float64)
    tokens = torch.randint(0, 11, (5, 7))
    seen = torch.ones(5, 7, dtype=torch.bool)
    seen[1, 4:] = False
    shape = CompactShape(dim=16, layers=3, heads=4, image=8, patch=4, classes=7, feed_forward=2)
    vit = make_model(shape, "sdpa")
    clip = CLIPVisionModelWithProjection(
        CLIPVisionConfig(hidden_size=16, num_hidden_layers=3, num_attention_heads=4, intermediate_size=32,
                         image_size=8, patch_size=4, projection_dim=7, attn_implementation="sdpa")
    )  # fmt: skip
    pair = EncoderDecoder(TransformerConfig(11, dim=16, heads=4, layers=2, feed_forward=2, max_length=9))
    decoder = Decoder(DecoderConfig(11, dim=16, heads=4, layers=3, feed_forward=2, context=9))
    return {
        "vit": (lively(vit), lambda model: model(pixels).logits),
        "clip": (lively(clip), lambda model: model(pixels).image_embeds),
        "encoder-decoder": (lively(pair), lambda model: model(tokens, seen, tokens)),
        "decoder": (lively(decoder), lambda model: model(tokens)),
    }


@pytest.fixture
def pixels():
    return torch.randn(5, 3, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
