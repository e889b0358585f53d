"""The formula of the count against the real module, for any shapes, and the exercise's numbers."""
import pytest
import torch
from attngen.additive import counting, sheet
from attngen.additive.counting import Shape, build, count, derivation, learned, shared_out
from hypothesis import given, settings
from hypothesis import strategies as st

many = settings(max_examples=60, deadline=None)
dims = st.integers(1, 40)


@many
@given(dims, dims, dims, dims, st.integers(1, 5), st.none() | dims, st.booleans(), st.booleans())
def test_the_formula_is_what_the_module_learns(query, key, value, hidden, heads, output, bias, project):
    shape = Shape(query, key, value, hidden, heads, output, bias, project)
    assert count(shape) == learned(build(shape))


@many
@given(dims, dims, dims, dims, st.integers(1, 5), dims)
def test_symbols_become_the_numbers(query, key, value, hidden, heads, output):
    c = counting
    symbolic = count(Shape(c.q, c.k, c.v, c.m, c.h, c.o))
    found = symbolic.subs({c.q: query, c.k: key, c.v: value, c.m: hidden, c.h: heads, c.o: output})
    assert found == count(Shape(query, key, value, hidden, heads, output))
    assert found == heads * hidden * (query + key + value + 1 + output)


def test_the_exercises_counts():
    found = sheet.counts()
    assert found["plain"] == 3 * (20 * 100 + 10 * 100 + 100 + 30 * 100) + 300 * 50 == 33_300
    assert found["biases"] == 33_300 + 3 * 300 + 50 == 34_250
    assert found["raw_values"] == 3 * 3_100 + 90 * 50 == 13_800
    assert found["dot"] == found["plain"] - 300
    assert found["general"] == 3 * (20 * 10 + 30 * 100) + 300 * 50
    assert sheet.useful_biases() == 350


@pytest.mark.parametrize("name", [name for name, shape in sheet.readings().items() if shape.score == "additive"])
def test_every_additive_reading_is_a_module_that_runs(name):
    shape = sheet.readings()[name]
    with torch.device("meta"):
        given = [torch.empty(2, sheet.POSITIONS, width) for width in (shape.query, shape.key, shape.value)]
    module = build(shape)
    out, weights = module(*given)
    assert weights.shape == (2, 3, 64, 64) and learned(module) == count(shape)
    assert out.shape == (2, 64, shape.output or 300)


def test_dot_and_general_are_their_linear_maps():
    def linear(a, b):
        return learned(torch.nn.Linear(a, b, bias=False))

    values = 3 * linear(30, 100) + linear(300, 50)
    assert sheet.counts()["dot"] == 3 * (linear(20, 100) + linear(10, 100)) + values
    assert sheet.counts()["general"] == 3 * linear(20, 10) + values


def test_biases_that_can_be_merged_change_nothing():
    torch.manual_seed(0)
    layer = counting.AdditiveAttention(4, 3, 5, 6, 2, 7, bias=True).double()
    x = [torch.randn(2, length, width, dtype=torch.double) for length, width in ((3, 4), (4, 3), (4, 5))]
    before = layer(*x)[0]
    with torch.no_grad():
        layer.query.bias += layer.key.bias
        layer.output.bias += layer.output.weight @ layer.value.bias
        layer.key.bias.zero_()
        layer.value.bias.zero_()
    torch.testing.assert_close(layer(*x)[0], before)
    kept = [layer.query.bias, layer.output.bias]
    assert sum(bias.numel() for bias in kept) == sheet.useful_biases(Shape(4, 3, 5, 6, 2, 7))


def test_the_derivation_ends_with_the_sum():
    lines = derivation(sheet.SHEET).splitlines()
    assert [line.split()[0] for line in lines] == ["W^Q", "W^K", "v", "W^V", "W^O", "sum"]
    assert lines[-1].endswith("= 33,300") and "3 x (20 x 100) = 6,000" in " ".join(lines[0].split())
    c = counting
    assert derivation(Shape(c.q, c.k, c.v, c.m, c.h, c.o)).endswith("h*m*(k + o + q + v + 1)")


@pytest.mark.parametrize(("change", "words"), [
    ({"query": 0}, "query must be a whole number from 1 on, not 0"),
    ({"hidden": 33.5}, "hidden must be .* not 33.5"),
    ({"output": -1}, "output must be .* not -1"),
    ({"score": "cosine"}, "additive, dot, general, not 'cosine'"),
])
def test_impossible_shapes_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        Shape(**{"query": 2, "key": 2, "value": 2, "hidden": 2} | change)


def test_other_impossible_requests_are_refused():
    with pytest.raises(ValueError, match="100 columns are not 3 equal heads; 99 or 102 would be"):
        shared_out(100, 3)
    with pytest.raises(ValueError, match="5 heads need at least one column each"):
        shared_out(4, 5)
    assert shared_out(99, 3) == 33
    with pytest.raises(ValueError, match="only additive attention .* not 'dot'"):
        build(Shape(2, 2, 2, 2, score="dot"))
