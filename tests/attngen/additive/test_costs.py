"""Operations and bytes of the scores against torch's counter and against arrays of known size."""
import gc

import pytest
import torch
from attngen.additive import costs
from attngen.additive.costs import cost
from attngen.additive.memory import kept_bytes, peak_bytes
from attngen.cost.counter import counted_flops
from attngen.nn.additive import additive_scores
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=25, deadline=None)
sizes = st.integers(1, 12)


def meta(*shape, **options):
    return torch.empty(*shape, device="meta", **options)


@few
@given(st.integers(2, 12), st.integers(2, 12))  # of a single number torch makes no product
def test_multiply_adds_are_what_torch_counts(length, width):
    query, key, vector = meta(length, width), meta(length, width), meta(width)
    assert counted_flops(lambda: query @ key.T) == 2 * cost("dot", length, width).multiply_adds
    assert counted_flops(additive_scores, query, key, vector) == 2 * cost("additive", length, width).multiply_adds
    matrix = meta(width, width)
    assert counted_flops(lambda: query @ matrix @ key.T) == 2 * cost("general", length, width).multiply_adds


@few
@given(st.integers(2, 12), sizes, st.integers(1, 12))
def test_the_largest_array_decides_the_peak(length, width, rows):
    query, key, vector = meta(length, width), meta(length, width), meta(width)
    pairs = 4 * length**2
    assert peak_bytes(lambda: query @ key.T) == pairs
    # the hidden layer, and the scores that are made from it
    assert peak_bytes(additive_scores, query, key, vector) == 4 * cost("additive", length, width).largest + pairs
    rows = min(rows, length)
    assert peak_bytes(additive_scores, query, key, vector, rows=rows) <= 4 * rows * length * width + 2 * pairs


def test_blocks_keep_nothing_for_the_backward_pass_but_the_scores():
    query, key, vector = (meta(*shape, requires_grad=True) for shape in ((64, 8), (64, 8), (8,)))
    assert kept_bytes(additive_scores, query, key, vector) == 4 * 64 * 64 * (8 + 1)
    assert kept_bytes(additive_scores, query, key, vector, rows=4) == 4 * 64 * 64


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_bytes_are_counted_while_they_live_and_once(device):
    x = torch.ones(100, device=device)

    def work():
        y = x + 1  # 400 bytes
        view = y[:50]  # none
        z = view * 2  # 200
        del y, view
        gc.collect()
        return z + z  # 200 more, 400 free again

    assert peak_bytes(work) == 600
    assert kept_bytes(work) == 200
    assert peak_bytes(lambda: x[:10]) == 0


def test_the_table_has_a_line_for_each_score():
    lines = costs.table().splitlines()
    assert [line.split()[0] for line in lines] == ["score", "dot", "general", "additive"]
    assert lines[3].split()[1:] == ["m*n^2"] * 4
    with pytest.raises(ValueError, match="dot, general or additive, not 'cosine'"):
        cost("cosine")
