"""The same searches for every engine; as a script, run on one of them, whose name it is given."""

import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed, parallel_config
from scipy.stats import loguniform
from sklearn.model_selection import RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import Adam, RNNSequenceClassifier
from skrnn.preprocessing import PerStep

RNG = np.random.default_rng(0)
RAGGED = [np.array([1, 1e3]) * RNG.normal(size=(n, 2)) for n in RNG.integers(4, 12, size=60)]
LABELS = np.array([["down", "up"][int(x[-3, 0] > 0)] for x in RAGGED])
LARGE = RNG.normal(size=(2000, 10, 16)).astype(np.float32)  # more than the MB that joblib maps
SIGNS = LARGE[:, 0, 0] > 0


def search() -> dict[str, Any]:
    """Search with joblib's current engine; return what was found, but for the times."""
    pipeline = make_pipeline(
        PerStep(StandardScaler()),
        RNNSequenceClassifier(
            100,  # of which BLAS computes other bits on two threads than on one, if it may
            optimizer=Adam(),
            tol=100,  # no epoch is good enough: it stops soon, and does not complain
            n_iter_no_change=2,
            random_state=0,
        ),
    )
    found = RandomizedSearchCV(
        pipeline,
        {
            "rnnsequenceclassifier__learning_rate": loguniform(1e-3, 1e-1),
            "rnnsequenceclassifier__optimizer__beta_1": [0.5, 0.9],
            "rnnsequenceclassifier__truncation_length": [2, None],
            "rnnsequenceclassifier__clip_by": ["norm", "step_norm", "value"],
            "rnnsequenceclassifier__clip_threshold": [0.01, 1.0, None],
        },
        scoring="neg_log_loss",  # shows every bit of what workers fit, as an accuracy does not
        n_iter=6,
        cv=2,
        random_state=0,
        error_score="raise",
    ).fit(RAGGED, LABELS)
    results = {name: found.cv_results_[name] for name in found.cv_results_ if "time" not in name}
    return {
        "results": {name: np.asarray(values).tolist() for name, values in results.items()},
        "best_params": found.best_params_,
        "best_score": found.best_score_,
        "probabilities": found.predict_proba(RAGGED),
        "model": found.best_estimator_,
    }


def fit_and_tell(X: Any, y: Any) -> tuple[bool, RNNSequenceClassifier]:
    """Fit on all of X; return whether it could have been written to, and the model."""
    model = RNNSequenceClassifier(4, tol=100, n_iter_no_change=1, random_state=0)
    return X.flags.writeable, model.fit(X, y)


class Errand:
    """What stands for a search in a page's snippets, to do more than one while the engine runs."""

    def fit(self, X: Any, y: Any) -> None:
        self.found = search()
        self.fits = Parallel()(delayed(fit_and_tell)(X, y) for _ in range(2))


def on_loky(errand: Errand, snippets: list[str]) -> None:
    with parallel_config(backend="loky", n_jobs=2):
        errand.fit(LARGE, SIGNS)


def on_dask(errand: Errand, snippets: list[str]) -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        run_snippet(errand, snippets, '"tcp://scheduler:8786"', repr(cluster.scheduler_address))


def on_ray(errand: Errand, snippets: list[str]) -> None:
    here = "num_cpus=2, include_dashboard=False, object_store_memory=80_000_000"
    run_snippet(errand, snippets, '"auto"', here)


def run_snippet(errand: Errand, snippets: list[str], address: str, here: str) -> None:
    """Execute the snippet that names an address, with the one of a cluster made here."""
    (snippet,) = [snippet for snippet in snippets if address in snippet]
    names = {"search": errand, "X": LARGE, "y": SIGNS}
    exec(compile(snippet.replace(address, here), "docs/around.md", "exec"), names)  # noqa: S102


ENGINES: dict[str, Callable[[Errand, list[str]], None]] = {
    "loky": on_loky,
    "dask": on_dask,
    "ray": on_ray,
}

if __name__ == "__main__":
    engine, page, result = sys.argv[1:]
    blocks = Path(page).read_text(encoding="utf-8").split("```python\n")[1:]
    errand = Errand()
    ENGINES[engine](errand, [block.split("```")[0] for block in blocks])
    Path(result).write_bytes(pickle.dumps((errand.found, errand.fits)))
