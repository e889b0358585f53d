"""Draw images pixel by pixel: the loop that everybody writes, and one that computes nothing twice.

Both draw the same pixels from the same random numbers.  ``sample_naive`` runs the whole network on the whole image for
every pixel and keeps one number of what it gets.  ``sample`` asks a cache (``pixelcnn.caches``) for that one number.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from attngen.pixelcnn.caches import make_cache
from attngen.pixelcnn.networks import check_evaluating, check_images


def uniform_noise(count: int, height: int = 28, width: int = 28, seed: int = 0) -> Tensor:
    """A uniform random number for each pixel of ``count`` images, (count, 1, height, width)."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, 1, height, width, generator=generator)


def draw(logit: Tensor, noise: Tensor, temperature: float) -> Tensor:
    """Bernoulli pixels: 1 where the random number is below the probability."""
    return (noise < torch.sigmoid(logit / temperature)).to(logit.dtype)


def _checked(model: nn.Module, noise: Tensor, temperature: float, given: Tensor | None, known: Tensor | None):
    """The arguments of both samplers on the network's device, or a ValueError."""
    check_evaluating(model)
    weight = next(model.parameters())
    if not noise.is_floating_point():
        raise ValueError(f"the random numbers are fractions in [0, 1), of a floating type, not {noise.dtype}")
    noise = check_images(noise).to(weight)
    if not 0 < temperature < math.inf:  # also refuses nan
        raise ValueError(f"the temperature must be positive and finite, not {temperature}")
    if (given is None) != (known is None):
        raise ValueError("a completion needs both: the images that are given, and which of their pixels are known")
    if given is None:
        return noise, None, None
    if given.shape != noise.shape:
        raise ValueError(f"one random number for each given pixel: {tuple(noise.shape)}, not {tuple(given.shape)}")
    if known.shape != noise.shape[2:] or known.dtype != torch.bool:
        raise ValueError(f"known is a boolean ({noise.shape[2]}, {noise.shape[3]}), not {known.dtype} {tuple(known.shape)}")
    return noise, check_images(given).to(weight), known.cpu()


@torch.no_grad()
def sample_naive(
    model: nn.Module,
    noise: Tensor,
    temperature: float = 1.0,
    given: Tensor | None = None,
    known: Tensor | None = None,
) -> Tensor:
    """One full pass of the network for every pixel; arguments as in ``sample``."""
    noise, given, known = _checked(model, noise, temperature, given, known)
    images = torch.zeros_like(noise)
    for row in range(noise.shape[2]):
        for column in range(noise.shape[3]):
            if known is not None and known[row, column]:
                images[:, :, row, column] = given[:, :, row, column]
                continue
            logit = model(images)[:, :, row, column]
            pixel = draw(logit, noise[:, :, row, column], temperature)
            images[:, :, row, column] = pixel
    return images


@torch.no_grad()
def sample(
    model: nn.Module,
    noise: Tensor,
    temperature: float = 1.0,
    given: Tensor | None = None,
    known: Tensor | None = None,
) -> Tensor:
    """Draw images, computing every activation once (Ramachandran et al. 2017).

    noise        - (batch, 1, H, W), uniform in [0, 1): the only source of chance
    temperature  - divides the logits: below 1 the probable becomes more probable
    given, known - images (batch, 1, H, W) and a boolean (H, W): known pixels are
                   taken from ``given``, the rest is drawn after them.  The network
                   looks up and left only: what is known further down or to the
                   right has no influence on what is drawn.
    Returns images (batch, 1, H, W) of zeros and ones; known pixels are as given.
    """
    noise, given, known = _checked(model, noise, temperature, given, known)
    batch, _, height, width = noise.shape
    images = torch.zeros_like(noise)
    cache = make_cache(model, batch, height, width)
    for row in range(height):
        cache.start_row(row)
        for column in range(width):
            logit = cache.logit(column)  # also if known: its features are wanted
            if known is not None and known[row, column]:
                pixel = given[:, :, row, column]
            else:
                pixel = draw(logit, noise[:, :, row, column], temperature)
            images[:, :, row, column] = pixel
            cache.put(column, pixel)
    return images
