"""
Made-up series of one number per step, to be told apart by their shape.

`make_cylinder_bell_funnel`, `make_two_patterns` and `make_synthetic_control` come from the
literature on classifying time series; `make_motifs` hides something short in something long.
"""

from __future__ import annotations

import numpy as np

from skrnn.datasets.checks import check_sizes, generator_of
from skrnn.rules import check, real
from skrnn.types import FloatArray, IntArray


def make_cylinder_bell_funnel(
    n_samples: int = 100,
    n_timesteps: int = 128,
    *,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[FloatArray, IntArray]:
    """
    Make noise in which something begins and ends, and ask how.

    A cylinder is up at once and down at once, a bell rises from nothing and falls at once, a
    funnel is up at once and sinks to nothing. With T for `n_timesteps` and steps counted from 0,
    the beginning is uniform in [T/8, T/4) and the length in [T/4, 3T/4), neither a whole number.
    The height is normal around 6 with deviation 1, the noise at each step normal with deviation 1.

    Parameters
    ----------
    n_samples : int, default=100
        Number of sequences.
    n_timesteps : int, default=128
        Steps of each, at least 8.
    random_state : int, RandomState instance or None, default=None
        Source of randomness; an int makes the data repeatable.

    Returns
    -------
    X : ndarray of shape (n_samples, n_timesteps, 1)
        A number at each step, in units of the noise's deviation.
    y : ndarray of int of shape (n_samples,)
        0 for a cylinder, 1 for a bell, 2 for a funnel, all equally likely.

    References
    ----------
    N. Saito, "Local feature extraction and its applications using a library of bases", PhD thesis,
    Yale University, 1994. There, T is 128, and beginnings and lengths are whole numbers.

    Examples
    --------
    >>> from skrnn.datasets import make_cylinder_bell_funnel
    >>> X, y = make_cylinder_bell_funnel(n_samples=3, random_state=0)
    >>> X.shape, y
    ((3, 128, 1), array([0, 1, 0]))
    """
    check_sizes(n_samples, n_timesteps, least_timesteps=8)
    rng = generator_of(random_state)
    y = rng.randint(3, size=n_samples)
    noise = rng.normal(size=(n_samples, n_timesteps))
    begin = rng.uniform(n_timesteps / 8, n_timesteps / 4, size=(n_samples, 1))
    length = rng.uniform(n_timesteps / 4, 3 * n_timesteps / 4, size=(n_samples, 1))
    height = rng.normal(6, 1, size=(n_samples, 1))
    progress = (np.arange(n_timesteps) - begin) / length
    inside = (progress >= 0) & (progress <= 1)
    shape = np.choose(y[:, None], [1, progress, 1 - progress])
    return (noise + height * inside * shape)[:, :, None], y


def make_two_patterns(
    n_samples: int = 100,
    n_timesteps: int = 128,
    *,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[FloatArray, IntArray]:
    """
    Make noise with two patterns in it, each an up or a down, and ask in which order.

    An up is -5 for half of its length, rounded down, then 5 for the rest; a down is 5 first, then
    -5. There is no noise on them; all else is normal noise with deviation 1. With T for
    `n_timesteps`, the length of each is a whole number in [T/8, T/4], both ends rounded down. The
    first lies somewhere in the first half of the sequence, T/2 steps, rounded down, the second
    somewhere in what remains. All lengths are equally likely, and all places with room for them.

    The task is that of TwoPatterns in the UCR archive, the distribution is not, so scores cannot be
    compared: that lengths are in [T/8, T/4] and that there is one pattern in each half is ours, and
    the archive's sequences are standardised, which these are not.

    Parameters
    ----------
    n_samples : int, default=100
        Number of sequences.
    n_timesteps : int, default=128
        Steps of each, at least 16.
    random_state : int, RandomState instance or None, default=None
        Source of randomness; an int makes the data repeatable.

    Returns
    -------
    X : ndarray of shape (n_samples, n_timesteps, 1)
        A number at each step, in units of the noise's deviation.
    y : ndarray of int of shape (n_samples,)
        0 for down then down, 1 for down then up, 2 for up then down, 3 for up then up, all equally
        likely.

    References
    ----------
    P. Geurts, "Contributions to decision tree induction: bias/variance tradeoff and time series
    classification", PhD thesis, University of Liège, 2002.

    Examples
    --------
    >>> from skrnn.datasets import make_two_patterns
    >>> X, y = make_two_patterns(n_samples=1, n_timesteps=16, random_state=0)
    >>> X[0, :, 0].round(1)
    array([ 1.1,  0.3,  0.1,  5. , -5. ,  1.5, -0.3, -0.1,  5. , -5. , -5. ,
            1.4,  1.1, -0.4,  1.2, -1.3])
    >>> y
    array([0])
    """
    check_sizes(n_samples, n_timesteps, least_timesteps=16)
    rng = generator_of(random_state)
    y = rng.randint(4, size=n_samples)
    X = rng.normal(size=(n_samples, n_timesteps))
    half, steps = n_timesteps // 2, np.arange(n_timesteps)
    for begin, end, is_up in ((0, half, y // 2), (half, n_timesteps, y % 2)):
        length = rng.randint(n_timesteps // 8, n_timesteps // 4 + 1, size=(n_samples, 1))
        place = steps - rng.randint(begin, end - length + 1)  # within the pattern, from 0
        step_up = np.where(place < length // 2, -5, 5)
        inside = (place >= 0) & (place < length)
        X = np.where(inside, np.where(is_up[:, None], step_up, -step_up), X)
    return X[:, :, None], y


def make_synthetic_control(
    n_samples: int = 100,
    n_timesteps: int = 60,
    *,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[FloatArray, IntArray]:
    """
    Make control charts, such as watch over a process, of which five in six show something.

    A chart that shows nothing is 30 and noise, uniform in [-6, 6). To the others is added, at the
    steps t = 1 to T, with T for `n_timesteps`, and with all constants uniform:

    - ``a * sin(2 * pi * t / p)`` for a cycle, both a and p in [10, 15);
    - ``g * t`` or ``-g * t`` for a trend, g in [0.2, 0.5);
    - from some time in [T/3, 2T/3) on, ``x`` or ``-x`` for a shift, x in [7.5, 20).

    Parameters
    ----------
    n_samples : int, default=100
        Number of sequences.
    n_timesteps : int, default=60
        Steps of each, at least 3, so that there is something before a shift and after it. Cycles
        are as long and trends as steep however many steps there are.
    random_state : int, RandomState instance or None, default=None
        Source of randomness; an int makes the data repeatable.

    Returns
    -------
    X : ndarray of shape (n_samples, n_timesteps, 1)
        A number at each step, around 30.
    y : ndarray of int of shape (n_samples,)
        0 for nothing, 1 for a cycle, 2 for a trend upwards, 3 for one downwards, 4 for a shift
        upwards, 5 for one downwards, all equally likely.

    References
    ----------
    R. J. Alcock, Y. Manolopoulos, "Time-series similarity queries employing a feature-based
    approach", 7th Hellenic Conference on Informatics, 1999.

    Examples
    --------
    >>> from skrnn.datasets import make_synthetic_control
    >>> X, y = make_synthetic_control(n_samples=3, random_state=0)
    >>> X.shape, y
    ((3, 60, 1), array([4, 5, 0]))
    """
    check_sizes(n_samples, n_timesteps, least_timesteps=3)
    rng = generator_of(random_state)
    y = rng.randint(6, size=n_samples)
    chart = 30 + rng.uniform(-6, 6, size=(n_samples, n_timesteps))
    column = (n_samples, 1)
    amplitude = rng.uniform(10, 15, size=column)
    period = rng.uniform(10, 15, size=column)
    slope = rng.uniform(0.2, 0.5, size=column)
    size = rng.uniform(7.5, 20, size=column)
    time = rng.uniform(n_timesteps / 3, 2 * n_timesteps / 3, size=column)
    steps = np.arange(1, n_timesteps + 1)
    cycle = amplitude * np.sin(2 * np.pi * steps / period)
    trend = slope * steps
    shift = size * (steps >= time)
    chart += np.choose(y[:, None], [0, cycle, trend, -trend, shift, -shift])
    return chart[:, :, None], y


def make_motifs(
    n_samples: int = 100,
    n_timesteps: int = 300,
    *,
    amplitude: float = 2.0,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[FloatArray, IntArray]:
    """
    Make noise with one wave of a sine in it, and ask which way up it is.

    With T for `n_timesteps`, the wave is L = T/10 steps long, rounded down, and every place in the
    sequence is as likely as any other. At its steps k = 0 to L - 1, it adds
    ``amplitude * sin(2 * pi * k / L)`` to the noise, or the negative of that. The mean over all
    steps says nothing, nor does any one step but those at the ends, where only one end of the wave
    can be: what matters is the order of a few steps among many.

    Parameters
    ----------
    n_samples : int, default=100
        Number of sequences.
    n_timesteps : int, default=300
        Steps of each, at least 30: with fewer, the wave has two steps, and the sine is 0 at both.
    amplitude : float, default=2.0
        Height of the wave, in units of the noise's deviation.
    random_state : int, RandomState instance or None, default=None
        Source of randomness; an int makes the data repeatable.

    Returns
    -------
    X : ndarray of shape (n_samples, n_timesteps, 1)
        A number at each step: normal noise with deviation 1, and the wave.
    y : ndarray of int of shape (n_samples,)
        1 where the wave goes up first and down then, 0 where it goes down first and up then, both
        equally likely.

    Examples
    --------
    >>> from skrnn.datasets import make_motifs
    >>> X, y = make_motifs(n_samples=3, random_state=0)
    >>> X.shape, y
    ((3, 300, 1), array([0, 1, 1]))
    """
    check_sizes(n_samples, n_timesteps, least_timesteps=30)
    check("amplitude", amplitude, real(0, ends="()"))
    rng = generator_of(random_state)
    y = rng.randint(2, size=n_samples)
    X = rng.normal(size=(n_samples, n_timesteps))
    length = n_timesteps // 10
    begin = rng.randint(n_timesteps - length + 1, size=(n_samples, 1))
    steps = np.arange(length)
    wave = float(amplitude) * np.sin(2 * np.pi * steps / length)
    X[np.arange(n_samples)[:, None], begin + steps] += np.where(y[:, None], wave, -wave)
    return X[:, :, None], y
