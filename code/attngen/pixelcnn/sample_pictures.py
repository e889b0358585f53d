"""Pictures of what the networks draw.  Blue is drawn by a network, orange is data."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn

from attngen import results
from attngen.digits import persian_text
from attngen.pixelcnn import tiles
from attngen.pixelcnn.data import at_hand, prepared
from attngen.pixelcnn.memory import nearest
from attngen.pixelcnn.sampling import sample, uniform_noise
from attngen.pixelcnn.train import load_model
from attngen.plotting import PALETTE, figure

Network = nn.Module | str  # a network, or the name of the experiment that recorded it


def _network(model: Network) -> nn.Module:
    return load_model(model) if isinstance(model, str) else model


def _source() -> tuple[str, str, str]:
    """The preparation at hand, and what the alternative texts add where it is not MNIST."""
    if at_hand() == "fixed":
        return "fixed", "", ""
    fa = " رقم‌ها از scikit-learn‌اند، چون MNIST در این رایانه نیست؛ شبکه‌ای که با MNIST آموزش دیده است این گونه رقم‌ها را نمی‌شناسد."
    en = " The digits are scikit-learn's, as MNIST is not on this machine; a network trained on MNIST does not know digits of that kind."
    return "digits", fa, en


def _note(ax, T) -> None:
    """Say in the picture, too, that the data is not MNIST."""
    if at_hand() == "digits":
        ax.set_title(T("رقم‌های scikit-learn به جای MNIST", "scikit-learn’s digits in place of MNIST"), pad=24)


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


def _stations(count: int, wanted: int) -> list[int]:
    """At most ``wanted`` of 0 .. count - 1: the first, the last, and between them ever fewer the later."""
    return sorted({0, *(round(place) for place in np.geomspace(1, count - 1, max(1, wanted - 1)))} if count > 1 else {0})


def watched(name: str, rows: int = 6, columns: int = 8) -> None:
    """Samples along the training of a recorded run, always from the same random numbers."""
    result = results.load(name)
    with np.load(result.path("watched.npz"), allow_pickle=False) as file:
        bits = np.unpackbits(file["bits"], axis=-1)[:, :columns, :, :28]
    stations, epochs = _stations(len(bits), rows), [0, *result.history["epoch"]]

    @figure(
        fa="نمونه‌های شبکه در مرحله‌های گوناگون آموزش، یک سطر برای هر مرحله و همیشه از همان عددهای تصادفی؛ سطر بالا پیش از نخستین گام "
        "است و سطر پایین در پایان آموزش.",
        en="Samples of the network at several stages of training, a row for each stage and always from the same random numbers; the "
        "top row is before the first step, the bottom row at the end of training.",
    )
    def draw(T):
        ax = tiles.axes(columns, len(stations), beside=0.75)
        tiles.show(ax, bits[stations], rows=[T.number(epochs[station], ".3g") for station in stations])
        ax.set_ylabel(T("دوره", "epoch"))


def completions(model: Network = "pixelcnn-better", digits: int = 6, each: int = 4, seed: int = 0, first: int = 0) -> None:
    """Test digits whose lower half is hidden, and how a network goes on: ``each`` times, from other random numbers.

    first - the first of the consecutive test images that are shown
    """
    preparation, fa, en = _source()
    images = prepared(preparation, "test")[first : first + digits]
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
        fa=persian_text(f"هر سطر یک رقم آزمون: خود رقم، نیمهٔ بالای آن که به شبکه داده می‌شود، و {each} ادامه‌ای که شبکه برای نیمهٔ پایین کشیده است. "
        f"نارنجی داده است و آبی کشیدهٔ شبکه.{fa}"),
        en=f"Each row is a test digit: the digit itself, its upper half, which the network is given, and {each} continuations that the "
        f"network drew for the lower half. Orange is data, blue is what the network drew.{en}",
    )  # fmt: skip
    def draw(T):
        ax = tiles.axes(2 + each, len(images), around=0.3)
        names = {0: T("اصل", "original"), 1: T("داده‌شده", "given"), (3 + each) / 2: T("ادامه‌های شبکه", "the network goes on")}
        tiles.show(ax, table, tones, above=names)
        _note(ax, T)


def temperatures(
    model: Network = "pixelcnn-better", values: Sequence[float] = (0.5, 0.8, 1.0, 1.2), count: int = 8, seed: int = 0
) -> None:
    """Samples at several temperatures, a row for each, in every row from the same random numbers."""
    network, noise = _network(model), uniform_noise(count, seed=seed)
    table = torch.cat([sample(network, noise, value).transpose(0, 1) for value in values]).cpu()

    @figure(
        fa=persian_text("نمونه‌های شبکه با دماهای " + "، ".join(f"{value:g}" for value in values) + "، از بالا به پایین؛ در هر ستون همان عددهای تصادفی "
        "به کار رفته است."),
        en=f"Samples of the network at the temperatures {', '.join(f'{value:g}' for value in values)}, from top to bottom; each column "
        "uses the same random numbers.",
    )  # fmt: skip
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
    test = prepared(preparation, "test")[: len(images)]
    (far, place), (far_test, _) = nearest(images, train), nearest(test, train)
    closest = far[:, 0].argsort(stable=True)[:shown]
    table = torch.stack([images[closest, 0], train[place[closest, 0], 0]])
    tones = np.stack([tiles.DRAWN, tiles.DATA]).reshape(2, 1, 1, 1, 3)

    @figure(
        fa=persian_text(f"بالا: {len(closest)} نمونه‌ای که از همه به دادهٔ آموزش نزدیک‌ترند، به رنگ آبی، و زیر هر یک نزدیک‌ترین تصویر آموزش، به رنگ نارنجی، با "
        "شمار پیکسل‌هایی که میان آن دو فرق دارد. پایین: توزیع همین فاصله برای همهٔ نمونه‌ها و برای همان شمار تصویر آزمون."
        f"{fa}"),
        en=f"Top: the {len(closest)} samples that are nearest to the training images, in blue, and below each its nearest training image, in "
        "orange, with the number of pixels in which the two differ. Bottom: the distribution of this distance over all samples, and over "
        f"as many test images.{en}",
    )  # fmt: skip
    def draw(T):
        plt.rcParams["font.size"] = 12
        fig, (top, bottom) = plt.subplots(2, 1, figsize=(6, 4.3), height_ratios=(1.25, 1), layout="constrained")
        names = [T("نمونه", "sample"), T("آموزش", "training")]
        tiles.show(top, table, tones, names, below={i: T.number(int(far[which])) for i, which in enumerate(closest)})
        _note(top, T)
        both = torch.cat([far, far_test]).numpy()
        bins = np.linspace(both.min(), both.max() + 1, 25)
        for values, colour, label in ((far_test, "vermilion", T("تصویرهای آزمون", "test images")), (far, "blue", T("نمونه‌ها", "samples"))):
            style = {"color": PALETTE[colour], "linewidth": 1.8, "label": label}
            bottom.stairs(np.histogram(values.numpy(), bins)[0], bins, **style)
            bottom.stairs(np.histogram(values.numpy(), bins)[0], bins, fill=True, alpha=0.18, color=PALETTE[colour])
        bottom.set(xlabel=T("پیکسل‌های متفاوت با نزدیک‌ترین تصویر آموزش", "pixels that differ from the nearest training image"),
                   ylabel=T("شمار", "count"))  # fmt: skip
        bottom.legend(**T.legend)
