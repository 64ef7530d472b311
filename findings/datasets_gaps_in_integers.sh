#!/bin/sh
# In the NumPy format of Hugging Face datasets, one missing value turns sequences of integers into
# float32: times a minute apart become one, in every sequence of the batch. Seen in datasets 5.2.0
# with pyarrow 26.0.1, pandas 3.0.6 and numpy 2.3.5, Python 3.11. Not part of CI:
# sh findings/datasets_gaps_in_integers.sh fails once it is otherwise.
#
# Integers with a gap become float64 nearly everywhere, where they are exact up to 2 ** 53, and in
# the "pandas" format of datasets too. Its "numpy" format gives int64 without a gap. With one, it
# gives float32, exact up to 2 ** 24 only; and what is read together shares a type:
# 1. Seconds since 1970 of four minutes come out as two times. No warning.
# 2. A sequence without a gap is exact alone, and not in a slice with a neighbour that has one, so
#    that the batch size decides what a transformer or an estimator is given.
#       ds[0]: int64, 4 times
#       ds[:2]: float32, 2 times
#       ds[:2] as pandas: float64, 4 times
#       ds[:2] with dtype=float64: float64, 4 times
# (the type of the first sequence and how many different times it has). What helps:
# with_format("numpy", dtype=numpy.float64), or times counted from the beginning of each sequence.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    datasets==5.2.0 pyarrow==26.0.1 pandas==3.0.6 numpy==2.3.5
HF_HOME="$folder/cache" HF_HUB_OFFLINE=1 "$folder/venv/bin/python" - <<'PYTHON'
import warnings

import datasets
import numpy as np

warnings.simplefilter("error")
assert datasets.__version__ == "5.2.0", datasets.__version__
START = 1764403200
minutes = [START + 60 * i for i in range(4)]
rows = datasets.Dataset.from_dict({"time": [minutes, [START, None, START + 120, START + 180]]})
table = rows.with_format("numpy")


def first(name, batch, dtype, times):
    """Check the first sequence of a batch."""
    sequence = np.asarray(batch[0])
    print(f"{name}: {sequence.dtype}, {len(set(sequence.tolist()))} times")
    assert sequence.dtype == dtype and len(set(sequence.tolist())) == times
    return sequence


assert table[0]["time"].tolist() == minutes
first("ds[0]", [table[0]["time"]], np.int64, 4)
rounded = first("ds[:2]", table[:2]["time"], np.float32, 2)
assert rounded.tolist() != minutes
first("ds[:2] as pandas", rows.with_format("pandas")[:2]["time"], np.float64, 4)
exact = rows.with_format("numpy", dtype=np.float64)
first("ds[:2] with dtype=float64", exact[:2]["time"], np.float64, 4)
batches = [batch["time"][0].dtype for batch in table.iter(batch_size=1)]
assert batches == [np.int64, np.float32], batches
PYTHON
echo "As described."
