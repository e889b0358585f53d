"""The same cut and the same training with Hugging Face's ``tokenizers``, to compare, and to export to it.

Theirs write bytes as printable characters (GPT-2's table), and order the first symbols by their characters.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from attngen.persian.bpe import BPE, END, Pair
from attngen.persian.pretokenize import PATTERN

END_NAME = "<end>"
_FIRST = 0x4E00  # a range of 20,000 characters, from which symbols take theirs


def cut() -> pre_tokenizers.PreTokenizer:
    """``pretokenize`` as a part of a Hugging Face tokenizer.

    Their ``\\w`` holds combining marks and leaves out fractions and the like: in scripts other than
    the Arabic, Latin, Greek and Cyrillic some words are cut otherwise.
    """
    return pre_tokenizers.Split(Regex(PATTERN.pattern), "isolated")


def spell(model: BPE, word: str) -> str:
    """A word with one character for each symbol it has before the merges, in the order of their ids."""
    return "".join(chr(_FIRST + symbol) for symbol in model.symbols(word))


def spelled_texts(model: BPE, words: Counter[str], length: int = 100_000) -> list[str]:
    """Words as often as they were counted, spelled and with spaces between, in texts of about ``length``."""
    texts, line, size = [], [], 0
    for word, count in words.items():
        spelled = spell(model, word)
        for _ in range(count):
            line.append(spelled)
            size += len(spelled)
            if size > length:
                texts.append(" ".join(line))
                line, size = [], 0
    return [*texts, " ".join(line)]


def train_theirs(model: BPE, texts: Iterable[str], size: int, least: int = 2) -> Tokenizer:
    """Their byte-pair training on spelled texts; the ids are those of ``train_bpe``.

    model - one without merges, which tells the symbols
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=size, min_frequency=least, special_tokens=[END_NAME], show_progress=False,
        initial_alphabet=[chr(_FIRST + symbol) for symbol in range(1, model.size)],
    ))  # fmt: skip
    return tokenizer


def their_merges(tokenizer: Tokenizer) -> list[Pair]:
    """The merges of a tokenizer of theirs as pairs of ids, in the order learned."""
    model = json.loads(tokenizer.to_str())["model"]
    return [(model["vocab"][first], model["vocab"][second]) for first, second in model["merges"]]


def exported(model: BPE) -> Tokenizer:
    """A byte-level tokenizer for Hugging Face's libraries: the same cut, merges and ids.

    Raises ValueError for one of characters, whose bytes their format would have to mix with characters.
    """
    if model.unit != "byte":
        raise ValueError(f"a tokenizer over bytes can be exported, not one with unit={model.unit!r}")
    printable = sorted(pre_tokenizers.ByteLevel.alphabet())
    own = [letter for letter in printable if ord(letter) < 256]  # bytes that stand for themselves
    strange = iter(letter for letter in printable if ord(letter) >= 256)
    letters = [chr(byte) if chr(byte) in own else next(strange) for byte in range(256)]
    names = ["".join(letters[byte] for byte in token) for token in model.vocabulary]
    names[END] = END_NAME
    vocabulary = {name: i for i, name in enumerate(names)}
    merges = [(names[first], names[second]) for first, second in model.merges]
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    as_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([cut(), as_bytes])
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer
