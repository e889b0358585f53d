"""What the recorded models write after held-out prompts, and what can be counted in it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path

import pooch

from attngen import results
from attngen.experiments import Context, Outcome, RunError, main_process_note
from attngen.persian import corpus
from attngen.persian.bpe import BPE
from attngen.persian.generate import generate
from attngen.persian.kn_run import TABLE, load_kn
from attngen.persian.prompts import Prompt, held_out, unsuitable
from attngen.persian.quality import known_words, quality, words
from attngen.persian.sampling import Sampling
from attngen.persian.train import config_of, load_model

NEURAL = {"ngram": "persian-ngram", "gru": "persian-gru", "transformer": "persian-transformer"}
KN = "persian-kn5"
UNKNOWN = "ژژژژ"  # a word that no text has
LICENCE = "Prompts and real continuations: Persian Wikipedia, CC BY-SA 4.0, article titles as given"


@dataclass(frozen=True)
class GenerationConfig:
    """prompts, tokens  - how many held-out prompts go on for how long
    sampling         - the same for all models
    shown, excerpt   - how many prompts ``samples.json`` has, and how many tokens of each answer
    temperatures, top_ps - of the sweep, which is the transformer's; every pair
    """

    prompts: int = 20
    tokens: int = 100
    sampling: Sampling = Sampling(temperature=0.8, top_p=0.95)
    shown: int = 5
    excerpt: int = 60
    temperatures: tuple[float, ...] = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5)
    top_ps: tuple[float, ...] = (1.0, 0.95, 0.8)
    seeds: tuple[int, ...] = (0,)


def writers(device="cpu") -> dict[str, tuple[object, BPE]]:
    """The recorded models, each with its tokenizer, by the names that the metrics have.

    Kneser-Ney is left out, with a note, where its table is not recorded.  UnknownResult without the others.
    """
    found = {}
    if KN in results.names() and results.load(KN).path(TABLE).exists():
        found["kn5"] = load_kn(KN)
    else:
        main_process_note(f"'{KN}' has no recorded table: its samples are left out")
    for name, experiment in NEURAL.items():
        model, tokenizer = load_model(experiment)
        found[name] = model.to(device), tokenizer
    return found


def excerpt(text: str, tokenizer: BPE, tokens: int) -> str:
    """The first tokens of a text, without a word that they cut in two."""
    ids = tokenizer.encode(text)
    begun = tokenizer.decode(ids[:tokens]).rstrip("\ufffd")
    if len(ids) > tokens and not text[len(begun) : len(begun) + 1].isspace():
        begun = begun.rpartition(" ")[0]
    return begun


def show(
    prompts: list[Prompt], answers: dict[str, list[str]], config: GenerationConfig, tokenizer: BPE
) -> list[dict]:
    """Excerpts of some prompts, evenly spread, under which no model has written anything unsuitable."""
    rows = [
        {"title": prompt.title, "prompt": prompt.text}
        | {name: excerpt(texts[place], tokenizer, config.excerpt) for name, texts in answers.items()}
        for place, prompt in enumerate(prompts)
    ]
    fit = [row for row in rows if not any(map(unsuitable, row.values()))]
    count = min(config.shown, len(fit))
    return [fit[place * len(fit) // count] for place in range(count)]


def without_last_word(text: str) -> str:
    """A text up to its last space: where a number of tokens ends, the last word may be cut in two."""
    return text.rpartition(" ")[0] or text


def counted(
    texts: list[str], tokenizer: BPE, known: frozenset[str], training: str | None = None
) -> dict[str, float]:
    """All measures, in the tokens of one tokenizer, whoever wrote the texts; the last word of each is left out.

    A text without any word, as a network writes that has hardly been trained, counts as one unknown word.
    """
    texts = [without_last_word(text) for text in texts]
    worded = [text if words(text) else f"{text} {UNKNOWN}" for text in texts]
    found = quality(worded, [tokenizer.encode(text) for text in texts], known, training)
    return {"valid_half_spaces": 0.0} | found  # where nobody wrote one, none is right


def sweep(
    config: GenerationConfig, model, tokenizer: BPE, prompts: list[str], known: frozenset[str]
) -> list[dict]:
    """One row of measures for each temperature and top-p; at temperature 0 no top-p changes anything."""
    rows, options = [], {"tokens": config.tokens, "seed": config.seeds[0], "stop_at_end": False}
    for top_p in config.top_ps:
        for temperature in config.temperatures:
            if temperature == 0 and top_p != config.top_ps[0]:
                continue
            sampling = Sampling(temperature=temperature, top_p=top_p)
            texts = generate(model, tokenizer, prompts, sampling=sampling, **options)
            found = counted(texts, tokenizer, known)
            rows.append({"model": "transformer", "temperature": temperature, "top_p": top_p} | found)
    return rows


def run_generation(config: GenerationConfig, context: Context) -> Outcome:
    """Let every recorded model go on with the same prompts, and measure what came out beside the real text.

    Texts are forbidden to end, so that all have one length: every share depends on it.
    """
    text = config_of(results.load(NEURAL["transformer"])).text
    source = corpus.at_hand() if text.source == "at-hand" else text.source
    prompts = held_out(source, config.prompts)
    if not prompts:
        raise RunError(f"the test articles of '{source}' have no first sentence that could be a prompt")
    training = "\n".join(corpus.documents("train", source=source))
    known, begun = known_words([training]), [prompt.text for prompt in prompts]
    models = writers(context.accelerator.device)
    model, tokenizer = models["transformer"]
    answers = {"real": [excerpt(prompt.continuation, tokenizer, config.tokens) for prompt in prompts]}
    options = {"tokens": config.tokens, "seed": config.seeds[0], "stop_at_end": False}
    for name, pair in models.items():
        answers[name] = generate(*pair, begun, sampling=config.sampling, **options)
    metrics: dict[str, float] = {"prompts": len(prompts), "tokens": config.tokens}
    rows = []
    for name, texts in answers.items():
        found = counted(texts, tokenizer, known, training)
        metrics |= {f"{name}_{key}": value for key, value in found.items()}
        drawn = {"temperature": config.sampling.temperature, "top_p": config.sampling.top_p}
        used = {} if name == "real" else drawn
        rows.append({"model": name} | used | found)
    swept = sweep(config, model, tokenizer, begun, known)
    nearest = min(swept, key=lambda row: abs(math.log(row["distinct_2"] / metrics["real_distinct_2"])))
    metrics |= {"nearest_temperature": nearest["temperature"], "nearest_top_p": nearest["top_p"]}
    shown = show(prompts, answers, config, tokenizer)
    metrics["shown"] = len(shown)
    path = context.folder / "samples.json"
    save(path, config, source, shown)
    data = corpus.data_record(source)
    for experiment in NEURAL.values():
        weights = results.load(experiment).path("model.safetensors")
        data[f"{experiment}/{weights.name}"] = "sha256:" + pooch.file_hash(str(weights))
    return Outcome(metrics, rows + swept, {"samples.json": path}, data)


def save(path: Path, config: GenerationConfig, source: str, shown: list[dict]) -> None:
    """Write the samples, with how they were drawn and where the prompts come from."""
    content = {
        "source": source, "licence": LICENCE if source == "wikipedia" else "the book's own pages",
        "sampling": {key: getattr(config.sampling, key) for key in ("temperature", "top_p", "top_k")},
        "excerpt_tokens": config.excerpt, "seed": config.seeds[0], "samples": shown,
    }  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")


def load_samples(name: str = "persian-generation") -> dict:
    """The recorded samples: ``{"sampling": …, "samples": [{"title", "prompt", "real", model: text, …}]}``."""
    return json.loads(results.load(name).path("samples.json").read_text("utf-8"))


GENERATION_PRESETS = {
    "smoke": GenerationConfig(
        prompts=2, tokens=20, shown=1, excerpt=8, temperatures=(0.0, 1.0), top_ps=(1.0,)
    ),
    "minute": replace(GenerationConfig(), prompts=8, tokens=40, temperatures=(0.0, 0.8, 1.2), top_ps=(1.0,)),
    "cpu": GenerationConfig(),
}
