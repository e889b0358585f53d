"""What a translator makes of its words under *every* choice of cross-attention heads.

Three layers of four heads have 2^12 choices.  One after another each would cost a pass through the decoder.
But choices that agree in the first layers share what happens there: they form a tree, and only its leaves,
which are the last layer, are as many as there are choices.  And in a layer the heads' shares of the output
projection are computed once; a choice only adds some of them up.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from attngen.heads.policy import all_masks
from attngen.heads.words.examples import Words, right_and_loss
from attngen.nn import EncoderDecoder, MultiHeadAttention, causal_mask


def head_shares(
    attention: MultiHeadAttention, x: Tensor, memory: Tensor, mask: Tensor
) -> Tensor:
    """What each head adds to the stream of x (B, T, dim), (heads, B, T, dim).

    A head's share is its output through its own columns of the output projection;
    the attention's answer is their sum, and the projection's bias.
    """
    keys, values = attention.keys_values(memory)
    query = attention.split(attention.query(x))
    torch_attention = torch.nn.functional.scaled_dot_product_attention
    out = torch_attention(query, keys, values, mask)  # (B, heads, T, width)
    weight = attention.output.weight.unflatten(1, (attention.heads, -1))
    return torch.einsum("bhtw,dhw->hbtd", out, weight)


class CrossTree:
    """A causal translator whose cross-attention heads are chosen in every way.

    masks - (2^(layers * heads), layers * heads): the choices, the first layer's heads
            first, in the order of ``all_masks``
    """

    def __init__(self, model: EncoderDecoder):
        if not model.config.causal:
            raise ValueError("the tree is for a causal decoder")
        self.model, self.layers = model, len(model.decoder)
        self.masks = all_masks(self.layers * model.config.heads)
        self._within = all_masks(model.config.heads)  # the choices in one layer

    @torch.no_grad()
    def answers(self, words: Words) -> Tensor:
        """Each word under each choice: right, and its loss, (choices, N, 2)."""
        found = []
        for _, batch in words.batches():
            memory, _ = self.model.encode(batch.source, batch.source_mask, fused=True)
            seen = batch.source_mask[:, None, None, :]
            x = self.model.embed(self.model.target_embedding, batch.inputs)
            leaves = []
            for logits in self._leaves(x, memory, seen, 0):
                right, losses = right_and_loss(logits, batch)
                leaves.append(torch.stack([right, losses.sum(-1)], -1))
            found.append(torch.cat(leaves))
        return torch.cat(found, 1)

    def _leaves(self, x: Tensor, memory: Tensor, seen: Tensor, number: int) -> Iterator[Tensor]:
        """Logits (choices within the last layer, B, T, vocabulary) below a stream x (B, T, dim)."""
        layer = self.model.decoder[number]
        x = x + layer.self_attention(layer.self_norm(x), mask=causal_mask(x.shape[1]), fused=True)[0]
        shares = head_shares(layer.cross_attention, layer.cross_norm(x), memory, seen)
        chosen = x + torch.tensordot(self._within.to(x), shares, 1) + layer.cross_attention.output.bias
        if number + 1 == self.layers:
            chosen = chosen + layer.ff(layer.ff_norm(chosen))
            yield self.model.output(self.model.decoder_norm(chosen))
            return
        for one in chosen:
            yield from self._leaves(one + layer.ff(layer.ff_norm(one)), memory, seen, number + 1)
