"""How long something takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import torch

T = TypeVar("T")


def timed(function: Callable[..., T], *arguments, **options) -> tuple[float, T]:
    """Seconds of one call, with a graphics card's queue emptied before and after, and what it returned."""
    _wait()
    began = time.perf_counter()
    answer = function(*arguments, **options)
    _wait()
    return time.perf_counter() - began, answer


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
