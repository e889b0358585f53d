"""The simulated server against one that does every step, with the real block manager."""
import math

import numpy as np
import pytest
from attngen.paged.contiguous import Buddy, FirstFit
from attngen.paged.manager import BlockManager
from attngen.paged.memories import Paged, Reserving
from attngen.paged.policies import POLICIES
from attngen.paged.requests import Requests
from attngen.paged.server import simulate
from attngen.paged.serving import Machine, arrivals
from hypothesis import given, settings
from hypothesis import strategies as st

MACHINE = Machine(weight_bytes=100.0, token_bytes=2.0, bandwidth=50.0, flops=400.0, swap_bandwidth=8.0)
PAIRS = st.lists(st.tuples(st.integers(1, 20), st.integers(1, 20)), min_size=1, max_size=12)


def requests_of(pairs):
    return Requests(*np.array(pairs, dtype=np.int64).T)


class Blocks:
    """A block manager asked step by step."""

    def __init__(self, slots, size, spare):
        self.manager, self.spare = BlockManager(slots // size, size, share_prefix=False), spare

    def fits(self, name, tokens, running, lengths):
        manager = self.manager
        next_ones = sum(manager.blocks_for(lengths[r] + 1) for r in running)
        needed = manager.blocks_for(tokens + 1)
        return next_ones + needed + (self.spare if running else 0) <= len(manager.pool)

    def enter(self, name, tokens):
        self.manager.allocate(name, [0] * tokens)

    def can_step(self, running):
        wanting = sum(self.manager.length(r) % self.manager.block_size == 0 for r in running)
        return wanting <= self.manager.free_blocks

    def step(self, running):
        for r in running:
            self.manager.append(r, 0)

    def leave(self, name):
        self.manager.free(name)


class Pieces:
    """One piece for each request."""

    def __init__(self, slots, policy, limit, kind):
        self.memory, self.policy, self.limit, self.starts = kind(slots), POLICIES[policy], limit, {}

    def fits(self, name, tokens, running, lengths):
        prompt, output = self.pairs[name]
        size = int(self.policy(np.array([prompt]), np.array([output]), self.limit)[0])
        start = self.memory.take(size)
        if start is not None:
            self.starts[name] = start
        return start is not None

    def enter(self, name, tokens):
        pass

    def can_step(self, running):
        return True

    def step(self, running):
        pass

    def leave(self, name):
        self.memory.give(self.starts.pop(name))


def step_by_step(pairs, times, memory):
    """When each request is done: the same server, one step after another."""
    memory.pairs, finished, done = pairs, {}, [0] * len(pairs)
    running, queue, now = [], list(range(len(pairs))), 0.0
    while queue or running:
        new = []
        while queue and times[queue[0]] <= now:
            head = queue[0]
            lengths = {r: pairs[r][0] + done[r] for r in running}
            if not memory.fits(head, pairs[head][0] + done[head], running, lengths):
                break
            queue.pop(0)
            running.append(head)
            new.append(head)
            memory.enter(head, pairs[head][0] + done[head])
        running.sort()
        if new:
            now += MACHINE.read_seconds(sum(pairs[n][0] + done[n] for n in new))
            memory.step(new)
            for n in new:
                done[n] += 1
        elif not running:
            now = max(now, times[queue[0]])
        elif not memory.can_step(running):
            latest = running.pop()
            memory.leave(latest)
            queue.insert(0, latest)
        else:
            tokens = sum(pairs[r][0] + done[r] for r in running)
            now += MACHINE.read_seconds(len(running)) + tokens * MACHINE.cache_seconds()
            memory.step(running)
            for r in running:
                done[r] += 1
        for r in [r for r in running if done[r] >= pairs[r][1]]:
            finished[r] = now
            running.remove(r)
            memory.leave(r)
    return [finished[r] for r in range(len(pairs))]


@settings(max_examples=60)
@given(PAIRS, st.sampled_from([1, 2, 4, 8]), st.sampled_from([0.05, 0.5, math.inf]), st.integers(48, 120))
def test_jumping_over_steps_changes_nothing_for_blocks(pairs, size, rate, slots):
    times = arrivals(len(pairs), rate, 1)
    report = simulate(requests_of(pairs), times, MACHINE, Paged(slots, size, watermark=0.1))
    right = step_by_step(pairs, times, Blocks(slots, size, int(0.1 * (slots // size))))
    assert report.finished.tolist() == pytest.approx(right)


@settings(max_examples=40)
@given(PAIRS, st.sampled_from(list(POLICIES)), st.sampled_from([0.05, math.inf]), st.sampled_from([FirstFit, Buddy]))
def test_jumping_over_steps_changes_nothing_for_pieces(pairs, policy, rate, kind):
    times = arrivals(len(pairs), rate, 2)
    report = simulate(requests_of(pairs), times, MACHINE, Reserving(130, policy, 40, kind))
    right = step_by_step(pairs, times, Pieces(130, policy, 40, kind))
    assert report.finished.tolist() == pytest.approx(right)


def crowd(count=60, seed=0):
    random = np.random.default_rng(seed)
    return Requests(random.integers(1, 40, count), random.integers(1, 40, count))


@pytest.mark.parametrize("memory", [Paged(200, 4), Reserving(200, "oracle", 80), Reserving(200, "max", 80, Buddy)])
def test_the_parts_of_the_memory_make_one(memory):
    report = simulate(crowd(), arrivals(60, math.inf, 0), MACHINE, memory)
    assert sum(report.parts.values()) == pytest.approx(1) and min(report.parts.values()) >= -1e-9
    assert np.isfinite(report.finished).all() and report.batch > 0 and report.throughput > 0


def test_blocks_hold_more_requests_than_reservations():
    times = arrivals(60, math.inf, 0)
    batches = [simulate(crowd(), times, MACHINE, memory).batch for memory in
               (Reserving(200, "max", 80), Reserving(200, "oracle", 80), Paged(200, 4))]
    assert batches == sorted(batches)


def test_preempted_requests_come_back_by_either_way():
    times = arrivals(60, math.inf, 0)
    for swap in (False, True):
        report = simulate(crowd(), times, MACHINE, Paged(100, 4, watermark=0.0), swap)
        assert report.preempted > 0 and np.isfinite(report.finished).all()


@pytest.mark.parametrize("call, message", [
    (lambda: Paged(64, 4).check(np.array([60]), np.array([5])), "16 blocks of 4 cannot hold 65 tokens"),
    (lambda: Reserving(64, "max", 80).check(np.array([1]), np.array([1])), "64 slots cannot hold a request"),
    (lambda: Paged(64, 0), "1 to 64 tokens, not 0"),
    (lambda: Reserving(64, "best", 80), "not 'best'"),
])
def test_what_can_never_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
