"""The cell and the kind of target that CONTRIBUTING.md walks through, added as it says."""

import os
import re
import shutil
import subprocess
import sys
import warnings
from importlib import import_module
from pathlib import Path

from sklearn.utils.estimator_checks import check_estimator

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(python|diff)\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def add(text, diff):
    """Insert each line of a diff that begins with a plus after the line that it follows."""
    lines, place = text.splitlines(), 0
    for line in diff.splitlines():
        if line[0] == "+":
            place += 1
            lines.insert(place, line[1:])
        else:
            place = lines.index(line[1:])
    return "\n".join(lines) + "\n"


def blocks_of_code():
    """Return the kind, the file and the text of each block that names a file."""
    return BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text())


def test_adding_a_kind_of_target(tmp_path, monkeypatch):
    ((_, _, text),) = (block for block in blocks_of_code() if block[1] == "grades.py")
    (tmp_path / "grades.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    kind = import_module("grades").RNNSequenceGrader
    grader = kind(8, learning_rate=0.05, max_iter=30, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        said = check_estimator(grader, on_skip=None)
    assert {check["status"] for check in said} == {"passed"}


def test_adding_a_cell(tmp_path):
    ignore = shutil.ignore_patterns("__pycache__")
    for folder in ("skrnn", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "README.md").touch()
    blocks = [block for block in blocks_of_code() if "/" in block[1]]
    assert [kind for kind, _, _ in blocks] == ["python", "python", "python", "diff"]
    for kind, name, text in blocks:
        file = tmp_path / name
        assert file.exists() == (kind == "diff")
        file.write_text(text if kind == "python" else add(file.read_text(), text))

    # All that holds a cell to its mathematics, and scikit-learn's checks of the classifier with it.
    chosen = "mgu and not Regressor and not Tagger"
    where = ["tests/gradients", "tests/network", "tests/estimators/test_checks.py"]
    command = [sys.executable, "-m", "pytest", "-q", "-k", chosen, "-p", "no:cacheprovider", *where]
    result = subprocess.run(
        command,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-3000:]
    passed = re.search(r"(\d+) passed, \d+ deselected in", result.stdout.splitlines()[-1])
    assert int(passed[1]) > 500
