"""Checks and plots of an estimator, fitted or not. Matplotlib is needed for the plots only."""

from skrnn.inspection.check import check_gradients
from skrnn.inspection.flow import gradient_flow
from skrnn.inspection.flow_display import GradientFlowDisplay
from skrnn.inspection.hidden_state import HiddenStateDisplay
from skrnn.inspection.loss_curve import LossCurveDisplay

__all__ = [
    "GradientFlowDisplay",
    "HiddenStateDisplay",
    "LossCurveDisplay",
    "check_gradients",
    "gradient_flow",
]
