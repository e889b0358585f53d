"""The command line of the vision chapter: ``attngen vit explain PHOTO --out FILE``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Vision transformers: look inside one.")


@app.callback()
def vit() -> None:
    """Vision transformers: look inside one."""  # with a callback, a single command keeps its name


@app.command()
def explain(
    photo: Annotated[Path, typer.Argument(help="any photo: png, jpg, webp, ...")],
    out: Annotated[Path, typer.Option(help="the .png, .svg or .html file to write")],
    model: Annotated[
        str, typer.Option(help="a name on the Hugging Face hub, a folder, 'clip' or 'compact'")
    ] = "google/vit-base-patch16-224",
    lang: Annotated[str, typer.Option(help="en or fa")] = "en",
) -> None:
    """Top-5 classes, the attention map of every head, and attention rollout of a photo, in one file."""
    from attngen.cli import plain_errors

    with plain_errors():
        from attngen.vision.photos import open_photo
        from attngen.vision.writing import checked

        open_photo(photo)  # a mistake in the line is answered at once, without waiting for torch
        checked(out, photo, lang)
        from attngen.vision.explain import explain as write

        for found in write(photo, out, model, lang):
            typer.echo(f"{found.probability:7.1%}  {found.fa if lang == 'fa' else found.label}")
        typer.echo(f"written to {out}")
