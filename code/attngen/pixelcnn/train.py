"""Train a PixelCNN and measure it: nats an image on validation while training, on test once at the end."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from attngen import experiments, results, weights
from attngen.experiments import Context, Outcome, plain, work_folder
from attngen.pixelcnn.data import Images, at_hand, data_record, prepared, spread
from attngen.pixelcnn.likelihood import bits_per_dim, mean_nll, nll
from attngen.pixelcnn.networks import NetworkConfig, make_network
from attngen.pixelcnn.sampling import sample, uniform_noise
from attngen.training import Checkpoint, TrainConfig, fit


@dataclass(frozen=True)
class PixelCNNConfig:
    """One training run.

    data          - "fixed", "dynamic", "grey" or "digits" (see ``pixelcnn.data``), or "at-hand": "fixed" where
                    MNIST is on the machine, "digits" otherwise
    limit         - use only the first so many training images, and ``validate`` of each part to measure; 0 for all
    validate      - validation images measured while training, 0 for all; all of them are measured at the end
    watched       - samples drawn at every evaluation, always from the same random numbers; 0 for none
    """

    data: str = "fixed"
    limit: int = 0
    validate: int = 1000
    watched: int = 10
    network: NetworkConfig = field(default_factory=NetworkConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    seeds: tuple[int, ...] = (0,)


def preparation_of(config: PixelCNNConfig) -> str:
    return at_hand() if config.data == "at-hand" else config.data


def measured(config: PixelCNNConfig, part: str) -> Tensor:
    """The images of one part that are measured at the end; those of "train" are some that it is trained on."""
    images = prepared(preparation_of(config), part)
    if not config.limit:
        return images
    return spread(images[: config.limit] if part == "train" else images, config.validate)


def images_trained_on(config: PixelCNNConfig) -> int:
    """How many they are: the data may have fewer than the limit."""
    return len(prepared(preparation_of(config), "train")[: config.limit or None])


def summed_nll(model: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    """The loss of ``training.fit``: the sum over images, and how many they are."""
    count = torch.tensor(float(len(images)), device=images.device)
    return nll(model, images).sum(), count


class Watch:
    """Samples along the training, from the same random numbers each time; kept on disk for a resumed run."""

    def __init__(self, folder: Path, seed: int, count: int):
        self.folder, self.seed = folder, seed
        self.noise = uniform_noise(count, seed=seed)

    def path(self, number: int) -> Path:
        return self.folder / f"seed-{self.seed}-watched-{number:04d}.npy"

    def look(self, model: nn.Module, number: int) -> None:
        if len(self.noise):
            self.folder.mkdir(parents=True, exist_ok=True)
            drawn = sample(model, self.noise)
            np.save(self.path(number), drawn.cpu().numpy().astype(np.uint8)[:, 0])

    def all(self, rounds: int) -> np.ndarray:
        """(rounds + 1, count, 28, 28): before the first step, and after each evaluation."""
        return np.stack([np.load(self.path(number)) for number in range(rounds + 1)])


def train_model(config: PixelCNNConfig, context: Context, seed: int) -> tuple[nn.Module, list[dict], Watch]:
    """Train one network from one seed; resumes from the context's folder."""
    device, preparation = context.accelerator.device, preparation_of(config)
    train = Images(preparation, "train", config.limit, device)
    validation = spread(prepared(preparation, "validation"), config.validate)
    torch.manual_seed(seed)
    model = make_network(config.network).to(device, memory_format=torch.channels_last)
    checkpoint = context.folder / f"seed-{seed}.pt"
    # "at-hand" names other data where MNIST is: a run begun on one is not gone on with on the other
    fingerprint = plain(config) | {"seeds": seed, "data": preparation}
    finished = (Checkpoint(checkpoint).load(fingerprint) or {"history": []})["history"]
    watch = Watch(context.folder, seed, config.watched)
    if not finished:  # whatever lies there is another run's
        watch.look(model.eval(), 0)
    numbers = itertools.count(len(finished) + 1)

    def evaluate(trained: nn.Module) -> dict[str, float]:
        watch.look(trained, next(numbers))
        return {"val_loss": mean_nll(trained, validation)}

    model, history = fit(
        model, train, summed_nll, evaluate, config.train, context.accelerator, seed, checkpoint, fingerprint,
        label=f"seed {seed}",
    )  # fmt: skip
    return model, history, watch


