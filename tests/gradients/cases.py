"""What every test of the battery needs: cells, random networks, and the loss as one function."""

from dataclasses import dataclass, replace
from functools import cached_property, partial
from importlib.util import find_spec

import numpy as np

from skrnn.network.cells import CELLS, Elman
from skrnn.network.dropout import dropout_masks
from skrnn.network.losses import (
    REGRESSION_LOSSES,
    BinaryCrossEntropy,
    CrossEntropy,
    Loss,
    Quantile,
)
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.network.pooling import POOLS
from skrnn.network.states import State, take
from skrnn.network.workspace import Workspace
from skrnn.sequences.sequences import Sequences
from skrnn.training.windows import Window, replicate
from tests.reference import oracle_of
from tests.reference.bptt import loss_and_gradients
from tests.reference.losses import COSTS

CASES = {name: cell() for name, cell in CELLS.items()} | {"elman-relu": Elman(activation="relu")}
OF_NUMPY = tuple(CASES)
if find_spec("numba"):
    CASES |= {f"{name}-numba": cell for name, cell in CASES.items() if cell.rule() is not None}
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
LOSSES = {
    "at the end": {},
    "replicated": {"replication": 0.3},
    "every step": {"replication": 1.0},
    "targets of steps": {"per_step": True},
}
"""Steps of their own targets have weights of their own, some of them zero."""
DROPOUT = {"no dropout": {}, "dropout": {"dropout": 0.4}}
ONE_DIRECTION = {key: shape for key, shape in SHAPES.items() if not shape["bidirectional"]}
"""A network that reads in both directions has no windows: its end is read first."""


OF_REGRESSION = {**REGRESSION_LOSSES, "quantiles": partial(Quantile, [0.1, 0.3, 0.7, 0.9])}
OF_NUMBERS = {"binary_cross_entropy": BinaryCrossEntropy, **OF_REGRESSION}
KINDS = {"cross_entropy": CrossEntropy, **OF_NUMBERS}


class PoisonedWorkspace(Workspace):
    """Memory full of NaN: whoever reads before writing is found out."""

    def empty(self, name, shape):
        array = super().empty(name, shape)
        array.fill(np.nan)
        return array

    def bind(self, name, key, build):
        return build()


@dataclass
class Problem:
    """A network at random parameters, with a batch that starts from random states."""

    name: str
    network: Network
    parameters: Parameters
    x: np.ndarray
    lengths: np.ndarray
    state: State
    targets: np.ndarray
    shares: np.ndarray
    step_weights: np.ndarray
    replication: float = 0.0
    segment: int | None = None
    kind: str = "cross_entropy"

    @property
    def every_step(self):
        return self.network.per_step or self.replication > 0

    @property
    def step_shares(self):
        if self.network.per_step:
            return self.shares * self.step_weights
        if self.replication == 0:
            return self.shares[None]
        zero = np.zeros_like(self.lengths)
        window = Window(zero, zero, self.lengths)
        parts = replicate(self.shares, self.lengths, self.replication, window)
        padding = np.zeros((len(self.x) - len(parts), len(self.lengths)), parts.dtype)
        return np.concatenate([parts, padding])

    def cost(self, scores, steps):
        loss: Loss = KINDS[self.kind]()
        targets = self.targets[steps] if self.network.per_step else self.targets
        return loss(scores, targets, self.step_shares[steps])

    def forward(self, workspace, state=None):
        return self.network.forward(
            self.parameters,
            self.x,
            self.lengths,
            state or self.state,
            workspace,
            segment_length=self.segment,
        )

    def scores(self, workspace):
        """Return the scores that the loss is of, at the end or at every step."""
        last = replace(self, segment=None).forward(workspace).last
        return self.network.read(self.parameters, last, workspace, every_step=self.every_step)

    def loss_and_gradients(self, workspace=None, at_step=None, gradients=None):
        """Return the loss, the parameters' gradients, d_x and d_state, all as copies."""
        workspace = workspace or PoisonedWorkspace(self.parameters.flat.dtype)
        forward, of_steps = self.forward(workspace), np.full(len(self.step_shares), np.nan)

        def cost(scores, steps):
            of_steps[steps], d_scores = self.cost(scores, steps)
            return d_scores

        gradients = gradients or Parameters.zeros(self.network.layout, self.parameters.flat.dtype)
        d_x = np.full(self.x.shape, np.nan, self.x.dtype)
        d_state = self.network.backward(
            self.parameters,
            forward,
            cost,
            gradients,
            workspace,
            at_step,
            d_x,
            every_step=self.every_step,
        )
        return of_steps.sum(), gradients, d_x, flatten(self.network, d_state)

    @cached_property
    def memory(self):
        """Memory for many losses; that of the gradient is poisoned, which takes twice the time."""
        return Workspace(self.parameters.flat.dtype)

    def loss(self):
        return self.cost(self.scores(self.memory), slice(None))[0].sum()

    def take(self, columns, n_steps=None):
        """Return the problem of some of the sequences, padding cut off or replaced by noise."""
        lengths = self.lengths[columns]
        n_steps = n_steps or lengths.max()
        rng = np.random.default_rng(1)
        noise = rng.normal(size=(n_steps, *self.x.shape[1:]))
        draw_codes(self.network, noise, rng)
        steps = self.targets, self.step_weights
        if self.network.per_step:  # targets and weights of padding are zero
            steps = [resized(s, n_steps, np.zeros((n_steps, *s.shape[1:]))) for s in steps]
        return replace(
            self,
            x=np.ascontiguousarray(resized(self.x, n_steps, noise)[:, :, columns]),
            lengths=lengths,
            state=take(self.state, columns),
            targets=steps[0][..., columns],
            shares=self.shares[columns],
            step_weights=steps[1][..., columns],
        )

    def window(self, begin, end, state):
        """Return the problem of a part of each sequence."""
        members = np.arange(len(self.lengths))

        def cut(steps):
            rows = [steps[:n, :, b] for b, n in enumerate(self.lengths)]
            return Sequences(np.concatenate(rows), self.lengths).pad(members, begin, end)

        problem = replace(self, x=cut(self.x), lengths=end - begin, state=state)
        if self.network.per_step:
            problem.targets = cut(self.targets)
            problem.step_weights = cut(self.step_weights[:, None])[:, 0]
        return problem

    def oracle(self, column, **settings):
        """Return what the slow oracle says of one sequence."""
        state, n, per_step = take(self.state, column), self.lengths[column], self.network.per_step
        loss, gradients, d_x, d_initial = loss_and_gradients(
            oracle_of(self.name.split("-")[0]),
            self.network,
            self.parameters,
            self.x[:n, :, column],
            nested(self.network, state),
            self.targets[:n, :, column] if per_step else self.targets[0, :, column],
            replication=self.replication,
            shares=self.step_weights[:n, column] if per_step else None,
            masks=masks_of(self.network, state),
            cost=COSTS[self.kind],
            **settings,
        )
        return loss, gradients, d_x, [s for layer in d_initial for states in layer for s in states]


