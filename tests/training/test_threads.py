from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from skrnn import RNNSequenceClassifier
from skrnn.training import descent, inference
from skrnn.training.threads import one_blas_thread

pytestmark = [
    pytest.mark.usefixtures("each_engine"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(200, 8, 8)), RNG.integers(3, size=200)
BLAS = ThreadpoolController().select(user_api="blas").lib_controllers


def n_threads():
    return [library.num_threads for library in BLAS]


def test_a_fit_and_a_prediction_run_on_one_thread(monkeypatch):
    seen = []

    def spy(function):
        def spied(*arguments):
            seen.append(n_threads())
            return function(*arguments)

        return spied

    monkeypatch.setattr(descent, "loss_and_gradient", spy(descent.loss_and_gradient))
    monkeypatch.setattr(inference, "run", spy(inference.run))
    with threadpool_limits(2, user_api="blas"):
        model = RNNSequenceClassifier(8, max_iter=1).fit(X, Y)
        n_updates = len(seen)
        model.predict(X)
    assert len(seen) > n_updates > 0
    assert all(set(number) == {1} for number in seen)


def test_the_number_of_threads_does_not_change_a_bit():
    results = []
    for limit in (1, 2):
        with threadpool_limits(limit, user_api="blas"):
            model = RNNSequenceClassifier(64, max_iter=3, random_state=0).fit(X, Y)
            results.append((model.parameters_.flat.tobytes(), model.predict_proba(X).tobytes()))
    assert results[0] == results[1]


def test_the_number_of_threads_is_restored():
    with threadpool_limits(2, user_api="blas"):
        before = n_threads()
        model = RNNSequenceClassifier(8, max_iter=1).fit(X, Y)
        model.predict(X)
        with pytest.raises(ValueError, match="non-finite"):
            model.set_params(learning_rate=1e200, max_iter=5).fit(X, Y)
        assert n_threads() == before


def test_blocks_that_overlap_in_several_threads_leave_nothing_behind():
    both_in, first_out = Barrier(2), Barrier(2)

    def first():
        with one_blas_thread():
            both_in.wait()
        first_out.wait()

    def second():
        with one_blas_thread():
            both_in.wait()
            first_out.wait()

    before = n_threads()
    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(first), pool.submit(second)]:
            future.result()
    assert n_threads() == before
    with ThreadPoolExecutor(4) as pool:
        fits = [
            pool.submit(RNNSequenceClassifier(8, max_iter=2, random_state=0).fit, X, Y)
            for _ in range(8)
        ]
        results = {fit.result().parameters_.flat.tobytes() for fit in fits}
    assert n_threads() == before
    assert len(results) == 1


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_several_threads_predict_with_one_model(n_jobs):
    """As servers have it: a model that is loaded once, and a thread for each request."""
    model = RNNSequenceClassifier(8, max_iter=2, n_jobs=n_jobs, random_state=0).fit(X, Y)
    parts = [X[: 5 + i] for i in range(8)]
    alone = [model.predict_proba(part).tobytes() for part in parts]
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda i: model.predict_proba(parts[i % 8]).tobytes(), range(32)))
    assert said == 4 * alone
