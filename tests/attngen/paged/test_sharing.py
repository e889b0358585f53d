"""What sharing saves, against counting by hand."""
import numpy as np
import pytest
from attngen.paged.requests import Requests
from attngen.paged.sharing import Blocks, beams, parallel, savings


@pytest.mark.parametrize("answers", [2, 3, 6])
def test_parallel_samples_share_the_prompts_full_blocks(answers):
    blocks, prompt, output, size = Blocks(), 37, 50, 8
    parallel(blocks, prompt, output, answers, size)
    tables = answers * sum(-(-(prompt + t) // size) for t in range(1, output + 1))
    saved = output * (answers - 1) * (prompt // size)
    assert blocks.tables == tables and blocks.used == tables - saved


def test_one_answer_saves_nothing():
    for way in (parallel, lambda *a: beams(*a, np.random.default_rng(0))):
        blocks = Blocks()
        way(blocks, 20, 30, 1)
        assert blocks.saved == 0


def test_beams_save_more_than_samples_and_less_than_all():
    few = Requests(np.array([20, 40, 60]), np.array([60, 60, 60]))
    found = savings(few, (2, 4, 8), seed=0)
    for width in (2, 4, 8):
        assert 0 < found[f"parallel_{width}"] < found[f"beam_{width}"] < 1 - 1 / width


def test_the_law_of_one_minus_one_over_k():
    few = Requests(np.array([64]), np.array([40]))
    found = savings(few, (2, 4, 8), seed=0)
    shares = [found[f"parallel_{k}"] / (1 - 1 / k) for k in (2, 4, 8)]
    assert shares == pytest.approx([shares[0]] * 3)


def test_lengths_below_one_are_refused():
    with pytest.raises(ValueError, match="2 answers of 0 tokens to 5"):
        parallel(Blocks(), 5, 0, 2)
