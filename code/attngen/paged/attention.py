"""Attention over keys and values that lie in blocks.

Kwon et al. 2023 (arXiv 2309.06180), section 4.1, equation (4); the running softmax of
``blockwise_attention`` is that of Milakov and Gimelshein 2018 (arXiv 1805.02867).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from attngen.nn.attention import scaled_dot_product_attention


def gather(blocks: Tensor, table: Sequence[int], length: int) -> Tensor:
    """The first ``length`` tokens of a sequence, one after another again.

    blocks - (blocks, kv_heads, block_size, head_dim);  table - the sequence's
    Returns (kv_heads, length, head_dim).  ValueError if the table is too short.
    """
    room = len(table) * blocks.shape[2]
    if not 0 < length <= room:
        held = f"{len(table)} blocks hold 1 to {room} tokens"
        raise ValueError(f"{held}, not {length}")
    # (n, kv_heads, block_size, head_dim) -> (kv_heads, n * block_size, head_dim)
    return blocks[torch.as_tensor(table)].transpose(0, 1).flatten(1, 2)[:, :length]


def paged_attention(
    query: Tensor,
    keys: Tensor,
    values: Tensor,
    tables: Sequence[Sequence[int]],
    lengths: Sequence[int],
) -> Tensor:
    """Let each sequence's newest tokens look at all of it, through its block table.

    query   - (B, heads, T, head_dim): the last T tokens of each sequence
    keys, values - (blocks, kv_heads, block_size, head_dim), as in ``BlockStore``;
              each key/value head serves heads / kv_heads query heads
    tables, lengths - for each sequence its blocks, and how many tokens it has

    Returns (B, heads, T, head_dim).  Raises ValueError where the parts do not fit.
    """
    _check(query, keys, values, tables, lengths)
    groups, new, out = query.shape[1] // keys.shape[1], query.shape[2], []
    for queries, table, length in zip(query, tables, lengths):
        # one key/value head stands before all query heads that share it
        key = gather(keys, table, length).repeat_interleave(groups, dim=0)
        value = gather(values, table, length).repeat_interleave(groups, dim=0)
        seen = torch.ones(new, length, dtype=torch.bool).tril(length - new)
        out.append(scaled_dot_product_attention(queries, key, value, seen)[0])
    return torch.stack(out)


def blockwise_attention(
    query: Tensor,
    keys: Tensor,
    values: Tensor,
    table: Sequence[int],
    length: int,
) -> Tensor:
    """The same block by block: the newest token of one sequence, (heads, head_dim).

    Nothing is gathered: besides the answer so far, a head keeps the largest score
    and the sum of the exponentials, and corrects both when a larger score comes.
    """
    _check(query[None, :, None], keys, values, [table], [length])
    heads, size = keys.shape[1:3]
    query = query.unflatten(0, (heads, -1))  # (kv_heads, groups, head_dim)
    largest = query.new_full(query.shape[:2], -torch.inf)
    total, answer = torch.zeros_like(largest), torch.zeros_like(query)
    for number, block in enumerate(table[: -(-length // size)]):
        filled = min(size, length - number * size)
        key, value = keys[block, :, :filled], values[block, :, :filled]
        # (kv_heads, groups, head_dim) x (kv_heads, head_dim, filled)
        scores = query @ key.mT / math.sqrt(query.shape[-1])
        top = torch.maximum(largest, scores.amax(-1))
        old, weights = (largest - top).exp(), (scores - top[..., None]).exp()
        total = total * old + weights.sum(-1)
        answer = answer * old[..., None] + weights @ value
        largest = top
    return (answer / total[..., None]).flatten(0, 1)


def _check(query: Tensor, keys: Tensor, values: Tensor, tables: Sequence, lengths: Sequence[int]) -> None:
    if keys.shape[:3] != values.shape[:3]:
        raise ValueError(f"each key lies where its value does: {tuple(keys.shape)}, {tuple(values.shape)}")
    if query.shape[1] % keys.shape[1] or query.shape[-1] != keys.shape[-1]:
        found = f"query {tuple(query.shape)}, keys {tuple(keys.shape)}"
        raise ValueError(f"query heads are a multiple of key heads, of one width: {found}")
    if not len(query) == len(tables) == len(lengths):
        counts = f"{len(query)} queries, {len(tables)} tables, {len(lengths)} lengths"
        raise ValueError(f"every sequence has a query, a table and a length: {counts}")
    if short := [length for length in lengths if length < query.shape[2]]:
        raise ValueError(f"a sequence of {short[0]} tokens has no {query.shape[2]} newest ones")
    room = [len(table) * keys.shape[2] for table in tables]
    if wrong := [(n, r) for n, r in zip(lengths, room) if not 0 < n <= r]:
        raise ValueError(f"a table with room for {wrong[0][1]} tokens cannot hold {wrong[0][0]}")
    if lost := [block for table in tables for block in table if not 0 <= block < len(keys)]:
        raise ValueError(f"a table names block {lost[0]}; there are {len(keys)}, from 0 on")
