"""Memory handed out in one piece: first fit, and the buddy system.

What serving systems did before pages (Kwon et al. 2023, arXiv 2309.06180, section 3.1).
The buddy system is Knowlton's (1965): pieces are powers of two, and a freed one joins its
twin again.
"""

from __future__ import annotations

from bisect import bisect_left


class FirstFit:
    """So many slots in a row; a request gets the first hole that is large enough."""

    def __init__(self, slots: int):
        if slots < 1:
            raise ValueError(f"a memory has at least one slot, not {slots}")
        self.slots = slots
        self.holes: list[tuple[int, int]] = [(0, slots)]  # (start, size), in order
        self.taken: dict[int, int] = {}

    def take(self, size: int) -> int | None:
        """The start of ``size`` slots in a row; None where no hole is large enough."""
        if size < 1:
            raise ValueError(f"one asks for at least one slot, not {size}")
        for place, (start, room) in enumerate(self.holes):
            if room >= size:
                rest = [(start + size, room - size)] if room > size else []
                self.holes[place : place + 1] = rest
                self.taken[start] = size
                return start
        return None

    def give(self, start: int) -> None:
        """Give a piece back; it joins the holes on its sides.  KeyError if nobody has it."""
        size = self.taken.pop(start)
        place = bisect_left(self.holes, (start, 0))
        if place < len(self.holes) and self.holes[place][0] == start + size:
            size += self.holes.pop(place)[1]
        if place and sum(self.holes[place - 1]) == start:
            start, before = self.holes.pop(place - 1)
            size, place = size + before, place - 1
        self.holes.insert(place, (start, size))

    def held(self, start: int) -> int:
        """Slots of the piece that begins there."""
        return self.taken[start]


class Buddy:
    """So many slots, cut into powers of two; a request gets the next power of two."""

    def __init__(self, slots: int):
        if slots < 1:
            raise ValueError(f"a memory has at least one slot, not {slots}")
        self.slots = slots
        self.free: list[set[int]] = [set() for _ in range(slots.bit_length())]
        self.taken: dict[int, int] = {}  # start -> order
        start = 0
        for order in reversed(range(slots.bit_length())):  # the largest pieces first
            if slots >> order & 1:
                self.free[order].add(start)
                start += 1 << order

    def take(self, size: int) -> int | None:
        """The start of the smallest free power of two that holds ``size``; None if there is none."""
        if size < 1:
            raise ValueError(f"one asks for at least one slot, not {size}")
        wanted = (size - 1).bit_length()
        order = next((o for o in range(wanted, len(self.free)) if self.free[o]), None)
        if order is None:
            return None
        start = min(self.free[order])
        self.free[order].remove(start)
        while order > wanted:  # halve it; the upper half stays free
            order -= 1
            self.free[order].add(start + (1 << order))
        self.taken[start] = order
        return start

    def give(self, start: int) -> None:
        """Give a piece back; it joins its free twin, and so on.  KeyError if nobody has it."""
        order = self.taken.pop(start)
        while (twin := start ^ (1 << order)) in self.free[order]:
            self.free[order].remove(twin)
            start, order = min(start, twin), order + 1
        self.free[order].add(start)

    def held(self, start: int) -> int:
        """Slots of the piece that begins there."""
        return 1 << self.taken[start]
