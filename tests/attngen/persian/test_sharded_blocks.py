"""Blocks out of token files are those of ``windows.Blocks``, whatever file an article is in."""
import json

import numpy as np
import pytest
import torch
from attngen.persian.bpe import train_bpe
from attngen.persian.sharded_blocks import ShardedBlocks
from attngen.persian.shards import TokenFiles
from attngen.persian.windows import END, Blocks
from attngen.training import TrainConfig, epoch_batches
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=30)
shards_of_lengths = st.lists(st.lists(st.integers(0, 40), max_size=3), min_size=1, max_size=3).filter(any)


def written(folder, lengths: list[list[int]], vocabulary: int = 257) -> tuple[TokenFiles, list[list[int]]]:
    """Training articles of so many tokens in each shard, and the same articles in one list."""
    train_bpe(["ا"], vocabulary).save(folder / "tokenizer.json")
    (folder / "done.json").write_text(json.dumps({"shards": len(lengths)}))
    documents = []
    for number, shard in enumerate(lengths):
        mine = [[1 + (7 * n + i + number) % 250 for i in range(count)] for n, count in enumerate(shard)]
        row = [token for document in mine for token in [END, *document]] + [END]
        np.array(row, np.uint16).tofile(folder / f"train-{number:05d}.tokens")
        np.array([[count, 9] for count in shard], np.uint32).tofile(folder / f"train-{number:05d}.index")
        documents += mine
    return TokenFiles(folder, "train"), documents


@few
@given(shards_of_lengths, st.integers(1, 20), st.data())
def test_blocks_are_those_of_the_articles_in_memory(tmp_path_factory, lengths, length, data):
    files, documents = written(tmp_path_factory.mktemp("tokens"), lengths)
    stride = data.draw(st.integers(1, length))
    found, expected = ShardedBlocks(files, length, stride), Blocks(documents, length, stride)
    assert len(found) == len(expected) and found.targets == expected.targets
    assert torch.equal(found.lengths, expected.lengths)
    everything = torch.arange(len(found))
    chosen = everything[torch.randperm(len(found))[:5]]
    for indices in (everything, chosen, chosen[:1]):
        for ours, theirs in zip(found.batch(indices), expected.batch(indices), strict=True):
            assert torch.equal(ours, theirs) and ours.dtype == torch.int64
    assert all(map(torch.equal, found[0], expected[0]))


def test_batches_by_length_hold_blocks_of_one_length(tmp_path):
    files, _ = written(tmp_path, [[40, 3, 0, 17], [], [33]])
    blocks = ShardedBlocks(files, 32)
    for indices in epoch_batches(blocks.lengths, TrainConfig(batch_size=2, by_length=True), torch.Generator()):
        assert len(set(blocks.lengths[indices].tolist())) == 1
        assert blocks.batch(indices)[0].shape[1] <= blocks.lengths[indices[0]]


def test_a_block_costs_a_few_bytes_of_memory_whatever_its_tokens(tmp_path):
    files, documents = written(tmp_path, [[4000] * 5])
    blocks = ShardedBlocks(files, 1000)
    held = [value for value in vars(blocks).values() if isinstance(value, np.ndarray)]
    assert sum(array.nbytes for array in held) <= 16 * len(blocks)   # lengths, a tensor, 8 more
    assert blocks.targets == sum(len(document) + 1 for document in documents) + 5 * 999   # the last blocks overlap


def test_blocks_that_make_no_sense_are_refused(tmp_path):
    files, _ = written(tmp_path, [[3]])
    for stride in (0, 5):
        with pytest.raises(ValueError, match=f"a stride of {stride} leaves tokens out: it must be 1 to 4"):
            ShardedBlocks(files, 4, stride)
    nothing, _ = written(tmp_path, [[]])
    with pytest.raises(ValueError, match="there are no documents to take windows from"):
        ShardedBlocks(nothing, 4)
