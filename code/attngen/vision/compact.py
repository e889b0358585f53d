"""A vision transformer small enough to train from scratch, to commit, and to run in a page.

Dosovitskiy et al. 2021 (arXiv 2010.11929) in transformers' own ``ViTForImageClassification``, so that
attention maps, rollout and the study of heads work on it as on the large ones.  Its patches may be cut by a
few convolutions instead of one linear map, which learns faster and from fewer images: Xiao et al. 2021
(arXiv 2106.14881).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import ViTConfig, ViTForImageClassification
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil


@dataclass(frozen=True)
class CompactShape:
    """Shape of a compact vision transformer.

    dim, layers, heads - of the encoder;  feed_forward - hidden width as a multiple of dim
    image, patch - sides in pixels: (image / patch)^2 patches
    classes - how many there are
    stem    - channels of 3x3 convolutions before the patches; the last log2(patch) of them
              halve the image, those before keep its size.  Empty: one linear map of each patch
    dropout - share of the embeddings and of each sub-layer's output that training zeroes
    """

    dim: int = 192
    layers: int = 6
    heads: int = 6
    feed_forward: int = 4
    image: int = 32
    patch: int = 4
    classes: int = 10
    stem: tuple[int, ...] = ()
    dropout: float = 0.0

    def __post_init__(self):
        if self.heads < 1 or self.dim % self.heads:
            raise ValueError(f"dim must be a multiple of heads: {self.dim} and {self.heads}")
        if self.patch < 1 or self.image % self.patch:
            raise ValueError(f"the image must be whole patches: {self.image} and {self.patch} pixels")
        if self.stem and self.patch != 2**self.halvings:
            raise ValueError(f"a stem halves: the patch must be a power of 2, not {self.patch}")
        if self.stem and len(self.stem) < self.halvings:
            needed, given = self.halvings, len(self.stem)
            raise ValueError(f"a patch of {self.patch} pixels takes {needed} convolutions, not {given}")

    @property
    def halvings(self) -> int:
        return round(math.log2(self.patch))

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of patches."""
        return self.image // self.patch, self.image // self.patch


class ConvStem(nn.Module):
    """Small convolutions that lead from pixels to patches.

    They take the place of the linear map of each patch (Xiao et al. 2021).
    """

    def __init__(self, shape: CompactShape):
        super().__init__()
        keeping = len(shape.stem) - shape.halvings
        layers, width = [], 3
        for number, channels in enumerate(shape.stem):
            stride = 1 if number < keeping else 2
            layers += [
                nn.Conv2d(width, channels, 3, stride, padding=1, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(),
            ]
            width = channels
        # with the channels last, a processor trains a fifth more images a second
        self.layers = nn.Sequential(*layers).to(memory_format=torch.channels_last)
        self.projection = nn.Conv2d(width, shape.dim, 1)

    def forward(self, pixels: Tensor) -> Tensor:
        """pixels (B, 3, image, image) -> patches (B, patches, dim), row by row"""
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        return self.projection(self.layers(pixels)).flatten(2).transpose(1, 2)


def make_model(
    shape: CompactShape, attention: str = "eager"
) -> ViTForImageClassification:
    """A fresh compact vision transformer.

    attention - "eager" can show its attention weights, "sdpa" (torch's kernel) trains
                faster; ``model.set_attn_implementation`` changes it at any time
    """
    config = ViTConfig(
        hidden_size=shape.dim,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.feed_forward * shape.dim,
        image_size=shape.image,
        patch_size=shape.patch,
        num_labels=shape.classes,
        hidden_dropout_prob=shape.dropout,
    )
    model = ViTForImageClassification(config)
    if shape.stem:
        model.vit.embeddings.patch_embeddings = ConvStem(shape)
    reset_parameters(model)
    model.set_attn_implementation(attention)
    return model


def reset_parameters(model: ViTForImageClassification) -> None:
    """Draw each matrix by its size (Glorot and Bengio 2010), as the paper's own code does.

    transformers gives all of them a standard deviation of 0.02, which is right for a
    width of 768 and several times too small here: what attention adds to the class
    token would hardly be seen at first.
    """
    for module in model.vit.modules():
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
    projection = model.vit.embeddings.patch_embeddings.projection
    nn.init.kaiming_normal_(projection.weight, nonlinearity="linear")
    nn.init.zeros_(projection.bias)
    nn.init.zeros_(model.classifier.weight)  # all classes alike at first


def untrained(
    shape: CompactShape, attention: str = "eager", seed: int = 0
) -> ViTForImageClassification:
    """Random weights for tests and benchmarks, in evaluation mode.

    The classifier's are random too: with its zeros no head would change an output.
    """
    torch.manual_seed(seed)
    model = make_model(shape, attention).eval()
    nn.init.normal_(model.classifier.weight)
    return model


def processor(shape: CompactShape) -> ViTImageProcessorPil:
    """What makes any photo into this model's input: its size, and colours from -1 to 1."""
    return ViTImageProcessorPil(size={"height": shape.image, "width": shape.image})
