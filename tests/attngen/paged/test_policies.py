"""What is reserved and what is used: closed forms against counting, step by step."""
import numpy as np
import pytest
from attngen.data import DataError
from attngen.paged.azure_run import BLOCK_SIZES
from attngen.paged.policies import POLICIES, next_power_of_two, paged_utilisation, utilisation
from attngen.paged.requests import load_trace
from hypothesis import given
from hypothesis import strategies as st

LEFT_OUT = "left out: "
REQUESTS = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), min_size=1, max_size=8)


def arrays(pairs):
    return tuple(np.array(pairs, dtype=np.int64).T)


@given(REQUESTS, st.integers(1, 33))
def test_blocks_by_counting(pairs, size):
    used = sum(p + t for p, g in pairs for t in range(1, g + 1))
    held = sum(size * -(-(p + t) // size) for p, g in pairs for t in range(1, g + 1))
    assert paged_utilisation(size, *arrays(pairs), 200) == pytest.approx(used / held)


@given(REQUESTS)
def test_reservations_by_counting(pairs):
    used = sum(p + t for p, g in pairs for t in range(1, g + 1))
    size = {"max": lambda p, g: 128, "oracle": lambda p, g: p + g,
            "pow2": lambda p, g: min(128, p + 2 ** (g - 1).bit_length())}
    for name, reserve in size.items():
        held = sum(g * reserve(p, g) for p, g in pairs)
        assert utilisation(name, *arrays(pairs), 128) == pytest.approx(used / held)


@given(REQUESTS)
def test_who_knows_more_wastes_less(pairs):
    found = [utilisation(name, *arrays(pairs), 128) for name in ("max", "pow2", "oracle")]
    assert found == sorted(found) and 0.5 < found[-1] <= 1      # half of a growing piece is future at most
    paged = [paged_utilisation(size, *arrays(pairs), 128) for size in BLOCK_SIZES]
    assert paged[0] == 1 and all(b <= a + 1e-12 for a, b in zip(paged, paged[1:]))


@given(st.lists(st.integers(1, 10**6), min_size=1))
def test_powers_of_two(numbers):
    assert next_power_of_two(np.array(numbers)).tolist() == [1 << (n - 1).bit_length() for n in numbers]


@pytest.mark.parametrize("pairs, policy, message", [
    ([(100, 29)], "max", "a request of 129 tokens is over the limit of 128"),
    ([(0, 3)], "max", "at least one token"),
    ([(3, 3)], "best", "one of max, pow2, oracle, not 'best'"),
])
def test_what_cannot_be_is_refused(pairs, policy, message):
    with pytest.raises(ValueError, match=message):
        utilisation(policy, *arrays(pairs), 128)
    if policy in POLICIES:
        with pytest.raises(ValueError, match=message):
            paged_utilisation(16, *arrays(pairs), 128)
    with pytest.raises(ValueError, match="at least one token, not 0"):
        paged_utilisation(0, *arrays([(1, 1)]), 128)


def test_the_real_trace():
    try:
        trace = load_trace()
    except DataError:
        pytest.skip(LEFT_OUT + "the trace of requests is not on this machine")
    assert len(trace) == 19_366
    trace = trace.within(2048)
    assert len(trace) == 16_528
    found = [utilisation(name, trace.prompts, trace.outputs, 2048) for name in POLICIES]
    assert found == pytest.approx([0.534, 0.7955, 0.8634], abs=5e-4)
    assert paged_utilisation(16, trace.prompts, trace.outputs, 2048) == pytest.approx(0.993, abs=5e-4)
