"""A benchmark: tokens a second in training and in writing, and what the transformer's cache saves.

Everything is timed in one run; the ratios change much less from machine to machine than the times.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

import pooch
import torch
from torch import nn

from attngen import results
from attngen.benchmark import timed
from attngen.experiments import Context, Outcome
from attngen.nn import DecoderConfig
from attngen.persian.evaluate import summed_nats
from attngen.persian.generate import continue_tokens, longest
from attngen.persian.models import NeuralNGramConfig, RecurrentConfig
from attngen.persian.sampling import Sampling, uniform_noise
from attngen.persian.train import ModelConfig, load_model, make_model
from attngen.persian.windows import Blocks, NGrams
from attngen.training import TrainConfig, make_optimizer

RECORDED = {"ngram": "persian-ngram", "gru": "persian-gru", "transformer": "persian-transformer"}


@dataclass(frozen=True)
class LmSpeedConfig:
    """batch, tokens - texts written at once, and how long each is
    recorded   - write with the recorded models; else with fresh weights of the shapes below
    batch_size, length - a training batch: so many blocks of so many tokens
    """

    batch: int = 16
    tokens: int = 256
    repeats: int = 3
    recorded: bool = True
    train_batches: int = 6
    batch_size: int = 16
    length: int = 256
    ngram: NeuralNGramConfig = field(default_factory=NeuralNGramConfig)
    gru: RecurrentConfig = field(default_factory=RecurrentConfig)
    transformer: DecoderConfig = field(default_factory=DecoderConfig)
    seeds: tuple[int, ...] = (0,)


def shape_of(config: LmSpeedConfig, name: str) -> ModelConfig:
    return getattr(config, name)


def training_speed(model: nn.Module, config: LmSpeedConfig, vocabulary: int, device) -> float:
    """Targets a second through forward, backward and an optimizer step, on random tokens."""
    documents = torch.randint(1, vocabulary, (config.batch_size, config.length - 1)).tolist()
    context = getattr(model, "context", None)
    if context and longest(model) is None:
        windows = NGrams(documents, context + 1, device)
    else:
        windows = Blocks(documents, config.length, device=device)
    batch = windows.batch(torch.arange(len(windows)))  # all of it: the same number of targets for every model
    model.train()
    optimizer = make_optimizer(model, TrainConfig())

    def steps(count: int) -> None:
        for _ in range(count):
            optimizer.zero_grad()
            summed, targets = summed_nats(model, batch)
            (summed / targets).backward()
            optimizer.step()

    steps(1)  # warm up
    seconds, _ = timed(steps, config.train_batches)
    return config.train_batches * config.batch_size * config.length / seconds


def run_lm_speed(config: LmSpeedConfig, context: Context) -> Outcome:
    """Time writing with all three models, of the transformer with and without its cache, and training."""
    device = context.accelerator.device
    torch.manual_seed(config.seeds[0])
    noise = uniform_noise(config.batch, config.tokens, torch.Generator().manual_seed(config.seeds[0]))
    prompts = [[]] * config.batch
    metrics: dict[str, float] = {"batch": config.batch, "tokens": config.tokens}
    data = {}
    for name, experiment in RECORDED.items():
        if config.recorded:
            model = load_model(experiment)[0].to(device)
            path = results.load(experiment).path("model.safetensors")
            data[f"{experiment}/{path.name}"] = "sha256:" + pooch.file_hash(str(path))
        else:
            model = make_model(shape_of(config, name)).to(device).eval()
        kinds = {"cached": True, "uncached": False} if name == "transformer" else {"cached": True}
        continue_tokens(model, prompts, noise[:, :8], Sampling(), stop_at_end=False)  # warm up
        times: dict[str, list[float]] = {kind: [] for kind in kinds}
        answers = {}
        for _ in range(config.repeats):
            for kind, cached in kinds.items():
                spent, answers[kind] = timed(
                    continue_tokens, model, prompts, noise, Sampling(), cached, stop_at_end=False
                )
                times[kind].append(spent)
        median = {kind: statistics.median(seconds) for kind, seconds in times.items()}
        metrics[f"{name}_tokens_per_second"] = config.batch * config.tokens / median["cached"]
        if "uncached" in kinds:
            metrics |= {f"{kind}_seconds": seconds for kind, seconds in median.items()}
            metrics["cached_over_uncached"] = median["uncached"] / median["cached"]
            same = torch.tensor(answers["cached"]) == torch.tensor(answers["uncached"])
            metrics["same_tokens"] = same.float().mean().item()
        vocabulary = model.embedding.num_embeddings
        metrics[f"{name}_train_tokens_per_second"] = training_speed(model, config, vocabulary, device)
    return Outcome(metrics, data=data)


_TINY = {
    "ngram": NeuralNGramConfig(dim=16, order=4, hidden=16),
    "gru": RecurrentConfig(dim=16, hidden=16),
    "transformer": DecoderConfig(dim=16, heads=2, layers=2, context=16),
}
SPEED_PRESETS = {
    "smoke": LmSpeedConfig(2, 24, 1, False, 1, 2, 16, **_TINY),
    "minute": LmSpeedConfig(tokens=96, repeats=1, recorded=False, train_batches=1),
    "cpu": LmSpeedConfig(),
    "gpu": LmSpeedConfig(train_batches=50),
}
