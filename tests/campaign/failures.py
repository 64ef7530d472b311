"""From a law that fails to a short script that says so."""

from collections.abc import Iterator
from dataclasses import MISSING, fields, replace
from traceback import extract_tb

from tests.campaign.configuration import Configuration
from tests.campaign.laws import LAWS


def failure(name: str, c: Configuration) -> Exception | None:
    """Return what a law has to complain of, if it holds for a configuration."""
    try:
        if LAWS[name].holds(c):
            LAWS[name](c)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what a campaign looks for
        return error
    return None


def shortest(name: str, c: Configuration) -> Configuration:
    """Leave out of a configuration all that a failure does not need."""
    trace = _trace(failure(name, c))
    while True:
        shorter = (other for other in _shorter(c) if _trace(failure(name, other)) == trace)
        c, before = next(shorter, c), c
        if c is before:
            return c


def script_of(name: str, c: Configuration) -> str:
    """Return a script that fails as a law does, to be run from the root of the repository."""
    return (
        f"import numpy as np\n"
        f"from skrnn import *\n"
        f"from tests.campaign.configuration import Configuration\n"
        f"from tests.campaign.laws import LAWS\n\n"
        f"configuration = {c!r}\n"
        f"LAWS[{name!r}](configuration)\n"
    )


def _trace(error: Exception | None) -> list[tuple[str, int | None]]:
    """Return the places that an error has passed through, to tell it from others."""
    if error is None:
        return []
    return [(frame.filename, frame.lineno) for frame in extract_tb(error.__traceback__)]


def _shorter(c: Configuration) -> Iterator[Configuration]:
    """Yield configurations that are one step shorter."""
    for name in c.parameters:
        rest = {key: value for key, value in c.parameters.items() if key != name}
        yield replace(c, parameters=rest)
    for field in fields(c):
        if field.default is not MISSING and getattr(c, field.name) != field.default:
            yield replace(c, **{field.name: field.default})
    for i, n_steps in enumerate(c.lengths):
        before, after = c.lengths[:i], c.lengths[i + 1 :]
        yield replace(c, lengths=before + after)
        if n_steps > 1:
            yield replace(c, lengths=(*before, n_steps // 2, *after))
