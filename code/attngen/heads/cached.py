"""Leave one head out, for every head, without computing anything twice.

Naively every head costs a pass through the whole network.  But below a head nothing changes, so the stream
that reaches its layer is computed once for all; in its layer neither queries and keys nor the other heads
change, only what the output projection adds; and of the last layer only the class token is read.
"""

from __future__ import annotations

import torch
from torch import Tensor

from attngen.heads.find import shape
from attngen.heads.stack import Block, Stack


@torch.no_grad()
def outputs_without_each(
    stack: Stack, pixels: Tensor, keep: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """The outputs of a model without each of its heads, and with all of them.

    pixels - (B, 3, H, W)
    keep   - (layers, heads) of 0 and 1: heads with 0 are off throughout

    Returns (layers, heads, B, outputs) and (B, outputs).  Without a head that is
    off already, the outputs are those with all.
    """
    layers, heads = shape([block.attention for block in stack.blocks])
    keep = torch.ones(layers, heads) if keep is None else keep
    without = {}
    x = stack.embed(pixels)
    for number, block in enumerate(stack.blocks):
        rows = 1 if number == layers - 1 else None
        mine = block.heads(x, rows, keep[number])
        x = x[:, :rows] + block.attention.output(mine)
        on = keep[number].nonzero().flatten().tolist()
        if on:
            changed = torch.cat([x - share(block, mine, head) for head in on])
            answers = finished(stack, number, changed, keep)
            answers = answers.unflatten(0, (len(on), -1))
            for head, answer in zip(on, answers, strict=True):
                without[number, head] = answer
        x = block.rest(x)
    whole = stack.finish(x)
    all_heads = [
        without.get((layer, head), whole)
        for layer in range(layers) for head in range(heads)
    ]  # fmt: skip
    return torch.stack(all_heads).unflatten(0, (layers, heads)), whole


def share(block: Block, mine: Tensor, head: int) -> Tensor:
    """What one head adds to the stream, through its columns of the projection."""
    width, weight = block.attention.width, block.attention.output.weight
    columns = slice(head * width, (head + 1) * width)
    return mine[..., columns] @ weight[:, columns].T


def finished(stack: Stack, number: int, x: Tensor, keep: Tensor) -> Tensor:
    """The outputs, from the stream x after the attention of block ``number``."""
    x = stack.blocks[number].rest(x)
    for later in range(number + 1, len(stack.blocks)):
        rows = 1 if later == len(stack.blocks) - 1 else None
        x = stack.blocks[later](x, rows, keep[later])
    return stack.finish(x)
