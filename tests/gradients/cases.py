"""What every test of the battery needs: cells, random networks, and the loss as one function."""

from dataclasses import dataclass, replace

import numpy as np

from skrnn.network.cells import CELLS, Elman
from skrnn.network.dropout import dropout_masks
from skrnn.network.losses import cross_entropy, replicate
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.network.pooling import POOLS
from skrnn.network.trace import NetworkState
from skrnn.network.workspace import Workspace
from tests.reference import oracle_of
from tests.reference.bptt import loss_and_gradients

CASES = {name: cell() for name, cell in CELLS.items()} | {"elman-relu": Elman(activation="relu")}
DEPTHS = {"one layer": (4,), "two layers": (4, 3)}
SHAPES = {
    f"{depth}, {directions} directions, {pooling}": {
        "sizes": sizes,
        "bidirectional": directions == "both",
        "pooling": pooling,
    }
    for depth, sizes in DEPTHS.items()
    for directions in ("one", "both")
    for pooling in POOLS
}
LOSSES = {"at the end": {}, "replicated": {"replication": 0.3}, "every step": {"replication": 1.0}}
DROPOUT = {"no dropout": {}, "dropout": {"dropout": 0.4}}
ONE_DIRECTION = {key: shape for key, shape in SHAPES.items() if not shape["bidirectional"]}
"""A network that reads in both directions has no windows: its end is read first."""


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
    state: NetworkState
    targets: np.ndarray
    shares: np.ndarray
    replication: float = 0.0
    segment: int | None = None

    @property
    def step_shares(self):
        if self.replication == 0:
            return self.shares[None]
        zero = np.zeros_like(self.lengths)
        window = zero, zero, self.lengths
        parts = replicate(self.shares, self.lengths, self.replication, *window)
        padding = np.zeros((len(self.x) - len(parts), len(self.lengths)), parts.dtype)
        return np.concatenate([parts, padding])

    def forward(self, workspace, state=None):
        return self.network.forward(
            self.parameters,
            self.x,
            self.lengths,
            state or self.state,
            workspace,
            every_step=self.replication > 0,
            segment_length=self.segment,
        )

    def loss_and_gradients(self, workspace=None, at_step=None, gradients=None):
        """Return the loss, the parameters' gradients, d_x and d_state, all as copies."""
        workspace = workspace or PoisonedWorkspace(self.parameters.flat.dtype)
        forward = self.forward(workspace)
        loss, d_scores = cross_entropy(forward.scores, self.targets, self.step_shares)
        gradients = gradients or Parameters.zeros(self.network.layout, self.parameters.flat.dtype)
        d_x = np.full_like(self.x, np.nan)
        d_layers = self.network.backward(
            self.parameters, forward, d_scores, gradients, workspace, at_step, d_x
        )
        return loss, gradients, d_x, flatten(d_layers)

    def loss(self):
        scores = self.forward(PoisonedWorkspace(self.parameters.flat.dtype)).scores
        return cross_entropy(scores, self.targets, self.step_shares)[0]

    def take(self, columns, n_steps=None):
        """Return the problem of some of the sequences, padding cut off or replaced by noise."""
        lengths = self.lengths[columns]
        n_steps = n_steps or lengths.max()
        x = np.random.default_rng(1).normal(size=(n_steps, *self.x.shape[1:])).astype(self.x.dtype)
        x[: self.x.shape[0]] = self.x[:n_steps]
        return replace(
            self,
            x=np.ascontiguousarray(x[:, :, columns]),
            lengths=lengths,
            state=self.state.take(columns),
            targets=self.targets[columns],
            shares=self.shares[columns],
        )

    def oracle(self, column, **settings):
        """Return what the slow oracle says of one sequence."""
        state = self.state.take(column)
        loss, gradients, d_x, d_initial = loss_and_gradients(
            oracle_of(self.name.split("-")[0]),
            self.network,
            self.parameters,
            self.x[: self.lengths[column], :, column],
            state.layers,
            self.targets[column],
            replication=self.replication,
            masks=state.masks or None,
            **settings,
        )
        return loss, gradients, d_x, flatten(d_initial)


def flatten(layers):
    """Return the states of all layers and directions in one list."""
    return [state for layer in layers for direction in layer for state in direction]


def make_problem(
    name,
    sizes=(4,),
    lengths=(5, 5, 5),
    *,
    n_inputs=3,
    seed=0,
    dtype=np.float64,
    bidirectional=False,
    pooling="last",
    replication=0.0,
    dropout=0.0,
):
    """Draw a problem: every parameter and every initial state is random and not zero."""
    rng = np.random.default_rng(seed)
    n_sequences, n_steps, dtype = len(lengths), max(lengths), np.dtype(dtype)
    network = Network(CASES[name], n_inputs, sizes, 3, bidirectional, pooling)
    parameters = network.initialize(rng, dtype)
    parameters.flat += rng.normal(scale=0.3, size=parameters.flat.size).astype(dtype)
    widths = [layer.n_outputs for layer in network.layers]
    masks = dropout_masks(dropout, widths, n_sequences, dtype, rng)
    state = network.initial_state(n_sequences, dtype, masks)
    for array in flatten(state.layers):
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
        replication,
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
