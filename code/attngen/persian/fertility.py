"""How a tokenizer cuts words: tokens a word, whole words, the zero-width non-joiner's place, idle tokens.

Fertility is the mean number of tokens a word (Rust et al. 2021, arXiv 2012.15613).  A word is a piece of
``pretokenize`` that holds a letter, with the space before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from attngen.persian.bpe import BPE, SMALLEST
from attngen.persian.pretokenize import count_words

ZWNJ = "\u200c"
PLACES = ("after", "before", "inside", "alone", "cut")
_LETTERS = 4  # of a word that is long enough to be misspelled in the middle


def is_word(piece: str) -> bool:
    """Whether a piece holds a letter."""
    return any(character.isalpha() for character in piece)


def prefix(model: BPE, size: int) -> BPE:
    """The tokenizer that the same training would have made with fewer ids: its first merges.

    Raises ValueError if that is less than the bytes and characters take.
    """
    start = SMALLEST + len(model.characters)
    if size < start:
        raise ValueError(f"{start} ids are bytes and characters; there is no tokenizer of {size} in this one")
    return BPE(model.merges[: size - start], model.unit, model.characters)


def fertility(pieces: Mapping[str, int], cut: Callable[[str], Sequence]) -> dict[str, float]:
    """Tokens a word, share of words in one token, and characters a token; the last counts all pieces.

    cut - a piece -> its tokens.  Raises ValueError where there is no word.
    """
    lengths = {piece: len(cut(piece)) for piece in pieces}
    words = {piece: count for piece, count in pieces.items() if is_word(piece)}
    if not words:
        raise ValueError("there is no word to measure")
    total = sum(words.values())
    return {
        "tokens_per_word": sum(lengths[word] * count for word, count in words.items()) / total,
        "whole_words": sum(count for word, count in words.items() if lengths[word] == 1) / total,
        "characters_per_token": sum(len(piece) * count for piece, count in pieces.items())
        / sum(lengths[piece] * count for piece, count in pieces.items()),
    }


def zwnj_places(tokens: Sequence[bytes]) -> list[str]:
    """For each zero-width non-joiner in the tokens of a word, where it stands.

    after  - at the end of a token that it shares with what precedes it, as in «می‌» + «شود»
    before - at the beginning of a token that it shares with what follows, as in «کتاب» + «‌ها»
    inside - in a token with letters on both sides;  alone - a token of its own
    cut    - its three bytes are in more than one token
    """
    word, code = b"".join(tokens), ZWNJ.encode()
    ends, edge = {0}, 0
    for token in tokens:
        edge += len(token)
        ends.add(edge)
    found, start = [], word.find(code)
    while start >= 0:
        stop = start + len(code)
        if ends & set(range(start + 1, stop)):
            found.append("cut")
        else:
            found.append((("inside", "after"), ("before", "alone"))[start in ends][stop in ends])
        start = word.find(code, stop)
    return found


def zwnj_shares(model: BPE, pieces: Mapping[str, int]) -> dict[str, float]:
    """Share of the zero-width non-joiners at each of ``PLACES``; all 0 where there is none."""
    places: Counter[str] = Counter()
    for piece, count in pieces.items():
        if ZWNJ in piece:
            for place in zwnj_places([model.vocabulary[i] for i in model.encode(piece)]):
                places[place] += count
    return {f"zwnj_{place}": places[place] / max(1, places.total()) for place in PLACES}


def is_partial(token: bytes) -> bool:
    """Whether bytes begin or end within a character."""
    return "\ufffd" in token.decode("utf-8", "replace") and "\ufffd".encode() not in token


def usage(model: BPE, pieces: Mapping[str, int]) -> Counter[int]:
    """How often each id occurs in a text, by its pieces."""
    used: Counter[int] = Counter()
    for piece, count in pieces.items():
        for i in model.encode(piece):
            used[i] += count
    return used


def idle(
    model: BPE, train: Mapping[str, int], validation: Mapping[str, int], often: int = 100
) -> dict[str, float]:
    """How much of a vocabulary works.

    unused  - ids, the end of a document left out, that validation text never uses
    rare    - share of the ids that training text uses fewer than ``often`` times
    partial - share of the validation's tokens that are not whole characters;  partial_ids - of the vocabulary
    """
    in_train, in_validation = usage(model, train), usage(model, validation)
    partial = {i for i, token in enumerate(model.vocabulary) if is_partial(token)}
    return {
        "unused": sum(in_validation[i] == 0 for i in range(1, model.size)),
        "rare": sum(in_train[i] < often for i in range(1, model.size)) / (model.size - 1),
        "partial": sum(in_validation[i] for i in partial) / in_validation.total(),
        "partial_ids": len(partial) / model.size,
        "train_tokens": in_train.total(),
    }


def swapped(word: str) -> str:
    """A word with two letters in its middle exchanged, the first two from there that differ; or the word."""
    letters = list(word)
    for place in range(len(letters) // 2, len(letters) - 1):
        if letters[place] != letters[place + 1]:
            letters[place : place + 2] = letters[place + 1], letters[place]
            break
    return "".join(letters)


def misspelled(model: BPE, pieces: Mapping[str, int]) -> dict[str, float]:
    """Tokens a word of long enough words, and of the same words with two letters exchanged."""
    long = {word: count for word, count in pieces.items() if sum(map(str.isalpha, word)) >= _LETTERS}
    total = max(1, sum(long.values()))
    forms = {"spelled": long.items(), "misspelled": [(swapped(word), count) for word, count in long.items()]}
    return {
        f"{name}_tokens_per_word": sum(len(model.encode(word)) * count for word, count in words) / total
        for name, words in forms.items()
    }


# What the same text looks like where nobody has normalized it.
FORMS: dict[str, Callable[[str], str]] = {
    "arabic_letters": lambda text: text.replace("ی", "ي").replace("ک", "ك"),
    "zwnj_left_out": lambda text: text.replace(ZWNJ, ""),
    "zwnj_as_space": lambda text: text.replace(ZWNJ, " "),
}


def forms(model: BPE, texts: Sequence[str]) -> dict[str, float]:
    """How many times as many tokens a text takes in each of ``FORMS``."""
    tokens = usage(model, count_words(texts)).total()
    found = {name: usage(model, count_words(map(form, texts))) for name, form in FORMS.items()}
    return {f"tokens_with_{name}": used.total() / tokens for name, used in found.items()}
