"""The training loop that the experiments share.

It stands on Hugging Face accelerate: ``accelerate launch`` spreads the same loop over processes, each of
which takes its share of every batch.  The loss of a batch is the mean over all its tokens, wherever they
are, so that any number of processes computes the same gradients.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm.auto import tqdm


@dataclass(frozen=True)
class TrainConfig:
    """How a model is trained.

    schedule  - "cosine" (a linear warm-up, then down to zero; Loshchilov and Hutter 2017) or
                "exponential" (times ``decay`` after each epoch)
    optimizer - "adamw" (decoupled weight decay) or "adam"
    average   - decay of a running average of the weights, which is what is evaluated; 0 for none
    by_length - make each batch of examples of one length, as is often done to avoid padding
    clip      - largest norm of the gradient; 0 for none
    evaluations - how often an epoch is stopped to evaluate; each makes a history row and a checkpoint
    """

    epochs: int = 100
    batch_size: int = 64
    lr: float = 3e-3
    schedule: str = "cosine"
    warmup: float = 0.05
    decay: float = 0.99
    optimizer: str = "adamw"
    weight_decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.98)
    clip: float = 1.0
    average: float = 0.0
    by_length: bool = False
    evaluations: int = 1

    def __post_init__(self):
        if self.schedule not in ("cosine", "exponential"):
            raise ValueError(f"the schedule is 'cosine' or 'exponential', not '{self.schedule}'")
        if self.optimizer not in ("adam", "adamw"):
            raise ValueError(f"the optimizer is 'adam' or 'adamw', not '{self.optimizer}'")
        if min(self.epochs, self.batch_size, self.evaluations) < 1:
            numbers = f"{self.epochs}, {self.batch_size}, {self.evaluations}"
            raise ValueError(f"epochs, batch_size and evaluations must be positive: {numbers}")


class Batches(Protocol):
    """Training data that can cut a batch out of itself.  ``lengths`` (N,) are in tokens."""

    lengths: Tensor

    def __len__(self) -> int: ...
    def batch(self, indices: Tensor): ...


def learning_rate(config: TrainConfig, step: int, steps_per_epoch: int) -> float:
    """The learning rate of one step (counted from 0) as a multiple of ``config.lr``."""
    if config.schedule == "exponential":
        return config.decay ** (step // steps_per_epoch)
    total = config.epochs * steps_per_epoch
    warm = max(1, round(total * config.warmup))
    return min((step + 1) / warm, 1.0) * 0.5 * (1 + math.cos(math.pi * step / total))


def epoch_batches(lengths: Tensor, config: TrainConfig, generator: torch.Generator) -> list[Tensor]:
    """Indices of every example once, in random batches; see ``TrainConfig.by_length``."""
    order = torch.randperm(len(lengths), generator=generator)
    if not config.by_length:
        return list(order.split(config.batch_size))
    of_order = lengths[order]
    groups = [order[of_order == length] for length in lengths.unique()]
    batches = [batch for group in groups for batch in group.split(config.batch_size)]
    return [batches[i] for i in torch.randperm(len(batches), generator=generator)]


def make_optimizer(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    kinds = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
    decay = {"weight_decay": config.weight_decay} if config.optimizer == "adamw" else {}
    # fused: one pass over all parameters, which counts where the tensors are as small as here
    return kinds[config.optimizer](model.parameters(), lr=config.lr, betas=config.betas, fused=True, **decay)


class Checkpoint:
    """State after the last finished epoch, written so that a kill at any moment leaves a whole file."""

    def __init__(self, path: Path | None):
        self.path = path

    def save(self, state: dict) -> None:
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_suffix(".tmp")
        try:
            torch.save(state, unfinished)
            os.replace(unfinished, self.path)
        except (OSError, RuntimeError) as error:  # torch reports a full disk as a RuntimeError
            unfinished.unlink(missing_ok=True)
            raise OSError(
                f"the checkpoint {self.path} could not be written ({error}); is the disk full? "
                "The one before it is whole: make room and run the same command again."
            ) from error

    def load(self, fingerprint: dict) -> dict | None:
        """The saved state, if it belongs to the run that ``fingerprint`` describes."""
        if self.path is None or not self.path.exists():
            return None
        try:
            state = torch.load(self.path, map_location="cpu", weights_only=True)
        except Exception as error:  # torch raises many kinds on bytes it did not write, with unsafe advice
            raise OSError(
                f"the checkpoint {self.path} cannot be read: remove it, or begin anew with --no-resume"
            ) from error
        return state if state["fingerprint"] == fingerprint else None


def fit(
    model: nn.Module,
    data: Batches,
    loss: Callable[[nn.Module, object], tuple[Tensor, Tensor]],
    evaluate: Callable[[nn.Module], dict[str, float]],
    config: TrainConfig,
    accelerator: Accelerator,
    seed: int = 0,
    checkpoint: Path | None = None,
    fingerprint: dict | None = None,
    label: str = "training",
) -> tuple[nn.Module, list[dict]]:
    """Train ``model`` and return it with the weights of its best epoch, and the history.

    loss        - (model, batch) -> (sum of the losses, number of tokens)
    evaluate    - model -> metrics; the lowest ``val_loss`` marks the best epoch
    checkpoint  - file for resuming; a state saved under another ``fingerprint`` is left alone
    Each history row holds epoch, lr, train_loss, the metrics and seconds since the start.
    """
    torch.manual_seed(seed)  # dropout; the order of the words has its own generator, below
    optimizer = make_optimizer(model, config)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(config.average)) if config.average else None
    evaluated = average.module if average else model
    history: list[dict] = []
    best, best_weights = math.inf, {}
    saved = Checkpoint(checkpoint)
    if state := saved.load(fingerprint or {}):
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        if average:
            average.load_state_dict(state["average"])
        torch.set_rng_state(state["rng"])
        history, best, best_weights = state["history"], state["best"], state["best_weights"]
    wrapped, optimizer = accelerator.prepare(model, optimizer)
    if average:
        average.to(accelerator.device)

    rank, world = accelerator.process_index, accelerator.num_processes
    steps_per_epoch = len(epoch_batches(data.lengths, config, torch.Generator()))
    if config.evaluations > steps_per_epoch:
        raise ValueError(f"an epoch of {steps_per_epoch} batches cannot be evaluated {config.evaluations} times")
    before = history[-1]["seconds"] if history else 0.0
    started = time.perf_counter()
    rounds = config.epochs * config.evaluations
    bar = tqdm(
        range(len(history), rounds), label, rounds, initial=len(history),
        unit="epoch" if config.evaluations == 1 else "part of an epoch",
        disable=not accelerator.is_main_process,
    )  # fmt: skip
    for finished in bar:
        wrapped.train()
        epoch, part = divmod(finished, config.evaluations)
        generator = torch.Generator().manual_seed(seed * 100_003 + epoch)
        batches = epoch_batches(data.lengths, config, generator)
        first, last = (len(batches) * p // config.evaluations for p in (part, part + 1))
        total = torch.zeros(2, device=accelerator.device)
        for number, indices in enumerate(batches[first:last], first):
            if len(indices) < world:
                continue  # fewer words than processes: somebody would have nothing to do
            scale = learning_rate(config, epoch * steps_per_epoch + number, steps_per_epoch)
            for group in optimizer.param_groups:
                group["lr"] = config.lr * scale
            with accelerator.autocast():
                summed, count = loss(wrapped, data.batch(indices[rank::world]))
            tokens = accelerator.reduce(count.detach(), "sum")
            optimizer.zero_grad()
            # Gradients are averaged over processes, hence the factor that makes them a mean over tokens.
            accelerator.backward(summed * world / tokens)
            if config.clip:
                accelerator.clip_grad_norm_(wrapped.parameters(), config.clip)
            optimizer.step()
            if average:
                average.update_parameters(model)
            total += torch.stack([summed.detach(), count.detach()])
        total = accelerator.reduce(total, "sum")
        evaluated.eval()
        with torch.no_grad():
            metrics = evaluate(evaluated)
        done = epoch + 1 if config.evaluations == 1 else (finished + 1) / config.evaluations
        row = {"epoch": done, "lr": config.lr * scale, "train_loss": (total[0] / total[1]).item()}
        history.append(row | metrics | {"seconds": round(before + time.perf_counter() - started, 2)})
        if metrics["val_loss"] < best:
            best = metrics["val_loss"]
            best_weights = {k: v.detach().cpu().clone() for k, v in evaluated.state_dict().items()}
        if accelerator.is_main_process:
            saved.save(
                {
                    "fingerprint": fingerprint or {}, "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(), "average": average.state_dict() if average else {},
                    "rng": torch.get_rng_state(), "history": history, "best": best,
                    "best_weights": best_weights,
                }
            )  # fmt: skip
        bar.set_postfix(train=f"{row['train_loss']:.4f}", val=f"{metrics['val_loss']:.4f}")
    accelerator.wait_for_everyone()
    if not best_weights:
        raise ArithmeticError(f"{label}: no epoch has a finite validation loss; a smaller learning rate may help")
    model.load_state_dict(best_weights)
    # without accelerate's autocast, which would stay on: what is measured later is measured in float32
    model = accelerator.unwrap_model(model, keep_fp32_wrapper=False)
    return model.eval(), history
