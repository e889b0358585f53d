"""The recorded experiments of the Persian chapters that measure text, tokenizers, counts and samples."""

from __future__ import annotations

from dataclasses import replace

from attngen.experiments import Experiment, register
from attngen.persian.bpe_run import BPE_PRESETS, check_bpe, run_bpe
from attngen.persian.bpe_speed import BPE_SPEED_PRESETS, run_bpe_speed
from attngen.persian.compressors import COMPRESSOR_PRESETS, run_compressors
from attngen.persian.generation_report import GENERATION_PRESETS, run_generation
from attngen.persian.kn_run import KN_PRESETS, check_kn, run_kn
from attngen.persian.kn_vocabularies import VOCABULARY_PRESETS, run_vocabularies
from attngen.persian.lm_speed import SPEED_PRESETS, run_lm_speed
from attngen.persian.mixture import MixtureConfig, run_mixture
from attngen.persian.text_report import TEXT_PRESETS, run_text
from attngen.persian.text_speed import TEXT_SPEED_PRESETS, run_text_speed

_MIXTURE = MixtureConfig()

for _experiment in (
    Experiment("persian-text", "what each cleaning step removes; articles, words, lemmas", TEXT_PRESETS, run_text),
    Experiment("persian-text-speed", "megabytes a second of each cleaning step and of hazm", TEXT_SPEED_PRESETS, run_text_speed),
    Experiment("persian-bpe", "byte-pair encodings of several sizes, by bytes and by characters", BPE_PRESETS, run_bpe, check_bpe),
    Experiment("persian-bpe-speed", "seconds to learn merges: ours, the textbook's loop, a library", BPE_SPEED_PRESETS, run_bpe_speed),
    Experiment("persian-kn5", "n-gram models with Kneser-Ney smoothing, orders one to five", KN_PRESETS, run_kn, check_kn),
    Experiment("persian-vocabularies", "one n-gram model on vocabularies of several sizes", VOCABULARY_PRESETS, run_vocabularies),
    Experiment("persian-compressors", "xz, zstd, bzip2 and PPMd as models of the same text", COMPRESSOR_PRESETS, run_compressors),
    Experiment(
        "persian-mixture",
        "each recorded neural model mixed with Kneser-Ney",
        {"minute": replace(_MIXTURE, recorded=_MIXTURE.recorded[-1:]), "cpu": _MIXTURE},
        run_mixture,
    ),
    Experiment("persian-generation", "how recorded models go on with held-out articles", GENERATION_PRESETS, run_generation),
    Experiment("persian-speed", "tokens a second: training, and writing with a cache and without", SPEED_PRESETS, run_lm_speed),
):  # fmt: skip
    register(_experiment)
