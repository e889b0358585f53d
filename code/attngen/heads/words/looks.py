"""Where the heads of a Pig-Latin transformer look: how sharply, and at which letters.

Sharpness is what Voita et al. 2019 (arXiv 1905.09418, section 3) call a head's confidence, here as entropy.
The places are those that the task makes special; they are found from the rule, not from the weights.
"""

from __future__ import annotations

import torch
from torch import Tensor

from attngen.heads.words.examples import Words
from attngen.heads.words.steps import COPY, ENDING, MOVE, STOP, steps
from attngen.nn import causal_mask
from attngen.piglatin.data import Batch

KINDS = ("encoder", "decoder", "cross")
# What a head may look at, by kind of attention; see ``places``.
ROLES = {
    "encoder": ("itself", "before", "after", "first", "end"),
    "decoder": ("itself", "before", "start"),
    "cross": ("copy", "move", "written", "end"),
}


def kinds(layers: int) -> list[tuple[str, int]]:
    """The kind and the layer of each attention of an encoder-decoder, in the order of ``find``."""
    decoder = [(kind, layer) for layer in range(layers) for kind in ("decoder", "cross")]
    return [("encoder", layer) for layer in range(layers)] + decoder


@torch.no_grad()
def weights_of(words: Words, batch: Batch) -> list[Tensor]:
    """The attention weights (B, heads, T, S) of each attention, in the order of ``find``."""
    memory, encoder = words.model.encode(batch.source, batch.source_mask)
    _, decoder = words.model.decode(batch.inputs, memory, batch.source_mask)
    both = [layer[kind] for layer in decoder for kind in ("self", "cross")]
    return [layer["self"] for layer in encoder] + both


def allowed(batch: Batch) -> dict[str, Tensor]:
    """Where each query of each kind of attention may look, (B, T, S); nowhere for padding."""
    source, target = batch.source_mask, batch.target_mask
    causal = causal_mask(target.shape[1]) & target[:, :, None]
    return {
        "encoder": source[:, :, None] & source[:, None],
        "decoder": causal,
        "cross": target[:, :, None] & source[:, None],
    }


def entropies(words: Words) -> Tensor:
    """The mean entropy of each head's weights on each word, (N, layers, heads), between 0 and 1.

    As a share of the entropy of equal weights: 0 looks at one place, 1 at all alike.
    Queries that may look at one place only are left out.
    """
    found = []
    for _, batch in words.batches():
        places = {kind: mask.sum(-1) for kind, mask in allowed(batch).items()}
        layers = []
        for (kind, _), weights in zip(
            kinds(len(words.model.encoder)), weights_of(words, batch), strict=True
        ):
            free = places[kind] > 1  # (B, T)
            spread = -torch.special.xlogy(weights, weights).sum(-1)  # (B, heads, T)
            share = spread / places[kind].clamp(min=2).log()[:, None]
            layers.append((share * free[:, None]).sum(-1) / free.sum(-1)[:, None])
        found.append(torch.stack(layers, 1))
    return torch.cat(found)


def places(words: Words, batch: Batch, numbers: Tensor) -> dict[str, dict[str, Tensor]]:
    """For each kind and role, (B, T, S): the one place that each query would look at in that role.

    A query without such a place has none.  In the encoder only letters inside the word
    are asked, for which the five places differ; in the decoder from the third token on.
    copy, move - the letter to be written now, where it is copied or moved;
    written - the letter written last;  end (cross) - the end sign, while the ending and
    the stop are written
    """
    within, found = allowed(batch), {}
    for kind in ("encoder", "decoder"):
        _, length, width = within[kind].shape
        t, s = torch.arange(length)[:, None], torch.arange(width)
        last = within[kind].sum(-1).amax(1)[:, None, None] - 1
        inner = (t >= 2) & ((t <= last - 2) if kind == "encoder" else True)
        at = {"itself": s == t, "before": s == t - 1, "after": s == t + 1}
        at |= {"first": s == 0, "start": s == 0, "end": s == last}
        found[kind] = {role: at[role] & inner & within[kind] for role in ROLES[kind]}
    cross = {role: torch.zeros_like(within["cross"]) for role in ROLES["cross"]}
    for row, number in enumerate(numbers.tolist()):
        word, target = words.pairs.pairs[number]
        before = None
        for t, step in enumerate(steps(word, target)):
            if step.phase in (COPY, MOVE):
                cross["copy" if step.phase == COPY else "move"][row, t, step.source] = True
            if step.phase in (ENDING, STOP):
                cross["end"][row, t, len(word)] = True
            if before is not None:
                cross["written"][row, t, before] = True
            before = step.source
    return found | {"cross": cross}


def looks(words: Words) -> dict[str, dict[str, tuple[Tensor, float]]]:
    """Of each kind and role: the mean weight (layers, heads) that falls on its places, and that of equal weights."""
    sums = {kind: {role: 0.0 for role in roles} for kind, roles in ROLES.items()}
    counts = {kind: dict.fromkeys(roles, 0) for kind, roles in ROLES.items()}
    even = {kind: dict.fromkeys(roles, 0.0) for kind, roles in ROLES.items()}
    for numbers, batch in words.batches():
        at, room = places(words, batch, numbers), allowed(batch)
        weights = weights_of(words, batch)
        for kind, roles in at.items():
            rows = [w for (k, _), w in zip(kinds(len(words.model.encoder)), weights, strict=True) if k == kind]
            stacked = torch.stack(rows, 1)  # (B, layers, heads, T, S)
            for role, mask in roles.items():
                sums[kind][role] += (stacked * mask[:, None, None]).sum((0, 3, 4))
                counts[kind][role] += int(mask.sum())
                even[kind][role] += (mask / room[kind].sum(-1, keepdim=True).clamp(min=1)).sum().item()
    return {
        kind: {
            role: (sums[kind][role] / max(counts[kind][role], 1), even[kind][role] / max(counts[kind][role], 1))
            for role in roles
        }
        for kind, roles in ROLES.items()
    }
