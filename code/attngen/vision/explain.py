"""One photo explained in one file: its classes, where every head looks, and what flows to [CLS]."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from pathlib import Path

from attngen.vision import answers, clip, explain_page
from attngen.vision.answers import Answers, Found
from attngen.vision.explain_page import plain
from attngen.vision.look import look_at
from attngen.vision.photos import open_photo
from attngen.vision.pretrained import GOOGLE, ModelError, load


class OutputError(OSError):
    """A file that cannot be written, or must not be; the message says what would do."""


def explain(photo: str | Path, out: str | Path, model: str | Path = GOOGLE, lang: str = "en") -> list[Found]:
    """Write the explanation of a photo to ``out``; returns the five most probable classes.

    out   - a .png, .svg or .html file.  It is written whole or not at all: what was there before stays
            as it was until the new one is complete
    model - a name on the Hugging Face hub or a folder, as for ``pretrained.load``; "clip" for CLIP with
            the classes of COCO-Stuff; "compact" for the book's own model of CIFAR-10
    lang  - of the words in it, "en" or "fa"
    Raises PhotoError, ModelError, OutputError, DataError or UnknownResult, before anything is written.
    """
    out = _checked(Path(out), Path(photo), lang)
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
    network, processor = load(name)
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


def _checked(out: Path, photo: Path, lang: str) -> Path:
    """``out``, if the explanation can go there: asked before the work, not after it."""
    kinds = ", ".join(explain_page.KINDS)
    if lang not in ("en", "fa"):
        raise OutputError(f"the language is en or fa, not '{lang}'")
    if out.suffix.lower() not in explain_page.KINDS:
        raise OutputError(f"the explanation is written as {kinds}; '{out}' does not end so")
    if out.is_dir():
        raise OutputError(f"{out} is a folder; a file was expected")
    if not out.parent.is_dir():
        raise OutputError(f"there is no folder {out.parent} to write {out.name} to")
    if not os.access(out.parent, os.W_OK) or (out.exists() and not os.access(out, os.W_OK)):
        raise OutputError(f"{out} may not be written by this user")
    if out.exists() and photo.exists() and out.samefile(photo):
        raise OutputError(f"{out} is the photo itself; give the explanation another name")
    return out


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole, or leave what is there; OutputError where the disk does not take it."""
    path = path.resolve()  # what a link points to, not the link
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    except OSError as error:
        kept = "what was there before is as it was"
        raise OutputError(f"{path} could not be written ({error}); {kept}") from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()
