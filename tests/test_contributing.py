"""The cell that CONTRIBUTING.md walks through, added as it says to a copy of the project."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

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


def test_adding_a_cell(tmp_path):
    ignore = shutil.ignore_patterns("__pycache__")
    for folder in ("skrnn", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "README.md").touch()
    blocks = BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text())
    assert [kind for kind, _, _ in blocks] == ["python", "python", "python", "diff"]
    for kind, name, text in blocks:
        file = tmp_path / name
        assert file.exists() == (kind == "diff")
        file.write_text(text if kind == "python" else add(file.read_text(), text))

    # All that holds a cell to its mathematics, and scikit-learn's checks of the classifier with it.
    chosen = "mgu and not Regressor and not Tagger"
    command = [sys.executable, "-m", "pytest", "-q", "-k", chosen, "-p", "no:cacheprovider"]
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
