"""Attention through block tables equals attention over contiguous keys and values."""
import pytest
import torch
from attngen.paged.attention import blockwise_attention, gather, paged_attention
from attngen.paged.manager import BlockManager, Copy
from attngen.paged.store import BlockStore
from hypothesis import example, given, settings
from hypothesis import strategies as st


def contiguous(query, key, value):
    """torch's own attention: query (heads, T, d) of the last T of the positions of key and value."""
    groups, new, length = query.shape[0] // key.shape[0], query.shape[1], key.shape[1]
    key, value = (part.repeat_interleave(groups, 0) for part in (key, value))
    mask = torch.ones(new, length, dtype=torch.bool).tril(length - new)
    return torch.nn.functional.scaled_dot_product_attention(query, key, value, mask)


def scattered(keys, values, size, manager, name):
    """Write (kv_heads, length, d) into a store through the manager's table."""
    store = BlockStore(len(manager.pool), keys.shape[0], size, keys.shape[2], dtype=keys.dtype)
    slots = [manager.slot(name, place) for place in range(keys.shape[1])]
    store.write(slots, keys.transpose(0, 1), values.transpose(0, 1))
    return store


shapes = given(
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=3), size=st.sampled_from([1, 2, 3, 4, 8, 16]),
    kv_heads=st.integers(1, 3), groups=st.integers(1, 3), width=st.integers(1, 8), seed=st.integers(0, 99),
    new=st.integers(1, 4),
)


@settings(max_examples=120)
@shapes
@example(lengths=[16, 32], size=16, kv_heads=2, groups=1, width=4, seed=0, new=1)      # exactly full blocks
@example(lengths=[17, 33], size=16, kv_heads=2, groups=2, width=4, seed=0, new=1)      # and one token more
@example(lengths=[1], size=16, kv_heads=1, groups=1, width=1, seed=0, new=1)
def test_paged_equals_contiguous(lengths, size, kv_heads, groups, width, seed, new):
    generator = torch.Generator().manual_seed(seed)
    new = min(new, *lengths)
    manager = BlockManager(sum(-(-n // size) for n in lengths) + 3, size, share_prefix=False)
    for place in (0, 1, 2):     # so that tables are not in order
        manager.allocate(("hole", place), [place])
    parts, stores, queries = [], BlockStore(len(manager.pool), kv_heads, size, width, dtype=torch.double), []
    manager.free(("hole", 1))
    for name, length in enumerate(lengths):
        manager.allocate(name, range(length))
        key, value = torch.randn(2, kv_heads, length, width, generator=generator, dtype=torch.double)
        slots = [manager.slot(name, place) for place in range(length)]
        stores.write(slots, key.transpose(0, 1), value.transpose(0, 1))
        queries.append(torch.randn(kv_heads * groups, new, width, generator=generator, dtype=torch.double))
        parts.append((key, value))
    tables = [manager.table(name) for name in range(len(lengths))]
    answer = paged_attention(torch.stack(queries), stores.keys, stores.values, tables, lengths)
    for row, (key, value) in enumerate(parts):
        right = contiguous(queries[row], key, value)
        torch.testing.assert_close(answer[row], right)
        last = blockwise_attention(queries[row][:, -1], stores.keys, stores.values, tables[row], lengths[row])
        torch.testing.assert_close(last, right[:, -1])


@pytest.mark.parametrize("length", [15, 16, 17, 32, 33])
def test_the_empty_places_of_the_last_block_are_never_read(length):
    manager = BlockManager(4, 16)
    manager.allocate("a", range(length))
    key, value = torch.randn(2, 2, length, 8)
    store = scattered(key, value, 16, manager, "a")
    assert store.keys.isnan().any() != (length % 16 == 0 and manager.free_blocks == 0)
    query = torch.randn(1, 2, 1, 8)
    for answer in (
        paged_attention(query, store.keys, store.values, [manager.table("a")], [length]),
        blockwise_attention(query[0, :, 0], store.keys, store.values, manager.table("a"), length),
    ):
        assert answer.isfinite().all()


def test_blocks_and_weights_of_large_scores_do_not_overflow():
    manager = BlockManager(4, 2)
    manager.allocate("a", range(6))
    key, value = 1e3 * torch.randn(2, 1, 6, 4)
    store = scattered(key, value, 2, manager, "a")
    query = 1e3 * torch.randn(1, 4)
    answer = blockwise_attention(query, store.keys, store.values, manager.table("a"), 6)
    torch.testing.assert_close(answer, contiguous(query[:, None], key, value)[:, 0])


def test_forks_read_the_same_and_then_their_own():
    manager, store = BlockManager(6, 2), BlockStore(6, 1, 2, 3)
    manager.allocate("a", [1, 2, 3])
    part = torch.randn(3, 1, 3)
    store.write([manager.slot("a", p) for p in range(3)], part, part)
    manager.fork("a", "b")
    for name, number in (("a", 7.0), ("b", 9.0)):
        copy = manager.append(name, int(number))
        store.copy([copy] if copy else [])
        own = torch.full((1, 1, 3), number)
        store.write([manager.slot(name, 3)], own, own)
    a, b = (gather(store.keys, manager.table(name), 4) for name in "ab")
    assert torch.equal(a[:, :3], b[:, :3]) and torch.equal(a[0, :3], part[:, 0])
    assert a[0, 3, 0] == 7 and b[0, 3, 0] == 9


def test_a_copy_to_another_store_keeps_the_bits():
    device, host = BlockStore(3, 2, 4, 5, fill=1.5), BlockStore(2, 2, 4, 5)
    device.keys.normal_()
    device.copy([Copy(2, 0)], host)
    assert torch.equal(host.keys[0], device.keys[2]) and host.keys[1].isnan().all()


KEYS = torch.zeros(3, 2, 4, 5)


@pytest.mark.parametrize("call, message", [
    (lambda: gather(KEYS, [0, 1], 9), "2 blocks hold 1 to 8 tokens, not 9"),
    (lambda: paged_attention(torch.zeros(1, 3, 1, 5), KEYS, KEYS, [[0]], [4]), "a multiple of key heads"),
    (lambda: paged_attention(torch.zeros(1, 2, 1, 4), KEYS, KEYS, [[0]], [4]), "of one width"),
    (lambda: paged_attention(torch.zeros(2, 2, 1, 5), KEYS, KEYS, [[0]], [4]), "2 queries, 1 tables, 1 lengths"),
    (lambda: paged_attention(torch.zeros(1, 2, 3, 5), KEYS, KEYS, [[0]], [2]), "2 tokens has no 3 newest"),
    (lambda: paged_attention(torch.zeros(1, 2, 1, 5), KEYS, KEYS[:2], [[0]], [4]), "each key lies where its value"),
    (lambda: paged_attention(torch.zeros(1, 2, 1, 5), KEYS, KEYS[:, :, :3], [[0]], [4]), "each key lies where"),
    (lambda: paged_attention(torch.zeros(1, 2, 1, 5), KEYS, KEYS, [[0, -1]], [5]), "names block -1; there are 3"),
    (lambda: blockwise_attention(torch.zeros(2, 5), KEYS, KEYS, [3], 4), "names block 3; there are 3, from 0 on"),
    (lambda: blockwise_attention(torch.zeros(2, 5), KEYS, KEYS, [0], 5), "room for 4 tokens cannot hold 5"),
    (lambda: BlockStore(1, 2, 4, 5).write([(0, 0)], torch.zeros(2, 2, 5), torch.zeros(2, 2, 5)), "1 slots take"),
    (lambda: BlockStore(0, 2, 4, 5), "at least 1"),
])
def test_parts_that_do_not_fit_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
