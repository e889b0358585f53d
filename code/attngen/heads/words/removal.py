"""Heads cut out for good: the same answers, and what is really saved.

Three things that are often taken for each other: parameters, operations, and seconds.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from attngen.cost import clock
from attngen.cost.counter import counted_flops
from attngen.heads.gates import HeadGates
from attngen.heads.prune import prune
from attngen.heads.words.examples import Words
from attngen.nn import EncoderDecoder, MultiHeadAttention
from attngen.piglatin.decoding import greedy_cached


def parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def gated(model: nn.Module, keep: Tensor) -> HeadGates:
    """Gates of 0 and 1 that switch the same heads off without removing them."""
    gates = HeadGates.of(model)
    gates.values = keep.float()
    return gates


@torch.no_grad()
def removal(words: Words, keeps: dict[str, Tensor], repeats: int) -> list[dict[str, float]]:
    """For each mask (layers, heads), boolean: a row of what its heads cost, switched off and cut out.

    off_by            - largest difference between the logits of the two ways
    parameters, flops - of the cut model; operations of one pass over the first batch
    pass, write       - seconds: the logits of that batch, and its words written letter by
                        letter with a cache; pass_gated - with gates of 0 instead
    Seconds are of one thread, in turns, the least of ``repeats``.
    """
    model, (_, batch) = words.model, next(words.batches())
    length = batch.targets.shape[1]
    cut = {name: prune(model, keep).requires_grad_(False) for name, keep in keeps.items()}

    def one_pass(model: EncoderDecoder) -> Tensor:
        return model(batch.source, batch.source_mask, batch.inputs, batch.target_mask)

    def through_gates(keep: Tensor) -> Tensor:
        with gated(model, keep):
            return one_pass(model)

    jobs = {}
    for name, smaller in cut.items():
        jobs["pass", name] = lambda m=smaller: one_pass(m)
        jobs["pass_gated", name] = lambda k=keeps[name]: through_gates(k)
        jobs["write", name] = lambda m=smaller: greedy_cached(m, batch.source, batch.source_mask, length)
    device = torch.device("cpu")
    with clock.threads(1):
        seconds = clock.best(jobs, repeats, device)
    rows = []
    for name, keep in keeps.items():
        real = batch.target_mask
        difference = (one_pass(cut[name]) - through_gates(keep))[real].abs().max().item()
        row = {"what": "cut", "name": name, "heads": int(keep.sum()), "off_by": difference}
        row |= {"parameters": parameters(cut[name]), "flops": counted_flops(one_pass, cut[name])}
        rows.append(row | {kind: seconds[kind, name] for kind in ("pass", "pass_gated", "write")})
    return rows


@torch.no_grad()
def attention_alone(dim: int, heads: int, length: int, repeats: int) -> list[dict[str, float]]:
    """Seconds and operations of one attention layer with fewer and fewer heads, a row each."""
    torch.manual_seed(0)
    layer, x = MultiHeadAttention(dim, heads).eval(), torch.randn(1, length, dim)
    left = [count for count in range(heads, 0, -1) if heads % count == 0]
    layer.requires_grad_(False)
    cut = {count: prune(layer, (torch.arange(heads) < count)[None]) for count in left}
    jobs = {count: (lambda m=smaller: m(x, fused=True)) for count, smaller in cut.items()}
    with clock.threads(1):
        seconds = clock.best(jobs, repeats, torch.device("cpu"))
    return [
        {"what": "alone", "heads": count, "flops": counted_flops(cut[count], x), "pass": seconds[count]}
        for count in left
    ]
