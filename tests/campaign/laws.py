"""All laws; to import them is to enter them in `LAWS`."""

from tests.campaign import (  # noqa: F401
    laws_of_estimators,
    laws_of_gradients,
    laws_of_predictions,
    laws_of_training,
)
from tests.campaign.law import LAWS

__all__ = ["LAWS"]
