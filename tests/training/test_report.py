import numpy as np

from skrnn.training.monitor import Epoch, Monitor
from skrnn.training.report import print_epoch


def test_a_line_per_epoch(capsys):
    monitor = Monitor(tol=0.0, patience=1)
    monitor.record(Epoch(0.25, 1.0, 2.0, 0.0))
    print_epoch(monitor)
    monitor.record_validated(Epoch(0.125, 1.0, 2.0, 0.0), 0.9, np.zeros(1))
    print_epoch(monitor)
    assert capsys.readouterr().out == (
        "Epoch 1, loss = 0.250000\nEpoch 2, loss = 0.125000, validation score = 0.900000\n"
    )
