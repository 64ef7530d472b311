"""What holds for every maker of sequences."""

import numpy as np
import pytest

from skrnn import InvalidParameterError, datasets

MAKERS = [getattr(datasets, name) for name in vars(datasets) if name.startswith("make_")]


@pytest.mark.parametrize("make", MAKERS)
def test_the_seed_decides(make):
    for one, same, other in zip(
        *(make(20, 30, random_state=seed) for seed in (0, 0, 1)), strict=True
    ):
        np.testing.assert_array_equal(one, same)
        assert (one != other).any()
    first, second = (make(20, 30, random_state=np.random.RandomState(0))[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"n_samples": 0}, r"n_samples must be an int in the range \[1, 2\*\*63\). Got 0"),
        ({"n_samples": 2.5}, r"n_samples must be an int.* Got 2.5"),
        ({"n_samples": 10**40}, f"n_samples must be an int.* Got {10**40}"),
        (
            {"n_samples": 2**40, "n_timesteps": 60},
            r"n_samples=\d+ times n_timesteps=60 must be at m",
        ),
        ({"random_state": "a"}, "random_state must be an int .*RandomState or None. Got 'a'"),
        ({"random_state": -1}, r"random_state must be an int in the range \[0, 4294967295\]"),
        ({"n_timesteps": 0}, r"n_timesteps must be an int in the range \[\d+, 2\*\*63\). Got 0"),
    ],
)
def test_bad_sizes(make, sizes, message):
    with pytest.raises(InvalidParameterError, match=message):
        make(**sizes)
