"""First fit and buddies: pieces never overlap, and what is given back can be had again."""
import pytest
from attngen.paged.contiguous import Buddy, FirstFit
from hypothesis import given
from hypothesis import strategies as st

STEPS = st.lists(st.one_of(st.integers(1, 40), st.integers(-20, -1)), max_size=60)


def overlap_free(pieces):
    ends = 0
    for start, size in sorted(pieces):
        if start < ends:
            return False
        ends = start + size
    return True


def free_pieces(memory):
    if isinstance(memory, FirstFit):
        return memory.holes
    return [(start, 1 << order) for order, starts in enumerate(memory.free) for start in starts]


@pytest.mark.parametrize("kind", [FirstFit, Buddy])
@given(slots=st.integers(1, 100), steps=STEPS)
def test_every_slot_is_in_one_piece(kind, slots, steps):
    memory, taken = kind(slots), []
    begun = sorted(free_pieces(memory))
    for step in steps:
        if step > 0:
            start = memory.take(step)
            largest = max((size for _, size in free_pieces(memory)), default=0)
            if start is None:
                wanted = step if kind is FirstFit else 1 << (step - 1).bit_length()
                assert largest < wanted
            else:
                assert memory.held(start) >= step
                taken.append(start)
        elif taken:
            memory.give(taken.pop(step % len(taken)))
        pieces = free_pieces(memory) + [(start, memory.held(start)) for start in taken]
        assert overlap_free(pieces) and sum(size for _, size in pieces) == slots
    for start in taken:
        memory.give(start)
    assert sorted(free_pieces(memory)) == begun


def test_first_fit_takes_the_first_and_joins_neighbours():
    memory = FirstFit(10)
    starts = [memory.take(size) for size in (2, 3, 4)]
    assert starts == [0, 2, 5] and memory.take(2) is None
    memory.give(2)
    memory.give(0)
    assert memory.holes == [(0, 5), (9, 1)] and memory.take(6) is None    # six are free, and in two pieces


def test_buddies_are_powers_of_two_at_their_own_multiples():
    memory = Buddy(15_728)
    starts = [memory.take(2048) for _ in range(7)]
    assert None not in starts and memory.take(2048) is None         # 7, as in the paper
    assert all(start % 2048 == 0 for start in starts)
    assert memory.held(memory.take(100)) == 128


@pytest.mark.parametrize("kind", [FirstFit, Buddy])
def test_what_makes_no_sense_is_refused(kind):
    with pytest.raises(ValueError, match="at least one slot, not 0"):
        kind(0)
    memory = kind(8)
    with pytest.raises(ValueError, match="at least one slot, not 0"):
        memory.take(0)
    with pytest.raises(KeyError):
        memory.give(3)
