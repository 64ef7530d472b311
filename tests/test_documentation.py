"""The reference lists what is public, and nothing else; README is short, and its links lead on."""

import doctest
import importlib
import inspect
import re
from pathlib import Path

import pytest

from skrnn import RNNSequenceClassifier, RNNSequenceRegressor, RNNSequenceTagger

ROOT = Path(__file__).parents[1]
API = ROOT / "docs" / "api.rst"


def listed(module):
    """Return the names of a module that stand in a table of the page, wherever they do."""
    text = API.read_text(encoding="utf-8")
    names = [f"skrnn.{name}" for name in re.findall(r"^   ([\w.]+)$", text, re.MULTILINE)]
    return sorted(name.rpartition(".")[2] for name in names if name.rpartition(".")[0] == module)


@pytest.mark.parametrize(
    "name",
    [
        "skrnn",
        "skrnn.datasets",
        "skrnn.export",
        "skrnn.inspection",
        "skrnn.metrics",
        "skrnn.preprocessing",
        "skrnn.saving",
    ],
)
def test_every_public_name_is_in_the_reference(name):
    module = importlib.import_module(name)
    public = getattr(module, "__all__", None) or [
        key
        for key, value in inspect.getmembers(module, inspect.isfunction)
        if value.__module__ == name and not key.startswith("_")
    ]
    assert listed(name) == sorted(key for key in public if not key.startswith("__"))


def test_readme_fits_and_what_it_links_to_is_there():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 200
    linked = re.findall(r"\]\(([^)]+)\)|(?:src|srcset)=\"([^\"]+)\"", text)
    assert linked
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    here = {"#" + re.sub(r"[^\w ]", "", title).lower().replace(" ", "-") for title in titles}
    names = [name for name in map("".join, linked) if name not in here]
    assert [name for name in names if not (ROOT / name).is_file()] == []


def test_readme_and_start_page_show_the_same_lines():
    lines = [
        [
            example.source
            for example in doctest.DocTestParser().get_examples(path.read_text("utf-8"))
        ]
        for path in (ROOT / "README.md", ROOT / "docs" / "index.rst")
    ]
    assert lines[0][: len(lines[1])] == lines[1]


@pytest.mark.parametrize("kind", [RNNSequenceClassifier, RNNSequenceRegressor, RNNSequenceTagger])
def test_every_parameter_is_in_the_table(kind):
    rows = (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8").splitlines()
    named = {name for row in rows if row[:1] == "|" for name in re.findall("`(.+?)`", row)}
    assert set(kind().get_params(deep=False)) <= named
