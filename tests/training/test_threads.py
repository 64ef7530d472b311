import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from skrnn import RNNSequenceClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(200, 8, 8)), RNG.integers(3, size=200)


def test_the_number_of_threads_does_not_change_a_bit():
    results = []
    for limit in (1, 2):
        with threadpool_limits(limit, user_api="blas"):
            model = RNNSequenceClassifier(64, max_iter=3, random_state=0).fit(X, Y)
            results.append((model.parameters_.flat.tobytes(), model.predict_proba(X).tobytes()))
    assert results[0] == results[1]


def test_the_number_of_threads_is_restored():
    libraries = ThreadpoolController().select(user_api="blas").lib_controllers
    with threadpool_limits(2, user_api="blas"):
        before = [library.num_threads for library in libraries]
        model = RNNSequenceClassifier(8, max_iter=1).fit(X, Y)
        model.predict(X)
        with pytest.raises(ValueError, match="non-finite"):
            model.set_params(learning_rate=1e200, max_iter=5).fit(X, Y)
        assert [library.num_threads for library in libraries] == before
