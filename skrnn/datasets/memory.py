"""
Made-up sequences that need memory: the classic tests of recurrent networks.

`make_temporal_order` and `make_parity` have a class for each sequence, `make_adding_problem` a
number for each sequence, `make_copy_memory` a class for each step.
"""

from __future__ import annotations

import numpy as np

from skrnn.datasets.checks import check_sizes, generator_of
from skrnn.rules import check, whole
from skrnn.types import FloatArray, IntArray


def make_adding_problem(
    n_samples: int = 100,
    n_timesteps: int = 100,
    *,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[FloatArray, FloatArray]:
    """
    Make sequences of numbers, two of which are marked and to be added.

    The first mark is somewhere in the first half of a sequence, the second in the second half.
    Always to answer 1 has a mean squared error of 1/6.

    Parameters
    ----------
    n_samples : int, default=100
        Number of sequences.
    n_timesteps : int, default=100
        Steps of each, at least 2.
    random_state : int, RandomState instance or None, default=None
        Source of randomness; an int makes the data repeatable.

    Returns
    -------
    X : ndarray of shape (n_samples, n_timesteps, 2)
        At each step a number, uniform in [0, 1), and a mark, 0 or 1.
    y : ndarray of shape (n_samples,)
        The sum of the two marked numbers.

    References
    ----------
    S. Hochreiter, J. Schmidhuber, "Long short-term memory", Neural Computation 9, 1997, experiment
    4; in the form of M. Arjovsky, A. Shah, Y. Bengio, "Unitary evolution recurrent neural
    networks", ICML 2016.

    Examples
    --------
    >>> from skrnn.datasets import make_adding_problem
    >>> X, y = make_adding_problem(n_samples=3, n_timesteps=4, random_state=0)
    >>> X.shape, y.shape
    ((3, 4, 2), (3,))
    """
    check_sizes(n_samples, n_timesteps, least_timesteps=2)
    rng = generator_of(random_state)
    X = np.zeros((n_samples, n_timesteps, 2))
    X[:, :, 0] = rng.uniform(size=(n_samples, n_timesteps))
    half, rows = n_timesteps // 2, np.arange(n_samples)
    for begin, end in ((0, half), (half, n_timesteps)):
        X[rows, rng.randint(begin, end, size=n_samples), 1] = 1
    return X, X.prod(axis=2).sum(axis=1)


def make_temporal_order(
    n_samples: int = 100,
    n_timesteps: int = 100,
    *,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[FloatArray, IntArray]:
    """
    Make sequences of symbols of which two matter, and in which order they come.

    With T for `n_timesteps`, the first of the two stands in [T/10, T/5), the second in
    [2T/5, T/2), all rounded down: a network must keep them for half of the sequence and more. All
    others are distractors.

    Parameters
    ----------
    n_samples : int, default=100
        Number of sequences.
    n_timesteps : int, default=100
        Steps of each, at least 10.
    random_state : int, RandomState instance or None, default=None
        Source of randomness; an int makes the data repeatable.

    Returns
    -------
    X : ndarray of shape (n_samples, n_timesteps, 6)
        At each step one of six symbols, one-hot: A and B, which matter, and four distractors.
    y : ndarray of int of shape (n_samples,)
        0 for A then A, 1 for A then B, 2 for B then A, 3 for B then B.

    References
    ----------
    S. Hochreiter, J. Schmidhuber, "Long short-term memory", Neural Computation 9, 1997, experiment
    6a; with the positions of R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training
    recurrent neural networks", ICML 2013.

    Examples
    --------
    >>> from skrnn.datasets import make_temporal_order
    >>> X, y = make_temporal_order(n_samples=3, n_timesteps=20, random_state=0)
    >>> X.shape, y.shape
    ((3, 20, 6), (3,))
    """
    check_sizes(n_samples, n_timesteps, least_timesteps=10)
    rng = generator_of(random_state)
    symbols = rng.randint(2, 6, size=(n_samples, n_timesteps))
    rows = np.arange(n_samples)
    y = np.zeros(n_samples, dtype=np.intp)
    for begin in (1, 4):
        places = rng.randint(
            begin * n_timesteps // 10, (begin + 1) * n_timesteps // 10, size=n_samples
        )
        symbol = rng.randint(2, size=n_samples)
        symbols[rows, places] = symbol
        y = 2 * y + symbol
    return np.eye(6)[symbols], y


def make_copy_memory(
    n_samples: int = 100,
    n_timesteps: int = 100,
    *,
    n_symbols: int = 10,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[FloatArray, IntArray]:
    """
    Make messages that are to be repeated after a long pause.

    A sequence begins with the message; blanks follow, then a sign to begin, and as many blanks as
    the message is long, during which it is to be repeated. To know nothing of the message costs
    ``n_symbols * log(8) / n_timesteps`` in cross-entropy per step.

    Parameters
    ----------
    n_samples : int, default=100
        Number of sequences.
    n_timesteps : int, default=100
        Steps of each, at least ``2 * n_symbols + 1``.
    n_symbols : int, default=10
        Length of the message.
    random_state : int, RandomState instance or None, default=None
        Source of randomness; an int makes the data repeatable.

    Returns
    -------
    X : ndarray of shape (n_samples, n_timesteps, 10)
        At each step one of ten symbols, one-hot: the blank, the eight of which messages are made,
        and the sign to begin.
    y : ndarray of int of shape (n_samples, n_timesteps)
        What is to be said at each step: 0 for the blank, 1 to 8 for the symbols of the message.

    References
    ----------
    S. Hochreiter, J. Schmidhuber, "Long short-term memory", Neural Computation 9, 1997; in the form
    of M. Arjovsky, A. Shah, Y. Bengio, "Unitary evolution recurrent neural networks", ICML 2016.

    Examples
    --------
    >>> from skrnn.datasets import make_copy_memory
    >>> X, y = make_copy_memory(n_samples=1, n_timesteps=9, n_symbols=3, random_state=0)
    >>> X[0].argmax(axis=1), y[0]
    (array([5, 8, 6, 0, 0, 9, 0, 0, 0]), array([0, 0, 0, 0, 0, 0, 5, 8, 6]))
    """
    check("n_symbols", n_symbols, whole(1, 2**31 - 1))
    n_symbols = int(n_symbols)
    check_sizes(n_samples, n_timesteps, least_timesteps=2 * n_symbols + 1)
    rng = generator_of(random_state)
    message = rng.randint(1, 9, size=(n_samples, n_symbols))
    symbols = np.zeros((n_samples, n_timesteps), dtype=np.intp)
    y = np.zeros_like(symbols)
    symbols[:, :n_symbols] = message
    symbols[:, -n_symbols - 1] = 9
    y[:, -n_symbols:] = message
    return np.eye(10)[symbols], y


def make_parity(
    n_samples: int = 100,
    n_timesteps: int = 100,
    *,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[FloatArray, IntArray]:
    """
    Make sequences of bits and ask whether the number of ones is odd.

    Every bit matters as much as any other, and none says anything without all the others: the
    gradient has little to follow. Begin with some ten steps; long sequences are better solved by
    guessing weights.

    Parameters
    ----------
    n_samples : int, default=100
        Number of sequences.
    n_timesteps : int, default=100
        Steps of each, at least 1.
    random_state : int, RandomState instance or None, default=None
        Source of randomness; an int makes the data repeatable.

    Returns
    -------
    X : ndarray of shape (n_samples, n_timesteps, 1)
        At each step a bit, as 1 or -1.
    y : ndarray of int of shape (n_samples,)
        1 if the number of ones is odd, else 0.

    References
    ----------
    S. Hochreiter, J. Schmidhuber, "LSTM can solve hard long time lag problems", Advances in Neural
    Information Processing Systems 9, 1996.

    Examples
    --------
    >>> from skrnn.datasets import make_parity
    >>> X, y = make_parity(n_samples=2, n_timesteps=3, random_state=0)
    >>> X[:, :, 0], y
    (array([[-1.,  1.,  1.],
           [-1.,  1.,  1.]]), array([0, 0]))
    """
    check_sizes(n_samples, n_timesteps, least_timesteps=1)
    bits = generator_of(random_state).randint(2, size=(n_samples, n_timesteps))
    return 2.0 * bits[:, :, None] - 1, bits.sum(axis=1) % 2
