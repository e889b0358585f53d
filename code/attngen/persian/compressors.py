"""What a general compressor makes of the test articles: language models that were written as programs.

A model's bits are the length of a message that an arithmetic coder would send with it (Shannon 1948; MacKay
2003, chapter 6), so that a compressor can be put beside it.  It may see the training articles first: what the
test articles cost is the length of both together, less that of the training articles alone.
"""

from __future__ import annotations

import bz2
import lzma
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pyppmd
import zstandard

from attngen.experiments import Context, Outcome
from attngen.persian import corpus
from attngen.persian.evaluate import characters
from attngen.persian.tokens import TextConfig, texts_of

_MEMORY = 1 << 30  # bytes that a PPM model may fill; where it were full, it would begin anew


def window(data: bytes) -> int:
    """The smallest power of two that looks back over the whole of ``data``, at least 64 KiB."""
    return 1 << max(16, (len(data) - 1).bit_length())


def xz(data: bytes) -> bytes:
    """LZMA2 at its strongest, with a dictionary as long as the data; no container around it."""
    best = {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": window(data)}
    return lzma.compress(data, lzma.FORMAT_RAW, filters=[best])


def zstd(data: bytes) -> bytes:
    """Zstandard at level 22, with a window over the whole data and long-distance matching."""
    settings = zstandard.ZstdCompressionParameters.from_level(
        22, window_log=window(data).bit_length() - 1, enable_ldm=True, write_checksum=0
    )
    return zstandard.ZstdCompressor(compression_params=settings).compress(data)


def ppmd(data: bytes, order: int = 6) -> bytes:
    """PPM, variant H of D. Shkarin: each byte is predicted from up to ``order`` bytes before it."""
    encoder = pyppmd.Ppmd7Encoder(order, min(_MEMORY, max(1 << 20, 64 * len(data))))
    return encoder.encode(data) + encoder.flush()


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "xz": xz, "zstd": zstd, "bz2": lambda data: bz2.compress(data, 9), "ppmd": ppmd,
}  # fmt: skip


def joined(texts: Sequence[str]) -> bytes:
    """Documents as one row of bytes, each with a zero behind it, which no text contains."""
    if broken := next((text for text in texts if "\0" in text), None):
        raise ValueError(f"a document contains the zero byte that is to end it: {broken[:40]!r}")
    return "".join(text + "\0" for text in texts).encode()


def cost(
    compress: Callable[[bytes], bytes], texts: Sequence[str], before: Sequence[str] = (),
    known: int | None = None,
) -> float:  # fmt: skip
    """Bits a character that ``texts`` cost after ``before``; their ends count as one character each.

    known - bytes that ``before`` alone is compressed to, if that was found out already
    """
    if not texts:
        raise ValueError("there are no documents to compress")
    if known is None:
        known = len(compress(joined(before))) if before else 0
    return 8 * (len(compress(joined([*before, *texts]))) - known) / characters(texts)


@dataclass(frozen=True)
class CompressorConfig:
    """orders - of the PPM model; the one that is best on the validation articles is measured on test"""

    text: TextConfig = field(default_factory=TextConfig)
    orders: tuple[int, ...] = (6, 8, 10, 12, 16, 24)
    seeds: tuple[int, ...] = (0,)  # nothing is drawn


def run_compressors(config: CompressorConfig, context: Context) -> Outcome:
    """Every compressor on the test articles, after the training articles and alone."""
    parts = texts_of(config.text)
    train, validation, test = (parts[part] for part in ("train", "validation", "test"))
    history = []
    for order in config.orders:
        found = cost(lambda data, order=order: ppmd(data, order), validation, train)
        history.append({"ppmd_order": order, "val_bits_per_char": found})
    order = min(history, key=lambda row: row["val_bits_per_char"])["ppmd_order"]
    chosen = COMPRESSORS | {"ppmd": lambda data: ppmd(data, order)}
    metrics: dict[str, float] = {}
    for name, compress in chosen.items():
        began = time.perf_counter()
        known = len(compress(joined(train)))
        metrics[f"seconds_{name}"] = time.perf_counter() - began
        metrics[f"validation_bits_per_char_{name}"] = cost(compress, validation, train, known)
        metrics[f"test_bits_per_char_{name}"] = cost(compress, test, train, known)
        metrics[f"test_bits_per_char_{name}_alone"] = cost(compress, test)
    metrics["test_bits_per_char"] = min(metrics[f"test_bits_per_char_{name}"] for name in chosen)
    metrics["test_bits_per_char_utf8"] = 8 * len(joined(test)) / characters(test)
    metrics |= {f"{part}_characters": characters(texts) for part, texts in parts.items()}
    metrics["ppmd_order"] = order
    data = corpus.data_record(config.text.source)
    metrics["on_wikipedia"] = float(any("wikipedia" in name for name in data))
    return Outcome(metrics, history, data=data)


COMPRESSOR_PRESETS = {
    "smoke": CompressorConfig(TextConfig("book", limit=20_000), orders=(4, 6)),
    "minute": CompressorConfig(TextConfig("at-hand", limit=400_000)),
    "cpu": CompressorConfig(),
}
