"""How far and how widely heads look, against double sums, and where the answer is known beforehand."""
import math

import numpy as np
import pytest
import torch
from attngen.vision import maps
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

grids = st.tuples(st.integers(1, 5), st.integers(1, 5))


def rows(*shape: int, seed: int = 0) -> torch.Tensor:
    """Attention weights with rows that sum to 1."""
    return torch.from_numpy(np.random.default_rng(seed).dirichlet(np.ones(shape[-1]), size=shape[:-1]))


@given(grids, st.integers(1, 20))
def test_distances_are_those_between_the_middles_of_patches(grid, patch):
    height, width = grid
    places = [(row * patch, column * patch) for row in range(height) for column in range(width)]
    expected = [[math.dist(a, b) for b in places] for a in places]
    np.testing.assert_allclose(maps.distances(grid, patch), expected, atol=1e-6)


@settings(max_examples=30)
@given(grids, st.integers(0, 2), st.integers(0, 9))
def test_mean_distance_is_the_double_sum(grid, others, seed):
    patches, patch = grid[0] * grid[1], 16
    attn = rows(2, patches + others, patches + others, seed=seed)
    apart, expected = maps.distances(grid, patch), []
    for head in attn:
        lengths = []
        for query in range(patches):
            weights = head[others + query, others:]
            lengths.append(sum(weights[key] * apart[query, key] for key in range(patches)) / weights.sum())
        expected.append(sum(lengths) / patches)
    np.testing.assert_allclose(maps.mean_distance(attn, grid, patch), expected, atol=1e-9)


def test_known_distances():
    patches = torch.eye(9)
    assert maps.mean_distance(patches, (3, 3), 16) == 0  # each looks at itself
    beside = torch.eye(9)[[1, 2, 1, 4, 5, 4, 7, 8, 7]]  # each at a patch beside it
    assert maps.mean_distance(beside, (3, 3), 16) == 16
    even = torch.full((4, 4), 0.25)  # of 2x2 patches: itself, two beside, one across
    assert maps.mean_distance(even, (2, 2), 16).item() == pytest.approx((0 + 16 + 16 + 16 * 2**0.5) / 4)


def test_a_patch_that_looks_at_cls_alone_does_not_count():
    attn = torch.tensor([[1.0, 0, 0], [1, 0, 0], [0, 1, 0]])  # [CLS], and 1x2 patches
    assert maps.mean_distance(attn, (1, 2), 8) == 8


@given(arrays.arrays(np.float64, (3, 6), elements=st.floats(0.01, 1)))
def test_entropy_is_the_mean_over_rows(weights):
    weights = weights / weights.sum(-1, keepdims=True)
    expected = -(weights * np.log(weights)).sum(-1).mean()
    found = maps.entropy(torch.from_numpy(weights)).item()
    assert found == pytest.approx(expected)
    assert -1e-9 <= found <= math.log(6) + 1e-9


def test_known_entropies():
    assert maps.entropy(torch.eye(5)) == 0
    assert maps.entropy(torch.full((5, 5), 0.2)).exp().item() == pytest.approx(5)
    assert maps.entropy(rows(4, 2, 7, 7)).shape == (4, 2)
