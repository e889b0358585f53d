"""MNIST, prepared for a network that predicts pixels.

fixed    each pixel was drawn once and for all (Salakhutdinov and Murray 2008; Larochelle and Murray 2011): the data
         on which papers report likelihoods, 50,000 / 10,000 / 10,000
dynamic  each pixel is drawn anew, 1 with its grey level as the probability, whenever an image is looked at
grey     the grey levels themselves, as means of Bernoulli variables
digits   scikit-learn's 1,797 digits of 8x8, in the middle of 28x28: for a machine without MNIST

All of MNIST's preparations have the same 10,000 test images, "fixed" in another order.  Its training and validation
images are the same 60,000, but cut elsewhere: most of its validation images are training images of the others.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

import torch
import torch.nn.functional as F
from torch import Tensor

from attngen.data import find, read
from attngen.data.mnist import from_idx, from_text
from attngen.pixelcnn.networks import check_images

PREPARATIONS = ("fixed", "dynamic", "grey", "digits")
PARTS = ("train", "validation", "test")
_FIXED = {part: f"binarized_mnist_{part[:5]}.amat" for part in PARTS}  # "validation" is "valid" there
_GREY = {"train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
         "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")}  # fmt: skip


@cache
def load_fixed(part: str) -> Tensor:
    """One part of fixed binarized MNIST, (N, 1, 28, 28) zeros and ones, uint8."""
    pixels = from_text(read("mnist", _FIXED[_known(part)]))
    return torch.from_numpy(pixels).view(-1, 1, 28, 28)


@cache
def load_grey(part: str) -> tuple[Tensor, Tensor]:
    """Grey levels (N, 1, 28, 28) uint8, labels (N,): 50,000 / 10,000 / 10,000."""
    names = _GREY["test" if _known(part) == "test" else "train"]
    images, labels = (torch.tensor(from_idx(read("mnist", name))) for name in names)
    last = slice(-10_000, None)
    rows = {"train": slice(-10_000), "validation": last, "test": slice(None)}[part]
    return images[rows].unsqueeze(1), labels[rows].long()


@cache
def load_digits_28(part: str) -> Tensor:
    """scikit-learn's digits, enlarged to 20x20 and padded to 28x28, (N, 1, 28, 28), uint8 of 0 and 1."""
    from sklearn.datasets import load_digits

    images = torch.from_numpy(load_digits().images).float().unsqueeze(1) / 16
    images = F.pad(F.interpolate(images, scale_factor=2.5, mode="bilinear", align_corners=False), (4, 4, 4, 4))
    rows = {"train": slice(1400), "validation": slice(1400, 1600), "test": slice(1600, None)}[_known(part)]
    return (images[rows] > 0.5).to(torch.uint8)


def _known(name: str, names: tuple[str, ...] = PARTS) -> str:
    if name not in names:
        kind = "parts" if names is PARTS else "preparations"
        raise ValueError(f"the {kind} are {', '.join(names)}; there is no '{name}'")
    return name


def binarize(grey: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Draw each pixel: 1 with its grey level, of 255, as the probability.

    uint8 -> float of 0 and 1.
    """
    if grey.dtype != torch.uint8:
        raise ValueError(f"grey levels are 0 to 255 (uint8), not {grey.dtype}")
    return (torch.rand(grey.shape, generator=generator) * 255 < grey).float()


def prepared(preparation: str, part: str, seed: int = 0) -> Tensor:
    """Images (N, 1, 28, 28), float in [0, 1], for measuring on; "dynamic" is one draw that ``seed`` fixes."""
    if _known(preparation, PREPARATIONS) == "fixed":
        return load_fixed(part).float()
    if preparation == "digits":
        return load_digits_28(part).float()
    grey, _ = load_grey(part)
    return grey.float() / 255 if preparation == "grey" else binarize(grey, torch.Generator().manual_seed(seed))


def spread(images: Tensor, count: int) -> Tensor:
    """``count`` images, 0 for all, evenly spread over ``images``.

    The fixed binarized test images are sorted by digit: the first thousand are zeros, and no fair sample.
    """
    if not 0 < count < len(images):
        return images
    return images[torch.linspace(0, len(images) - 1, count).long()]


class Images:
    """Training images for ``training.fit``: drawn anew in every batch if the preparation is "dynamic".

    They are drawn with torch's own generator, whose state a checkpoint keeps: a resumed run goes on with new draws.
    """

    def __init__(self, preparation: str, part: str, limit: int = 0, device="cpu"):
        if limit < 0:
            raise ValueError(f"limit is how many images to use, 0 for all of them, not {limit}")
        self.dynamic = preparation == "dynamic"
        images = load_grey(part)[0] if self.dynamic else check_images(prepared(preparation, part))
        self.images = images[: limit or None]
        self.lengths = torch.full((len(self.images),), self.images[0].numel())
        self.device = device

    def __len__(self) -> int:
        return len(self.images)

    def batch(self, indices: Tensor) -> Tensor:
        """Images (batch, 1, 28, 28) on the device."""
        images = self.images[indices]
        return (binarize(images) if self.dynamic else images.float()).to(self.device)


def at_hand() -> str:
    """"fixed" where the files of the fixed binarized MNIST are on this machine, "digits" where any is missing.

    Downloads nothing.  A file that is there and broken is no reason to fall back: loading it raises a DataError.
    """
    return "digits" if any(find("mnist", name)[1] is None for name in _FIXED.values()) else "fixed"


def data_record(preparation: str) -> dict[str, str]:
    """What identifies the data of a recorded run: the sha256 of each file as it was first published.

    So it is the same for everybody, whichever of its formats the data was read from.
    """
    if _known(preparation, PREPARATIONS) == "digits":
        return {"scikit-learn digits": version("scikit-learn")}
    names = _FIXED.values() if preparation == "fixed" else sum(_GREY.values(), ())
    return {name: find("mnist", name)[0].fingerprint for name in names}
