"""One random operation of random strength on each image.

TrivialAugment (Müller and Hutter 2021, arXiv 2103.10158), which does without the search for a policy that
AutoAugment and RandAugment (Cubuk et al. 2020, arXiv 1909.13719) need.  Images are (B, 3, H, W) in [0, 1];
an operation takes a strength (B,) from -1 to 1 for each of them, and does nothing at 0.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def by_image(strength: Tensor) -> Tensor:
    """(B,) -> (B, 1, 1, 1)"""
    return strength[:, None, None, None]


def away_from(images: Tensor, other: Tensor, strength: Tensor) -> Tensor:
    """Between ``other`` (strength -1), the image (0) and as far beyond it (1)."""
    return (other + (images - other) * (1 + by_image(strength))).clamp(0, 1)


def brightness(images: Tensor, strength: Tensor) -> Tensor:
    return away_from(images, torch.zeros_like(images), 0.9 * strength)


def contrast(images: Tensor, strength: Tensor) -> Tensor:
    middle = images.mean((1, 2, 3), keepdim=True).expand_as(images)
    return away_from(images, middle, 0.9 * strength)


def saturation(images: Tensor, strength: Tensor) -> Tensor:
    return away_from(images, images.mean(1, keepdim=True).expand_as(images), 0.9 * strength)


def sharpness(images: Tensor, strength: Tensor) -> Tensor:
    """Away from, or towards, the mean of each pixel's 3x3 neighbourhood."""
    blurred = F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    return away_from(images, blurred, 0.9 * strength)


def autocontrast(images: Tensor, strength: Tensor) -> Tensor:
    """Each colour stretched over all of [0, 1], as far as the strength goes."""
    low, high = images.amin((2, 3), keepdim=True), images.amax((2, 3), keepdim=True)
    stretched = (images - low) / (high - low).clamp(min=1 / 255)
    return images + (stretched - images) * by_image(strength).abs()


def posterize(images: Tensor, strength: Tensor) -> Tensor:
    """Fewer levels of each colour: 256 down to 4."""
    levels = (2 ** (8 - 6 * by_image(strength).abs())).round()
    return ((images * levels).floor() / (levels - 1)).clamp(0, 1)


def solarize(images: Tensor, strength: Tensor) -> Tensor:
    """Whatever is brighter than a threshold is inverted: nothing at 0, all at 1."""
    return torch.where(images > 1 - by_image(strength).abs(), 1 - images, images)


def moved(images: Tensor, matrices: Tensor) -> Tensor:
    """Each image under its affine map (B, 2, 3) of coordinates from -1 to 1; black comes from outside."""
    grid = F.affine_grid(matrices.to(images), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False).clamp(0, 1)


def affine(strength: Tensor, row: int, column: int, scale: float) -> Tensor:
    """The identity, with ``scale * strength`` at one place: (B, 2, 3)."""
    matrices = torch.eye(2, 3).repeat(len(strength), 1, 1).to(strength)
    matrices[:, row, column] += scale * strength
    return matrices


def shear_x(images: Tensor, strength: Tensor) -> Tensor:
    return moved(images, affine(strength, 0, 1, 0.5))


def shear_y(images: Tensor, strength: Tensor) -> Tensor:
    return moved(images, affine(strength, 1, 0, 0.5))


def shift_x(images: Tensor, strength: Tensor) -> Tensor:
    """By up to 8 of 32 pixels."""
    return moved(images, affine(strength, 0, 2, 0.5))


def shift_y(images: Tensor, strength: Tensor) -> Tensor:
    return moved(images, affine(strength, 1, 2, 0.5))


def rotate(images: Tensor, strength: Tensor) -> Tensor:
    """By up to 45 degrees."""
    angle = strength * torch.pi / 4
    cos, sin, zero = angle.cos(), angle.sin(), torch.zeros_like(angle)
    return moved(images, torch.stack([cos, -sin, zero, sin, cos, zero], 1).view(-1, 2, 3))


def identity(images: Tensor, strength: Tensor) -> Tensor:
    return images


OPERATIONS = (
    identity, brightness, contrast, saturation, sharpness, autocontrast, posterize,
    solarize, shear_x, shear_y, shift_x, shift_y, rotate,
)  # fmt: skip


def one_operation_each(
    images: Tensor, largest: float, generator: torch.Generator
) -> Tensor:
    """Every image goes through one of ``OPERATIONS``, its strength uniform up to ``largest``.

    The images are dealt to the operations like cards, so that each operation works on
    all of its images at once.
    """
    order = torch.randperm(len(images), generator=generator)
    first = int(torch.randint(len(OPERATIONS), (), generator=generator))
    strengths = torch.empty(len(images)).uniform_(-largest, largest, generator=generator)
    order, strengths = order.to(images.device), strengths.to(images)
    answers = images.clone()
    for number, operation in enumerate(OPERATIONS):
        hand = order[(number + first) % len(OPERATIONS) :: len(OPERATIONS)]
        if len(hand):
            answers[hand] = operation(images[hand], strengths[hand])
    return answers
