"""Training examples out of documents: n-grams, and blocks of tokens.  None crosses from one article to the next.

A document of tokens t1 … tN is read as END t1 … tN and has to predict t1 … tN END: every token has a
probability given only what came before it, and so has the end.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.utils.data import Dataset

END = 0  # the token between documents
IGNORED = -100  # a target that is not scored (torch's own mark)
STEP = 16  # lengths are rounded up to multiples of it

Documents = Sequence[Sequence[int]]


def joined(documents: Documents, device: torch.device | str = "cpu") -> tuple[Tensor, list[int]]:
    """END t1 … tN END of all documents in one row, and the place where each begins.

    Raises ValueError where there is no document.
    """
    if not documents:
        raise ValueError("there are no documents to take windows from")
    tokens, places = [], []
    for document in documents:
        places.append(len(tokens))
        tokens += [END, *document, END]
    return torch.tensor(tokens, dtype=torch.long, device=device), places


class NGrams(Dataset):
    """Every n-gram: the ``order - 1`` tokens before a token, and the token.

    ``ngrams[i]`` is (context (order - 1,), next token ()).  Before a document's
    first token stands END, as often as the context needs it.
    """

    def __init__(
        self,
        documents: Documents,
        order: int,
        device: torch.device | str = "cpu",
    ):
        if order < 2:
            need = "an n-gram with a context has order 2 or more"
            raise ValueError(f"{need}, not {order}")
        self.order = order
        self.tokens, places = joined(documents, device)
        counts = torch.tensor([len(document) + 1 for document in documents])
        first = torch.tensor(places).repeat_interleave(counts)
        within = torch.cat([torch.arange(count) for count in counts])
        # (N,) each: where a target's document begins, where its newest context
        # token stands, and how many targets an example has.
        self.first = first.to(device)
        self.newest = self.first + within.to(device)
        self.lengths = torch.ones(len(first), dtype=torch.long)

    def __len__(self) -> int:
        return len(self.newest)

    @property
    def targets(self) -> int:
        """How many tokens are predicted in all."""
        return len(self)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        contexts, targets = self.batch(torch.tensor([index]))
        return contexts[0], targets[0]

    def batch(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Contexts (B, order - 1) and the next tokens (B,)."""
        indices = indices.to(self.newest.device)
        back = torch.arange(2 - self.order, 1, device=self.newest.device)
        newest, first = self.newest[indices, None], self.first[indices, None]
        places = torch.maximum(newest + back, first)
        return self.tokens[places], self.tokens[self.newest[indices] + 1]


class Blocks(Dataset):
    """Pieces of ``length`` tokens, with a target at every position; short at the end of a short document.

    stride - how far one block begins after the one before it; the last block of a document ends with it
    fresh  - score each target once, in the first block that shows it: sliding windows, to measure.
             Otherwise every block scores all it shows: the same token again, with another past, to train.

    ``blocks[i]`` is (inputs, targets), each (T,) with T <= length; targets that do not count are IGNORED.
    """

    def __init__(
        self, documents: Documents, length: int, stride: int | None = None, fresh: bool = False,
        device: torch.device | str = "cpu",
    ):  # fmt: skip
        stride = length if stride is None else stride
        if not 1 <= stride <= length:
            raise ValueError(f"a stride of {stride} leaves tokens out: it must be 1 to {length}")
        self.length = length
        self.tokens, places = joined(documents, device)
        rows = []  # (begin, first scored position, end) in the joined row; the end is not included
        for place, document in zip(places, documents, strict=True):
            count = len(document) + 1  # inputs, and as many targets
            end = 0
            while end < count:
                before, end = end, min(end + (stride if end else length), count)
                begin = max(0, end - length)
                rows.append((place + begin, place + (before if fresh else begin), place + end))
        self.rows = torch.tensor(rows, device=device)
        # Rounded up, for batches "by length": similar blocks together, which leaves little to fill.
        self.lengths = (self.rows[:, 2] - self.rows[:, 0]).cpu().add(STEP - 1) // STEP * STEP

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def targets(self) -> int:
        """How many targets count in all."""
        return int((self.rows[:, 2] - self.rows[:, 1]).sum())

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        inputs, targets = self.batch(torch.tensor([index]))
        return inputs[0], targets[0]

    def batch(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs and targets of several blocks, each (B, T) for the longest of them; END fills what is left."""
        begin, scored, end = self.rows[indices.to(self.rows.device)].T[..., None]
        places = begin + torch.arange(int((end - begin).max()), device=self.tokens.device)
        inside = (places + 1).clamp(max=len(self.tokens) - 1)
        inputs = self.tokens[inside - 1].masked_fill(places >= end, END)
        counted = (places >= scored) & (places < end)
        return inputs, self.tokens[inside].masked_fill(~counted, IGNORED)
