"""How well a model predicts text: nats, perplexity, bits a character.

Perplexity is exp(nats a token) (Jelinek et al. 1977).  It compares models that share one vocabulary; a
model with longer tokens has fewer and harder ones.  Bits a character divide the same total by something
that no tokenizer can change (Graves 2013, arXiv 1308.0850, measures characters so).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from attngen.nn import Decoder
from attngen.persian.models import NeuralNGram
from attngen.persian.windows import IGNORED, Blocks, Documents, NGrams


def token_nats(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    """The nats (K,) of all targets that count, in blocks (B, T) or n-grams (B,)."""
    inputs, targets = batch
    if targets.dim() == 1:  # n-grams: the token after the last position
        scored = torch.zeros_like(inputs, dtype=torch.bool)
        scored[:, -1] = True
    else:
        scored = targets != IGNORED
        targets = targets[scored]
    logits = model(inputs, scored).float()
    return nn.functional.cross_entropy(logits, targets, reduction="none")


def summed_nats(model: nn.Module, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """The loss of ``training.fit``: the sum over the targets, and how many they are."""
    nats = token_nats(model, batch)
    return nats.sum(), torch.tensor(float(len(nats)), device=nats.device)


@torch.no_grad()
def target_nats(model: nn.Module, windows: Blocks | NGrams, batch: int = 8192) -> Tensor:
    """The nats (N,) of every target, in the order of the text.  ``batch`` is in tokens, padding included."""
    length = windows.order if isinstance(windows, NGrams) else windows.length
    was_training = model.training
    model.eval()
    groups = torch.arange(len(windows)).split(max(1, batch // length))
    nats = [token_nats(model, windows.batch(indices)).double().cpu() for indices in groups]
    model.train(was_training)
    return torch.cat(nats)


def total_nats(model: nn.Module, windows: Blocks | NGrams, batch: int = 8192) -> tuple[float, int]:
    """Nats of all targets together, and how many they are."""
    nats = target_nats(model, windows, batch)
    return nats.sum().item(), len(nats)


def sliding(
    model: nn.Module,
    documents: Documents,
    length: int,
    device="cpu",
) -> Blocks | NGrams:
    """The windows in which a model is measured: each target once.

    Before it stands at least half of ``length`` where the document has as much, or
    just the tokens that an n-gram model can see.  ValueError where the window is
    longer than what a transformer was made for.
    """
    if isinstance(model, NeuralNGram):
        return NGrams(documents, model.context + 1, device)
    if isinstance(model, Decoder) and model.context < length:
        raise ValueError(f"a window of {length} tokens is longer than the model's context of {model.context}")
    return Blocks(documents, length, max(1, length // 2), fresh=True, device=device)


def characters(texts: Sequence[str]) -> int:
    """Characters of some documents, their ends counted as one each."""
    return sum(len(text) + 1 for text in texts)


def measures(nats: float, tokens: int, characters: int, prefix: str = "") -> dict[str, float]:
    """Perplexity and bits a character of ``tokens`` targets that cost ``nats`` and stand for ``characters``."""
    if min(tokens, characters) < 1:
        raise ValueError(f"nothing was measured: {tokens} tokens, {characters} characters")
    return {
        f"{prefix}bits_per_char": nats / math.log(2) / characters,
        f"{prefix}perplexity": math.exp(nats / tokens),
        f"{prefix}nats_per_token": nats / tokens,
    }
