"""All that the chapter shows of one photo and one model, put together: what is looked at, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from attngen.vision import maps, overlay
from attngen.vision.answers import Answers, Found
from attngen.vision.artefacts import patch_norms
from attngen.vision.gradients import attention_gradients
from attngen.vision.rollout import FUSIONS, gradient_rollout, rollout

DISCARDS = (0.0, 0.5, 0.9)  # shares of weights that the comparison of fusions leaves out


@dataclass(frozen=True)
class Look:
    """How a model looks at a photo.  L layers, H heads, h x w patches.

    seen      - the photo as the model gets it, (rows, columns, 3), uint8
    classes   - the most probable ones, the first first
    attention - of [CLS], (L, H, h, w)
    flow      - rollout: of each patch to [CLS] up to each layer, (L, h, w)
    fusions   - rollout to the last layer, by FUSIONS and DISCARDS, (3, 3, h, w)
    gradient  - gradient rollout for the first of ``classes``, (at least 1, h, w)
    norms     - of the patches' vectors, before the first layer and after each, (L + 1, h, w)
    """

    seen: np.ndarray
    classes: list[Found]
    attention: Tensor
    flow: Tensor
    fusions: Tensor
    gradient: Tensor
    norms: Tensor

    @property
    def grid(self) -> tuple[int, int]:
        return tuple(self.flow.shape[-2:])


ARRAYS = ("attention", "flow", "fusions", "gradient", "norms")  # the fields of a Look that are maps


def look_at(
    model: nn.Module, processor, photo: Image.Image, answers: Answers, k: int = 5, explained: int = 2
) -> tuple[Look, Tensor]:  # fmt: skip
    """A look at a photo, and the weights it comes from, (L, H, T, T).

    k         - classes that are named;  explained - how many of them get a gradient rollout
    Raises maps.NoMaps where the model is no vision transformer.
    """
    pixels = processor(photo, return_tensors="pt")["pixel_values"]
    attn, grid = maps.attentions(model, pixels), maps.grid_of(model, pixels)
    with maps.evaluating(model), torch.no_grad():
        classes = answers.best(model(pixel_values=pixels.to(next(model.parameters()).device)), k)
    scores = [answers.score(found.index) for found in classes[:explained]]
    towards = [attention_gradients(model, pixels, score) for score in scores]
    fusions = [[rollout(attn, fusion, share)[-1] for share in DISCARDS] for fusion in FUSIONS]
    look = Look(
        seen=overlay.as_seen(pixels, processor),
        classes=classes,
        attention=maps.cls_maps(attn, grid),
        flow=maps.cls_maps(rollout(attn), grid),
        fusions=maps.cls_maps(torch.stack([torch.stack(row) for row in fusions]), grid),
        gradient=maps.cls_maps(torch.stack([gradient_rollout(*each)[-1] for each in towards]), grid),
        norms=patch_norms(model, pixels),
    )
    return look, attn
