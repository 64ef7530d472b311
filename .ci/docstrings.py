"""Validate the docstrings of all that docs/api.rst names."""

import importlib
import inspect
import re
import sys
import tomllib
from functools import cached_property
from pathlib import Path

from numpydoc.validate import validate

PYPROJECT = tomllib.loads(Path("pyproject.toml").read_text())
IGNORED = set(PYPROJECT["tool"]["numpydoc_validation"]["ignore"])
REFERENCE = Path("docs/api.rst")


def named_in_reference():
    """Yield the dotted names under `autosummary`."""
    module = ""
    for line in REFERENCE.read_text().splitlines():
        if match := re.fullmatch(r"\.\. currentmodule:: (\S+)", line):
            module = match[1]
        elif match := re.fullmatch(r"   (\w+)", line):
            yield f"{module}.{match[1]}"


def with_members(name):
    """Yield the name of what can be called, and of the members that skrnn itself gives it."""
    module, _, attribute = name.rpartition(".")
    value = getattr(importlib.import_module(module), attribute)
    if callable(value):
        yield name
    kinds = inspect.getmro(value) if inspect.isclass(value) else ()
    ours = [vars(kind) for kind in kinds if kind.__module__.startswith("skrnn")]
    for member, code in {k: v for members in reversed(ours) for k, v in members.items()}.items():
        is_code = inspect.isroutine(code) or isinstance(code, property | cached_property)
        inherits = code.__doc__ is None and inspect.getdoc(getattr(value, member))
        generated = member.endswith("_request")  # by scikit-learn
        if is_code and not (member.startswith("_") or inherits or generated):
            yield f"{name}.{member}"


def main():
    """Print what is wrong and return whether anything is."""
    names = [name for root in named_in_reference() for name in with_members(root)]
    wrong = [
        f"{name}: {code} {message}"
        for name in names
        for code, message in validate(name)["errors"]
        if code not in IGNORED
    ]
    print(*wrong, f"{len(names)} docstrings, {len(wrong)} errors", sep="\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
