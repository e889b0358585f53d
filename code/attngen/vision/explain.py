"""One photo explained in one file: its classes, where every head looks, and what flows to [CLS]."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from attngen.vision import answers, clip, explain_page
from attngen.vision.answers import Answers, Found
from attngen.vision.explain_page import plain
from attngen.vision.look import look_at
from attngen.vision.photos import open_photo
from attngen.vision.pretrained import GOOGLE, ModelError, load
from attngen.vision.writing import checked, write_whole

OWN = "compact", "clip"  # names that are not asked of the hub


def explain(photo: str | Path, out: str | Path, model: str | Path = GOOGLE, lang: str = "en") -> list[Found]:
    """Write the explanation of a photo to ``out``; returns the five most probable classes.

    out   - a .png, .svg or .html file.  It is written whole or not at all: what was there before stays
            as it was until the new one is complete
    model - a name on the Hugging Face hub or a folder, as for ``pretrained.load``; "clip" for CLIP with
            the classes of COCO-Stuff; "compact" for the book's own model of CIFAR-10
    lang  - of the words in it, "en" or "fa"
    Raises PhotoError, ModelError, OutputError, DataError or UnknownResult, before anything is written.
    """
    out = checked(Path(out), Path(photo), lang)
    picture = open_photo(photo)
    network, processor, read = model_of(model)
    try:
        look, _ = look_at(network, processor, picture, read, explained=1)
    except ValueError as error:  # no vision transformer, or one whose processor prepares another size
        raise ModelError(f"the model {model} cannot be explained: {error}") from error
    content = explain_page.KINDS[out.suffix.lower()](look, lang, plain(Path(photo).name), plain(str(model)))
    write_whole(out, content)
    return look.classes


def model_of(name: str | Path) -> tuple[object, object, Answers]:
    """A model, what prepares photos for it, and how its answers are read."""
    if name == "clip":
        return *clip.load(), answers.of_vocabulary()
    if name == "compact":
        return _compact()
    try:
        network, processor = load(name)
    except ModelError as error:
        if close := get_close_matches(str(name), OWN, n=1):
            raise ModelError(f"{error}\nOr did you mean '{close[0]}', a model of this book?") from error
        raise
    return network, processor, answers.of_classifier(network)


def _compact() -> tuple[object, object, Answers]:
    """The recorded model of this book, with the names of CIFAR-10's classes in both languages."""
    from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

    from attngen.data import cifar10
    from attngen.vision.train import load_model

    network = load_model()
    side = network.config.image_size
    processor = ViTImageProcessorPil(size={"height": side, "width": side})
    read = answers.of_classifier(network)
    persian = dict(zip(cifar10.CLASSES, cifar10.PERSIAN, strict=True))
    return network, processor, replace(read, persian=[persian.get(label, label) for label in read.labels])
