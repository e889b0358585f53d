"""What makes a page's cached outputs stale: the modules behind its cells, and nothing else."""
import fresh_outputs
import pytest


@pytest.fixture
def project(tmp_path):
    files = {"__init__.py": "", "used.py": "from . import deep\n", "deep.py": "import math\n", "unused.py": "",
             "sub/__init__.py": "from .leaf import x\n", "sub/leaf.py": "from ..deep import y\n"}
    for name, text in files.items():
        path = tmp_path / "code" / "attngen" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    record = tmp_path / "results" / "run-a" / "run.json"
    record.parent.mkdir(parents=True)
    record.write_text("{}")
    return tmp_path


def names(paths):
    return {path.relative_to(path.parents[1]).as_posix() for path in paths}


@pytest.mark.parametrize("cell, expected", [
    ("from attngen import used", {"attngen/__init__.py", "attngen/used.py", "attngen/deep.py"}),
    ("import attngen.used", {"attngen/__init__.py", "attngen/used.py", "attngen/deep.py"}),
    ("from attngen.sub import x", {"attngen/__init__.py", "sub/__init__.py", "sub/leaf.py", "attngen/deep.py"}),
    ("%matplotlib inline\nimport numpy", set())])
def test_modules_behind_a_cell(project, cell, expected):
    assert names(fresh_outputs.inputs_of([cell], project)) == expected


def test_results_count_where_a_cell_reads_them(project):
    assert names(fresh_outputs.inputs_of(["from attngen import results"], project)) >= {"run-a/run.json"}


def test_fingerprint_follows_the_code(project):
    inputs = fresh_outputs.inputs_of(["import attngen.used"], project)
    before = fresh_outputs.fingerprint(inputs)
    (project / "code/attngen/unused.py").write_text("changed = True")
    assert fresh_outputs.fingerprint(inputs) == before
    (project / "code/attngen/deep.py").write_text("changed = True")
    assert fresh_outputs.fingerprint(inputs) != before
