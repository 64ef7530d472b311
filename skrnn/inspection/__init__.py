"""Checks and plots of an estimator, fitted or not. Matplotlib is needed for the plots only."""

from skrnn.inspection.attribution import attributions
from skrnn.inspection.attribution_display import AttributionDisplay
from skrnn.inspection.check import check_gradients
from skrnn.inspection.flow import gradient_flow
from skrnn.inspection.flow_display import GradientFlowDisplay
from skrnn.inspection.gradient import loss_gradient
from skrnn.inspection.hidden_state_display import HiddenStateDisplay
from skrnn.inspection.hidden_states import hidden_states
from skrnn.inspection.importance import sequence_importance
from skrnn.inspection.loss_curve import LossCurveDisplay

__all__ = [
    "AttributionDisplay",
    "GradientFlowDisplay",
    "HiddenStateDisplay",
    "LossCurveDisplay",
    "attributions",
    "check_gradients",
    "gradient_flow",
    "hidden_states",
    "loss_gradient",
    "sequence_importance",
]
