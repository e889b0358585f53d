"""The experiment ``vit-maps``: how CLIP looks at free photos, so that pages are drawn without its weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from attngen import results
from attngen.experiments import Context, Experiment, Outcome, register
from attngen.vision import answers, artefacts, clip, deletion, maps
from attngen.vision.look import Look, look_at
from attngen.vision.maps_record import FILE, NAME, packed
from attngen.vision.photos import free_photos
from attngen.vision.zero_shot_run import fingerprint

METHODS = ("attention", "rollout", "gradient", "gradient_clean", "random")


@dataclass(frozen=True)
class MapsConfig:
    """clip   - the pretrained tower and text features; else a tiny tower and texts of random numbers
    photos - whose maps are kept;  means and deletion curves are of all free photos
    steps  - of a deletion curve;  random - so many random orders are averaged
    """

    clip: bool = True
    photos: tuple[str, ...] = ("chelsea", "coffee", "astronaut")
    classes: int = 5
    explained: int = 2
    steps: int = 10
    random: int = 20
    seeds: tuple[int, ...] = (0,)  # of the random orders, and of a tower without weights


def run(config: MapsConfig, context: Context) -> Outcome:
    """Look at every free photo; keep some of the maps, and what all of them have in common."""
    model, processor, read = _tower(config)
    model.to(context.accelerator.device)
    generator = torch.Generator().manual_seed(config.seeds[0])
    arrays, history, means, curves, kept = {}, [], [], [], []
    photos = free_photos()
    for name, photo in photos.items():
        look, attn = look_at(model, processor, photo.image, read, config.classes, config.explained)
        if name in config.photos:
            arrays |= packed(name, look)
        for rank, (label, persian, probability, _) in enumerate(look.classes, 1):
            row = {"photo": name, "rank": rank, "class": label, "persian": persian}
            history.append(row | {"probability": probability})
        means.append(_measured(look, attn, model.config.patch_size))
        chance = read.chance(model, look.classes[0].index)
        pixels = processor(photo.image, return_tensors="pt")["pixel_values"].to(context.accelerator.device)
        curves.append(_curves(config, chance, pixels, look, generator))
        kept.append(_without_outliers(chance, pixels, look))
    arrays |= {key: torch.stack([of[key] for of in means]).mean(0).half().numpy() for key in means[0]}
    arrays |= {"deletion": torch.stack(curves).numpy(), "without_outliers": torch.stack(kept).numpy()}
    path = context.folder / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)
    data = {f"photo {name}": fingerprint(photo) for name, photo in photos.items()}
    data |= clip.data_record() if config.clip else {}
    metrics = {"photos": len(photos), "patches": look.norms[0].numel()} | _metrics(arrays, config)
    return Outcome(metrics, history, {FILE: path}, data)


def _tower(config: MapsConfig):
    if config.clip:
        return *clip.load(), answers.of_vocabulary()
    model, processor = clip.fresh(config.seeds[0])
    generator = torch.Generator().manual_seed(config.seeds[0])
    texts = torch.randn(9, model.config.projection_dim, generator=generator)
    return model, processor, answers.of_clip(texts, clip.labels()[:9], clip.labels("coco", "fa")[:9])


def _measured(look: Look, attn: Tensor, patch: int) -> dict[str, Tensor]:
    """What is averaged over photos: by head, and of patches that serve as scratch paper by layer."""
    scratch = artefacts.outliers(look.norms)
    return {
        "distance": maps.mean_distance(attn, look.grid, patch),
        "entropy": maps.entropy(attn),
        "on_itself": attn[..., 0, 0],
        "outliers": scratch.flatten(1).sum(1).float(),
        # a layer's heads look at what the layer before gave out, rollout at what it gives out itself
        "on_outliers": artefacts.share_on(scratch[:-1, None], look.attention),
        "rollout_on_outliers": artefacts.share_on(scratch[1:], look.flow),
    }


def _without_outliers(chance, pixels: Tensor, look: Look) -> Tensor:
    """The probability of the best class: as it is, without the outliers, without as many others, (3,).

    The others are those that the gradient calls most relevant.
    """
    scratch = artefacts.outliers(look.norms[-1])
    share = scratch.float().mean().item()
    others = look.gradient[0].masked_fill(scratch, 0)
    tried = [deletion.covered(pixels, relevance, share) for relevance in (scratch.float(), others)]
    return chance(torch.cat([pixels, *tried]))


def _curves(config: MapsConfig, chance, pixels: Tensor, look: Look, generator: torch.Generator) -> Tensor:
    """The probability of the best class by covered share: (methods, 2, steps + 1).

    Of the two the first covers the most relevant patches first, the second the least relevant.
    """
    clean = look.gradient[0].masked_fill(artefacts.outliers(look.norms[-1]), 0)
    orders = [[look.attention[-1].mean(0)], [look.flow[-1]], [look.gradient[0]], [clean]]
    orders.append([torch.rand(look.grid, generator=generator) for _ in range(config.random)])

    def mean(tried: list[Tensor], least: bool) -> Tensor:
        curves = [deletion.deletion_curve(chance, pixels, each, config.steps, least=least) for each in tried]
        return torch.stack(curves).mean(0)

    return torch.stack([torch.stack([mean(tried, least) for least in (False, True)]) for tried in orders])


def _metrics(arrays: dict[str, np.ndarray], config: MapsConfig) -> dict[str, float]:
    """The numbers of a run, from what it keeps."""
    areas = deletion.area(torch.from_numpy(arrays["deletion"]).float()).mean(0)  # over photos: (methods, 2)
    found = {}
    for method, (most, least) in zip(METHODS, areas.tolist(), strict=True):
        found |= {f"deletion_{method}": most, f"deletion_{method}_least": least}
    names = "first_class", "first_class_without_outliers", "first_class_without_others"
    found |= dict(zip(names, arrays["without_outliers"].mean(0), strict=True))
    keys = "distance", "entropy", "outliers", "on_outliers"
    distance, entropy, outliers, on = (arrays[key].astype(float) for key in keys)
    found |= {"distance_min": distance.min(), "distance_max": distance.max(),
              "distance_first": distance[0].mean(), "distance_last": distance[-1].mean(),
              "entropy_min": entropy.min(), "entropy_max": entropy.max(),
              "outliers_first": outliers[0], "outliers_last": outliers[-1],
              "on_outliers_first": on[0].mean(), "on_outliers_last": on[-1].mean()}  # fmt: skip
    for name in config.photos:
        norms = torch.from_numpy(arrays[f"{name}_norms"]).float()[-1]
        found[f"{name}_outliers"] = int(artefacts.outliers(norms).sum())
        found[f"{name}_largest_norm"] = (norms.max() / norms.median()).item()
    return {key: float(value) for key, value in found.items()}


def check(result: results.Result) -> dict[str, float]:
    """The metrics once more from the recorded maps, for ``attngen verify``."""
    with np.load(result.path(FILE), allow_pickle=False) as file:
        return _metrics(dict(file), MapsConfig(**result.config | {"photos": tuple(result.config["photos"])}))


PRESETS = {
    "smoke": MapsConfig(clip=False, steps=2, random=1),
    "cpu": MapsConfig(),
    "gpu": MapsConfig(steps=20, random=100),
}
SUMMARY = "how CLIP looks at free photos: maps of every head, rollout, gradients"
register(Experiment(NAME, SUMMARY, PRESETS, run, check))
