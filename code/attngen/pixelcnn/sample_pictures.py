"""Pictures of what the networks draw.  Blue is drawn by a network, orange is data."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor, nn

from attngen import results
from attngen.digits import persian_text
from attngen.pixelcnn import tiles
from attngen.pixelcnn.data import at_hand, prepared, spread
from attngen.pixelcnn.memory import nearest
from attngen.pixelcnn.sampling import sample, uniform_noise
from attngen.pixelcnn.train import load_model
from attngen.plotting import PALETTE, Label, figure

Network = nn.Module | str  # a network, or the name of the experiment that recorded it


def _network(model: Network) -> nn.Module:
    return load_model(model) if isinstance(model, str) else model


def _source() -> tuple[str, str, str]:
    """The preparation at hand, and what the alternative texts add where it is not MNIST."""
    if at_hand() == "fixed":
        return "fixed", "", ""
    fa = (
        " رقم‌ها از scikit-learn است، چون MNIST روی این دستگاه نیست؛ شبکه‌ای که با MNIST آموزش دیده است این گونه رقم‌ها "
        "را نمی‌شناسد."
    )
    en = (
        " The digits are scikit-learn's, as MNIST is not on this machine; a network trained on MNIST does not know "
        "digits of that kind."
    )
    return "digits", fa, en


def name_data(ax: Axes, T: Label, pad: float = 6) -> None:
    """Say in the picture, too, that the data is not MNIST; ``pad`` points above the axes."""
    if at_hand() == "digits":
        ax.set_title(T("رقم‌های scikit-learn به‌جای MNIST", "scikit-learn’s digits in place of MNIST"), pad=pad)


def samples(images: Tensor, columns: int = 10) -> None:
    """Images (N, 1, H, W) drawn by a network, in rows of ``columns``."""
    count, _, height, width = images.shape
    rows = -(-count // columns)
    grid = np.full((rows * columns, height, width), np.nan)
    grid[:count] = images[:, 0].cpu().numpy()

    @figure(
        fa=persian_text(f"{count} تصویر {height} در {width} که شبکه پیکسل به پیکسل کشیده است، در {rows} سطر."),
        en=f"{count} images of {height} by {width} that the network drew pixel by pixel, in {rows} rows.",
    )
    def draw(T):
        tiles.show(tiles.axes(columns, rows), grid.reshape(rows, columns, height, width))


def stations(count: int, wanted: int) -> list[int]:
    """At most ``wanted`` (two or more) of 0 .. count - 1: the first, the last, and between them ever fewer the later."""
    return sorted({0, *(round(place) for place in np.geomspace(count - 1, 1, wanted - 1))} if count > 1 else {0})


def watched(name: str, rows: int = 6, columns: int = 8) -> None:
    """Samples along the training of a recorded run, always from the same random numbers."""
    result = results.load(name)
    with np.load(result.path("watched.npz"), allow_pickle=False) as file:
        bits = np.unpackbits(file["bits"], axis=-1)[:, :columns, :, :28]
    shown, epochs = stations(len(bits), rows), [0, *result.history["epoch"]]

    @figure(
        fa="نمونه‌های شبکه در مرحله‌های گوناگون آموزش، یک سطر برای هر مرحله و همیشه از همان عددهای تصادفی؛ سطر بالا "
        "پیش از نخستین گام است و سطر پایین در پایان آموزش.",
        en="Samples of the network at several stages of training, a row for each stage and always from the same "
        "random numbers; the top row is before the first step, the bottom row at the end of training.",
    )
    def draw(T):
        ax = tiles.axes(columns, len(shown), beside=0.75)
        tiles.show(ax, bits[shown], rows=[T.number(epochs[station], ".3g") for station in shown])
        ax.set_ylabel(T("دوره", "epoch"))


def completions(model: Network = "pixelcnn-better", digits: int = 6, each: int = 4, seed: int = 0) -> None:
    """Test digits whose lower half is hidden, and how a network goes on: ``each`` times, from other random numbers."""
    preparation, fa, en = _source()
    images = spread(prepared(preparation, "test"), digits)
    height, width = images.shape[2:]
    known = torch.zeros(height, width, dtype=torch.bool)
    known[: height // 2] = True
    given = images.repeat_interleave(each, dim=0)
    drawn = sample(_network(model), uniform_noise(len(given), height, width, seed), given=given, known=known).cpu()
    half = images.masked_fill(~known, float("nan"))
    table = torch.cat([images, half, drawn.view(len(images), each, height, width)], dim=1)
    tones = np.broadcast_to(tiles.DATA, (2 + each, height, width, 3)).copy()
    tones[2:, ~known.numpy()] = tiles.DRAWN

    @figure(
        fa=persian_text(
            f"هر سطر یک رقم آزمون: خود رقم، نیمهٔ بالای آن که به شبکه داده می‌شود، و {each} تکمیلی که شبکه برای "
            f"نیمهٔ پایین کشیده است. نارنجی از داده است و آبی کار شبکه.{fa}"
        ),
        en=f"Each row is a test digit: the digit itself, its upper half, which the network is given, and {each} "
        f"completions that the network drew for the lower half. Orange is data, blue is what the network drew.{en}",
    )  # fmt: skip
    def draw(T):
        ax = tiles.axes(2 + each, len(images), around=0.3)
        on = T("تکمیل شبکه", "completed by the network")
        names = {0: T("اصل", "original"), 1: T("داده‌شده", "given"), (3 + each) / 2: on}
        tiles.show(ax, table, tones, above=names)
        name_data(ax, T, pad=22)


def temperatures(
    model: Network = "pixelcnn-better", values: Sequence[float] = (0.5, 0.8, 1.0, 1.2), count: int = 8, seed: int = 0
) -> None:
    """Samples at several temperatures, a row for each, in every row from the same random numbers."""
    network, noise = _network(model), uniform_noise(count, seed=seed)
    table = torch.cat([sample(network, noise, value).transpose(0, 1) for value in values]).cpu()
    listed = [f"{value:g}" for value in values]

    @figure(
        fa=f"نمونه‌های شبکه با دماهای {persian_text('، '.join(listed))}، از بالا به پایین؛ در هر ستون همان عددهای تصادفی به "
        "کار رفته است.",
        en=f"Samples of the network at the temperatures {', '.join(listed)}, from top to bottom; each column uses the "
        "same random numbers.",
    )
    def draw(T):
        ax = tiles.axes(count, len(values), beside=0.75)
        tiles.show(ax, table, rows=[T.number(value, "g") for value in values])
        ax.set_ylabel(T("دما", "temperature"))


def neighbours(images: Tensor, shown: int = 8) -> None:
    """The samples that are nearest to a training image, above that image; and the distances of all of them.

    As many test images say how far from the training images an image is that nobody copied.
    """
    preparation, fa, en = _source()
    images, train = images.cpu(), prepared(preparation, "train")
    everything = torch.cat([images, spread(prepared(preparation, "test"), len(images))])
    distances, places = (found[:, 0] for found in nearest(everything, train))
    far, far_test = distances[: len(images)], distances[len(images) :]
    closest = far.argsort(stable=True)[:shown]
    table = torch.stack([images[closest, 0], train[places[closest], 0]])
    tones = np.stack([tiles.DRAWN, tiles.DATA]).reshape(2, 1, 1, 1, 3)

    @figure(
        fa=persian_text(
            f"بالا: {len(closest)} نمونه‌ای که از همه به دادهٔ آموزش نزدیک‌ترند، به رنگ آبی، و زیر هر یک نزدیک‌ترین "
            "تصویر آموزش، به رنگ نارنجی، با شمار پیکسل‌هایی که در آن دو فرق دارند. پایین: توزیع همین فاصله برای همهٔ "
            f"نمونه‌ها و برای همان شمار از تصویرهای آزمون.{fa}"
        ),
        en=f"Top: the {len(closest)} samples that are nearest to the training images, in blue, and below each its "
        "nearest training image, in orange, with the number of pixels in which the two differ. Bottom: the "
        f"distribution of this distance over all samples, and over as many test images.{en}",
    )  # fmt: skip
    def draw(T):
        plt.rcParams["font.size"] = 12
        fig, (top, bottom) = plt.subplots(2, 1, figsize=(6, 4.3), height_ratios=(1.25, 1), layout="constrained")
        names = [T("نمونه", "sample"), T("آموزش", "training")]
        tiles.show(top, table, tones, names, below={i: T.number(int(far[which])) for i, which in enumerate(closest)})
        name_data(top, T)
        bins = np.linspace(int(distances.min()), int(distances.max()) + 1, 25)
        for values, colour, label in ((far_test, "vermilion", T("تصویرهای آزمون", "test images")),
                                      (far, "blue", T("نمونه‌ها", "samples"))):  # fmt: skip
            counts = np.histogram(values.numpy(), bins)[0]
            bottom.stairs(counts, bins, fill=True, alpha=0.18, color=PALETTE[colour])
            bottom.stairs(counts, bins, color=PALETTE[colour], linewidth=1.8, label=label)
        differing = T("پیکسل‌های متفاوت با نزدیک‌ترین تصویر آموزش", "pixels that differ from the nearest training image")
        bottom.set(xlabel=differing, ylabel=T("شمار", "count"))
        bottom.legend(**T.legend)
