"""What leaving words out does to a language model: the same small model on each version of the text.

Perplexities of two versions cannot be compared (one text lacks its easiest words), nor bits a character of
different characters.  What can be compared is the cost of *one original text*: the nats of the whole
document, and per article; and the samples, side by side.
"""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass, field, replace

import torch

from attngen.experiments import Context, Outcome
from attngen.nn import DecoderConfig
from attngen.persian import corpus
from attngen.persian.evaluate import measures, sliding, total_nats
from attngen.persian.generate import generate
from attngen.persian.sampling import Sampling
from attngen.persian.tokens import TextConfig, encoded
from attngen.persian.train import LanguageModelConfig, only_seed, train_model
from attngen.training import TrainConfig


@dataclass(frozen=True)
class VersionsConfig:
    """model - what is trained on each version;  prompts - how many beginnings are continued"""

    versions: tuple[str, ...] = corpus.VERSIONS
    text: TextConfig = field(default_factory=TextConfig)
    model: DecoderConfig = field(default_factory=DecoderConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    length: int = 128
    prompts: int = 4
    tokens: int = 40
    seeds: tuple[int, ...] = (0,)


def prompt_of(text: str, words: int = 6) -> str:
    """The first words of a text."""
    return " ".join(text.split()[:words])


def compare_versions(config: VersionsConfig, context: Context) -> Outcome:
    """Train the same model on every version; one history row a version and epoch."""
    metrics: dict[str, float] = {}
    history, samples = [], []
    seed = only_seed(context)
    for version in config.versions:
        text = replace(config.text, version=version)
        data = encoded(text)
        lengths = (config.length,) * 3
        run = LanguageModelConfig("transformer", text, config.model, config.train, *lengths)
        model, rows = train_model(run, data, context, seed, f"-{version}")
        history += [{"version": version} | row for row in rows]
        test = data.documents["test"]
        nats, count = total_nats(model, sliding(model, test, config.length, context.accelerator.device))
        found = measures(nats, count, data.characters["test"], "test_")
        found |= {
            "test_nats_per_article": nats / len(test),
            "test_tokens_per_article": count / len(test),
            "test_words_per_article": statistics.mean(len(t.split()) for t in data.texts["test"]),
            "test_characters": data.characters["test"], "train_characters": data.characters["train"],
        }  # fmt: skip
        metrics |= {f"{version}/{key}".replace("/", "_").replace("-", "_"): value for key, value in found.items()}
        prompts = [prompt_of(t) for t in data.texts["test"][: config.prompts]]
        torch.manual_seed(seed)
        written = generate(model, data.tokenizer, prompts, config.tokens, Sampling(temperature=0.8, top_p=0.9), seed)
        samples += [
            {"version": version, "prompt": prompt, "continuation": words}
            for prompt, words in zip(prompts, written, strict=True)
        ]
    path = context.folder / "samples.json"
    path.write_text(json.dumps(samples, ensure_ascii=False, indent=1), "utf-8")
    return Outcome(metrics, history, {"samples.json": path}, corpus.data_record(config.text.source))
