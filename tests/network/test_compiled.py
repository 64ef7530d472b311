"""The compiled engine: who can use it, and that nothing is compiled twice."""

import inspect
import subprocess
import sys
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest

from skrnn import GRU, LSTM, Elman
from skrnn.network import wide
from skrnn.network.compiled import elman, engine, functions
from skrnn.network.compiled.rule import Rule
from skrnn.network.workspace import Workspace
from tests.gradients.cases import CASES, OF_NUMPY, make_problem
from tests.rounding import assert_close

PRECISIONS = {np.float32: 1e-4, np.float64: 1e-12}
of_numba = [name for name in CASES if name not in OF_NUMPY]


@dataclass
class OtherGRU(GRU):
    def forward(self, *arguments):
        super().forward(*arguments)


class SameLSTM(LSTM):
    pass


def test_a_rule_is_that_of_the_class_that_steps():
    with pytest.raises(TypeError, match=r"rule of OtherGRU .* let OtherGRU.rule return"):
        engine.check_engine("numba", OtherGRU())
    engine.check_engine("numpy", OtherGRU())
    assert engine.rule_of(SameLSTM()) is LSTM().rule()


def test_without_numba(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "skrnn.network.compiled.loops", raising=False)
    monkeypatch.delattr("skrnn.network.compiled.loops", raising=False)
    with pytest.raises(ImportError, match=r"pip install 'skrnn\[fast\]'"):
        engine.check_engine("numba", GRU())


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("name", of_numba)
def test_engines_agree_at_larger_sizes(name, dtype):
    lengths = np.random.default_rng(0).integers(3, 12, size=37)
    problem = make_problem(name, (33, 21), lengths, n_inputs=5, dtype=dtype, bidirectional=True)
    other = replace(problem, network=replace(problem.network, engine="numpy"))
    found, expected = (p.loss_and_gradients(Workspace(dtype)) for p in (problem, other))
    for ours, theirs in ((found[1].flat, expected[1].flat), (found[2], expected[2])):
        assert ours.dtype == dtype
        assert_close(ours, theirs, PRECISIONS[dtype])


@pytest.mark.parametrize("name", of_numba)
def test_weights_that_cannot_be_written(name):
    problem = make_problem(name, (4, 3), (5, 3))
    expected = problem.loss()
    problem.parameters.flat.flags.writeable = False
    del vars(problem.parameters)["matrices"]
    assert problem.loss() == expected


@pytest.mark.parametrize("name", of_numba)
def test_wide_inputs_are_left_to_numpy(name, monkeypatch):
    problem = make_problem(name, (4, 3), (5, 3))
    expected = problem.loss()
    monkeypatch.setattr(wide, "WIDE", 1)
    assert problem.loss() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", of_numba)
def test_loops_are_compiled_once_for_each_precision(name):
    for dtype in PRECISIONS:
        for lengths in ((1,), (3, 1), (4, 4)):
            for bidirectional in (False, True):
                settings = {"dtype": dtype, "bidirectional": bidirectional}
                problem = make_problem(name, (2, 2), lengths, **settings)
                problem.loss_and_gradients(at_step=np.asarray)
    loops = engine.compiler_of(CASES[name])(np.dtype(dtype))
    assert len(loops.forward.signatures) <= len(PRECISIONS)
    assert len(loops.backward.signatures) <= len(PRECISIONS)


@pytest.mark.skipif(not of_numba, reason="needs numba")
def test_a_rule_whose_source_is_in_no_file():
    namespace = {"__name__": "nowhere"}
    exec(inspect.getsource(elman), namespace)  # noqa: S102

    class Typed(Elman):
        def rule(self):
            return namespace["RULES"]["tanh"]

    assert "for this process alone" in engine.prepare("numba", Typed(), np.dtype(float))
    problem = make_problem("elman-numba", lengths=(5, 3))
    typed = replace(problem, network=replace(problem.network, cell=Typed()))
    assert typed.loss() == problem.loss()


@cache
def leaky_rule(leak):
    def forward(gates, recurrent, previous, new, tape):
        (h_new,) = new
        for j in range(len(h_new)):
            h_new[j] = leak * functions.tanh(gates[j])

    def backward(gates, previous, new, tape, d_new, d_previous, d_gates, d_recurrent):
        (h_new,), (d_h_new,) = new, d_new
        for j in range(len(h_new)):
            d_gates[j] = d_h_new[j] * leak * functions.tanh_slope(h_new[j] / leak)

    return Rule(forward, backward)


@dataclass
class Leaky(Elman):
    leak: float = 0.5

    def forward(self, gates, recurrent, previous, new, tape):
        new[0][...] = self.leak * np.tanh(gates)

    def backward(self, gates, previous, new, tape, d_new, d_previous, d_gates, *rest):
        d_gates[...] = d_new[0] * self.leak * (1 - (new[0] / self.leak) ** 2)

    def rule(self):
        return leaky_rule(self.leak)


@pytest.mark.skipif(not of_numba, reason="needs numba")
def test_a_rule_has_the_settings_of_its_cell():
    problem = make_problem("elman-numba", lengths=(5, 3))
    for leak in (0.5, 0.9):
        compiled, plain = (
            replace(problem, network=replace(problem.network, cell=Leaky(leak=leak), engine=name))
            for name in ("numba", "numpy")
        )
        assert compiled.loss() == pytest.approx(plain.loss(), rel=1e-13)


@pytest.mark.skipif(not of_numba, reason="needs numba")
def test_another_process_compiles_nothing():
    engine.compiler_of(GRU())(np.dtype(float))
    script = (
        "import numpy as np; from skrnn import GRU; from skrnn.network.compiled import engine; "
        "print(engine.prepare('numba', GRU(), np.dtype(float)))"
    )
    command = [sys.executable, "-W", "error", "-c", script]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout == "None\n"
