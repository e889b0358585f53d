"""The command line: ``attngen list | run | show | verify | data | vit``."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Annotated

import typer

from attngen.vision.command import app as vit_app

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
data_app = typer.Typer(no_args_is_help=True, help="The data sets: what there is, fetching, checking.")
app.add_typer(data_app, name="data")
app.add_typer(vit_app, name="vit")


@contextlib.contextmanager
def plain_errors():
    """What a user can mend is one clear message, not a traceback."""
    try:
        yield
    except BrokenPipeError:  # whoever reads this, `head` say, has seen enough: typer ends in silence
        raise
    except Exception as error:
        if not isinstance(error, _mendable()):
            raise
        typer.secho(f"attngen: {error}", fg="red", err=True)
        raise typer.Exit(2) from error


def _mendable() -> tuple[type[Exception], ...]:
    """The errors that tell a user what to do.  Importing ``experiments`` here would make all wait for torch."""
    from attngen.data import DataError
    from attngen.results import UnknownResult

    experiments = sys.modules.get("attngen.experiments")
    run_errors = (experiments.RunError,) if experiments else ()
    return (DataError, UnknownResult, OSError, ArithmeticError, *run_errors)


def _seeds(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise typer.BadParameter(f"seeds are whole numbers with commas between, not '{text}'") from error


@app.command("list")
def list_experiments() -> None:
    """Every experiment, its presets, and what is recorded of it."""
    from attngen import experiments, results

    recorded = set(results.names())
    with plain_errors():
        for name, experiment in experiments.all_experiments().items():
            found = results.load(name) if name in recorded else None
            done = f"recorded with preset {found.preset} on {found.device}" if found else "not recorded"
            typer.secho(name, bold=True, nl=False)
            typer.echo(f"  [{' '.join(experiment.presets)}; {done}]\n    {experiment.summary}")


@app.command()
def run(
    name: str,
    preset: Annotated[str, typer.Option(help="smoke, minute, cpu or gpu")] = "minute",
    seed: Annotated[str | None, typer.Option(help="seeds instead of the preset's, such as 0,1,2")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda")] = "auto",
    resume: Annotated[bool, typer.Option(help="go on with an interrupted run")] = True,
    force: Annotated[bool, typer.Option(help="let a small preset replace a recorded result")] = False,
) -> None:
    """Run an experiment and record its result."""
    from attngen import experiments, results

    with plain_errors():
        result = experiments.run(name, preset, _seeds(seed), device, resume, force)
        target = experiments.destination(name, preset, force)
        if target != results.folder():
            why = "is recorded only with --force"
            if name in results.names():
                why = "does not replace a recorded result (--force does)"
            experiments.main_process_note(f"kept in {target / name}: a '{preset}' run {why}")
        experiments.main_process_note(_report(result))


def _report(result) -> str:
    width = max(map(len, result.metrics))
    lines = [f"{key:{width}s}  {number:.6g}" for key, number in result.metrics.items()]
    where = f"{result.name} · preset {result.preset} · {result.device} · seeds {result.seed}"
    return "\n".join([f"{where} · {result.seconds:.0f} s · {result.date}", *lines])


@app.command()
def show(name: str, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """A recorded result: its metrics and where they come from."""
    from attngen import results

    with plain_errors():
        result = results.load(name)
        fields = {field: getattr(result, field) for field in results.FIELDS}
        typer.echo(json.dumps(fields, indent=1, ensure_ascii=False) if as_json else _report(result))
        if not as_json:
            typer.echo(f"again with: {result.command}    (commit {result.commit[:12]})")


@app.command()
def verify(names: Annotated[list[str] | None, typer.Argument(help="all recorded results if none")] = None) -> None:
    """Check recorded results against their weights and against fresh smoke runs."""
    from attngen import verify as checks

    failed = 0
    with plain_errors():
        for finding in checks.verify(names):
            mark = {True: "ok     ", False: "FAILED ", None: "skipped"}[finding.ok]
            typer.echo(f"{mark} {finding.name} · {finding.check} · {finding.detail}")
            failed += finding.ok is False
    raise typer.Exit(1 if failed else 0)


@data_app.command("list")
def data_list() -> None:
    """Every data set: what it is, its licence, and whether it is on this machine."""
    from attngen.data import registry

    for entry in registry.DATASETS.values():
        here = sum(registry.find(entry.name, file.name)[1] is not None for file in entry.files)
        typer.secho(entry.name, bold=True, nl=False)
        typer.echo(f"  [{here} of {len(entry.files)} files on this machine]\n    {entry.title}")
        typer.echo(f"    {entry.origin}; licence: {entry.licence}")


@data_app.command("fetch")
def data_fetch(name: str) -> None:
    """Fetch the files of a data set that are not on this machine, and check them."""
    from attngen.data import DataError, get, locate

    failed = {}
    with plain_errors():
        for file in get(name).files:
            try:
                typer.echo(f"{file.name}: {locate(name, file.name)}")
            except DataError as error:  # one source may be gone and another not
                failed[file.name] = error
        if failed:
            first, *others = failed
            raise DataError(str(failed[first]) + (f"\nNor could these be had: {', '.join(others)}" if others else ""))


@data_app.command("check")
def data_check(name: Annotated[str | None, typer.Argument(help="all data sets if none")] = None) -> None:
    """Check the content of every data file on this machine, and say how to get the missing ones."""
    from attngen.data import DataError, registry

    broken, incomplete = 0, []
    with plain_errors():
        entries = [registry.get(name)] if name else registry.DATASETS.values()
    for entry in entries:
        found = {file: registry.find(entry.name, file.name)[1] for file in entry.files}
        for file, path in found.items():
            try:
                if path is not None:
                    registry.checked(path, file)
                state = "not on this machine" if path is None else f"ok, {path}"
            except DataError as error:
                broken, state = broken + 1, f"BROKEN: {error}"
            typer.echo(f"{entry.name}/{file.name}: {state}")
        if None in found.values():
            incomplete.append(entry)
    for entry in incomplete:
        fetch = f"attngen data fetch {entry.name}" if all(file.url for file in entry.files) else ""
        ways = "\n  or: ".join(filter(None, (fetch, entry.advice)))
        typer.echo(f"To get what is missing of {entry.name}: {ways}")
    if incomplete:
        places = "".join(f"\n  {folder}" for folder in registry.local_folders())
        typer.echo(f"Files are looked for in a folder named as the data set, in these places:{places}")
    raise typer.Exit(2 if broken else 0)


if __name__ == "__main__":
    app()
