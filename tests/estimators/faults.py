"""Ways to fail at the n-th of all events of a fit, for each n."""

import io
import pickle
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path

from threadpoolctl import ThreadpoolController

import skrnn
from skrnn.training import threads

SOURCE = Path(skrnn.__file__).parent
BLAS = ThreadpoolController().select(user_api="blas").lib_controllers
NOTES = ("_callback_fit_ctx", "_skl_callbacks_to_teardown")  # scikit-learn's, during a fit


class Fault:
    """Counts events, and fails at one of them, from 1."""

    def __init__(self, error, at=None):
        self.error, self.at, self.n = error, at, 0

    def event(self):
        self.n += 1
        if self.n == self.at:
            raise self.error

    def before(self, function):
        def called(*arguments, **named):
            self.event()
            return function(*arguments, **named)

        return called

    @contextmanager
    def at_lines(self, *files):
        """Make an event of each line of some files that is run, but for loops that copy."""
        files = {str(SOURCE / file) for file in files}

        def note(frame, kind, _):
            if frame.f_code.co_filename not in files or frame.f_code.co_name == "copy":
                return None
            if kind == "line":
                self.event()
            return note

        before = sys.gettrace()
        sys.settrace(note)
        try:
            yield
        finally:
            sys.settrace(before)


def faults(error):
    """Yield a fault that counts events and never comes, then one at each of these."""
    none = Fault(error)
    yield none
    assert none.n > 0
    for at in range(1, none.n + 1):
        yield Fault(error, at)


def fails(fault, act):
    """Do what may fail, and return whether it did; BLAS has as many threads as before."""
    before = [library.num_threads for library in BLAS]
    try:
        with warnings.catch_warnings(record=True, action="always") as caught:
            act()
        failed = False
        kept = [w for w in caught if "interrupted by the user" in str(w.message)]
        assert len(kept) == (fault.at is not None)
    except fault.error:
        failed = True
    assert [library.num_threads for library in BLAS] == before
    assert not threads._HELD.locked()
    return failed


def snapshot(model, X=None, ignored=()):
    """Return the content of all that an estimator is made of, and what it says of X."""
    content = {
        name: "set" if name == "_skl_callbacks" else pickle.dumps(value)
        for name, value in vars(model).items()
        if name not in ignored
    }
    if X is not None and hasattr(model, "network_"):
        content["said"] = pickle.dumps(model.predict(X))
    return content


class Diary:
    """A callback that keeps what it is handed after each epoch, and whose hooks are events."""

    def __init__(self, fault):
        self.fault, self.epochs = fault, []

    def setup(self, estimator, context):
        self.fault.event()

    def teardown(self, estimator, context):
        self.fault.event()

    def on_fit_task_begin(self, estimator, context):
        self.fault.event()

    def on_fit_task_end(self, estimator, context, *, fitted_estimator):
        if context.task_name == "epoch":
            self.epochs.append(fitted_estimator)
        self.fault.event()


class Disk(io.BytesIO):
    """A file on a disk that is full in the middle of a write, for once or from then on."""

    def __init__(self, fault, *, stays_full):
        super().__init__()
        self.fault, self.stays_full = fault, stays_full

    def write(self, data):
        try:
            self.fault.event()
        except OSError:
            super().write(bytes(data)[: len(data) // 2])
            self.fault.at += self.stays_full
            raise
        return super().write(data)
