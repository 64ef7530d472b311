"""Groups that early stopping does not tear apart."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import RNNSequenceClassifier, RNNSequenceRegressor, RNNSequenceTagger
from skrnn.estimators.holdout import whole_groups
from skrnn.preprocessing import PerStep
from tests.campaign.comparisons import assert_same_fit, left
from tests.estimators.forms import FORMS, make_forms

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
ALL, Y = make_forms()
X = ALL["list"]
GROUPS = np.arange(60) // 6  # ten of six sequences
NUMBERS = np.array([x[:, 0].sum() for x in X])
STEPS = [np.where(x[:, 0] > 0, "up", "down") for x in X]
TOLD = [np.column_stack([x[:, 0], np.full(len(x), g)]) for x, g in zip(X, GROUPS, strict=True)]
KINDS = [
    (RNNSequenceClassifier, Y),
    (RNNSequenceRegressor, NUMBERS),
    (RNNSequenceTagger, STEPS),
]


def settings(**changes):
    return {
        "hidden_layer_sizes": 4,
        "max_iter": 2,
        "early_stopping": True,
        "random_state": 0,
    } | changes


def record(read=lambda x: x[0, 1]):
    """Return a scorer that tells which groups are held out, by where X has their numbers."""
    seen = []

    def scorer(estimator, X, y):
        seen.append(sorted(int(read(x)) for x in X))
        return 0.0

    return scorer, seen


@pytest.mark.parametrize("seed", range(30))
def test_no_group_is_torn_and_no_class_is_lost(seed):
    rng = np.random.default_rng(seed)
    n, fraction = int(rng.integers(20, 200)), float(rng.choice([0.1, 0.25, 0.5, 0.8]))
    groups = rng.integers(0, rng.integers(3, 30), size=n)
    classes = rng.choice(4, size=n, p=[0.6, 0.3, 0.08, 0.02])
    held_out = whole_groups(groups, classes, fraction, seed)
    rest = np.setdiff1d(np.arange(n), held_out)
    assert not set(groups[held_out]) & set(groups[rest])
    assert set(classes[rest]) == set(classes)
    assert len(held_out) > 0
    alike = whole_groups(groups, np.zeros(n), fraction, seed)
    largest = np.bincount(groups).max()
    assert abs(len(alike) - fraction * n) <= largest
    order = rng.permutation(n)
    again = whole_groups(groups[order], classes[order], fraction, seed)
    assert set(order[again]) == set(held_out)


def test_about_a_fraction_of_each_class_is_held_out():
    groups = np.repeat(np.arange(40), 5)
    classes = np.where(groups < 10, "rare", "often")  # a class each
    for seed in range(10):
        held_out = whole_groups(groups, classes, 0.2, seed)
        labels, counts = np.unique(classes[held_out], return_counts=True)
        assert dict(zip(labels, counts, strict=True)) == {"often": 30, "rare": 10}


def test_many_rare_classes_do_not_keep_groups_from_being_held_out():
    groups = np.repeat(np.arange(100), 11)
    classes = np.zeros(1100, dtype=int)
    classes[::11] = 1 + np.arange(100) // 2  # of two sequences each
    held_out = whole_groups(groups, classes, 0.1, seed=0)
    assert 80 <= len(held_out) <= 130


def test_other_seeds_hold_out_other_groups():
    chosen = {tuple(whole_groups(GROUPS, np.zeros(60), 0.2, seed)) for seed in range(10)}
    assert len(chosen) > 5
    assert {len(one) for one in chosen} == {12}


@pytest.mark.parametrize(("kind", "y"), KINDS)
@pytest.mark.parametrize("weights", [None, np.arange(60) % 3])
def test_a_fit_holds_out_whole_groups(kind, y, weights):
    scorer, seen = record()
    model = kind(**settings(scoring=scorer, validation_fraction=0.3))
    model.fit(TOLD, y, weights, groups=GROUPS)
    groups, counts = np.unique(seen[0], return_counts=True)
    assert len(groups) in {2, 3, 4}
    assert set(counts) == {6 if weights is None else 4}  # what has no weight stays


@pytest.mark.parametrize("form", FORMS)
def test_groups_of_any_type_with_x_of_any_form(form):
    names = np.array([f"patient {g}" for g in GROUPS])
    fits = [
        RNNSequenceClassifier(**settings(n_step_features=2)).fit(ALL[form], Y, groups=groups)
        for groups in (GROUPS, names, list(names), pd.Series(names), names.astype(object))
    ]
    for one in fits[1:]:
        assert_same_fit(one, fits[0])
    assert fits[0].t_ % 6 == 0


def test_a_class_that_one_group_has_is_learnt_from():
    y = np.where(GROUPS == 3, "rare", Y)
    for seed in range(10):
        scorer, seen = record(lambda x: x[0, 0])
        data = [np.full((2, 1), float(g)) for g in GROUPS]
        model = RNNSequenceClassifier(**settings(scoring=scorer, random_state=seed))
        model.fit(data, y, groups=GROUPS)
        assert 3 not in seen[0]


def test_a_group_without_weight_is_not_held_out():
    weights = (GROUPS < 2).astype(float)
    model = RNNSequenceRegressor(**settings()).fit(X, NUMBERS, weights, groups=GROUPS)
    assert model.t_ == 2 * 54


def test_a_warm_start_holds_out_the_same():
    changes = settings(n_iter_no_change=100, scoring="loss")
    whole = RNNSequenceClassifier(**changes | {"max_iter": 4}).fit(X, Y, groups=GROUPS)
    warm = RNNSequenceClassifier(**changes, warm_start=True)
    warm.fit(X, Y, groups=GROUPS).fit(X, Y, groups=GROUPS)
    assert_same_fit(warm, whole, but=("n_iter_",))


def test_groups_play_no_part_where_nothing_is_held_out():
    alike = [RNNSequenceClassifier(**settings(early_stopping=False)) for _ in range(2)]
    assert_same_fit(alike[0].fit(X, Y, groups=GROUPS), alike[1].fit(X, Y))
    given = {"X_val": X[:20], "y_val": Y[:20]}
    alike = [RNNSequenceClassifier(**settings()) for _ in range(2)]
    assert_same_fit(alike[0].fit(X, Y, groups=GROUPS, **given), alike[1].fit(X, Y, **given))
    by_itself = RNNSequenceClassifier(4, max_iter=2, random_state=0)  # too few for "auto"
    assert by_itself.fit(X, Y, groups=GROUPS).validation_scores_ is None


@pytest.mark.parametrize(
    ("groups", "y", "message"),
    [
        (GROUPS[:-1], Y, r"groups must have shape \(60,\), but has \(59,\)"),
        (GROUPS[:, None], Y, r"groups must have shape \(60,\), but has \(60, 1\)"),
        (7, Y, r"groups must have shape \(60,\), but has \(\)"),
        (np.array(["a", 1] * 30, dtype=object), Y, "groups must be values that can be sorted"),
        (
            np.where(GROUPS == 2, np.nan, GROUPS),
            Y,
            r"groups\[12\] is nan, but all sequences without",
        ),
        (np.array(["a", None, "b"] * 20, dtype=object), Y, r"groups\[1\] is None, but"),
        (np.array(["2026", "NaT"] * 30, dtype="M8[s]"), Y, r"groups\[1\] is NaT, but"),
        (np.zeros(60), Y, "cannot hold out one of 1 groups.*Give X_val and y_val"),
        (np.arange(60) % 2, np.arange(60) % 2, "of 2 groups.*leave sequences of each class"),
    ],
)
def test_groups_that_are_wrong(groups, y, message):
    model = RNNSequenceClassifier(**settings()).fit(X, y)
    before = left(model)
    with pytest.raises(ValueError, match=message):
        model.fit(X, y, groups=groups)
    assert left(model) == before


def test_partial_fit_knows_none():
    with pytest.raises(TypeError, match="groups"):
        RNNSequenceRegressor().partial_fit(X, NUMBERS, groups=GROUPS)


@pytest.mark.parametrize(("kind", "y"), KINDS)
def test_they_go_through_pipelines_and_searches(kind, y):
    with sklearn.config_context(enable_metadata_routing=True):
        scorer, seen = record(lambda x: np.round(1000 * x[0, 1]))
        network = kind(**settings(scoring=scorer)).set_fit_request(groups=True)
        pipeline = make_pipeline(PerStep(StandardScaler()), network)
        search = GridSearchCV(
            pipeline, {f"{kind.__name__.lower()}__alpha": [0.0, 1.0]}, cv=GroupKFold(5)
        )
        search.fit(TOLD, y, groups=GROUPS)
        assert len(seen) == 2 * (2 * 5 + 1)
        for held_out in seen:
            assert set(np.unique(held_out, return_counts=True)[1]) == {6}
        alone = clone(search.best_estimator_).fit(TOLD, y, groups=GROUPS)
        assert_same_fit(alone[-1], search.best_estimator_[-1])
        asked = GridSearchCV(kind(**settings()), {"alpha": [0.0]}, cv=GroupKFold(5))
        asked.fit(TOLD, y, groups=GROUPS)  # for the splitter alone, unless they are asked for
