"""
Sequences of any length
=======================

Whose code is this line? A list of arrays goes in, as long as they are.

A recurrent network reads single lines from four modules of Python's standard library, character by
character, and says which module a line comes from. The lines go in as they are, as a list of arrays
with a row per character: nothing is padded, cut or masked by hand.
"""

from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skrnn import RNNSequenceClassifier

# %%
# The source files are part of every Python. Of each we take the distinct lines of 15 to 60
# characters, without indentation, and as many from each module.

MODULES = ["_pydecimal", "argparse", "datetime", "mailbox"]
PER_MODULE = 600


def lines_of(module):
    source = Path(find_spec(module).origin)
    if module == "datetime" and (source.parent / "_pydatetime.py").exists():
        source = source.parent / "_pydatetime.py"  # where newer Pythons keep it
    lines = {line.strip() for line in source.read_text(encoding="utf-8").splitlines()}
    return sorted(line for line in lines if 15 <= len(line) <= 60 and line.isascii())


rng = np.random.default_rng(0)
lines, y = [], []
for module in MODULES:
    lines += list(rng.choice(lines_of(module), PER_MODULE, replace=False))
    y += [module] * PER_MODULE

# %%
# A character becomes one of 95 columns: the printable characters of ASCII.

one_hot = np.eye(95, dtype=np.float32)
X = [one_hot[np.frombuffer(line.encode(), dtype=np.uint8) - 32] for line in lines]
print(f"{len(X)} lines of {min(map(len, X))} to {max(map(len, X))} characters")
print(f"for instance, from {y[0]}: {lines[0]}")

# %%
# A list of arrays splits like any other X. The network is bidirectional: a line says as much at its
# beginning as at its end.

X_train, X_test, lines_train, lines_test, y_train, y_test = train_test_split(
    X, lines, y, stratify=y, random_state=0
)
network = RNNSequenceClassifier(
    48,
    cell="gru",
    bidirectional=True,
    dropout=0.3,
    learning_rate=5e-3,
    batch_size=50,
    tol=0.02,
    n_iter_no_change=3,
    random_state=0,
)
network.fit(X_train, y_train)

# %%
# Beside it, what needs no sequence: counts of the groups of one to four characters in a line. For
# text this is hard to beat, and so it should be tried first.

counts = make_pipeline(
    CountVectorizer(analyzer="char", ngram_range=(1, 4), lowercase=False),
    LogisticRegression(max_iter=1000),
)
counts.fit(lines_train, y_train)

print(f"accuracy of guessing: {1 / len(MODULES):.2f}")
print(f"of the network:       {network.score(X_test, y_test):.2f}")
print(f"of the counts:        {counts.score(lines_test, y_test):.2f}")

# %%
# Lines were batched with others of about their length, and padded to the longest. Neither matters:
# a line alone gets the probabilities that it gets among others.

together = network.predict_proba(X_test)
alone = np.concatenate([network.predict_proba([x]) for x in X_test])
print(f"largest difference between lines together and alone: {abs(together - alone).max():.0e}")

ConfusionMatrixDisplay.from_predictions(
    y_test, network.predict(X_test), cmap="Blues", colorbar=False
)
plt.title("Which module a line comes from")
plt.show()
