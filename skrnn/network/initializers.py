"""Initial values: of a (rows, columns) weight matrix, and of a gate's bias."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np

from skrnn.rules import NOTHING, obeying, real, setting, whole
from skrnn.spec import Spec
from skrnn.types import FloatArray

SIZE = real(0, 1e6, ends="(]")
"""Of initial weights: beyond, states overflow within a few steps."""

BIAS = real(-1e6, 1e6, ends="[]")
"""Of a gate, which 1e2 opens as much as anything above."""


@dataclass
class Initializer(Spec, ABC):
    """A rule for the initial values of a weight matrix."""

    @abstractmethod
    def draw(self, rows: int, columns: int, generator: np.random.Generator) -> FloatArray:
        """
        Draw a matrix that maps `columns` inputs to `rows` outputs.

        Parameters
        ----------
        rows, columns : int
            Its shape: fan-out and fan-in.
        generator : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        array of shape (rows, columns)
            In float64, whatever the network computes in.
        """


@dataclass
class Orthogonal(Initializer):
    """
    A random matrix with orthonormal rows or columns, times a gain (Saxe et al. 2014).

    A recurrent matrix multiplies the state, and the gradient, once a step; an orthogonal one does
    neither shrink nor stretch them.

    Parameters
    ----------
    gain : float, default=1.0
        Factor on the matrix, above 0 and at most 1e6; its singular values all equal it.

    References
    ----------
    A. M. Saxe, J. L. McClelland, S. Ganguli, "Exact solutions to the nonlinear dynamics of learning
    in deep linear neural networks", ICLR 2014.
    """

    gain: float = setting(1.0, SIZE)

    def draw(self, rows: int, columns: int, generator: np.random.Generator) -> FloatArray:
        tall = generator.standard_normal((max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(tall)
        q *= np.copysign(1.0, np.diag(r))  # without it QR's sign convention skews the distribution
        return self.gain * (q if rows >= columns else q.T)


@dataclass
class Glorot(Initializer):
    """
    Uniform in +-gain sqrt(6 / (rows + columns)) (Glorot and Bengio 2010).

    Parameters
    ----------
    gain : float, default=1.0
        Factor on the range, above 0 and at most 1e6. At 1, variances stay level from layer to
        layer.

    References
    ----------
    X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010.
    """

    gain: float = setting(1.0, SIZE)

    def draw(self, rows: int, columns: int, generator: np.random.Generator) -> FloatArray:
        limit = self.gain * np.sqrt(6 / (rows + columns))
        return generator.uniform(-limit, limit, (rows, columns))


@dataclass
class Identity(Initializer):
    """
    The identity matrix times a scale: a relu network that at first just adds up (Le et al. 2015).

    Parameters
    ----------
    scale : float, default=1.0
        Value on the diagonal, above 0 and at most 1e6.

    References
    ----------
    Q. V. Le, N. Jaitly, G. E. Hinton, "A simple way to initialize recurrent networks of rectified
    linear units", arXiv:1504.00941, 2015.
    """

    scale: float = setting(1.0, SIZE)

    def draw(self, rows: int, columns: int, generator: np.random.Generator) -> FloatArray:
        return self.scale * np.eye(rows, columns)


@dataclass
class Uniform(Initializer):
    """
    Uniform in +-limit.

    Parameters
    ----------
    limit : float or None, default=None
        Above 0 and at most 1e6. None means 1 / sqrt(columns), the rule of thumb of old (equation 1
        of Glorot and Bengio 2010), which frameworks still use for recurrent layers.

    References
    ----------
    X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010.
    """

    limit: float | None = setting(None, SIZE, NOTHING)

    def draw(self, rows: int, columns: int, generator: np.random.Generator) -> FloatArray:
        limit = 1 / np.sqrt(columns) if self.limit is None else self.limit
        return generator.uniform(-limit, limit, (rows, columns))


@dataclass
class Chrono(Spec):
    """
    Biases of gates that keep a memory, for a known span of time (Tallec and Ollivier 2018).

    A gate with bias log(t - 1) keeps a memory for about t steps. The biases are drawn such that t
    is uniform over the span; in an LSTM the input gate gets the negative of the forget gate's.

    Parameters
    ----------
    longest_span : int
        The longest time, in steps, over which something must be remembered; at least 2.

    References
    ----------
    C. Tallec, Y. Ollivier, "Can recurrent neural networks warp time?", ICLR 2018, equation 16.

    Examples
    --------
    >>> from skrnn import LSTM, Chrono, RNNSequenceClassifier
    >>> model = RNNSequenceClassifier(cell=LSTM(forget_bias=Chrono(longest_span=100)))
    """

    longest_span: int = field(metadata=obeying(whole(2)))

    def draw(self, n_units: int, generator: np.random.Generator) -> FloatArray:
        """
        Draw the biases of one gate.

        Parameters
        ----------
        n_units : int
            H.
        generator : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        array of shape (H,)
            log(u), with u uniform in [1, longest_span - 1].
        """
        return np.log(generator.uniform(1, self.longest_span - 1, n_units))


INITIALIZERS: dict[str, type[Initializer]] = {
    "orthogonal": Orthogonal,
    "glorot": Glorot,
    "identity": Identity,
    "uniform": Uniform,
}
