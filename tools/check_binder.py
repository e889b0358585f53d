"""Do what Binder does with `.binder/`, then what a student does: open a page, Run All.

    python tools/check_binder.py                          # every chapter with code, both languages
    python tools/check_binder.py book/fa/x.md ...         # these pages
    python tools/check_binder.py --env DIR                # keep the environment there, for the next time
    python tools/check_binder.py --torch-from-pypi        # where PyTorch's own index is not reached

A copy of the repository, a fresh environment from `.binder/requirements.txt`, `postBuild` in a
home of its own, a real JupyterLab, a real Chromium.  Exits 1 if a page does not open as a
notebook, or a cell errs or does not run; pictures go to _build/screenshots/jupyterlab/."""
import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import chromium

ROOT = Path(__file__).parents[1]
SHOTS = ROOT / "_build" / "screenshots" / "jupyterlab"
MINUTES = 30   # at most, for all cells of one page

# Runs inside JupyterLab: the notebook on top, all its cells, and what became of each.
RUN_ALL = """async () => {
  const app = window.jupyterapp, panel = app.shell.currentWidget;
  await panel.sessionContext.ready;
  await app.commands.execute("notebook:run-all-cells");
  return [...panel.content.model.cells].filter(c => c.type === "code" && c.sharedModel.source.trim()).map(c => ({
    source: c.sharedModel.source, count: c.executionCount,
    errors: [...Array(c.outputs.length).keys()].map(i => c.outputs.get(i).toJSON())
      .filter(o => o.output_type === "error").map(o => `${o.ename}: ${o.evalue}`)}));
}"""


def copy_of_repository(to: Path) -> Path:
    """What git would give a clone, changes not yet committed included."""
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                           cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    return to


def install(repo: Path, env: Path, torch_from_pypi: bool) -> None:
    requirements = repo / ".binder" / "requirements.txt"
    if torch_from_pypi:
        lines = requirements.read_text().splitlines(keepends=True)
        requirements.write_text("".join(line for line in lines if not line.startswith("--extra-index-url")))
    if not (env / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", env], check=True)
    # As repo2docker calls it: from the repository's root.
    subprocess.run([env / "bin" / "pip", "install", "-q", "-r", ".binder/requirements.txt"], cwd=repo, check=True)


@contextmanager
def jupyterlab(repo: Path, env: Path, home: Path):
    """postBuild, then a server on a free port; yields its address."""
    variables = {**os.environ, "HOME": str(home), "PATH": f"{env / 'bin'}:{os.environ['PATH']}"}
    subprocess.run([repo / ".binder" / "postBuild"], cwd=repo, env=variables, check=True)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    log = (home / "jupyterlab.log").open("w")
    server = subprocess.Popen(
        [env / "bin" / "jupyter", "lab", "--no-browser", "--allow-root", "--expose-app-in-browser",
         "--ip=127.0.0.1", f"--port={port}", "--IdentityProvider.token="],
        cwd=repo, env=variables, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(1200):   # a first start compiles for a while
            try:
                urllib.request.urlopen(f"{address}/api", timeout=2)
                break
            except OSError:
                time.sleep(0.5)
        else:
            raise SystemExit(f"JupyterLab did not start:\n{Path(log.name).read_text()}")
        yield address
    finally:
        server.terminate()
        server.wait(30)


def run_all(browser, address: str, page_path: str) -> list[str]:
    """Open one page as a student does, run it, and say what went wrong."""
    page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    page.set_default_timeout(MINUTES * 60_000)
    page.goto(f"{address}/lab/tree/{page_path}?reset")
    try:
        page.wait_for_selector(".jp-NotebookPanel", timeout=60_000)
    except Exception:
        return ["does not open as a notebook"]
    cells = page.evaluate(RUN_ALL)
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / (page_path.replace("/", "-") + ".png"))
    problems = [] if cells else ["has no code cell"]
    for n, cell in enumerate(cells, start=1):
        name = f"cell {n} ({cell['source'].splitlines()[0][:50]})"
        problems += [f"{name}: {e}" for e in cell["errors"]]
        problems += [] if cell["count"] else [f"{name}: did not run"]
    print(f"{page_path}: {len(cells)} code cells, {len(problems)} problems", flush=True)
    page.context.close()
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*")
    parser.add_argument("--env", type=Path)
    parser.add_argument("--torch-from-pypi", action="store_true")
    options = parser.parse_args()
    pages = options.pages or sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("book/*/**/*.md")
                                    if "{code-cell}" in p.read_text("utf-8"))
    with tempfile.TemporaryDirectory(prefix="binder-") as folder:
        repo, home = copy_of_repository(Path(folder, "repo")), Path(folder, "home")
        home.mkdir()
        env = (options.env or Path(folder, "env")).absolute()
        install(repo, env, options.torch_from_pypi)
        with jupyterlab(repo, env, home) as address, chromium.launch() as browser:
            problems = [f"{page}: {what}" for page in pages for what in run_all(browser, address, page)]
    print("\n".join(problems) or "All pages run.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
