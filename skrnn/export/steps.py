"""X as a graph reads it: the steps of all sequences, and which of them are padding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skrnn.export.graph import Graph, Value


@dataclass(frozen=True)
class Steps:
    """
    Sequences side by side, by the names that a graph has for them.

    Parameters
    ----------
    x : str
        Inputs of shape (T, B, D), padded with zeros.
    time : str or array
        Step numbers from 0 on, of shape (T, 1).
    lengths : str or array
        Steps of each sequence, of shape (B,), or (1,) where all have as many.
    there : str or None
        Which steps there are, of shape (T, B, 1); None where nothing is padding.
    """

    x: str
    time: Value
    lengths: Value
    there: str | None

    def pad(self, graph: Graph, values: str, padding: Value) -> str:
        """
        Overwrite what stands beyond the end of a sequence.

        Parameters
        ----------
        graph : Graph
            Added to.
        values : str
            Of shape (T, B, ...).
        padding : float or str
            What to put there, or the name of it.

        Returns
        -------
        str
            The same values elsewhere; `values` itself if nothing is padding.
        """
        return values if self.there is None else graph.add("Where", self.there, values, padding)


def read_rows(graph: Graph, X: Value, n_steps: int, n_features: int) -> Steps:
    """
    Take each row as one sequence.

    Parameters
    ----------
    graph : Graph
        Added to.
    X : str
        Of shape (B, n_steps * n_features).
    n_steps, n_features : int
        T and D.

    Returns
    -------
    Steps
        Without padding.
    """
    sequences = graph.add("Reshape", X, np.array([0, n_steps, n_features]))
    x = graph.add("Transpose", sequences, perm=[1, 0, 2])
    return Steps(x, np.arange(n_steps)[:, None], np.array([n_steps]), None)


def read_padded(graph: Graph, X: Value) -> Steps:
    """
    Take sequences that end before their trailing steps of NaN in every feature.

    Parameters
    ----------
    graph : Graph
        Added to.
    X : str
        Of shape (B, T, D).

    Returns
    -------
    Steps
        Padded with zeros. Any other NaN stays, and what layers make of it need not be NaN: the
        gates of onnxruntime's GRU and LSTM turn it into plausible numbers.
    """
    x = graph.add("Transpose", X, perm=[1, 0, 2])
    lengths = count_steps(graph, x, axis=0)
    time = graph.add("Unsqueeze", step_numbers(graph, x, axis=0), np.array([1]))
    there = graph.add("Unsqueeze", graph.add("Less", time, lengths), np.array([2]))
    return Steps(graph.add("Where", there, x, 0.0), time, lengths, there)


def count_steps(graph: Graph, x: str, axis: int) -> str:
    """
    Count the steps of each sequence, up to the last that is not NaN in every feature.

    Parameters
    ----------
    graph : Graph
        Added to.
    x : str
        The sequences, of three dimensions, with features along the last.
    axis : int
        Along which time runs.

    Returns
    -------
    str
        Of shape (B,).
    """
    known = graph.add("Cast", graph.add("Not", graph.add("IsNaN", x)), to=graph.dtype)
    is_step = graph.add("Min", graph.add("ReduceSum", known, np.array([2]), keepdims=0), 1.0)
    last = graph.add("ArgMax", is_step, axis=axis, keepdims=0, select_last_index=1)
    return graph.add("Add", last, np.array(1))


def step_numbers(graph: Graph, x: Value, axis: int) -> str:
    """
    Count the steps of sequences, however many there are when the graph is run.

    Parameters
    ----------
    graph : Graph
        Added to.
    x : str
        The sequences.
    axis : int
        Along which time runs.

    Returns
    -------
    str
        0 to T - 1.
    """
    n_steps = graph.add("Gather", graph.add("Shape", x), np.array(axis))
    return graph.add("Range", np.array(0), n_steps, np.array(1))
