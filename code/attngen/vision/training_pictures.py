"""Pictures of training: images that are different every time, curves, and what is taken for what."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from attngen import results
from attngen.digits import persian_text
from attngen.plotting import HEAT, PALETTE, figure
from attngen.plotting.photos import photo
from attngen.vision.anatomy_pictures import square
from attngen.vision.augment import AugmentConfig, augment
from attngen.vision.overlay import board
from attngen.vision.photos import free_photos

# what is shown, in a row each: its name in both languages, and the settings
WAYS = (
    (("بی تغییر", "as it is"), AugmentConfig(crop=0, flip=0)),
    (("برش و آینه", "crop, flip"), AugmentConfig()),
    (("یک عملیات", "operation"), AugmentConfig(crop=0, flip=0, operation=1.0)),
    (("پوشاندن", "erasing"), AugmentConfig(crop=0, flip=0, erase=1.0)),
    (("mixup", "mixup"), AugmentConfig(crop=0, flip=0, mixup=0.8)),
    (("CutMix", "CutMix"), AugmentConfig(crop=0, flip=0, cutmix=1.0)),
)


def augmentations(side: int = 64, seed: int = 1) -> None:
    """Free photos, unchanged in the first row; in each other row after one kind of change."""
    images = np.stack([square(each.image, side) for each in free_photos().values()])
    pixels = torch.from_numpy(images.copy()).permute(0, 3, 1, 2).float() / 255
    names = torch.eye(len(pixels))
    rows = []
    for _, config in WAYS:
        scaled = AugmentConfig(**vars(config) | {"crop": config.crop * side // 32})
        changed, _ = augment(pixels, names, scaled, torch.Generator().manual_seed(seed))
        rows.append(list((changed * 255).round().byte().permute(0, 2, 3, 1).numpy()))

    @figure(
        fa="هفت عکس در شش سطر: بی تغییر؛ بریده و گاه آینه‌شده؛ پس از یک عملیات تصادفی مانند چرخش یا "
        "تغییر رنگ؛ با مستطیلی پوشیده؛ آمیخته با عکسی دیگر (mixup)؛ و با تکه‌ای از عکسی دیگر (CutMix).",
        en="Seven photos in six rows: as they are; cropped and some of them mirrored; after one random "
        "operation such as a rotation or a change of colour; with a rectangle covered; mixed with "
        "another photo (mixup); and with a piece of another photo (CutMix).",
    )
    def draw(T):
        plt.rcParams["font.size"] = 11
        gap = 4
        ax = plt.subplots(figsize=(6, 4.5), layout="constrained")[1]
        photo(ax, board(rows, gap))
        high = side + gap
        ax.set_yticks([(n + 0.5) * high - gap / 2 for n in range(len(rows))], [T(*name) for name, _ in WAYS])
        ax.tick_params(length=0)


def learning(name: str = "vit-cifar10-compact") -> None:
    """Loss and accuracy by epoch, and the learning rate, of a recorded training."""
    result = results.load(name)
    history, metrics = result.history, result.metrics

    @figure(
        fa="سه نمودار کنار هم در برابر دورهٔ آموزش: زیان آموزش (خط‌چین) و اعتبارسنجی (خط پر)؛ دقت "
        "اعتبارسنجی، و در پایان لوزی برای دقت آزمون؛ و نرخ یادگیری در پایان هر دوره.",
        en="Three charts side by side by epoch: training loss (dashed) and validation loss (solid); "
        "validation accuracy, with a diamond for the test accuracy at the end; and the learning rate at "
        "the end of each epoch.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 11
        loss, right, rate = plt.subplots(1, 3, figsize=(6.4, 2.7), layout="constrained")[1]
        epochs, dashed = history["epoch"], (0, (2, 1.5))
        loss.plot(epochs, history["train_loss"], color=PALETTE["blue"], linestyle=dashed)
        loss.plot(epochs, history["val_loss"], color=PALETTE["blue"])
        loss.set(title=T("زیان، نات", "loss, nats"), ylim=(0, None))
        right.plot(epochs, history["val_accuracy"], color=PALETTE["green"])
        end = epochs[-1:], [metrics["test_accuracy"]]
        right.plot(*end, marker="D", markersize=6, color=PALETTE["vermilion"])
        right.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        right.set_title(T("دقت", "accuracy"))
        rate.plot(epochs, history["lr"], color=PALETTE["muted"])
        rate.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
        rate.set_title(T("نرخ یادگیری", "learning rate"), loc="right")
        for ax in (loss, right, rate):
            ax.set_xlabel(T("دوره", "epoch"))
            ax.xaxis.set_major_locator(MaxNLocator(4, integer=True))


def confusion(table: np.ndarray, names: Sequence[str], persian: Sequence[str]) -> None:
    """How often class i (row) is taken for class j (column), in per cent of the row; (classes, classes)."""
    shares = np.asarray(table) / np.asarray(table).sum(1, keepdims=True)
    wrong = np.where(np.eye(len(names), dtype=bool), 0, table)
    row, column = np.unravel_index(wrong.argmax(), wrong.shape)

    @figure(
        fa=persian_text(
            f"جدول درهم‌ریختگی {len(names)} رده؛ سطر ردهٔ درست و ستون پاسخ مدل است و عددها درصد سطرند. "
            f"بیش از همه «{persian[row]}» را «{persian[column]}» گرفته است."
        ),
        en=f"Confusion matrix of {len(names)} classes; rows are the true class, columns the model's "
        f"answer, numbers per cent of the row. The most frequent mistake: {names[row]} taken for "
        f"{names[column]}.",
    )
    def draw(T):
        plt.rcParams["font.size"] = 10
        ax = plt.subplots(figsize=(6, 5.2), layout="constrained")[1]
        ax.imshow(shares, cmap=HEAT, vmin=0, vmax=1, interpolation="none")
        for (i, j), share in np.ndenumerate(shares):
            if round(100 * share):  # what is rounded to 0 is left out
                number = T.number(100 * share, ".0f")
                colour = PALETTE["paper" if share > 0.8 else "ink"]
                ax.text(j, i, number, ha="center", va="center", color=colour)
        written = [T(*pair) for pair in zip(persian, names, strict=True)]
        ax.set_xticks(range(len(names)), written, rotation=60, ha="left", rotation_mode="anchor")
        ax.set_yticks(range(len(names)), written)
        ax.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
        ax.grid(visible=False)
        ax.spines[:].set_visible(False)
        ax.set_ylabel(T("ردهٔ درست", "true class"))
        ax.set_xlabel(T("پاسخ مدل", "the model's answer"))
