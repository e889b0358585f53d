"""Where an explanation is written: asked before the work, and then whole or not at all.

Nothing here needs torch, so that a command line with a mistake is answered at once.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

KINDS = (".png", ".svg", ".html")


class OutputError(OSError):
    """A file that cannot be written, or must not be; the message says what would do."""


def checked(out: Path, photo: Path, lang: str) -> Path:
    """``out``, if the explanation of a photo can go there; OutputError where it cannot."""
    kinds = ", ".join(KINDS)
    if lang not in ("en", "fa"):
        raise OutputError(f"the language is en or fa, not '{lang}'")
    if out.suffix.lower() not in KINDS:
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
