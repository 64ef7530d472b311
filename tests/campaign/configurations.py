"""Random configurations that the documentation allows."""

from importlib.util import find_spec
from typing import Any

import numpy as np

import skrnn
from skrnn import (
    GRU,
    LBFGS,
    LSTM,
    SGD,
    Adam,
    Adaptive,
    Chrono,
    Cosine,
    Cycles,
    Elman,
    Huber,
    Identity,
    Quantile,
    Uniform,
)
from skrnn.estimators.constraints import takes_all_at_once
from tests.campaign.configuration import Configuration
from tests.campaign.data import FORMS, LABELS, OF_ROWS, RAGGED


def draw(seed: int) -> Configuration:
    """Return the configuration that belongs to a seed."""
    rng = np.random.default_rng(seed)

    def one_of(*options: Any) -> Any:
        return options[rng.integers(len(options))]

    def chance(p: float) -> bool:
        return bool(rng.random() < p)

    kind = one_of("Classifier", "Regressor", "Tagger")
    estimator = f"RNNSequence{kind}"
    per_step = kind == "Tagger" or (kind == "Regressor" and chance(0.5))
    holds_out, n_validation = False, 0
    if chance(0.3):
        holds_out, n_validation = one_of((True, 0), (False, 3))
    n = 16 if holds_out else int(rng.integers(6, 11)) + n_validation
    n += 30 if chance(0.05) else 0
    lengths = rng.integers(1, 7, size=n)
    of = one_of("equal", "ragged", "ragged", "one long")
    form = one_of(*RAGGED)
    if of == "equal":
        form = one_of(*FORMS)
        lengths[:] = 1 if form in OF_ROWS and kind == "Tagger" else lengths[0]
    elif of == "one long":
        lengths[rng.integers(n)] = rng.integers(30, 90)
    n_features = one_of(1, 2, 3)

    p: dict[str, Any] = {
        "hidden_layer_sizes": one_of(1, 3, 5, (4, 3), (2, 3, 2)),
        "cell": one_of(
            "elman",
            "gru",
            "lstm",
            Elman("relu", recurrent_init=Identity(0.9)),
            GRU(update_bias=Chrono(9)),
            LSTM(forget_bias=Chrono(9), recurrent_init=Uniform()),
        ),
        "bidirectional": chance(0.3),
        "optimizer": one_of(
            *("adam", "adamw", "rmsprop", "sgd", "lbfgs"), SGD(momentum=0.0), Adam(beta_1=0.5)
        ),
        "alpha": one_of(1e-4, 0.0, 0.1),
        "max_iter": one_of(1, 2, 2, 3, 4),
        "random_state": one_of(0, 1, 2),
        "batch_size": one_of("auto", "auto", 100, 3 if of == "one long" else 1, 3),
        "schedule": one_of(
            *("auto", "auto", "constant", "adaptive", "cosine", "inverse_scaling", "one_cycle"),
            *("cycles", Cycles(first=1), Cosine(last=0.1), Adaptive(max_cuts=1)),
        ),
        "learning_rate": one_of("auto", 0.01, 0.03),
        "tol": one_of(1e-4, 0.0, 10.0),
        "n_iter_no_change": one_of("auto", 1, 10),
        "n_init": 2 if chance(0.1) else 1,
        "n_jobs": one_of(2, 3) if chance(0.15) else None,
        "shuffle": chance(0.8),
        "clip_threshold": one_of(1.0, None, 0.01),
        "clip_by": one_of("norm", "step_norm", "value"),
        "warm_start": chance(0.1),
    }
    if p["optimizer"] == "lbfgs" and chance(0.3):
        p["optimizer"] = LBFGS(memory=3)
    if "relu" in str(p["cell"]):  # which may diverge
        p |= {"clip_threshold": 0.01, "clip_by": "norm"}
    takes_steps = not takes_all_at_once(skrnn.RNNSequenceTagger(optimizer=p["optimizer"]))
    if takes_steps and chance(0.3):
        p["dropout"] = 0.3
    if kind != "Tagger":
        p["readout"] = one_of("last", "mean", "max")
        p["n_step_features"] = n_features if form in OF_ROWS else one_of(1, 2)
        if not per_step:
            p["target_replication"] = one_of(0.0, 0.0, 0.5, 1.0)
    every_step = per_step or p["target_replication"] > 0
    if not p["bidirectional"]:
        p["checkpoint"] = one_of(False, False, True, 2)
        if takes_steps and chance(0.4):
            p["truncation_length"] = one_of(20, 30) if of == "one long" else one_of(1, 2, 3, 20)
            if every_step and chance(0.5):
                p["truncation_stride"] = one_of(
                    10 if of == "one long" else 1, p["truncation_length"]
                )
    p["early_stopping"] = holds_out or one_of("auto", n_validation > 0)
    if holds_out:
        p["validation_fraction"] = 0.3
    if find_spec("numba") and np.random.default_rng([seed, 1]).random() < 0.25:
        p["engine"] = "numba"
    if np.random.default_rng([seed, 2]).random() < 0.25:
        p["scoring"] = "accuracy" if kind != "Regressor" and seed % 2 else "loss"
    if np.random.default_rng([seed, 3]).random() < 0.2:
        p["categorical_features"] = [0]
    labels, units = one_of(*LABELS), (0.0, 1.0)
    n_values = 2 if labels == "bools" else one_of(2, 3, 4)
    if kind == "Regressor":
        n_values, labels = one_of(1, 2), "strings"
        p["loss"] = one_of("squared_error", "absolute_error", "poisson", "huber", Huber(0.5))
        if np.random.default_rng([seed, 2]).random() < 0.25:
            p["loss"] = Quantile([0.1, 0.5, 0.8])
        units = one_of((0.0, 1.0), (0.0, 1.0), (1e4, 10.0), (-3.0, 1e-3))
    elif chance(0.4):
        of_first = 0.5 if holds_out or n_validation else one_of(0.0, 0.5)
        weights = (of_first, 1.0, 2.0, 1.5)[:n_values]
        by_label = dict(zip(LABELS[labels][:n_values], weights, strict=True))
        p["class_weight"] = one_of("balanced", by_label)
    default = getattr(skrnn, estimator)().get_params(deep=False)
    return Configuration(
        estimator=estimator,
        parameters={name: v for name, v in p.items() if repr(v) != repr(default[name])},
        lengths=tuple(lengths.tolist()),
        seed=seed,
        form=form,
        dtype=one_of("float64", "float64", "float32"),
        n_features=n_features,
        n_values=n_values,
        labels=labels,
        per_step=per_step,
        weights=one_of("none", "none", "whole", "of sequences", *["of steps"] * 3 * per_step),
        n_copies=0 if chance(0.7) else 2,
        n_validation=n_validation,
        units=units,
    )
