"""What a frozen CLIP makes of the images of CIFAR-10: one row of numbers an image.

The features are the image tower's output before its last projection, to which Radford et al. 2021 (appendix
A.3) also fit linear classifiers.  An image takes 35 billion operations, so every finished chunk is kept on
disk: an interrupted run goes on, and a run on more images uses what a run on fewer has left.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from torch import Tensor
from tqdm.auto import tqdm
from transformers import CLIPVisionModelWithProjection
from transformers.image_utils import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD

from attngen.benchmark import timed

CHUNK = 250  # images; at most so many are computed again after an interruption
VERSION = 1  # of the way from image to features: a change of it makes the kept chunks void


def prepare(images: Tensor, size: int) -> Tensor:
    """Images (N, 3, h, w), uint8, as CLIP's processor would make them: (N, 3, size, size).

    Enlarged by Pillow's bicubic filter, which torch's is with ``antialias``, and normalised; on the
    images' device, and many at once.
    """
    if images.dtype != torch.uint8 or images.dim() != 4 or images.shape[1] != 3:
        shape = tuple(images.shape)
        raise ValueError(f"images are (N, 3, h, w) of 0 to 255 (uint8), not {shape} of {images.dtype}")
    pixels = images.float()
    for shape in ((images.shape[2], size), (size, size)):  # as Pillow: wider, then higher, rounded each time
        pixels = F.interpolate(pixels, size=shape, mode="bicubic", antialias=True).round().clamp(0, 255)
    mean, deviation = torch.tensor([OPENAI_CLIP_MEAN, OPENAI_CLIP_STD], device=pixels.device).view(2, 3, 1, 1)
    return (pixels / 255 - mean) / deviation


@torch.no_grad()
def embed(model: CLIPVisionModelWithProjection, images: Tensor, batch_size: int) -> Tensor:
    """Images (N, 3, h, w), uint8 -> features (N, D), float32, on the CPU."""
    rows = []
    for batch in images.split(batch_size):
        pixels = prepare(batch.to(model.device), model.config.image_size)
        rows.append(model.vision_model(pixels).pooler_output.float().cpu())
    return torch.cat(rows)


@dataclass(frozen=True)
class Store:
    """Chunks of features on disk.

    folder - in which each kind of features has a folder of its own
    about  - what decides the features: data, weights, part
    """

    folder: Path
    about: dict

    @property
    def place(self) -> Path:
        text = json.dumps(self.about | {"version": VERSION, "chunk": CHUNK}, sort_keys=True)
        return self.folder / f"features-{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    def path(self, number: int) -> Path:
        return self.place / f"{number:04d}.npz"

    def load(self, number: int, count: int) -> tuple[Tensor, float] | None:
        """The first features of a chunk, (count, D), and the seconds they took; None if fewer are kept."""
        try:
            with np.load(self.path(number), allow_pickle=False) as file:
                rows, seconds = torch.from_numpy(file["features"]), float(file["seconds"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        if len(rows) < count or not rows.isfinite().all():
            return None
        return rows[:count], seconds * count / len(rows)

    def save(self, number: int, rows: Tensor, seconds: float) -> None:
        """Write a chunk, whole or not at all."""
        path = self.path(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.stem}.{os.getpid()}.tmp")
        try:
            with unfinished.open("wb") as file:
                np.savez(file, features=rows.numpy(), seconds=np.float64(seconds))
            os.replace(unfinished, path)
        except OSError as error:
            raise OSError(
                f"the features {path} could not be written ({error}); is the disk full? "
                "What was kept before is whole: make room and run the same command again."
            ) from error
        finally:
            unfinished.unlink(missing_ok=True)


def features(
    images: Tensor, model: Callable[[], CLIPVisionModelWithProjection], store: Store,
    accelerator: Accelerator, batch_size: int = 10,
) -> tuple[Tensor, float]:  # fmt: skip
    """Features (N, D) of images (N, 3, h, w), uint8, and the seconds that they took, now or earlier.

    model - is called for the tower where a chunk is missing: with all of them kept, none is loaded.
    Several processes share the missing chunks.
    """
    chunks = images.split(CHUNK)
    missing = [number for number, chunk in enumerate(chunks) if store.load(number, len(chunk)) is None]
    missing = missing[accelerator.process_index :: accelerator.num_processes]
    tower = model() if missing else None
    with tqdm(
        total=sum(len(chunks[number]) for number in missing), desc=store.about.get("part", "features"),
        unit="image", disable=not (missing and accelerator.is_main_process),
    ) as bar:  # fmt: skip
        for number in missing:
            seconds, rows = timed(embed, tower, chunks[number], batch_size)
            store.save(number, rows, seconds)
            bar.update(len(rows))
    accelerator.wait_for_everyone()
    kept = [store.load(number, len(chunk)) for number, chunk in enumerate(chunks)]
    if any(chunk is None for chunk in kept):
        raise OSError(f"features in {store.place} vanished while they were read; run the same command again")
    return torch.cat([rows for rows, _ in kept]), sum(seconds for _, seconds in kept)
