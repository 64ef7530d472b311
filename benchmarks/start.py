"""
How long it takes from a fresh process to a model fitted to the digits that scikit-learn ships.

``python benchmarks/start.py`` prints seconds above those of a process that only imports
scikit-learn and loads the digits: medians of seven rounds, in each of which all take their turns,
on one thread. Three quarters of the images are fitted, eight rows of eight pixels divided by 16;
accuracy is that on the rest. For comparison, it prints what it takes to import PyTorch and fit
nothing.
"""

import os
import statistics
import subprocess
import sys
import time

N_ROUNDS = 7
DIGITS = """
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, stratify=y, random_state=0)
"""
FIT = """
from skrnn import RNNSequenceClassifier
model = RNNSequenceClassifier(n_step_features=8, random_state=0).fit(X_train, y_train)
print(f", {model.n_iter_} epochs, accuracy {model.score(X_test, y_test):.3f}")
"""
PROCESSES = {
    "import torch, and no fit": DIGITS + "import torch",
    "default parameters": DIGITS + FIT,
}


def run(code):
    """Run a fresh process; return its seconds and what it prints."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "ignore", "-c", code]
    start = time.perf_counter()
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return time.perf_counter() - start, result.stdout.strip()


def main():
    seconds = {title: [] for title in PROCESSES}
    printed = {title: run(code)[1] for title, code in PROCESSES.items()}
    for _ in range(N_ROUNDS):
        base, _ = run(DIGITS)
        for title, code in PROCESSES.items():
            seconds[title].append(run(code)[0] - base)
    for title, all_ in seconds.items():
        print(f"{title:30}{statistics.median(all_):6.2f} s{printed[title]}")


if __name__ == "__main__":
    main()
