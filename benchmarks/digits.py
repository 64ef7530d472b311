"""
Accuracy and time on the digits that scikit-learn ships, read by rows, with default parameters.

``python benchmarks/digits.py`` prints the median of five seeds, each fit on one thread, for three
ways to scale the pixels, beside scikit-learn's own classifiers on the same 64 numbers.
"""

import statistics
import time
import warnings

from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from threadpoolctl import threadpool_limits

from skrnn import RNNSequenceClassifier

SEEDS = range(5)
SCALINGS = {
    "raw (0 to 16)": FunctionTransformer(),
    "divided by 16": FunctionTransformer(lambda X: X / 16),
    "standardised": StandardScaler(),
}
MODELS = {
    "RNNSequenceClassifier": RNNSequenceClassifier(n_step_features=8),
    "MLPClassifier": MLPClassifier(),
    "LogisticRegression": LogisticRegression(max_iter=5000),
}


def main():
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    print(
        "model                  pixels         accuracy: median  (least)   seconds of a fit: median"
    )
    for name, model in MODELS.items():
        for scaling, scaler in SCALINGS.items():
            scores, seconds = [], []
            for seed in SEEDS:
                pipeline = make_pipeline(clone(scaler), clone(model).set_params(random_state=seed))
                start = time.perf_counter()
                pipeline.fit(X_train, y_train)
                seconds.append(time.perf_counter() - start)
                scores.append(pipeline.score(X_test, y_test))
            median, least = statistics.median(scores), min(scores)
            time_of_a_fit = statistics.median(seconds)
            print(f"{name:22} {scaling:15}{median:15.4f}  ({least:.4f}){time_of_a_fit:14.2f}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with threadpool_limits(1):
        main()
