"""What CLIP says without any training on the classes: of free photos, and of CIFAR-10."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import torch

from attngen import results
from attngen.data import cifar10
from attngen.experiments import Context, Outcome
from attngen.vision import clip
from attngen.vision.accuracy import by_class, correct, measures
from attngen.vision.linear_run import LinearConfig, data_record, features_of
from attngen.vision.photos import Photo, free_photos

# the classes of CIFAR-10 that have a text feature; there is none of deer and frog
SPOKEN = {
    "airplane": "airplane", "automobile": "car", "bird": "bird", "cat": "cat",
    "dog": "dog", "horse": "horse", "ship": "boat", "truck": "truck",
}  # fmt: skip


@dataclass(frozen=True)
class PhotosConfig:
    """clip - the pretrained tower and text features; else a tiny tower and texts of random numbers
    k    - classes that are kept of each photo
    """

    clip: bool = True
    vocabulary: str = "coco"
    k: int = 5
    seeds: tuple[int, ...] = (0,)  # of the random ones


def fingerprint(photo: Photo) -> str:
    """The sha256 of size and pixels: packages may come to hold another file of the same name."""
    size = "x".join(map(str, photo.image.size))
    return "sha256:" + hashlib.sha256(size.encode() + photo.image.tobytes()).hexdigest()


def answers(config: PhotosConfig) -> dict[str, list[tuple[str, float]]]:
    """The ``k`` classes that go best with each free photo."""
    names = clip.labels(config.vocabulary)
    if config.clip:
        (model, processor), texts = clip.load(), clip.text_features(config.vocabulary)
    else:
        model, processor = clip.fresh(config.seeds[0])
        generator = torch.Generator().manual_seed(config.seeds[0])
        texts = torch.randn(len(names), model.config.projection_dim, generator=generator)
    photos = free_photos()
    return {
        name: clip.zero_shot(model, processor, photo.image, texts, names, config.k)
        for name, photo in photos.items()
    }


def run_photos(config: PhotosConfig, context: Context) -> Outcome:
    """metrics ``PHOTO_1`` ... ``PHOTO_k``: probabilities, the largest first; their classes in the history."""
    history, metrics = [], {"classes": len(clip.labels(config.vocabulary))}
    for name, found in answers(config).items():
        for rank, (label, probability) in enumerate(found, 1):
            metrics[f"{name}_{rank}"] = probability
            history.append({"photo": name, "rank": rank, "class": label, "probability": probability})
    data = {f"photo {name}": fingerprint(photo) for name, photo in free_photos().items()}
    return Outcome(metrics, history, data=data | (clip.data_record() if config.clip else {}))


def check_photos(result: results.Result) -> dict[str, float]:
    """All of it again, for ``attngen verify``."""
    config = PhotosConfig(**result.config | {"seeds": tuple(result.config["seeds"])})
    return {
        f"{name}_{rank}": probability
        for name, found in answers(config).items()
        for rank, (_, probability) in enumerate(found, 1)
    }


def recorded(photo: str, name: str = "vit-photos") -> list[tuple[str, float]]:
    """The recorded classes of a free photo and their probabilities, the largest first."""
    history = results.load(name).history
    rows = zip(history["photo"], history["class"], history["probability"])
    return [(label, probability) for of, label, probability in rows if of == photo]


def run_cifar10(config: LinearConfig, context: Context) -> Outcome:
    """Test images of the eight classes that have a text, each taken for one of the eight."""
    features, labels, _ = features_of(config, "test", context)
    names = list(SPOKEN)
    numbers = torch.tensor([cifar10.CLASSES.index(name) for name in names])
    places = [clip.labels().index(SPOKEN[name]) for name in names]
    kept = torch.isin(labels, numbers)
    truth = torch.searchsorted(numbers, labels[kept])  # the eight stand in the order of the ten
    model, _ = clip.load()
    with torch.no_grad():
        embedded = model.visual_projection(features[kept])
    logits = clip.probabilities(embedded, clip.text_features()[places]).log()
    shares = by_class(correct(logits, truth), truth, len(names)).tolist()
    metrics = measures(logits, truth, "test") | {"classes": len(names)}
    metrics |= {f"test_accuracy_{name}": share for name, share in zip(names, shares)}
    return Outcome(metrics, data=data_record(config) | clip.data_record())


PHOTOS_PRESETS = {"smoke": PhotosConfig(clip=False), "minute": PhotosConfig(), "cpu": PhotosConfig()}
ZERO_SHOT_PRESETS = {
    "minute": LinearConfig(test=8), "cpu": LinearConfig(), "gpu": LinearConfig(batch_size=500),
}  # fmt: skip
