"""Networks with one mistake each, and the symptoms that give them away (the exercises of the chapter).

``symptoms`` trains each for a few steps on scikit-learn's digits of 8x8, beside the two networks as they should be.
"""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attngen.pixelcnn.likelihood import bits_per_dim, mean_nll, nll, total_probability
from attngen.pixelcnn.masks import MaskedConv2d
from attngen.pixelcnn.networks import GatedPixelCNN, NetworkConfig, PixelCNN
from attngen.pixelcnn.receptive import receptive_field

SMALL = NetworkConfig(channels=16, layers=3, size=5, cropped=False)
SMALL_GATED = NetworkConfig("gated", channels=8, layers=12, size=3)
RECIPES = {"sheet": (0.02, 50), "gated": (0.01, 20)}  # learning rate and steps


def masked_layers(config: NetworkConfig, kinds: str, conv: type[MaskedConv2d] = MaskedConv2d) -> nn.ModuleList:
    """Masked layers with the masks that ``kinds`` names in order, such as "ABBB"."""
    inputs = [1] + [config.channels] * (len(kinds) - 1)
    return nn.ModuleList(
        conv(kind, channels, config.channels, config.size) for kind, channels in zip(kinds, inputs, strict=True)
    )


class Mistaken(PixelCNN):
    """A ``PixelCNN`` with other masked layers, whose weights begin as those of the right network do."""

    kinds, conv = "AB", MaskedConv2d  # the first mask, the mask of the rest

    def __init__(self, config: NetworkConfig):
        super().__init__(config)
        wrong = masked_layers(config, self.kinds[0] + self.kinds[1] * (config.layers - 1), self.conv)
        wrong.load_state_dict(self.masked.state_dict())
        self.masked = wrong


class SwappedMasks(Mistaken):
    """B first, then A.  No pixel sees itself, so nothing looks wrong; but every A takes one more pixel away."""

    kinds = "BA"


class NoMaskA(Mistaken):
    """B everywhere.  The first layer reads the image, so a pixel sees itself: the network learns to copy."""

    kinds = "BB"


class MaskWrittenIn(MaskedConv2d):
    """Overwrites its weights on every call, behind the back of autograd, which gives closed weights a gradient."""

    def forward(self, x: Tensor) -> Tensor:
        self.weight.data *= self.mask
        return F.conv2d(x, self.weight, self.bias, padding=self.padding)


class MaskInWeights(Mistaken):
    """The right function, until someone else uses the weights: the optimizer, a norm that is clipped, a checkpoint."""

    conv = MaskWrittenIn


class DoubledResidual(GatedPixelCNN):
    """Adds what each layer adds already: features double from layer to layer, as 2**layers."""

    def forward(self, x: Tensor) -> Tensor:
        v, h = self.gated[0](x, x)
        for layer in self.gated[1:]:
            down, across = layer(v, h)
            v, h = v + down, h + across
        return self.out(F.relu(self.mix(F.relu(h))))


NETWORKS = {
    "PixelCNN": (PixelCNN, SMALL),
    "SwappedMasks": (SwappedMasks, SMALL),
    "NoMaskA": (NoMaskA, SMALL),
    "MaskInWeights": (MaskInWeights, SMALL),
    "GatedPixelCNN": (GatedPixelCNN, SMALL_GATED),
    "DoubledResidual": (DoubledResidual, SMALL_GATED),
}


def make(name: str, seed: int = 0, **changes) -> nn.Module:
    """One of ``NETWORKS``, small, with fresh weights; ``changes`` to its configuration."""
    network, config = NETWORKS[name]
    torch.manual_seed(seed)
    return network(replace(config, **changes))


def small_digits(count: int = 1797) -> Tensor:
    """scikit-learn's digits as they come, 8x8, black and white: (count, 1, 8, 8)."""
    from sklearn.datasets import load_digits

    return (torch.from_numpy(load_digits().images[:count]) > 7.5).float().unsqueeze(1)


def train_a_little(model: nn.Module, images: Tensor, rate: float, steps: int, seed: int = 0) -> nn.Module:
    """A few steps of Adam, with the gradient's norm clipped at 1 as in the experiments; returns the model."""
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for _ in range(steps):
        batch = images[torch.randint(len(images), (25,), generator=generator)]
        optimizer.zero_grad()
        (nll(model, batch).mean() / images[0].numel()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return model


def closed_share(model: nn.Module, images: Tensor) -> float:
    """The part of the gradient's norm that belongs to weights that a mask closes; 0 as it should be."""
    model.zero_grad()
    nll(model, images).mean().backward()
    closed = sum((m.weight.grad * (1 - m.mask)).square().sum() for m in model.modules() if hasattr(m, "mask"))
    whole = sum(p.grad.square().sum() for p in model.parameters())
    model.zero_grad()
    return (torch.as_tensor(closed) / whole).sqrt().item()


@torch.no_grad()
def changed_by_looking(model: nn.Module, images: Tensor) -> float:
    """The largest change of a weight when the network is merely applied; 0 as it should be."""
    before = [p.clone() for p in model.parameters()]
    model(images)
    return max((p - b).abs().max().item() for p, b in zip(model.parameters(), before, strict=True))


def symptoms_of(name: str, images: Tensor, seed: int = 0) -> dict[str, float]:
    """What gives a mistake away; each number beside what it should be.

    bits_before       - a pixel, fresh weights: about 1, as nothing is known yet
    bits_after        - a pixel, after a few steps: no lower than that of a right network, and not much higher
    total_probability - of all 3x3 images, after training: 1
    own, left         - gradient at the pixel itself (0) and at its left neighbour (above 0), with positive weights
    closed_share      - of the gradient's norm: 0
    changed           - the largest change of a weight by looking, after training: 0
    """
    model = make(name, seed)
    field = receptive_field(model, 6, 6, 13, 13)
    fresh = mean_nll(model, images)
    share = closed_share(model, images[:100])
    train_a_little(model, images, *RECIPES[NETWORKS[name][1].kind], seed)
    changed = changed_by_looking(model, images[:1])  # first of all: after it there is nothing left to change
    return {
        "bits_before": bits_per_dim(fresh, images[0].numel()),
        "bits_after": bits_per_dim(mean_nll(model, images), images[0].numel()),
        "total_probability": total_probability(model),
        "own": field[6, 6].item(),
        "left": field[6, 5].item(),
        "closed_share": share,
        "changed": changed,
    }


def symptoms(seed: int = 0) -> dict[str, dict[str, float]]:
    """``symptoms_of`` the two right networks and the four wrong ones, by name."""
    images = small_digits(300)
    return {name: symptoms_of(name, images, seed) for name in NETWORKS}


def table(rows: dict[str, dict[str, float]]) -> str:
    """The symptoms as text, one network a line; ``total_probability`` is called "sum"."""
    columns = list(next(iter(rows.values())))
    words = ["sum" if column == "total_probability" else column for column in columns]
    lines = [" " * 15 + "".join(f"{word.partition('_')[0]:>9}" for word in words)]
    lines += [" " * 15 + "".join(f"{word.partition('_')[2]:>9}" for word in words)]
    lines += [f"{name:15}" + "".join(f"{row[column]:9.2g}" for column in columns) for name, row in rows.items()]
    return "\n".join(line.rstrip() for line in lines)
