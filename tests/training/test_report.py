import io
import re
import sys
from contextlib import suppress

import numpy as np
import pytest

from skrnn.training import report
from skrnn.training.monitor import Epoch, Validation
from skrnn.training.report import EpochLine
from tests.training.cases import begin, make_recipe


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is told the time."""
    now = [0.0]
    monkeypatch.setattr(report, "perf_counter", lambda: now[0])
    return now


def show_epochs(n_epochs, clock, seconds=2.0, **settings):
    progress = begin(make_recipe())
    with EpochLine(1000, **settings) as line:
        for i in range(n_epochs):
            clock[0] += seconds
            progress.monitor.record(Epoch(1 / (i + 1), 0.5, 2.0, 0.0))
            line.show(progress)


def epochs_in(text):
    return [int(number) for number in re.findall(r"Epoch (\d+):", text)]


def test_a_file_gets_a_line_when_epochs_have_doubled_and_the_last_one(clock, capsys):
    show_epochs(100, clock, seconds=0.1)
    lines = capsys.readouterr().out.splitlines()
    assert epochs_in("\n".join(lines)) == [1, 2, 4, 8, 16, 32, 64, 100]
    assert lines[1] == "Epoch 2: loss 0.500000, norm 0.5, 10,000 steps/s"


def test_the_last_line_is_not_printed_twice(clock, capsys):
    show_epochs(4, clock)
    assert epochs_in(capsys.readouterr().out) == [1, 2, 4]


def test_a_file_gets_a_line_each_minute(clock, capsys):
    show_epochs(15, clock, seconds=20.0)
    assert epochs_in(capsys.readouterr().out) == [1, 2, 4, 7, 8, 11, 14, 15]


def test_a_terminal_has_one_line(clock, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    show_epochs(100, clock)
    written = sys.stdout.getvalue()
    assert written.count("\n") == 1
    assert written.endswith("\n")
    assert epochs_in(written) == list(range(1, 101))
    assert written.count("\r") == 100


def test_a_line_fits_the_terminal_and_covers_the_one_before(clock, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("COLUMNS", "40")
    show_epochs(12, clock)
    lines = sys.stdout.getvalue().strip("\n").split("\r")[1:]
    assert {len(line) for line in lines} == {39}
    monkeypatch.setenv("COLUMNS", "200")
    sys.stdout = Terminal()
    show_epochs(2, clock, seconds=1e-4)  # ten million steps per second,
    show_epochs(1, clock, seconds=1e4)  # then a tenth of one
    lengths = [len(line) for line in sys.stdout.getvalue().split("\r")[1:]]
    assert lengths[1] >= lengths[0] - 1


def test_a_validation_score_and_a_title(clock, capsys):
    progress = begin(make_recipe())
    with EpochLine(10, "Start 2/3. ") as line:
        clock[0] += 1
        progress.monitor.record_validated(
            Epoch(0.125, 1.25, 2.0, 0.0), Validation(0.9, 0.3), np.zeros(1)
        )
        line.show(progress)
    assert capsys.readouterr().out == (
        "Start 2/3. Epoch 1: loss 0.125000, validation 0.9000, norm 1.25, 10 steps/s\n"
    )


def test_silence(clock, capsys):
    show_epochs(3, clock, shown=False)
    with EpochLine(10):
        pass
    assert capsys.readouterr().out == ""


def test_an_error_leaves_a_whole_line(clock, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    progress = begin(make_recipe())
    progress.monitor.record(Epoch(1.0, 0.5, 2.0, 0.0))
    with suppress(KeyboardInterrupt), EpochLine(10) as line:
        line.show(progress)
        raise KeyboardInterrupt
    assert sys.stdout.getvalue().endswith("\n")


def test_silence_does_not_ask_for_an_output(clock, monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    show_epochs(3, clock, shown=False)


def test_there_may_be_no_output_at_all(clock, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)  # as under pythonw
    show_epochs(3, clock)
