"""Specs: small dataclasses that name a choice and its settings, and hold no arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from numbers import Integral, Real
from typing import Any, Self, TypeVar

import numpy as np

from skrnn.rules import (
    InvalidParameterError,
    Value,
    among,
    check_parameters,
    instance,
    obeying,
    shown,
)


@dataclass
class Spec:
    """
    Settings that scikit-learn can read, set and clone.

    A search reaches into a spec by its field names: with ``optimizer=Adam()``, the grid may hold
    ``optimizer__beta_1``. The constructor stores its arguments and nothing else; `check` is what
    complains about them.
    """

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002
        """
        Return the settings by name.

        Parameters
        ----------
        deep : bool, default=True
            Whether to add the settings of specs within this one, as ``outer__inner``.

        Returns
        -------
        dict
            Names and values.
        """
        params = {each.name: getattr(self, each.name) for each in fields(self)}
        if deep:
            inner = {name: spec for name, spec in params.items() if isinstance(spec, Spec)}
            for name, spec in inner.items():
                params |= {f"{name}__{key}": value for key, value in spec.get_params().items()}
        return params

    def set_params(self, **params: Any) -> Self:
        """
        Change settings in place.

        Parameters
        ----------
        **params
            New values by name; ``outer__inner`` reaches into a spec within this one.

        Returns
        -------
        Spec
            The spec itself.
        """
        own = {name: value for name, value in params.items() if "__" not in name}
        after = self.get_params(deep=False) | own
        inner: dict[str, dict[str, Any]] = {}
        for name, value in params.items():
            outer, _, rest = name.partition("__")
            if outer not in self.get_params(deep=False):
                names = ", ".join(map(repr, self.get_params()))
                raise InvalidParameterError(
                    f"Invalid parameter {outer!r} for {type(self).__name__}. "
                    f"Valid parameters are: {names}."
                )
            if rest and not isinstance(after[outer], Spec):
                raise InvalidParameterError(
                    f"{name!r} needs an object to change, but {outer} is {shown(after[outer])}."
                )
            if rest:
                inner.setdefault(outer, {})[rest] = value
        for name, value in own.items():
            setattr(self, name, value)
        for outer, settings in inner.items():
            after[outer].set_params(**settings)
        return self

    def plain(self) -> Self:
        """
        Return a copy in Python's own numbers.

        Returns
        -------
        Spec
            A copy, specs within it included. Numbers of NumPy, as a search may set them, and
            fractions would bring their own precision into the arithmetic.
        """
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        for name, value in values.items():
            if isinstance(value, Spec):
                values[name] = value.plain()
            elif isinstance(value, bool | np.bool_):
                values[name] = bool(value)
            elif isinstance(value, Integral):
                values[name] = int(value)
            elif isinstance(value, Real):
                values[name] = float(value)
            elif isinstance(value, np.generic):
                values[name] = value.item()
        return replace(self, **values)

    def check(self) -> None:
        """Raise an error that names the first setting out of its range."""
        check_parameters(self)
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, Spec):
                value.check()


AnySpec = TypeVar("AnySpec", bound=Spec)


def resolve(choice: str | AnySpec, options: Mapping[str, type[AnySpec]]) -> AnySpec:
    """Return the spec that a choice stands for: itself, or the default one of a class by name."""
    return options[choice]() if isinstance(choice, str) else choice


def choice(default: Value, options: Mapping[str, type[Spec]], kind: type) -> Value:
    """Declare a field that is a spec of a kind, or the name of one, or the string by default."""
    names = {*options} | ({str(default)} if isinstance(default, str) else set())
    how: Any = {"metadata": obeying(among(names), instance(kind)) | {"options": options}}
    if isinstance(default, Spec):
        return field(default_factory=default.plain, **how)  # a copy for each
    return field(default=default, **how)


def choices_of(owner: Any) -> dict[str, Mapping[str, type[Spec]]]:
    """Return the options of each field of a dataclass that is a `choice`."""
    return {
        each.name: each.metadata["options"] for each in fields(owner) if "options" in each.metadata
    }
