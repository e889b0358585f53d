"""Training images that are a little different every time, on tensors.

crop and flip      - as in most work on CIFAR-10 (He et al. 2016, arXiv 1512.03385, section 4.2)
operations         - one random operation of random strength an image: see ``operations``
erasing            - Zhong et al. 2020 (arXiv 1708.04896)
mixup, CutMix      - Zhang et al. 2018 (arXiv 1710.09412), Yun et al. 2019 (arXiv 1905.04899)
label smoothing    - Szegedy et al. 2016 (arXiv 1512.00567), section 7

Images are (B, 3, H, W), float in [0, 1]; labels are probabilities (B, classes).  All chance comes from a
``torch.Generator`` on the CPU, so that a seed decides the same on every device.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from scipy.special import betaincinv
from torch import Tensor

from attngen.vision.operations import one_operation_each


@dataclass(frozen=True)
class AugmentConfig:
    """What is done to a training image; everything is off at 0.

    crop      - pixels of black border, of which a random place of the first size is cut
    flip      - probability of a mirror image
    colour    - brightness, contrast and saturation change by at most this share
    operation - largest strength, 0 to 1, of one random operation an image
    erase     - probability that a rectangle is made grey
    mixup     - alpha of the Beta distribution from which the shares of two images come
    cutmix    - the same, for the area of a rectangle taken out of another image;
                with both, each image gets one of them
    smoothing - share of the labels' probability spread over all classes
    """

    crop: int = 4
    flip: float = 0.5
    colour: float = 0.0
    operation: float = 0.0
    erase: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0
    smoothing: float = 0.0

    def __post_init__(self):
        for name in ("flip", "colour", "operation", "erase", "smoothing"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is from 0 to 1, not {getattr(self, name)}")
        if min(self.crop, self.mixup, self.cutmix) < 0:
            numbers = f"{self.crop}, {self.mixup}, {self.cutmix}"
            raise ValueError(f"crop, mixup and cutmix are not negative: {numbers}")


def pad_crop(images: Tensor, border: int, generator: torch.Generator) -> Tensor:
    """A random part of the first size, out of each image with a black border."""
    count, _, height, width = images.shape
    padded = F.pad(images, (border,) * 4)
    starts = torch.randint(2 * border + 1, (2, count, 1), generator=generator)
    rows = (starts[0] + torch.arange(height)).to(images.device)
    columns = (starts[1] + torch.arange(width)).to(images.device)
    example = torch.arange(count, device=images.device)[:, None, None]
    # (B, H, W, C): advanced indices that stand apart put their axes first
    cut = padded[example, :, rows[:, :, None], columns[:, None, :]]
    return cut.permute(0, 3, 1, 2)


def flip(images: Tensor, probability: float, generator: torch.Generator) -> Tensor:
    """Left and right exchanged in some of the images."""
    mirrored = chosen(len(images), probability, generator, images.device)
    return torch.where(mirrored, images.flip(-1), images)


def erase(images: Tensor, probability: float, generator: torch.Generator) -> Tensor:
    """A grey rectangle of 2 to 33 % of the area in some of the images.

    Its height is between a third and three times its width.
    """
    count, device = len(images), images.device
    area = 0.02 + 0.31 * torch.rand(count, generator=generator)
    tall = 3 ** torch.empty(count).uniform_(-1, 1, generator=generator)
    height, width = (area * tall).sqrt(), (area / tall).sqrt()
    inside = rectangles(images.shape[-2:], height, width, generator).to(device)
    inside &= chosen(count, probability, generator, device)
    return images.masked_fill(inside, 0.5)


def rectangles(
    size: tuple[int, int], height: Tensor, width: Tensor, generator: torch.Generator
) -> Tensor:
    """Where rectangles lie, boolean (B, 1, H, W).

    height, width - (B,), as shares of the image's.  The middle may be anywhere; what
    lies outside is cut off.
    """
    inside = []
    for pixels, share in zip(size, (height, width), strict=True):
        middle = torch.rand(len(share), generator=generator) * pixels
        half = share.clamp(max=1) * pixels / 2
        first, last = (middle - half).round(), (middle + half).round()
        place = torch.arange(pixels)
        inside.append((place >= first[:, None]) & (place < last[:, None]))
    return (inside[0][:, :, None] & inside[1][:, None, :]).unsqueeze(1)


def mix(
    images: Tensor,
    labels: Tensor,
    mixup: float,
    cutmix: float,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """Each image with a part of another of the batch, and labels in the same shares."""
    count, device = len(images), images.device
    other = torch.randperm(count, generator=generator).to(device)
    often = 0.5 if mixup and cutmix else float(cutmix > 0)
    pasting = chosen(count, often, generator, "cpu")  # else all pixels are mixed
    share = beta(mixup, count, generator)[:, None, None, None]  # of the image itself
    side = (1 - beta(cutmix, count, generator)).sqrt()
    inside = rectangles(images.shape[-2:], side, side, generator)
    own = torch.where(pasting, 1 - inside.float(), share).to(images)
    mixed = own * images + (1 - own) * images[other]
    # what the border cut off of a rectangle does not count
    kept = own.mean((1, 2, 3))[:, None]
    return mixed, kept * labels + (1 - kept) * labels[other]


def beta(alpha: float, count: int, generator: torch.Generator) -> Tensor:
    """Numbers from Beta(alpha, alpha), (count,); ones for alpha = 0, which is all of the image itself."""
    if alpha == 0:
        return torch.ones(count)
    alpha = max(alpha, 1e-9)  # all but a coin by then; much below, scipy finds no number
    uniform = torch.rand(count, generator=generator, dtype=torch.float64)
    return torch.from_numpy(betaincinv(alpha, alpha, uniform.numpy())).float()


def chosen(count: int, probability: float, generator: torch.Generator, device) -> Tensor:
    """Boolean (count, 1, 1, 1): True with this probability."""
    return (torch.rand(count, generator=generator) < probability).to(device)[:, None, None, None]


def colours(images: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Brightness, contrast and saturation, each times a factor from 1 - strength to 1 + strength."""
    factors = torch.empty(3, len(images), 1, 1, 1).uniform_(1 - strength, 1 + strength, generator=generator)
    brightness, contrast, saturation = factors.to(images)
    images = (images * brightness).clamp(0, 1)
    middle = images.mean((1, 2, 3), keepdim=True)
    images = (middle + (images - middle) * contrast).clamp(0, 1)
    grey = images.mean(1, keepdim=True)
    return (grey + (images - grey) * saturation).clamp(0, 1)


def augment(
    images: Tensor,
    labels: Tensor,
    config: AugmentConfig,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """Images (B, 3, H, W) in [0, 1] and labels (B, classes), changed as ``config`` says."""
    if config.crop:
        images = pad_crop(images, config.crop, generator)
    if config.flip:
        images = flip(images, config.flip, generator)
    if config.operation:
        images = one_operation_each(images, config.operation, generator)
    if config.colour:
        images = colours(images, config.colour, generator)
    if config.erase:
        images = erase(images, config.erase, generator)
    if config.smoothing:
        labels = labels + config.smoothing * (1 / labels.shape[1] - labels)
    if config.mixup or config.cutmix:
        images, labels = mix(images, labels, config.mixup, config.cutmix, generator)
    return images, labels
