"""The block manager: tables, copies on write, prefixes, and refusals that change nothing."""
from copy import deepcopy

import pytest
from attngen.paged.audit import audit
from attngen.paged.manager import BlockManager, Copy, UnknownSequence
from attngen.paged.pool import BlockPool, OutOfBlocks, block_hash
from attngen.paged.preemption import PreemptingManager


def state(manager):
    """All that a refused call must leave as it was."""
    pools = [manager.pool] + ([manager.host] if hasattr(manager, "host") else [])
    books = [(p.counts[:], p.hashes[:], list(p.free), dict(p.found)) for p in pools]
    return books, deepcopy(manager.sequences), deepcopy(getattr(manager, "swapped", None))


@pytest.mark.parametrize("tokens, blocks", [(1, 1), (3, 1), (4, 1), (5, 2), (8, 2), (9, 3)])
def test_a_prompt_takes_as_many_blocks_as_it_needs(tokens, blocks):
    manager = BlockManager(8, 4)
    assert manager.allocate("a", range(tokens)) == 0
    assert len(manager.table("a")) == blocks == manager.used_blocks
    assert manager.length("a") == tokens and audit(manager) == []


def test_a_block_is_taken_when_the_last_one_is_full_and_not_before():
    manager = BlockManager(8, 4)
    manager.allocate("a", [0])
    taken = []
    for token in range(1, 13):
        assert manager.append("a", token) is None
        taken.append(manager.used_blocks)
    assert taken == [1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4]
    assert [manager.slot("a", place)[1] for place in (0, 3, 4, 12)] == [0, 3, 0, 0]


def test_a_fork_copies_one_block_once():
    manager = BlockManager(8, 4)
    manager.allocate("a", range(6))
    for child in "bc":
        manager.fork("a", child)
    shared = manager.table("a")
    assert manager.used_blocks == 2 and manager.pool.counts[shared[0]] == 3
    first, second = manager.append("a", 10), manager.append("b", 11)
    assert first.source == second.source == shared[1] and first.target != second.target
    assert manager.append("c", 12) is None      # the last user needs no copy
    assert manager.used_blocks == 4 and manager.saved() == pytest.approx(1 - 4 / 6)
    assert audit(manager) == []


def test_a_fork_at_a_full_block_copies_nothing():
    manager = BlockManager(8, 4)
    manager.allocate("a", range(8))
    manager.fork("a", "b")
    assert manager.append("a", 1) is None and manager.append("b", 2) is None
    assert manager.table("a")[:2] == manager.table("b")[:2]
    assert manager.table("a")[2] != manager.table("b")[2] and audit(manager) == []


def test_equal_beginnings_are_one():
    manager = BlockManager(16, 4)
    assert manager.allocate("a", [1] * 10) == 0
    assert manager.allocate("b", [1] * 9 + [2]) == 8      # two full blocks
    assert manager.table("a")[:2] == manager.table("b")[:2]
    assert manager.allocate("c", [1] * 8) == 4            # its last token must be read
    assert manager.allocate("d", [2] + [1] * 9) == 0      # equal blocks after another beginning
    assert audit(manager) == []


def test_what_was_appended_can_be_found_too():
    manager = BlockManager(16, 4)
    manager.allocate("a", [1, 2])
    for token in (3, 4, 5):
        manager.append("a", token)
    assert manager.allocate("b", [1, 2, 3, 4, 9]) == 4


def test_a_freed_prompt_is_found_until_its_blocks_are_needed():
    manager = BlockManager(4, 4)
    manager.allocate("a", range(9))
    manager.free("a")
    assert manager.used_blocks == 0
    assert manager.allocate("b", range(9)) == 8           # still there
    manager.free("b")
    manager.allocate("c", range(100, 113))                # takes all four
    manager.free("c")
    assert manager.allocate("d", range(9)) == 0 and audit(manager) == []


def test_the_beginning_outlives_the_end():
    manager = BlockManager(3, 4)
    manager.allocate("a", range(12))
    manager.free("a")
    manager.allocate("b", [7])                            # takes one block
    manager.free("b")
    assert manager.allocate("c", range(12)) == 8          # the last one's, not the first's


def test_without_sharing_nothing_is_found():
    manager = BlockManager(8, 4, share_prefix=False)
    manager.allocate("a", range(8))
    assert manager.allocate("b", range(8)) == 0 and manager.used_blocks == 4


def test_a_revived_block_counts_as_needed():
    manager = BlockManager(2, 4)
    manager.allocate("a", range(4))
    manager.free("a")
    before = state(manager)
    with pytest.raises(OutOfBlocks, match="3 blocks are needed for 'b', and 2 are free"):
        manager.allocate("b", range(12))                  # one found, two new
    assert state(manager) == before


