from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from sklearn.base import clone

from skrnn import (
    GRU,
    LBFGS,
    LSTM,
    SGD,
    Adam,
    AdamW,
    Adaptive,
    Chrono,
    Cycles,
    Elman,
    Glorot,
    Huber,
    Identity,
    InvalidParameterError,
    Orthogonal,
    Uniform,
)
from skrnn.network.cells import CELLS
from skrnn.network.initializers import INITIALIZERS
from skrnn.network.losses import REGRESSION_LOSSES
from skrnn.spec import resolve
from skrnn.training.optimizers import OPTIMIZERS
from skrnn.training.schedules import SCHEDULES

SPECS = [
    spec()
    for family in (CELLS, INITIALIZERS, OPTIMIZERS, REGRESSION_LOSSES, SCHEDULES)
    for spec in family.values()
]


def test_parameters_of_specs_within_specs():
    cell = Elman(recurrent_init=Orthogonal(gain=0.5))
    assert cell.get_params()["recurrent_init__gain"] == 0.5
    assert "recurrent_init__gain" not in cell.get_params(deep=False)
    assert cell.set_params(recurrent_init__gain=2.0, activation="relu") is cell
    assert cell == Elman("relu", Orthogonal(gain=2.0))


def test_unknown_parameter():
    with pytest.raises(InvalidParameterError, match=r"'beta' for Adam.*'beta_1', 'beta_2'"):
        Adam().set_params(beta=0.5)


def test_an_unknown_parameter_changes_nothing():
    adam = Adam()
    with pytest.raises(InvalidParameterError, match="Invalid parameter 'bogus'"):
        adam.set_params(beta_1=0.1, bogus=3)
    assert adam == Adam()


def test_a_spec_and_its_settings_at_once():
    cell = Elman().set_params(recurrent_init=Orthogonal(), recurrent_init__gain=2.0)
    assert cell == Elman(recurrent_init=Orthogonal(gain=2.0))
    with pytest.raises(InvalidParameterError, match=r"needs an object.*recurrent_init is 'orth"):
        Elman().set_params(recurrent_init__gain=2.0)


@pytest.mark.parametrize("spec", SPECS, ids=repr)
def test_default_specs_are_valid_and_can_be_cloned(spec):
    spec.check()
    copy = clone(spec)
    assert copy == spec
    assert copy is not spec


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (Adam(beta_1=1.0), r"'beta_1' parameter of Adam .*\[0, 1\).*Got 1.0"),
        (Adam(epsilon=0), r"'epsilon' parameter of Adam"),
        (Elman(activation="sigmoid"), r"'activation' parameter of Elman .*'relu', 'tanh'"),
        (Elman(recurrent_init="zeros"), r"'recurrent_init' parameter of Elman"),
        (Elman(recurrent_init=Orthogonal(gain=-1)), r"'gain' parameter of Orthogonal"),
        (Orthogonal(gain=1e308), r"'gain' parameter of Orthogonal .*\(0, 1000000.0\].*Got 1e\+308"),
        (Glorot(gain=1e308), "'gain' parameter of Glorot"),
        (Uniform(limit=1e308), "'limit' parameter of Uniform"),
        (Identity(scale=10**400), "'scale' parameter of Identity"),
        (GRU(update_bias=1e308), "'update_bias' parameter of GRU"),
        (LSTM(forget_bias=-1e308), "'forget_bias' parameter of LSTM"),
        (GRU(update_bias=Chrono(10**40)), r"'longest_span' parameter of Chrono .*\[2, 2\*\*63\)"),
        (GRU(update_bias=Chrono(b"a")), "'longest_span' parameter of Chrono .*Got b'a'"),
        (Adam(beta_1=Fraction(10**20 - 1, 10**20)), "'beta_1' parameter of Adam"),  # 1 as a float
        (Adam(beta_2=Decimal("0.9")), "'beta_2' parameter of Adam"),
        (AdamW(weight_decay=10**400), "'weight_decay' parameter of AdamW"),
        (LBFGS(memory=10**40), r"'memory' parameter of LBFGS .*\[1, 1000\]"),
        (LBFGS(max_fun=10**40), "'max_fun' parameter of LBFGS"),
        (Cycles(first=10**40), "'first' parameter of Cycles"),
        (Cycles(doublings=31), r"'doublings' parameter of Cycles .*\[0, 30\]"),
        (Adaptive(max_cuts=b"a"), "'max_cuts' parameter of Adaptive"),
        (Huber(threshold=10**400), "'threshold' parameter of Huber"),
    ],
    ids=repr,
)
def test_check_names_what_is_wrong(spec, message):
    with pytest.raises(InvalidParameterError, match=message):
        spec.check()


def test_resolve():
    adam = Adam(beta_1=0.5)
    assert resolve(adam, OPTIMIZERS) is adam
    assert resolve("adam", OPTIMIZERS) == Adam()


def test_plain_is_a_copy_in_pythons_numbers():
    cell = GRU(update_bias=np.float32(0.5), recurrent_init=Orthogonal(gain=np.float64(0.7)))
    plain = cell.plain()
    assert plain == GRU(update_bias=0.5, recurrent_init=Orthogonal(gain=0.7))
    assert type(plain.update_bias) is float
    assert type(plain.recurrent_init.gain) is float
    cell.set_params(recurrent_init__gain=0.1)
    assert plain.recurrent_init.gain == 0.7


@pytest.mark.parametrize("number", [Fraction(1, 2), np.longdouble(0.5), np.float32(0.5)])
def test_plain_makes_a_float_of_any_real_number(number):
    plain = Adam(beta_1=number, epsilon=1).plain()
    assert plain == Adam(beta_1=0.5, epsilon=1)
    assert type(plain.beta_1) is float
    assert SGD(nesterov=np.True_).plain().nesterov is True
