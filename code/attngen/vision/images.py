"""The images that a small vision transformer is trained and measured on.

cifar10  32x32 photos of ten classes: 45,000 / 5,000 / 10,000
digits   scikit-learn's 1,797 handwritten digits, enlarged to 32x32: for tests, and where CIFAR-10 is not
at-hand  CIFAR-10 where it is on this machine, else the digits
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

import torch
import torch.nn.functional as F
from torch import Tensor

from attngen.data import cifar10
from attngen.vision.augment import AugmentConfig, augment

DATA = ("cifar10", "digits", "at-hand")
PARTS = ("train", "validation", "test")
CLASSES = 10  # of either


def chosen(data: str) -> str:
    """What "at-hand" stands for on this machine; downloads nothing.  ValueError for an unknown name."""
    if data not in DATA:
        raise ValueError(f"the data is one of {', '.join(DATA)}, not '{data}'")
    if data == "at-hand":
        return "cifar10" if cifar10.at_hand() else "digits"
    return data


def load_part(data: str, part: str) -> tuple[Tensor, Tensor]:
    """Images (N, 3, 32, 32), uint8, and labels (N,) of "train", "validation" or "test".

    Raises DataError where CIFAR-10 is asked for and cannot be had.
    """
    if part not in PARTS:
        raise ValueError(f"the parts are {', '.join(PARTS)}; there is no '{part}'")
    if chosen(data) == "digits":
        return _digits(part)
    return _cifar10(part)


@cache
def _cifar10(part: str) -> tuple[Tensor, Tensor]:
    images, labels = cifar10.load(part)
    return torch.tensor(images).permute(0, 3, 1, 2).contiguous(), torch.tensor(labels)


@cache
def _digits(part: str) -> tuple[Tensor, Tensor]:
    from sklearn.datasets import load_digits

    digits = load_digits()
    grey = torch.from_numpy(digits.images).float().unsqueeze(1) / 16
    images = F.interpolate(grey, size=(32, 32), mode="bilinear", align_corners=False)
    images = images.mul(255).round().to(torch.uint8).expand(-1, 3, -1, -1)
    rows = {"train": slice(1400), "validation": slice(1400, 1600), "test": slice(1600, None)}[part]
    return images[rows].contiguous(), torch.from_numpy(digits.target)[rows].long()


def data_record(data: str) -> dict[str, str]:
    """What identifies the data of a recorded run."""
    if chosen(data) == "digits":
        return {"scikit-learn digits": version("scikit-learn")}
    return cifar10.data_record()


def normalised(images: Tensor) -> Tensor:
    """What the model sees: uint8, or float in [0, 1], to float in [-1, 1], as ViT's processor does."""
    pixels = images.float() / 255 if images.dtype == torch.uint8 else images
    return pixels * 2 - 1


class TrainingImages:
    """Images for ``training.fit``, changed a little each time they are looked at.

    images - (N, 3, H, W), uint8;  labels - (N,);  classes - how many there are
    limit  - use only the first so many; 0 for all

    The chance in ``augment`` follows torch's own generator, whose state a checkpoint
    keeps: a resumed run goes on with the draws that it would have made.
    """

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        classes: int,
        config: AugmentConfig,
        limit: int = 0,
        device="cpu",
    ):
        if limit < 0:
            raise ValueError(f"limit is how many images to use, 0 for all of them, not {limit}")
        self.images = images[: limit or None].to(device)
        self.labels = F.one_hot(labels[: limit or None], classes).float().to(device)
        self.lengths = torch.ones(len(self.images), dtype=torch.long)
        self.config = config

    def __len__(self) -> int:
        return len(self.images)

    def batch(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Pixels (B, 3, H, W) in [-1, 1] and label probabilities (B, classes)."""
        indices = indices.to(self.images.device)
        images, labels = self.images[indices].float() / 255, self.labels[indices]
        generator = torch.Generator().manual_seed(int(torch.randint(2**62, ())))
        images, labels = augment(images, labels, self.config, generator)
        return normalised(images), labels
