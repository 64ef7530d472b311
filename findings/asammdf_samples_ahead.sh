#!/bin/sh
# A table that asammdf makes of signals with clocks of their own holds what a sensor had not
# measured yet. Seen in asammdf 8.8.28 with pandas 3.1.1 and numpy 2.4.6, Python 3.11. Not part of
# CI: sh findings/asammdf_samples_ahead.sh fails once it is otherwise.
#
# MDF files of cars hold each group of signals with its own times. MDF.to_dataframe lays them side
# by side, filling in by default, so that a reader who wants steps with all features gets them:
# 1. Before its first sample a signal has the value of that sample, and after its last the value of
#    that one: a sensor that began late or broke off has readings all the same, and nothing tells
#    that they were made up.
# 2. Between samples, a float goes along a line to its next sample, and an integer keeps its last
#    one. One and the same quantity in both types is known earlier as a float. A classifier trained
#    on such steps has seen what it will not see where steps come one by one.
#       time:    0.0 0.5 1.0 1.5 2.0 2.5 3.0 3.5
#       float:   7.0 7.0 7.0 53.5 100.0 100.0 100.0 100.0
#       integer: 7 7 7 7 100 100 100 100
#       as measured: at 1.0 2.0
#       float as integer, by float_interpolation=0: True
# (7 at 1.0 and 100 at 2.0 were measured.) What helps: use_interpolation=False, which leaves NaN
# where nothing was measured, and filling forward from there.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    asammdf==8.8.28 pandas==3.1.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import asammdf
import numpy as np
from asammdf import MDF, Signal

assert asammdf.__version__ == "8.8.28", asammdf.__version__
TIMES = np.arange(8) / 2
speed = Signal(np.arange(8.0), TIMES, name="speed")  # measured at all times
measured = np.array([1.0, 2.0]), np.array([7, 100])
recording = MDF()
recording.append([speed])
recording.append([Signal(measured[1].astype(float), measured[0], name="float")])
recording.append([Signal(measured[1], measured[0], name="integer")])
table = recording.to_dataframe()
apart = recording.to_dataframe(use_interpolation=False)
recording.configure(float_interpolation=0)
held = recording.to_dataframe()

assert table.index.tolist() == TIMES.tolist()
print("time:   ", *table.index)
print("float:  ", *table["float"].tolist())
print("integer:", *table["integer"].tolist())
assert table["float"].tolist() == [7, 7, 7, 53.5, 100, 100, 100, 100]
assert table["integer"].tolist() == [7, 7, 7, 7, 100, 100, 100, 100]
known = apart["float"].dropna()
print("as measured: at", *known.index)
assert known.index.tolist() == [1, 2] and known.tolist() == [7, 100]
same = held["float"].tolist() == table["integer"].tolist()
print("float as integer, by float_interpolation=0:", same)
assert same
PYTHON
echo "As described."
