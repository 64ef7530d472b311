"""Small fitted estimators, and what onnxruntime makes of them."""

import numpy as np
import onnxruntime
from onnx.reference import ReferenceEvaluator

from skrnn import Quantile, RNNSequenceClassifier, RNNSequenceRegressor, RNNSequenceTagger

N_FEATURES = 3
SETTINGS = {"hidden_layer_sizes": (4,), "max_iter": 1, "random_state": 0}


def make_padded(n_sequences, n_steps, seed):
    """Return sequences that end in NaN, and their lengths."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, n_steps + 1, size=n_sequences).astype(np.int32)
    lengths[0] = n_steps
    X = rng.normal(size=(n_sequences, n_steps, N_FEATURES)).astype(np.float32)
    X[np.arange(n_steps) >= lengths[:, None]] = np.nan
    return X, lengths


X, LENGTHS = make_padded(9, 5, seed=0)
X_NEW, LENGTHS_NEW = make_padded(6, 8, seed=1)


def make_y(kind):
    """Return targets of each kind of estimator for X."""
    rng = np.random.default_rng(2)
    return {
        "classifier": np.array(["a", "b", "c"] * 3),
        "classifier of several": rng.integers(2, size=(9, 3)),
        "tagger": [rng.permutation(5)[:n] for n in LENGTHS],
        "regressor": rng.normal(3, 2, size=(9, 2)),
        "regressor of steps": [rng.normal(size=(n, 2)) for n in LENGTHS],
    }[kind]


KINDS = {
    "classifier": RNNSequenceClassifier,
    "classifier of several": RNNSequenceClassifier,
    "tagger": RNNSequenceTagger,
    "regressor": RNNSequenceRegressor,
    "regressor of steps": RNNSequenceRegressor,
}
QUANTILES = [Quantile(level) for level in (0.9, [0.1, 0.5, 0.8], [0.6, 0.7], [0.1, 0.2, 0.4])]


def perturb(estimator, seed=3):
    """Move all parameters of a fitted estimator away from where they began."""
    flat = estimator.parameters_.flat
    flat += 0.4 * np.random.default_rng(seed).normal(size=flat.size)
    return estimator


def make(kind, X=X, y=None, **settings):
    """Return a fitted estimator, none of whose parameters is zero."""
    return perturb(KINDS[kind](**SETTINGS | settings).fit(X, make_y(kind) if y is None else y))


def run(model, X=None, **inputs):
    """Return what onnxruntime says, by the name of the output."""
    inputs |= {} if X is None else {"X": X}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, inputs), strict=True))


def run_reference(model, X):
    """Return what onnx's own evaluator says, which knows no lengths in recurrent layers."""
    evaluator = ReferenceEvaluator(model)
    with np.errstate(all="ignore"):  # NumPy warns of 0 / 0, which a Where leaves out
        said = evaluator.run(None, {"X": X})
    return dict(zip(evaluator.output_names, said, strict=True))


def check_agreement(estimator, X, said, lengths=None):
    """Compare the outputs of a model with what the estimator says of the same X."""
    expected = {"variable": estimator.predict(X)} if "variable" in said else {}
    if "quantiles" in said:
        expected["quantiles"] = estimator.predict_quantiles(X)
    if "label" in said:
        expected["label"] = estimator.predict(X)
        if "log_probabilities" in said:
            expected["log_probabilities"] = estimator.predict_log_proba(X)
        else:
            expected["probabilities"] = estimator.predict_proba(X)
    assert said.keys() == expected.keys()
    for name, found in said.items():
        assert len(found) == len(expected[name])
        for i, value in enumerate(expected[name]):
            said_of_it = found[i] if lengths is None else found[i][: lengths[i]]
            if found.dtype == np.float32:
                np.testing.assert_allclose(said_of_it, value, rtol=1e-5, atol=1e-5)
            else:
                np.testing.assert_array_equal(said_of_it, value)
