"""What the comparison of heads on Pig Latin trains, and its presets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from attngen.nn.mixed import KINDS
from attngen.piglatin.experiments import SMOKE, book_config, minute
from attngen.piglatin.train import PigLatinConfig


def trained(epochs: int) -> PigLatinConfig:
    """The book's settings for the small data and width 32, trained for so many epochs."""
    config = book_config("small", 32)
    return replace(config, train=replace(config.train, epochs=epochs))


@dataclass(frozen=True)
class HeadsConfig:
    """base - data, model and training of the chapter on Pig Latin (its seeds are not used), half as long
    kinds - which heads to train with, names of ``attngen.nn.mixed.KINDS``
    """

    base: PigLatinConfig = field(default_factory=lambda: trained(epochs=20))
    kinds: tuple[str, ...] = tuple(KINDS)
    seeds: tuple[int, ...] = (0, 1, 2)


_MINUTE = minute(book_config("small", 32), epochs=1)
HEADS_PRESETS = {
    "smoke": HeadsConfig(SMOKE, seeds=(0,)),
    "minute": HeadsConfig(replace(_MINUTE, limit=1200), seeds=(0,)),
    "cpu": HeadsConfig(),
    "gpu": HeadsConfig(trained(epochs=40)),
}
