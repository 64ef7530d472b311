"""Models saved in format 2, where what was learnt of X and y had other names."""

from __future__ import annotations

from typing import Any

from skrnn.estimators.targets.labels import Labels
from skrnn.estimators.targets.numbers import Numbers
from skrnn.estimators.targets.step_labels import StepLabels
from skrnn.estimators.targets.target import Target


def upgrade(state: dict[str, Any]) -> None:
    """Bring what an estimator was saved as up to date, in place."""
    if "_x_format" in state:
        state["x_format_"] = state.pop("_x_format")
    if "_progress" not in state:
        return
    target: Target
    if "_units" in state:
        per_step, units = state.pop("_per_step"), state.pop("_units")
        target = Numbers(per_step=per_step, cost=state["loss"], units=units)
    else:
        known = {"class_weight": state["class_weight"], "classes": state.pop("classes_")}
        if state["network_"].per_step:
            target = StepLabels(**known, on_rows=state["x_format_"].on_rows)
        else:
            target = Labels(**known)
    state["_target"] = target
