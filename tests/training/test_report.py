import io
import multiprocessing
import re
import sys
from contextlib import suppress
from itertools import pairwise, product
from threading import Thread

import numpy as np
import pytest

from skrnn.training import report
from skrnn.training.monitor import Epoch, Validation
from skrnn.training.report import EpochLine, announce, duration
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


def show_epochs(n, clock, seconds=2.0, **settings):
    progress = begin(make_recipe())
    with EpochLine(**settings) as line:
        for i in range(n):
            clock[0] += seconds
            progress.monitor.record(Epoch(1 / (i + 1), 0.5, 2.0, 0.0))
            line.show(progress)


def epochs_in(text):
    return [int(number) for number in re.findall(r"Epoch (\d+)", text)]


def test_a_file_gets_a_line_when_epochs_have_doubled_and_the_last_one(clock, capsys):
    show_epochs(100, clock, seconds=0.1)
    lines = capsys.readouterr().out.splitlines()
    assert epochs_in("\n".join(lines)) == [1, 2, 4, 8, 16, 32, 64, 100]
    assert lines[1] == "Epoch 2: loss 0.50000, norm 0.5"


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
    show_epochs(12, clock, n_epochs=12)
    lines = sys.stdout.getvalue().strip("\n").split("\r")[1:]
    assert lines[1] == "Epoch 2/12: loss 0.50000, < 21 s left"  # no room for the norm
    assert lines[-1].rstrip() == "Epoch 12/12: loss 0.083333, norm 0.5"
    assert max(map(len, lines)) <= 39
    for before, line in pairwise(lines):
        assert len(line) >= len(before.rstrip())
    monkeypatch.setenv("COLUMNS", "10")
    sys.stdout = Terminal()
    show_epochs(1, clock)
    assert sys.stdout.getvalue() == "\rEpoch 1: \n"


def test_time_left_is_that_of_the_mean_epoch_after_the_first(clock, capsys):
    progress = begin(make_recipe())
    with EpochLine("start 2/3", n_epochs=4, n_later=4) as line:
        for seconds in (100.0, 9.0, 11.0, 10.0):
            clock[0] += seconds
            progress.monitor.record(Epoch(0.125, 1.25, 2.0, 0.0))
            line.show(progress)
    assert capsys.readouterr().out.splitlines() == [
        "Start 2/3, epoch 1/4: loss 0.12500, norm 1.25",
        "Start 2/3, epoch 2/4: loss 0.12500, < 55 s left, norm 1.25",
        "Start 2/3, epoch 4/4: loss 0.12500, < 41 s left, norm 1.25",
    ]
    with EpochLine(n_epochs=2) as line:  # of a later fit
        line.show(progress)
    assert capsys.readouterr().out == "Epoch 4/5: loss 0.12500, norm 1.25\n"


def test_nothing_is_left_where_the_stop_rule_ends_training(clock, capsys):
    progress = begin(make_recipe(patience=1, tol=10.0))
    with EpochLine(n_epochs=100) as line:
        while not progress.monitor.is_done:
            clock[0] += 1.0
            progress.monitor.record(Epoch(0.5, 1.0, 1.0, 0.0))
            line.show(progress)
    *_, before, last = capsys.readouterr().out.splitlines()
    assert "left" in before
    assert last == "Epoch 3/100: loss 0.50000, norm 1"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0, "1 s"),
        (99.9, "100 s"),
        (100.0, "2 min"),
        (5999.0, "100 min"),
        (6000.0, "2 h"),
        (359_999.0, "100 h"),
        (360_000.0, "5 days"),
        (3e9, "34723 days"),
    ],
)
def test_durations_are_rounded_up(seconds, shown):
    assert duration(seconds) == shown


@pytest.mark.parametrize("is_live", [False, True])
def test_a_line_has_less_than_80_characters(is_live, clock, capsys, monkeypatch):
    if is_live:
        monkeypatch.setattr(sys, "stdout", Terminal())
        monkeypatch.setenv("COLUMNS", "200")
    numbers = (1.0, 0.0, -1.2345678e-300, -1.2345678e300, float("inf"), float("nan"))
    places = ("", "fit 999999/1000000, start 1000/1000", "a" * 100)
    for loss, score, norm, place in product(numbers, numbers, numbers, places):
        progress = begin(make_recipe())
        with EpochLine(place, n_epochs=1_000_000) as line:
            for _ in range(2):
                clock[0] += 1e9
                progress.monitor.record_validated(
                    Epoch(loss, norm, norm, 0.0), Validation(score, loss), np.zeros(1)
                )
                line.show(progress)
    out = sys.stdout.getvalue() if is_live else capsys.readouterr().out
    lines = re.split(r"[\r\n]+", out)
    assert max(map(len, lines)) == 79
    assert all("loss" in line for line in lines if line and line[0] in "EF")


def test_what_lines_are_about_is_shown_in_lines_of_that_length(capsys):
    announce("fit 3/8", "RNNSequenceClassifier(" + ", ".join(f"name_{i}={i}" for i in range(9)))
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("Fit 3/8: RNNSequenceClassifier(name_0=0, ")
    assert second.startswith("    name_")
    announce("", "GRU()")
    assert capsys.readouterr().out == "GRU()\n"


def test_only_the_main_thread_and_process_write_over_their_line(clock, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    thread = Thread(target=show_epochs, args=(4, clock), name="Joe")
    thread.start()
    thread.join()
    assert "\r" not in sys.stdout.getvalue()
    assert epochs_in(sys.stdout.getvalue()) == [1, 2, 4]
    monkeypatch.setattr(multiprocessing, "parent_process", multiprocessing.current_process)
    sys.stdout = Terminal()
    show_epochs(4, clock)
    assert "\r" not in sys.stdout.getvalue()
    assert report.worker() == "MainProcess"


def test_silence(clock, capsys):
    show_epochs(3, clock, shown=False)
    with EpochLine():
        pass
    assert capsys.readouterr().out == ""


def test_an_error_leaves_a_whole_line(clock, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    progress = begin(make_recipe())
    progress.monitor.record(Epoch(1.0, 0.5, 2.0, 0.0))
    with suppress(KeyboardInterrupt), EpochLine() as line:
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
