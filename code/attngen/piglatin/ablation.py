"""Which part of the settings makes the difference?  From the course's model to the book's and back.

Two questions that are not the same: what a part brings when it is added to the plain model (the
ladder), and what is lost when it alone is taken out of the full one (leave one out).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from attngen.experiments import Context, Outcome
from attngen.piglatin.evaluation import valid_targets, word_accuracy
from attngen.piglatin.train import PigLatinConfig, data_record, parts_of, train_model
from attngen.training import TrainConfig

PARTS = ("norm", "feed_forward", "heads", "recipe", "average")


@dataclass(frozen=True)
class AblationConfig:
    """base - the full settings;  course - the training of the plain model."""

    base: PigLatinConfig = field(default_factory=PigLatinConfig)
    course: TrainConfig = field(default_factory=TrainConfig)

    @property
    def seeds(self) -> tuple[int, ...]:
        return self.base.seeds


def with_parts(config: AblationConfig, parts: set[str]) -> PigLatinConfig:
    """The base settings with only ``parts`` of what distinguishes them from the course's.

    norm - layer normalisation, and the embeddings' standard deviation of 0.7 that goes with it;  feed_forward - 4 x wide with GELU instead of one linear map and ReLU;
    heads - several, with an output projection, instead of one;
    recipe - learning rate, schedule, clipping and AdamW;  average - of the weights.
    Dropout, the number of layers, of epochs and the batch size are the base's throughout.
    """
    base, course = config.base, config.course
    model = replace(
        base.model,
        norm="norm" in parts,
        feed_forward=base.model.feed_forward if "feed_forward" in parts else 0,
        heads=base.model.heads if "heads" in parts else 1,
    )
    train = base.train if "recipe" in parts else replace(course, epochs=base.train.epochs)
    train = replace(train, batch_size=base.train.batch_size, average=base.train.average if "average" in parts else 0.0)
    return replace(base, model=model, train=train)


def variants(config: AblationConfig) -> dict[str, PigLatinConfig]:
    """``ladder_k_<part>`` adds the parts one after another; ``without_<part>`` leaves one out."""
    ladder = {"ladder_0_course": with_parts(config, set())}
    for count, part in enumerate(PARTS, start=1):
        ladder[f"ladder_{count}_{part}"] = with_parts(config, set(PARTS[:count]))
    # The course's code makes batches of words of the same lengths; see what that costs either model.
    full = ladder[f"ladder_{len(PARTS)}_{PARTS[-1]}"]
    sorted_batches = {
        "course_by_length": _by_length(ladder["ladder_0_course"]),
        "book_by_length": _by_length(full),
    }
    # Leaving out the last part is the last step but one of the ladder: no need to train it twice.
    return ladder | sorted_batches | {f"without_{part}": with_parts(config, set(PARTS) - {part}) for part in PARTS[:-1]}


def _by_length(config: PigLatinConfig) -> PigLatinConfig:
    return replace(config, train=replace(config.train, by_length=True))


def run_ablation(config: AblationConfig, context: Context) -> Outcome:
    """Train every variant once and record its lowest validation loss and its word accuracy."""
    targets = valid_targets(parts_of(config.base)["test"])
    metrics, history, seconds = {}, [], 0.0
    for name, variant in variants(config).items():
        seed = context.seeds[0]
        model, rows = train_model(variant, context, seed, label=f"-{name}")
        metrics[f"val_loss_{name}"] = min(row["val_loss"] for row in rows)
        metrics[f"test_word_accuracy_{name}"] = word_accuracy(model, targets)
        history += [{"variant": name, "seed": seed} | row for row in rows]
        seconds += rows[-1]["seconds"]
    last = f"ladder_{len(PARTS)}_{PARTS[-1]}"
    metrics["course_over_book"] = metrics["val_loss_ladder_0_course"] / metrics[f"val_loss_{last}"]
    metrics[f"val_loss_without_{PARTS[-1]}"] = metrics[f"val_loss_ladder_{len(PARTS) - 1}_{PARTS[-2]}"]
    return Outcome(metrics, history, {}, data_record(config.base.data), seconds)
