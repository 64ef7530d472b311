"""What scikit-learn's users do with an estimator, on every form of X."""

import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import StackingClassifier
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skrnn import Adam, Elman, Orthogonal, RNNSequenceClassifier
from tests.estimators.forms import FORMS, make_forms

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.parametrize("form", FORMS),
]
ALL, Y = make_forms()


def model(**changes):
    settings = {
        "hidden_layer_sizes": 8,
        "learning_rate": 0.03,
        "max_iter": 60,
        "n_step_features": 2,
        "random_state": 0,
    }
    return RNNSequenceClassifier(**settings | changes)


def test_clone(form):
    original = model(cell=Elman(recurrent_init=Orthogonal(gain=0.9)), optimizer=Adam(beta_1=0.8))
    copy = clone(original)
    assert copy.get_params() == original.get_params()
    assert copy.cell is not original.cell
    np.testing.assert_array_equal(
        copy.fit(ALL[form], Y).predict_proba(ALL[form]),
        original.fit(ALL[form], Y).predict_proba(ALL[form]),
    )


def test_pickle_and_joblib(form, tmp_path):
    fitted = model(max_iter=3).fit(ALL[form], Y)
    expected = fitted.predict_proba(ALL[form])
    file = tmp_path / "model.joblib"
    joblib.dump(fitted, file)
    for other in (
        pickle.loads(pickle.dumps(fitted)),
        joblib.load(file),
        joblib.load(file, mmap_mode="r"),
    ):
        np.testing.assert_array_equal(other.predict_proba(ALL[form]), expected)
        other.partial_fit(ALL[form], Y)
    np.testing.assert_array_equal(fitted.predict_proba(ALL[form]), expected)


def test_a_pickle_goes_on_training_like_the_original(form):
    fitted = model(max_iter=3).fit(ALL[form], Y)
    other = pickle.loads(pickle.dumps(fitted))
    for estimator in (fitted, other):
        estimator.partial_fit(ALL[form], Y)
    np.testing.assert_array_equal(fitted.parameters_.flat, other.parameters_.flat)


@pytest.fixture(scope="module")
def of_another_process(tmp_path_factory):
    """Return, for each form, a model and the bits that it predicts in another process."""
    models = {name: model(max_iter=3).fit(X, Y) for name, X in ALL.items()}
    file = tmp_path_factory.mktemp("models") / "pairs.joblib"
    joblib.dump([(fitted, ALL[name]) for name, fitted in models.items()], file)
    script = (
        "import joblib, sys\n"
        "for model, X in joblib.load(sys.argv[1]):\n"
        "    print(model.predict_proba(X).tobytes().hex())"
    )
    output = subprocess.run([sys.executable, "-c", script, file], capture_output=True, check=True)
    said = output.stdout.decode().split()
    return dict(zip(models, zip(models.values(), said, strict=True), strict=True))


def test_another_process_predicts_the_same_bits(form, of_another_process):
    fitted, said = of_another_process[form]
    assert said == fitted.predict_proba(ALL[form]).tobytes().hex()


def test_pipeline(form):
    first = StandardScaler() if form == "rows" else FunctionTransformer()
    pipeline = make_pipeline(first, model(max_iter=200)).fit(ALL[form], Y)
    assert pipeline.score(ALL[form], Y) > 0.95
    pipeline.set_params(rnnsequenceclassifier__truncation_length=3)
    assert pipeline[-1].truncation_length == 3


def test_grid_search_in_two_processes(form):
    grid = {
        "optimizer": ["adam", Adam(beta_1=0.5)],
        "truncation_length": [1, None],
        "clip_threshold": np.array([0.1, 1.0]),
    }
    searches = [
        GridSearchCV(model(), grid, cv=2, n_jobs=n_jobs, error_score="raise").fit(ALL[form], Y)
        for n_jobs in (None, 2)
    ]
    one, two = (search.cv_results_["mean_test_score"] for search in searches)
    np.testing.assert_array_equal(one, two)
    assert len(one) == 8
    assert searches[1].best_score_ > 0.7
    assert searches[1].predict(ALL[form]).shape == Y.shape


def test_nested_parameters_in_a_grid(form):
    search = GridSearchCV(
        model(optimizer=Adam(), cell=Elman(), max_iter=5),
        {"optimizer__beta_1": [0.5, 0.9], "cell__activation": ["tanh", "relu"]},
        cv=2,
        error_score="raise",
    ).fit(ALL[form], Y)
    assert len(set(search.cv_results_["mean_test_score"])) > 1


def test_cross_validation(form):
    predicted = cross_val_predict(model(), ALL[form], Y, cv=3)
    assert (predicted == Y).mean() > 0.8
    scores = cross_val_score(
        model(max_iter=5), ALL[form], Y, cv=3, params={"sample_weight": Y == "up"}
    )
    assert scores.shape == (3,)


def test_calibration(form):
    calibrated = CalibratedClassifierCV(model(), cv=2).fit(ALL[form], Y)
    assert calibrated.score(ALL[form], Y) > 0.8


def test_stacking(form):
    estimators = [("rnn", model()), ("dummy", DummyClassifier())]
    final = DecisionTreeClassifier(max_depth=1)  # of scikit-learn 1.6's default, SciPy 1.18 warns
    stack = StackingClassifier(estimators, final, cv=2).fit(ALL[form], Y)
    assert stack.score(ALL[form], Y) > 0.8


def test_representations(form):
    fitted = model().fit(ALL[form], Y)
    assert "RNNSequenceClassifier" in fitted._repr_html_()
    assert repr(fitted).startswith("RNNSequenceClassifier(hidden_layer_sizes=8")
    assert "max_iter=60" in repr(fitted)


def test_a_notebook_shows_what_was_learnt(form):
    pytest.importorskip("sklearn.callback", reason="fitted attributes came with scikit-learn 1.9")
    shown = model().fit(ALL[form], Y)._repr_html_()
    for text in ("hidden_layer_sizes", "Fitted attributes", "loss_curve_", "Parameters(la..."):
        assert text in shown


def test_a_pickle_holds_what_training_needs_and_no_workspace(form):
    fitted = model(max_iter=1, hidden_layer_sizes=100).fit(ALL[form], Y)
    fitted.predict(ALL[form])
    parameters_and_two_averages_of_adam = 3 * fitted.parameters_.flat.nbytes
    assert len(pickle.dumps(fitted)) < parameters_and_two_averages_of_adam + 5_000
