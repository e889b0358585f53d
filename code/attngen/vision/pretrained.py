"""Pretrained vision transformers by their name on the Hugging Face hub, or from a folder.

Dosovitskiy et al. 2021 (ViT); ``google/vit-base-patch16-224`` was trained on ImageNet-21k and tuned on the
thousand classes of ImageNet.  Its weights are not part of this project: 346 MB, fetched by ``transformers``.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TypeVar

from huggingface_hub import HfApi, constants
from transformers import (
    AutoImageProcessor,
    AutoModelForImageClassification,
    PreTrainedModel,
    ViTForImageClassification,
)
from transformers.utils import logging

GOOGLE = "google/vit-base-patch16-224"
FILES = "config.json, model.safetensors and preprocessor_config.json"
PATIENCE = 10  # seconds in which the hub must answer

Model = TypeVar("Model", bound=PreTrainedModel)


class ModelError(OSError):
    """A pretrained model that cannot be had or used; the message says what was tried and what to do."""


def load(name_or_folder: str | Path = GOOGLE) -> tuple[ViTForImageClassification, object]:
    """A classifier of images, and what makes a photo into its input.

    name_or_folder - a name on the hub, or a folder with the files that ``save_pretrained`` writes.
    The attention is the eager one, whose weights can be looked at (SDPA's cannot).  HF_HUB_OFFLINE is
    respected.  Raises ModelError.
    """
    return load_as(AutoModelForImageClassification, name_or_folder)


def load_as(kind: type[Model], name_or_folder: str | Path) -> tuple[Model, object]:
    """As ``load``, for any class of ``transformers``' models that take an image."""
    name = str(name_or_folder)
    if Path(name).exists() or _like_a_path(name_or_folder):
        return _from_folder(kind, Path(name))
    try:
        return _read(kind, name, local_files_only=True)
    except ModelError:  # it is in the cache, and not what was asked for
        raise
    except OSError:
        unreachable = _unreachable(name)
    if unreachable:
        raise ModelError(_nowhere(name, unreachable))
    try:
        return _read(kind, name)
    except ModelError:
        raise
    except OSError as error:
        raise ModelError(_nowhere(name, _first_line(error))) from error


def _like_a_path(name: str | Path) -> bool:
    """On the hub a name is OWNER/MODEL, or one of a few old ones without an owner."""
    parts = str(name).replace(os.sep, "/").split("/")
    return isinstance(name, Path) or len(parts) > 2 or parts[0] in ("", ".", "..", "~") or not parts[-1]


def _from_folder(kind: type[Model], folder: Path) -> tuple[Model, object]:
    if not folder.is_dir():
        there = "is a file" if folder.exists() else "does not exist"
        raise ModelError(f"{folder} {there}; a folder with {FILES} was expected")
    try:
        return _read(kind, str(folder), local_files_only=True)
    except ModelError:
        raise
    except OSError as error:
        reason = _first_line(error)
        raise ModelError(f"{folder} holds no whole model ({reason}); {FILES} were expected") from error


def _read(kind: type[Model], name: str, **options) -> tuple[Model, object]:
    """Model and processor as transformers reads them; ModelError where weights would be left to chance."""
    try:
        with _quiet():
            processor = AutoImageProcessor.from_pretrained(name, trust_remote_code=False, **options)
            model, found = kind.from_pretrained(
                name, attn_implementation="eager", use_safetensors=True, trust_remote_code=False,
                ignore_mismatched_sizes=True, output_loading_info=True, **options,
            )  # fmt: skip
    except OSError:
        raise
    except Exception as error:  # another kind of model, broken JSON
        raise ModelError(f"{name} is not a model of this kind: {_first_line(error)}") from error
    lacking = sorted(found["missing_keys"]) + [key for key, *_ in found["mismatched_keys"]]
    if lacking:
        some = ", ".join(lacking[:3]) + (" ..." if len(lacking) > 3 else "")
        raise ModelError(f"{name} lacks {len(lacking)} weights that fit a {type(model).__name__}: {some}")
    return model.eval(), processor


@contextlib.contextmanager
def _quiet():
    """No progress bar for the reading of weights, and no table of what did not fit: that is an error here."""
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def _unreachable(name: str) -> str:
    """Why the hub cannot be asked, "" if it can: one request, where transformers would try six times."""
    if constants.HF_HUB_OFFLINE:
        return "HF_HUB_OFFLINE is set"
    try:
        HfApi().model_info(name, timeout=PATIENCE)
    except Exception as error:  # no network, no such model, a name that cannot be one
        return _first_line(error)
    return ""


def _nowhere(name: str, reason: str) -> str:
    return (
        f"the model {name} is not at hand.\n"
        f"Tried: the cache, {constants.HF_HUB_CACHE}\n"
        f"and the hub, {constants.ENDPOINT}: {reason}\n"
        "With a network, the same command fetches it.  Without one: on a machine that has it,\n"
        f"  hf download {name} --local-dir FOLDER\n"
        f"and give FOLDER instead of the name; it must hold {FILES}."
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
