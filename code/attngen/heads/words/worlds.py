"""Two worlds in which a policy can try heads: one where all is known, and one where the model must be asked.

State: what is known of a word before the model has run.  Action: a mask of heads.  Quality: 1 if the model
then writes the whole translation, else 0.  An episode is one action long, so this is a bandit, not a game of
many moves.
"""

from __future__ import annotations

import torch
from torch import Tensor

from attngen.heads.gates import HeadGates
from attngen.heads.policy import number_of
from attngen.heads.words.cross_tree import CrossTree
from attngen.heads.words.examples import RIGHT, Words, right_and_loss

VOWELS = "aeiou"


@torch.no_grad()
def states(words: Words) -> Tensor:
    """What is known of each word without running a layer, (N, features).

    The model's embeddings of its first two letters, and a tenth of its length: what
    many words share.  A state that told every word apart could be learned by heart.
    """
    embedding, pairs = words.model.source_embedding, words.pairs
    length = (pairs.source_length[:, None] - 1) / 10  # without <EOS>
    return torch.cat([embedding(pairs.source[:, 0]), embedding(pairs.source[:, 1]), length], 1)


def begins_with_vowel(words: Words) -> Tensor:
    """(N,), boolean: nothing of such a word moves (unless a hyphen starts it anew)."""
    return torch.tensor([word[0] in VOWELS for word, _ in words.pairs.pairs])


class Table:
    """All cross-attention masks of the words tried beforehand: a look instead of a run.

    right - (choices, N);  heads - how many there are to choose from
    """

    def __init__(self, words: Words):
        tree = CrossTree(words.model)
        self.masks, self.heads = tree.masks, tree.masks.shape[1]
        self.right = tree.answers(words)[..., RIGHT]

    def __call__(self, masks: Tensor, inputs: Tensor) -> Tensor:
        """masks (..., B, heads), word numbers (B,) -> quality (..., B)"""
        return self.right[number_of(masks), inputs]


class Model:
    """The model itself, on all of its heads, each word under a mask of its own."""

    def __init__(self, words: Words):
        self.words, self.gates = words, HeadGates.of(words.model)
        layers, heads = self.gates.shape
        self.heads = layers * heads

    @torch.no_grad()
    def __call__(self, masks: Tensor, inputs: Tensor) -> Tensor:
        """masks (K, B, heads), word numbers (B,) -> quality (K, B)"""
        batch = self.words.pairs.batch(inputs.repeat(len(masks)))
        self.gates.values = masks.view(-1, *self.gates.shape)
        with self.gates:
            right, _ = right_and_loss(self.words.logits(batch), batch)
        return right.view(masks.shape[:-1])
