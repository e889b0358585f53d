"""The weights of a network on disk: safetensors, which hold numbers and no code."""

from __future__ import annotations

import copy
import os
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_model, save_model
from torch import nn


def save(model: nn.Module, path: Path, *, half: bool = False) -> Path:
    """Write a network's weights, whole or not at all; returns ``path``.

    Tables that layers share are kept once.
    half - keep floating numbers as float16, which halves the file; the network itself stays as it is.
    Raises OSError where the file cannot be written (what was there before is as it was), and OverflowError
    where a number is too large for float16.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    kept = _halved(model) if half else model
    try:
        save_model(kept, str(unfinished))  # knows of shared tables
        os.replace(unfinished, path)
    except (OSError, SafetensorError) as error:
        raise OSError(f"the weights {path} could not be written ({error}); is the disk full?") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _halved(model: nn.Module) -> nn.Module:
    largest = torch.finfo(torch.float16).max
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point() and (tensor.abs() > largest).any():
            raise OverflowError(f"'{name}' has numbers beyond {largest:.0f}, float16's largest; save with half=False")
    return copy.deepcopy(model).half()


def load(model: nn.Module, path: Path) -> nn.Module:
    """Fill a network with the weights that ``save`` wrote; returns the network.

    Numbers take the network's own type: a file in float16 fills a network in float32.
    Raises OSError where the file is missing, broken, or of a network of another shape; the network may then
    be filled in part.
    """
    try:
        load_model(model, str(path))
    except FileNotFoundError as error:
        raise OSError(f"there are no weights {path}") from error
    except (OSError, SafetensorError) as error:
        raise OSError(f"the weights {path} cannot be read ({error}); get them or make them again") from error
    except RuntimeError as error:  # torch lists what is missing, what is too much, and what has another shape
        wrong = "; ".join(line.strip().rstrip(".") for line in str(error).splitlines()[1:])
        raise OSError(f"the weights {path} do not fit this {type(model).__name__}: {wrong}") from error
    return model
