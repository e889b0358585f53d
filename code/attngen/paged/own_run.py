"""The experiment ``paged-sharing``: a real model writes several answers in shared blocks.

The simulation of ``paged-azure`` has to make up which beams win.  Here the book's own
transformer decides, in a paged cache, with prompts and answers about as long as the short ones of
Kwon et al. 2023 (arXiv 2309.06180), section 6.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pooch
import torch
from tqdm import tqdm

from attngen import results
from attngen.experiments import Context, Outcome
from attngen.nn import Decoder, DecoderConfig
from attngen.paged.decoding import Written, beam_search, sample_parallel
from attngen.paged.requests import Requests
from attngen.paged.sharing import savings
from attngen.persian.generation_report import load_samples
from attngen.persian.train import load_model
from attngen.persian.windows import END


@dataclass(frozen=True)
class SharingConfig:
    """model - a recorded experiment, or "" for a tiny model with random weights
    prompts, prompt, output - how many, and how many tokens each and its answers have
    """

    model: str = "persian-transformer"
    prompts: int = 20
    prompt: int = 19
    output: int = 58
    widths: tuple[int, ...] = (2, 4, 6)
    block_size: int = 16
    seeds: tuple[int, ...] = (0,)


SHARING_PRESETS = {
    "smoke": SharingConfig("", 2, 5, 6, block_size=2),
    "minute": SharingConfig(prompts=2),
    "cpu": SharingConfig(),
}


def model_and_prompts(config: SharingConfig) -> tuple[Decoder, list[list[int]]]:
    """The recorded transformer, and pieces of the test articles that its chapter shows."""
    if not config.model:
        torch.manual_seed(config.seeds[0])
        tiny = Decoder(DecoderConfig(vocabulary=20, dim=16, heads=2, layers=1, context=32)).eval()
        return tiny, torch.randint(1, 20, (config.prompts, config.prompt)).tolist()
    model, tokenizer = load_model(config.model)
    pieces = []
    for sample in load_samples()["samples"]:
        tokens = tokenizer.encode(sample["prompt"] + sample["real"])
        for start in range(0, len(tokens) - config.prompt + 2, config.prompt - 1):
            pieces.append([END, *tokens[start : start + config.prompt - 1]])
    if len(pieces) < config.prompts:
        raise ValueError(f"the recorded texts make {len(pieces)} prompts, not {config.prompts}")
    return model, pieces[: config.prompts]


def saved(runs: list[Written]) -> float:
    """Blocks saved over blocks without sharing, over all runs and steps."""
    return 1 - sum(sum(run.used) for run in runs) / sum(sum(run.tables) for run in runs)


def run_sharing(config: SharingConfig, context: Context) -> Outcome:
    """Blocks that parallel samples and beams share, and how many beams have children."""
    model, prompts = model_and_prompts(config)
    generator = torch.Generator().manual_seed(config.seeds[0])
    metrics: dict[str, float] = {}
    for width in config.widths:
        drawn, searched = [], []
        for prompt in tqdm(prompts, f"{width} answers", disable=not context.progress):
            noise = torch.rand(width, config.output, generator=generator)
            drawn.append(sample_parallel(model, prompt, noise, config.block_size))
            searched.append(beam_search(model, prompt, width, config.output, config.block_size))
        parents = [len(set(step)) for run in searched for step in run.parents[1:]]
        metrics |= {f"parallel_{width}": saved(drawn), f"beam_{width}": saved(searched),
                    f"parents_{width}": float(np.mean(parents))}  # fmt: skip
    lengths = (np.full(100, config.prompt), np.full(100, config.output))
    neutral = savings(Requests(*lengths), config.widths, config.seeds[0], config.block_size)
    metrics |= {f"neutral_{key}": value for key, value in neutral.items()}
    # In the neutral model a beam is left out by all w others with chance (1 - 1/w)^w.
    metrics |= {f"neutral_parents_{w}": w * (1 - (1 - 1 / w) ** w) for w in config.widths}
    data = {}
    if config.model:
        weights = results.load(config.model).path("model.safetensors")
        data[f"{config.model}/{weights.name}"] = "sha256:" + pooch.file_hash(str(weights))
    return Outcome(metrics, data=data)
