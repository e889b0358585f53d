"""Greedy decoding of the Pig-Latin transformer: the plain loop, and the one with a key/value cache."""

from __future__ import annotations

import torch
from torch import Tensor

from attngen.nn import EncoderDecoder, KVCache
from attngen.piglatin.data import EOS, SOS, decode, encode


def pad_words(words, device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
    """Tokens (B, S) of the words, each with <EOS>, and the mask (B, S) of real tokens."""
    if not words:
        raise ValueError("at least one word is needed")
    rows = [encode(word) + [EOS] for word in words]
    length = max(map(len, rows))
    tokens = torch.tensor([row + [EOS] * (length - len(row)) for row in rows], device=device)
    lengths = torch.tensor([len(row) for row in rows], device=device)
    return tokens, torch.arange(length, device=device) < lengths[:, None]


@torch.no_grad()
def greedy_naive(
    model: EncoderDecoder, source: Tensor, source_mask: Tensor, length: int, fused: bool = False
) -> Tensor:
    """The likeliest next token, again and again, running the decoder over the whole prefix each time.

    source (B, S) and its mask -> (B, length) tokens; every token after an <EOS> is <EOS>.
    Step t costs t positions, so a word of T letters costs T (T + 1) / 2 of them.
    fused - use torch's attention kernel in the decoder instead of the book's own
    """
    memory, _ = model.encode(source, source_mask, fused=True)
    tokens = torch.full_like(source[:, :1], SOS)
    done = torch.zeros_like(source_mask[:, 0])
    for _ in range(length):
        logits, _ = model.decode(tokens, memory, source_mask, fused=fused)
        token = logits[:, -1].argmax(-1).masked_fill(done, EOS)
        tokens = torch.cat([tokens, token[:, None]], dim=1)
        done = done | (token == EOS)
        if done.all():
            break
    return _pad(tokens[:, 1:], length)


@torch.no_grad()
def greedy_cached(
    model: EncoderDecoder, source: Tensor, source_mask: Tensor, length: int
) -> Tensor:
    """The same tokens as ``greedy_naive``, computing every position once.

    Under a causal mask the keys and values of earlier positions never change, so
    each layer keeps them; those of the source are projected once.
    Raises ValueError for a non-causal decoder, whose earlier positions do change.
    """
    if not model.config.causal:
        raise ValueError("a cache needs a causal decoder: others change their past")
    memory, _ = model.encode(source, source_mask, fused=True)
    # Laid out head by head once; else every step would copy them into that order.
    crosses = [
        tuple(t.contiguous() for t in layer.cross_attention.keys_values(memory))
        for layer in model.decoder
    ]
    pasts = [KVCache(length) for _ in model.decoder]
    memory_mask = source_mask[:, None, None, :]
    token = torch.full_like(source[:, 0], SOS)
    done, written = torch.zeros_like(source_mask[:, 0]), []
    for position in range(length):
        x = model.embed(model.target_embedding, token[:, None], start=position)
        for layer, past, cross in zip(model.decoder, pasts, crosses, strict=True):
            x = layer.step(x, past, cross, memory_mask)
        logits = model.output(model.decoder_norm(x))[:, 0]
        token = logits.argmax(-1).masked_fill(done, EOS)
        written.append(token)
        done = done | (token == EOS)
        if done.all():
            break
    return _pad(torch.stack(written, dim=1), length)


def _pad(tokens: Tensor, length: int) -> Tensor:
    """(B, up to length) -> (B, length), filled with <EOS>."""
    return torch.nn.functional.pad(tokens, (0, length - tokens.shape[1]), value=EOS)


def translate(model: EncoderDecoder, words, length: int = 32, batch_size: int = 1024) -> list[str]:
    """Pig Latin of each word, as the model has it.

    Raises ValueError on a word that is not made of a-z and hyphens, or is longer than the model reads.
    """
    words = list(words)
    limit = model.config.max_length - 1
    length = min(length, model.config.max_length)
    if too_long := [word for word in words if len(word) > limit]:
        raise ValueError(f"the model reads words of at most {limit} letters; too long: {too_long[0]!r}")
    device, loop = model.output.weight.device, greedy_cached if model.config.causal else greedy_naive
    was_training = model.training
    model.eval()
    answers = []
    for start in range(0, len(words), batch_size):
        source, mask = pad_words(words[start : start + batch_size], device)
        answers += [decode(row) for row in loop(model, source, mask, length).tolist()]
    model.train(was_training)
    return answers
