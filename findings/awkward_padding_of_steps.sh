#!/bin/sh
# Awkward Array's usual way to pad, fill_none of pad_none, fills nothing where a step has features;
# what scikit-learn then reads as the missing steps is 2 ** 63 - 1. Seen in awkward 2.14.0 with
# scikit-learn 1.9.1 and numpy 2.3.5, Python 3.11. Not part of CI:
# sh findings/awkward_padding_of_steps.sh fails once it is otherwise.
#
# Sequences of counts, with one feature a step (a list of lists) or two (a list of lists of lists),
# go through ak.to_numpy(ak.fill_none(ak.pad_none(x, steps, clip=True), 0)):
# 1. One feature: zeros stand in for the missing steps, as meant.
# 2. Two features: the missing steps are None as a whole, one level above the numbers that fill_none
#    looks at, and stay so. to_numpy makes a masked array, of the right shape and type, whose print
#    shows dashes in their place.
# 3. scikit-learn takes a masked array, and reads what is behind the mask: the largest int64. No
#    warning of awkward or of scikit-learn. (Of floats it is NaN, which scikit-learn refuses.)
# 4. numpy.asarray of the same awkward array raises, which makes to_numpy look like the cure.
#       one feature: ndarray, [[5, 0], [1, 2]]
#       two features: MaskedArray, mean [4.6e+18, 4.6e+18]
#       two features, [0, 0] on axis=1: ndarray, mean [1.0, 1.5]
#       numpy.asarray: ValueError
#       0 on axis=None: TypeError
# (the mean is what StandardScaler learns of the second step, which one of two sequences lacks.)
# What helps: a whole step as the value, and its axis: fill_none(..., [0, 0], axis=1).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    awkward==2.14.0 scikit-learn==1.9.1 numpy==2.3.5
"$folder/venv/bin/python" - <<'PYTHON'
import warnings

import awkward as ak
import numpy as np
from sklearn.preprocessing import StandardScaler

warnings.simplefilter("error")
assert ak.__version__ == "2.14.0", ak.__version__
LARGEST = np.iinfo(np.int64).max


def padded(sequences, value, axis):
    return ak.fill_none(ak.pad_none(ak.Array(sequences), 2, clip=True), value, axis=axis)


def learn(name, X):
    """The mean of the second step's features over both sequences."""
    mean = StandardScaler().fit(X.reshape(len(X), -1)).mean_[X.shape[-1]:]
    print(f"{name}: {type(X).__name__}, mean {[float(f'{value:.2g}') for value in mean]}")
    return mean


counts, pairs = [[5], [1, 2]], [[[5, 6]], [[1, 2], [2, 3]]]
one = ak.to_numpy(padded(counts, 0, -1))  # -1 is what fill_none does if not told
print(f"one feature: {type(one).__name__}, {one.tolist()}")
assert type(one) is np.ndarray and one.tolist() == [[5, 0], [1, 2]]

two = ak.to_numpy(padded(pairs, 0, -1))
mean = learn("two features", two)
assert two.shape == (2, 2, 2) and two.dtype == np.int64 and two.mask[0, 1].all()
assert (np.asarray(two)[0, 1] == LARGEST).all() and (mean > 4e18).all()

right = ak.to_numpy(padded(pairs, [0, 0], 1))
mean = learn("two features, [0, 0] on axis=1", right)
assert type(right) is np.ndarray and mean.tolist() == [1, 1.5]

for name, make in {"numpy.asarray": lambda: np.asarray(padded(pairs, 0, -1)),
                   "0 on axis=None": lambda: ak.to_numpy(padded(pairs, 0, None))}.items():
    try:
        make()
    except (TypeError, ValueError) as error:
        print(f"{name}: {type(error).__name__}")
    else:
        raise AssertionError(f"{name} raised nothing")
PYTHON
echo "As described."
