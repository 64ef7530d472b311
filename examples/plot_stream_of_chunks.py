"""
More data than memory
=====================

A network learns from a file chunk by chunk, is tested on each before, and notices a change.

`partial_fit` trains for one epoch on what it is given, and goes on from there with the next chunk.
So the data may be a large file, or a stream without an end: what is in memory is a chunk. Scalers
learn from chunks as well. Since every chunk is new when it comes, the network can be asked for
its labels before they are shown to it, which is a test that needs no data of its own.
"""

import tempfile
import tracemalloc
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import SGDClassifier
from sklearn.preprocessing import StandardScaler

from skrnn import RNNSequenceClassifier
from skrnn.preprocessing import PerStep

# %%
# Eight sensors feel how a machine shakes, each in units of its own. A sound machine shakes with a
# period of eight steps, a worn one of ten; in which phase each sensor meets it is left to chance,
# and there is noise. From chunk 72 on the machine runs faster by half, and so both periods change.
# The file is written as it would be by a logger, a chunk at a time.

N_CHUNKS, CHUNK, N_TIMESTEPS, N_SENSORS = 120, 500, 40, 8
FASTER = 72
UNITS = np.repeat([1.0, 1e3], N_SENSORS // 2)


def make_chunk(i, rng):
    worn = rng.integers(2, size=CHUNK)
    period = np.where(worn, 10, 8) / (1.5 if i >= FASTER else 1)
    turns = np.arange(N_TIMESTEPS)[:, None] / period[:, None, None]
    phase = rng.uniform(size=(CHUNK, 1, N_SENSORS))
    noise = rng.normal(scale=0.5, size=(CHUNK, N_TIMESTEPS, N_SENSORS))
    return UNITS * (3 + np.sin(2 * np.pi * (turns + phase)) + noise), worn


folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "shaking.npy"
shape = (N_CHUNKS, CHUNK, N_TIMESTEPS, N_SENSORS)
file = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
labels = np.empty((N_CHUNKS, CHUNK), dtype=np.int8)
rng = np.random.default_rng(0)
for i in range(N_CHUNKS):
    file[i], labels[i] = make_chunk(i, rng)
del file

# %%
# `np.load` with a `mmap_mode` reads a part of a file when it is used. The scaler learns from the
# first ten chunks, before the network begins. The network is told all classes in its first call,
# since a chunk need not have a sequence of each. Every later chunk is a test first, and training
# after that. The learning rate is constant: by default it would rise and fall in cycles, and each
# rise would unsettle a network that is used all the time. A linear model of all steps in a row does
# the same beside it.
#
# The most that Python and NumPy have allocated at a time is measured until a quarter of the file is
# read, because to trace it takes longer than to train. Nothing is kept that would make it more.

tracemalloc.start()
chunks = np.load(path, mmap_mode="r")
scaler = PerStep(StandardScaler())
for chunk in chunks[:10]:
    scaler.partial_fit(chunk)

network = RNNSequenceClassifier(32, schedule="constant", batch_size=50, random_state=0)
linear = SGDClassifier(loss="log_loss", random_state=0)
accuracy = np.full((N_CHUNKS, 2), np.nan)
for i, (chunk, y) in enumerate(zip(chunks, labels, strict=True)):
    X = scaler.transform(chunk)
    rows = X.reshape(CHUNK, -1)
    if i > 0:
        accuracy[i] = network.score(X, y), linear.score(rows, y)
    network.partial_fit(X, y, classes=[0, 1])
    linear.partial_fit(rows, y, classes=[0, 1])
    if i + 1 == N_CHUNKS // 4:
        read, (_, peak) = (i + 1) * chunk.nbytes, tracemalloc.get_traced_memory()
        tracemalloc.stop()

print(f"file                            {path.stat().st_size / 1e6:6.1f} MB")
print(f"a quarter of its chunks         {read / 1e6:6.1f} MB")
print(f"allocated at most, until then   {peak / 1e6:6.1f} MB")
print(f"one chunk                       {chunk.nbytes / 1e6:6.1f} MB\n")
print("accuracy before training   network   linear model")
for begin in range(0, N_CHUNKS, 12):
    means = np.nanmean(accuracy[begin : begin + 12], axis=0)
    print(f"chunks {begin:3} to {begin + 11:3}          {means[0]:9.3f}{means[1]:15.3f}")
del chunk, chunks
folder.cleanup()

# %%
# After 6,000 sequences the network is nearly always right, and the linear model never gets beyond
# guessing, because the phases differ. When the machine runs faster, the test notices at once; what
# was learnt about the old periods is of no use, and the network needs longer for the new ones than
# it had needed for the first. Memory is that of a few chunks: the chunk as it was and scaled, and
# what the network keeps of it. It does not depend on the size of the file.

figure, axes = plt.subplots(layout="constrained")
axes.plot(accuracy[:, 0], label="network")
axes.plot(accuracy[:, 1], label="linear model", color="grey")
axes.axvline(FASTER, color="black", linestyle=":", label="the machine runs faster")
axes.set(xlabel="chunk", ylabel="accuracy on the chunk, before training on it", ylim=(0.2, 1.02))
axes.legend(loc="lower left")
plt.show()
