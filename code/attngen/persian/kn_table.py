"""A Kneser-Ney model in a few megabytes: rare n-grams left out, the rest in small numbers.

What an n-gram had of its own goes back to the share that the shorter context hands out, so that the
probabilities still sum to one (as in Stolcke 1998, "Entropy-based pruning of backoff language models", which
chooses better what to leave out).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from attngen.persian.kneser_ney import KneserNey, contexts_of
from attngen.persian.ngram_counts import NGramCounts

_SMALLEST = 2.0**-40  # share of an n-gram from which its whole count is taken off

def prune(model: KneserNey, counts: NGramCounts, least: Sequence[int]) -> KneserNey:
    """Keep only n-grams that occur ``least[order - 1]`` times or more; every single token is kept.

    The limits must not fall with the order: an n-gram without its context could not be found.
    """
    if len(least) != model.order or list(least) != sorted(least):
        wanted = f"one limit for each of {model.order} orders, none below the one before"
        raise ValueError(f"{wanted}: not {list(least)}")
    keys, alpha, gamma = [model.keys[0]], [model.alpha[0]], [model.gamma[0]]
    number = np.arange(model.vocabulary)  # of each context in the new table
    for length in range(1, model.order):
        kept = counts.counts[length] >= least[length]
        context, token = np.divmod(model.keys[length][kept], model.vocabulary)
        keys.append(number[context] * model.vocabulary + token)
        alpha.append(model.alpha[length][kept])
        gamma.append(1 - np.bincount(number[context], alpha[-1], len(keys[-2])))
        number = np.cumsum(kept) - 1
    return KneserNey(model.vocabulary, keys, alpha, gamma, model.discounts)


def save(model: KneserNey, path: Path) -> Path:
    """Write a model as safetensors, whole or not at all: about three bytes an n-gram; returns ``path``.

    Of each n-gram its last token is kept, and in one byte the logarithm of its alpha.  Which n-grams share a
    context tell two rows of bits: whether a context has n-grams at all, and whether an n-gram is its first.
    """
    if model.vocabulary > 2**16:
        raise ValueError(f"a table holds at most {2**16:,} tokens, not {model.vocabulary:,}")
    kept = {"alpha_1": model.alpha[0].astype(np.float32), "gamma_1": model.gamma[0].astype(np.float32)}
    for length in range(1, model.order):
        contexts, number = contexts_of(model.vocabulary, model.keys, length)
        begun = np.diff(contexts, prepend=-1) > 0
        used = np.zeros(number, dtype=bool)
        used[contexts] = True
        order = length + 1
        kept |= {f"token_{order}": (model.keys[length] % model.vocabulary).astype(np.uint16),
                 f"begun_{order}": np.packbits(begun), f"used_{order}": np.packbits(used)}  # fmt: skip
        kept[f"alpha_{order}"], kept[f"alpha_range_{order}"] = _in_a_byte(model.alpha[length])
        kept[f"gamma_{order}"], kept[f"gamma_range_{order}"] = _in_a_byte(model.gamma[length][used])
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        save_file(kept, unfinished)
        os.replace(unfinished, path)
    except (OSError, SafetensorError) as error:
        raise OSError(f"the table {path} could not be written ({error}); is the disk full?") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def load(path: Path) -> KneserNey:
    """The model that ``save`` wrote.  OSError where the file is missing, or is no such table."""
    try:
        kept = load_file(path)
        vocabulary = len(kept["alpha_1"])
        alpha, gamma = [kept["alpha_1"].astype(np.float64)], [kept["gamma_1"].astype(np.float64)]
        alpha[0] *= (1 - gamma[0]) / alpha[0].sum()
        keys = [np.arange(vocabulary)]
        while f"token_{len(keys) + 1}" in kept:
            order, number = len(keys) + 1, len(keys[-1])
            tokens = kept[f"token_{order}"].astype(np.int64)
            begun = np.unpackbits(kept[f"begun_{order}"], count=len(tokens))
            used = np.flatnonzero(np.unpackbits(kept[f"used_{order}"], count=number))
            contexts = used[np.cumsum(begun, dtype=np.int64) - 1]
            shares = _out_of_a_byte(kept[f"alpha_{order}"], kept[f"alpha_range_{order}"])
            gamma.append(np.ones(number))
            gamma[-1][used] = _out_of_a_byte(kept[f"gamma_{order}"], kept[f"gamma_range_{order}"])
            whole = np.bincount(contexts, shares, number)  # rounded: made to sum to one again
            alpha.append(shares * ((1 - gamma[-1]) / np.where(whole > 0, whole, 1))[contexts])
            keys.append(contexts * vocabulary + tokens)
        return KneserNey(vocabulary, keys, alpha, gamma)
    except FileNotFoundError as error:
        raise OSError(f"there is no table {path}") from error
    except (OSError, SafetensorError, KeyError, ValueError, IndexError) as error:
        advice = "get it again, or make it anew"
        raise OSError(f"the table {path} cannot be read ({error!r}); {advice}") from error


def _in_a_byte(shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logarithms of shares rounded to 256 steps, and the smallest and the largest of them."""
    logs = np.log(np.maximum(shares, _SMALLEST))
    ends = np.array([logs.min(), logs.max()] if len(logs) else [0, 0], dtype=np.float32)
    step = (ends[1] - ends[0]) / 255
    return np.rint((logs - ends[0]) / (step or 1)).clip(0, 255).astype(np.uint8), ends


def _out_of_a_byte(codes: np.ndarray, ends: np.ndarray) -> np.ndarray:
    low, high = ends.astype(np.float64)
    return np.minimum(np.exp(low + codes * ((high - low) / 255)), 1.0)
