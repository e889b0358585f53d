"""MNIST, prepared for a network that predicts pixels.

fixed    each pixel was drawn once and for all (Salakhutdinov and Murray 2008; Larochelle and Murray 2011): the data
         on which papers report likelihoods, 50,000 / 10,000 / 10,000
dynamic  each pixel is drawn anew, 1 with its grey level as the probability, whenever an image is looked at
grey     the grey levels themselves, as means of Bernoulli variables
digits   scikit-learn's 1,797 digits of 8x8, in the middle of 28x28: for a machine without MNIST
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from scipy.io import loadmat
from torch import Tensor

from attngen.data import DataError, locate

PREPARATIONS = ("fixed", "dynamic", "grey", "digits")
PARTS = ("train", "validation", "test")
_FIXED_NAMES = {"train": "train", "validation": "valid", "test": "test"}


@cache
def load_fixed(part: str) -> Tensor:
    """One part of the fixed binarized MNIST, (N, 1, 28, 28) of zeros and ones, uint8."""
    path = locate("mnist", f"binarized_mnist_{_FIXED_NAMES[_known(part)]}.amat")
    return torch.from_numpy(loadmat(path)["X"].astype(np.uint8)).view(-1, 1, 28, 28)  # MATLAB 5, in spite of its name


@cache
def load_grey(part: str) -> tuple[Tensor, Tensor]:
    """Grey levels (N, 1, 28, 28) uint8 and labels (N,) of one part: 50,000 / 10,000 / 10,000."""
    with np.load(locate("mnist", "mnist_full_uint8.npz"), allow_pickle=False) as file:
        which = "test" if _known(part) == "test" else "train"
        images, labels = file[f"x_{which}"], file[f"y_{which}"]
    rows = {"train": slice(50_000), "validation": slice(50_000, None), "test": slice(None)}[part]
    return torch.from_numpy(images[rows]).unsqueeze(1), torch.from_numpy(labels[rows].astype(np.int64))


@cache
def load_digits_28(part: str) -> Tensor:
    """scikit-learn's digits, three times enlarged and padded to 28x28, (N, 1, 28, 28), uint8 of 0 and 1."""
    from sklearn.datasets import load_digits

    images = torch.from_numpy(load_digits().images).float().unsqueeze(1) / 16
    images = F.pad(F.interpolate(images, scale_factor=2.5, mode="bilinear", align_corners=False), (4, 4, 4, 4))
    rows = {"train": slice(1400), "validation": slice(1400, 1600), "test": slice(1600, None)}[_known(part)]
    return (images[rows] > 0.5).to(torch.uint8)


def _known(part: str) -> str:
    if part not in PARTS:
        raise ValueError(f"the parts are {', '.join(PARTS)}; there is no '{part}'")
    return part


def binarize(grey: Tensor, generator: torch.Generator) -> Tensor:
    """Draw each pixel: 1 with its grey level (0 to 255) as the probability.  uint8 -> float of 0 and 1."""
    return (torch.rand(grey.shape, generator=generator) * 255 < grey).float()


def prepared(preparation: str, part: str, seed: int = 0) -> Tensor:
    """Images (N, 1, 28, 28), float in [0, 1], for measuring on; "dynamic" is one draw that ``seed`` fixes."""
    if preparation not in PREPARATIONS:
        raise ValueError(f"the preparations are {', '.join(PREPARATIONS)}; there is no '{preparation}'")
    if preparation == "fixed":
        return load_fixed(part).float()
    if preparation == "digits":
        return load_digits_28(part).float()
    grey, _ = load_grey(part)
    return grey.float() / 255 if preparation == "grey" else binarize(grey, torch.Generator().manual_seed(seed))


class Images:
    """Training images for ``training.fit``: drawn anew in every batch if the preparation is "dynamic"."""

    def __init__(self, preparation: str, part: str, limit: int = 0, device="cpu", seed: int = 0):
        self.dynamic = preparation == "dynamic"
        images = load_grey(part)[0] if self.dynamic else prepared(preparation, part)
        self.images = images[: limit or None]
        self.lengths = torch.full((len(self.images),), self.images[0].numel())
        self.device, self.generator = device, torch.Generator().manual_seed(seed)

    def __len__(self) -> int:
        return len(self.images)

    def batch(self, indices: Tensor) -> Tensor:
        """Images (batch, 1, 28, 28) on the device."""
        images = self.images[indices]
        return (binarize(images, self.generator) if self.dynamic else images.float()).to(self.device)


def at_hand() -> str:
    """"fixed" where the files of MNIST are on this machine, "digits" otherwise; downloads nothing."""
    try:
        for part in _FIXED_NAMES.values():
            locate("mnist", f"binarized_mnist_{part}.amat", download=False)
    except DataError:
        return "digits"
    return "fixed"
