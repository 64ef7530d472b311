"""Transformers that skl2onnx turns into something else without a word, as of version 1.20."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectorMixin
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.preprocessing import Normalizer, QuantileTransformer


def _predicts(transformer: Any) -> bool:
    """Tell whether it predicts as well; of selectors that do, skl2onnx writes the selection."""
    return hasattr(transformer, "predict") and not isinstance(transformer, SelectorMixin)


def _selects_first(transformer: Any) -> bool:
    """Tell whether it selects the first column alone, the only one whose number is 0."""
    is_selector = isinstance(transformer, SelectorMixin)
    return is_selector and transformer.get_support(indices=True).tolist() == [0]


def _reorders(transformer: Any) -> bool:
    """Tell whether some columns are as many as there are, and are not all of them in order."""
    if not isinstance(transformer, ColumnTransformer):
        return False
    all_columns = list(range(transformer.n_features_in_))
    groups = [columns for _, _, columns in transformer.transformers_]
    return any(len(group) == len(all_columns) and list(group) != all_columns for group in groups)


def _divides_by_maximum(transformer: Any) -> bool:
    """Tell whether it divides by what scikit-learn takes the absolute value of before."""
    return isinstance(transformer, Normalizer) and transformer.norm == "max"


def _has_constant_quantiles(transformer: Any) -> bool:
    """Tell whether a column was constant in the fit."""
    if not isinstance(transformer, QuantileTransformer):
        return False
    return bool((transformer.quantiles_[0] == transformer.quantiles_[-1]).any())


def _indicates(transformer: Any) -> bool:
    """Tell whether it appends which values were missing."""
    return isinstance(transformer, KNNImputer | SimpleImputer) and bool(transformer.add_indicator)


KNOWN_ERRORS: dict[str, Callable[[Any], bool]] = {
    "transforms and predicts, and skl2onnx writes what it predicts": _predicts,
    "selects the first column alone, which skl2onnx takes for none": _selects_first,
    "brings all columns into another order, which skl2onnx leaves as it is": _reorders,
    "has norm='max', and skl2onnx takes the largest value for the largest absolute one": (
        _divides_by_maximum
    ),
    "appends indicators, as FillSteps does, but skl2onnx leaves them out": _indicates,
    "was fitted on a column that is constant, of which skl2onnx makes 1 and not 0": (
        _has_constant_quantiles
    ),
}
"""By what is to be said of a transformer, whether it is so."""
