#!/bin/sh
# What SciPy's L-BFGS-B does where a loss or its gradient is not finite, seen in scipy 1.17.1 with
# numpy 2.3.5 under Python 3.11. skrnn/training/lbfgs.py answers such points itself, and keeps the
# best one itself, because of it. Not part of CI: sh findings/scipy_lbfgsb_nonfinite.sh
# It fails once SciPy behaves otherwise.
#
# 1. An infinite loss at a trial point ends the search where it began, as a success.
#       barrier: True, CONVERGENCE: RELATIVE REDUCTION OF F <= FACTR*EPSMCH, x=0.5, fun=5.69, jac=8
# 2. So does a gradient of NaN at the second evaluation of Rosenbrock's function.
#       rosenbrock: True, CONVERGENCE: RELATIVE REDUCTION OF F <= FACTR*EPSMCH, x=[-1.2, 1]
# 3. A loss that is infinite where minimisation begins, or from some evaluation on, is a success.
#       infinite: True, CONVERGENCE: NORM OF PROJECTED GRADIENT <= PGTOL, fun=inf
#       later: True, CONVERGENCE: RELATIVE REDUCTION OF F <= FACTR*EPSMCH, fun=inf
# 4. A point whose gradient is NaN is taken for the end of an iteration, and kept.
#       nan: False, ABNORMAL, nit=1, x=0.5, fun=nan
# 5. Where a search fails, `fun` is of its last trial and not of `x`.
#       cliff: False, ABNORMAL, fun=1.0093697697, but f(x)=1.0293602657
# 6. From a start in float32, the loss is given float32, and `fun` is not that of the float64 `x`.
#       float32: fun=6.43e-13, but f(x)=3.93e-13
# 7. maxiter=0 makes an iteration.
#       maxiter=0: nit=1, x=[-1.017, 1.075]
# 8. intermediate_result.x is one array for all iterations, which goes on changing.
#       callback: one array for 36 iterations
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --target "$folder" scipy==1.17.1 numpy==2.3.5
PYTHONPATH="$folder" python3 - <<'PYTHON'
import numpy as np
import scipy
from scipy.optimize import minimize, rosen, rosen_der

assert scipy.__version__ == "1.17.1", scipy.__version__
SMALL_GRADIENT = "CONVERGENCE: NORM OF PROJECTED GRADIENT <= PGTOL"
SMALL_FALL = "CONVERGENCE: RELATIVE REDUCTION OF F <= FACTR*EPSMCH"
ROSENBROCK = (-1.2, 1.0)


def run(function, start, **settings):
    return minimize(function, np.array(start), jac=True, method="L-BFGS-B", **settings)


def rosenbrock(x):
    return rosen(x), rosen_der(x)


def barrier(x):
    """10 x - log x, which is least at 0.1, and infinite unless x > 0."""
    return (10 * x[0] - np.log(x[0]) if x[0] > 0 else np.inf), 10 - 1 / x


result = run(barrier, [0.5])
print(f"barrier: {result.success}, {result.message}, x={result.x[0]}, fun={result.fun:.2f}, "
      f"jac={result.jac[0]:g}")
assert result.success and result.message == SMALL_FALL
assert result.x[0] == 0.5 and result.jac[0] == 8

calls = []


def nan_once(x):
    calls.append(x)
    return rosen(x), rosen_der(x) * (np.nan if len(calls) == 2 else 1)


result = run(nan_once, ROSENBROCK)
print(f"rosenbrock: {result.success}, {result.message}, x={result.x}")
assert result.success and result.message == SMALL_FALL and tuple(result.x) == ROSENBROCK

result = run(lambda x: (np.inf, 2 * x), [3.0, 4.0])
print(f"infinite: {result.success}, {result.message}, fun={result.fun}")
assert result.success and result.message == SMALL_GRADIENT and result.fun == np.inf

calls = []


def infinite_later(x):
    calls.append(x)
    return (np.inf if len(calls) > 5 else rosen(x)), rosen_der(x)


result = run(infinite_later, ROSENBROCK)
print(f"later: {result.success}, {result.message}, fun={result.fun}")
assert result.success and result.message == SMALL_FALL and result.fun == np.inf

result = run(lambda x: (x[0] ** 2, 2 * x if x[0] > 1 else x * np.nan), [1.5])
print(f"nan: {result.success}, {result.message}, nit={result.nit}, x={result.x[0]}, "
      f"fun={result.fun}")
assert result.nit == 1 and result.x[0] == 0.5 and np.isnan(result.fun)


def cliff(x):
    """It falls to the left, down to 1, where it jumps to 100 and rises."""
    return (x[0], np.array([1.0])) if x[0] >= 1 else (100.0, np.array([-1.0]))


result = run(cliff, [1.5])
print(f"cliff: {result.success}, {result.message}, fun={result.fun:.10f}, "
      f"but f(x)={cliff(result.x)[0]:.10f}")
assert not result.success and result.fun != cliff(result.x)[0]


def in_float64(x):
    assert x.dtype == np.float32, x.dtype
    return rosenbrock(x.astype(np.float64))


result = run(in_float64, np.array(ROSENBROCK, np.float32))
print(f"float32: fun={result.fun:.2e}, but f(x)={rosen(result.x):.2e}")
assert result.x.dtype == np.float64 and result.fun != rosen(result.x)

result = run(rosenbrock, ROSENBROCK, options={"maxiter": 0})
print(f"maxiter=0: nit={result.nit}, x={result.x}")
assert result.nit == 1 and tuple(result.x) != ROSENBROCK

seen = []
result = run(rosenbrock, ROSENBROCK, callback=lambda intermediate_result: seen.append(
    intermediate_result.x))
print(f"callback: {len({id(x) for x in seen})} array for {len(seen)} iterations")
assert len(seen) > 1 and all(x is seen[0] for x in seen)
PYTHON
echo "As described."
