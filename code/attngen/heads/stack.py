"""A vision transformer taken apart into the steps between which something can be changed.

Layers that normalise first (Xiong et al. 2020, arXiv 2002.04745) add twice to the stream:
    x + W_o heads(norm(x))        then        x + mlp(norm(x)).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from transformers import CLIPVisionModelWithProjection, ViTForImageClassification

from attngen.heads.find import Attention, find


@dataclass(frozen=True)
class Block:
    """One layer, for inference: ``before`` and ``after`` are its normalisations."""

    attention: Attention
    before: nn.Module
    after: nn.Module
    mlp: nn.Module

    def heads(self, x: Tensor, rows: int | None = None, gates=None) -> Tensor:
        """The heads' outputs side by side, (B, rows, heads * width), of x (B, T, dim).

        rows  - for the first so many positions only; all of them look at all T
        gates - (heads,), a factor of each head's output
        """
        h, count = self.before(x), self.attention.heads
        query, key, value, _ = self.attention.projections
        q, k, v = (
            p(t).unflatten(-1, (count, -1)).transpose(1, 2)
            for p, t in ((query, h[:, :rows]), (key, h), (value, h))
        )
        out = scaled_dot_product_attention(q, k, v)  # (B, heads, rows, width)
        if gates is not None:
            out = out * gates[:, None, None].to(out)
        return out.transpose(1, 2).flatten(2)

    def rest(self, x: Tensor) -> Tensor:
        """What comes after the attention's answer has been added: x -> x + mlp(norm(x))."""
        return x + self.mlp(self.after(x))

    def __call__(self, x: Tensor, rows: int | None = None, gates=None) -> Tensor:
        """x (B, T, dim) -> (B, rows, dim)"""
        out = self.attention.output(self.heads(x, rows, gates))
        return self.rest(x[:, :rows] + out)


@dataclass(frozen=True)
class Stack:
    """A whole model: ``finish(blocks(embed(pixels)))``.

    finish - reads nothing but the first position, the class token: (B, 1 or more, dim) ->
             (B, outputs)
    """

    embed: Callable[[Tensor], Tensor]
    blocks: list[Block]
    finish: Callable[[Tensor], Tensor]

    def __call__(self, pixels: Tensor) -> Tensor:
        """pixels (B, 3, H, W) -> outputs (B, outputs), with no work on what nobody reads."""
        x = self.embed(pixels)
        for block in self.blocks[:-1]:
            x = block(x)
        return self.finish(self.blocks[-1](x, rows=1))


def take_apart(model: nn.Module) -> Stack:
    """The stack of transformers' ViT classifier or CLIP image tower.

    ValueError for another model, or for one in training mode.
    """
    if model.training:
        raise ValueError("a model is taken apart to be used, not trained: call eval() first")
    attentions = find(model)
    if isinstance(model, ViTForImageClassification):
        vit = model.vit
        blocks = [
            Block(attention, layer.layernorm_before, layer.layernorm_after, layer.mlp)
            for attention, layer in zip(attentions, vit.layers, strict=True)
        ]
        return Stack(vit.embeddings, blocks, lambda x: model.classifier(vit.layernorm(x[:, 0])))
    if isinstance(model, CLIPVisionModelWithProjection):
        tower = model.vision_model
        blocks = [
            Block(attention, layer.layer_norm1, layer.layer_norm2, layer.mlp)
            for attention, layer in zip(attentions, tower.encoder.layers, strict=True)
        ]
        return Stack(
            lambda pixels: tower.pre_layrnorm(tower.embeddings(pixels)),
            blocks,
            lambda x: model.visual_projection(tower.post_layernorm(x[:, 0])),
        )
    known = "ViTForImageClassification, CLIPVisionModelWithProjection"
    raise ValueError(f"only {known} can be taken apart, not a {type(model).__name__}")
