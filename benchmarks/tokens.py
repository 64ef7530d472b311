"""
What categories cost as embeddings, and as the one-hot vectors that they replace.

``python benchmarks/tokens.py`` lets a GRU of 64 units label each of 60,000 tokens, in 200
sequences, of a vocabulary of 5,000: by ``categorical_features=[0]``, and by
``PerStep(OneHotEncoder())`` before the same network. Both are fitted in float32, six epochs of
batches of 16 sequences from the same seed, each in a fresh process. It prints

- time: of the fit, in seconds of the processor;
- memory: the most that is resident during the fit above what was before, when the imports and X
  were there, from /proc, which Linux has;
- log loss: of 60,000 other tokens,

and the ratios, which are to be below 1/10 for time, below 1/20 for memory, and at most 1.01 for the
log loss. Tokens have Zipf's frequencies, so that some are never seen. A token's label is always the
same, one of two, but for a share of 0.4 that is drawn at random: no log loss can be below 0.50.
"""

import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
from memory import MB, resident_memory
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from threadpoolctl import threadpool_limits

from skrnn import RNNSequenceTagger
from skrnn.preprocessing import PerStep

N_SEQUENCES, N_STEPS, VOCABULARY, NOISE = 200, 300, 5000, 0.4
SETTINGS = {"batch_size": 16, "max_iter": 6, "random_state": 0}
WAYS = ("categorical_features=[0]", "PerStep(OneHotEncoder())")


def make_data(seed):
    """Return sequences of tokens, and their labels."""
    rng = np.random.default_rng(seed)
    frequencies = 1 / np.arange(1, VOCABULARY + 1)
    tokens = rng.choice(VOCABULARY, size=(N_SEQUENCES, N_STEPS), p=frequencies / frequencies.sum())
    label_of_token = np.random.default_rng(99).integers(2, size=VOCABULARY)
    at_random = rng.random(tokens.shape) < NOISE
    y = np.where(at_random, rng.integers(2, size=tokens.shape), label_of_token[tokens])
    return tokens[:, :, None].astype(np.float32), y


def measure(way):
    """Return the seconds, bytes and log loss of a fit; for a fresh process."""
    if way == WAYS[0]:
        model = RNNSequenceTagger(64, categorical_features=[0], **SETTINGS)
    else:
        encoder = OneHotEncoder(sparse_output=False, handle_unknown="ignore", dtype=np.float32)
        model = make_pipeline(PerStep(encoder), RNNSequenceTagger(64, **SETTINGS))
    (X, y), (X_new, y_new) = make_data(0), make_data(1)
    warnings.simplefilter("ignore", ConvergenceWarning)  # as many epochs for either
    with threadpool_limits(1):
        before, start = resident_memory("VmRSS"), time.process_time()
        model.fit(X, y)
        seconds, peak = time.process_time() - start, resident_memory("VmHWM") - before
        proba = model.predict_proba(X_new)
    loss = -np.log(np.take_along_axis(proba, y_new[:, :, None], axis=2)).mean()
    return seconds, peak, loss


def main():
    rows = []
    for way in WAYS:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
            rows.append(fresh.submit(measure, way).result())
        seconds, peak, loss = rows[-1]
        print(f"{way:26}{seconds:8.1f} s{peak / MB:10.1f} MB   log loss {loss:.4f}", flush=True)
    time_ratio, memory_ratio, loss_ratio = (one / other for one, other in zip(*rows, strict=True))
    print(f"{'ratio':26}{time_ratio:8.3f}  {memory_ratio:10.4f}      log loss {loss_ratio:.4f}")


if __name__ == "__main__":
    main()
