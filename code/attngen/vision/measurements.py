"""The recorded experiments of the vision chapter on a frozen, pretrained CLIP."""

from __future__ import annotations

from attngen.experiments import Experiment, register
from attngen.vision.linear_run import LINEAR_PRESETS, check, run
from attngen.vision.zero_shot_run import (
    PHOTOS_PRESETS,
    ZERO_SHOT_PRESETS,
    check_photos,
    run_cifar10,
    run_photos,
)

register(
    Experiment(
        "vit-photos",
        "CLIP's five likeliest of 171 classes for free photos",
        PHOTOS_PRESETS,
        run_photos,
        check_photos,
    )
)
register(
    Experiment(
        "vit-cifar10-zero-shot",
        "eight classes of CIFAR-10, each image by the sentence nearest to it",
        ZERO_SHOT_PRESETS,
        run_cifar10,
    )
)
register(
    Experiment(
        "vit-cifar10-linear",
        "a linear map on frozen CLIP features of CIFAR-10",
        LINEAR_PRESETS,
        run,
        check,
    )
)
