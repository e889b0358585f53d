"""Where the time of additive scores goes: every walk through the array of all pairs, timed by itself."""

from __future__ import annotations

import torch

from attngen.cost import clock


@torch.no_grad()
def measure(
    length: int = 512, width: int = 64, repeats: int = 5, device: torch.device | str = "cpu"
) -> dict[str, float]:
    """Nanoseconds for one pair and column, on one thread where the device is a processor.

    length - queries, and as many keys;  width - of both
    Returns by name: ``sum, new memory`` (q + k into an array asked for on the spot), ``sum, same memory``
    (into one that is there already), ``tanh``, ``times v``, and ``product``: a multiply-add of q k^T.
    Raises ValueError where a size is less than one.
    """
    if min(length, width, repeats) < 1:
        raise ValueError(f"length, width and repeats must be 1 at least: {length}, {width}, {repeats}")
    query, key = torch.randn(2, length, width, device=device)
    vector, pairs = torch.randn(width, device=device), torch.empty(length, length, width, device=device)
    jobs = {
        "sum, new memory": lambda: query[:, None] + key[None],
        "sum, same memory": lambda: torch.add(query[:, None], key[None], out=pairs),
        "tanh": lambda: pairs.tanh_(),
        "times v": lambda: pairs @ vector,
        "product": lambda: query @ key.T,
    }
    with clock.threads(1):
        seconds = clock.best(jobs, repeats, query.device)
    return {name: 1e9 * second / pairs.numel() for name, second in seconds.items()}
