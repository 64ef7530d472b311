"""Searches on engines that run joblib's tasks find what they find in one process, to the bit."""

import os
import pickle
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from tests.distributed import searches

ROOT = Path(__file__).parents[2]
PACKAGES = {"loky": "joblib", "dask": "distributed", "ray": "ray"}
SECONDS = 120  # an engine that hangs is to fail here, and not with the whole suite


@pytest.fixture(scope="module")
def expected():
    return searches.search()


def at_work_in(folder):
    """Return the processes begun in a folder, whoever is their parent by now."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd().startswith(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:  # it has ended, or is somebody else's
            continue
    return found


def run_on(engine, result):
    """Run the searches in processes of their own; whatever happens, none outlives the test."""
    # Without the numbers, BLAS takes as many threads as it likes, unless somebody stops it.
    environment = {name: value for name, value in os.environ.items() if "_NUM_THREADS" not in name}
    # A socket's path has 107 characters at most, which one within pytest's folders may exceed.
    short = Path("/tmp").resolve()  # noqa: S108
    with TemporaryDirectory(dir=short, ignore_cleanup_errors=True) as folder:
        environment |= {
            "PYTHONPATH": str(ROOT),
            "RAY_TMPDIR": folder,
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_AUTH_MODE": "disabled",  # or it writes a token into the home directory
        }
        command = [sys.executable, "-W", "error", "-m", "tests.distributed.searches", engine]
        command += [ROOT / "docs" / "around.md", result]
        log = Path(folder) / "log"  # no pipe, which a process left behind would keep open
        try:
            with log.open("w") as output:
                code = subprocess.run(
                    command,
                    env=environment,
                    cwd=folder,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    timeout=SECONDS,
                    check=False,
                ).returncode
        except subprocess.TimeoutExpired as error:
            code = str(error)
        try:
            _, left = psutil.wait_procs(at_work_in(folder), timeout=10)  # some take a moment to end
            return code, left, log.read_text()
        finally:
            for process in at_work_in(folder):
                process.kill()


@pytest.mark.parametrize("engine", searches.ENGINES)
def test_an_engine_finds_the_same(engine, expected, tmp_path):
    pytest.importorskip(PACKAGES[engine], reason="pip install '.[distributed]' brings it")
    code, left, output = run_on(engine, tmp_path / "result")
    assert code == 0, output
    assert left == []
    assert "Warning" not in output  # in a thread, an error that it becomes goes unnoticed
    found, fits = pickle.loads((tmp_path / "result").read_bytes())
    for what in ("results", "best_params", "best_score"):
        assert found[what] == expected[what]
    probabilities = expected["probabilities"].tobytes()
    assert found["probabilities"].tobytes() == probabilities
    assert found["model"].predict_proba(searches.RAGGED).tobytes() == probabilities
    own = searches.fit_and_tell(searches.LARGE, searches.SIGNS)[1].parameters_.flat.tobytes()
    assert [model.parameters_.flat.tobytes() for _, model in fits] == [own, own]
    assert [writeable for writeable, _ in fits] == 2 * [engine == "dask"]  # others share X
