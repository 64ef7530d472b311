"""What inspection, export and streams are given of an estimator."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from skrnn.estimators.constraints import check_hyperparameters
from skrnn.network.compiled.engine import check_engine
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.rules import check_parameters
from skrnn.training.dataset import Dataset
from skrnn.training.progress import Recipe


class OpenDoors:
    """An estimator whose network and task others may ask for."""

    @property
    def __skrnn_network__(self: Any) -> Network:
        """The fitted network with the engine that is chosen by now."""
        check_parameters(self, "engine")
        check_engine(self.engine, self.network_.cell)
        network: Network = self.network_
        return network if network.engine == self.engine else replace(network, engine=self.engine)

    def __skrnn_task__(self: Any, X: Any, y: Any) -> tuple[Recipe, Parameters, Dataset]:
        """Return how X and y would be learnt, from which parameters; for inspection, of a copy."""
        check_hyperparameters(self)
        data = self._check(X, y, None)
        recipe = self._build(data, self._seed())
        return recipe, getattr(self, "parameters_", self._progress.parameters), data