def resized(steps, n_steps, filling):
    """Return the first steps, and what fills the rest."""
    filling[: len(steps)] = steps[:n_steps]
    return filling.astype(steps.dtype)


def nested(network, state):
    """Return what recurrences carry: by layer, direction and kind of state."""
    return [
        [tuple(state[name] for name in direction.state_names) for direction in layer.directions]
        for layer in network.layers
    ]


def flatten(network, state):
    """Return the states of all layers and directions in one list."""
    return [s for layer in nested(network, state) for direction in layer for s in direction]


def masks_of(network, state):
    """Return the dropout mask of each layer; None if there are none."""
    return [state[layer.mask] for layer in network.layers if layer.mask in state] or None


def engine_of(name):
    """Return the engine of a case."""
    return "numba" if name.endswith("-numba") else "numpy"


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
    per_step=False,
    kind="cross_entropy",
    embeddings=(),
):
    """Draw a problem: every parameter and every initial state is random and not zero."""
    rng = np.random.default_rng(seed)
    n_sequences, n_steps, dtype = len(lengths), max(lengths), np.dtype(dtype)
    cell, engine = CASES[name], engine_of(name)
    n_scores = 3 * getattr(KINDS[kind](), "n_scores", 1)
    shape = cell, n_inputs, sizes, n_scores, bidirectional, pooling, per_step
    network = Network(*shape, embeddings, engine)
    parameters = network.initialize(rng, dtype)
    for key in network.layout:  # not the flat vector, whose order does not matter
        noise = rng.normal(scale=0.3, size=parameters[key].shape)
        parameters[key][...] += noise.astype(dtype)
    widths = [layer.n_outputs for layer in network.layers]
    masks = dropout_masks(dropout, widths, n_sequences, dtype, rng)
    state = network.initial_state(n_sequences, dtype, masks)
    for array in flatten(network, state):
        array += rng.normal(size=array.shape).astype(dtype)
    problem = Problem(
        name,
        network,
        parameters,
        rng.normal(size=(n_steps, n_inputs, n_sequences)).astype(dtype),
        np.array(lengths),
        state,
        rng.integers(3, size=(1, 1, n_sequences)),
        rng.uniform(0.5, 1.5, size=n_sequences).astype(dtype),
        np.ones((1, n_sequences), dtype),
        replication,
        kind=kind,
    )
    shape = n_steps if per_step else 1, 3, n_sequences
    draw_codes(network, problem.x, rng)
    if kind != "cross_entropy":
        problem.targets = rng.gamma(2.0, size=shape) - (0 if kind == "poisson" else 2)
        problem.targets[0, 0] = max(0, problem.targets.min())  # a count may be zero
        if kind == "binary_cross_entropy":
            problem.targets = (problem.targets > 0).astype(float)
    elif per_step:
        problem.targets = rng.integers(3, size=(n_steps, 1, n_sequences))
    if per_step:
        step_weights = rng.choice([0.0, 0.3, 1.0], size=(n_steps, n_sequences))
        step_weights[0] = 0.5
        step_weights[np.arange(n_steps)[:, None] >= lengths] = 0
        problem.step_weights = step_weights.astype(dtype)
    return problem


def draw_codes(network, x, rng):
    """Write codes of categories, that of a missing one among them, into (T, D, B)."""
    for feature, n_categories, _ in network.embeddings:
        x[:, feature] = rng.integers(n_categories + 1, size=x[:, feature].shape)


def relative_error(a, b):
    """Return the distance of two arrays, relative to their size."""
    scale = max(np.linalg.norm(a), np.linalg.norm(b))
    return np.linalg.norm(a - b) / scale if scale > 0 else 0.0
