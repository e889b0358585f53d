"""Windows against plain loops: every target once, with the past of its own document and no other."""
import pytest
import torch
from attngen.persian.windows import END, IGNORED, Blocks, NGrams, joined
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader

few = settings(max_examples=30)
lengths = st.lists(st.integers(0, 25), min_size=1, max_size=3)


def numbered(counts: list[int]) -> list[list[int]]:
    """Documents of so many tokens; no token occurs twice, so that each tells where it stands."""
    return [[100 * (number + 1) + i for i in range(count)] for number, count in enumerate(counts)]


def rows_of(documents) -> list[list[int]]:
    return [[END, *document, END] for document in documents]


def plain_blocks(documents, length: int, stride: int, fresh: bool) -> list[tuple[list[int], list[int]]]:
    """What ``Blocks`` gives, position by position."""
    found = []
    for row in rows_of(documents):
        ends = [min(length, len(row) - 1)]
        while ends[-1] < len(row) - 1:
            ends.append(min(ends[-1] + stride, len(row) - 1))
        for before, end in zip([0, *ends], ends):
            begin = max(0, end - length)
            targets = [row[p + 1] if not fresh or p >= before else IGNORED for p in range(begin, end)]
            found.append((row[begin:end], targets))
    return found


def items(windows) -> list[tuple[list[int], list[int] | int]]:
    return [(inputs.tolist(), targets.tolist()) for inputs, targets in (windows[i] for i in range(len(windows)))]


@few
@given(lengths, st.integers(2, 9))
def test_ngrams_are_those_of_a_plain_loop(counts, order):
    documents = numbered(counts)
    expected = []
    for row in rows_of(documents):
        padded = [END] * (order - 2) + row
        expected += [(padded[p : p + order - 1], padded[p + order - 1]) for p in range(len(row) - 1)]
    ngrams = NGrams(documents, order)
    assert items(ngrams) == expected
    assert len(ngrams) == ngrams.targets == sum(len(document) + 1 for document in documents) == len(ngrams.lengths)


@few
@given(lengths, st.integers(2, 9))
def test_no_ngram_crosses_from_one_document_to_the_next(counts, order):
    for context, target in items(NGrams(numbered(counts), order)):
        assert len({token // 100 for token in [*context, target] if token != END}) <= 1
        assert context == sorted(context)   # END comes before the tokens, never between them


@few
@given(lengths, st.integers(1, 20), st.data())
def test_blocks_are_those_of_a_plain_loop(counts, length, data):
    stride, fresh = data.draw(st.integers(1, length)), data.draw(st.booleans())
    documents = numbered(counts)
    blocks = Blocks(documents, length, stride, fresh)
    expected = plain_blocks(documents, length, stride, fresh)
    assert items(blocks) == expected
    assert blocks.targets == sum(target != IGNORED for _, targets in expected for target in targets)


@few
@given(lengths, st.integers(1, 20), st.data())
def test_no_block_crosses_from_one_document_to_the_next(counts, length, data):
    stride, fresh = data.draw(st.integers(1, length)), data.draw(st.booleans())
    for inputs, targets in items(Blocks(numbered(counts), length, stride, fresh)):
        assert len({token // 100 for token in inputs + targets if token > END}) <= 1
        assert END not in inputs[1:] and END not in targets[:-1]


@few
@given(lengths, st.integers(1, 20), st.data())
def test_sliding_windows_score_every_target_once(counts, length, data):
    stride = data.draw(st.integers(1, length))
    documents = numbered(counts)
    blocks = Blocks(documents, length, stride, fresh=True)
    found = [pair for inputs, targets in items(blocks) for pair in zip(inputs, targets) if pair[1] != IGNORED]
    assert sorted(found) == sorted(pair for row in rows_of(documents) for pair in zip(row, row[1:]))
    assert blocks.targets == len(found)


@few
@given(lengths, st.integers(2, 20))
def test_sliding_windows_show_at_least_half_of_their_length_before_a_target(counts, length):
    """Or all that there is: the newest token is the token's own place in its document."""
    for inputs, targets in items(Blocks(numbered(counts), length, length // 2, fresh=True)):
        for place, target in enumerate(targets):
            there_is = inputs[place] % 100 + 2 if inputs[place] else 1
            if target != IGNORED:
                assert place + 1 >= min(there_is, length - length // 2 + 1) >= min(there_is, length / 2)


@few
@given(lengths, st.integers(1, 20), st.data())
def test_training_blocks_show_every_target_and_score_all_they_show(counts, length, data):
    stride = data.draw(st.integers(1, length))
    documents = numbered(counts)
    found = items(Blocks(documents, length, stride))
    assert IGNORED not in [target for _, targets in found for target in targets]
    shown = {pair for inputs, targets in found for pair in zip(inputs, targets)}
    assert shown == {pair for row in rows_of(documents) for pair in zip(row, row[1:])}


@few
@given(lengths, st.integers(1, 20), st.data())
def test_a_batch_is_its_blocks_side_by_side_and_filled_up(counts, length, data):
    blocks = Blocks(numbered(counts), length, fresh=data.draw(st.booleans()))
    chosen = data.draw(st.lists(st.integers(0, len(blocks) - 1), min_size=1, max_size=4))
    single = [items(blocks)[i] for i in chosen]
    inputs, targets = blocks.batch(torch.tensor(chosen))
    for row, scored, (alone, wanted) in zip(inputs.tolist(), targets.tolist(), single, strict=True):
        rest = inputs.shape[1] - len(alone)
        assert row == alone + [END] * rest and scored == wanted + [IGNORED] * rest
    assert inputs.shape[1] == max(len(alone) for alone, _ in single)


@few
@given(lengths, st.integers(1, 40))
def test_lengths_are_those_of_the_blocks_rounded_up(counts, length):
    blocks = Blocks(numbered(counts), length)
    for block, rounded in zip(items(blocks), blocks.lengths.tolist(), strict=True):
        assert rounded % 16 == 0 and rounded - 16 < len(block[0]) <= rounded


def test_a_dataloader_gives_the_same_ngrams():
    ngrams = NGrams(numbered([5, 0, 3]), 4)
    [(contexts, targets)] = DataLoader(ngrams, batch_size=len(ngrams))
    expected = ngrams.batch(torch.arange(len(ngrams)))
    assert torch.equal(contexts, expected[0]) and torch.equal(targets, expected[1])


def test_one_row_holds_all_documents_and_where_they_begin():
    row, places = joined([[5, 6], [], [7]])
    assert row.tolist() == [END, 5, 6, END, END, END, END, 7, END] and places == [0, 4, 6]


@pytest.mark.parametrize("make", [lambda: NGrams([], 3), lambda: Blocks([], 3), lambda: joined([])])
def test_without_documents_there_are_no_windows(make):
    with pytest.raises(ValueError, match="there are no documents to take windows from"):
        make()


def test_windows_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="has order 2 or more, not 1"):
        NGrams([[1]], 1)
    for stride in (0, 5):
        with pytest.raises(ValueError, match=f"a stride of {stride} leaves tokens out: it must be 1 to 4"):
            Blocks([[1]], 4, stride)
