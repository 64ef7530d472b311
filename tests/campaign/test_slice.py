"""A slice of the campaign, the same each time; and what becomes of a law that fails."""

import re
from unittest import mock

import numpy as np
import pytest

from tests.campaign.__main__ import main
from tests.campaign.configurations import draw
from tests.campaign.failures import failure, script_of
from tests.campaign.law import law
from tests.campaign.laws import LAWS

SHARE = 8
"""A configuration is held to one law of so many, or a slice would take more than a minute."""


@pytest.mark.parametrize("seed", range(200))
def test_laws(seed):
    configuration = draw(seed)
    for name in list(LAWS)[seed % SHARE :: SHARE]:
        error = failure(name, configuration)
        assert error is None, f"{error!r}\n{script_of(name, configuration)}"


def test_a_law_that_fails_is_told_with_a_short_script(capsys):
    with mock.patch.dict(LAWS, clear=True):

        @law(lambda c: c.takes_steps)
        def no_network_has_two_layers(c):
            assert np.size(c.model.hidden_layer_sizes) == 1

        assert main(["--configurations", "8", "--seed", "0"]) == 1
        told = capsys.readouterr().out
        total = re.search(r"^8 configurations +(\d+) +(\d+)$", told, re.MULTILINE)
        scripts = re.findall(r"^import.*?\(configuration\)$", told, re.MULTILINE | re.DOTALL)
        assert 0 < len(scripts) == int(total[2]) < int(total[1])
        for script in scripts:
            assert len(script) < 500
            with pytest.raises(AssertionError):
                exec(script)  # noqa: S102 - it is ours
