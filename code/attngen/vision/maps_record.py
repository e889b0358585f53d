"""The recorded looks of ``vit-maps``: what the chapter draws where the weights are not at hand."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from attngen import results
from attngen.vision import clip, overlay
from attngen.vision.answers import Found
from attngen.vision.look import ARRAYS, Look
from attngen.vision.photos import free_photos

NAME, FILE = "vit-maps", "maps.npz"


def packed(name: str, look: Look) -> dict[str, np.ndarray]:
    """The maps of a look as float16; all but the norms scaled to their own largest value, as in pictures."""
    whole = {key: getattr(look, key).double() for key in ARRAYS}
    scaled = {key: found if key == "norms" else _scaled(found) for key, found in whole.items()}
    return {f"{name}_{key}": found.half().numpy() for key, found in scaled.items()}


def _scaled(found: Tensor) -> Tensor:
    return found / found.amax((-2, -1), keepdim=True).clamp(min=torch.finfo(found.dtype).tiny)


def recorded(photo: str, name: str = NAME) -> Look:
    """The recorded look at a free photo; UnknownResult or KeyError where there is none."""
    result = results.load(name)
    rows = [dict(zip(result.history, row)) for row in zip(*result.history.values())]
    rows = [row for row in rows if row["photo"] == photo]
    classes = [Found(row["class"], row["persian"], row["probability"], -1) for row in rows]
    kept = list(result.config["photos"])
    if photo not in kept:
        raise KeyError(f"the maps of '{photo}' are not recorded; those of {', '.join(kept)} are")
    processor = clip.fresh()[1] if not result.config["clip"] else clip.CLIPImageProcessorPil()
    pixels = processor(free_photos()[photo].image, return_tensors="pt")["pixel_values"]
    stored = {key: torch.from_numpy(array).float() for key, array in summary(name, f"{photo}_").items()}
    return Look(overlay.as_seen(pixels, processor), classes, **stored)


def summary(name: str = NAME, prefix: str = "") -> dict[str, np.ndarray]:
    """The recorded arrays whose names begin so, without that; with no prefix, those of no single photo."""
    result = results.load(name)
    with np.load(result.path(FILE), allow_pickle=False) as file:
        own = tuple(f"{photo}_" for photo in result.config["photos"])
        keys = [key for key in file.files if (key.startswith(prefix) if prefix else not key.startswith(own))]
        return {key.removeprefix(prefix): file[key] for key in keys}
