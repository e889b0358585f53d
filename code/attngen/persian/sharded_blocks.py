"""Blocks of tokens for training, read from token files batch by batch: the corpus is never in memory."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from attngen.persian.shards import TokenFiles
from attngen.persian.windows import END, IGNORED, STEP


class ShardedBlocks(Dataset):
    """What ``windows.Blocks`` gives for the same articles, in the same order.

    For each block it remembers three numbers; its tokens are read from the disk when a batch has it.
    """

    def __init__(
        self, articles: TokenFiles, length: int, stride: int | None = None, device: torch.device | str = "cpu"
    ):  # fmt: skip
        stride = length if stride is None else stride
        if not 1 <= stride <= length:
            raise ValueError(f"a stride of {stride} leaves tokens out: it must be 1 to {length}")
        if not len(articles):
            raise ValueError("there are no documents to take windows from")
        self.articles, self.length, self.device = articles, length, device
        counts = articles.counts + 1  # inputs, and as many targets
        blocks = 1 + -(-np.maximum(counts - length, 0) // stride)  # of each article
        article = np.repeat(np.arange(len(counts)), blocks)
        number = np.arange(len(article)) - np.repeat(np.cumsum(blocks) - blocks, blocks)  # within its article
        end = np.minimum(length + number * stride, counts[article])
        self.sizes = np.minimum(end, length).astype(np.int32)
        self.begins = articles.starts[article] + end - self.sizes
        self.file = articles.file[article].astype(np.int32)
        # Rounded up, for batches "by length", as ``windows.Blocks`` has it.
        self.lengths = torch.from_numpy(-(-self.sizes // STEP) * STEP).long()

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def targets(self) -> int:
        """How many targets count in all."""
        return int(self.sizes.sum(dtype=np.int64))

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        inputs, targets = self.batch(torch.tensor([index]))
        return inputs[0], targets[0]

    def batch(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs and targets of several blocks, (B, T) for the longest of them; END fills what is left."""
        chosen = indices.numpy()
        shape = len(chosen), int(self.sizes[chosen].max())
        inputs, targets = np.full(shape, END, np.int64), np.full(shape, IGNORED, np.int64)
        for row, block in enumerate(chosen):
            begin, size = self.begins[block], self.sizes[block]
            piece = self.articles.files[self.file[block]][begin : begin + size + 1]
            inputs[row, :size], targets[row, :size] = piece[:-1], piece[1:]
        return torch.from_numpy(inputs).to(self.device), torch.from_numpy(targets).to(self.device)
