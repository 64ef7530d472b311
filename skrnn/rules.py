"""Rules that a parameter's value must obey, and the one error that says which it broke."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from math import inf, isfinite
from numbers import Integral, Real
from typing import Any, TypeVar

import numpy as np


class InvalidParameterError(ValueError, TypeError):
    """A parameter has a value or a type that it may not have."""


@dataclass(frozen=True)
class Rule:
    """One kind of admissible value."""

    words: str  # what it is, to follow "must be"
    admits: Callable[[Any], bool]


LARGEST = 2**63 - 1
"""What NumPy counts up to, and larger than anything that is to be counted."""


def whole(low: int, high: int = LARGEST) -> Rule:
    """Admit an integer from `low` to `high`; a bool is none here."""
    return Rule(
        f"an int in the range [{low}, {'2**63)' if high == LARGEST else f'{high}]'}",
        lambda value: (
            isinstance(value, Integral)
            and not isinstance(value, bool)
            and low <= int(value) <= high
        ),
    )


def real(low: float, high: float = inf, ends: str = "[)") -> Rule:
    """
    Admit a finite real number; a bool is none here.

    An end belongs to the range if its bracket is a square one.
    """

    def admits(value: Any) -> bool:
        if not isinstance(value, Real) or isinstance(value, bool):
            return False
        try:
            number = float(value)
        except OverflowError:
            return False
        is_end = (number == low and ends[0] == "[") or (number == high and ends[1] == "]")
        return isfinite(number) and (low < number < high or is_end)

    return Rule(f"a float in the range {ends[0]}{low}, {high}{ends[1]}", admits)


def among(options: Iterable[str]) -> Rule:
    """Admit one of a few strings."""
    names = sorted(options)
    listing = ", ".join(map(repr, names))
    return Rule(
        f"a str among {{{listing}}}", lambda value: isinstance(value, str) and value in names
    )


def instance(kind: type) -> Rule:
    """Admit an instance of a class."""
    return Rule(f"an instance of {kind.__name__}", lambda value: isinstance(value, kind))


def is_several(value: Any) -> bool:
    """Tell whether a value is a sequence of at least one item; a string or bytes are none."""
    is_sequence = isinstance(value, Sequence) or (isinstance(value, np.ndarray) and value.ndim == 1)
    is_sequence &= not isinstance(value, str | bytes | bytearray | memoryview)
    return is_sequence and len(value) > 0


NOTHING = Rule("None", lambda value: value is None)
BOOLEAN = Rule("a bool", lambda value: isinstance(value, bool | np.bool_))
SEED = (whole(0, 2**32 - 1), instance(np.random.RandomState), NOTHING)
"""What a `random_state` may be."""


def shown(value: Any) -> str:
    """Return how a value looks, cut to what an error has room for."""
    try:
        text = repr(value)
    except ValueError:  # of Python, for an int of thousands of digits
        return f"a value of type {type(value).__name__}, with too many digits to print,"
    return text if len(text) <= 200 else f"{text[:100]}... ({len(text)} characters)"


def check(parameter: str, value: Any, *alternatives: Rule) -> None:
    """Raise an `InvalidParameterError` that says what is checked unless a value obeys a rule."""
    if not any(rule.admits(value) for rule in alternatives):
        *first, last = (rule.words for rule in alternatives)
        words = f"{', '.join(first)} or {last}" if first else last
        raise InvalidParameterError(f"{parameter} must be {words}. Got {shown(value)} instead.")


Value = TypeVar("Value")


def setting(default: Value, *rules: Rule) -> Value:
    """Declare a field of a dataclass, of which a value obeys one of some rules."""
    return field(default=default, metadata=obeying(*rules))


def obeying(*rules: Rule) -> dict[str, Any]:
    """Return the metadata of a field whose values obey one of some rules."""
    return {"rules": rules}


def rules_of(owner: Any) -> dict[str, tuple[Rule, ...]]:
    """Return the rules of a dataclass by field."""
    return {each.name: each.metadata["rules"] for each in fields(owner) if "rules" in each.metadata}


def check_parameters(owner: Any, *names: str) -> None:
    """Raise an `InvalidParameterError` for the first field, or of those named, with a bad value."""
    rules = rules_of(owner)
    for name in names or rules:
        kind = type(owner).__name__
        check(f"The {name!r} parameter of {kind}", getattr(owner, name), *rules[name])
