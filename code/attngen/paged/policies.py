"""How much memory each way to hand it out reserves, and how much of that is ever used.

The three reserving policies are those that Kwon et al. 2023 (arXiv 2309.06180), section 6.1,
set beside theirs.  No memory has an end here, so there is no external fragmentation:
``server`` simulates one that has.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Lengths = NDArray[np.int64]


def next_power_of_two(numbers: Lengths) -> Lengths:
    """The smallest power of two that is not below each number (of at least 1)."""
    return 1 << np.ceil(np.log2(numbers)).astype(np.int64)


def reserve_max(prompts: Lengths, outputs: Lengths, limit: int) -> Lengths:
    """Room for the longest sequence that there can be."""
    return np.full_like(prompts, limit)


def reserve_pow2(prompts: Lengths, outputs: Lengths, limit: int) -> Lengths:
    """Room for the prompt, and for the output's next power of two, within the limit."""
    return np.minimum(prompts + next_power_of_two(outputs), limit)


def reserve_oracle(prompts: Lengths, outputs: Lengths, limit: int) -> Lengths:
    """Room for just what will be written, known in advance (nobody can)."""
    return prompts + outputs


POLICIES: dict[str, Callable[[Lengths, Lengths, int], Lengths]] = {
    "max": reserve_max, "pow2": reserve_pow2, "oracle": reserve_oracle,
}  # fmt: skip


def written_slots(prompts: Lengths, outputs: Lengths) -> Lengths:
    """For each request the tokens in the cache, added up over its decoding steps: after
    step t there are prompt + t."""
    return prompts * outputs + outputs * (outputs + 1) // 2


def utilisation(policy: str, prompts: Lengths, outputs: Lengths, limit: int) -> float:
    """Slots that hold a token over slots reserved, both added up over all decoding steps.

    Raises ValueError for an unknown policy, or lengths that cannot be.
    """
    if policy not in POLICIES:
        raise ValueError(f"the policy is one of {', '.join(POLICIES)}, not '{policy}'")
    _check(prompts, outputs, limit)
    reserved = POLICIES[policy](prompts, outputs, limit) * outputs
    return float(written_slots(prompts, outputs).sum() / reserved.sum())


def paged_utilisation(block_size: int, prompts: Lengths, outputs: Lengths, limit: int) -> float:
    """The same for blocks taken when they are needed: only the last one has empty places."""
    if block_size < 1:
        raise ValueError(f"a block holds at least one token, not {block_size}")
    _check(prompts, outputs, limit)
    # blocks after step t, added up over t = 1 ... output: a difference of two sums from 1 on
    blocks = _sum_of_ceilings(prompts + outputs, block_size) - _sum_of_ceilings(prompts, block_size)
    return float(written_slots(prompts, outputs).sum() / (blocks * block_size).sum())


def _sum_of_ceilings(last: Lengths, size: int) -> Lengths:
    """ceil(1 / size) + ceil(2 / size) + ... + ceil(last / size)."""
    full, rest = np.divmod(last, size)
    return size * full * (full + 1) // 2 + rest * (full + 1)


def _check(prompts: Lengths, outputs: Lengths, limit: int) -> None:
    if len(prompts) != len(outputs) or not len(prompts):
        raise ValueError(f"{len(prompts)} prompts and {len(outputs)} outputs make no requests")
    if min(prompts.min(), outputs.min()) < 1:
        raise ValueError("a prompt and an output have at least one token each")
    if (longest := int((prompts + outputs).max())) > limit:
        raise ValueError(f"a request of {longest} tokens is over the limit of {limit}")
