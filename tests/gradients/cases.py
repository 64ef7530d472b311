"""What every test of the battery needs: cells, random networks, and the loss as one function."""

from dataclasses import dataclass

import numpy as np

from skrnn.network.cells import CELLS, Elman
from skrnn.network.losses import cross_entropy
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.network.workspace import Workspace
from tests.reference import ORACLES
from tests.reference.bptt import loss_and_gradients

CASES = {name: cell() for name, cell in CELLS.items()} | {"elman-relu": Elman(activation="relu")}
DEPTHS = {"one layer": (4,), "two layers": (4, 3)}


class PoisonedWorkspace(Workspace):
    """Memory full of NaN: whoever reads before writing is found out."""

    def empty(self, name, shape):
        array = super().empty(name, shape)
        array.fill(np.nan)
        return array


@dataclass
class Problem:
    """A network at random parameters, with a batch that starts from random states."""

    name: str
    network: Network
    parameters: Parameters
    x: np.ndarray
    lengths: np.ndarray
    state: tuple
    targets: np.ndarray
    shares: np.ndarray

    def loss_and_gradients(self, workspace=None, at_step=None, gradients=None):
        """Return the loss, the parameters' gradients, d_x and d_state, all as copies."""
        workspace = workspace or PoisonedWorkspace(self.parameters.flat.dtype)
        forward = self.network.forward(self.parameters, self.x, self.lengths, self.state, workspace)
        loss, d_scores = cross_entropy(forward.scores, self.targets, self.shares)
        gradients = gradients or Parameters.zeros(self.network.layout, self.parameters.flat.dtype)
        backward = self.network.backward(
            self.parameters, forward, d_scores, gradients, workspace, at_step
        )
        d_x = self.network.layers[0].backward_inputs(self.parameters, backward.d_gates)
        d_state = tuple(tuple(d.copy() for d in layer) for layer in backward.d_state)
        return loss, gradients, d_x, d_state

    def loss(self):
        workspace = PoisonedWorkspace(self.parameters.flat.dtype)
        forward = self.network.forward(self.parameters, self.x, self.lengths, self.state, workspace)
        return cross_entropy(forward.scores, self.targets, self.shares)[0]

    def take(self, columns, n_steps=None):
        """Return the problem of some of the sequences, padding cut off or replaced by noise."""
        lengths = self.lengths[columns]
        n_steps = n_steps or lengths.max()
        x = np.random.default_rng(1).normal(size=(n_steps, *self.x.shape[1:])).astype(self.x.dtype)
        x[: self.x.shape[0]] = self.x[:n_steps]
        state = tuple(tuple(s[:, columns] for s in layer) for layer in self.state)
        return Problem(
            self.name,
            self.network,
            self.parameters,
            np.ascontiguousarray(x[:, :, columns]),
            lengths,
            state,
            self.targets[columns],
            self.shares[columns],
        )

    def oracle(self, column, **settings):
        """Return what the slow oracle says of one sequence."""
        return loss_and_gradients(
            ORACLES[self.name.split("-")[0]],
            self.network,
            self.parameters,
            self.x[: self.lengths[column], :, column],
            [tuple(s[:, column] for s in layer) for layer in self.state],
            self.targets[column],
            **settings,
        )


def make_problem(name, sizes=(4,), lengths=(5, 5, 5), n_inputs=3, seed=0, dtype=np.float64):
    """Draw a problem: every parameter and every initial state is random and not zero."""
    rng = np.random.default_rng(seed)
    n_sequences, n_steps = len(lengths), max(lengths)
    network = Network(CASES[name], n_inputs, sizes, n_outputs=3)
    parameters = network.initialize(rng, np.dtype(dtype))
    parameters.flat += rng.normal(scale=0.3, size=parameters.flat.size).astype(dtype)
    state = network.initial_state(n_sequences, np.dtype(dtype))
    for layer in state:
        for array in layer:
            array += rng.normal(size=array.shape).astype(dtype)
    return Problem(
        name,
        network,
        parameters,
        rng.normal(size=(n_steps, n_inputs, n_sequences)).astype(dtype),
        np.array(lengths),
        state,
        rng.integers(3, size=n_sequences),
        rng.uniform(0.5, 1.5, size=n_sequences).astype(dtype),
    )


def central_differences(f, array, step=1e-5):
    """Return the numerical gradient of f() with respect to an array that f reads."""
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        value = array[index]
        array[index] = value + step
        above = f()
        array[index] = value - step
        below = f()
        array[index] = value
        gradient[index] = (above - below) / (2 * step)
    return gradient


def relative_error(a, b):
    """Return the distance of two arrays, relative to their size."""
    scale = max(np.linalg.norm(a), np.linalg.norm(b))
    return np.linalg.norm(a - b) / scale if scale > 0 else 0.0
