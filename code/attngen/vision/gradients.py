"""What a vision transformer's attention means for one class: the gradient of a score by every weight."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from attngen.vision.maps import evaluating, forward, stacked

Score = Callable[[object], Tensor]  # the output of a model -> one number


def class_score(index: int) -> Score:
    """The logit of one class of a classifier."""
    return lambda output: output.logits[0, index]


def similarity(text: Tensor) -> Score:
    """The cosine of CLIP's image embedding and a text's, ``text`` (dim,)."""

    def cosine(output) -> Tensor:
        image = output.image_embeds[0]
        return nn.functional.cosine_similarity(image, text.to(image), dim=0)

    return cosine


def attention_gradients(model: nn.Module, pixels: Tensor,
                        score: Score) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Weights, and the gradient of ``score`` by them: (layers, heads, T, T) each.

    Parameters of the model get no gradient.  Raises NoMaps as ``attentions`` does,
    and ValueError where no weight has a part in the score.
    """
    with evaluating(model), torch.enable_grad():
        # weights hang on the image, be the model's parameters frozen or not
        image = pixels.detach().clone().requires_grad_()
        output = forward(model, image)
        weights = stacked(model, pixels, output).detach()
        layers = output.attentions
        found = torch.autograd.grad(score(output), layers, allow_unused=True)
    if all(layer is None for layer in found):
        raise ValueError("no attention weight has a part in this score")
    whole = [
        torch.zeros_like(layer) if gradient is None else gradient
        for layer, gradient in zip(layers, found, strict=True)
    ]
    return weights.float().cpu(), torch.cat(whole).float().cpu()
