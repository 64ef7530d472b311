"""Validate the docstring of every public class, function, method and property of skrnn."""

import importlib
import inspect
import pkgutil
import sys
import tomllib
from functools import cached_property
from pathlib import Path

from numpydoc.validate import validate

import skrnn

PYPROJECT = tomllib.loads(Path("pyproject.toml").read_text())
IGNORED = set(PYPROJECT["tool"]["numpydoc_validation"]["ignore"])


def public_objects():
    """Yield the dotted names, each object once, where it is defined and documented."""
    for module_info in pkgutil.walk_packages(skrnn.__path__, "skrnn."):
        module = importlib.import_module(module_info.name)
        for name, value in vars(module).items():
            is_ours = getattr(value, "__module__", None) == module.__name__
            if name.startswith("_") or not is_ours or not callable(value):
                continue
            yield f"{module.__name__}.{name}"
            for member, code in vars(value).items() if inspect.isclass(value) else ():
                is_code = inspect.isroutine(code) or isinstance(code, property | cached_property)
                inherits = code.__doc__ is None and inspect.getdoc(getattr(value, member))
                generated = member.endswith("_request")  # by scikit-learn
                if is_code and not (member.startswith("_") or inherits or generated):
                    yield f"{module.__name__}.{name}.{member}"


def main():
    """Print what is wrong and return whether anything is."""
    wrong = [
        f"{name}: {code} {message}"
        for name in public_objects()
        for code, message in validate(name)["errors"]
        if code not in IGNORED
    ]
    print(*wrong, f"{len(wrong)} errors in docstrings", sep="\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
