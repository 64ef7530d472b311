#!/usr/bin/env python3
"""
Run the tests on the oldest and newest of what skrnn supports, and print a table; not run by CI.

    .ci/versions.py                                 every row, of some minutes each
    .ci/versions.py oldest Zen                      these rows
    .ci/versions.py oldest -- -n 0 tests/gradients  other arguments to pytest, instead of TESTS
    .ci/versions.py --list

A row has an environment of its own, with a Python that is on PATH, of pyenv or known to uv.
"""

import argparse
import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
# Without scikit-learn>=1.9, which only docs needs, and without Dask and Ray; the test of
# CONTRIBUTING.md collects all others in a copy, those of Dask and Ray among them.
PACKAGES = [p for p in EXTRAS["test"] if not p.startswith(("skrnn[", "scikit-learn"))]
LEFT_OUT = ["--ignore=tests/distributed", "--ignore=tests/test_contributing.py"]
TESTS = ["-n", "auto", "--dist", "worksteal", "tests", *LEFT_OUT]
COLUMNS = ["row", "Python", "NumPy", "SciPy", "scikit-learn", "OpenBLAS", "outcome", "seconds"]
NEEDS = {  # of a processor; without it, a kernel ends with an illegal instruction
    "Nehalem": {"sse4_2"},
    "Haswell": {"avx2", "fma"},
    "Zen": {"avx2", "fma"},
    "SkylakeX": {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"},
}
PROBE = """
import platform, numpy, scipy.linalg, sklearn, threadpoolctl
kernels = {i["architecture"] for i in threadpoolctl.threadpool_info() if "architecture" in i}
versions = (m.__version__ for m in (numpy, scipy, sklearn))
print(platform.python_version(), *versions, "+".join(sorted(kernels)) or "-")
"""
SIMD = 'import numpy; print(*numpy.show_config(mode="dicts")["SIMD Extensions"].get("found", []))'


class Row(NamedTuple):
    """What is asked for; no version means the newest there is."""

    python: str
    sklearn: str = ""
    numpy: str = ""
    scipy: str = ""
    kernel: str = ""
    simd: bool = True


OLD = {"numpy": "1.25.0", "scipy": "1.11.1"}  # 1.11.0 has been withdrawn
ROWS = {
    "oldest": Row("3.11", "1.6.0", **OLD),
    "1.6": Row("3.13", "1.6.*"),  # no wheels of it for 3.14
    "1.7 old": Row("3.11", "1.7.0", **OLD),
    "1.7": Row("3.14", "1.7.*"),
    "1.8 old": Row("3.11", "1.8.0", **OLD),
    "1.8": Row("3.14", "1.8.*"),
    "1.9 old": Row("3.11", "1.9.0", **OLD),
    "newest": Row("3.14"),
    "3.13": Row("3.13"),
    "3.12": Row("3.12"),
    "Nehalem": Row("3.13", kernel="Nehalem"),
    "Haswell": Row("3.13", kernel="Haswell"),
    "SkylakeX": Row("3.13", kernel="SkylakeX"),
    "Zen": Row("3.11", "1.6.0", **OLD, kernel="Zen"),  # newer wheels do without this kernel
    "no SIMD": Row("3.13", simd=False),
}


def output(command, environment=None):
    """Return what a command prints, or nothing if it fails."""
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return run.stdout.strip() if run.returncode == 0 else ""


@functools.cache
def find_python(version):
    """Return the path of a Python, or nothing; a name on PATH may be a shim with nothing behind."""
    name, pyenv = f"python{version}", os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")
    found = [shutil.which(name), *Path(pyenv, "versions").glob(f"{version}.*/bin/{name}")]
    if uv := shutil.which("uv"):
        found.append(output([uv, "python", "find", version]))
    command = "import sys; print(sys.executable)"
    return next(filter(None, (output([f, "-c", command]) for f in found if f)), "")


def can_run(kernel):
    """Return whether the processor has the instructions of a kernel, as far as Linux tells."""
    about = Path("/proc/cpuinfo")
    flags = about.read_text().split() if about.exists() else []
    return NEEDS.get(kernel, set()) <= set(flags)


@functools.cache
def make_environment(folder, versions):
    """Return the Python of a new environment, and what pip says if it fails."""
    path = Path(tempfile.mkdtemp(dir=folder))
    python = path / "bin" / "python"
    subprocess.run([find_python(versions.python), "-m", "venv", path], check=True)
    pins = {"scikit-learn": versions.sklearn, "numpy": versions.numpy, "scipy": versions.scipy}
    wanted = [f"{name}=={version}" if version else name for name, version in pins.items()]
    if versions.numpy.startswith("1."):
        wanted.append("pyarrow<18")  # newer ones refuse NumPy 1, and do not say so to pip
    wanted += [f"{ROOT}[frames,onnx]", *PACKAGES]
    command = [python, "-m", "pip", "install", "--quiet", "--only-binary=:all:", *wanted]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    return python, done.returncode and done.stderr.splitlines()[-1]


def run(row, tests, folder, log):
    """Return the cells of a line of the table after the row's name, and whether all is well."""
    asked = [row.python, row.numpy or "newest", row.scipy or "newest", row.sklearn or "newest"]
    if not find_python(row.python):
        return [*asked, "", f"Python {row.python} is not installed here", ""], True
    if not can_run(row.kernel):
        return [*asked, row.kernel, "cannot run here: the processor lacks it", ""], True
    python, error = make_environment(folder, row._replace(kernel="", simd=True))
    if error:
        return [*asked, row.kernel, f"cannot be installed: {error}", ""], False
    environment = os.environ | {"PYTHONPATH": ""}
    if row.kernel:
        environment["OPENBLAS_CORETYPE"] = row.kernel
    if not row.simd:
        environment["NPY_DISABLE_CPU_FEATURES"] = output([python, "-c", SIMD], environment)
    found = output([python, "-c", PROBE], environment).split()
    if not found:
        return [*asked, row.kernel, "cannot be imported", ""], False
    if row.kernel and row.kernel != found[-1]:
        return [*found, f"not {row.kernel}, which the wheels do without", ""], True
    started = time.perf_counter()
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no", *tests]
    with log.open("w") as file:
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=file, check=False)
    lines = log.read_text().splitlines() or [""]
    counts = re.findall(r"\d+ (?:passed|failed|skipped|errors?)\b", lines[-1])
    outcome = ", ".join(counts) or f"exit code {done.returncode}"
    if done.returncode:
        outcome += f": {log}"
    return [*found, outcome, f"{time.perf_counter() - started:.0f}"], not done.returncode


def main():
    """Print the table, a row at a time, and return whether anything failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", help="all of them, if none is named")
    parser.add_argument("--list", action="store_true", help="print the rows' names")
    cut = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    arguments, tests = parser.parse_args(sys.argv[1:cut]), sys.argv[cut + 1 :] or TESTS
    if unknown := set(arguments.rows) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    if arguments.list:
        print(*ROWS, sep="\n")
        return False
    logs = Path(tempfile.mkdtemp(prefix="skrnn-versions-"))  # stays, to be read
    print(f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}", sep="\n", flush=True)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.rows or ROWS:
            cells, good = run(ROWS[name], tests, folder, logs / f"{name.replace(' ', '-')}.log")
            print(f"| {' | '.join([name, *cells])} |", flush=True)
            failed |= not good
    return failed


if __name__ == "__main__":
    sys.exit(main())
