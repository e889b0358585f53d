"""Crossings, bytes of caches, and the roofline."""
import math

import pytest
import torch
from attngen.cost import crossover, kv_bytes, roofline
from attngen.nn import KVCache
from hypothesis import given
from hypothesis import strategies as st


@given(st.floats(1.9, 1e6))
def test_at_the_crossing_both_cost_the_same_and_above_it_n_log_n_wins(ratio):
    length = crossover.against_n_log_n(ratio)
    assert length == pytest.approx(ratio * math.log2(length), rel=1e-9)
    assert length >= math.e - 1e-6   # the larger of the two solutions
    for more in (1.01, 2, 100):
        assert ratio * math.log2(more * length) < more * length


@given(st.integers(2, 3000))
def test_the_first_whole_length_that_wins_is_found_by_counting(ratio):
    length = crossover.against_n_log_n(ratio)
    last_loss = max(n for n in range(2, int(2 * length) + 3) if ratio * math.log2(n) >= n - 1e-9)
    assert last_loss <= length + 1e-6 < last_loss + 1 + 1e-6


@given(st.floats(1e-3, crossover.NEVER_DEARER))
def test_with_a_small_constant_it_always_wins(ratio):
    assert crossover.against_n_log_n(ratio) == 1.0
    assert all(ratio * math.log2(n) <= n + 1e-9 for n in range(1, 200))


def test_linformer_wins_from_twice_its_rank_on():
    assert crossover.against_linear(2, 256) == 512


@given(st.floats(257, 4095))
def test_between_measured_lengths_the_crossing_of_two_power_laws_is_found(crossing):
    lengths = [256, 512, 1024, 2048, 4096]
    quadratic, linear = [n**2 for n in lengths], [crossing * n for n in lengths]
    assert crossover.between_measured(lengths, quadratic, linear) == pytest.approx(crossing, rel=1e-9)


@pytest.mark.parametrize("rival", [[1, 1, 1], [9, 9, 9], [1, 1, 9]])
def test_a_crossing_that_was_not_measured_is_refused(rival):
    with pytest.raises(ValueError, match="slower at some measured length, and faster at the longest"):
        crossover.between_measured([1, 2, 4], [3, 3, 3], rival)


@pytest.mark.parametrize("ratio", [0, -1, float("nan"), float("inf")])
def test_a_ratio_that_is_none_is_refused(ratio):
    with pytest.raises(ValueError, match="positive number"):
        crossover.against_n_log_n(ratio)
    if not math.isinf(ratio):
        with pytest.raises(ValueError, match="positive numbers"):
            crossover.against_linear(ratio, 4)


def test_opt_13b_takes_800_kib_a_token_as_its_servers_say():
    assert kv_bytes.public("OPT-13B").bytes_per_token() == 800 * 1024 == 2 * 5120 * 40 * 2


@given(st.integers(1, 4), st.sampled_from([(1, 1), (4, 1), (4, 2), (4, 4)]), st.integers(1, 8), st.integers(1, 9))
def test_bytes_are_those_of_the_real_caches(layers, heads, width, length):
    shape = kv_bytes.ModelShape("ours", layers, *heads, width)
    total = 0
    for _ in range(layers):
        cache = KVCache(length)
        cache.append(*(torch.zeros(1, shape.kv_heads, length, width, dtype=torch.half) for _ in range(2)))
        total += cache.keys.nbytes + cache.values.nbytes
    assert total == length * shape.bytes_per_token(2)
    assert shape.ungrouped() == shape.bytes_per_token() * shape.heads // shape.kv_heads


@pytest.mark.parametrize("sizes", [(0, 8, 8, 64), (2, 8, 3, 64)])
def test_configurations_that_make_no_sense_are_refused(sizes):
    with pytest.raises(ValueError, match="wrong: sizes are positive and kv_heads divides heads"):
        kv_bytes.ModelShape("wrong", *sizes)
    with pytest.raises(KeyError, match="no configuration of 'GPT-9'; known: GPT-3 175B"):
        kv_bytes.public("GPT-9")


@given(st.floats(1e-3, 1e4), st.floats(1, 1e15), st.floats(1, 1e13))
def test_the_roof_is_the_lower_of_two_and_they_meet_at_the_balance(intensity, peak, bandwidth):
    speed = roofline.attainable(intensity, peak, bandwidth)
    assert speed <= peak and speed <= intensity * bandwidth and speed in (peak, intensity * bandwidth)
    assert roofline.attainable(peak / bandwidth, peak, bandwidth) == pytest.approx(peak)


@given(st.sampled_from([(8, 1), (8, 2), (8, 8), (4, 2)]), st.integers(10**4, 10**5))
def test_sharing_raises_the_intensity_of_decoding_by_as_much_as_it_shrinks_the_cache(heads, context):
    shared = roofline.decode(context, 64, *heads, 2)
    alone = roofline.decode(context, 64, heads[0], heads[0], 2)
    assert shared.flops == alone.flops
    assert shared.intensity / alone.intensity == pytest.approx(heads[0] / heads[1], rel=1e-2)


@given(st.integers(2**12, 2**16), st.sampled_from([16, 64, 128]), st.sampled_from([1, 8]))
def test_written_scores_bound_the_intensity_whatever_the_length(length, width, heads):
    written = roofline.dense(length, length, width * heads, heads, 4)
    assert written.intensity <= width / 6 and written.intensity > 0.9 * width / 6 / (1 + width / length)
    assert roofline.fused(length, length, width * heads, heads, 4).intensity == pytest.approx(length / 4)


@given(st.sampled_from([1, 2]), st.integers(1, 6), st.integers(1, 6), st.integers(1, 4))
def test_what_decoding_moves_is_the_cache_the_query_and_the_output(heads, context, width, size):
    dim = heads * width
    expected = (2 * context * dim + 2 * dim) * size
    assert roofline.decode(context, dim, heads, heads, size).bytes == expected