@pytest.mark.parametrize("call, error, message", [
    (lambda m: m.allocate("b", range(20, 37)), OutOfBlocks, "5 blocks are needed for 'b', and 2 are free"),
    (lambda m: m.allocate("a", [1]), ValueError, "there is a sequence 'a' already"),
    (lambda m: m.allocate("b", []), ValueError, "at least one token"),
    (lambda m: m.append("b", 1), UnknownSequence, "there is no sequence 'b'"),
    (lambda m: m.fork("b", "c"), UnknownSequence, "there is no sequence 'b'"),
    (lambda m: m.fork("a", "a"), ValueError, "there is a sequence 'a' already"),
    (lambda m: m.free("b"), UnknownSequence, "there is no sequence 'b'"),
    (lambda m: m.slot("a", 8), ValueError, "'a' has 8 tokens and none at 8"),
    (lambda m: m.swap_out("b"), UnknownSequence, "no sequence of the group 'b'"),
    (lambda m: m.swap_out("a"), OutOfBlocks, "2 blocks are needed on the host, and 1 are free"),
    (lambda m: m.swap_in("a"), UnknownSequence, "no group 'a' is on the host"),
    (lambda m: m.drop("b"), UnknownSequence, "no sequence of the group 'b'"),
    (lambda m: m.recompute("g", {"c": range(60, 64), "d": range(30, 39)}), OutOfBlocks,
     "3 blocks are needed for 'd', and 1 are free"),
])
def test_a_refused_call_changes_nothing(call, error, message):
    manager = PreemptingManager(4, 4, host_blocks=1)
    manager.allocate("a", range(8))
    before = state(manager)
    with pytest.raises(error, match=message):
        call(manager)
    assert state(manager) == before and audit(manager) == []


def test_append_without_a_free_block_changes_nothing():
    manager = BlockManager(1, 2)
    manager.allocate("a", [1])
    manager.fork("a", "b")
    before = state(manager)
    with pytest.raises(OutOfBlocks, match="1 blocks are needed for the next token of 'a', and 0 are free"):
        manager.append("a", 2)                            # would have to copy
    assert state(manager) == before


def test_a_group_goes_and_comes_as_a_whole_and_shares_as_before():
    manager = PreemptingManager(8, 4, host_blocks=8)
    manager.allocate("a", range(6))
    manager.fork("a", "b")
    manager.append("b", 9)
    manager.allocate("other", range(50, 54))
    out = manager.swap_out("a")
    assert len(out) == 3 and set(manager.sequences) == {"other"} and manager.free_blocks == 7
    assert audit(manager) == []
    back = manager.swap_in("a")
    assert [copy.source for copy in back] == [copy.target for copy in out]
    assert manager.table("a")[0] == manager.table("b")[0] and manager.table("a")[1] != manager.table("b")[1]
    assert len(manager.host.free) == 8 and audit(manager) == []


def test_recomputation_finds_what_is_still_there():
    manager = PreemptingManager(8, 4)
    manager.allocate("a", range(6))
    manager.fork("a", "b")
    manager.append("b", 9)
    tokens = manager.drop("a")
    assert tokens == {"a": list(range(6)), "b": [*range(6), 9]} and manager.used_blocks == 0
    assert manager.recompute("a", tokens) == {"a": 4, "b": 4}
    assert set(manager.members("a")) == {"a", "b"} and audit(manager) == []


def test_copies_are_asked_for_once_for_each_fork():
    manager = BlockManager(64, 16)
    manager.allocate(0, range(20))
    for child in range(1, 8):
        manager.fork(0, child)
    copies = [manager.append(name, token) for token in range(40) for name in range(8)]
    assert sum(isinstance(copy, Copy) for copy in copies) == 7    # the budget: one each, but for the last


def test_blocks_and_sizes_below_one_are_refused():
    with pytest.raises(ValueError, match="at least one block, not 0"):
        BlockPool(0)
    with pytest.raises(ValueError, match="a whole number of tokens from 1 on, not 0"):
        BlockManager(4, 0)
    with pytest.raises(ValueError, match="block 0 is free already"):
        BlockPool(1).release(0)


def test_a_hash_knows_where_one_number_ends():
    assert block_hash(b"", [1, 12]) != block_hash(b"", [11, 2])
    assert block_hash(b"", [1, 2]) != block_hash(block_hash(b"", [3]), [1, 2])


@pytest.mark.parametrize("spoil, told", [
    (lambda m: m.pool.counts.__setitem__(0, 2), "has count 2 and 1 users"),
    (lambda m: m.pool.free.__setitem__(0, None), "wrongly free"),
    (lambda m: m.sequences["a"].tokens.append(1), "has 1 blocks for 5 tokens"),
    (lambda m: m.sequences["a"].tokens.__setitem__(0, 9), "hash of something else"),
])
def test_the_audit_sees_what_is_wrong(spoil, told):
    manager = BlockManager(2, 4)
    manager.allocate("a", range(4))
    spoil(manager)
    assert any(told in line for line in audit(manager))
