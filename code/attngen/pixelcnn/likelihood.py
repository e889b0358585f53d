"""How probable a network finds an image.

p(x) = prod_i p(x_i | x_1 .. x_{i-1}), and every factor is a Bernoulli whose logit the network gives in one pass.
The loss takes the logit, not the sigmoid: log(sigmoid(z)) underflows to -inf for a z of -100 in float32, while
-softplus(-z) is exact, and its gradient, sigmoid(z) - x, never vanishes on a wrong pixel.
"""

from __future__ import annotations

import copy
import itertools
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attngen.pixelcnn.networks import check_evaluating, check_images


def nll(model: nn.Module, images: Tensor) -> Tensor:
    """Negative log-likelihood of each image (batch, 1, H, W) in nats, (batch,).

    For pixels between 0 and 1 it is the cross-entropy with a Bernoulli of that
    mean: no likelihood of the image.  Pixels are not checked here, in the inner
    loop of the training; ``Images`` and ``mean_nll`` check them.
    """
    logits = model(images).to(images.dtype)  # the sum is never taken in bfloat16
    losses = F.binary_cross_entropy_with_logits(logits, images, reduction="none")
    return losses.sum((1, 2, 3))


@torch.no_grad()
def mean_nll(model: nn.Module, images: Tensor, batch_size: int = 100) -> float:
    """Mean of ``nll`` over images (N, 1, H, W); ValueError where they are none, or no images."""
    if not len(check_images(images)):
        raise ValueError("the mean over no images is not defined")
    check_evaluating(model)
    device = next(model.parameters()).device
    total = sum(nll(model, batch.to(device)).sum().item() for batch in images.split(batch_size))
    return total / len(images)


def bits_per_dim(nats: float, pixels: int = 28 * 28) -> float:
    """Nats an image as bits a pixel."""
    return nats / (math.log(2) * pixels)


def every_image(height: int, width: int) -> Tensor:
    """All 2**(height * width) binary images, (N, 1, height, width); for small ones only."""
    if height * width > 16:
        raise ValueError(f"there are 2**{height * width} images of {height}x{width}: too many to list")
    rows = list(itertools.product((0.0, 1.0), repeat=height * width))
    return torch.tensor(rows).view(-1, 1, height, width)


@torch.no_grad()
def total_probability(model: nn.Module, height: int = 3, width: int = 3) -> float:
    """The sum of the probabilities of all images of a size, in double precision.

    Another sum than 1 proves that some pixel sees itself or a later one.  A sum of 1 does not exclude it: a kernel may
    leak from further away than the image is wide, and a network that reads in another order also sums to 1.
    """
    exact = copy.deepcopy(model).double()
    device = next(exact.parameters()).device
    batches = every_image(height, width).split(4096)
    return sum(torch.exp(-nll(exact, batch.double().to(device))).sum().item() for batch in batches)