def run(config: PixelCNNConfig, context: Context) -> Outcome:
    """Train, choose the weights by validation, and measure them once on the test images."""
    preparation = preparation_of(config)
    if config.data == "at-hand" and preparation == "digits":
        experiments.main_process_note("MNIST is not on this machine (attngen data list): training on scikit-learn's digits")
    if len(context.seeds) != 1:
        raise experiments.RunError("a PixelCNN run trains one seed; give a single one to --seed")
    [seed] = context.seeds
    model, history, watch = train_model(config, context, seed)
    model = model.to(memory_format=torch.contiguous_format)  # as its weights are kept
    parts = {part: measured(config, part) for part in ("train", "validation", "test")}
    files = {"model.safetensors": weights.save(model, context.folder / "model.safetensors")}
    if config.watched:
        path = context.folder / "watched.npz"
        np.savez_compressed(path, bits=np.packbits(watch.all(len(history)), axis=-1))
        files["watched.npz"] = path
    nats = {part: mean_nll(model, images[:10_000]) for part, images in parts.items()}
    metrics = {f"{part}_nll_nats": value for part, value in nats.items()}
    metrics |= {f"{part}_bits_per_dim": bits_per_dim(value) for part, value in nats.items()}
    trained_on = images_trained_on(config)
    metrics |= {
        "parameters": sum(p.numel() for p in model.parameters()),
        "train_images": trained_on, "test_images": len(parts["test"]),
        "train_images_per_second": trained_on * config.train.epochs / history[-1]["seconds"],
        "test_nll_nats_first_1000": mean_nll(model, parts["test"][:1000]),
        "best_epoch": min(history, key=lambda row: row["val_loss"])["epoch"],
        "on_mnist": float(preparation != "digits"),
    }  # fmt: skip
    history = [{"seed": seed} | row for row in history]
    return Outcome(metrics, history, files, data_record(preparation), history[-1]["seconds"])


def config_of(result: results.Result) -> PixelCNNConfig:
    """The configuration that a recorded run was made with; UnknownResult where it trained no network."""
    stored = dict(result.config)
    if not {"network", "train"} <= set(stored) <= {known.name for known in fields(PixelCNNConfig)}:
        raise results.UnknownResult(f"'{result.name}' is not the training of a PixelCNN: it keeps no network")
    stored["train"] = TrainConfig(**stored["train"] | {"betas": tuple(stored["train"]["betas"])})
    stored["network"] = NetworkConfig(**stored["network"])
    return PixelCNNConfig(**stored | {"seeds": tuple(stored["seeds"])})


def load_model(name: str) -> nn.Module:
    """The recorded network of an experiment, ready to sample."""
    result = results.load(name)
    model = weights.load(make_network(config_of(result).network), result.path("model.safetensors"))
    return model.eval().to(memory_format=torch.channels_last)


def train_live(name: str) -> tuple[nn.Module, results.Result]:
    """Train the ``minute`` preset here and now, recording nothing in the book's results."""
    live = work_folder() / "live"  # a reader's own interrupted runs are left alone
    with results.stored_in(live):
        result = experiments.run(name, "minute", device="cpu", resume=False, work=live / "unfinished")
        return load_model(name), result


def check_run(result: results.Result) -> dict[str, float]:
    """The recorded weights measured again on the first 1,000 test images, for ``attngen verify``."""
    images = measured(config_of(result), "test")[:1000]
    return {"test_nll_nats_first_1000": mean_nll(load_model(result.name), images)}
